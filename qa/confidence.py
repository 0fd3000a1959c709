"""How sure are we that the passages hold the answer? A small logistic model, kept as data.

The weights are fitted on answerable questions and on unanswerable ones, made by taking the answering
passage away (``tests/bench/calibrate.py``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

import numpy as np

from qa.matching import ContentTokens
from qa.retrieval import Retrieved
from qa.types import Evidence, Language

CALIBRATION_FILE = Path(__file__).parent / "confidence.json"

FEATURES = ("reading", "coverage", "window", "standing", "length", "usual")

NOTHING_NEAR = 0.28
"""A best window below this means that no word of the question resembles one of the passage: unrelated
text lies just above the floor of 0.2. Of the 2,147 answerable questions that the model was fitted on, 13 lie
lower."""

STANDS_OUT = 9.0
"""More than this says nothing more: a single rare word can lift a passage of another subject that far."""

READING_BOUND = 8.0
"""Surer than this in either direction says nothing more."""

FEW_PASSAGES = 30
"""In a smaller collection no passage can stand out from the others, however well it answers."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model for each question language, and the threshold below which we refuse.

    Attributes:
        weights: language -> feature -> weight, with ``intercept``.
        threshold: language -> confidence in 0..1.
        usual_standing: language -> mean ``standing`` of answerable questions, taken where it cannot be told.
        trained_on: what it was fitted on, in words, with its figures.
    """

    weights: Mapping[Language, Mapping[str, float]]
    threshold: Mapping[Language, float]
    usual_standing: Mapping[Language, float]
    trained_on: str

    def confidence(self, language: Language, features: Mapping[str, float]) -> float:
        """Probability in 0..1 that the answer is there."""
        weights = self.weights[language]
        value = weights["intercept"] + sum(weights[name] * features[name] for name in FEATURES)
        return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, value))))


@cache
def shipped_calibration() -> Calibration:
    """The calibration that ships with the program."""
    values = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
    return Calibration(
        weights={Language(name): weights for name, weights in values["weights"].items()},
        threshold={Language(name): value for name, value in values["threshold"].items()},
        usual_standing={Language(name): value for name, value in values["usual_standing"].items()},
        trained_on=values["trained_on"],
    )


def reading_odds(found: Retrieved) -> float:
    """Log-odds, by the reader alone, that some sentence of the hits answers, within READING_BOUND."""
    logits = [
        found.readings[hit.passage.id].sentences for hit in found.hits if hit.passage.id in found.readings
    ]
    odds = float(np.logaddexp.reduce(np.concatenate(logits))) if logits else -READING_BOUND
    return float(np.clip(odds, -READING_BOUND, READING_BOUND))


def confidence_features(
    content: ContentTokens,
    found: Retrieved,
    evidence: Sequence[Evidence],
    *,
    usual: float,
    usual_standing: float | None,
) -> dict[str, float]:
    """What the confidence is computed from, by the names in FEATURES.

    Args:
        content: tokens of the question.
        found: passages found in hybrid mode, best first, and what reading them told.
        evidence: their sentences, best first.
        usual: the odds that questions from elsewhere have in this collection (:mod:`qa.cohort`).
        usual_standing: given for a collection of fewer than FEW_PASSAGES passages, and taken in place of
            the standing; None elsewhere.

    Returns:
        ``reading``: :func:`reading_odds`;
        ``coverage``: idf-weighted share of the question's tokens that the best sentence holds, 0..1;
        ``window``: largest value among the first three passages, 0..1; ``standing``: by how many standard
        deviations, summed over the signals, the first passage stands out from the candidates, at most
        STANDS_OUT; ``length``: distinct tokens of the question over 40, at most 1;
        ``usual``: as given.
    """
    hits = found.hits
    standing = min(hits[0].why.scores["standing"], STANDS_OUT) if hits else 0.0
    return {
        "reading": reading_odds(found),
        "coverage": content.coverage(evidence[0].text) if evidence else 0.0,
        "window": max((hit.why.scores["window"] for hit in hits[:3]), default=0.0),
        "standing": standing if usual_standing is None else usual_standing,
        "length": min(1.0, len(content.weights) / 40),
        "usual": usual,
    }
