"""Errors of the qa layer: each says in one line what is wrong and what to do about it."""

from embeddings.errors import YinjuError


class DocumentError(YinjuError):
    """A file cannot become a document (unreadable, binary, empty, undecodable)."""


class CollectionError(YinjuError):
    """A collection is of another format or model, damaged, or in use by another indexer."""


class QuestionError(YinjuError):
    """A question cannot be searched (empty, too long, nothing but punctuation)."""


class NotFoundError(YinjuError):
    """A document or a collection named by the caller is not there."""


class GoldError(YinjuError):
    """A gold question cannot be used."""
