"""Hybrid retrieval: candidates from the lexical and the dense index, ranked by signals fused into one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.late_interaction import interactions
from embeddings.lexical_tokens import LexicalTokens, lexical_tokens
from qa.catalogue import PassageRow
from qa.collection import Snapshot
from qa.diversity import POOL, diversified, likeness, wants_several
from qa.duplicates import Shown
from qa.fusion import fuse, plain_sum
from qa.matching import matched_terms
from qa.types import Duplicate, Hit, Mode, Query, Why

CANDIDATES = 100
"""Rows taken from each index before fusion."""

_NO_ROWS: NDArray[np.int64] = np.empty(0, np.int64)

_SPARE = 4
"""Rows read beyond k, so that k remain after duplicates have been dropped."""

SHOWN_SIGNALS = ("lexical", "dense", "late_interaction", "window", "standing")
"""Signals that a hit tells of itself; the others that are fused are variations of these.

``standing`` is the plain sum of z-scores: by how much the passage stands out from the candidates.
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate rows of one query, in the order in which they are shown, with every signal.

    Attributes:
        rows: int64 (n,), rows of the indexes.
        scores: float32 (n,), descending, but for a question that wants several passages.
        signals: those of SHOWN_SIGNALS by name, float32 (n,).
        lexical_ranks, dense_ranks: row -> rank from 1 in that index's own list.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    signals: Mapping[str, NDArray[np.float32]]
    lexical_ranks: Mapping[int, int]
    dense_ranks: Mapping[int, int]


def _ranks(rows: NDArray[np.int64]) -> dict[int, int]:
    return {int(row): rank for rank, row in enumerate(rows, start=1)}


@dataclass(frozen=True, slots=True)
class Signals:
    """What all signals say of the candidates of one query.

    Attributes:
        rows: int64 (n,), rising.
        values: by name, float32 (n,).
        lexical, dense: int64, the rows that each index proposed, best first.
    """

    rows: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]
    lexical: NDArray[np.int64]
    dense: NDArray[np.int64]


def gather_signals(snapshot: Snapshot, query: Query, tokens: LexicalTokens, mode: Mode) -> Signals:
    """Collect the candidates of a query from the indexes that the mode uses, and every signal of each."""
    vector = snapshot.encoder.encode_queries([query.content])
    lexical = snapshot.lexical.search(tokens, CANDIDATES).rows if mode is not Mode.DENSE else _NO_ROWS
    dense = snapshot.dense.search(vector, CANDIDATES).rows if mode is not Mode.LEXICAL else _NO_ROWS
    rows = np.union1d(lexical, dense).astype(np.int64)
    static = snapshot.static
    closeness = interactions(
        static.token_ids([query.content])[0],
        static.encode_queries([query.content])[0],
        rows,
        snapshot.tokens,
        static.token_vectors,
        static.token_lengths,
    )
    values = {
        "lexical": snapshot.lexical.score(tokens, rows),
        "dense": snapshot.dense.score(vector, rows),
        "dense_window": closeness.dense_window,
        "late_interaction": closeness.whole,
        "window": closeness.window,
        "squared": closeness.squared,
        "near": closeness.near,
        "window_squared": closeness.window_squared,
    }
    return Signals(rows, values, lexical, dense)


def rank_candidates(snapshot: Snapshot, query: Query, tokens: LexicalTokens, mode: Mode) -> Candidates:
    """Collect and rank the candidates of a query; ties keep the order of the documents."""
    found = gather_signals(snapshot, query, tokens, mode)
    scores = fuse(found.values, query.language) if mode is Mode.HYBRID else found.values[mode.value]
    shown = {**found.values, "standing": plain_sum(found.values, query.language)}
    order = np.argsort(-scores, kind="stable")
    if mode is Mode.HYBRID and wants_several(query):
        pool = found.rows[order[:POOL]]
        places = [snapshot.tokens.head(int(row)).tobytes() for row in pool]
        order = order[diversified(scores[order], likeness(snapshot.dense.vectors(pool), places))]
    return Candidates(
        rows=found.rows[order],
        scores=scores[order],
        signals={name: shown[name][order] for name in SHOWN_SIGNALS},
        lexical_ranks=_ranks(found.lexical),
        dense_ranks=_ranks(found.dense),
    )


def retrieve(snapshot: Snapshot, query: Query, *, k: int, mode: Mode = Mode.HYBRID) -> list[Hit]:
    """The ``k`` best passages, best first, without those that say nothing beyond better ones.

    Returns:
        At most ``k`` hits; none when the question shares nothing with the collection.
    """
    tokens = lexical_tokens(query.content)
    return _read(snapshot, query, tokens, rank_candidates(snapshot, query, tokens, mode), k)


def _read(
    snapshot: Snapshot, query: Query, tokens: LexicalTokens, candidates: Candidates, k: int
) -> list[Hit]:
    hits: list[Hit] = []
    shown = Shown(snapshot.tokens)
    at = 0
    while len(hits) < k and at < len(candidates.rows):
        batch = range(at, min(at + k + _SPARE, len(candidates.rows)))
        at = batch.stop
        numbers = {place: int(snapshot.numbers[candidates.rows[place]]) for place in batch}
        passages = snapshot.catalogue.passages(list(numbers.values()))
        for place in batch:
            found = passages[numbers[place]]
            row = int(candidates.rows[place])
            twin = shown.repeated(row, found)
            if twin is not None:
                hits[twin] = replace(hits[twin], duplicates=(*hits[twin].duplicates, _duplicate(found)))
            elif len(hits) < k:
                shown.add(row, found)
                why = Why(
                    lexical_rank=candidates.lexical_ranks.get(row),
                    dense_rank=candidates.dense_ranks.get(row),
                    scores={name: float(values[place]) for name, values in candidates.signals.items()},
                    terms=matched_terms(snapshot, query, tokens, found),
                )
                score = float(candidates.scores[place])
                hits.append(Hit(found.passage, found.document, len(hits) + 1, score, why))
    return hits


def _duplicate(found: PassageRow) -> Duplicate:
    passage = found.passage
    return Duplicate(found.document, passage.start, passage.end, passage.line_start, passage.line_end)
