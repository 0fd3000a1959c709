"""From hits to an answer: verbatim sentences with numbered citations, or an honest refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from embeddings.static_encoder import bundled_encoder
from qa.collection import Snapshot
from qa.confidence import FEW_PASSAGES, NOTHING_NEAR, Calibration, confidence_features
from qa.courtesies import is_courtesy
from qa.diversity import wants_several
from qa.evidence import rank_sentences, together, united
from qa.matching import content_tokens
from qa.reading import PassageReading
from qa.retrieval import Retrieved, find
from qa.short_answers import short_answer
from qa.types import Answer, Citation, Evidence, Hit, Language, Query

MAX_SENTENCES = 3
"""Most sentences of an answer; of one to a question for a list or a comparison, twice as many."""

_CLOSE = 0.4
"""A further sentence is quoted when its score is at least this share of the best one's, or half of it where
the question asks for several things. Chosen on the tune split."""

_REASONS = {
    Language.CHINESE: {
        "nothing": "文档里没有与这个问题相关的内容。",
        "unsure": "没有找到能可靠回答这个问题的原文；下面是最接近的段落，供您判断。",
        "courtesy": "这里没有问什么。请用一句话提出问题。",
    },
    Language.ENGLISH: {
        "nothing": "Nothing in the documents relates to this question.",
        "unsure": "No passage answers this question reliably; the nearest ones are below for you to judge.",
        "courtesy": "Nothing is asked here. Put a question in one sentence.",
    },
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be answered, before it is decided whether to answer.

    Attributes:
        citations: what is quoted, a sentence or neighbours together, that with the best sentence first; none
            where no sentence of the hits says more than the question, or nothing is asked.
        sentence: the best sentence by itself; None where there is none.
        confidence: calibrated probability in 0..1 that they answer it.
        refused: why it is held back, a key of the reasons; None when it is given.
    """

    citations: tuple[Citation, ...]
    sentence: Citation | None
    confidence: float
    refused: str | None


def draft(snapshot: Snapshot, query: Query, calibration: Calibration, found: Retrieved) -> Draft:
    """Choose the sentences of the hits that answer a query, and judge whether they do.

    Args:
        snapshot: the collection that was searched.
        query: the question, made ready.
        calibration: turns features into a confidence and holds the threshold.
        found: the passages found in hybrid mode, best first, and what reading them told.
    """
    if is_courtesy(query.asked):
        return Draft((), None, 0.0, "courtesy")
    content = content_tokens(snapshot, query)
    evidence = rank_sentences(content, found.hits, found.readings)
    if not evidence:
        return Draft((), None, 0.0, "nothing")
    chosen = _choose(evidence, several=wants_several(query))
    citations = tuple(
        cited(found.readings[run[0].hit.passage.id], run, n)
        for n, run in enumerate(together(chosen), start=1)
    )
    few = snapshot.manifest.passages < FEW_PASSAGES
    features = confidence_features(
        content,
        found,
        evidence,
        usual=snapshot.manifest.usual[query.language.value],
        usual_standing=calibration.usual_standing[query.language] if few else None,
    )
    if features["window"] < NOTHING_NEAR:
        return Draft(citations, cite(1, chosen[0]), 0.0, "nothing")
    confidence = calibration.confidence(query.language, features)
    unsure = confidence < calibration.threshold[query.language]
    return Draft(citations, cite(1, chosen[0]), confidence, "unsure" if unsure else None)


def reply(query: Query, hits: Sequence[Hit], drafted: Draft) -> Answer:
    """The answer that was drafted, or the refusal."""
    if drafted.refused is not None:
        return Answer(
            query=query,
            answered=False,
            confidence=drafted.confidence,
            text="",
            citations=(),
            hits=tuple(hits),
            reason=_REASONS[query.language][drafted.refused],
        )
    return Answer(
        query=query,
        answered=True,
        confidence=drafted.confidence,
        text="\n".join(f"{_on_one_line(citation.text)} [{citation.n}]" for citation in drafted.citations),
        citations=drafted.citations,
        hits=tuple(hits),
    )


def answer(snapshot: Snapshot, query: Query, calibration: Calibration, *, k: int) -> Answer:
    """Answer a query from the collection without an LLM.

    Args:
        snapshot: the collection to search.
        query: the question, made ready.
        calibration: turns features into a confidence and holds the threshold.
        k: number of passages to find and to look for sentences in, from 1.
    """
    found = find(snapshot, query, k=k)
    return reply(query, found.hits, draft(snapshot, query, calibration, found))


def _choose(evidence: Sequence[Evidence], *, several: bool) -> list[Evidence]:
    """The best sentence and the few that come close to it, none twice."""
    chosen: list[Evidence] = []
    most, close = (2 * MAX_SENTENCES, _CLOSE / 2) if several else (MAX_SENTENCES, _CLOSE)
    for found in evidence:
        if len(chosen) == most or found.score < close * evidence[0].score:
            break
        if all(found.text != other.text for other in chosen):
            chosen.append(found)
    return chosen


def cited(reading: PassageReading, run: Sequence[Evidence], n: int) -> Citation:
    """The citation of a sentence, or of neighbours together, with its short answer where there is one.

    Args:
        reading: of the passage that they stand in.
        run: the sentences, in reading order.
        n: number of the citation.
    """
    whole, best = united(run), max(run, key=lambda each: each.score)
    at = best.hit.passage.sentences.index(best.sentence)
    words = short_answer(bundled_encoder(), best, reading.starts[at], reading.ends[at])
    if words is not None:
        before = best.sentence.text_start - whole.sentence.text_start
        words = replace(words, text_start=words.text_start + before, text_end=words.text_end + before)
    return replace(cite(n, whole), answer=words)


def _on_one_line(text: str) -> str:
    return " ".join(text.splitlines())


def cite(n: int, found: Evidence) -> Citation:
    """The citation of a piece of evidence: offsets and lines of exactly its own span."""
    passage, sentence = found.hit.passage, found.sentence
    before = passage.quote[: sentence.start - passage.start]
    line_start = passage.line_start + _line_ends(before)
    return Citation(
        n=n,
        document=found.hit.document,
        start=sentence.start,
        end=sentence.end,
        line_start=line_start,
        line_end=line_start + _line_ends(found.quote),
        quote=found.quote,
        text=found.text,
        section=passage.section,
        page=passage.page,
    )


def _line_ends(text: str) -> int:
    """Line ends in a text: a line feed, a carriage return, or both together."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
