"""Benchmarks: run by hand, never asserted in the test run."""
