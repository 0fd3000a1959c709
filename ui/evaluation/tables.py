"""An evaluation as tables for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich import box
from rich.console import Console, RenderableType
from rich.console import Group as Renderables
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from qa.evaluation.report import Comparison, EvaluationReport, Group, Interval, Run, Unit
from ui.evaluation.strings import METRICS, OUTCOMES, PAGE, metric_name
from ui.evaluation.wording import comparison_sentence

_RETRIEVAL = (
    "recall@1",
    "recall@3",
    "recall@5",
    "recall@10",
    "recall@20",
    "precision@1",
    "precision@5",
    "nDCG@10",
    "MRR",
    "MAP",
    "document recall@1",
    "document recall@5",
    "document nDCG@10",
)
_ANSWERS = (
    "answered",
    "contains_answer",
    "answer_f1",
    "evidence_sentence",
    "citation_exact",
    "citation_overlap",
    "handled",
    "written",
    "supported",
    "uncited",
    "unsupported",
)
_BY_GROUP = ("recall@1", "recall@5", "nDCG@10", "evidence_sentence", "contains_answer", "handled")

_WIDTH = 120
"""Columns where the output is no terminal."""


def print_report(report: EvaluationReport) -> None:
    """Print a report to standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    console.print(Renderables(*_parts(report)))


def _parts(report: EvaluationReport) -> Iterator[RenderableType]:
    """What is printed of a report, from the whole to the parts."""
    several = len(report.runs) > 1
    yield Text(_heading(report))
    yield from (Text(f"note: {warning}") for warning in report.warnings)
    yield Text()
    yield _retrieval(report)
    for run in report.runs:
        yield from _answers(run, f" of {run.name}" if several else "")
    for run in report.runs:
        of_run = f" of {run.name}" if several else ""
        yield from _by_label(run.types, "type", of_run)
        yield from _by_label(run.languages, "language", of_run)
    yield _outcomes(report)
    yield from _comparisons(report.comparisons)
    yield from _latencies(report)


def _heading(report: EvaluationReport) -> str:
    questions = [question for question in report.runs[0].questions if not question.later_turn]
    answerable = sum(question.answerable for question in questions)
    split = f", split {report.split}" if report.split else ""
    unit = PAGE["unit_span" if report.unit is Unit.SPAN else "unit_document"].english
    return (
        f"{report.gold}{split}: {len(questions):,} questions, {answerable:,} of them answerable, over "
        f"{report.documents:,} documents in {report.passages_indexed:,} passages, model {report.model}\n"
        f"judged by {unit}; in brackets 95% bootstrap intervals"
    )


def _cell(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    return f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def _retrieval(report: EvaluationReport) -> Table:
    table = _table("retrieval", "", *(run.name for run in report.runs))
    for metric in _RETRIEVAL:
        cells = [run.overall.metrics.get(metric) for run in report.runs]
        if any(cells):
            table.add_row(metric, *map(_cell, cells))
    return table


def _answers(run: Run, of_run: str) -> Iterator[RenderableType]:
    refusals = run.refusals
    if refusals is None:
        return
    table = _table(f"answers and refusals{of_run}", "", "", "questions", "")
    for metric in _ANSWERS:
        interval = run.overall.metrics.get(metric)
        if interval is not None:
            meaning = METRICS[metric].meaning.english
            table.add_row(
                metric_name(metric).english, _cell(interval), f"{interval.questions:,}", Text(meaning, "dim")
            )
    asked = refusals.answerable + refusals.unanswerable
    if refusals.auroc is not None:
        table.add_row(
            PAGE["auroc"].english, f"{refusals.auroc:.3f}", f"{asked:,}", Text("0.5 is chance", "dim")
        )
    if refusals.aurc is not None:
        table.add_row(
            PAGE["aurc"].english, f"{refusals.aurc:.3f}", f"{asked:,}", Text("less is better", "dim")
        )
    if refusals.calibration_error is not None:
        table.add_row(
            PAGE["calibration_error"].english,
            f"{refusals.calibration_error:.3f}",
            f"{asked:,}",
            Text("less is better", "dim"),
        )
    if refusals.at_threshold is not None:
        coverage, risk = refusals.at_threshold
        table.add_row("coverage", f"{coverage:.3f}", f"{asked:,}", Text("share that it answers", "dim"))
        table.add_row(
            "risk",
            f"{risk:.3f}",
            f"{round(coverage * asked):,}",
            Text("share of these that are wrong", "dim"),
        )
    table.columns[-1].justify = "left"
    yield table


def _by_label(groups: Sequence[Group], label: str, of_run: str) -> Iterator[RenderableType]:
    if len(groups) < 2:  # noqa: PLR2004 - a single group is the whole
        return
    metrics = [name for name in _BY_GROUP if any(name in group.metrics for group in groups)]
    table = _table(f"by {label}{of_run}", label, "n", *metrics)
    for group in groups:
        means = (f"{group.metrics[name].mean:.3f}" if name in group.metrics else "-" for name in metrics)
        table.add_row(group.name, f"{group.questions:,}", *means)
    yield table


def _outcomes(report: EvaluationReport) -> Table:
    counts = [
        Counter(question.outcome for question in run.questions if not question.later_turn)
        for run in report.runs
    ]
    table = _table("what became of the questions", "", *(run.name for run in report.runs), "")
    for outcome, explained in OUTCOMES.items():
        if any(count[outcome] for count in counts):
            meaning = explained.meaning.format(answered_from=report.answered_from, depth=report.depth)
            table.add_row(
                explained.name.english,
                *(f"{count[outcome]:,}" for count in counts),
                Text(meaning.english, "dim"),
            )
    table.columns[-1].justify = "left"
    return table


def _comparisons(comparisons: Sequence[Comparison]) -> Iterator[RenderableType]:
    for (run, baseline), pair in groupby(comparisons, lambda each: (each.run, each.baseline)):
        yield Text(PAGE["pair"].format(run=run, baseline=baseline).english, "bold")
        for comparison in pair:
            yield Padding(comparison_sentence(comparison, len(comparisons)).english, (0, 0, 0, 2))
        yield Text()


def _latencies(report: EvaluationReport) -> Iterator[RenderableType]:
    for run in report.runs:
        if run.latency is not None:
            timed = run.latency
            line = f"{run.name}: search {timed.search_p50:.1f} ms (p50), {timed.search_p99:.1f} ms (p99)"
            if timed.ask_p50 is not None and timed.ask_p99 is not None:
                line += f"; ask {timed.ask_p50:.1f} ms, {timed.ask_p99:.1f} ms"
            yield Text(f"{line}; over {timed.questions} questions, one at a time")
