"""From an extractive answer to a written one, checked sentence by sentence, or given up with a notice."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from qa.answering import cite
from qa.collection import Snapshot
from qa.errors import GenerationError, GenerationFailure
from qa.generation.checking import Checker
from qa.generation.endpoint import Writer
from qa.generation.joining import join
from qa.generation.parsing import Parsed, ParsedSentence, parse
from qa.generation.prompt import messages
from qa.generation.text import written_text
from qa.generation.untold import says_untold
from qa.types import (
    Answer,
    Citation,
    Evidence,
    Hit,
    Language,
    Support,
    WrittenSentence,
)

PASSAGES_GIVEN = 20
"""Passages at most that the LLM is given, the best ones."""

Pieces = Generator[str | Answer, None, None]
"""Pieces of what is being written, unchecked; the last is the answer."""

_NOTICES = {
    Language.CHINESE: {
        "failed": "大语言模型没有给出回答（{why}），以下是原文摘录。",
        "empty": "大语言模型没有写出内容，以下是原文摘录。",
        "invalid": "回答里有 {n} 个引文编号不存在，已去掉。",
        "cut": "回答过长，没有写完。",
        "none": "回答里没有一句能在给出的段落中得到证实。",
    },
    Language.ENGLISH: {
        "failed": "No answer was written ({why}); these are quotations from the documents.",
        "empty": "The LLM wrote nothing; these are quotations from the documents.",
        "invalid": "{n} citation numbers in the answer name no passage; they were removed.",
        "cut": "The answer grew too long and was cut off.",
        "none": "No sentence of the answer is borne out by the passages given.",
    },
}

# Wrong settings are complained of before there is an LLM to write.
_WHY = {
    Language.CHINESE: {
        GenerationFailure.UNREACHABLE: "连不上模型服务",
        GenerationFailure.TIMEOUT: "模型服务超时",
        GenerationFailure.STATUS: "模型服务返回 HTTP {status}",
        GenerationFailure.BROKEN: "模型服务中途断开",
    },
    Language.ENGLISH: {
        GenerationFailure.UNREACHABLE: "the LLM cannot be reached",
        GenerationFailure.TIMEOUT: "the LLM did not answer in time",
        GenerationFailure.STATUS: "the LLM answered with HTTP {status}",
        GenerationFailure.BROKEN: "the LLM broke off in the middle",
    },
}


def write(snapshot: Snapshot, found: Answer, writer: Writer | None) -> Pieces:
    """Have an LLM write the answer: pieces of its text as they come, and at the end the checked answer.

    Without an LLM, the extractive answer is all. A refusal is given back as it is: there is nothing to write
    from. Where the LLM fails, the extractive answer is given, with a notice.

    Args:
        snapshot: the collection that was searched.
        found: the extractive answer or refusal.
        writer: the LLM, None for none.

    Returns:
        The pieces, as they come, without the thoughts of the model; closing the generator ends the writing.
        What goes wrong with the LLM is told in the answer's notice and not raised.
    """
    if writer is None or not found.answered:
        yield found
        return
    notices = _NOTICES[found.query.language]
    hits = found.hits[:PASSAGES_GIVEN]
    text, whole = "", True
    pieces = writer.write(messages(found.query, hits))
    try:
        while True:
            piece = next(pieces)
            text += piece
            yield piece
    except StopIteration as end:
        whole = end.value
    except GenerationError as error:
        why = _WHY[found.query.language][error.failure].format(status=error.status)
        yield replace(found, notice=notices["failed"].format(why=why))
        return
    finally:
        pieces.close()
    parsed = parse(text, len(hits))
    if not parsed.sentences:
        yield replace(found, notice=notices["empty"])
        return
    yield checked_answer(snapshot, found, parsed, whole=whole)


def checked_answer(snapshot: Snapshot, found: Answer, parsed: Parsed, *, whole: bool = True) -> Answer:
    """The answer that an LLM wrote, each sentence checked against the passages that were found.

    Args:
        snapshot: the collection that was searched.
        found: the extractive answer.
        parsed: what the LLM wrote; its numbers are those of the first PASSAGES_GIVEN hits of ``found``.
        whole: whether it was written to its end.
    """
    checking = _Checking(Checker(snapshot, found.hits[:PASSAGES_GIVEN]), found.hits[:PASSAGES_GIVEN])
    sentences = [
        WrittenSentence(each.text, each.paragraph, Support.UNTOLD)
        if not each.cited and says_untold(each.text, found.query.text)
        else checking.sentence(each)
        for each in parsed.sentences
    ]
    if all(each.support is Support.UNTOLD for each in sentences):
        reason = " ".join(each.text for each in sentences)
        return replace(found, answered=False, text="", citations=(), reason=reason, mode="llm")
    return replace(
        found,
        text=written_text(sentences, found.query.language),
        citations=tuple(checking.citations),
        mode="llm",
        sentences=tuple(sentences),
        notice=_notice(found.query.language, parsed, sentences, whole),
    )


@dataclass
class _Checking:
    """Checks the sentences of one answer, and numbers their citations."""

    checker: Checker
    hits: Sequence[Hit]
    citations: list[Citation] = field(default_factory=list)

    def sentence(self, parsed: ParsedSentence) -> WrittenSentence:
        """Check a sentence against the passages it cites; where these fail it, against all."""
        cited = [self.hits[number - 1] for number in parsed.cited]
        joined = join(self.checker, parsed.text, cited)
        evidence, doubts = joined.evidence, joined.doubts
        support = Support.SUPPORTED if evidence and not doubts else Support.UNSUPPORTED
        if support is Support.UNSUPPORTED:
            anywhere = self.checker.check(parsed.text, self.hits)
            if anywhere is not None and not anywhere.doubts:
                evidence, doubts, support = (anywhere.evidence,), (), Support.UNCITED
            elif anywhere is not None and not evidence:
                evidence, doubts = (anywhere.evidence,), anywhere.doubts
        numbers = tuple(dict.fromkeys(map(self._number, evidence)))
        return WrittenSentence(parsed.text, parsed.paragraph, support, numbers, doubts)

    def _number(self, evidence: Evidence) -> int:
        """The number of a citation, the same for the same place."""
        place = (evidence.hit.document, evidence.sentence.start, evidence.sentence.end)
        for known in self.citations:
            if (known.document, known.start, known.end) == place:
                return known.n
        self.citations.append(cite(len(self.citations) + 1, evidence))
        return len(self.citations)


def _notice(
    language: Language, parsed: Parsed, sentences: Sequence[WrittenSentence], whole: bool
) -> str | None:
    notices = _NOTICES[language]
    said = []
    if all(each.support in {Support.UNSUPPORTED, Support.UNTOLD} for each in sentences):
        said.append(notices["none"])
    if parsed.invalid:
        said.append(notices["invalid"].format(n=parsed.invalid))
    if not whole:
        said.append(notices["cut"])
    return " ".join(said) or None
