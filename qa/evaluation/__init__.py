"""Evaluation: gold questions in, figures with intervals and verdicts out."""
