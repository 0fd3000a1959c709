"""Errors of the embeddings layer, and the root of all errors that a user is meant to read."""


class YinjuError(Exception):
    """An error with a remedy.

    ``str(error)`` is one line: what is wrong, then what to do about it.

    Attributes:
        problem: what is wrong, without the remedy and without a final full stop.
        remedy: what the reader can do, as a sentence.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy


class ModelError(YinjuError):
    """An embedding model cannot be loaded or does not do what an index expects of it."""


class IndexFormatError(YinjuError):
    """Something on disk is not an index of this version and this model."""


class TrainingError(YinjuError):
    """Training data is missing, unreadable or too small."""
