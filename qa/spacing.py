"""Blanks that do not belong between Han characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qa.characters import BLANKS, CURLY_CLOSE, CURLY_OPEN, FULL_WIDTH_MARKS, HAN
from qa.clean_text import CleanText, Edit

_GAP = f"[{BLANKS.replace(chr(9), '')}]"
_HAN_MARK = f"[{HAN}{FULL_WIDTH_MARKS}]"
_AROUND_MARK = re.compile(
    f"(?<=[{FULL_WIDTH_MARKS}]){_GAP}+(?=[{HAN}{FULL_WIDTH_MARKS}{CURLY_OPEN}{CURLY_CLOSE}])"
    f"|(?<=[{HAN}{CURLY_OPEN}{CURLY_CLOSE}]){_GAP}+(?=[{FULL_WIDTH_MARKS}])"
    f"|(?<=[{CURLY_OPEN}]){_GAP}+(?={_HAN_MARK})|(?<={_HAN_MARK}){_GAP}+(?=[{CURLY_CLOSE}])"
    f"|(?<=[{CURLY_CLOSE}]){_GAP}+(?=[{HAN}])|(?<=[{HAN}]){_GAP}+(?=[{CURLY_OPEN}])"
)
#: Han words with single blanks between them, the stuff of spaced-out lines.
_SPACED = re.compile(f"[{HAN}]+(?:{_GAP}{{1,3}}[{HAN}]+)+")
_SPACED_RUN = 3


def mark_blanks(text: str) -> Iterator[Edit]:
    """Drop blanks around full-width punctuation inside Chinese: ``启动以来 ，在`` reads ``启动以来，在``."""
    for found in _AROUND_MARK.finditer(text):
        yield Edit(*found.span())


def han_blanks(text: str) -> Iterator[Edit]:
    """Drop blanks set between single Han characters: ``在 研 讨 会 期 间`` reads ``在研讨会期间``.

    A blank between two longer Chinese words is kept, since titles are written so (``深化国际合作 助力现代化建设``),
    and so is a blank beside a Latin word or a digit. One or two single characters at the rim of a line
    keep their distance from the word beside them: ``于 江 首席代表`` reads ``于江 首席代表``.
    """
    for match in _SPACED.finditer(text):
        pieces = [
            (match.start() + piece.start(), match.start() + piece.end())
            for piece in re.finditer(f"[{HAN}]+", match[0])
        ]
        loose = _loose_singles(text, pieces)
        for left, right in pairwise(range(len(pieces))):
            both_single = all(end - start == 1 for start, end in (pieces[left], pieces[right]))
            if both_single or loose[left] or loose[right]:
                yield Edit(pieces[left][1], pieces[right][0])


def _loose_singles(text: str, pieces: Sequence[tuple[int, int]]) -> list[bool]:
    """For every piece, whether it is one character of a spaced-out run rather than a short word of its own."""
    loose = [False] * len(pieces)
    start = 0
    while start < len(pieces):
        end = start
        while end < len(pieces) and pieces[end][1] - pieces[end][0] == 1:
            end += 1
        if end > start:
            at_rim = _is_line_start(text, pieces[start][0]) or _is_line_end(text, pieces[end - 1][1])
            loose[start:end] = [end - start >= _SPACED_RUN or not at_rim] * (end - start)
        start = max(end, start + 1)
    return loose


def _is_line_start(text: str, place: int) -> bool:
    return not text[text.rfind("\n", 0, place) + 1 : place].strip()


def _is_line_end(text: str, place: int) -> bool:
    end = text.find("\n", place)
    return not text[place : end if end >= 0 else len(text)].strip()


def squeezed(line: str) -> str:
    """A line without the blanks that :func:`mark_blanks` and :func:`han_blanks` drop."""
    marked = CleanText.of(line).edited(mark_blanks(line))
    return marked.edited(han_blanks(marked.text)).text
