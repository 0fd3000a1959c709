"""What the rest of the program asks of an embedding model."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Rows of unit length, float32, C-contiguous, shape (n, dimension); compared by inner product = cosine."""


class Encoder(Protocol):
    """Turns texts into unit vectors. Implementations fold or lower-case as their model wants."""

    @property
    def name(self) -> str:
        """How the user names the model: ``bundled``, a hub name or a folder."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would; indexes are bound to it."""
        ...

    @property
    def dimension(self) -> int:
        """Columns of every vector."""
        ...

    @property
    def contextual(self) -> bool:
        """Whether it reads words in their context; a static model adds up vectors of single tokens."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages, shape (len(texts), dimension). A text without known tokens gives a zero row."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, shape (len(texts), dimension). A text without known tokens gives a zero row."""
        ...
