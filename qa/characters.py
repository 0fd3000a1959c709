"""What the text rules know about single characters: scripts, punctuation, widths."""

from __future__ import annotations

import re

#: Han characters, as the inside of a regular-expression class.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇々"
#: Punctuation that only full-width typesetting uses.
FULL_WIDTH_MARKS = "，。、；：？！（）《》〈〉「」『』【】〔〕—…～·"
#: Curly quotation marks, which Chinese and English share.
CURLY_OPEN = "“‘"
CURLY_CLOSE = "”’"
OPENERS = "（(《〈「『【〔[" + CURLY_OPEN
CLOSERS = "）)》〉」』】〕]" + CURLY_CLOSE
#: Marks that end a sentence.
FINAL = "。！？!?…"
#: Blanks inside a line; a line break is none of them.
BLANKS = " \t\u00a0\u2000-\u200a\u202f\u205f\u3000"

_HAN = re.compile(f"[{HAN}]")
_WIDE = re.compile(f"[{HAN}{FULL_WIDTH_MARKS}\u3000-\u30ff\uac00-\ud7af\uff01-\uff60\uffe0-\uffe6■●◆①-⑳]")
_WIDE_WITH_QUOTES = re.compile(_WIDE.pattern[:-1] + CURLY_OPEN + CURLY_CLOSE + "]")
_FINAL_END = re.compile(rf"(?:[{FINAL}]|(?<![.\s])\.|(?<=\S)\.)[{re.escape(CLOSERS)}\"'*_]*$")
_MEASURED = 160
_LONGEST_END = 16
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def is_han(character: str) -> bool:
    """Whether the one character is Han."""
    return _HAN.match(character) is not None


def has_han(text: str) -> bool:
    """Whether a Han character stands anywhere in the text."""
    return _HAN.search(text) is not None


def han_count(text: str) -> int:
    """Number of Han characters."""
    return len(_HAN.findall(text))


def latin_count(text: str) -> int:
    """Number of Latin letters."""
    return len(_LATIN.findall(text))


def width(text: str) -> float:
    """Printed width in ems: 1 for a full-width character, one half for any other.

    Curly quotes count as full-width beside Han characters, as they are set there. Texts longer than any
    printed line are judged by their beginning.
    """
    wide = _WIDE_WITH_QUOTES if has_han(text) else _WIDE
    measured = text[:_MEASURED]
    ems = (len(measured) + len(wide.findall(measured))) / 2
    return ems * len(text) / len(measured) if measured else 0.0


def ends_sentence(text: str) -> bool:
    """Whether the text ends in final punctuation, closing quotes and brackets aside."""
    return _FINAL_END.search(text[-_LONGEST_END:]) is not None
