"""Ask one gold question and judge what comes back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from qa.answering import Draft, draft, reply
from qa.bot import DEFAULT_K
from qa.collection import Snapshot
from qa.confidence import Calibration
from qa.conversation import stand_alone, turn_of
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as searched and what was found; what was drafted and replied where answers are measured."""

    query: Query
    found: Retrieved
    drafted: Draft | None = None
    answer: Answer | None = None


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
        self._turns = {
            (each.conversation, each.turn): each for each in gold.questions if each.conversation is not None
        }
        self._replied = cache(self._reply_in_conversation)
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
            asked = self._ask(search, mode)
        except QuestionError as error:
            # Only sets that others made hold such questions; they count as refused with nothing found.
            if mode is Mode.HYBRID:
                answer = JudgedAnswer(
                    answered=False, confidence=0.0, reason=error.problem, citations=(), sentence=False
                )
        else:
            hits = asked.found.hits
            searched = asked.query.text if asked.query.typed is not None else searched
            answer = self._judged(gold, asked)
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

    def _ask(self, search: Search, mode: Mode) -> _Asked:
        """What a search comes to; a turn of a conversation is replied to once, for the later ones too."""
        gold = search.gold
        if search.written_out or gold.conversation is None:
            return self._asked(search.text, (), mode)
        if mode is Mode.HYBRID:
            return self._replied(gold.conversation, gold.turn)
        return self._asked(search.text, self._history(gold.conversation, gold.turn), mode)

    def _reply_in_conversation(self, conversation: str, turn: int) -> _Asked:
        question = self._turns[conversation, turn].question
        return self._asked(question, self._history(conversation, turn), Mode.HYBRID)

    def _history(self, conversation: str, before: int) -> list[Turn]:
        """The turns before one of a conversation, as a person would have had them from the bot."""
        earlier = [(conversation, turn) for turn in range(1, before) if (conversation, turn) in self._turns]
        replies = [self._replied(*each).answer for each in earlier]
        return [turn_of(each) for each in replies if each is not None]

    def _asked(self, text: str, history: Sequence[Turn], mode: Mode) -> _Asked:
        query = understand(self._snapshot, stand_alone(self._snapshot, history, make_query(text)))
        found = find(self._snapshot, query, k=self._depth, mode=mode, depth=self._reading)
        if mode is not Mode.HYBRID:
            return _Asked(query, found)
        first = found.first(DEFAULT_K)
        drafted = draft(self._snapshot, query, self._calibration, first)
        # The last piece of what is written is the answer.
        *_, answer = write(self._snapshot, reply(query, first.hits, drafted), self._writer)
        assert isinstance(answer, Answer)
        return _Asked(query, found, drafted, answer)

    def _spans(self, path: str) -> Sequence[tuple[int, int]]:
        rows = self._snapshot.catalogue.passages_of(self._id_of[path]) if path in self._id_of else []
        return [(row.passage.start, row.passage.end) for row in rows]

    def _read_source(self, path: str) -> str:
        document = self._snapshot.catalogue.document(self._id_of[path])
        return "" if document is None else document.source

    def _judged(self, gold: GoldQuestion, asked: _Asked) -> JudgedAnswer | None:
        if asked.drafted is None or asked.answer is None:
            return None
        drafted = asked.drafted
        return JudgedAnswer(
            answered=drafted.refused is None,
            confidence=drafted.confidence,
            reason=drafted.refused,
            citations=tuple(self._citation(gold, citation) for citation in drafted.citations),
            sentence=drafted.sentence is not None and self._citation(gold, drafted.sentence).right,
            written=self._written(drafted, asked.answer),
        )

    def _written(self, drafted: Draft, answer: Answer) -> Mapping[str, int] | None:
        """What an LLM's answer comes to, where there is an LLM and something for it to answer."""
        if self._writer is None or drafted.refused is not None:
            return None
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
