"""Signals fused into one score: the network against its formula, and what must hold for any signals."""

import json

import numpy as np
import pytest

from qa.fusion import (
    CONTEXTUAL_WEIGHT,
    FUSION_FILE,
    SIGNALS,
    SUM_SHARE,
    SUM_WEIGHTS,
    fuse,
    fuse_contextual,
    fusion_inputs,
    plain_sum,
    shipped_network,
    z_scores,
)
from qa.types import Language

RNG = np.random.default_rng(0)


def signals(count: int) -> dict[str, np.ndarray]:
    return {name: RNG.random(count).astype(np.float32) for name in SIGNALS}


def test_z_scores_have_mean_zero_and_deviation_one_and_survive_equal_values() -> None:
    values = z_scores(np.asarray([1, 2, 3, 10], np.float32))
    assert values.mean() == pytest.approx(0, abs=1e-6)
    assert values.std() == pytest.approx(1, abs=1e-5)
    assert z_scores(np.full(3, 7, np.float32)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("language", list(Language))
def test_the_score_is_what_the_weights_say(language: Language) -> None:
    """One candidate and one unit at a time, from the file."""
    given = signals(9)
    weights = json.loads(FUSION_FILE.read_text(encoding="utf-8"))
    raw = np.stack([given[name] for name in weights["signals"]], axis=1).astype(float)
    scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    shortfall = (raw.max(axis=0) - raw) / (np.abs(raw.max(axis=0)) + 1e-6)
    network = []
    for z, short in zip(scaled, shortfall, strict=True):
        inputs = [*z, *short, *(z if language is Language.ENGLISH else 0 * z)]
        x = [(v - m) / s for v, m, s in zip(inputs, weights["mean"], weights["scale"], strict=True)]
        score = sum(a * b for a, b in zip(weights["linear"], x, strict=True))
        for row, bias, out in zip(weights["hidden"], weights["bias"], weights["output"], strict=True):
            score += out * max(0.0, bias + sum(a * b for a, b in zip(row, x, strict=True)))
        network.append(score)
    plain = sum(
        weight * scaled[:, weights["signals"].index(name)] for name, weight in SUM_WEIGHTS[language].items()
    )
    expected = (network - np.mean(network)) / np.std(network)
    expected += SUM_SHARE * (plain - plain.mean()) / plain.std()
    np.testing.assert_allclose(fuse(given, language), expected, atol=2e-3)


def test_scaling_or_shifting_a_signal_that_only_orders_changes_little() -> None:
    given = signals(12)
    moved = given | {"lexical": given["lexical"] * 1000}
    np.testing.assert_allclose(fuse(given, Language.CHINESE), fuse(moved, Language.CHINESE), atol=1e-2)


@pytest.mark.parametrize("count", [0, 1])
def test_few_candidates_have_scores_too(count: int) -> None:
    assert fuse(signals(count), Language.CHINESE).tolist() == [0.0] * count


def test_equal_candidates_have_equal_scores() -> None:
    equal = {name: np.full(4, 0.5, np.float32) for name in SIGNALS}
    assert len(set(fuse(equal, Language.ENGLISH).tolist())) == 1


def test_an_english_question_is_told_to_the_network() -> None:
    given = signals(6)
    chinese, english = (fusion_inputs(given, language) for language in (Language.CHINESE, Language.ENGLISH))
    assert chinese.shape == (6, 3 * len(SIGNALS))
    assert not chinese[:, 2 * len(SIGNALS) :].any()
    np.testing.assert_array_equal(english[:, 2 * len(SIGNALS) :], english[:, : len(SIGNALS)])


def test_the_plain_sum_counts_what_its_weights_name() -> None:
    given = signals(5)
    expected = sum(w * z_scores(given[name]) for name, w in SUM_WEIGHTS[Language.CHINESE].items())
    np.testing.assert_allclose(plain_sum(given, Language.CHINESE), expected)


def test_the_shipped_network_says_what_it_was_fitted_on() -> None:
    assert "held-out questions" in shipped_network().trained_on


def contextual(dense: np.ndarray, count: int = 40) -> dict[str, np.ndarray]:
    """Signals that all agree on an order, but for the dense one."""
    rising = np.linspace(0.1, 1.0, count, dtype=np.float32)
    return dict.fromkeys(SIGNALS, rising) | {"dense": dense.astype(np.float32)}


def test_a_contextual_model_that_finds_what_the_others_find_counts_in_full() -> None:
    dense = np.linspace(0.1, 0.9, 40)
    dense[-1], dense[-2] = 0.85, 0.95
    given = contextual(dense)
    own = fuse({**given, "dense": given["dense_window"]}, Language.CHINESE)
    added = fuse_contextual(given, Language.CHINESE) - own
    np.testing.assert_allclose(added, CONTEXTUAL_WEIGHT * z_scores(given["dense"]), rtol=1e-3, atol=1e-3)


def test_a_contextual_model_that_finds_what_no_other_finds_does_not_count() -> None:
    given = contextual(np.linspace(0.9, 0.1, 40))
    own = fuse({**given, "dense": given["dense_window"]}, Language.CHINESE)
    np.testing.assert_array_equal(fuse_contextual(given, Language.CHINESE), own)


@pytest.mark.parametrize("count", [0, 1])
def test_few_candidates_have_contextual_scores_too(count: int) -> None:
    assert fuse_contextual(signals(count), Language.CHINESE).tolist() == [0.0] * count
