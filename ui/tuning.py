"""What tuning a model came to, as tables for a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from qa.tuning.measuring import Change
from qa.tuning.tune import TuningReport

_WIDTH = 120
"""Columns where standard error is no terminal."""


def print_tuning(report: TuningReport) -> None:
    """Print what was learned from, what was measured and the figures to standard error."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console = Console(stderr=True, highlight=False, width=_WIDTH)
    pairs = ", ".join(f"{name} {size:,}" for name, size in report.pairs.items())
    console.print(f"{report.documents:,} documents, {report.passages:,} passages; learned from: {pairs}")
    for note in report.notes:
        console.print(f"note: {note}")
    console.print(
        f"{report.questions:,} held-out {report.measured}, over all passages; in brackets the 95% bootstrap "
        "interval of the paired difference"
    )
    console.print(_table("tuned model against the one it started from", "before", report.changes))
    if report.over_existing:
        console.print(_table(f"against the model in {report.folder}", "there now", report.over_existing))


def _table(title: str, before: str, changes: Sequence[Change]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for column in (before, "tuned", "difference"):
        table.add_column(column, justify="right")
    for change in changes:
        table.add_row(
            f"{change.mode} {change.metric}",
            f"{change.before:.3f}",
            f"{change.after:.3f}",
            f"{change.difference:+.3f} [{change.low:+.3f}, {change.high:+.3f}]",
        )
    return table
