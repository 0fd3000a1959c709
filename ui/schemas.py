"""The JSON of the HTTP API and of ``--json``: one set of models for both."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from qa.bot import DEFAULT_K, MAX_K
from qa.catalogue import CataloguedDocument
from qa.feedback import MAX_COMMENT, MAX_PASSAGES, Rating
from qa.layout import DEFAULT_COLLECTION
from qa.queries import make_query
from qa.types import (
    Answer,
    Citation,
    DocumentRef,
    DoubtKind,
    Duplicate,
    Hit,
    Mode,
    Passage,
    Support,
    Turn,
    WrittenSentence,
)

MAX_MESSAGES = 50
"""Messages of a history."""

MAX_MESSAGE = 20_000
"""Characters of one of them."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchRequest(_Model):
    """A question to find passages for."""

    question: str = Field(description="The question, in Chinese or English.", examples=["湖州有多少种生物？"])
    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K, description="Number of passages.")
    collection: str = DEFAULT_COLLECTION
    mode: Mode = Field(default=Mode.HYBRID, description="Which signals rank the passages.")


class Message(_Model):
    """One message of a conversation; a refusal of ours has no content."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=MAX_MESSAGE)


Messages = Annotated[list[Message], Field(max_length=MAX_MESSAGES)]
"""The earlier messages of a conversation, oldest first."""

History: Final = TypeAdapter(Messages)
"""The same, where they stand by themselves."""


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """The turns of a conversation: each question with the answer that follows it, if one does."""
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn(message.content))
        elif turns and not turns[-1].answer:
            turns[-1] = Turn(turns[-1].question, message.content)
    return turns


class AskRequest(_Model):
    """A question to answer, and the conversation so far, oldest message first."""

    question: str = Field(description="The question, in Chinese or English.", examples=["湖州有多少种生物？"])
    history: Messages = Field(
        default=[],
        description="Earlier messages; a question that follows up on them is written out before it is "
        "searched. Best given as `searched_as` where a reply had one.",
        examples=[[{"role": "user", "content": "深圳打算建多少座公园？"}]],
    )
    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K, description="Number of passages.")
    collection: str = DEFAULT_COLLECTION
    stream: bool = Field(
        default=False,
        description="Server-sent events: `piece` with what is being written, unchecked, then one `answer`.",
    )


class DocumentModel(_Model):
    """A document's identity; ``path`` is relative to the folder that was indexed."""

    id: str
    path: str
    title: str

    @classmethod
    def of(cls, ref: DocumentRef) -> Self:
        """From the core type."""
        return cls(id=ref.id, path=ref.path, title=ref.title)


class WhyModel(_Model):
    """Why a passage was found; a rank is null where that index did not propose the passage.

    ``also`` is what was searched for besides the question's own words: another form of a name, as the
    documents define it, or the word that a mistyped one may mean.
    """

    lexical_rank: int | None
    dense_rank: int | None
    terms: list[str]
    scores: dict[str, float]
    also: list[str] = []


class _Quotation(_Model):
    """A span of a document, as it stands in the source and as one reads it."""

    document: DocumentModel
    section: list[str]
    start: int
    end: int
    line_start: int
    line_end: int
    page: int | None = None
    quote: str
    text: str


def _span(place: Passage | Citation) -> dict[str, Any]:
    """The fields that a passage and a citation have in common."""
    names = ("start", "end", "line_start", "line_end", "page", "quote", "text")
    return {name: getattr(place, name) for name in names} | {"section": list(place.section)}


class DuplicateModel(_Model):
    """A span of a document, in code points of its source."""

    document: DocumentModel
    start: int
    end: int
    line_start: int
    line_end: int

    @classmethod
    def of(cls, duplicate: Duplicate) -> Self:
        """From the core type."""
        spans = {name: getattr(duplicate, name) for name in ("start", "end", "line_start", "line_end")}
        return cls(document=DocumentModel.of(duplicate.document), **spans)


class HitModel(_Quotation):
    """A passage; the document's source sliced ``[start:end]`` (code points) is ``quote``."""

    rank: int
    score: float
    why: WhyModel
    duplicates: list[DuplicateModel] = Field(
        description="Passages left out because they say nothing beyond this one and those above it."
    )

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """From the core type."""
        why = WhyModel(
            lexical_rank=hit.why.lexical_rank,
            dense_rank=hit.why.dense_rank,
            terms=list(hit.why.terms),
            scores=dict(hit.why.scores),
            also=list(hit.why.also),
        )
        document = DocumentModel.of(hit.document)
        return cls(
            rank=hit.rank,
            score=hit.score,
            why=why,
            duplicates=[DuplicateModel.of(each) for each in hit.duplicates],
            document=document,
            **_span(hit.passage),
        )


class ShortAnswerModel(_Model):
    """The few words of a quotation that are the answer itself: the source sliced ``[start:end]``."""

    start: int
    end: int
    text: str

    @classmethod
    def of(cls, citation: Citation) -> Self | None:
        """From the core type; None where no words are marked."""
        found = citation.answer
        if found is None:
            return None
        words = citation.text[found.text_start : found.text_end]
        return cls(start=found.start, end=found.end, text=words)


class CitationModel(_Quotation):
    """A numbered quotation; the document's source sliced ``[start:end]`` (code points) is ``quote``."""

    n: int
    answer: ShortAnswerModel | None = Field(
        default=None, description="The words that are the answer itself, where it is sure which they are."
    )

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """From the core type."""
        return cls(
            n=citation.n,
            document=DocumentModel.of(citation.document),
            answer=ShortAnswerModel.of(citation),
            **_span(citation),
        )


class SearchResponse(_Model):
    """The passages for a question, best first."""

    question: str
    hits: list[HitModel]

    @classmethod
    def of(cls, question: str, hits: list[Hit]) -> Self:
        """From the core types; ``question`` is given back as it was searched."""
        return cls(question=make_query(question).text, hits=[HitModel.of(hit) for hit in hits])


class DoubtModel(_Model):
    """A part of a written sentence that its passages do not hold."""

    kind: DoubtKind
    part: str


class SentenceModel(_Model):
    """A sentence that an LLM wrote, checked against the passages; ``citations`` are numbers of citations.

    ``uncited``: the writer names no passage that supports it, but another of those given does. ``untold``: it
    only says that the passages do not tell, so there is nothing to check.
    """

    text: str
    paragraph: int
    support: Support
    citations: list[int]
    doubts: list[DoubtModel]

    @classmethod
    def of(cls, sentence: WrittenSentence) -> Self:
        """From the core type."""
        return cls(
            text=sentence.text,
            paragraph=sentence.paragraph,
            support=sentence.support,
            citations=list(sentence.citations),
            doubts=[DoubtModel(kind=doubt.kind, part=doubt.part) for doubt in sentence.doubts],
        )


class PieceModel(_Model):
    """A piece of an answer that is being written, not yet checked."""

    text: str


class AskResponse(_Model):
    """An answer, verbatim or written and checked; or a refusal with its reason and the nearest passages."""

    question: str
    searched_as: str | None = Field(
        default=None, description="A follow-up question as it was written out to be searched."
    )
    answered: bool
    confidence: float = Field(ge=0, le=1)
    answer: str
    citations: list[CitationModel]
    passages: list[HitModel]
    reason: str | None = None
    mode: Literal["extractive", "llm"] = "extractive"
    sentences: list[SentenceModel] = Field(
        default=[], description="What an LLM wrote, sentence by sentence; empty in extractive mode."
    )
    notice: str | None = Field(
        default=None, description="Why the LLM's answer is missing or not whole, for the reader."
    )

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """From the core type."""
        return cls(
            question=answer.query.asked,
            searched_as=None if answer.query.typed is None else answer.query.text,
            answered=answer.answered,
            confidence=answer.confidence,
            answer=answer.text,
            citations=[CitationModel.of(citation) for citation in answer.citations],
            passages=[HitModel.of(hit) for hit in answer.hits],
            reason=answer.reason,
            mode="llm" if answer.mode == "llm" else "extractive",
            sentences=[SentenceModel.of(sentence) for sentence in answer.sentences],
            notice=answer.notice,
        )


class DocumentSummary(DocumentModel):
    """A document as listed. ``characters`` counts code points of the source; ``garble`` is 0..1."""

    characters: int
    passages: int
    sha256: str
    encoding: str
    garble: float
    warnings: list[str]
    added_at: str

    @classmethod
    def from_catalogue(cls, document: CataloguedDocument) -> Self:
        """From the catalogue's own type."""
        return cls(
            id=document.ref.id,
            path=document.ref.path,
            title=document.ref.title,
            characters=document.characters,
            passages=document.passages,
            sha256=document.sha256,
            encoding=document.encoding,
            garble=document.garble,
            warnings=list(document.warnings),
            added_at=document.added_at,
        )


class DocumentList(_Model):
    """All documents of a collection, by path."""

    collection: str
    documents: list[DocumentSummary]


class MarkedSpan(_Model):
    """A span of a document's source, in code points, as a search or an answer gives it."""

    document: str = Field(description="The document's id.")
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class FeedbackRequest(_Model):
    """What a reader says about the answer to a question: at least one of rating, comment and passages."""

    question: str = Field(description="The question that was asked.", examples=["湖州有多少种生物？"])
    rating: Rating | None = Field(default=None, description="Whether the answer helped.")
    comment: str = Field(default="", max_length=MAX_COMMENT, description="A few words.")
    passages: list[MarkedSpan] = Field(
        default=[], max_length=MAX_PASSAGES, description="The passages that are the right ones."
    )
    collection: str = DEFAULT_COLLECTION


class FeedbackResponse(_Model):
    """The feedback is kept, under this id."""

    id: str
    collection: str


class Health(_Model):
    """The server is up."""

    status: Literal["ok"] = "ok"


class Readiness(_Model):
    """The default collection can be searched."""

    status: Literal["ready"] = "ready"
    documents: int
    passages: int
    generation: int
    model: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    remedy: str | None = None


class StatusReport(_Model):
    """What ``yinju status --json`` prints."""

    collection: str
    folder: str
    generation: int
    model: str
    dimension: int
    dense: str
    passages: int
    bytes_on_disk: int
    roots: list[str]
    documents: list[DocumentSummary]
