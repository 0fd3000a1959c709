"""A follow-up question written out with what it leaves out, from the turns before it.

By the words alone: no search, no collection. qa/cues.py tells whether it is one.
"""

from dataclasses import dataclass

import regex

from embeddings.folding import fold
from embeddings.static_encoder import StaticEncoder
from qa.characters import has_han
from qa.cues import AUXILIARY, POINTS_BACK, names_alone, new_part
from qa.exchanges import exchanged
from qa.openings import MEASURES, put_right, without_opening
from qa.parts import is_part
from qa.queries import asks_only
from qa.question_words import asks_for_more, asks_who, without_end
from qa.topics import person_in, topic_of
from qa.types import Turn

_ANSWER = 500
"""Characters of an answer in which a person is looked for."""

_POINTED_NOUN = regex.compile(rf"(?:[这那][{MEASURES}]|该|此)(?P<noun>\p{{Han}}{{2}})")
_HE = regex.compile(r"(?<!其)[他她](?![们人国乡山])")
_IT = regex.compile(r"它(?!们)")
_ASKS_ENGLISH = regex.compile(rf"{AUXILIARY}|\b(?:wh\w+|how)\b", regex.IGNORECASE)
_MOST_WORDS = 5
"""Words of an English question that gives only what is new."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the earlier turns lend to the next one; all empty at the beginning.

    Attributes:
        question: the last one, written out.
        subject: what it is about.
        person: who was named last.
    """

    question: str = ""
    subject: str = ""
    person: str = ""

    def after(self, turn: Turn, written: "WrittenOut | None") -> "Context":
        """The context of the next turn; ``written`` is None for a turn that stood by itself."""
        text = turn.question if written is None else written.text
        subject = self._subject_of(text, written)
        answered = person_in(turn.answer[:_ANSWER])
        named = answered or person_in(text) if asks_who(text) else person_in(text) or answered
        return Context(text, subject, named or (self.person if written else ""))

    def _subject_of(self, text: str, written: "WrittenOut | None") -> str:
        if written is not None:
            return written.subject
        # What was written out when it was searched is about the same; what names nothing (知道了) changes it
        # as little.
        goes_on = self.subject and text.startswith(
            (f"{self.subject}：", f"{self.subject}: ", self.question.rstrip("？? "))
        )
        return self.subject if goes_on else topic_of(text) or self.subject


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A follow-up question that can be asked by itself, and what it is about."""

    text: str
    subject: str


def write_out(static: StaticEncoder, context: Context, question: str) -> WrittenOut:
    """A follow-up question with what it leaves out.

    Args:
        static: compares what is new with the parts of the last question.
        context: what the earlier turns lend; its subject is not empty.
        question: as typed.
    """
    chinese = has_han(question)
    bare = without_opening(question)
    if (more := asks_for_more(fold(question))) or (asks_only(bare) and not POINTS_BACK.search(bare)):
        bare = question if more else bare
        last = context.question.rstrip("？? ")
        return WrittenOut(f"{last}？{bare}" if chinese else f"{last}? {bare}", context.subject)
    new = _named_anew(question, bare)
    if new and (text := exchanged(static, context.question, context.subject, new)):
        return WrittenOut(text, topic_of(text) or context.subject)
    if not chinese:
        return WrittenOut(f"{context.subject}: {bare}", context.subject)
    return WrittenOut(_referred(context, bare), context.subject)


def _named_anew(question: str, bare: str) -> str:
    """What a question names instead of a part of the last one; empty where it asks something of its own."""
    if new := put_right(question):
        return new
    if is_part(part := without_end(bare)):
        return part
    return new_part(bare) if has_han(question) else _english_new_part(question, bare)


def _english_new_part(question: str, bare: str) -> str:
    """The X of "what about X?"; empty where that is not all, or X points back."""
    if (
        (bare == question and not names_alone(question))
        or POINTS_BACK.search(bare)
        or _ASKS_ENGLISH.search(bare)
    ):
        return ""
    if len(bare.split()) > _MOST_WORDS:
        return ""
    return str(regex.sub(r"^(?:(?:in|for|of|at|by|on|to|from|with) )?(?:the )?", "", without_end(bare)))


def _referred(context: Context, question: str) -> str:
    """A Chinese question with a name in place of its pronoun, or its subject before it."""
    if context.person and _HE.search(question):
        return str(_HE.sub(lambda _: context.person, question, count=1))
    subject = context.subject
    if noun := _POINTED_NOUN.search(question):
        # 这个基金, after 浙江水基金的青山村项目, is the 水基金.
        at = subject.rfind(noun["noun"])
        subject = subject[: at + len(noun["noun"])] if at > 0 else subject
    if _IT.search(question):
        return str(_IT.sub(lambda _: subject, question, count=1))
    return f"{subject}：{question}"
