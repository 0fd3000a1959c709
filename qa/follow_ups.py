"""What a follow-up question leaves out, and the question written out with it.

Told by the words alone: no search, no collection. A question may point back (它, that project), give only
what is new (风能呢？ And in 2021?), only ask (为什么？) or leave its subject out (节约了多少土地？).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import regex

from embeddings.static_encoder import StaticEncoder
from qa.characters import has_han
from qa.english_topics import is_past
from qa.openings import MEASURES, put_right, puts_right, without_opening
from qa.parts import is_part, of_part
from qa.queries import asks_only
from qa.question_words import asks_who
from qa.topics import (
    QUOTED,
    Word,
    clauses_of,
    has_name,
    is_named,
    is_time,
    person_in,
    pieces_of,
    topic_of,
    words_of,
)
from qa.types import Turn

_ALIKE = 0.4
"""From this closeness on, what is new takes the place of a part of the last question."""

_SAME_KIND = 0.4
"""Closeness added for two names of places."""

_SAME_END = 0.3
"""Closeness added where both end in one character, as 公交车 and 出租车 do."""

_ANSWER = 500
"""Characters of an answer in which a person is looked for."""


class Cue(StrEnum):
    """Whether the words of a question point to an earlier turn.

    ``MAY``: they do, but what they point to may stand in the question itself.
    """

    POINTS = "points"
    MAY = "may"
    NONE = "none"


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
        subject = topic_of(text) if written is None else written.subject
        answered = person_in(turn.answer[:_ANSWER])
        named = answered or person_in(text) if asks_who(text) else person_in(text) or answered
        return Context(text, subject, named or (self.person if written else ""))


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A follow-up question that can be asked by itself, and what it is about."""

    text: str
    subject: str


_ONLY_NEW = regex.compile(r"(?P<new>[^？?，,]{1,16}?)呢[？?]?")
_PRONOUN = regex.compile(
    r"[他她它]们?|其|其中|此.?|[这那](?:里|儿|边|时候?|一?[年天]|是)|当地|当时|会上|上述|同年"
)
_DETERMINER = regex.compile(rf"该.?|[这那][{MEASURES}一].?|[这那]")
_MATTER = regex.compile(r"(?:^|[，,])(?:关于|对于)?[这那][件桩个]?事")
_MORE = regex.compile(r"^(?:请?再)?(?:详细|展开)|^(?:tell me )?more\b|\bmore details\b", regex.IGNORECASE)
_ENDS_NAME = frozenset("的》”」")
_POINTED_NOUN = regex.compile(rf"(?:[这那][{MEASURES}]|该|此)(?P<noun>\p{{Han}}{{2}})")
_HE = regex.compile(r"(?<!其)[他她](?![们人国乡山])")
_IT = regex.compile(r"它(?!们)")
_AUXILIARY = r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should)\b"
_POINTS = regex.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers)\b"
    r"|(?<!\b(?:is|are|was|were|been) )\bthere\b(?! (?:is|are|was|were)\b)"
    r"|\b(?:these|those|this(?! (?:year|month|week|document|text|report|article)\b)) \p{L}"
    rf"|(?:^|{_AUXILIARY} |\b(?:of|in|at|by|for|with|to|from|on|and|about) )that \p{{L}}",
    regex.IGNORECASE,
)
_POSSESSIVES = frozenset("its their his her".split())
_ASKED_FOR = regex.compile(rf"^(?:how (?:many|much)|which|what)\s(?:(?!{_AUXILIARY}).)+", regex.IGNORECASE)
_ONLY_ASKED_FOR = regex.compile(r"(?:how (?:many|much)|which|what) [\p{L}'’-]+\s*[?.]*", regex.IGNORECASE)
_ASKS_WHAT_IT_IS = regex.compile(
    r"什么(?:是|叫)"
    r"|what (?:is|are) (?!(?:the|an?|its?|their|his|her|this|that|these|those|there|here|new|left)\b)\p{L}",
    regex.IGNORECASE,
)
_ASKS_FOR_SUBJECT = regex.compile(
    r"(?:(?:what|who)|(?:which|how (?:many|much)) \p{L}+) (?P<rest>\p{L}+ \p{L}.*)", regex.IGNORECASE
)
# "the" tells of something that was named before.
_LEAVES_OUT = regex.compile(rf"\bthe\b|{_AUXILIARY}", regex.IGNORECASE)
_ASKS_ENGLISH = regex.compile(rf"{_AUXILIARY}|\b(?:wh\w+|how)\b", regex.IGNORECASE)
# Not 2000 in 2000吨 and 2000万.
_YEAR = regex.compile(
    r"(?<!\p{N}|\p{N}[.,])(?:19|20)\p{N}{2}(?![\p{N}%‰]|[.,]\p{N}|\s*[十百千万亿吨米亩元人名家个只头辆棵株座台公平立户])(?:\s*年)?"
)
_MOST_WORDS = 5
"""Words of an English question that gives only what is new."""


def cue_of(question: str) -> Cue:
    """Whether a question points to an earlier turn."""
    bare = without_opening(question)
    if puts_right(question):
        return cue_of(bare) if has_name(bare) and not put_right(question) else Cue.POINTS
    if bare != question or _MORE.search(question) or asks_only(question) or is_part(question.rstrip("？?")):
        return Cue.POINTS
    return _chinese_cue(question) if has_han(question) else _english_cue(question)


def _english_cue(question: str) -> Cue:
    if _asks_for_more(question):
        return Cue.POINTS
    points = _POINTS.search(question)
    if points is None:
        return Cue.NONE
    if not regex.search(r"(?<!^)\b\p{Lu}", question[: points.start()]):
        return Cue.POINTS
    # A name before "it" in the same question may be what is meant; before "its" it is.
    return Cue.NONE if points[0].lower() in _POSSESSIVES else Cue.MAY


def says_all(question: str) -> bool:
    """Whether the form of a question shows that it leaves nothing out, for all that it is short.

    It asks what something is (什么是碳中和？ What is smog?), or what does something to something (What causes
    smog? Which cities planted trees?).
    """
    if _ASKS_WHAT_IT_IS.match(question):
        return True
    asked = _ASKS_FOR_SUBJECT.fullmatch(question)
    # "the" tells of something that was named before.
    return (
        asked is not None and regex.search(rf"\bthe\b|{_AUXILIARY}", asked["rest"], regex.IGNORECASE) is None
    )


def _chinese_cue(question: str) -> Cue:
    if _MATTER.search(question) or _new_part(question):
        return Cue.POINTS
    noun_before = False
    for clause in clauses_of(words_of(question)):
        for at, word in enumerate(clause):
            if _PRONOUN.fullmatch(word.text):
                return Cue.MAY if noun_before else Cue.POINTS
            if _DETERMINER.fullmatch(word.text):
                return Cue.POINTS if _is_determined(clause, at) and not noun_before else Cue.MAY
        noun_before = noun_before or any(word.is_noun for word in clause)
    return Cue.NONE


def _is_determined(clause: Sequence[Word], at: int) -> bool:
    """Whether 这个 stands right before its noun: 宁波那场会 and 那家搞环保的机构 say themselves which."""
    named_before = at > 0 and (clause[at - 1].is_noun or clause[at - 1].text in _ENDS_NAME)
    following = clause[at + 1 :]
    if named_before or not following:
        return False
    if clause[at].text in "这那" and following[0].text != "是":
        following = following[1:]
    return bool(following) and (following[0].is_noun or following[0].tag == "f" or following[0].text == "是")


def _new_part(question: str) -> str:
    """The X of "X呢？"; empty where that is not all, or X itself asks."""
    only = _ONLY_NEW.fullmatch(question)
    return "" if only is None or any(word.asks for word in words_of(only["new"])) else str(only["new"])


def _asks_for_more(question: str) -> bool:
    """Whether it asks for a thing and says nothing of it: "how many trees?", not "what causes smog?"."""
    return _ONLY_ASKED_FOR.fullmatch(question) is not None and not has_name(question)


def write_out(static: StaticEncoder, context: Context, question: str) -> WrittenOut:
    """A follow-up question with what it leaves out.

    Args:
        static: compares what is new with the parts of the last question.
        context: what the earlier turns lend; its subject is not empty.
        question: as typed.
    """
    chinese = has_han(question)
    bare = without_opening(question)
    if asks_only(bare):
        last = context.question.rstrip("？? ")
        return WrittenOut(f"{last}？{bare}" if chinese else f"{last}? {bare}", context.subject)
    if new := _named_anew(question, bare):
        exchanged = _put(static, context, new)
        if exchanged:
            return WrittenOut(exchanged, topic_of(exchanged) or context.subject)
    if not chinese and _is_short_asked(bare) and (asked := _ASKED_FOR.match(context.question)):
        return WrittenOut(f"{bare.rstrip('? ')} {context.question[asked.end() :]}", context.subject)
    if not chinese:
        return WrittenOut(f"{context.subject}: {bare}", context.subject)
    return WrittenOut(_referred(context, bare), context.subject)


def _is_short_asked(question: str) -> bool:
    words = question.rstrip("? ").lower().split()
    return (
        _ASKED_FOR.fullmatch(question) is not None
        and len(words) <= _MOST_WORDS
        and not any(map(is_past, words))
    )


def _named_anew(question: str, bare: str) -> str:
    """What a question names instead of a part of the last one; empty where it asks something of its own."""
    if new := put_right(question):
        return new
    if is_part(part := bare.rstrip("？?。. ")):
        return part
    return _new_part(bare) if has_han(question) else _english_new_part(question, bare)


def _english_new_part(question: str, bare: str) -> str:
    """The X of "what about X?"; empty where that is not all, or X points back."""
    if bare == question or _POINTS.search(bare) or _ASKS_ENGLISH.search(bare):
        return ""
    short = len(bare.split()) <= _MOST_WORDS
    return (
        regex.sub(r"^(?:(?:in|for|of|at|by|on|to|from|with) )?(?:the )?", "", bare.rstrip("?. "))
        if short
        else ""
    )


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


def _put(static: StaticEncoder, context: Context, new: str) -> str:
    """The last question with what is new in place of what it is like; empty where it is like nothing."""
    last = context.question
    for put in (_in_year, _of_part, _at_time, _of_person, _in_quotation_marks):
        if exchanged := put(last, new):
            return exchanged
    if (span := _most_like(static, last, new)) is not None:
        return last[: span[0]] + new + last[span[1] :]
    # Another name is another subject.
    renamed = context.subject in last and is_named(new) and is_named(context.subject)
    return last.replace(context.subject, new) if renamed else ""


def _in_year(question: str, year: str) -> str:
    if _YEAR.fullmatch(year) is None:
        return ""
    if _YEAR.search(question):
        return str(_YEAR.sub(lambda _: year, question, count=1))
    return f"{year}，{question}" if has_han(question) else f"{question.rstrip('? ')} in {year}?"


def _of_part(question: str, part: str) -> str:
    return of_part(question, part) if is_part(part) else ""


def _at_time(question: str, time: str) -> str:
    if is_part(time) or not is_time(time):
        return ""
    for word in words_of(question):
        if word.tag == "t":
            return question[: word.start] + time + question[word.end :]
    return f"{time}，{question}"


def _of_person(question: str, person: str) -> str:
    old = person_in(question)
    return question.replace(old, person) if old and person_in(person) == person else ""


def _in_quotation_marks(question: str, quoted: str) -> str:
    old = QUOTED.findall(question)
    return question.replace(old[0], quoted) if len(old) == 1 and QUOTED.fullmatch(quoted) else ""


def _most_like(static: StaticEncoder, last: str, new: str) -> tuple[int, int] | None:
    """Where the part of a question stands that a phrase is most like; None where it is like none."""
    pieces = pieces_of(last)
    if not pieces:
        return None
    texts = [last[start:end] for start, end in pieces]
    vectors = static.encode_queries([new, *texts])
    closeness = vectors[1:] @ vectors[0] + [_likeness(text, new) for text in texts]
    best = int(np.argmax(closeness))
    return pieces[best] if closeness[best] >= _ALIKE else None


def _likeness(old: str, new: str) -> float:
    """What the form of two phrases adds to the closeness of their meanings."""
    if not (has_han(old) and has_han(new)):
        return _SAME_KIND if old[0].isupper() and new[0].isupper() else 0.0
    places = all(words_of(text)[-1].tag in {"ns", "s"} for text in (old, new))
    same_end = old != new and old[-1] == new[-1]
    return places * _SAME_KIND + same_end * _SAME_END
