"""Hybrid retrieval: candidates from the lexical and the dense index, ranked by signals fused into one."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embeddings.late_interaction import TokenStore, interactions
from embeddings.lexical_tokens import LexicalTokens, lexical_tokens
from embeddings.reader import bundled_reader
from qa.catalogue import PassageRow
from qa.collection import Snapshot
from qa.diversity import POOL, diversified, likeness, wants_several
from qa.duplicates import Shown
from qa.fusion import fuse, fuse_contextual, plain_sum
from qa.matching import content_tokens, matched_terms
from qa.queries import make_query
from qa.reading import PassageReading, read_passages, read_with
from qa.types import Duplicate, Hit, Mode, Query, Why
from qa.understanding import added_tokens

CANDIDATES = 64
"""Rows taken from each index before fusion: what a passage scores depends on those that it is compared with,
and must not on how many are wanted. On the tune split and the validation sets 100 find no more."""

Rows = Sequence[PassageRow]
"""Passages in the order of the rows that were asked for."""

_NO_ROWS: NDArray[np.int64] = np.empty(0, np.int64)

_FEWEST = 4
"""Rows read at once at least, when some of those before turned out to be duplicates."""

READ = 6
"""First passages that are read sentence by sentence, and put in the order of both."""

DOUBT = 1.75
"""Passages whose fused score falls short of the best by more than this keep their place. On the tune split,
on held-out questions and on the validation sets 3 finds the same, and a fifth more is read."""

READING_WEIGHT = 0.7
"""How much the logit of a passage's best sentence counts beside the fused score; chosen on the tune split and
on held-out questions, where 0.3 to 0.8 do equally well."""

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


@cache
def _other_threads(process: int) -> ThreadPoolExecutor:
    """Threads of this process: a forked one inherits the pool, but not its threads."""
    return ThreadPoolExecutor(thread_name_prefix=f"lexical-{process}")


def gather_signals(
    snapshot: Snapshot, query: Query, tokens: LexicalTokens, mode: Mode, candidates: int = CANDIDATES
) -> Signals:
    """Collect the candidates of a query from the indexes that the mode uses, and every signal of each.

    Args:
        snapshot: the collection to search.
        query: the question, made ready.
        tokens: of its content.
        mode: which indexes are asked.
        candidates: rows taken from each.
    """
    added = added_tokens(snapshot, query)
    # The lexical index is asked in another thread, which it leaves to others while it works: on two cores a
    # tenth of the whole time is saved.
    beside = _other_threads(os.getpid())
    words = snapshot.lexical
    searching = beside.submit(words.search, tokens, candidates, added) if mode is not Mode.DENSE else None
    vector = snapshot.encoder.encode_queries([query.meaning])
    dense = snapshot.dense.search(vector, candidates) if mode is not Mode.LEXICAL else None
    lexical = searching.result() if searching is not None else None
    by_words, by_meaning = (found.rows if found else _NO_ROWS for found in (lexical, dense))
    rows = np.union1d(by_words, by_meaning).astype(np.int64)
    scoring = beside.submit(words.score, tokens, rows, added, lexical)
    static = snapshot.static
    closeness = interactions(
        static.token_ids([query.meaning])[0],
        static.encode_queries([query.meaning])[0],
        rows,
        snapshot.tokens,
        static,
    )
    values = {
        "lexical": scoring.result(),
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
    return Signals(rows, values, by_words, by_meaning)


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
    ranking: NDArray[np.int64], k: int, tokens: TokenStore, read: Callable[[NDArray[np.int64]], Rows]
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
        batch = ranking[at : at + max(k - len(chosen), _FEWEST)]
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


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a search gives.

    Attributes:
        hits: best first.
        readings: by passage id, for the hits that were read; empty where none was.
    """

    hits: tuple[Hit, ...]
    readings: Mapping[str, PassageReading]

    def first(self, k: int) -> "Retrieved":
        """The first ``k`` hits alone."""
        return replace(self, hits=self.hits[:k])


def retrieve(snapshot: Snapshot, query: Query, *, k: int, mode: Mode = Mode.HYBRID) -> list[Hit]:
    """The ``k`` best passages, best first, without those that say nothing beyond better ones.

    Returns:
        At most ``k`` hits, and in hybrid mode no more than both indexes propose, CANDIDATES each; none when
        the question shares nothing with the collection.
    """
    return list(find(snapshot, query, k=k, mode=mode, depth=Depth.IN_DOUBT).hits)


class Depth(StrEnum):
    """How much of what is found is read sentence by sentence.

    ``NOTHING`` is for the training of the reader itself. Whether passages are read where there is no doubt
    about their order or not, the hits are the same.
    """

    NOTHING = "nothing"
    IN_DOUBT = "in doubt"
    ALL = "all"


def find(
    snapshot: Snapshot, query: Query, *, k: int, mode: Mode = Mode.HYBRID, depth: Depth = Depth.ALL
) -> Retrieved:
    """The ``k`` best passages, as :func:`retrieve`, with what reading them told.

    Args:
        snapshot: the collection to search.
        query: the question, made ready.
        k: how many passages are wanted, from 1.
        mode: which indexes are asked; only in hybrid mode are passages read.
        depth: which of the first READ passages are read.
    """
    tokens = lexical_tokens(query.content)
    candidates = CANDIDATES if mode is Mode.HYBRID else max(CANDIDATES, k)
    signals = gather_signals(snapshot, query, tokens, mode, candidates)
    order, scores = rank_candidates(snapshot, query, signals, mode)
    told = {**signals.values, "standing": plain_sum(signals.values, query.language)}
    lexical_ranks, dense_ranks = _ranks(signals.lexical), _ranks(signals.dense)

    def passages_of(rows: NDArray[np.int64]) -> Rows:
        numbers = snapshot.numbers[rows].tolist()
        passages = snapshot.catalogue.passages(numbers)
        return [passages[number] for number in numbers]

    depth = depth if mode is Mode.HYBRID else Depth.NOTHING
    wanted = k if depth is Depth.NOTHING else max(k, READ)
    distinct = first_distinct(signals.rows[order], wanted, snapshot.tokens, passages_of)
    fused = scores[[each.place for each in distinct]]
    # The order of several things was chosen for what they add to each other; a model that reads in context
    # knows better than a reader of static vectors.
    settled = wants_several(query) or snapshot.encoder.contextual
    doubtful = 0 if settled else _in_doubt(fused)
    readings = _read(snapshot, query, distinct, READ if depth is Depth.ALL else doubtful, depth)
    hits = []
    for rank, (chosen, score) in enumerate(_reread(fused, readings[:doubtful])[:k], start=1):
        each = distinct[chosen]
        at = order[each.place]
        row = int(signals.rows[at])
        why = Why(
            lexical_rank=lexical_ranks.get(row),
            dense_rank=dense_ranks.get(row),
            scores={name: float(told[name][at]) for name in SHOWN_SIGNALS},
            terms=matched_terms(snapshot, query, tokens, each.found),
            also=tuple(alternative.text for alternative in query.alternatives),
        )
        hits.append(Hit(each.found.passage, each.found.document, rank, score, why, each.duplicates))
    return Retrieved(tuple(hits), {each.passage_id: each for each in readings})


def _in_doubt(fused: NDArray[np.float32]) -> int:
    """How many of the first passages are so close to the best that reading may change their order."""
    near = fused[:READ] >= fused[:1] - DOUBT
    return int(np.argmin(np.append(near, False)))


def _read(
    snapshot: Snapshot, query: Query, distinct: Sequence[Distinct], count: int, depth: Depth
) -> list[PassageReading]:
    """What reading the first passages tells, in their order; empty where it is not asked for."""
    passages = [each.found.passage for each in distinct[:count]]
    alone = depth is Depth.IN_DOUBT and len(passages) == 1  # one passage needs no order
    if depth is Depth.NOTHING or alone or not passages:
        return []
    reader = bundled_reader()
    readings = read_passages(snapshot, reader, query, content_tokens(snapshot, query), passages)
    if query.typed is None:
        return readings
    typed = make_query(query.typed)
    content = content_tokens(snapshot, typed)
    return read_with(readings, read_passages(snapshot, reader, typed, content, passages))


def _reread(fused: NDArray[np.float32], readings: Sequence[PassageReading]) -> list[tuple[int, float]]:
    """The order of passages by fused score and, for the first ones, by their best sentence.

    Returns:
        For every rank the place before reading and the fused score of that rank.
    """
    count = len(readings)
    both = fused[:count] + READING_WEIGHT * np.asarray([each.best for each in readings], np.float32)
    order = [*np.argsort(-both, kind="stable").tolist(), *range(count, len(fused))]
    return list(zip(order, fused.tolist(), strict=True))
