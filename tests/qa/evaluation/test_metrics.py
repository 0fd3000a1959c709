"""Retrieval metrics against their formulas: pytrec_eval's values beside ours, written out."""

from math import log2

import numpy as np
import pytest

from qa.evaluation.metrics import Found, Pieces, retrieval_metrics

DEPTH = 20


def by_formula(pieces: Pieces, found: Found) -> dict[str, float]:
    """The definitions in the module's docstring, word for word, without a library."""
    seen: set[int] = set()
    gains: list[int] = []
    for brought in found:
        new = sorted(brought - seen)
        seen |= brought
        gains.append(pieces[new[0]] if new else 0)
    ranks = [rank for rank, gain in enumerate(gains, start=1) if gain]

    def dcg(values: list[int], k: int) -> float:
        return sum(gain / log2(rank + 1) for rank, gain in enumerate(values[:k], start=1))

    ideal = sorted(pieces.values(), reverse=True)
    values = {f"recall@{k}": sum(rank <= k for rank in ranks) / len(pieces) for k in (1, 3, 5, 10, 20)}
    values |= {f"precision@{k}": sum(rank <= k for rank in ranks) / k for k in (1, 5, 10)}
    values |= {f"nDCG@{k}": dcg(gains, k) / dcg(ideal, k) for k in (5, 10)}
    values["MRR"] = 1 / ranks[0] if ranks else 0.0
    values["MAP"] = sum(n / rank for n, rank in enumerate(ranks, start=1)) / len(pieces)
    return values


def metrics_of(pieces: Pieces, found: Found) -> dict[str, float]:
    return retrieval_metrics({"q": (pieces, found)}, DEPTH)[0]["q"]


def bring(*pieces: int) -> frozenset[int]:
    return frozenset(pieces)


def test_random_rankings_agree_with_the_formulas() -> None:
    rng = np.random.default_rng(0)
    judged = {}
    for number in range(300):
        count = int(rng.integers(1, 6))
        pieces = {piece: int(rng.integers(1, 4)) for piece in range(count)}
        found = [
            bring(int(rng.integers(count))) if rng.random() < 0.2 else bring()
            for _ in range(int(rng.integers(0, DEPTH + 1)))
        ]
        judged[f"q{number}"] = (pieces, found)
    metrics, curves = retrieval_metrics(judged, DEPTH)
    for key, (pieces, found) in judged.items():
        assert metrics[key] == pytest.approx(by_formula(pieces, found)), key
        assert [curves[key][k - 1] for k in (1, 5, 20)] == [metrics[key][f"recall@{k}"] for k in (1, 5, 20)]


def test_one_piece_at_rank_two() -> None:
    values = metrics_of({0: 1}, [bring(), bring(0), bring()])
    assert values["recall@1"] == 0
    assert values["recall@3"] == 1
    assert values["precision@5"] == 1 / 5
    assert values["MRR"] == 1 / 2
    assert values["nDCG@10"] == pytest.approx((1 / log2(3)) / (1 / log2(2)))


def test_what_is_brought_again_counts_once() -> None:
    once = metrics_of({0: 1, 1: 1}, [bring(0), bring(), bring(1)])
    again = metrics_of({0: 1, 1: 1}, [bring(0), bring(0), bring(1), bring(1)])
    assert once == again


@pytest.mark.parametrize("found", [[], [bring(), bring()]])
def test_nothing_found_scores_zero_throughout(found: Found) -> None:
    assert set(metrics_of({0: 1, 1: 2}, found).values()) == {0.0}


def test_no_question_at_all() -> None:
    assert retrieval_metrics({}, DEPTH) == ({}, {})
