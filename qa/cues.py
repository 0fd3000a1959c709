"""Whether a question follows up, as far as its own words tell: no search, no collection.

It may point back (它, that project), give only what is new (风能呢？ And in 2021?), only ask (为什么？),
or leave nothing out, however short it is (什么是碳中和？).
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import dropwhile

import regex

from embeddings.folding import fold
from qa.characters import has_han
from qa.openings import MEASURES, put_right, puts_right, without_opening
from qa.parts import is_part
from qa.queries import asks_only
from qa.question_words import asks_for_more, has_asking_word, is_to_us, without_end
from qa.topics import Word, clauses_of, has_name, is_named, is_time, topic_of, words_of

_ONLY_NEW = regex.compile(r"(?P<new>[^？?，,]{1,16}?)\s?呢")
_PRONOUN = regex.compile(
    r"[他她它]们?|其|其中|此.?|[这那](?:里|儿|边|时候?|一?[年天]|是)|当地|当时|会上|上述|同年"
)
_DETERMINER = regex.compile(rf"该.?|[这那][{MEASURES}一].?|[这那]")
_MORE = regex.compile(
    r"^(?:请?再?(?:详细|展开|具体)地?(?:介绍|[说讲谈]{1,2}|解释)?(?:一下)?"
    r"|(?:please )?(?:tell me )?more(?: details)?(?: (?:about|on))?\b)\s*",
    regex.IGNORECASE,
)
_COMPARES = regex.compile(
    r"^[跟和与同比][^，,]*(?:[吗呢比?？]|区别|不同|差别|相比)|也是?(?:这样|如此|一样|吗)"
)
_NAMES_WHAT = regex.compile(
    r"谁是\p{Han}{3,}|[\p{Han}\p{Latin}]{3,}(?:[是指叫]什么|是谁)"
    r"|(?i:what|who) (?:is|are|was|were) (?:the )?\p{Lu}.*"
)
_YEAR_ALONE = regex.compile(r"(?:19|20)\d\d\s*年?")
_NAME_ALONE = regex.compile(
    r"(?:(?:in|for|at|of) )?(?:\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+)*|(?:19|20)\d\d)\s*\?"
)
_MATTER = regex.compile(r"(?:^|[，,])(?:关于|对于)?[这那][件桩个]?事")
_ENDS_NAME = frozenset("的》”」")
_IN_ALL = frozenset("累计 共计 总共 一共".split())

AUXILIARY = r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should)\b"
"""Pattern of the verbs that begin or carry an English question."""

# The "it" of the time, of the weather and of "is it possible to" stands for nothing.
_OF_NOTHING = (
    r"\b(?:time|day|date) (?:is|was) it\b|\bit (?:is )?(?:rain|snow|sunny|cold|hot|late)\w*"
    r"|\b(?:is|was) it (?:\w+ly )?\p{L}+ (?:to|that|for) \p{L}"
)
_IMPERSONAL = regex.compile(_OF_NOTHING, regex.IGNORECASE)

POINTS_BACK = regex.compile(
    rf"(?:{_OF_NOTHING})(*SKIP)(*FAIL)"
    r"|\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers)\b"
    r"|(?<!\b(?:is|are|was|were|been) )\bthere\b(?! (?:is|are|was|were)\b)"
    r"|\b(?:these|those|this(?! (?:year|month|week|document|text|report|article)\b)) \p{L}"
    rf"|(?:^|{AUXILIARY} |\b(?:of|in|at|by|for|with|to|from|on|and|about) )that \p{{L}}"
    r"|\b(?:this|that|these|those)[?.!\s]*$",
    regex.IGNORECASE,
)
"""Words of an English question that stand for something else."""

_ASKS_WHAT_IT_IS = regex.compile(
    r"什么(?:是|叫)"
    r"|what (?:is|are) (?!(?:the|an?|its?|their|his|her|this|that|these|those|there|here|new|left)\b)\p{L}",
    regex.IGNORECASE,
)
_ASKS_FOR_SUBJECT = regex.compile(
    r"(?:(?:what|who)|(?:which|how (?:many|much)) \p{L}+) (?P<rest>\p{L}+ \p{L}.*)", regex.IGNORECASE
)
# "the" tells of something that was named before.
_LEAVES_OUT = regex.compile(rf"\bthe\b|{AUXILIARY}", regex.IGNORECASE)


class Cue(StrEnum):
    """Whether the words of a question point to an earlier turn.

    ``MAY``: they do, but what they point to may stand in the question itself.
    """

    POINTS = "points"
    MAY = "may"
    NONE = "none"


def cue_of(question: str) -> Cue:
    """Whether a question points to an earlier turn."""
    # Traditional characters are read as Simplified; the case of English tells its names.
    text = fold(question) if has_han(question) else question
    bare = without_opening(text)
    if puts_right(text):
        return cue_of(bare) if has_name(bare) and not put_right(text) else Cue.POINTS
    if asks_for_more(text) or asks_only(text) or is_part(without_end(text)) or _COMPARES.search(text):
        return Cue.POINTS
    rest = _MORE.sub("", bare)
    if rest == text or is_to_us(text):
        return _cue_of_words(rest)
    # That it goes on says nothing of what: a whole question may be about something else.
    if rest == bare and _NAMES_WHAT.fullmatch(without_end(rest)):
        return _cue_of_words(rest)
    whole = _names_all(rest, asked=rest == bare) and _cue_of_words(rest) is not Cue.POINTS
    return Cue.MAY if whole else Cue.POINTS


def _names_all(rest: str, *, asked: bool) -> bool:
    """Whether what follows an opening names what it is about, in a question or (tell me more of) a thing."""
    if not asked:
        return bool(topic_of(rest)) if has_han(rest) else has_name(rest)
    if asks_only(rest) or new_part(rest) or is_part(without_end(rest)) or not has_asking_word(rest):
        return False
    return has_name(rest) or says_all(rest)


def _cue_of_words(question: str) -> Cue:
    return _chinese_cue(question) if has_han(question) else _english_cue(question)


def _english_cue(question: str) -> Cue:
    if names_alone(question):
        return Cue.POINTS
    points = POINTS_BACK.search(question)
    if points is None:
        return Cue.NONE
    if not regex.search(r"(?<!^)\b\p{Lu}", question[: points.start()]):
        return Cue.POINTS
    # A name before "it" in the same question may be what is meant.
    return Cue.MAY


def says_all(question: str) -> bool:
    """Whether the form of a question shows that it leaves nothing out, for all that it is short.

    It asks what something is (什么是碳中和？ What is smog?), or what does something to something (What causes
    smog? Which cities planted trees?).
    """
    if _ASKS_WHAT_IT_IS.match(question) or _IMPERSONAL.search(question):
        return True
    asked = _ASKS_FOR_SUBJECT.fullmatch(question)
    return asked is not None and _LEAVES_OUT.search(asked["rest"]) is None


def _chinese_cue(question: str) -> Cue:
    words = words_of(question)
    if _MATTER.search(question) or new_part(question) or _lacks_subject(words):
        return Cue.POINTS
    noun_before = False
    for clause in clauses_of(words):
        for at, word in enumerate(clause):
            if _PRONOUN.fullmatch(word.text):
                return Cue.MAY if noun_before else Cue.POINTS
            if _DETERMINER.fullmatch(word.text):
                return Cue.POINTS if _is_determined(clause, at) and not noun_before else Cue.MAY
        noun_before = noun_before or any(word.is_noun for word in clause)
    return Cue.NONE


def _lacks_subject(words: Sequence[Word]) -> bool:
    """Whether it begins with what was done (回收了多少台电视机？) and does not say by whom."""
    begins = list(dropwhile(lambda word: word.tag == "d" or word.text in _IN_ALL, words))
    # What 了 or 过 follows is a verb, whatever its tag: 节约了多少.
    done = next((at for at, word in enumerate(begins[:2], start=1) if word.text[-1] in "了过"), 0)
    return (
        bool(done) and begins[0].tag not in {"p", "c"} and any(word.asks for word in begins[done : done + 1])
    )


def _is_determined(clause: Sequence[Word], at: int) -> bool:
    """Whether 这个 stands right before its noun: 宁波那场会 and 那家搞环保的机构 say themselves which."""
    named_before = at > 0 and (clause[at - 1].is_noun or clause[at - 1].text in _ENDS_NAME)
    following = clause[at + 1 :]
    if named_before or not following:
        return False
    if clause[at].text in "这那" and following[0].text != "是":
        following = following[1:]
    return bool(following) and (following[0].is_noun or following[0].tag == "f" or following[0].text == "是")


def new_part(question: str) -> str:
    """The X of "X呢？", or a name, year or time alone; empty if that is not all or X asks."""
    said = without_end(question)
    if _YEAR_ALONE.fullmatch(said) or (has_han(said) and (is_named(said) or is_time(said))):
        return said
    only = _ONLY_NEW.fullmatch(said)
    return "" if only is None or any(word.asks for word in words_of(only["new"])) else str(only["new"])


def names_alone(question: str) -> bool:
    """Whether an English question is nothing but a name or a year: "Huzhou?", "in 2021?"."""
    return _NAME_ALONE.fullmatch(question) is not None
