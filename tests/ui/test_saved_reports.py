"""Reports saved as JSON: read again as they were, those of older versions too."""

import json
from pathlib import Path
from typing import Any

import pytest
from evaluation_samples import small_report

from qa.errors import ReportError
from qa.evaluation.report import REPORT_FORMAT
from ui.evaluation.page import report_page
from ui.evaluation.saved import load_report, report_json

NAMES_OF_THE_FIRST_REFUSALS = {
    "answerable",
    "unanswerable",
    "threshold",
    "auroc",
    "coverage",
    "risk",
    "aurc",
    "at_threshold",
}


def written(folder: Path, value: Any) -> Path:
    file = folder / "report.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def test_a_report_is_read_again_as_it_was(tmp_path: Path) -> None:
    report = small_report()
    assert load_report(written(tmp_path, report_json(report))) == report


def test_a_report_from_before_the_reliability_diagram_is_read_without_it(tmp_path: Path) -> None:
    value = report_json(small_report())
    refusals = value["runs"][-1]["refusals"]
    for name in set(refusals) - NAMES_OF_THE_FIRST_REFUSALS:
        del refusals[name]
    report = load_report(written(tmp_path, value))
    read = report.runs[-1].refusals
    assert read is not None
    assert read.auroc == refusals["auroc"]
    assert (read.reliability, read.calibration_error) == ((), None)
    page = report_page(report)
    assert 'id="plot-risk"' in page
    assert 'id="plot-reliability"' not in page


def test_a_report_of_another_format_is_refused(tmp_path: Path) -> None:
    value = report_json(small_report()) | {"format": REPORT_FORMAT + 1}
    with pytest.raises(ReportError, match=f"is a report of format {REPORT_FORMAT + 1}"):
        load_report(written(tmp_path, value))
