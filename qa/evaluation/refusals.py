"""Does the confidence tell what the documents answer? AUROC and the risk-coverage curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from qa.evaluation.report import Refusals


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question: its confidence in 0..1, whether it is answerable, answered, and would be right."""

    confidence: float
    answerable: bool
    answered: bool
    right: bool


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Area under the ROC curve: P(positive > negative) + P(equal) / 2 over all pairs.

    Computed from ranks, as the Mann-Whitney U statistic (Hanley and McNeil 1982). Range 0..1, 0.5 by
    chance; None when either side is empty.
    """
    if not positive or not negative:
        return None
    ranks = rankdata([*positive, *negative])
    n, m = len(positive), len(negative)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def risk_coverage(
    confidences: Sequence[float], right: Sequence[bool]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coverage and risk at every confidence at which one could refuse.

    Coverage is the share of questions with at least that confidence, risk the share of those that are
    wrong (El-Yaniv and Wiener 2010). Questions of equal confidence are taken together.

    Returns:
        Coverage, rising to 1, and risk, both in 0..1 and of shape (distinct confidences,).
    """
    order = np.argsort(-np.asarray(confidences, float), kind="stable")
    sorted_confidences = np.asarray(confidences, float)[order]
    wrong = np.cumsum(~np.asarray(right, bool)[order])
    count = np.arange(1, len(order) + 1)
    last = np.append(sorted_confidences[1:] != sorted_confidences[:-1], True)[: len(order)]
    return count[last] / max(1, len(order)), wrong[last] / count[last]


def area_under(coverage: NDArray[np.float64], risk: NDArray[np.float64]) -> float | None:
    """Area under the risk-coverage curve: mean risk over all coverages (Geifman et al. 2019).

    Lower is better; range 0..1. The curve is taken as steps; None when it has no point.
    """
    if not len(coverage):
        return None
    return float(np.sum(np.diff(coverage, prepend=0.0) * risk))


def judge_refusals(judgements: Sequence[Judgement], threshold: Mapping[str, float]) -> Refusals:
    """All figures of refusing. An unanswerable question is wrong whatever would be answered."""
    coverage, risk = risk_coverage(
        [each.confidence for each in judgements], [each.answerable and each.right for each in judgements]
    )
    given = [each for each in judgements if each.answered]
    wrong = sum(not (each.answerable and each.right) for each in given)
    answerable = [each.confidence for each in judgements if each.answerable]
    unanswerable = [each.confidence for each in judgements if not each.answerable]
    return Refusals(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        threshold=dict(threshold),
        auroc=auroc(answerable, unanswerable),
        coverage=tuple(map(float, coverage)),
        risk=tuple(map(float, risk)),
        aurc=area_under(coverage, risk),
        at_threshold=(len(given) / len(judgements), wrong / len(given)) if given else None,
    )
