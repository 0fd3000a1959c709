"""Ask one gold question and judge what comes back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from qa.answering import Draft, draft, reply
from qa.answering import answer as answer_to
from qa.bot import DEFAULT_K
from qa.collection import Snapshot
from qa.confidence import Calibration
from qa.conversation import stand_alone
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
from qa.retrieval import Depth, Retrieved, find
from qa.types import Answer, Citation, Hit, Mode, Query, Turn
from qa.understanding import understand

HITS_KEPT = 10
"""Hits that a report shows of each question."""

STANDALONE = "_standalone"
"""Ending of the id and the type of a later turn that was searched written out in full."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search: a gold question, what is typed for it, and under which id and type its result stands.

    ``written_out`` tells a later turn of a conversation that is asked in full, without the earlier ones.
    """

    id: str
    type: str
    gold: GoldQuestion
    text: str
    written_out: bool = False

    @property
    def later_turn(self) -> bool:
        """Whether it is a later turn of a conversation."""
        return self.gold.standalone is not None


def searches(gold: GoldSet) -> Iterator[Search]:
    """What is asked for each question: a later turn both as typed after the earlier ones and written out."""
    for question in gold.questions:
        yield Search(question.id, question.type, question, question.question)
        if question.standalone is not None:
            yield Search(
                f"{question.id}{STANDALONE}",
                f"{question.type}{STANDALONE}",
                question,
                question.standalone,
                written_out=True,
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
        searched: the question as searched: a later turn as it was written out from the earlier ones.
        relevant: for every hit, best first, whether it is relevant.
        by_span, by_document: pieces of the evidence and what the hits bring of them; None for an
            unanswerable question, ``by_span`` also where documents are judged.
        hits: the first HITS_KEPT hits, with ``passages`` their texts by key.
        entries: all hits, for a run file.
        answer: None where only retrieval is measured.
        evidence: as it stands in the source.
        split: whether no single passage holds the evidence.
    """

    searched: str
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
        *,
        read: bool = True,
    ) -> None:
        self._snapshot = snapshot
        self._writer = writer
        self._unit = gold.unit
        self._calibration = calibration
        self._depth = depth
        self._reading = Depth.ALL if read else Depth.NOTHING
        self._earlier = {
            (each.conversation, each.turn): each for each in gold.questions if each.conversation is not None
        }
        self._turn = cache(self._asked_turn)
        self._id_of = {each.ref.path: each.ref.id for each in snapshot.catalogue.documents()}
        self._judge = Judge(gold, self._spans)
        self._source = cache(self._read_source)

    def ask(self, search: Search, mode: Mode) -> Judged:
        """Search, and in the hybrid mode answer, and judge both."""
        gold = search.gold
        hits: Sequence[Hit] = ()
        answer: JudgedAnswer | None = None
        searched = search.text
        try:
            history = () if search.written_out else self._history(gold)
            query = stand_alone(self._snapshot, history, make_query(search.text))
            searched = query.text if query.typed is not None else searched
            query = understand(self._snapshot, query)
        except QuestionError as error:
            # Only sets that others made hold such questions; they count as refused with nothing found.
            if mode is Mode.HYBRID:
                answer = JudgedAnswer(answered=False, confidence=0.0, reason=error.problem, citations=())
        else:
            found = find(self._snapshot, query, k=self._depth, mode=mode, depth=self._reading)
            hits = found.hits
            if mode is Mode.HYBRID:
                answer = self._answer(gold, query, found.first(DEFAULT_K))
        relevant = tuple(self._judge.is_relevant(gold, hit) for hit in hits)
        spans = self._unit is Unit.SPAN
        return Judged(
            searched=searched,
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

    def _history(self, gold: GoldQuestion) -> Sequence[Turn]:
        """The turns before a question of a conversation, as a person would have had them from the bot."""
        if gold.conversation is None:
            return []
        earlier = [(gold.conversation, turn) for turn in range(1, gold.turn)]
        return [self._turn(*each) for each in earlier if each in self._earlier]

    def _asked_turn(self, conversation: str, turn: int) -> Turn:
        gold = self._earlier[conversation, turn]
        query = stand_alone(self._snapshot, self._history(gold), make_query(gold.question))
        given = answer_to(self._snapshot, understand(self._snapshot, query), self._calibration, k=DEFAULT_K)
        return Turn(query.text, given.text, searched=True)

    def _spans(self, path: str) -> Sequence[tuple[int, int]]:
        rows = self._snapshot.catalogue.passages_of(self._id_of[path]) if path in self._id_of else []
        return [(row.passage.start, row.passage.end) for row in rows]

    def _read_source(self, path: str) -> str:
        document = self._snapshot.catalogue.document(self._id_of[path])
        return "" if document is None else document.source

    def _answer(self, gold: GoldQuestion, query: Query, found: Retrieved) -> JudgedAnswer:
        drafted = draft(self._snapshot, query, self._calibration, found)
        return JudgedAnswer(
            answered=drafted.refused is None,
            confidence=drafted.confidence,
            reason=drafted.refused,
            citations=tuple(self._citation(gold, citation) for citation in drafted.citations),
            written=self._written(query, found.hits, drafted),
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
