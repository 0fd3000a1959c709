"""Answers written by an LLM from the passages found, and checked against them sentence by sentence."""
