"""Late interaction over static token vectors: which passage answers every word of the question?

The sum over the question's tokens of idf x best cosine with any token of the passage, after the
MaxSim operator of ColBERT (Khattab and Zaharia 2020), with static vectors in place of contextual
ones. Nothing is stored but token ids.

A long passage has some near token for any word. So the best cosines are also looked for in windows of a
few dozen tokens, each together with the passage's head (its title and headings, which name what the
window talks about): the best window counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import IndexFormatError


class TokenModel(Protocol):
    """A static model, token by token."""

    def token_vectors(self, ids: NDArray[np.int32]) -> Vectors:
        """Unit vectors of tokens, (len(ids), dimension)."""

    def token_products(self, ids: NDArray[np.int32], vectors: Vectors) -> NDArray[np.float32]:
        """Products of tokens, as they count in the vector of a text, with ``vectors`` (m, dimension).

        Returns:
            float32 (len(ids), m): cosines with unit vectors, times ``token_lengths``.
        """

    @property
    def token_lengths(self) -> NDArray[np.float32]:
        """How much each token counts in the vector of a text, (vocabulary,)."""

    @property
    def token_stress(self) -> NDArray[np.float32]:
        """Factor by which a question's token counts for more than its idf, (vocabulary,)."""


FLOOR = 0.2
"""Cosines below this say nothing and count as this much."""

NEAR = 0.55
"""From this cosine on, two words are of one meaning or closely tied."""

LEAST_ROWS = 30
"""Fewer rows do not tell which words are rare: of two words, one in the only row that there is and one in
none, the latter would count five times the former."""

BLOCK = 20
"""Tokens of a block; a window is two blocks that follow each other."""


@dataclass(frozen=True, slots=True)
class TokenStore:
    """Token ids of all rows in reading order, memory mapped.

    Attributes:
        ids: int32 (tokens,), the token ids of row 0, then of row 1, and so on.
        offsets: int64 (rows + 1,); row i holds ``ids[offsets[i]:offsets[i + 1]]``.
        heads: int32 (rows,); number of tokens of each row's head: its title and headings, at its front.
        frequencies: int32 (vocabulary,); number of rows that hold each token.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    heads: NDArray[np.int32]
    frequencies: NDArray[np.int32]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.offsets) - 1

    @classmethod
    def build(
        cls,
        bodies: Sequence[NDArray[np.int32]],
        vocabulary: int,
        heads: Sequence[NDArray[np.int32]] | None = None,
    ) -> "TokenStore":
        """Collect the token ids of all rows.

        Args:
            bodies: token ids of each row's text.
            vocabulary: number of tokens that there are.
            heads: token ids of each row's title and headings; None where there are none.
        """
        rows = (
            list(bodies)
            if heads is None
            else [np.concatenate(pair) for pair in zip(heads, bodies, strict=True)]
        )
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        frequencies = np.zeros(vocabulary, np.int32)
        for row in rows:
            frequencies[np.unique(row)] += 1
        return cls(
            ids=np.concatenate(rows).astype(np.int32) if rows else np.empty(0, np.int32),
            offsets=offsets,
            heads=np.asarray(
                [len(head) for head in heads] if heads is not None else np.zeros(len(rows)), np.int32
            ),
            frequencies=frequencies,
        )

    def save(self, folder: Path) -> None:
        """Write ``.npy`` files into an existing folder."""
        for name in (field.name for field in fields(self)):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> "TokenStore":
        """Map the files of :meth:`save`.

        Raises:
            IndexFormatError: a file is missing or damaged.
        """
        try:
            # Plain views of the maps: slicing a memmap object costs a microsecond each time.
            arrays = [
                np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
                for name in (field.name for field in fields(cls))
            ]
        except (OSError, ValueError) as error:
            raise IndexFormatError(
                f"The token ids in {folder.name} cannot be read ({error})",
                "Run `yinju index` with --rebuild to make them anew.",
            ) from error
        return cls(*arrays)

    def head(self, row: int) -> NDArray[np.int32]:
        """Token ids of a row's title and headings; int32 (tokens,)."""
        return self.ids[self.offsets[row] : self.offsets[row] + self.heads[row]]

    def body(self, row: int) -> NDArray[np.int32]:
        """Token ids of a row's text, its title and headings left out; int32 (tokens,)."""
        return self.ids[self.offsets[row] + self.heads[row] : self.offsets[row + 1]]

    def idf(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Inverse row frequency of tokens, ln(1 + (N - n + 0.5) / (n + 0.5)): Lucene's form, positive.

        N is the number of rows, but at least LEAST_ROWS.
        """
        held = self.frequencies[ids]
        rows = max(len(self), LEAST_ROWS)
        return np.log1p((rows - held + 0.5) / (held + 0.5)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Interactions:
    """How closely rows answer the words of a question, each float32 (rows,), higher is better.

    Attributes:
        whole: idf-weighted mean over the question's tokens of the best cosine with any token of the row, in
            FLOOR..1.
        squared: the same mean of the squared cosines, which counts near-equal words for more.
        near: idf-weighted share of the question's tokens with a cosine above NEAR, in 0..1.
        window: the same as ``whole``, for the best window of the row's body together with its head.
        window_squared: the same as ``squared``, for the best window together with the head.
        whole_stressed: the same as ``whole``, each token counting more or less by its stress as well.
        window_stressed: the same for the best window together with the head.
        dense_window: product of the question's unit vector with the vector of the best window: the sum of
            its token vectors over the root of their number, which stands in for its length.
    """

    whole: NDArray[np.float32]
    squared: NDArray[np.float32]
    near: NDArray[np.float32]
    window: NDArray[np.float32]
    window_squared: NDArray[np.float32]
    whole_stressed: NDArray[np.float32]
    window_stressed: NDArray[np.float32]
    dense_window: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The blocks of some rows, in order: the head of a row, where it has one, then its body cut up.

    Attributes:
        tokens: int32 (tokens,), token ids of all rows.
        starts: int64 (blocks,), first token of each block.
        rows: int64 (blocks,), the row of each block, as a position among the rows asked for.
        is_head: bool (blocks,).
    """

    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    is_head: NDArray[np.bool_]


def _cut(rows: NDArray[np.int64], store: TokenStore) -> _Blocks:
    begins = store.offsets[rows]
    lengths = store.offsets[rows + 1] - begins
    heads = store.heads[rows].astype(np.int64)
    ends = np.cumsum(lengths)
    firsts = ends - lengths
    within = np.arange(int(ends[-1]) if len(rows) else 0)
    tokens = store.ids[within + np.repeat(begins - firsts, lengths)]
    with_head = heads > 0
    counts = with_head + -(-(lengths - heads) // BLOCK)
    owners = np.repeat(np.arange(len(rows)), counts)
    # Place of a block in the body of its row; -1 for the head.
    places = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts + with_head, counts)
    is_head = places < 0
    starts = firsts[owners] + np.where(is_head, 0, heads[owners] + BLOCK * places)
    return _Blocks(tokens=tokens, starts=starts, rows=owners, is_head=is_head)


def _distinct(tokens: NDArray[np.int32], vocabulary: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The distinct tokens, and the place among them of each token: np.unique without its sorting.

    Candidates of one question share most of their tokens: each distinct one is compared once.
    """
    present = np.zeros(vocabulary, bool)
    present[tokens] = True
    distinct = np.flatnonzero(present).astype(np.int32)
    place = np.empty(vocabulary, np.int32)
    place[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, place[tokens]


def _first_of_each(sorted_values: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(sorted_values, prepend=-1)).astype(np.int64)


# A product with a vector may look at what lies behind the last row and tell of an invalid value there,
# though none goes into the result.
@np.errstate(invalid="ignore")
def interactions(
    query_ids: NDArray[np.int32],
    query_vector: Vectors,
    rows: NDArray[np.int64],
    store: TokenStore,
    model: TokenModel,
) -> Interactions:
    """Compare a question with rows, word by word.

    A question without known tokens, and a row without tokens, have the lowest value throughout.

    Args:
        query_ids: int32 (q,); repeats count once.
        query_vector: unit vector of the question by ``model``, (dimension,).
        rows: int64 (r,), rows of ``store``.
        store: token ids of the collection.
        model: the static model whose tokens they are.
    """
    # The lowest values; what is found below is written over them.
    lowest = (FLOOR, FLOOR**2, 0, FLOOR, FLOOR**2, FLOOR, FLOOR, 0)
    found = Interactions(*(np.full(len(rows), low, np.float32) for low in lowest))
    distinct_query = np.unique(query_ids)
    blocks = _cut(rows, store)
    if not len(distinct_query) or not len(blocks.starts):
        return found
    weights = store.idf(distinct_query)
    stressed = weights * model.token_stress[distinct_query]
    weights /= weights.sum()
    stressed /= stressed.sum()
    tokens, place = _distinct(blocks.tokens, len(store.frequencies))
    asked = np.concatenate([model.token_vectors(distinct_query), query_vector[None]])
    products = model.token_products(tokens, asked)
    lengths = np.maximum(model.token_lengths[tokens], np.finfo(np.float32).tiny)
    cosines = np.maximum(products[:, :-1] / lengths[:, None], FLOOR)
    # np.take is twice as fast as an index.
    best = np.maximum.reduceat(np.take(cosines, place, axis=0), blocks.starts, axis=0)
    sums = np.add.reduceat(np.take(products[:, -1], place), blocks.starts)
    sizes = np.diff(blocks.starts, append=len(blocks.tokens))

    filled = blocks.rows[_first_of_each(blocks.rows)]
    whole = np.maximum.reduceat(best, _first_of_each(blocks.rows), axis=0)
    found.whole[filled] = whole @ weights
    found.squared[filled] = (whole**2) @ weights
    found.near[filled] = (whole > NEAR) @ weights
    found.whole_stressed[filled] = whole @ stressed

    heads = np.full((len(rows), len(distinct_query)), FLOOR, np.float32)
    heads[blocks.rows[blocks.is_head]] = best[blocks.is_head]
    # A window is a block with the next one of its row, or the only block by itself.
    first = np.flatnonzero(~blocks.is_head)
    if not len(first):
        return found
    owner = blocks.rows[first]
    second = np.minimum(first + 1, len(blocks.rows) - 1)
    follows = (blocks.rows[second] == owner) & (second != first)
    second = np.where(follows, second, first)
    alone = np.bincount(owner, minlength=len(rows))[owner] == 1
    kept = follows | alone
    first, second, owner, follows = first[kept], second[kept], owner[kept], follows[kept]
    windows = np.maximum(np.maximum(best[first], best[second]), heads[owner])
    starts = _first_of_each(owner)
    with_body = owner[starts]
    found.window[with_body] = np.maximum.reduceat(windows @ weights, starts)
    found.window_squared[with_body] = np.maximum.reduceat((windows**2) @ weights, starts)
    found.window_stressed[with_body] = np.maximum.reduceat(windows @ stressed, starts)
    totals = sums[first] + np.where(follows, sums[second], 0)
    counts = sizes[first] + np.where(follows, sizes[second], 0)
    found.dense_window[with_body] = np.maximum.reduceat(totals / np.sqrt(counts), starts)
    return found
