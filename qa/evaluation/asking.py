"""Ask one gold question and judge what comes back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from qa.answering import Draft, draft, reply
from qa.bot import DEFAULT_K
from qa.collection import Snapshot
from qa.confidence import Calibration
from qa.errors import QuestionError
from qa.evaluation.gold import GoldQuestion, GoldSet
from qa.evaluation.judging import Judge
from qa.evaluation.metrics import Found, Pieces
from qa.evaluation.report import (
    Evidence,
    JudgedAnswer,
    JudgedCitation,
    JudgedHit,
    PassageText,
    Unit,
)
from qa.generation.endpoint import Writer
from qa.generation.writing import write
from qa.queries import make_query
from qa.retrieval import retrieve
from qa.types import Answer, Citation, Hit, Mode, Query
from qa.understanding import understand

HITS_KEPT = 10
"""Hits that a report shows of each question."""

STANDALONE = "_standalone"
"""Ending of the id and the type of a later turn that was searched written out in full."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search: a gold question, what is typed for it, and under which id and type its result stands."""

    id: str
    type: str
    gold: GoldQuestion
    text: str

    @property
    def later_turn(self) -> bool:
        """Whether it is a later turn of a conversation."""
        return self.gold.standalone is not None


def searches(gold: GoldSet) -> Iterator[Search]:
    """What is searched for each question: a later turn both as it was typed and written out in full."""
    for question in gold.questions:
        yield Search(question.id, question.type, question, question.question)
        if question.standalone is not None:
            yield Search(
                f"{question.id}{STANDALONE}", f"{question.type}{STANDALONE}", question, question.standalone
            )


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A hit as a run file needs it."""

    path: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one search.

    Attributes:
        relevant: for every hit, best first, whether it is relevant.
        by_span, by_document: pieces of the evidence and what the hits bring of them; None for an
            unanswerable question, ``by_span`` also where documents are judged.
        hits: the first HITS_KEPT hits, with ``passages`` their texts by key.
        entries: all hits, for a run file.
        answer: None where only retrieval is measured.
        evidence: as it stands in the source.
        split: whether no single passage holds the evidence.
    """

    relevant: tuple[bool, ...]
    by_span: tuple[Pieces, Found] | None
    by_document: tuple[Pieces, Found] | None
    hits: tuple[JudgedHit, ...]
    passages: Mapping[str, PassageText]
    entries: tuple[RunEntry, ...]
    answer: JudgedAnswer | None
    evidence: tuple[Evidence, ...]
    split: bool


class Asker:
    """Asks the questions of one gold set over one collection."""

    def __init__(
        self,
        snapshot: Snapshot,
        gold: GoldSet,
        calibration: Calibration,
        depth: int,
        writer: Writer | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._writer = writer
        self._unit = gold.unit
        self._calibration = calibration
        self._depth = depth
        self._id_of = {each.ref.path: each.ref.id for each in snapshot.catalogue.documents()}
        self._judge = Judge(gold, self._spans)
        self._source = cache(self._read_source)

    def ask(self, search: Search, mode: Mode) -> Judged:
        """Search, and in the hybrid mode answer, and judge both."""
        gold = search.gold
        hits: list[Hit] = []
        answer: JudgedAnswer | None = None
        try:
            query = understand(self._snapshot, make_query(search.text))
        except QuestionError as error:
            # Only sets that others made hold such questions; they count as refused with nothing found.
            if mode is Mode.HYBRID:
                answer = JudgedAnswer(answered=False, confidence=0.0, reason=error.problem, citations=())
        else:
            hits = retrieve(self._snapshot, query, k=self._depth, mode=mode)
            if mode is Mode.HYBRID:
                answer = self._answer(gold, query, hits)
        relevant = tuple(self._judge.is_relevant(gold, hit) for hit in hits)
        spans = self._unit is Unit.SPAN
        return Judged(
            relevant=relevant,
            by_span=self._judge.by_span(gold, hits) if gold.answerable and spans else None,
            by_document=self._judge.by_document(gold, hits) if gold.answerable else None,
            hits=tuple(_judged_hit(*pair) for pair in zip(hits[:HITS_KEPT], relevant, strict=False)),
            passages={hit.passage.id: _passage_text(hit) for hit in hits[:HITS_KEPT]},
            entries=tuple(
                RunEntry(hit.document.path, hit.passage.start, hit.passage.end, hit.score) for hit in hits
            ),
            answer=answer,
            evidence=tuple(self._evidence(gold)),
            split=spans and self._judge.is_split(gold),
        )

    def _spans(self, path: str) -> Sequence[tuple[int, int]]:
        rows = self._snapshot.catalogue.passages_of(self._id_of[path]) if path in self._id_of else []
        return [(row.passage.start, row.passage.end) for row in rows]

    def _read_source(self, path: str) -> str:
        document = self._snapshot.catalogue.document(self._id_of[path])
        return "" if document is None else document.source

    def _answer(self, gold: GoldQuestion, query: Query, hits: Sequence[Hit]) -> JudgedAnswer:
        drafted = draft(self._snapshot, query, self._calibration, hits[:DEFAULT_K])
        return JudgedAnswer(
            answered=drafted.refused is None,
            confidence=drafted.confidence,
            reason=drafted.refused,
            citations=tuple(self._citation(gold, citation) for citation in drafted.citations),
            written=self._written(query, hits[:DEFAULT_K], drafted),
        )

    def _written(self, query: Query, hits: Sequence[Hit], drafted: Draft) -> Mapping[str, int] | None:
        """What an LLM's answer comes to, where there is an LLM and something for it to answer."""
        if self._writer is None or drafted.refused is not None:
            return None
        *_, answer = write(self._snapshot, reply(query, hits, drafted), self._writer)
        assert isinstance(answer, Answer)
        return Counter(each.support.value for each in answer.sentences)

    def _citation(self, gold: GoldQuestion, citation: Citation) -> JudgedCitation:
        path = citation.document.path
        return JudgedCitation(
            path=path,
            start=citation.start,
            end=citation.end,
            line_start=citation.line_start,
            line_end=citation.line_end,
            text=citation.text,
            exact=self._source(path)[citation.start : citation.end] == citation.quote,
            right=self._judge.is_right(gold, citation),
        )

    def _evidence(self, gold: GoldQuestion) -> Iterator[Evidence]:
        for run in gold.evidence:
            span = run.spans[0]
            source = self._source(span.path)
            yield Evidence(
                path=span.path,
                text=run.text,
                start=span.start,
                end=span.end,
                line_start=source.count("\n", 0, span.start) + 1,
                line_end=source.count("\n", 0, span.end) + 1,
            )


def _judged_hit(hit: Hit, relevant: bool) -> JudgedHit:
    return JudgedHit(
        passage=hit.passage.id,
        rank=hit.rank,
        score=hit.score,
        relevant=relevant,
        lexical_rank=hit.why.lexical_rank,
        dense_rank=hit.why.dense_rank,
        terms=hit.why.terms,
    )


def _passage_text(hit: Hit) -> PassageText:
    passage = hit.passage
    return PassageText(
        path=hit.document.path,
        title=hit.document.title,
        section=passage.section,
        line_start=passage.line_start,
        line_end=passage.line_end,
        text=passage.text,
    )
