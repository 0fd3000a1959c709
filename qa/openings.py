"""Openings that tie a question to the one before: it goes on (那, and), or corrects it (不是，)."""

import regex

from embeddings.folding import fold
from qa.characters import has_han
from qa.question_words import asks_anything
from qa.topics import words_of

MEASURES = "个些年天次位座家件项种场"
"""Measure words that stand between 这 or 那 and a noun."""

_GOES_ON = regex.compile(
    rf"^(?:(?:那么|那(?![里儿边时{MEASURES}])|还有|然后|另外|此外|因此|因而|由此|于是)[，,、]?\s*"
    r"|(?:and|but|so|then|what about|how about)\b[\s,]*)",
    regex.IGNORECASE,
)
_GOING_ON = frozenset("那 那么 还有 然后 另外 此外 因此 因而 由此 于是".split())

# Particles alone (还有吗？) are no question.
_SAYS = regex.compile(r"[[\p{L}\p{N}]--[吗呢吧啊呀嘛了的]]", regex.V1)
_NO = r"(?:不是|不对|不|错了|搞错了|你?[理误][解会]错?了)(?:的|啊|吧)?[，,。！!]\s*"
_MEANT = r"我(?:其实|刚才|是|想|要)*(?:问|说|指)的(?:其实)?(?:是)?\s*"
_I_MEANT = r"i(?: actually| really)? (?:meant|mean|(?:was asking|am asking|asked) (?:about|for))\b\s*"
_PUTS_RIGHT = regex.compile(
    rf"^(?:(?:{_NO}(?:{_MEANT}|我(?:是|想|要)*(?:问|知道|了解)(?:的是)?\s*|是)?|{_MEANT})"
    rf"|(?:(?:no|nope|not that|wrong|sorry)\b(?!\.\s?\d)[,.!]\s*(?:{_I_MEANT})?|{_I_MEANT}))",
    regex.IGNORECASE,
)


def without_opening(question: str) -> str:
    """A question without an opening that only ties it to the last one: "and", 那; but not the 那 of 那曲."""
    text = fold(question)
    if len(text) != len(question):
        text = question
    opening = _PUTS_RIGHT.match(text)
    if opening is None:
        opening = _GOES_ON.match(text)
        if opening is None:
            return question
        if has_han(text) and words_of(text)[0].text not in _GOING_ON:
            return question
    rest = question[opening.end() :]
    return rest if _SAYS.search(text[opening.end() :]) else question


def puts_right(question: str) -> bool:
    """Whether a question says that the last one was misunderstood: 不是，我问的是面积; "no, I meant 2019"."""
    return _PUTS_RIGHT.match(question) is not None and without_opening(question) != question


def put_right(question: str) -> str:
    """What a correction names instead, 面积 or "the area"; empty where it is a question of its own."""
    if not puts_right(question):
        return ""
    rest = without_opening(question).rstrip("。.！! ")
    return "" if asks_anything(rest) else rest
