"""Does the confidence tell what the documents answer? AUROC, risk-coverage curve, reliability diagram."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, rankdata

from qa.evaluation.report import ConfidenceBin, Refusals

MOST_BINS = 10
"""As many as Naeini, Cooper and Hauskrecht take."""

FEWEST_QUESTIONS = 10
"""Questions that a bin has on average, at least: the share of fewer is hardly known."""


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


def reliability(judgements: Sequence[Judgement]) -> tuple[ConfidenceBin, ...]:
    """Bins of the reliability diagram: what the confidence says beside what the documents answer.

    The questions are sorted by confidence and cut into bins of equal count, as many as give each of them
    ``FEWEST_QUESTIONS``, but no more than ``MOST_BINS`` (Niculescu-Mizil and Caruana 2005 draw the diagram;
    bins of equal count as in Naeini, Cooper and Hauskrecht 2015). Questions of equal confidence are never
    split. The interval of a share is that of Wilson 1927.

    Returns:
        Bins of rising confidence, whose values are in 0..1. None without questions of both kinds: every
        share would be the same, whatever the confidence.
    """
    if len({each.answerable for each in judgements}) < 2:  # noqa: PLR2004 - answerable and not
        return ()
    ranked = sorted(judgements, key=lambda each: each.confidence)
    edges = [0, *_cuts([each.confidence for each in ranked]), len(ranked)]
    return tuple(_bin(ranked[start:end]) for start, end in pairwise(edges))


def _cuts(confidences: Sequence[float]) -> Iterator[int]:
    """Where sorted confidences are cut, ends left out.

    A cut that would fall between equal ones moves to the nearer end of these, and is left out where a bin
    of less than half the even count would come of it.
    """
    total = len(confidences)
    bins = min(MOST_BINS, total // FEWEST_QUESTIONS)
    allowed = np.flatnonzero(np.diff(confidences)) + 1
    if not len(allowed):
        return
    last = 0
    for nth in range(1, bins):
        even = total * nth / bins
        cut = int(allowed[np.argmin(np.abs(allowed - even))])
        if min(cut - last, total - cut) >= total / bins / 2:
            yield cut
            last = cut


def _bin(members: Sequence[Judgement]) -> ConfidenceBin:
    answerable = sum(each.answerable for each in members)
    interval = binomtest(answerable, len(members)).proportion_ci(0.95, method="wilson")
    return ConfidenceBin(
        confidence=float(np.mean([each.confidence for each in members])),
        answerable=answerable / len(members),
        low=float(interval.low),
        high=float(interval.high),
        questions=len(members),
    )


def calibration_error(bins: Sequence[ConfidenceBin]) -> float | None:
    """Expected calibration error: sum over the bins of questions / all * |confidence - answerable|.

    Naeini, Cooper and Hauskrecht 2015. Range 0..1, lower is better; None without bins. It judges the
    confidence as a probability that the documents answer, so it also depends on how many of the questions
    they do answer. With few questions to a bin, chance alone keeps it above 0.
    """
    if not bins:
        return None
    total = sum(each.questions for each in bins)
    return sum(each.questions * abs(each.confidence - each.answerable) for each in bins) / total


def judge_refusals(judgements: Sequence[Judgement], threshold: Mapping[str, float]) -> Refusals:
    """All figures of refusing. An unanswerable question is wrong whatever would be answered."""
    coverage, risk = risk_coverage(
        [each.confidence for each in judgements], [each.answerable and each.right for each in judgements]
    )
    given = [each for each in judgements if each.answered]
    wrong = sum(not (each.answerable and each.right) for each in given)
    answerable = [each.confidence for each in judgements if each.answerable]
    unanswerable = [each.confidence for each in judgements if not each.answerable]
    bins = reliability(judgements)
    return Refusals(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        threshold=dict(threshold),
        auroc=auroc(answerable, unanswerable),
        coverage=tuple(map(float, coverage)),
        risk=tuple(map(float, risk)),
        aurc=area_under(coverage, risk),
        at_threshold=(len(given) / len(judgements), wrong / len(given)) if given else None,
        reliability=bins,
        calibration_error=calibration_error(bins),
    )
