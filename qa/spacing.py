"""Blanks that do not belong between Han characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qa.characters import BLANKS, CURLY_CLOSE, CURLY_OPEN, FULL_WIDTH_MARKS, HAN, is_han
from qa.clean_text import CleanText, Edit

_GAP = re.compile(f"[{BLANKS.replace(chr(9), '')}]+")
_SPACED_GAP = 3
_SPACED_RUN = 3
_MARKS = frozenset(FULL_WIDTH_MARKS)
_OPEN = frozenset(CURLY_OPEN)
_CLOSE = frozenset(CURLY_CLOSE)
_CURLY = _OPEN | _CLOSE


def mark_blanks(text: str) -> Iterator[Edit]:
    """Drop blanks around full-width punctuation inside Chinese: ``启动以来 ，在`` reads ``启动以来，在``."""
    for gap in _GAP.finditer(text):
        start, end = gap.span()
        at_rim = start == 0 or end == len(text)
        if at_rim or not _is_spare(text[start - 1], text[end]):
            continue
        # In a line with tabs, blanks keep the cells of a table or the titles of a contents line apart.
        if "\t" not in _line_around(text, start):
            yield Edit(start, end)


def _is_spare(left: str, right: str) -> bool:
    """Whether a blank between these two characters comes from full-width punctuation."""
    if left in _MARKS:
        return right in _MARKS or right in _CURLY or is_han(right)
    if right in _MARKS:
        return left in _CURLY or is_han(left)
    if left in _OPEN or right in _CLOSE:
        return is_han(right if left in _OPEN else left)
    return (left in _CLOSE and is_han(right)) or (right in _OPEN and is_han(left))


def han_blanks(text: str) -> Iterator[Edit]:
    """Drop blanks set between single Han characters: ``在 研 讨 会 期 间`` reads ``在研讨会期间``.

    A blank between two longer Chinese words is kept, since titles are written so (``深化合作 助力发展``),
    and so is a blank beside a Latin word or a digit. One or two single characters at the rim of a line
    keep their distance from the word beside them: ``于 江 首席代表`` reads ``于江 首席代表``.
    """
    for gaps in _chains(text):
        pieces = [(_run_start(text, gaps[0][0]), gaps[0][0])]
        pieces += [(left[1], right[0]) for left, right in pairwise(gaps)]
        pieces.append((gaps[-1][1], _run_end(text, gaps[-1][1])))
        loose = _loose_singles(text, pieces)
        for index, (start, end) in enumerate(gaps):
            left, right = pieces[index], pieces[index + 1]
            both_single = left[1] - left[0] == 1 == right[1] - right[0]
            if both_single or loose[index] or loose[index + 1]:
                yield Edit(start, end)


def _chains(text: str) -> Iterator[list[tuple[int, int]]]:
    """Gaps between Han characters, those together that have nothing but Han characters between them."""
    chain: list[tuple[int, int]] = []
    for gap in _GAP.finditer(text):
        start, end = gap.span()
        if end - start > _SPACED_GAP or start == 0 or end == len(text):
            continue
        if not (is_han(text[start - 1]) and is_han(text[end])):
            continue
        if chain and not _HAN_ONLY.fullmatch(text, chain[-1][1], start):
            yield chain
            chain = []
        chain.append((start, end))
    if chain:
        yield chain


_HAN_ONLY = re.compile(f"[{HAN}]+")


def _run_start(text: str, place: int) -> int:
    while place > 0 and is_han(text[place - 1]):
        place -= 1
    return place


def _run_end(text: str, place: int) -> int:
    found = _HAN_ONLY.match(text, place)
    return found.end() if found else place


def _loose_singles(text: str, pieces: Sequence[tuple[int, int]]) -> list[bool]:
    """For every piece, whether it is a character of a spaced-out run rather than a word of its own."""
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


def _line_around(text: str, place: int) -> str:
    end = text.find("\n", place)
    return text[text.rfind("\n", 0, place) + 1 : end if end >= 0 else len(text)]


def _is_line_start(text: str, place: int) -> bool:
    return not text[text.rfind("\n", 0, place) + 1 : place].strip()


def _is_line_end(text: str, place: int) -> bool:
    end = text.find("\n", place)
    return not text[place : end if end >= 0 else len(text)].strip()


def squeezed(line: str) -> str:
    """A line without the blanks that :func:`mark_blanks` and :func:`han_blanks` drop."""
    marked = CleanText.of(line).edited(mark_blanks(line))
    return marked.edited(han_blanks(marked.text)).text
