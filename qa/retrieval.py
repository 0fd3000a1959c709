"""Hybrid retrieval: candidates from the lexical and the dense index, ranked by the sum of three signals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.late_interaction import late_interaction
from embeddings.lexical_tokens import LexicalTokens, lexical_tokens
from qa.collection import Snapshot
from qa.matching import matched_terms
from qa.types import Hit, Language, Mode, Query, Why

CANDIDATES = 100
"""Rows taken from each index before fusion."""

_NO_ROWS: NDArray[np.int64] = np.empty(0, np.int64)

_SPARE = 4
"""Rows read beyond k, so that k remain after equal passages have been dropped."""

# Weights of the z-scores. A weighted sum of z-scores beats BM25 and reciprocal-rank fusion on the
# validation sets; an English question shares hardly a token with Chinese text, so its lexical score
# is mostly noise. Chosen on the tune split and the validation sets.
FUSION_WEIGHTS: Mapping[Language, Mapping[str, float]] = {
    Language.CHINESE: {"lexical": 1.0, "dense": 0.5, "late_interaction": 1.0},
    Language.ENGLISH: {"lexical": 0.3, "dense": 0.5, "late_interaction": 1.0},
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate rows of one query, best first, with every signal.

    Attributes:
        rows: int64 (n,), rows of the indexes.
        scores: float32 (n,), descending.
        signals: by name, float32 (n,).
        lexical_ranks, dense_ranks: row -> rank from 1 in that index's own list.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    signals: Mapping[str, NDArray[np.float32]]
    lexical_ranks: Mapping[int, int]
    dense_ranks: Mapping[int, int]


def _ranks(rows: NDArray[np.int64]) -> dict[int, int]:
    return {int(row): rank for rank, row in enumerate(rows, start=1)}


def z_scores(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values less their mean over their standard deviation; zeros where all are equal."""
    deviation = float(values.std())
    if deviation == 0.0:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / deviation, np.float32)


def rank_candidates(snapshot: Snapshot, query: Query, tokens: LexicalTokens, mode: Mode) -> Candidates:
    """Collect and rank the candidates of a query; ties keep the order of the documents."""
    vector = snapshot.encoder.encode_queries([query.content])
    lexical = snapshot.lexical.search(tokens, CANDIDATES).rows if mode is not Mode.DENSE else _NO_ROWS
    dense = snapshot.dense.search(vector, CANDIDATES).rows if mode is not Mode.LEXICAL else _NO_ROWS
    rows = np.union1d(lexical, dense).astype(np.int64)
    signals = {
        "lexical": snapshot.lexical.score(tokens, rows),
        "dense": snapshot.dense.score(vector, rows),
        "late_interaction": late_interaction(
            snapshot.static.token_ids([query.content])[0],
            rows,
            snapshot.tokens,
            snapshot.static.token_vectors,
        ),
    }
    if mode is Mode.HYBRID:
        weights = FUSION_WEIGHTS[query.language]
        scores = sum(
            (weight * z_scores(signals[name]) for name, weight in weights.items()),
            start=np.zeros(len(rows), np.float32),
        )
    else:
        scores = signals[mode.value]
    order = np.argsort(-scores, kind="stable")
    return Candidates(
        rows=rows[order],
        scores=scores[order],
        signals={name: values[order] for name, values in signals.items()},
        lexical_ranks=_ranks(lexical),
        dense_ranks=_ranks(dense),
    )


def retrieve(snapshot: Snapshot, query: Query, *, k: int, mode: Mode = Mode.HYBRID) -> list[Hit]:
    """The ``k`` best passages, best first; of passages with equal text only the best is kept.

    Returns:
        At most ``k`` hits; none when the question shares nothing with the collection.
    """
    tokens = lexical_tokens(query.content)
    return _read(snapshot, query, tokens, rank_candidates(snapshot, query, tokens, mode), k)


def _read(
    snapshot: Snapshot, query: Query, tokens: LexicalTokens, candidates: Candidates, k: int
) -> list[Hit]:
    hits: list[Hit] = []
    texts: set[str] = set()
    at = 0
    while len(hits) < k and at < len(candidates.rows):
        batch = range(at, min(at + k + _SPARE, len(candidates.rows)))
        at = batch.stop
        numbers = {place: int(snapshot.numbers[candidates.rows[place]]) for place in batch}
        passages = snapshot.catalogue.passages(list(numbers.values()))
        for place in batch:
            found = passages[numbers[place]]
            if len(hits) == k or found.passage.text in texts:
                continue
            texts.add(found.passage.text)
            row = int(candidates.rows[place])
            hits.append(
                Hit(
                    passage=found.passage,
                    document=found.document,
                    rank=len(hits) + 1,
                    score=float(candidates.scores[place]),
                    why=Why(
                        lexical_rank=candidates.lexical_ranks.get(row),
                        dense_rank=candidates.dense_ranks.get(row),
                        scores={name: float(values[place]) for name, values in candidates.signals.items()},
                        terms=matched_terms(snapshot, query, tokens, found),
                    ),
                )
            )
    return hits
