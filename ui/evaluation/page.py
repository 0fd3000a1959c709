"""A report as one page that needs nothing else: figures, plots, and every question."""

import base64
import hashlib
from pathlib import Path
from typing import Final

from markupsafe import Markup

from qa.evaluation.report import EvaluationReport
from ui.evaluation.embedded import packed_report, packed_words
from ui.evaluation.sections import (
    glossary,
    grouped,
    headlines,
    outcome_glossary,
    outcomes,
    overall,
    pairs,
)
from ui.evaluation.strings import PAGE, joined
from ui.evaluation.wording import moment, number, run_sentences
from ui.page.templating import environment

_FOLDER = Path(__file__).parent
_EARLY: Final = "language.js"
_SCRIPTS: Final = ("words.js", "data.js", "marks.js", "rows.js", "filters.js")


def _asset(name: str) -> Markup:
    return Markup((_FOLDER / "assets" / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _policy(scripts: list[Markup]) -> str:
    """Nothing may be fetched, and nothing run but these very scripts, whatever else gets into the page."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def report_page(report: EvaluationReport) -> str:
    """The report as HTML, in Chinese and English, complete in itself."""
    # Here, since matplotlib takes a second to import.
    from ui.evaluation.plots import draw_plots  # noqa: PLC0415

    early, *scripts = map(_asset, (_EARLY, *_SCRIPTS))
    explained = outcome_glossary(report)
    page = (
        environment(_FOLDER / "templates")
        .get_template("report.html")
        .render(
            report=report,
            say=PAGE,
            number=number,
            moment=moment,
            policy=_policy([early, *scripts]),
            style=_asset("report.css"),
            early=early,
            scripts=scripts,
            joined=joined,
            # The last run is the one that is judged, those before it are what it is compared with.
            sentences=[list(run_sentences(report, run)) for run in (report.runs[-1], *report.runs[:-1])],
            headlines=headlines(report),
            outcomes=[outcomes(run) for run in report.runs],
            # Each is measured twice: as it was typed and written out.
            later_turns=sum(result.later_turn for result in report.runs[0].questions) // 2,
            pairs=list(pairs(report.comparisons)),
            plots=draw_plots(report),
            overall=overall(report),
            tables=[
                (PAGE["by_type"], grouped(report.runs, [run.types for run in report.runs])),
                (PAGE["by_language"], grouped(report.runs, [run.languages for run in report.runs])),
            ],
            glossary=glossary(report),
            outcome_glossary=list(explained.values()),
            words=packed_words(explained),
            questions=packed_report(report),
        )
    )
    # Half a character, as a damaged file name may bring along, cannot be written to a file.
    return page.encode("utf-8", "replace").decode("utf-8")
