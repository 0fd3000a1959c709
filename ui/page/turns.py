"""One turn of the conversation as HTML: a question with its answer, its refusal or its error."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from qa.feedback import MAX_COMMENT
from qa.types import Answer, Citation, Hit, Support, WrittenSentence
from ui.page.places import Quotation, whereabouts
from ui.page.templating import render
from ui.strings import Strings


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an answer: words, or the number of a citation.

    ``marked``: the words are the short answer of a quotation; ``doubt`` says why written words are not
    supported.
    """

    text: str
    n: int | None = None
    marked: bool = False
    doubt: str | None = None


def searching_turn(turn: str, question: str, strings: Strings) -> str:
    """A question that is being searched."""
    return render("searching.html", turn=turn, question=question, strings=strings)


def writing_turn(turn: str, question: str, written: str, strings: Strings) -> str:
    """A question whose answer is being written, with as much of it as there is."""
    return render("writing.html", turn=turn, question=question, written=written, strings=strings)


def failed_turn(turn: str, question: str, sentence: str, strings: Strings) -> str:
    """A question that could not be searched, with a sentence that says why."""
    return render("failed.html", turn=turn, question=question, sentence=sentence, strings=strings)


def answered_turn(turn: str, answer: Answer, strings: Strings) -> str:
    """An answer with its citations and passages, or a refusal with the nearest passages."""
    citations = [Quotation.of_citation(each, len(answer.citations), strings) for each in answer.citations]
    return render(
        "answered.html",
        turn=turn,
        answer=answer,
        # Rounded down: what is all but certain is not shown as certain.
        percent=int(100 * answer.confidence),
        paragraphs=list(paragraphs(answer, strings)),
        citations=citations,
        passages=[
            (Quotation.of_hit(hit, len(answer.hits), strings), _why(hit, strings)) for hit in answer.hits
        ],
        also=_also(answer, strings),
        longest_comment=MAX_COMMENT,
        strings=strings,
    )


def paragraphs(answer: Answer, strings: Strings) -> Iterator[list[Piece]]:
    """The answer in paragraphs, with the markers of its citations told from its words.

    An extractive answer is put together from its citations: the quoted words themselves may hold
    something like ``[1]``, which is then a footnote of the document and no marker of ours. So may a
    written one, whose sentences carry their citations beside them.
    """
    if answer.mode == "extractive":
        for citation in answer.citations:
            yield [*_quoted(citation), Piece(f"[{citation.n}]", citation.n)]
        return
    for _, sentences in groupby(answer.sentences, key=lambda sentence: sentence.paragraph):
        yield [piece for sentence in sentences for piece in _pieces(sentence, strings)]


def _pieces(sentence: WrittenSentence, strings: Strings) -> Iterator[Piece]:
    doubt = None
    if sentence.support is Support.UNSUPPORTED:
        doubt = strings.unsupported.format(parts=", ".join(each.part for each in sentence.doubts))
    yield Piece(sentence.text, doubt=doubt)
    yield from (Piece(f"[{number}]", number) for number in sentence.citations)


def _quoted(citation: Citation) -> Iterator[Piece]:
    """The words of a citation with its short answer marked."""
    text, found = citation.text, citation.answer
    if found is None:
        yield Piece(text)
        return
    before, after = text[: found.text_start], text[found.text_end :]
    yield from filter(
        lambda piece: piece.text,
        [Piece(before), Piece(text[found.text_start : found.text_end], marked=True), Piece(after)],
    )


def _also(answer: Answer, strings: Strings) -> str:
    """What was searched for besides the question's own words, as a sentence; empty where nothing was."""
    terms = [f"“{each.text}”" for each in answer.query.alternatives]
    return strings.also.format(terms=" ".join(terms)) if terms else ""


def _why(hit: Hit, strings: Strings) -> dict[str, object]:
    return {
        "lexical_rank": hit.why.lexical_rank,
        "dense_rank": hit.why.dense_rank,
        "terms": hit.why.terms,
        "total": f"{hit.score:.3f}",
        "scores": [
            (getattr(strings, f"score_{signal}", signal), f"{score:.3f}")
            for signal, score in hit.why.scores.items()
        ],
        "duplicates": [
            f"{each.document.path}, {whereabouts(each.line_start, each.line_end, None, strings)}"
            for each in hit.duplicates
        ],
    }
