"""Questions from elsewhere: how sure does reading a collection make us where nothing is to be found?

The more passages there are, the more likely one of them resembles an answer by chance, so that the same
evidence is worth less in a large collection than in a small one. A fixed cohort of questions, on subjects
that hardly any collection tells of so exactly, is asked when a collection is indexed; what comes of it is
kept with the index, and the confidence of every answer is seen against it (cohort normalisation, as it is
known from the verification of speakers: Auckenthaler, Carey and Lloyd-Thomas 2000).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from qa.collection import Snapshot
from qa.confidence import reading_odds
from qa.queries import make_query
from qa.retrieval import find
from qa.types import Language
from qa.understanding import understand

COHORT_FILE = Path(__file__).parent / "cohort.json"

K = 5
"""Passages that each question is given, as one that somebody asks."""


@cache
def cohort() -> Mapping[Language, Sequence[str]]:
    """The questions that ship with the program, by language."""
    questions = json.loads(COHORT_FILE.read_text(encoding="utf-8"))["questions"]
    return {language: tuple(questions[language.value]) for language in Language}


def usual_odds(snapshot: Snapshot, on_progress: Callable[[int, int], None]) -> dict[str, float]:
    """The median log-odds, by the reader, that a sentence answers a question of the cohort.

    A question that the collection does answer, against all odds, does not move the median.

    Args:
        snapshot: the collection.
        on_progress: told of the questions asked and of all.

    Returns:
        By name of the question's language, within READING_BOUND.
    """
    total = sum(map(len, cohort().values()))
    asked = 0
    usual = {}
    for language, questions in cohort().items():
        odds = []
        for question in questions:
            on_progress(asked, total)
            asked += 1
            query = understand(snapshot, make_query(question))
            odds.append(reading_odds(find(snapshot, query, k=K)))
        usual[language.value] = round(float(np.median(odds)), 4)
    on_progress(total, total)
    return usual
