"""Which hits and citations prove the answer: gold evidence against spans of documents."""

from collections.abc import Callable, Sequence
from functools import cache

from qa.evaluation.gold import EvidenceRun, EvidenceSpan, GoldQuestion, GoldSet
from qa.evaluation.metrics import Found, Pieces
from qa.evaluation.report import Unit
from qa.evaluation.text_match import contains_answer
from qa.types import Citation, Hit

COVERED = 0.5
"""Share of an evidence run that a passage must hold to count as holding it."""

SpansOf = Callable[[str], Sequence[tuple[int, int]]]
"""From the path of a document to the spans of its passages."""


def covers(path: str, start: int, end: int, evidence: EvidenceSpan) -> bool:
    """Whether a span of a document holds at least half of an evidence span."""
    overlap = min(end, evidence.end) - max(start, evidence.start)
    return path == evidence.path and overlap >= COVERED * (evidence.end - evidence.start)


def overlaps(path: str, start: int, end: int, evidence: EvidenceSpan) -> bool:
    """Whether a span of a document shares a character with an evidence span."""
    return path == evidence.path and min(end, evidence.end) > max(start, evidence.start)


def _covers_run(path: str, start: int, end: int, run: EvidenceRun) -> bool:
    return any(covers(path, start, end, span) for span in run.spans)


class Judge:
    """Judges hits and citations by one gold set, over one collection."""

    def __init__(self, gold: GoldSet, spans_of: SpansOf) -> None:
        self._unit = gold.unit
        self._spans_of = cache(spans_of)

    def groups(self, question: GoldQuestion) -> list[frozenset[int]]:
        """The pieces of a question's evidence, each as the indexes of its runs.

        Alternatives are one piece. Of an answer in parts, runs that one passage holds together are one.
        """
        runs = range(len(question.evidence))
        if not question.in_parts:
            return [frozenset(runs)] if runs else []
        groups = [frozenset({run}) for run in runs]
        for path in question.documents:
            for start, end in self._spans_of(path):
                held = {run for run in runs if _covers_run(path, start, end, question.evidence[run])}
                together = [group for group in groups if group & held]
                if len(together) > 1:
                    groups = [group for group in groups if not group & held]
                    groups.append(frozenset().union(*together))
        return sorted(groups, key=min)

    def by_span(self, question: GoldQuestion, hits: Sequence[Hit]) -> tuple[Pieces, Found]:
        """Pieces of evidence, and for every hit those that its passage holds."""
        groups = self.groups(question)
        found = []
        for hit in hits:
            passage = hit.passage
            held = {
                index
                for index, run in enumerate(question.evidence)
                if _covers_run(hit.document.path, passage.start, passage.end, run)
            }
            found.append(frozenset(piece for piece, group in enumerate(groups) if group & held))
        return dict.fromkeys(range(len(groups)), 1), found

    def by_document(self, question: GoldQuestion, hits: Sequence[Hit]) -> tuple[Pieces, Found]:
        """Relevant documents as pieces, and for every document among the hits the piece that it is.

        Documents that hold alternatives are one piece; a set that judges documents has one for each.
        """
        alternatives = self._unit is Unit.SPAN and not question.in_parts
        piece_of = {path: 0 if alternatives else n for n, path in enumerate(question.documents)}
        pieces = {piece_of[path]: grade for path, grade in question.documents.items()}
        paths = dict.fromkeys(hit.document.path for hit in hits)
        return pieces, [frozenset({piece_of[path]} if path in piece_of else ()) for path in paths]

    def is_relevant(self, question: GoldQuestion, hit: Hit) -> bool:
        """Whether a hit holds evidence, or stands in a document that is judged relevant."""
        if self._unit is Unit.DOCUMENT:
            return hit.document.path in question.documents
        passage = hit.passage
        return any(
            _covers_run(hit.document.path, passage.start, passage.end, run) for run in question.evidence
        )

    def is_split(self, question: GoldQuestion) -> bool:
        """Whether no single passage of the collection holds any of the evidence."""
        return bool(question.evidence) and not any(
            _covers_run(path, start, end, run)
            for path in question.documents
            for start, end in self._spans_of(path)
            for run in question.evidence
        )

    def is_right(self, question: GoldQuestion, citation: Citation) -> bool:
        """Whether a citation proves the answer.

        It shares text with the evidence; where documents are judged, it holds an answer, or, without
        answers, stands in a relevant document.
        """
        path = citation.document.path
        if self._unit is Unit.SPAN:
            return any(
                overlaps(path, citation.start, citation.end, span)
                for run in question.evidence
                for span in run.spans
            )
        if path not in question.documents:
            return False
        return not question.answers or bool(
            contains_answer(citation.text, question.answers, in_parts=question.in_parts)
        )
