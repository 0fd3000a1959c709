"""Figures in words: percentages, intervals, p-values, and the sentences that say what was found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from qa.evaluation.report import Comparison, EvaluationReport, Interval, Run, Unit, Verdict
from ui.evaluation.strings import PAGE, Said, metric_name, same

MINUS: Final = "−"
_SMALLEST_P = 0.001


def number(count: int) -> str:
    """A number of things, with its thousands set off."""
    return f"{count:,}"


def percent(share: float) -> str:
    """A share of 0..1 as percent with one decimal, without the sign; a negative one as a difference has."""
    text = f"{100 * abs(share):.1f}"
    return MINUS + text if share < 0 and float(text) else text


def points(difference: float) -> str:
    """A difference of two shares in points, with its sign."""
    text = percent(difference)
    return text if text.startswith(MINUS) or not float(text) else f"+{text}"


def interval(found: Interval) -> str:
    """The ends of an interval, in percent."""
    return f"{percent(found.low)}–{percent(found.high)}"


def moment(iso: str) -> str:
    """A time in ISO 8601 to the minute; anything else as it is."""
    try:
        return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return iso


def p_value(p: float) -> str:
    """A p-value to three decimals, in one piece; smaller ones are only said to be smaller."""
    return f"p\u00a0<\u00a0{_SMALLEST_P}" if p < _SMALLEST_P else f"p\u00a0=\u00a0{p:.3f}"


def comparison_sentence(comparison: Comparison, count: int) -> Said:
    """What one of ``count`` comparisons shows, from the side of the run that won."""
    worse = comparison.verdict is Verdict.WORSE
    low, high = (-comparison.high, -comparison.low) if worse else (comparison.low, comparison.high)
    shown = comparison.verdict is not Verdict.NO_DIFFERENCE
    won = "beats_single" if count == 1 else "beats"
    return PAGE[won if shown else "no_difference"].format(
        winner=comparison.baseline if worse else comparison.run,
        loser=comparison.run if worse else comparison.baseline,
        metric=metric_name(comparison.metric),
        difference=percent(abs(comparison.difference)) if shown else points(comparison.difference),
        low=percent(low),
        high=percent(high),
        p=p_value(comparison.p_corrected),
        count=count,
    )


def run_sentences(report: EvaluationReport, run: Run) -> Iterator[Said]:
    """What a run does, for a reader who reads nothing else."""
    found = run.overall.metrics.get(f"recall@{report.answered_from}")
    if found is not None:
        sentence = PAGE["finds_evidence" if report.unit is Unit.SPAN else "finds_documents"]
        yield sentence.format(
            run=same(run.name),
            recall=percent(found.mean),
            k=report.answered_from,
            low=percent(found.low),
            high=percent(found.high),
        )
    if run.refusals is not None:
        if run.refusals.at_threshold is None:
            yield PAGE["answers_none"]
        else:
            coverage, risk = run.refusals.at_threshold
            yield PAGE["answers"].format(coverage=percent(coverage), risk=percent(risk))
