"""Gold questions: JSON lines with verbatim evidence, located in the sources ignoring white space."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.errors import GoldError

# In these types every evidence run is a part of the answer; in the others each proves it alone.
TYPES_IN_PARTS = frozenset({"list", "compare", "multi_document"})

COVERED = 0.5
"""Share of an evidence run that a passage must hold to count as a hit."""


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """Where an evidence run stands: ``source[start:end]`` of the document at ``path``."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its answers and evidence; no evidence means that the documents do not answer it."""

    id: str
    question: str
    type: str
    language: str
    split: str
    answers: tuple[str, ...]
    evidence: tuple[EvidenceSpan, ...]

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.evidence)


def locate(source: str, run: str) -> tuple[int, int] | None:
    """First span of ``source`` that equals ``run`` when white space is ignored, None where there is none."""
    places = [at for at, character in enumerate(source) if not character.isspace()]
    squeezed = "".join(source[at] for at in places)
    wanted = "".join(run.split())
    found = squeezed.find(wanted) if wanted else -1
    return None if found < 0 else (places[found], places[found + len(wanted) - 1] + 1)


def read_gold(file: Path, sources: Mapping[str, str]) -> list[GoldQuestion]:
    """Read gold questions and locate their evidence.

    Args:
        file: JSON lines as DESIGN describes them.
        sources: document path -> source text.

    Raises:
        GoldError: a line is no gold question, or its evidence is not in its document; names the line.
    """
    questions = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            evidence = tuple(_span(item, sources) for item in entry["evidence"])
            questions.append(
                GoldQuestion(
                    id=entry["id"],
                    question=entry["question"],
                    type=entry.get("type", ""),
                    language=entry.get("lang", ""),
                    split=entry.get("split", ""),
                    answers=tuple(entry.get("answers", ())),
                    evidence=evidence,
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise GoldError(
                f"{file}, line {number} is not a gold question ({error})",
                "Correct the line; seeds/README.md describes the fields.",
            ) from error
    return questions


def _span(item: Mapping[str, str], sources: Mapping[str, str]) -> EvidenceSpan:
    path = item["doc"]
    found = locate(sources[path], item["text"])
    if found is None:
        raise ValueError(f"the evidence {item['text'][:30]!r} does not stand in {path}")
    return EvidenceSpan(path, *found)


def covers(path: str, start: int, end: int, evidence: EvidenceSpan) -> bool:
    """Whether a span of a document holds at least half of an evidence run."""
    overlap = min(end, evidence.end) - max(start, evidence.start)
    return path == evidence.path and overlap >= COVERED * (evidence.end - evidence.start)


def recall(question: GoldQuestion, spans: Sequence[tuple[str, int, int]]) -> float:
    """Share of the evidence found by ``spans`` (path, start, end), 0..1.

    Where the answer has parts, the share of its runs; otherwise 1 when any run is found. Undefined,
    and refused with ValueError, for a question without evidence.
    """
    if not question.evidence:
        raise ValueError(f"{question.id} has no evidence, so it has no recall")
    found = [any(covers(*span, run) for span in spans) for run in question.evidence]
    return sum(found) / len(found) if question.type in TYPES_IN_PARTS else float(any(found))
