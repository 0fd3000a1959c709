"""How sure are we of a mean, and of a difference? Resampling over questions.

Questions are taken as independent draws from all that could have been asked. A value that is not defined
for a question is NaN and left out. Everything is seeded: the same values give the same figures.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000

_LEVEL = 0.95
_BLOCK = 2_000_000
"""Numbers drawn at a time, to bound the memory."""

Values = NDArray[np.float64]


def bootstrap_intervals(values: Values, *, resamples: int = RESAMPLES, seed: int = 0) -> Values:
    """95% percentile bootstrap intervals of means (Efron and Tibshirani 1993, chapter 13).

    Args:
        values: (questions, columns), NaN where undefined; each column has a value.
        resamples: number of bootstrap samples.
        seed: of the draws.

    Returns:
        (columns, 2): lower and upper bound. With a single question, or where all values are equal, both
        equal the mean: the bootstrap cannot tell more from that.
    """
    defined = ~np.isnan(values)
    filled = np.where(defined, values, 0.0)
    questions = len(values)
    rng = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    step = max(1, _BLOCK // questions)
    for at in range(0, resamples, step):
        size = min(step, resamples - at)
        drawn = rng.integers(questions, size=(size, questions)) + questions * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * questions).reshape(size, questions)
        # A sample without a single defined value says nothing of that column.
        with np.errstate(invalid="ignore"):
            means[at : at + size] = (counts @ filled) / (counts @ defined.astype(float))
    tail = (1 - _LEVEL) / 2
    return np.asarray(np.nanquantile(means, [tail, 1 - tail], axis=0).T)


def randomisation_p(differences: Values, *, resamples: int = RESAMPLES, seed: int = 0) -> Values:
    """Two-sided p-values of the paired randomisation test (Fisher; Smucker, Allan and Carterette 2007).

    If two runs were equally good, the sign of every question's difference would be a toss of a coin: p is
    the share of tosses whose mean difference is at least as large, (b + 1) / (resamples + 1).

    Args:
        differences: (questions, columns), without NaN.
        resamples: number of tosses.
        seed: of the tosses.

    Returns:
        (columns,) in (0, 1].
    """
    observed = np.abs(differences.sum(axis=0))
    # Equal sums must count as equal though they are added in another order.
    enough = observed - 1e-9 * np.maximum(1.0, observed)
    rng = np.random.default_rng(seed)
    extreme = np.zeros(differences.shape[1])
    step = max(1, _BLOCK // max(1, len(differences)))
    for at in range(0, resamples, step):
        signs = 2.0 * rng.integers(2, size=(min(step, resamples - at), len(differences))) - 1.0
        extreme += (np.abs(signs @ differences) >= enough).sum(axis=0)
    return np.asarray((extreme + 1) / (resamples + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) correction: p-values that bound the chance of even one false finding among all.

    The i-th smallest of m is multiplied by m - i + 1; none falls below a smaller one's, or rises above 1.
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = largest
    return corrected
