"""Gold questions: what they are, and reading them from JSON lines with evidence copied from the documents.

Evidence is judged by its place in the source, not by passage ids, so that a gold set outlives every
change in how documents are cut.
"""

import json
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from qa.errors import GoldError, GoldProblem, QuestionError
from qa.evaluation.report import Unit
from qa.queries import make_query
from qa.squeezed import Squeezed

TYPES_IN_PARTS = frozenset({"list", "compare", "multi_document"})
"""In these types every evidence run and every answer is a part; in the others each suffices alone."""

_SHOWN = 30
"""Characters of a text that a message shows."""

_FIELDS = "seeds/README.md describes the fields"


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A place in a document: ``source[start:end]`` of the document at ``path``."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EvidenceRun:
    """Words that prove an answer, and every place where they stand; ``spans`` is never empty."""

    text: str
    spans: tuple[EvidenceSpan, ...]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its answers and what proves them.

    Attributes:
        id: unique in its set.
        question: as a person puts it.
        type, language, split: labels, empty where the set does not say.
        answers: short strings; see TYPES_IN_PARTS.
        evidence: verbatim runs; empty where documents are judged, and for an unanswerable question.
        documents: path -> grade (above 0) of the documents judged relevant; empty means unanswerable.
        conversation: name of the conversation that the question is a turn of, None for a single one.
        turn: its place in the conversation, from 1.
        standalone: the question written out so that it can be asked by itself; None where it already can.
    """

    id: str
    question: str
    type: str = ""
    language: str = ""
    split: str = ""
    answers: tuple[str, ...] = ()
    evidence: tuple[EvidenceRun, ...] = ()
    documents: Mapping[str, int] = field(default_factory=dict)
    conversation: str | None = None
    turn: int = 1
    standalone: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.documents)

    @property
    def in_parts(self) -> bool:
        """Whether a full answer has several parts."""
        return self.type in TYPES_IN_PARTS


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Questions of one set.

    Attributes:
        name: of the file or folder it was read from.
        unit: what it judges: spans or whole documents.
        questions: in the order of the file.
        split: the split chosen, None for all.
        warnings: sentences about what was passed over.
    """

    name: str
    unit: Unit
    questions: tuple[GoldQuestion, ...]
    split: str | None = None
    warnings: tuple[str, ...] = ()

    def only(self, split: str | None) -> "GoldSet":
        """The questions of one split; None keeps all.

        Raises:
            GoldError: no question is of that split.
        """
        if split is None:
            return self
        kept = tuple(question for question in self.questions if question.split == split)
        if not kept:
            known = sorted({question.split for question in self.questions if question.split})
            raise GoldError(
                [
                    GoldProblem(
                        f"{self.name} has no question of the split {split!r}",
                        f"It has {', '.join(known)}." if known else "Its questions name no split.",
                    )
                ]
            )
        return replace(self, questions=kept, split=split)


class Problems:
    """Collects what is wrong with the files of a gold set, so that all of it is told at once."""

    def __init__(self) -> None:
        self._found: list[GoldProblem] = []

    def add(self, place: str, problem: str, remedy: str) -> None:
        """Note a problem. ``place`` is a file, with its line number where there is one."""
        self._found.append(GoldProblem(f"{place}: {problem}", remedy))

    def check(self) -> None:
        """Raise GoldError if there are any."""
        if self._found:
            raise GoldError(self._found)


def read_text(file: Path, problems: Problems) -> str:
    """The text of a file of a gold set; an empty string, with the problem noted, where there is none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(str(file), f"it is not UTF-8 (byte {error.start})", "Save it in UTF-8.")
    except OSError as error:
        problems.add(str(file), f"it cannot be read ({error.strerror or error})", "Check its name.")
    else:
        if not text.strip():
            problems.add(str(file), "it is empty", "Give a file with at least one line.")
        return text
    return ""


def json_lines(file: Path, problems: Problems) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with its place; what is no object is noted as a problem."""
    entries = []
    # Not splitlines: JSON strings may hold other characters that end a line.
    for number, line in enumerate(read_text(file, problems).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{file}, line {number}"
        try:
            entry = json.loads(line)
        except ValueError as error:
            problems.add(place, f"it is not JSON ({error})", "Write one JSON object a line.")
            continue
        if isinstance(entry, dict):
            entries.append((place, entry))
        else:
            problems.add(place, "it is no JSON object", "Write one JSON object a line.")
    return entries


def read_gold(file: Path, sources: Mapping[str, str], ambiguous: Container[str] = ()) -> GoldSet:
    """Read gold questions from JSON lines and locate their evidence.

    Args:
        file: one object a line: ``id``, ``question``, ``evidence`` (a list of ``doc`` and ``text``, empty
            for an unanswerable question), and where wanted ``type``, ``lang``, ``split``, ``answers``;
            for the turns of a conversation ``conversation``, ``turn`` and ``standalone``.
        sources: document path -> source text.
        ambiguous: paths that several documents have; evidence cannot be placed in these.

    Raises:
        GoldError: holds every problem found, each with its line.
    """
    problems = Problems()
    squeezed: dict[str, Squeezed] = {}
    questions: list[GoldQuestion] = []
    first: dict[str, str] = {}
    for place, entry in json_lines(file, problems):
        line = _Line(place, entry, problems)
        question_id = line.text("id", required=True)
        if question_id and first.setdefault(question_id, place) != place:
            problems.add(
                place,
                f"the id {question_id!r} is already that of {first[question_id]}",
                "Give every question an id of its own.",
            )
        evidence = _evidence(line, sources, ambiguous, squeezed)
        questions.append(
            GoldQuestion(
                id=question_id,
                question=line.searchable("question"),
                type=line.text("type"),
                language=line.text("lang"),
                split=line.text("split"),
                answers=line.texts("answers"),
                evidence=evidence,
                documents={span.path: 1 for run in evidence for span in run.spans},
                conversation=line.text("conversation") or None,
                turn=line.number("turn"),
                standalone=line.searchable("standalone") if "standalone" in entry else None,
            )
        )
        _check_turn(place, questions, problems)
    problems.check()
    return GoldSet(file.name, Unit.SPAN, tuple(questions))


class _Line:
    """One gold question as read; notes what is wrong with its fields."""

    def __init__(self, place: str, entry: Mapping[str, Any], problems: Problems) -> None:
        self.place = place
        self.problems = problems
        self.entry = entry

    def _wrong(self, name: str, wanted: str) -> None:
        self.problems.add(self.place, f"the field {name!r} is not {wanted}", f"Correct it; {_FIELDS}.")

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.entry.get(name, "")
        if not isinstance(value, str) or (required and not value.strip()):
            self._wrong(name, "a text" if name in self.entry else "there")
            return ""
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.entry.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self._wrong(name, "a list of texts")
            return ()
        return tuple(value)

    def number(self, name: str) -> int:
        value = self.entry.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self._wrong(name, "a whole number from 1")
            return 1
        return value

    def searchable(self, name: str) -> str:
        value = self.text(name, required=True)
        if value:
            try:
                make_query(value)
            except QuestionError as error:
                self.problems.add(self.place, error.problem, error.remedy)
        return value

    def evidence(self) -> Sequence[Mapping[str, str]]:
        value = self.entry.get("evidence")
        fits = isinstance(value, list) and all(
            isinstance(run, dict)
            and isinstance(run.get("doc"), str)
            and isinstance(run.get("text"), str)
            and run["text"].strip()
            for run in value
        )
        if not fits:
            # A missing list is refused too: a mistyped name must not turn into "unanswerable".
            self._wrong("evidence", 'a list of {"doc", "text"}, empty for an unanswerable question')
            return ()
        return value or ()


def _evidence(
    line: _Line,
    sources: Mapping[str, str],
    ambiguous: Container[str],
    squeezed: dict[str, Squeezed],
) -> tuple[EvidenceRun, ...]:
    runs = []
    for run in line.evidence():
        path, text = run["doc"], run["text"]
        if path in ambiguous:
            line.problems.add(
                line.place,
                f"several documents of the collection are named {path!r}",
                "Index the folders in collections of their own.",
            )
            continue
        if path not in sources:
            near = get_close_matches(path, sources, n=1)
            line.problems.add(
                line.place,
                f"the collection has no document {path!r}",
                f"Is {near[0]!r} meant?" if near else "`yinju status` lists the documents.",
            )
            continue
        if path not in squeezed:
            squeezed[path] = Squeezed(sources[path])
        places = squeezed[path].locate(text)
        if not places:
            line.problems.add(
                line.place,
                f"the evidence {_short(text)!r} does not stand in {path}",
                "Copy it from the document; only white space may differ.",
            )
            continue
        runs.append(EvidenceRun(text, tuple(EvidenceSpan(path, *place) for place in places)))
    return tuple(runs)


def _check_turn(place: str, questions: Sequence[GoldQuestion], problems: Problems) -> None:
    """The turns of a conversation follow each other, from 1, and later ones are written out too."""
    question = questions[-1]
    if question.conversation is None:
        return
    before = questions[-2] if len(questions) > 1 else None
    follows = before is not None and before.conversation == question.conversation
    wanted = before.turn + 1 if before is not None and follows else 1
    known = Counter(each.conversation for each in questions)[question.conversation]
    if question.turn != wanted or known != wanted:
        problems.add(
            place,
            f"turn {question.turn} of the conversation {question.conversation!r} is out of place",
            "Write the turns of a conversation one after another, from 1.",
        )
    if question.turn > 1 and question.standalone is None:
        problems.add(place, "a later turn lacks 'standalone'", "Add the question written out in full.")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
