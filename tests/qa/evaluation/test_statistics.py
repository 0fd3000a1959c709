"""Intervals and p-values against scipy's and against enumeration."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from qa.evaluation.statistics import bootstrap_intervals, holm, randomisation_p


def test_intervals_agree_with_scipy() -> None:
    rng = np.random.default_rng(1)
    values = np.column_stack([rng.random(120), (rng.random(120) < 0.8).astype(float)])
    ours = bootstrap_intervals(values)
    for column, (low, high) in zip(values.T, ours, strict=True):
        theirs = stats.bootstrap(
            (column,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(2)
        ).confidence_interval
        assert low == pytest.approx(theirs.low, abs=0.006)
        assert high == pytest.approx(theirs.high, abs=0.006)


def test_what_is_undefined_is_left_out_of_every_sample() -> None:
    rng = np.random.default_rng(3)
    column = rng.random(80)
    padded = np.concatenate([column, np.full(80, np.nan)])
    both = bootstrap_intervals(np.column_stack([padded, np.concatenate([column, column])]))
    alone = bootstrap_intervals(column[:, None])
    assert both[0] == pytest.approx(alone[0], abs=0.02)
    assert both[0][1] - both[0][0] > both[1][1] - both[1][0]


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0, 1.0], [0.0, 0.0]])
def test_equal_values_have_an_interval_without_width(values: list[float]) -> None:
    assert bootstrap_intervals(np.asarray(values)[:, None]).tolist() == [[values[0], values[0]]]


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    samples = rng.random((60, 400))
    intervals = np.asarray([bootstrap_intervals(sample[:, None], resamples=400)[0] for sample in samples.T])
    covered = np.mean((intervals[:, 0] <= 0.5) & (intervals[:, 1] >= 0.5))
    assert 0.90 <= covered <= 0.98


def test_p_values_agree_with_trying_all_signs() -> None:
    rng = np.random.default_rng(5)
    differences = np.round(rng.normal(0.4, 1.0, size=(11, 4)), 1)  # rounded: with ties
    signs = np.asarray(list(product([-1, 1], repeat=11)))
    exact = (np.abs(signs @ differences) >= np.abs(differences.sum(axis=0)) - 1e-9).mean(axis=0)
    assert randomisation_p(differences) == pytest.approx(exact, abs=0.02)


def test_p_values_agree_with_scipy() -> None:
    rng = np.random.default_rng(6)
    old, new = rng.random(60), rng.random(60) + 0.1
    theirs = stats.permutation_test(
        (new, old),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=9999,
        vectorized=True,
        rng=np.random.default_rng(7),
    ).pvalue
    assert randomisation_p((new - old)[:, None])[0] == pytest.approx(theirs, abs=0.02)


def test_no_difference_at_all_has_p_of_one() -> None:
    assert randomisation_p(np.zeros((30, 1))).tolist() == [1.0]


def test_p_values_are_uniform_where_there_is_nothing_to_find() -> None:
    rng = np.random.default_rng(8)
    p = randomisation_p(rng.normal(size=(40, 600)), resamples=1000)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.025)


def test_holm_by_hand() -> None:
    # Smallest first: 0.01 * 4, 0.02 * 3, 0.03 * 2, 0.5 * 1; the third may not fall below the second.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_same_values_give_the_same_figures() -> None:
    values = np.random.default_rng(9).random((50, 2))
    assert np.array_equal(bootstrap_intervals(values), bootstrap_intervals(values))
    assert np.array_equal(randomisation_p(values - 0.5), randomisation_p(values - 0.5))
