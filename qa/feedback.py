"""What readers say about answers, kept beside the collection until a person has decided on it.

Two files of JSON lines that only ever grow: ``feedback.jsonl`` holds what was said, and
``feedback-reviewed.jsonl`` what became of it. What a person has confirmed becomes a gold question.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from qa.errors import FeedbackError, QuestionError
from qa.json_lines import Line, encoded, locked_lines, read_lines
from qa.layout import FEEDBACK_FILE, REVIEWED_FILE
from qa.queries import make_query
from qa.squeezed import Squeezed
from qa.types import Document

MAX_COMMENT = 2_000
"""Longest comment, in characters."""

MAX_PASSAGES = 20
"""Most passages that one feedback marks."""

MAX_PASSAGE = 2_000
"""Longest marked passage, in characters: several times what a passage of ours has, far from a document."""

MAX_BYTES = 64_000_000
"""What the file of feedback may grow to. The HTTP route takes it from anyone, so there is an end to it."""

FEEDBACK_VERSION = 1

_REVIEW = "yinju eval --from-feedback"

_Value = TypeVar("_Value")


class Rating(StrEnum):
    """Whether an answer helped."""

    UP = "up"
    DOWN = "down"


class Decision(StrEnum):
    """What a person made of a feedback: a gold question with evidence, one without, or nothing."""

    GOLD = "gold"
    UNANSWERABLE = "unanswerable"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A span that a reader calls right: ``source[start:end] == quote`` of the document then at ``path``."""

    path: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said about the answer to a question.

    Attributes:
        id: 32 hexadecimal digits.
        at: UTC in ISO 8601, to the second.
        question: as it was searched.
        rating: None where the reader gave none.
        comment: one line, empty where there is none.
        passages: those that the reader calls right.
    """

    id: str
    at: str
    question: str
    rating: Rating | None
    comment: str
    passages: tuple[MarkedPassage, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The decision on a feedback; ``gold_id`` names the gold question that came of it."""

    feedback_id: str
    at: str
    decision: Decision
    gold_id: str | None


def mark(document: Document, start: int, end: int) -> MarkedPassage:
    """A span of a document as a marked passage, quoted from its source.

    Raises:
        QuestionError: it is no span of the source, or longer than MAX_PASSAGE.
    """
    if not 0 <= start < end <= len(document.source):
        raise QuestionError(
            f"{start} to {end} is no span of {document.ref.path!r}, which has {len(document.source):,} "
            "characters",
            "Give start and end as a search gives them, in characters of the document's source.",
        )
    if end - start > MAX_PASSAGE:
        raise QuestionError(
            f"The marked passage has {end - start:,} characters, the limit is {MAX_PASSAGE:,}",
            "Mark only what answers the question.",
        )
    return MarkedPassage(document.ref.path, start, end, document.source[start:end])


def check_feedback(rating: Rating | None, comment: str, passages: int) -> None:
    """Check that a feedback says something, and not too much; ``passages`` is their number.

    Raises:
        QuestionError: it has neither rating nor comment nor passage, or goes beyond a limit.
    """
    if rating is None and not comment and not passages:
        raise QuestionError(
            "The feedback says nothing", "Give a rating (up or down), a comment or the right passage."
        )
    if len(comment) > MAX_COMMENT:
        raise QuestionError(
            f"The comment has {len(comment):,} characters, the limit is {MAX_COMMENT:,}",
            "Say it in a few sentences.",
        )
    if passages > MAX_PASSAGES:
        raise QuestionError(
            f"The feedback marks {passages:,} passages, the limit is {MAX_PASSAGES}",
            "Mark only those that answer the question.",
        )


class FeedbackStore:
    """The feedback of one collection. Safe to share between threads and between processes.

    Args:
        folder: the collection's folder; it must be there.
        limit: bytes that the file of feedback may grow to.
    """

    def __init__(self, folder: Path, *, limit: int = MAX_BYTES) -> None:
        self._said = folder / FEEDBACK_FILE
        self._decided = folder / REVIEWED_FILE
        self._limit = limit

    def record(
        self, question: str, rating: Rating | None, comment: str, passages: Sequence[MarkedPassage]
    ) -> Feedback:
        """Keep a feedback; when this returns, it is on the disk.

        Raises:
            FeedbackError: the file is full or cannot be written.
        """
        feedback = Feedback(uuid4().hex, _now(), question, rating, comment, tuple(passages))
        line = encoded({"format": FEEDBACK_VERSION, **asdict(feedback)})
        with _writing(self._said), locked_lines(self._said) as lines:
            if lines.size + len(line) > self._limit:
                raise FeedbackError(
                    f"{self._said} is full: it may have {self._limit:,} bytes",
                    f"Review the feedback with `{_REVIEW}`, then move {FEEDBACK_FILE} and {REVIEWED_FILE} "
                    "out of the collection's folder.",
                )
            lines.append(line)
        return feedback

    def all(self) -> list[Feedback]:
        """All feedback, oldest first.

        Raises:
            FeedbackError: the file cannot be read, or a line of it is damaged; names the line.
        """
        return _parsed(self._said, _feedback)

    def reviewed(self) -> list[Reviewed]:
        """All decisions, oldest first.

        Raises:
            FeedbackError: the file cannot be read, or a line of it is damaged; names the line.
        """
        return _parsed(self._decided, _reviewed)

    def pending(self) -> list[Feedback]:
        """The feedback that nobody has decided on yet, oldest first.

        Raises:
            FeedbackError: a file cannot be read, or a line is damaged; names the line.
        """
        decided = {review.feedback_id for review in self.reviewed()}
        return [feedback for feedback in self.all() if feedback.id not in decided]

    def decide(self, feedback_id: str, decision: Decision, gold_id: str | None = None) -> None:
        """Keep what became of a feedback, once and for all.

        Args:
            feedback_id: the feedback.
            decision: what a person made of it.
            gold_id: the gold question that came of it, None where it was discarded.

        Raises:
            FeedbackError: there is no such feedback, it is already decided on, or a file is damaged or
                cannot be written.
        """
        if all(feedback.id != feedback_id for feedback in self.all()):
            raise FeedbackError(
                f"There is no feedback {feedback_id!r} in {self._said}",
                f"`{_REVIEW}` shows what there is.",
            )
        review = Reviewed(feedback_id, _now(), decision, gold_id)
        with _writing(self._decided), locked_lines(self._decided) as lines:
            decided = (_understood(self._decided, line, _reviewed) for line in lines.lines())
            if any(earlier.feedback_id == feedback_id for earlier in decided):
                raise FeedbackError(
                    f"The feedback {feedback_id!r} is already decided on",
                    "Somebody else may be reviewing; begin again to see what is left.",
                )
            lines.append(encoded({"format": FEEDBACK_VERSION, **asdict(review)}))


def gold_id(feedback: Feedback) -> str:
    """Id of the gold question that a feedback becomes."""
    return f"f-{feedback.id[:12]}"


def gold_entry(
    feedback: Feedback, *, evidence: Sequence[MarkedPassage], answers: Sequence[str]
) -> dict[str, Any]:
    """The line of a gold file that a feedback becomes.

    Args:
        feedback: gives the question and the id.
        evidence: what proves the answer, each run by itself; none means that the documents do not tell.
        answers: short strings that stand in the evidence.

    Raises:
        QuestionError: the question cannot be searched.
    """
    return {
        "id": gold_id(feedback),
        "question": feedback.question,
        "type": "feedback" if evidence else "unanswerable_feedback",
        "lang": str(make_query(feedback.question).language),
        "split": "",
        "answers": list(answers),
        "evidence": [{"doc": run.path, "text": run.quote} for run in evidence],
    }


def read_gold_entries(file: Path) -> list[dict[str, Any]]:
    """The lines of a gold file as they stand; none where there is no file.

    Raises:
        FeedbackError: the file cannot be read, or a line is no gold question; names the line.
    """
    return _parsed(file, _gold_entry)


def append_gold(file: Path, entry: Mapping[str, Any]) -> None:
    """Add a question to a gold file, made when missing.

    Raises:
        FeedbackError: the file already has a question of this id, has a line that is no gold question, or
            cannot be written.
    """
    with _writing(file), locked_lines(file) as lines:
        for line in lines.lines():
            if _understood(file, line, _gold_entry)["id"] == entry["id"]:
                raise FeedbackError(
                    f"{file}, line {line.number} already has the question {entry['id']!r}",
                    "Give the new question another id, or leave it out.",
                )
        lines.append(encoded(entry))


def find_words(text: str, words: str) -> tuple[int, int] | None:
    """First span of ``text`` that is ``words`` when white space is ignored; None where there is none."""
    return next(iter(Squeezed(text).locate(words)), None)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FeedbackError(
            f"{file} cannot be written ({error.strerror or error})",
            "Check that its folder is there and writable, and that the disk has room.",
        ) from error


def _parsed(file: Path, parse: Callable[[dict[str, Any]], _Value]) -> list[_Value]:
    try:
        lines = read_lines(file)
    except OSError as error:
        raise FeedbackError(
            f"{file} cannot be read ({error.strerror or error})", "Check that it is a file that you may read."
        ) from error
    return [_understood(file, line, parse) for line in lines]


def _understood(file: Path, line: Line, parse: Callable[[dict[str, Any]], _Value]) -> _Value:
    try:
        entry = json.loads(line.content.decode("utf-8-sig"))
        if not isinstance(entry, dict):
            raise TypeError("no JSON object")
        return parse(entry)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise FeedbackError(
            f"{file}, line {line.number} is damaged or of another kind ({reason})",
            "Mend or delete that line; what stands in the other lines is not touched.",
        ) from error


def _feedback(entry: dict[str, Any]) -> Feedback:
    _check_version(entry)
    rating = entry["rating"]
    return Feedback(
        id=_text(entry, "id"),
        at=_text(entry, "at"),
        question=_text(entry, "question"),
        rating=None if rating is None else Rating(rating),
        comment=_text(entry, "comment"),
        passages=tuple(
            MarkedPassage(
                _text(span, "path"), _number(span, "start"), _number(span, "end"), _text(span, "quote")
            )
            for span in entry["passages"]
        ),
    )


def _reviewed(entry: dict[str, Any]) -> Reviewed:
    _check_version(entry)
    return Reviewed(
        feedback_id=_text(entry, "feedback_id"),
        at=_text(entry, "at"),
        decision=Decision(entry["decision"]),
        gold_id=None if entry["gold_id"] is None else _text(entry, "gold_id"),
    )


def _gold_entry(entry: dict[str, Any]) -> dict[str, Any]:
    _text(entry, "id")
    _text(entry, "question")
    return entry


def _check_version(entry: dict[str, Any]) -> None:
    if entry["format"] != FEEDBACK_VERSION:
        raise ValueError(f"format {entry['format']!r}, this program reads format {FEEDBACK_VERSION}")


def _text(entry: dict[str, Any], name: str) -> str:
    if not isinstance(entry[name], str):
        raise TypeError(f"{name} is no text")
    return str(entry[name])


def _number(entry: dict[str, Any], name: str) -> int:
    if not isinstance(entry[name], int):
        raise TypeError(f"{name} is no whole number")
    return int(entry[name])
