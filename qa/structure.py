"""The blocks of a clean text: what each one is, and the headings it stands under."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from qa.characters import width
from qa.contents import Contents, find_contents
from qa.headings import (
    bare,
    is_bullet,
    is_first_of_numbers,
    is_item,
    is_short,
    is_table_row,
    markdown_heading,
    may_be_heading,
    number_rank,
    repeated_headings,
)


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    FIELD = "field"
    """Name of a short fact; its values are the VALUE blocks that follow."""
    VALUE = "value"
    TABLE = "table"
    CONTENTS = "contents"


@dataclass(frozen=True, slots=True)
class Block:
    """One line of a clean text: a paragraph, heading, list item, table row.

    Attributes:
        start, end: the line's span in the clean text.
        kind: what it is.
        section: the headings it stands under, outermost first; a heading's own words come last.
        level: for a heading, its depth, lower is further out (see :class:`Level`); else 0.
        words: span of a heading's or field's words inside ``start:end``, without the marks around them
            (``##``, ``- **``); the block itself for all others.
    """

    start: int
    end: int
    kind: Kind
    section: tuple[str, ...]
    level: int
    words: tuple[int, int]


class Level:
    """Depths of headings. Markdown has its own six, which no other sign mixes with in practice."""

    MARKDOWN = 0
    CHAPTER = 10
    GROUP = 11
    ITEM = 12
    OUTLINE = 13
    PLAIN = 30
    FIELD = 40
    NUMBERED = 50


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    blank_before: bool
    blank_after: bool


_MAX_VALUE = 40.0
_MAX_VALUES = 3
_MAX_RUN = 2
_LIST = 3
_SECTION_RANK = 1
_BULLET_RANK = 9
_FACT_SHARE = 0.8
_ITEM_HEADING = 20.0
_SOLID_LINE = re.compile(r"[^\n]*\S[^\n]*")


def blocks(text: str) -> list[Block]:
    """Tell the blocks of a clean text apart.

    Headings are Markdown's, numbered lines, lines that the document's own table of contents names,
    field headings that repeat throughout, and short unpunctuated lines that stand alone above prose.
    Titles of the table of contents stand above repeated fields, and those above numbered headings.

    Args:
        text: a clean text; blank lines are single.

    Returns:
        A block for every line that is not blank, in order.
    """
    lines = _lines(text)
    words = [line.text for line in lines]
    contents = find_contents(words)
    fields = _Fields(words, contents)
    levels = _heading_levels(lines, contents, fields)
    stack: list[tuple[int, str]] = []
    found = []
    for index, line in enumerate(lines):
        level = levels.get(index)
        if level is None:
            kind = _kind(index, line.text, contents, fields)
            # Facts describe the whole that the fields stand under, wherever a page layout put them.
            most = Level.FIELD if kind in (Kind.FIELD, Kind.VALUE) else Level.NUMBERED + 100
            above = stack if kind is not Kind.CONTENTS else []
            section = tuple(title for depth, title in above if depth < most)
            found.append(_block(line, kind, section, 0))
            continue
        stack = [entry for entry in stack if entry[0] < level]
        entry = contents.places.get(index) if contents else None
        if entry is not None and entry.group and (Level.GROUP, entry.group) not in stack:
            stack = [*(above for above in stack if above[0] < Level.GROUP), (Level.GROUP, entry.group)]
        stack.append((level, _title(index, line.text, fields)))
        found.append(_block(line, Kind.HEADING, tuple(title for _, title in stack), level))
    return found


def _lines(text: str) -> list[_Line]:
    spans = [found.span() for found in _SOLID_LINE.finditer(text)]
    lines = []
    for index, (start, end) in enumerate(spans):
        before = index == 0 or start - spans[index - 1][1] > 1
        after = index + 1 == len(spans) or spans[index + 1][0] - end > 1
        lines.append(_Line(start, end, text[start:end].strip(), before, after))
    return lines


class _Fields:
    """The repeated headings of a document, and which of them name short facts (项目机构: a name)."""

    def __init__(self, words: Sequence[str], contents: Contents | None) -> None:
        names = repeated_headings(words)
        titles = contents.places if contents else {}
        outside = [index for index in range(len(words)) if not (contents and index in contents)]
        self.places = {
            index: bare(words[index])
            for index in outside
            if index not in titles and bare(words[index]) in names
        }
        runs = {index: self._values_after(words, index, titles) for index in self.places}
        counts = {name: [0, 0] for name in self.places.values()}
        for index, name in self.places.items():
            counts[name][0] += 1
            counts[name][1] += bool(runs[index])
        facts = {name for name, (all_, short) in counts.items() if short >= _FACT_SHARE * all_}
        self.facts = {index for index, name in self.places.items() if name in facts and runs[index]}
        self.values = {value for index in self.facts for value in runs[index]}

    def _values_after(self, words: Sequence[str], index: int, titles: Container[int]) -> range:
        """Indexes of the short lines after a field, when nothing else follows before the next field."""
        end = index + 1
        while (
            end < len(words)
            and end not in self.places
            and end not in titles
            and end - index <= _MAX_VALUES
            and is_short(words[end])
            and not is_item(words[end])
        ):
            end += 1
        return range(index + 1, end)


def _heading_levels(lines: Sequence[_Line], contents: Contents | None, fields: _Fields) -> dict[int, int]:
    levels: dict[int, int] = {}
    numbered: dict[str, int] = {}
    ranks: dict[int, int] = {}
    for index, line in enumerate(lines):
        if contents is not None and index in contents:
            continue
        markdown = markdown_heading(line.text)
        if contents is not None and index in contents.places:
            levels[index] = Level.CHAPTER + min(contents.places[index].level, 3) - 1
        elif markdown is not None:
            levels[index] = _markdown_level(markdown, numbered)
        elif index in fields.values or index in fields.facts:
            continue
        elif index in fields.places:
            levels[index] = Level.FIELD
        elif (rank := _numbered(lines, index)) is not None:
            ranks[index] = rank
    levels |= _numbered_levels(lines, ranks)
    for index, depth in _plain_headings(lines, contents, fields, levels):
        levels[index] = Level.PLAIN + depth
    return levels


_NUMERALS = "一二三四五六七八九十"


def _markdown_level(heading: tuple[int, str], numbered: dict[str, int]) -> int:
    """Level of a Markdown heading; one numbered 三、 stands beside 二、 whatever its signs say."""
    level, words = heading
    numeral = words[0] if words[1:2] == "、" and words[0] in _NUMERALS else ""
    if numeral:
        previous = _NUMERALS[_NUMERALS.index(numeral) - 1] if numeral != "一" else ""
        level = numbered.get(previous, level)
        numbered[numeral] = level
    return Level.MARKDOWN + level


def _numbered(lines: Sequence[_Line], index: int) -> int | None:
    """Rank of a numbered heading; a numbered line among its like is a list item instead."""
    line = lines[index]
    rank = number_rank(line.text)
    if rank is None:
        short_bullet = is_bullet(line.text) and width(line.text) <= _ITEM_HEADING and is_short(line.text)
        follower = lines[index + 1].text if index + 1 < len(lines) else ""
        return (
            _BULLET_RANK
            if short_bullet and follower and not is_item(follower) and not is_short(follower)
            else None
        )
    if not is_short(line.text) or index + 1 == len(lines):
        return None
    neighbours = [lines[other].text for other in (index - 1, index + 1) if 0 <= other < len(lines)]
    if any(number_rank(other) == rank for other in neighbours):
        return None
    return rank


def _numbered_levels(lines: Sequence[_Line], ranks: dict[int, int]) -> dict[int, int]:
    """Levels of numbered headings: above plain ones when the numbers run through, below when they restart."""
    restarts = Counter(rank for index, rank in ranks.items() if is_first_of_numbers(lines[index].text))
    counts = Counter(ranks.values())
    levels = {}
    for index, rank in ranks.items():
        through = restarts[rank] == 1 and counts[rank] > 1
        outer = rank <= _SECTION_RANK or (through and rank < _BULLET_RANK)
        levels[index] = (Level.OUTLINE if outer else Level.NUMBERED) + rank
    return levels


def _plain_headings(
    lines: Sequence[_Line], contents: Contents | None, fields: _Fields, levels: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """Short lines above prose or a list, as (index, depth): of two in a row the second is one deeper."""
    listed = _listed(lines, contents, fields, levels)
    prose_seen = False
    index = 0
    while index < len(lines):
        start = index
        while (
            index < len(lines)
            and index not in listed
            and _may_stand_alone(index, lines, contents, fields, levels)
        ):
            index += 1
        if index == start:
            prose_seen |= _is_body(index, lines, levels, fields)
            index += 1
            continue
        if index == len(lines) or not (index in listed or _is_body(index, lines, levels, fields)):
            continue
        last = lines[index - 1]
        if not (last.blank_after or (last.blank_before and not _has_clause_mark(last.text))):
            continue
        run = range(start, index)
        if len(run) > _MAX_RUN:
            # The last of many short lines is a heading, but not on a cover, nor when it ends some names.
            ends_list = not prose_seen or not last.blank_before or "、" in last.text
            run = run[:0] if ends_list else run[-1:]
        yield from ((place, depth) for depth, place in enumerate(run))


def _listed(
    lines: Sequence[_Line], contents: Contents | None, fields: _Fields, levels: dict[int, int]
) -> set[int]:
    """Indexes of short lines that stand together as a list: three or more, or two with no prose below."""
    listed: set[int] = set()
    index = 0
    while index < len(lines):
        start = index
        while index < len(lines) and _may_stand_alone(index, lines, contents, fields, levels):
            index += 1
            if lines[index - 1].blank_after:
                break
        if index == start:
            index += 1
            continue
        prose_below = index < len(lines) and _is_body(index, lines, levels, fields)
        if index - start >= _LIST or (index - start > 1 and not prose_below):
            listed.update(range(start, index))
    return listed


def _may_stand_alone(
    index: int, lines: Sequence[_Line], contents: Contents | None, fields: _Fields, levels: dict[int, int]
) -> bool:
    return (
        index not in levels
        and index not in fields.values
        and index not in fields.facts
        and not (contents is not None and index in contents)
        and may_be_heading(lines[index].text)
    )


def _is_body(index: int, lines: Sequence[_Line], levels: dict[int, int], fields: _Fields) -> bool:
    if index in levels:
        return levels[index] >= Level.FIELD
    return index in fields.facts or not is_short(lines[index].text) or is_item(lines[index].text)


def _has_clause_mark(text: str) -> bool:
    return re.search("[，,；;]", text) is not None


def _kind(index: int, text: str, contents: Contents | None, fields: _Fields) -> Kind:
    if contents is not None and index in contents:
        return Kind.CONTENTS
    if index in fields.facts:
        return Kind.FIELD
    if index in fields.values:
        return Kind.VALUE
    if is_table_row(text):
        return Kind.TABLE
    return Kind.ITEM if is_item(text) else Kind.PARAGRAPH


_MARKS = re.compile(r"^(?:#{1,6}\s+|[-*+]\s+(?=\*\*|\S+\*\*$))?(?:\*\*)?|(?:\s+#+|\*\*)$")


def _block(line: _Line, kind: Kind, section: tuple[str, ...], level: int) -> Block:
    start, end = line.start, line.end
    if kind in (Kind.HEADING, Kind.FIELD):
        for found in _MARKS.finditer(line.text):
            if found.start() == 0:
                start = line.start + found.end()
            elif found.end() == len(line.text):
                end = line.start + found.start()
    words = (start, end) if start < end else (line.start, line.end)
    return Block(line.start, line.end, kind, section, level, words)


def _title(index: int, text: str, fields: _Fields) -> str:
    """A heading's words without what marks it as one."""
    if index in fields.places:
        return fields.places[index]
    markdown = markdown_heading(text)
    return markdown[1] if markdown is not None else text.strip("*# —–")
