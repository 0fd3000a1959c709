"""Strings in, arrays and row numbers out: encoders, indexes, training, and the bundled model."""
