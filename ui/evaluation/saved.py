"""Evaluation reports as JSON: what ``yinju eval --json`` prints, and reading it again."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.errors import ReportError
from qa.evaluation.report import REPORT_FORMAT, EvaluationReport

_REPORTS = TypeAdapter(EvaluationReport)

_MAKE = "Make it with `yinju eval GOLD --json > FILE`."


def report_json(report: EvaluationReport) -> Any:
    """A report as plain JSON values."""
    return _REPORTS.dump_python(report, mode="json")


def load_report(file: Path) -> EvaluationReport:
    """Read a saved report.

    Raises:
        ReportError: there is no such file, or it is no report of this format.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReportError(f"{file} cannot be read ({error.strerror or error})", "Check its name.") from error
    except ValueError as error:
        raise ReportError(f"{file} is no evaluation report (it is not JSON)", _MAKE) from error
    found = value.get("format") if isinstance(value, dict) else None
    if found is None:
        raise ReportError(f"{file} is no evaluation report", _MAKE)
    if found != REPORT_FORMAT:
        raise ReportError(
            f"{file} is a report of format {found}, this program reads format {REPORT_FORMAT}",
            "Evaluate again with this version.",
        )
    try:
        return _REPORTS.validate_python(value)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ReportError(f"{file} is damaged at {place}", _MAKE) from error
