"""A gate for CI: figures that must not fall below a limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.errors import ReportError
from qa.evaluation.report import Run


@dataclass(frozen=True, slots=True)
class Limit:
    """The least value, in 0..1, that is allowed for a metric."""

    metric: str
    least: float


def parse_limit(text: str) -> Limit:
    """A limit written as ``recall@5=0.9``.

    Raises:
        ReportError: it is not of that form, or not in 0..1.
    """
    metric, _, value = text.rpartition("=")
    try:
        least = float(value)
    except ValueError:
        least = -1.0
    if not metric.strip() or not 0.0 <= least <= 1.0:
        raise ReportError(
            f"{text!r} is no limit", "Write a metric and a value from 0 to 1, such as recall@5=0.9."
        )
    return Limit(metric.strip(), least)


def figures(run: Run) -> dict[str, float]:
    """Every figure of a run over all questions that a limit can name: more is better in all of them."""
    found = {name: interval.mean for name, interval in run.overall.metrics.items()}
    if run.refusals is not None and run.refusals.auroc is not None:
        found["AUROC"] = run.refusals.auroc
    return found


def fallen_below(run: Run, limits: Sequence[Limit]) -> Iterator[str]:
    """A sentence for every limit that a run does not keep.

    Raises:
        ReportError: the run has no such figure.
    """
    known = figures(run)
    by_name = {name.casefold(): name for name in known}
    for limit in limits:
        name = by_name.get(limit.metric.casefold())
        if name is None:
            raise ReportError(
                f"The run {run.name} has no figure {limit.metric!r}", f"It has {', '.join(known)}."
            )
        # Means of a few questions are sums of fractions: 0.9 must not fail for the last bit.
        if known[name] < limit.least - 1e-9:
            yield f"{name} of {run.name} is {known[name]:.4f}, below {limit.least:g}"
