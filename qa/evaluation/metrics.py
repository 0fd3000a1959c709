"""Retrieval metrics, from pytrec_eval (Van Gysel and de Rijke 2018), the library form of trec_eval.

The unit of relevance is a *piece* of evidence. Alternatives are one piece: any of them proves the answer.
Parts are one piece each, except that parts which one passage holds together are one, as a reader gets them
together. A hit is relevant when it is the first to bring some piece; one that only repeats is not. Where
documents are judged, each judged document is a piece with its grade, and passages are folded to documents
by the best one.

With rel(i) the grade of the hit at rank i, n the number of pieces, and k the cut-off:

- ``recall@k``: pieces among the first k hits over n. Range 0..1.
- ``precision@k``: relevant hits among the first k over k, also where fewer were found. Range 0..1.
- ``MRR``: 1 over the rank of the first relevant hit, 0 where there is none (Voorhees 1999). Range 0..1.
- ``MAP``: mean over all n pieces of the precision at the rank of each, 0 for those not found, over the
  hits that were judged (Buckley and Voorhees 2000). Range 0..1.
- ``nDCG@k``: DCG@k over that of the ideal order, DCG@k = sum of rel(i) / log2(i + 1) for i = 1..k
  (Järvelin and Kekäläinen 2002, gains linear as in trec_eval). Range 0..1.

All are undefined for an unanswerable question, which is left out of their means. A question for which
nothing was found scores 0.
"""

from collections.abc import Mapping, Sequence

import pytrec_eval

RECALL_CUTOFFS = (1, 3, 5, 10, 20)
_PRECISION_CUTOFFS = (1, 5, 10)
_NDCG_CUTOFFS = (5, 10)

# pytrec_eval's names of measures and ours.
_NAMES = {
    **{f"recall_{k}": f"recall@{k}" for k in RECALL_CUTOFFS},
    **{f"P_{k}": f"precision@{k}" for k in _PRECISION_CUTOFFS},
    **{f"ndcg_cut_{k}": f"nDCG@{k}" for k in _NDCG_CUTOFFS},
    "recip_rank": "MRR",
    "map": "MAP",
}

Pieces = Mapping[int, int]
"""Piece -> grade, above 0; never empty."""

Found = Sequence[frozenset[int]]
"""For every hit, best first, the pieces that it brings."""


def retrieval_metrics(
    judged: Mapping[str, tuple[Pieces, Found]], depth: int
) -> tuple[dict[str, dict[str, float]], dict[str, list[float]]]:
    """Metrics of many questions.

    Args:
        judged: question id -> its pieces and what its hits bring.
        depth: number of hits that were asked for.

    Returns:
        question id -> metric -> value; question id -> recall@k for k = 1 .. depth.
    """
    qrels = {
        key: {f"piece {piece}": grade for piece, grade in pieces.items()}
        for key, (pieces, _) in judged.items()
    }
    run = {key: _ranking(found) for key, (_, found) in judged.items()}
    cutoffs = {
        "recall": sorted({*RECALL_CUTOFFS, *range(1, depth + 1)}),
        "P": _PRECISION_CUTOFFS,
        "ndcg_cut": _NDCG_CUTOFFS,
    }
    measures = {f"{name}.{','.join(map(str, ks))}" for name, ks in cutoffs.items()} | {"recip_rank", "map"}
    scores = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run) if judged else {}
    metrics = {
        key: {ours: values[theirs] for theirs, ours in _NAMES.items()} for key, values in scores.items()
    }
    curves = {key: [values[f"recall_{k}"] for k in range(1, depth + 1)] for key, values in scores.items()}
    return metrics, curves


def _ranking(found: Found) -> dict[str, float]:
    """A ranking for pytrec_eval: each piece at the rank of the first hit that brings it.

    A hit that brings several pieces at once stands for the first of them: pieces are made so that none does.
    Scores only say the order.
    """
    seen: set[int] = set()
    ranking: dict[str, float] = {}
    for rank, pieces in enumerate(found):
        new = sorted(pieces - seen)
        seen |= pieces
        ranking[f"piece {new[0]}" if new else f"other {rank}"] = -float(rank)
    # pytrec_eval leaves out a question with nothing found; it is to count as 0.
    return ranking or {"nothing": 0.0}
