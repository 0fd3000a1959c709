"""AUROC, the risk-coverage curve and the calibration error against other ways of computing them."""

import math
from collections.abc import Iterable

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from qa.evaluation.refusals import (
    Judgement,
    area_under,
    auroc,
    calibration_error,
    judge_refusals,
    reliability,
    risk_coverage,
)


def judged(questions: Iterable[tuple[float, bool]]) -> list[Judgement]:
    """Questions of these confidences, answerable or not."""
    return [Judgement(confidence, known, answered=True, right=known) for confidence, known in questions]


def test_auroc_agrees_with_scikit_learn_and_with_counting_pairs() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        positive = rng.integers(0, 8, size=rng.integers(1, 20)) / 8  # with many ties
        negative = rng.integers(0, 8, size=rng.integers(1, 20)) / 8
        value = auroc(list(positive), list(negative))
        labels = [1] * len(positive) + [0] * len(negative)
        assert value == pytest.approx(roc_auc_score(labels, [*positive, *negative]))
        assert value == pytest.approx(np.mean([(p > n) + (p == n) / 2 for p in positive for n in negative]))


def test_auroc_needs_both_sides() -> None:
    assert auroc([], [0.5]) is None
    assert auroc([0.5], []) is None


def test_risk_and_coverage_by_hand() -> None:
    coverage, risk = risk_coverage([0.9, 0.8, 0.8, 0.1], [True, False, True, False])
    # One question at 0.9, then the two of 0.8 together, then all.
    assert coverage.tolist() == [1 / 4, 3 / 4, 4 / 4]
    assert risk.tolist() == [0 / 1, 1 / 3, 2 / 4]
    assert area_under(coverage, risk) == pytest.approx(1 / 4 * 0 + 2 / 4 * 1 / 3 + 1 / 4 * 2 / 4)


def test_a_perfect_confidence_errs_only_beyond_what_it_knows() -> None:
    coverage, risk = risk_coverage([0.9, 0.8, 0.2], [True, True, False])
    assert dict(zip(coverage, risk, strict=True)) == pytest.approx({1 / 3: 0.0, 2 / 3: 0.0, 1.0: 1 / 3})


def test_without_questions_there_is_no_area() -> None:
    coverage, risk = risk_coverage([], [])
    assert (len(coverage), len(risk), area_under(coverage, risk)) == (0, 0, None)


def test_an_unanswerable_question_is_wrong_whatever_is_answered() -> None:
    refusals = judge_refusals(
        [
            Judgement(0.9, answerable=True, answered=True, right=True),
            Judgement(0.8, answerable=False, answered=True, right=True),
            Judgement(0.6, answerable=True, answered=True, right=False),
            Judgement(0.1, answerable=False, answered=False, right=False),
        ],
        {"zh": 0.5},
    )
    assert (refusals.answerable, refusals.unanswerable) == (2, 2)
    assert refusals.at_threshold == pytest.approx((3 / 4, 2 / 3))
    assert refusals.auroc == pytest.approx(3 / 4)
    assert refusals.risk[-1] == pytest.approx(3 / 4)


def test_a_bot_that_refuses_everything_has_no_point_on_the_curve() -> None:
    refusals = judge_refusals([Judgement(0.1, answerable=True, answered=False, right=True)], {})
    assert refusals.at_threshold is None
    assert refusals.auroc is None


def test_bins_and_calibration_error_by_hand() -> None:
    # Out of order on purpose: ten at 0.30 to 0.39, of which the first answerable, ten at 0.80 to 0.89, of
    # which all but the last two are.
    low = [(0.30 + n / 100, n == 0) for n in range(10)]
    high = [(0.80 + n / 100, n < 8) for n in range(10)]
    bins = reliability(judged([*high, *reversed(low)]))
    assert [each.questions for each in bins] == [10, 10]
    assert [each.confidence for each in bins] == pytest.approx([0.345, 0.845])
    assert [each.answerable for each in bins] == pytest.approx([0.1, 0.8])
    assert calibration_error(bins) == pytest.approx((0.245 + 0.045) / 2)


def test_the_error_weighs_bins_by_their_questions() -> None:
    # Ties leave 16 questions in one bin and 8 in the other.
    bins = reliability(judged([*[(0.5, True)] * 16, *[(0.9, False)] * 8]))
    assert [each.questions for each in bins] == [16, 8]
    assert calibration_error(bins) == pytest.approx(16 / 24 * 0.5 + 8 / 24 * 0.9)


def test_intervals_are_those_of_wilson() -> None:
    (only,) = reliability(judged([(n / 20, n % 3 == 0) for n in range(15)]))
    share, count, z = 5 / 15, 15, 1.959964
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    assert (only.low, only.high) == pytest.approx((middle - half, middle + half), abs=1e-6)


@pytest.mark.parametrize(
    ("questions", "bins"), [(2, 1), (9, 1), (19, 1), (20, 2), (57, 5), (100, 10), (3000, 10)]
)
def test_bins_are_of_equal_count_no_more_than_ten_and_of_ten_questions(questions: int, bins: int) -> None:
    found = reliability(judged((n / questions, n % 2 == 0) for n in range(questions)))
    counts = [each.questions for each in found]
    assert len(counts) == bins
    assert sum(counts) == questions
    assert max(counts) - min(counts) <= 1


def test_questions_of_equal_confidence_are_never_split() -> None:
    # The even cut of forty questions would be after 10, 20 and 30; twelve are equal from the ninth on.
    confidences = [*[n / 100 for n in range(8)], *[0.5] * 12, *[0.6 + n / 100 for n in range(20)]]
    found = reliability(judged((confidence, n % 2 == 0) for n, confidence in enumerate(confidences)))
    assert [each.questions for each in found] == [8, 12, 10, 10]
    assert found[1].confidence == pytest.approx(0.5)


def test_bins_hold_every_question_once_in_order_however_many_are_equal() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        size, values = int(rng.integers(2, 150)), int(rng.integers(1, 40))
        confidences = np.sort(rng.integers(0, values, size=size) / values)
        known = rng.random(size) < 0.6
        known[:2] = (True, False)
        found = reliability(judged(zip(confidences.tolist(), known.tolist(), strict=True)))
        edges = np.cumsum([each.questions for each in found])
        assert edges[-1] == size
        assert len(found) <= max(1, min(10, size // 10))
        for each, end in zip(found, edges, strict=True):
            members = slice(end - each.questions, end)
            assert each.confidence == pytest.approx(confidences[members].mean())
            assert each.answerable == pytest.approx(known[members].mean())
            assert 0 <= each.low <= each.answerable <= each.high <= 1
        assert all(confidences[end - 1] < confidences[end] for end in edges[:-1])
        error = calibration_error(found)
        assert error is not None
        assert 0 <= error <= 1


def test_questions_that_are_all_equal_make_one_bin() -> None:
    (only,) = reliability(judged((0.5, n % 4 == 0) for n in range(100)))
    assert (only.confidence, only.answerable, only.questions) == (0.5, 0.25, 100)


def test_perfect_and_reversed_confidence_are_the_ends_of_the_scale() -> None:
    perfect = judge_refusals(judged([(1.0, True), (0.0, False)] * 10), {})
    assert perfect.calibration_error == 0
    reversed_ = judge_refusals(judged([(0.0, True), (1.0, False)] * 10), {})
    assert reversed_.calibration_error == 1
    assert len(reversed_.reliability) == 2


@pytest.mark.parametrize("known", [True, False])
def test_with_questions_of_one_kind_calibration_cannot_be_told(*, known: bool) -> None:
    refusals = judge_refusals(judged((n / 30, known) for n in range(30)), {})
    assert refusals.reliability == ()
    assert refusals.calibration_error is None
    assert reliability([]) == ()
