"""What the templates show of a report: figures in their cells, with their places on a scale."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from qa.evaluation.report import (
    Comparison,
    EvaluationReport,
    Group,
    Interval,
    Outcome,
    Run,
    Verdict,
)
from ui.evaluation.strings import (
    FIGURES,
    METRICS,
    OUTCOMES,
    PAGE,
    Explained,
    Said,
    glossary_entry,
    is_by_document,
    metric_name,
)
from ui.evaluation.wording import comparison_sentence, interval, number, percent

HEADLINES: Final = (
    "recall@1",
    "recall@5",
    "nDCG@10",
    "MRR",
    "evidence_sentence",
    "contains_answer",
    "answered",
    "handled",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, and what stands below it.

    Attributes:
        value: as it is shown.
        range: its interval as it is shown, where it has one.
        left, width, mark: places of interval and mean, in percent of the scale, where it has an interval.
        questions: number of questions, where it is not that of the row.
    """

    value: str | Said
    range: str = ""
    left: float = 0.0
    width: float = 0.0
    mark: float = 0.0
    questions: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a cell for each column, None where there is no such figure.

    ``questions``: their number where it is the same in all cells.
    """

    name: Said | str
    cells: tuple[Cell | None, ...]
    questions: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one group of questions."""

    name: str
    questions: Said
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of groups of questions: a block for each group, in it a row for each run."""

    columns: tuple[Said, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Questions of one outcome in a bar of all."""

    outcome: Outcome
    name: Said
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison in words, with the places of its interval on the scale of its pair, in percent."""

    sentence: Said
    shown: bool
    left: float
    width: float
    mark: float


@dataclass(frozen=True, slots=True)
class Pair:
    """All comparisons of two runs. ``reach``: how far the scale goes to either side, in points."""

    run: str
    baseline: str
    reach: str
    rows: tuple[Compared, ...]


def metric_order(metric: str) -> tuple[bool, int, int, str]:
    """Sorts metrics as the glossary has them, by cut-off, those by document last."""
    plain = metric.removeprefix("document ")
    family, _, cutoff = plain.partition("@")
    names = [name.partition("@")[0] for name in METRICS]
    place = names.index(family) if family in names else len(names)
    return is_by_document(metric), place, int(cutoff) if cutoff.isdecimal() else 0, metric


def _cell(found: Interval | None, questions: int | None = None) -> Cell | None:
    if found is None:
        return None
    return Cell(
        percent(found.mean),
        interval(found),
        *_places(100 * found.low, 100 * found.high, 100 * found.mean),
        questions="" if found.questions == questions else number(found.questions),
    )


def _places(low: float, high: float, mark: float) -> tuple[float, float, float]:
    return round(low, 2), round(high - low, 2), round(mark, 2)


def headlines(report: EvaluationReport) -> list[Row]:
    """The figures that a reader wants first, a column for each run."""
    rows = [
        _counted(metric_name(metric), [run.overall.metrics.get(metric) for run in report.runs])
        for metric in HEADLINES
        if any(metric in run.overall.metrics for run in report.runs)
    ]
    rows += [
        Row(PAGE["coverage_at"], tuple(map(_coverage, report.runs))),
        Row(PAGE["risk_at"], tuple(map(_risk, report.runs))),
    ]
    return [row for row in rows if any(row.cells)]


def _coverage(run: Run) -> Cell | None:
    if run.refusals is None:
        return None
    return Cell(percent(run.refusals.at_threshold[0] if run.refusals.at_threshold else 0.0))


def _risk(run: Run) -> Cell | None:
    if run.refusals is None or run.refusals.at_threshold is None:
        return None
    return Cell(percent(run.refusals.at_threshold[1]))


def _share(value: float | None) -> Cell | None:
    return None if value is None else Cell(percent(value))


def _auroc(run: Run) -> Cell | None:
    return None if run.refusals is None else _share(run.refusals.auroc)


def _aurc(run: Run) -> Cell | None:
    return None if run.refusals is None else _share(run.refusals.aurc)


def _calibration_error(run: Run) -> Cell | None:
    return None if run.refusals is None else _share(run.refusals.calibration_error)


def _search_time(run: Run) -> Cell | None:
    return None if run.latency is None else _milliseconds(run.latency.search_p50, run.latency.search_p99)


def _ask_time(run: Run) -> Cell | None:
    if run.latency is None or run.latency.ask_p50 is None or run.latency.ask_p99 is None:
        return None
    return _milliseconds(run.latency.ask_p50, run.latency.ask_p99)


def _milliseconds(p50: float, p99: float) -> Cell:
    return Cell(PAGE["milliseconds"].format(p50=f"{p50:.0f}", p99=f"{p99:.0f}"))


def overall(report: EvaluationReport) -> list[Row]:
    """Every figure over all questions, a column for each run."""
    metrics = sorted({metric for run in report.runs for metric in run.overall.metrics}, key=metric_order)
    rows = [
        _counted(metric_name(metric), [run.overall.metrics.get(metric) for run in report.runs])
        for metric in metrics
    ]
    for name, figure in (
        ("auroc", _auroc),
        ("aurc", _aurc),
        ("calibration_error", _calibration_error),
        ("search_time", _search_time),
        ("ask_time", _ask_time),
    ):
        rows.append(Row(PAGE[name], tuple(map(figure, report.runs))))
    return [row for row in rows if any(row.cells)]


def _counted(name: Said, found: Sequence[Interval | None]) -> Row:
    counts = {each.questions for each in found if each is not None}
    if len(counts) > 1:
        return Row(name, tuple(map(_cell, found)))
    questions = counts.pop()
    return Row(name, tuple(_cell(each, questions) for each in found), number(questions))


def grouped(runs: Sequence[Run], groups: Sequence[Sequence[Group]]) -> Table | None:
    """Every figure by group: ``groups`` are those of each run. None where no question is labelled."""
    metrics = sorted(
        {metric for of_run in groups for group in of_run for metric in group.metrics}, key=metric_order
    )
    by_name: dict[str, list[tuple[Run, Group]]] = {}
    for run, of_run in zip(runs, groups, strict=True):
        for group in of_run:
            by_name.setdefault(group.name, []).append((run, group))
    if not by_name:
        return None
    return Table(
        tuple(map(metric_name, metrics)),
        tuple(
            Block(
                name,
                PAGE["group_questions"].format(count=number(members[0][1].questions)),
                tuple(
                    Row(
                        run.name,
                        tuple(_cell(group.metrics.get(metric), group.questions) for metric in metrics),
                    )
                    for run, group in members
                ),
            )
            for name, members in by_name.items()
        ),
    )


def outcomes(run: Run) -> list[Segment]:
    """What became of the questions of a run: what went right, then the rest, the worst first."""
    counts = Counter(result.outcome for result in run.questions if not result.later_turn)
    return [
        Segment(outcome, OUTCOMES[outcome].name, counts[outcome], 100 * counts[outcome] / counts.total())
        for outcome in sorted(OUTCOMES, key=lambda outcome: not outcome.good)
        if counts[outcome]
    ]


def pairs(comparisons: Sequence[Comparison]) -> Iterator[Pair]:
    """The comparisons by the runs compared."""
    ordered = sorted(
        comparisons,
        key=lambda each: [(c.run, c.baseline) for c in comparisons].index((each.run, each.baseline)),
    )
    for (run, baseline), group in groupby(ordered, lambda each: (each.run, each.baseline)):
        rows = list(group)
        # At least a point to either side, so that next to nothing does not look like much.
        reach = max(0.01, *(abs(end) for each in rows for end in (each.low, each.high, each.difference)))

        def place(value: float, reach: float = reach) -> float:
            return 50 + 50 * value / reach

        yield Pair(
            run,
            baseline,
            percent(reach),
            tuple(
                Compared(
                    comparison_sentence(each, len(comparisons)),
                    each.verdict is not Verdict.NO_DIFFERENCE,
                    *_places(place(each.low), place(each.high), place(each.difference)),
                )
                for each in rows
            ),
        )


def glossary(report: EvaluationReport) -> list[Explained]:
    """The metrics that the report has, and how its other figures are to be read."""
    metrics = sorted({metric for run in report.runs for metric in run.overall.metrics}, key=metric_order)
    entries = [entry for metric in metrics if (entry := glossary_entry(metric)) is not None]
    if any(run.refusals for run in report.runs):
        entries += [FIGURES["auroc"], FIGURES["aurc"], FIGURES["calibration_error"]]
    entries.append(FIGURES["interval"])
    if report.comparisons:
        entries.append(FIGURES["p"])
    return list(dict.fromkeys(entries))


def outcome_glossary(report: EvaluationReport) -> dict[Outcome, Explained]:
    """The outcomes, with the numbers of this evaluation filled in."""
    return {
        outcome: Explained(
            each.name, each.meaning.format(answered_from=report.answered_from, depth=report.depth)
        )
        for outcome, each in OUTCOMES.items()
    }
