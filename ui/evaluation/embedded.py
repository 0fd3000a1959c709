"""The questions of a report as JSON inside the page.

Some thousand questions with ten hits each for each of several runs: whatever occurs again and again is
written once and then named by its place, and values stand in lists, in the order in which ``data.js``
reads them.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from markupsafe import Markup

from embeddings.folding import fold
from qa.evaluation.report import (
    EvaluationReport,
    JudgedAnswer,
    JudgedHit,
    Outcome,
    PassageText,
    QuestionResult,
    Run,
)
from ui.evaluation.sections import metric_order
from ui.evaluation.strings import BROWSER, OUTCOMES, PAGE, Explained, Said, metric_name

# What could end a script element, begin a comment in it, or end a line of JavaScript.
_ESCAPED: Final = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def script_json(value: Any) -> Markup:
    """JSON that can stand inside a script element, whatever text it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
    # Half a character cannot be written to a file.
    text = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return Markup(text)  # noqa: S704 - escaped just here


class _Pool:
    """Values written once, named by their place."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}

    def place(self, value: Any) -> int:
        return self._places.setdefault(value, len(self._places))

    def places(self, values: Iterable[Any]) -> list[int]:
        return [self.place(value) for value in values]

    def values(self) -> list[Any]:
        return list(self._places)


class _Packer:
    """Packs the results of all runs; texts and gold questions are shared between them."""

    def __init__(self, report: EvaluationReport) -> None:
        self._texts = _Pool()
        self._questions = _Pool()
        self._report = report
        self._passages = {key: place for place, key in enumerate(report.passages)}
        self._outcomes = {outcome: place for place, outcome in enumerate(OUTCOMES)}

    def pack(self) -> dict[str, Any]:
        runs = [self._run(run) for run in self._report.runs]
        passages = [self._passage(passage) for passage in self._report.passages.values()]
        return {
            "runs": runs,
            "questions": self._questions.values(),
            "passages": passages,
            "texts": self._texts.values(),
            "folded": _folded_letters(passage.text for passage in self._report.passages.values()),
        }

    def _run(self, run: Run) -> dict[str, Any]:
        metrics = sorted({name for result in run.questions for name in result.metrics}, key=metric_order)
        return {
            "name": run.name,
            "metrics": [_both(metric_name(metric)) for metric in metrics],
            "results": [self._result(result, metrics) for result in run.questions],
        }

    def _result(self, result: QuestionResult, metrics: list[str]) -> list[Any]:
        values = [result.metrics.get(metric) for metric in metrics]
        return [
            self._questions.place(self._question(result)),
            self._outcomes[result.outcome],
            result.first_rank or 0,
            # In tenths of a percent, which is as much as is shown.
            [None if value is None else round(1000 * value) for value in values],
            [self._hit(hit) for hit in result.hits],
            None if result.answer is None else self._answer(result.answer),
        ]

    def _question(self, result: QuestionResult) -> tuple[Any, ...]:
        place = self._texts.place
        return (
            result.id,
            result.question,
            result.type,
            result.language,
            result.searched,
            int(result.later_turn),
            int(result.answerable),
            result.answers,
            tuple((place(run.path), run.line_start, run.line_end, run.text) for run in result.evidence),
            tuple(map(place, result.documents)),
        )

    def _hit(self, hit: JudgedHit) -> list[Any]:
        return [
            self._passages.get(hit.passage, -1),
            hit.rank,
            round(hit.score, 3),
            int(hit.relevant),
            hit.lexical_rank or 0,
            hit.dense_rank or 0,
            self._texts.places(hit.terms),
        ]

    def _answer(self, answer: JudgedAnswer) -> list[Any]:
        return [
            int(answer.answered),
            # Rounded down: what is all but certain is not shown as certain.
            int(100 * answer.confidence),
            None if answer.reason is None else self._texts.place(answer.reason),
            [
                [
                    self._texts.place(each.path),
                    each.line_start,
                    each.line_end,
                    int(each.exact),
                    int(each.right),
                    self._texts.place(each.text),
                ]
                for each in answer.citations
            ],
        ]

    def _passage(self, passage: PassageText) -> list[Any]:
        return [
            self._texts.place(passage.path),
            self._texts.place(passage.title),
            self._texts.places(passage.section),
            passage.line_start,
            passage.line_end,
            passage.text,
        ]


def _folded_letters(texts: Iterable[str]) -> dict[str, str]:
    """Letters that matching takes for others, such as Traditional ones: matched terms are found by these.

    Letter by letter is not quite how whole texts are folded, but enough to highlight by.
    """
    letters = sorted(letter for letter in set().union(*texts) if not _SURROGATE.match(letter))
    return {letter: folded for letter in letters if (folded := fold(letter)) != letter.lower()}


def packed_report(report: EvaluationReport) -> Markup:
    """Every question with what came of it in every run."""
    return script_json(_Packer(report).pack())


def _both(said: Said) -> list[str]:
    return [said.chinese, said.english]


def packed_words(outcomes: Mapping[Outcome, Explained]) -> Markup:
    """The words that the scripts show, each in Chinese and in English."""
    return script_json(
        {
            "words": {name: _both(said) for name, said in BROWSER.items()},
            "outcomes": [
                [outcome.value, int(outcome.good), _both(each.name), _both(each.meaning)]
                for outcome, each in outcomes.items()
            ],
            "report": _both(PAGE["report"]),
        }
    )
