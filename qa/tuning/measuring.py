"""How well a model finds what was held out, over all passages of the documents, and by how much better."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.models import load_encoder
from qa.catalogue import Catalogue
from qa.evaluation.evaluate import evaluate
from qa.evaluation.gold import GoldSet
from qa.evaluation.statistics import bootstrap_intervals
from qa.generations import latest_generation
from qa.indexing import index_paths
from qa.layout import CATALOGUE_FILE
from qa.passages import PASSAGES_VERSION
from qa.searched_text import digest
from qa.tuning.held_out import HeldOut
from qa.types import Mode

METRICS = ("recall@5", "nDCG@10", "MRR")
MODES = (Mode.DENSE, Mode.HYBRID)

Progress = Callable[[str, int, int], None]

Scores = Mapping[Mode, NDArray[np.float64]]
"""For each of MODES, (questions, METRICS)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A metric before and after, as means over the held-out questions.

    ``low`` and ``high`` bound the mean of the paired differences, by a 95% bootstrap interval.
    """

    mode: Mode
    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float


def rewrite(collection: Path, root: Path, held: HeldOut) -> None:
    """Have the collection hold the held-out passages as they are to be measured, from the next indexing on.

    Args:
        collection: folder of a collection that nobody else uses.
        root: the path that its documents were indexed from.
        held: gives the passages.
    """
    catalogue = Catalogue(collection / CATALOGUE_FILE)
    generation = latest_generation(collection) + 1
    try:
        for each in catalogue.documents():
            rows = catalogue.passages_of(each.ref.id)
            document = catalogue.document(each.ref.id)
            if document is None or not any(row.number in held.rewritten for row in rows):
                continue
            passages = [held.rewritten.get(row.number, row.passage) for row in rows]
            title = document.ref.title
            catalogue.put_document(
                document,
                str(root.resolve()),
                [(passage, digest(title, passage.section, passage.text)) for passage in passages],
                passages_version=PASSAGES_VERSION,
                generation=generation,
            )
    finally:
        catalogue.close()


def measure(
    collection: Path, root: Path, questions: GoldSet, model: str, on_progress: Callable[[int, int], None]
) -> Scores:
    """Index the documents with a model and ask the held-out questions.

    Args:
        collection: folder of a collection that nobody else uses.
        root: the path that its documents were indexed from.
        questions: each with evidence.
        model: name of the model.
        on_progress: called with (questions done, questions in all) of both modes together.

    Returns:
        The metrics of every question.
    """
    index_paths(collection, [root], load_encoder(model))
    total = len(MODES) * len(questions.questions)
    passed = {mode.value: at * len(questions.questions) for at, mode in enumerate(MODES)}
    done = evaluate(
        collection,
        questions,
        MODES,
        read=False,
        on_progress=lambda mode, asked, _: on_progress(passed[mode] + asked, total),
    )
    return {
        Mode(run.mode): np.array([[result.metrics[name] for name in METRICS] for result in run.questions])
        for run in done.report.runs
    }


def changes(before: Scores, after: Scores) -> tuple[Change, ...]:
    """Every metric of every mode before and after, over the same questions."""
    found = []
    for mode in MODES:
        bounds = bootstrap_intervals(after[mode] - before[mode])
        for metric, old, new, (low, high) in zip(
            METRICS, before[mode].mean(axis=0), after[mode].mean(axis=0), bounds, strict=True
        ):
            found.append(
                Change(mode, metric, float(old), float(new), float(new - old), float(low), float(high))
            )
    return tuple(found)
