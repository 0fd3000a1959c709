"""Late interaction over static token vectors: which passage answers every word of the question?

The sum over the question's tokens of idf x best cosine with any token of the passage, after the
MaxSim operator of ColBERT (Khattab and Zaharia 2020), with static vectors in place of contextual
ones. Nothing is stored but token ids.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import IndexFormatError

TokenVectors = Callable[[NDArray[np.int32]], Vectors]
"""Gives unit vectors, shape (len(ids), dimension), for token ids."""

FLOOR = 0.2
"""Cosines below this say nothing and count as this much."""


@dataclass(frozen=True, slots=True)
class TokenStore:
    """Token ids of all rows, memory mapped.

    Attributes:
        ids: int32 (tokens,), the distinct token ids of row 0, then of row 1, and so on.
        offsets: int64 (rows + 1,); row i holds ``ids[offsets[i]:offsets[i + 1]]``.
        frequencies: int32 (vocabulary,); number of rows that hold each token.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    frequencies: NDArray[np.int32]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.offsets) - 1

    @classmethod
    def build(cls, rows: list[NDArray[np.int32]], vocabulary: int) -> "TokenStore":
        """Collect the token ids of all rows; repeats within a row are dropped, as MaxSim ignores them."""
        distinct = [np.unique(row) for row in rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in distinct], out=offsets[1:])
        ids = np.concatenate(distinct) if distinct else np.empty(0, np.int32)
        return cls(ids.astype(np.int32), offsets, np.bincount(ids, minlength=vocabulary).astype(np.int32))

    def save(self, folder: Path) -> None:
        """Write three ``.npy`` files into an existing folder."""
        for name in self.__slots__:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> "TokenStore":
        """Map the files of :meth:`save`.

        Raises:
            IndexFormatError: a file is missing or damaged.
        """
        try:
            # Plain views of the maps: slicing a memmap object costs a microsecond each time.
            ids, offsets, frequencies = (
                np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
                for name in cls.__slots__
            )
        except (OSError, ValueError) as error:
            raise IndexFormatError(
                f"The token ids in {folder.name} cannot be read ({error})",
                "Run `yinju index` with --rebuild to make them anew.",
            ) from error
        return cls(ids, offsets, frequencies)

    def idf(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Inverse row frequency of tokens, ln(1 + (N - n + 0.5) / (n + 0.5)): Lucene's form, positive."""
        held = self.frequencies[ids]
        return np.log1p((len(self) - held + 0.5) / (held + 0.5)).astype(np.float32)


def max_similarities(
    query_ids: NDArray[np.int32], rows: NDArray[np.int64], store: TokenStore, token_vectors: TokenVectors
) -> NDArray[np.float32]:
    """Best cosine of every question token with any token of every row.

    Args:
        query_ids: int32 (q,).
        rows: int64 (r,), rows of ``store``.
        store: token ids of the collection.
        token_vectors: gives the unit vectors of token ids.

    Returns:
        float32 (r, q), values in FLOOR..1; FLOOR throughout for a row without tokens.
    """
    result = np.full((len(rows), len(query_ids)), FLOOR, np.float32)
    spans = [store.ids[store.offsets[row] : store.offsets[row + 1]] for row in rows]
    filled = np.asarray([at for at, span in enumerate(spans) if len(span)], np.int64)
    if not len(filled) or not len(query_ids):
        return result
    # Candidates of one question share most of their tokens: each distinct one is compared once.
    tokens = np.concatenate([spans[at] for at in filled])
    present = np.zeros(len(store.frequencies), bool)
    present[tokens] = True
    distinct = np.flatnonzero(present).astype(np.int32)
    place = np.empty(len(present), np.int32)
    place[distinct] = np.arange(len(distinct), dtype=np.int32)
    cosines = token_vectors(distinct) @ token_vectors(query_ids).T
    starts = np.cumsum([0, *(len(spans[at]) for at in filled[:-1])])
    result[filled] = np.maximum(np.maximum.reduceat(cosines[place[tokens]], starts, axis=0), FLOOR)
    return result


def late_interaction(
    query_ids: NDArray[np.int32],
    rows: NDArray[np.int64],
    store: TokenStore,
    token_vectors: TokenVectors,
    *,
    weighed_by: TokenStore | None = None,
) -> NDArray[np.float32]:
    """Score rows: the idf-weighted mean of the best cosines, float32 (r,), in FLOOR..1, higher is better.

    The mean in place of the sum makes questions of different lengths comparable and ranks the same.
    A question without known tokens scores FLOOR everywhere.

    Args:
        query_ids: int32 (q,); repeats count once.
        rows: int64 (r,), rows of ``store``.
        store: token ids of what is scored.
        token_vectors: gives the unit vectors of token ids.
        weighed_by: the collection whose row frequencies weigh the tokens; ``store`` itself when None.
    """
    distinct = np.unique(query_ids)
    if not len(distinct):
        return np.full(len(rows), FLOOR, np.float32)
    weights = (weighed_by or store).idf(distinct)
    scores: NDArray[np.float32] = max_similarities(distinct, rows, store, token_vectors) @ (
        weights / weights.sum()
    )
    return scores
