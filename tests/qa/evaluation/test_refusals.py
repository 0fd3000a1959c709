"""AUROC and the risk-coverage curve against other ways of computing them."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from qa.evaluation.refusals import Judgement, area_under, auroc, judge_refusals, risk_coverage


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
