"""How sure are we that the passages hold the answer? A small logistic model, kept as data.

The weights are fitted on answerable questions and on unanswerable ones, made by taking the answering
passage away (:mod:`qa.calibration`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

from qa.matching import ContentTokens
from qa.searched_text import embedded_text
from qa.types import Evidence, Hit, Language

CALIBRATION_FILE = Path(__file__).parent / "confidence.json"

FEATURES = ("coverage", "rarest", "unknown", "late_interaction", "dense", "sentence", "length")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model for each question language, and the threshold below which we refuse.

    Attributes:
        weights: language -> feature -> weight, with ``intercept``.
        threshold: language -> confidence in 0..1.
        trained_on: what it was fitted on, in words, with its figures.
    """

    weights: Mapping[Language, Mapping[str, float]]
    threshold: Mapping[Language, float]
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
        trained_on=values["trained_on"],
    )


def confidence_features(
    content: ContentTokens, hits: Sequence[Hit], evidence: Sequence[Evidence]
) -> dict[str, float]:
    """What the confidence is computed from, by the names in FEATURES; all in 0..1.

    ``coverage``: largest idf-weighted share of the question that one of the first three passages holds,
    title and headings included; ``rarest``: the same of the question's three rarest words alone;
    ``unknown``: share of the question's words that stand nowhere in the collection;
    ``late_interaction`` and ``dense``: largest value among those passages; ``sentence``: score of the
    best sentence; ``length``: distinct tokens of the question over 40, at most 1.
    """
    nearest = hits[:3]
    texts = [embedded_text(hit.document.title, hit.passage.section, hit.passage.text) for hit in nearest]
    return {
        "coverage": max((content.coverage(text) for text in texts), default=0.0),
        "rarest": max((content.coverage(text, content.rarest) for text in texts), default=0.0),
        "unknown": content.unknown,
        "late_interaction": max((hit.why.scores["late_interaction"] for hit in nearest), default=0.0),
        "dense": max((max(0.0, hit.why.scores["dense"]) for hit in nearest), default=0.0),
        "sentence": evidence[0].score if evidence else 0.0,
        "length": min(1.0, len(content.weights) / 40),
    }
