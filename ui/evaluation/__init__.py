"""The faces of an evaluation: its command, its tables and its page."""
