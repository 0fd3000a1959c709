"""The values that pass between the parts. Standard library only; everything is frozen.

Offsets count Unicode code points of :attr:`Document.source`, from 0, end exclusive. One identity
holds wherever a span is shown: ``document.source[start:end] == quote``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    """The language a question is asked in, as far as retrieval cares."""

    CHINESE = "zh"
    ENGLISH = "en"


class Mode(StrEnum):
    """Which signals rank the passages."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    DENSE = "dense"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """What a reader needs to know a document by.

    ``path`` is the file's name relative to the folder that was indexed, with forward slashes.
    """

    id: str
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file as decoded.

    Attributes:
        ref: identity and names.
        source: the decoded text, untouched: line ends, blanks and damage included.
        sha256: hex digest of the file's bytes.
        encoding: the codec that decoded the whole file.
        garble: share of characters that look like decoding or font damage, 0..1.
        warnings: sentences for the user about this file.
    """

    ref: DocumentRef
    source: str
    sha256: str
    encoding: str
    garble: float = 0.0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a passage: a span of the source and the same span of the readable text."""

    start: int
    end: int
    text_start: int
    text_end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document.

    Attributes:
        document_id: the document's id.
        start, end: offsets into the document's source.
        line_start, line_end: first and last line of the source, from 1, both inclusive.
        quote: ``source[start:end]``, exactly.
        text: the readable form of the quote.
        section: headings above the passage, outermost first.
        sentences: in order; their spans lie inside ``start..end`` and ``0..len(text)``.
        page: page number from 1 where the format has pages.
    """

    document_id: str
    start: int
    end: int
    line_start: int
    line_end: int
    quote: str
    text: str
    section: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    page: int | None = None

    @property
    def id(self) -> str:
        """Identity of the span: document id and offsets."""
        return f"{self.document_id}:{self.start}-{self.end}"


class Reason(StrEnum):
    """Why something is searched for that the question does not say."""

    ABBREVIATION = "abbreviation"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something searched for besides a term of the question, never in its place.

    Attributes:
        term: as it stands in the question, folded.
        text: what is searched for besides, as the documents write it.
        reason: the documents say that both mean the same, or the term may be mistyped.
    """

    term: str
    text: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn of a conversation: a question and the text of its answer.

    ``searched`` says that the question is given as it was searched, so that it stands by itself; one as
    typed may follow up on the turn before.
    """

    question: str
    answer: str = ""
    searched: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for search.

    ``text`` is the question by itself; ``content`` what is searched for: folded, without the words that
    only ask; ``alternatives`` what else is, in the collection that it was made ready for; ``typed`` what was
    typed, where that is a follow-up question which ``text`` writes out.
    """

    text: str
    content: str
    language: Language
    alternatives: tuple[Alternative, ...] = ()
    typed: str | None = None

    @property
    def asked(self) -> str:
        """The question as typed."""
        return self.text if self.typed is None else self.typed

    @property
    def meaning(self) -> str:
        """What is compared by meaning: the content, and the words that may be meant by mistyped ones.

        Another form of a name has the same meaning already, and would only count it twice.
        """
        meant = [each.text for each in self.alternatives if each.reason is Reason.SPELLING]
        return " ".join((self.content, *meant))


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was found.

    Ranks count from 1; None where that signal did not propose the passage. ``scores`` holds the raw
    value of every signal by name; ``terms`` the matched words of the question, rarest first; ``also`` what
    was searched for besides them, the same for all hits of a search.
    """

    lexical_rank: int | None
    dense_rank: int | None
    scores: Mapping[str, float]
    terms: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A span of a document: ``source[start:end]``, lines from 1, both inclusive."""

    document: DocumentRef
    start: int
    end: int
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage at a rank, from 1.

    Attributes:
        passage, document: what was found.
        rank: place in the list.
        score: fused score, higher is better, comparable within one search. It falls with the rank, except
            for a question that asks for several things, whose hits are chosen to differ too.
        why: why it was found.
        duplicates: passages that were left out because they say nothing beyond this hit and those above
            it, best first; as far as they were met on the way to the last hit.
    """

    passage: Passage
    document: DocumentRef
    rank: int
    score: float
    why: Why
    duplicates: tuple[Duplicate, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer the question, or neighbours together, inside a hit.

    ``score`` is in 0..1, higher is better.
    """

    hit: Hit
    sentence: Sentence
    quote: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A few words that answer: ``document.source[start:end]``, ``citation.text[text_start:text_end]``."""

    start: int
    end: int
    text_start: int
    text_end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered, checkable quotation: ``document.source[start:end] == quote``.

    ``answer`` are the few words of the quotation that are the answer itself; None where it is not sure
    which they are.
    """

    n: int
    document: DocumentRef
    start: int
    end: int
    line_start: int
    line_end: int
    quote: str
    text: str
    section: tuple[str, ...]
    page: int | None = None
    answer: ShortAnswer | None = None


class Support(StrEnum):
    """What came of checking a written sentence against the passages.

    ``UNCITED``: the writer names no passage that supports it, but another of those given does. ``UNTOLD``: it
    only says that the passages do not tell, so there is nothing to check.
    """

    SUPPORTED = "supported"
    UNCITED = "uncited"
    UNSUPPORTED = "unsupported"
    UNTOLD = "untold"


class DoubtKind(StrEnum):
    """In what a sentence goes beyond its passages."""

    FIGURE = "figure"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    WORDING = "wording"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A part of a written sentence that its passages do not hold, folded as for search."""

    kind: DoubtKind
    part: str


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """A sentence that an LLM wrote, checked.

    Attributes:
        text: without citation marks.
        paragraph: number of its paragraph in the answer, from 0.
        support: what came of checking it.
        citations: numbers of the answer's citations that support it, or come nearest to it.
        doubts: why it is not supported; empty where it is.
    """

    text: str
    paragraph: int
    support: Support
    citations: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one question.

    Attributes:
        query: the question as searched.
        answered: False means an honest refusal; ``reason`` then says why.
        confidence: calibrated probability in 0..1 that the passages hold the answer.
        text: the answer, with markers [1], [2] ... for its citations; empty on refusal. A written sentence
            that the passages do not support is marked in it.
        citations: numbered from 1; empty on refusal.
        hits: the passages found, best first; on refusal, the nearest ones.
        reason: why there is no answer, None when there is one.
        mode: "extractive" (verbatim sentences) or "llm".
        sentences: what an LLM wrote, sentence by sentence; empty for an extractive answer.
        notice: what the reader must know besides: why the LLM's answer is missing or not whole.
    """

    query: Query
    answered: bool
    confidence: float
    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    reason: str | None = None
    mode: str = "extractive"
    sentences: tuple[WrittenSentence, ...] = ()
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that did not become a document, by relative path, and the one-line reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What one run of indexing did, in documents and passages."""

    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    removed: Sequence[str] = ()
    unchanged: int = 0
    skipped: Sequence[SkippedFile] = ()
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    documents: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
