"""Is one run better than another? Paired tests over the same questions."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from qa.errors import ReportError
from qa.evaluation.report import Comparison, QuestionResult, Run, Verdict
from qa.evaluation.statistics import bootstrap_intervals, holm, randomisation_p

COMPARED = ("recall@1", "recall@5", "nDCG@10", "MRR", "contains_answer", "evidence_sentence", "handled")
"""What is compared where both runs have it. Few, since each costs the others some power."""

SIGNIFICANT = 0.05

_SHOWN = 3


def compare(runs: Sequence[Run]) -> tuple[Comparison, ...]:
    """Compare every two runs, the later with the earlier, in every metric of COMPARED that both have.

    A run is better when the p-value of a paired randomisation test, after Holm's correction for all the
    comparisons made here, is below 0.05 and the bootstrap interval of the difference lies above 0.

    Raises:
        ReportError: two runs do not have the same questions, with the same evidence.
    """
    found = []
    for baseline, run in combinations(runs, 2):
        pairs = _paired(baseline, run)
        for metric in COMPARED:
            differences = np.asarray(
                [
                    [new.metrics[metric] - old.metrics[metric]]
                    for old, new in pairs
                    if metric in old.metrics and metric in new.metrics
                ]
            )
            if len(differences):
                low, high = bootstrap_intervals(differences)[0]
                p = float(randomisation_p(differences)[0])
                found.append((run, baseline, metric, differences[:, 0], float(low), float(high), p))
    corrected = holm([p for *_, p in found])
    return tuple(
        Comparison(
            run=run.name,
            baseline=baseline.name,
            metric=metric,
            questions=len(differences),
            difference=float(differences.mean()),
            low=low,
            high=high,
            p=p,
            p_corrected=after,
            verdict=_verdict(low, high, after),
        )
        for (run, baseline, metric, differences, low, high, p), after in zip(found, corrected, strict=True)
    )


def _verdict(low: float, high: float, p: float) -> Verdict:
    if p >= SIGNIFICANT or low <= 0.0 <= high:
        return Verdict.NO_DIFFERENCE
    return Verdict.BETTER if low > 0.0 else Verdict.WORSE


def _paired(baseline: Run, run: Run) -> list[tuple[QuestionResult, QuestionResult]]:
    old = {question.id: question for question in baseline.questions}
    new = {question.id: question for question in run.questions}
    different = sorted(old.keys() ^ new.keys()) or [key for key in old if _asks(old[key]) != _asks(new[key])]
    if different:
        named = ", ".join(different[:_SHOWN]) + (", …" if len(different) > _SHOWN else "")
        raise ReportError(
            f"{baseline.name} and {run.name} cannot be compared: {len(different)} questions are not the "
            f"same in both ({named})",
            "Evaluate both on the same gold set.",
        )
    # Later turns of conversations are measured apart, as in the overall figures.
    return [(old[key], new[key]) for key in old if not old[key].later_turn]


def _asks(question: QuestionResult) -> tuple[object, ...]:
    return (
        question.question,
        question.searched,
        question.answers,
        [run.text for run in question.evidence],
        question.documents,
    )
