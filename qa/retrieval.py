"""Hybrid retrieval: candidates from the lexical and the dense index, ranked by signals fused into one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.late_interaction import TokenStore, interactions
from embeddings.lexical_tokens import LexicalTokens, lexical_tokens
from qa.catalogue import PassageRow
from qa.collection import Snapshot
from qa.diversity import POOL, diversified, likeness, wants_several
from qa.duplicates import Shown
from qa.fusion import fuse, fuse_contextual, plain_sum
from qa.matching import matched_terms
from qa.queries import make_query
from qa.types import Duplicate, Hit, Mode, Query, Why
from qa.understanding import added_tokens

CANDIDATES = 100
"""Rows taken from each index before fusion."""

Reading = Sequence[PassageRow]
"""Passages in the order of the rows that were asked for."""

_NO_ROWS: NDArray[np.int64] = np.empty(0, np.int64)

_SPARE = 4
"""Rows read beyond k, so that k remain after duplicates have been dropped."""

_TYPED_SHARE = 0.25
"""How much a follow-up question as typed counts beside itself written out. On the tune split and on the
conversations of the tests, 0.15 to 0.35 find the same."""

SHOWN_SIGNALS = ("lexical", "dense", "late_interaction", "window", "standing")
"""Signals that a hit tells of itself; the others that are fused are variations of these.

``standing`` is the plain sum of z-scores: by how much the passage stands out from the candidates.
"""


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
    vector = snapshot.encoder.encode_queries([query.meaning])
    added = added_tokens(snapshot, query)
    lexical = snapshot.lexical.search(tokens, CANDIDATES, added).rows if mode is not Mode.DENSE else _NO_ROWS
    dense = snapshot.dense.search(vector, CANDIDATES).rows if mode is not Mode.LEXICAL else _NO_ROWS
    rows = np.union1d(lexical, dense).astype(np.int64)
    static = snapshot.static
    closeness = interactions(
        static.token_ids([query.meaning])[0],
        static.encode_queries([query.meaning])[0],
        rows,
        snapshot.tokens,
        static.token_vectors,
        static.token_lengths,
        static.token_stress,
    )
    values = {
        "lexical": snapshot.lexical.score(tokens, rows, added),
        "dense": snapshot.dense.score(vector, rows),
        "dense_window": closeness.dense_window,
        "late_interaction": closeness.whole,
        "window": closeness.window,
        "squared": closeness.squared,
        "near": closeness.near,
        "window_squared": closeness.window_squared,
        "whole_stressed": closeness.whole_stressed,
        "window_stressed": closeness.window_stressed,
    }
    return Signals(rows, values, lexical, dense)


def rank_candidates(
    snapshot: Snapshot, query: Query, found: Signals, mode: Mode
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The order in which candidates are shown, best first; ties keep the order of the documents.

    Returns:
        int64 (n,), places in ``found.rows``; and their scores in that order, float32 (n,): descending, but
        for a question that wants several passages.
    """
    if mode is Mode.HYBRID:
        fusion = fuse_contextual if snapshot.encoder.contextual else fuse
        scores = fusion(found.values, query.language)
        if query.typed is not None:
            scores = scores + _TYPED_SHARE * _typed_scores(snapshot, query.typed, found.rows)
    else:
        scores = found.values[mode.value]
    order = np.argsort(-scores, kind="stable")
    if mode is Mode.HYBRID and wants_several(query):
        pool = found.rows[order[:POOL]]
        places = [snapshot.tokens.head(int(row)).tobytes() for row in pool]
        order = order[diversified(scores[order], likeness(snapshot.dense.vectors(pool), places))]
    return order, scores[order]


def _typed_scores(snapshot: Snapshot, typed: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """What a follow-up question says of passages as it was typed: its subject must not drown what it asks.

    Args:
        snapshot: the collection.
        typed: the question as typed.
        rows: int64 (n,).

    Returns:
        float32 (n,), fused scores; the least one for a passage that the question alone does not propose.
    """
    query = make_query(typed)
    found = gather_signals(snapshot, query, lexical_tokens(query.content), Mode.HYBRID)
    fusion = fuse_contextual if snapshot.encoder.contextual else fuse
    scores = fusion(found.values, query.language)
    if not len(scores):
        return np.zeros(len(rows), np.float32)
    places = np.minimum(np.searchsorted(found.rows, rows), len(scores) - 1)
    return np.where(found.rows[places] == rows, scores[places], scores.min()).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Distinct:
    """A passage that says more than those above it.

    Attributes:
        place: in the ranking that it was chosen from, from 0.
        found: the passage.
        duplicates: passages left out for it.
    """

    place: int
    found: PassageRow
    duplicates: tuple[Duplicate, ...] = ()


def first_distinct(
    ranking: NDArray[np.int64], k: int, tokens: TokenStore, read: Callable[[NDArray[np.int64]], Reading]
) -> list[Distinct]:
    """The first ``k`` passages of a ranking without those that say nothing beyond the ones above them.

    Args:
        ranking: int64 (n,), rows of the indexes, best first.
        k: how many are wanted, from 1.
        tokens: token ids of the collection.
        read: gives the passages of rows.
    """
    chosen: list[Distinct] = []
    shown = Shown(tokens)
    at = 0
    while len(chosen) < k and at < len(ranking):
        batch = ranking[at : at + k + _SPARE]
        for place, (row, found) in enumerate(zip(batch.tolist(), read(batch), strict=True), start=at):
            twin = shown.repeated(row, found)
            if twin is not None:
                duplicates = (*chosen[twin].duplicates, _duplicate(found))
                chosen[twin] = replace(chosen[twin], duplicates=duplicates)
            elif len(chosen) < k:
                shown.add(row, found)
                chosen.append(Distinct(place, found))
        at += len(batch)
    return chosen


def _duplicate(found: PassageRow) -> Duplicate:
    passage = found.passage
    return Duplicate(found.document, passage.start, passage.end, passage.line_start, passage.line_end)


def retrieve(snapshot: Snapshot, query: Query, *, k: int, mode: Mode = Mode.HYBRID) -> list[Hit]:
    """The ``k`` best passages, best first, without those that say nothing beyond better ones.

    Returns:
        At most ``k`` hits; none when the question shares nothing with the collection.
    """
    tokens = lexical_tokens(query.content)
    signals = gather_signals(snapshot, query, tokens, mode)
    order, scores = rank_candidates(snapshot, query, signals, mode)
    told = {**signals.values, "standing": plain_sum(signals.values, query.language)}
    lexical_ranks, dense_ranks = _ranks(signals.lexical), _ranks(signals.dense)

    def read(rows: NDArray[np.int64]) -> Reading:
        numbers = snapshot.numbers[rows].tolist()
        passages = snapshot.catalogue.passages(numbers)
        return [passages[number] for number in numbers]

    hits = []
    for rank, each in enumerate(first_distinct(signals.rows[order], k, snapshot.tokens, read), start=1):
        at = order[each.place]
        row = int(signals.rows[at])
        why = Why(
            lexical_rank=lexical_ranks.get(row),
            dense_rank=dense_ranks.get(row),
            scores={name: float(told[name][at]) for name in SHOWN_SIGNALS},
            terms=matched_terms(snapshot, query, tokens, each.found),
            also=tuple(alternative.text for alternative in query.alternatives),
        )
        score = float(scores[each.place])
        hits.append(Hit(each.found.passage, each.found.document, rank, score, why, each.duplicates))
    return hits
