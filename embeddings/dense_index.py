"""The dense index: FAISS over unit vectors, inner product = cosine similarity, higher is better.

Exact while small. Above ``IVF_FROM`` rows an inverted file of 8-bit scalar-quantised vectors is both
smaller and faster than the exact scan (Jégou, Douze and Schmid 2011 for the inverted file).
"""

import math
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import IndexFormatError
from embeddings.lexical_index import Scores

IVF_FROM = 50_000
"""Rows from which the inverted file is used: exact search of so many takes about 5 ms on one core."""

_PROBES = 16
_UNIT_TOLERANCE = 1e-2


def _lists(rows: int) -> int:
    """Inverted lists for ``rows`` vectors: about the square root, a power of two."""
    return 1 << round(math.log2(max(16.0, math.sqrt(rows))))


def _check(vectors: Vectors, dimension: int) -> Vectors:
    if vectors.ndim != 2 or vectors.shape[1] != dimension:  # noqa: PLR2004 - a matrix has two axes
        raise ValueError(f"vectors have shape {vectors.shape}, the index wants (n, {dimension})")
    norms = np.linalg.norm(vectors, axis=1)
    if not np.all((np.abs(norms - 1.0) < _UNIT_TOLERANCE) | (norms == 0.0)):
        raise ValueError("vectors must have unit length (or be zero where nothing was known)")
    return np.ascontiguousarray(vectors, dtype=np.float32)


def build_dense_index(file: Path, vectors: Vectors, *, ivf_from: int = IVF_FROM) -> str:
    """Write an index of ``vectors`` (n, dimension), row i of the matrix becoming row i of the index.

    Returns:
        The kind of index written: ``Flat`` or ``IVF<lists>,SQ8``.

    Raises:
        ValueError: the vectors are not unit rows of one matrix.
    """
    rows, dimension = vectors.shape
    checked = _check(vectors, dimension)
    kind = "Flat" if rows < ivf_from else f"IVF{_lists(rows)},SQ8"
    index = faiss.index_factory(dimension, kind, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        index.train(checked)
    index.add(checked)
    faiss.write_index(index, str(file))
    return kind


class DenseIndex:
    """An opened dense index, memory mapped; reading only, safe to share between threads."""

    def __init__(self, file: Path) -> None:
        try:
            self._index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexFormatError(
                f"The dense index {file.name} cannot be opened",
                "Run `yinju index` with --rebuild to make it anew.",
            ) from error
        if isinstance(self._index, faiss.IndexIVF):
            self._index.nprobe = _PROBES
            self._index.make_direct_map()
        # One thread a search: with two, a single query of 10,000 rows takes ten times as long.
        faiss.omp_set_num_threads(1)

    def __len__(self) -> int:
        """Number of rows."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Columns of every vector."""
        return int(self._index.d)

    def search(self, query: Vectors, limit: int) -> Scores:
        """The ``limit`` rows nearest to one question vector, shape (1, dimension), by cosine."""
        checked = _check(query, self.dimension)
        limit = min(limit, len(self))
        if limit < 1 or not checked.any():
            return Scores(np.empty(0, np.int64), np.empty(0, np.float32))
        values, rows = self._index.search(checked, limit)
        found = rows[0] >= 0
        return Scores(rows[0][found].astype(np.int64), values[0][found].astype(np.float32))

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Vectors of the given rows as stored, shape (len(rows), dimension).

        Those that are kept in 8 bits are of nearly unit length.
        """
        if not len(rows):
            return np.empty((0, self.dimension), np.float32)
        stored: Vectors = self._index.reconstruct_batch(rows)
        return stored

    def score(self, query: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of one question vector, shape (1, dimension), with the given rows, float32 (len(rows),)."""
        checked = _check(query, self.dimension)
        return np.asarray(self.vectors(rows) @ checked[0], np.float32)
