"""Which line ends are only the edge of a page or column, and which end something.

A line that does not end a sentence goes on in the next one when it is as wide as its column: the width
that the lines around it share. Blank lines do not settle it, since converters put them between the lines
of one paragraph. Where text is not wrapped at all, a sentence may still be cut once per page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.characters import BLANKS, CLOSERS, HAN, OPENERS, ends_sentence, has_han, latin_count, width
from qa.contents import find_contents
from qa.headings import (
    bare,
    is_bullet,
    is_byline,
    is_item,
    is_rule,
    is_short,
    is_table_row,
    markdown_heading,
    number_rank,
    repeated_headings,
)
from qa.spacing import squeezed

_LINE = re.compile(r"[^\n]*\S[^\n]*")
_BLANK_INSIDE = re.compile(rf"[^\x00-\x7f][{BLANKS}]|[{BLANKS}][^\x00-\x7f]")
_FENCE = re.compile(r"^(?:```|~~~)")
_QUOTED = re.compile(r"^>")
#: Ends that cannot end a sentence or a heading: something must follow.
_OPEN_END = re.compile(
    rf"(?:[，、,{re.escape(OPENERS)}]|的|进行|以及|并且|关于|对于|由于|根据|包括|成为|具有|将|被|把|该)$"
)
#: Starts that cannot start a sentence: something must stand before.
_OPEN_START = re.compile(
    rf"^(?:[，、。；：？！…{re.escape(CLOSERS)}]|的|等(?![级待候])|和(?![谐平美解睦气煦风]))"
)
_SENTENCE_INSIDE = re.compile(r"[。！；]|[？](?![\s—])|（以下简称|（简称")
_MARK_INSIDE = re.compile(r"[，。；：！？,;]|[a-z]\. ")
_HEADLINE = re.compile(rf"[{HAN}]{{2,}}[”’》]?[ \u3000][“‘《]?[{HAN}]{{2,}}")
_WEAK_END = re.compile(r"[；：;:]$")
_LATIN_WORD = re.compile(r"^\S+")
_LATIN_LETTERS = 2
_UNIT_START = re.compile(r"^[年月日时分秒号个人家项万亿元吨米平公千%％]")

#: Lines longer than this (in ems) are prose, and too long to be a heading or a column of a newspaper.
_PROSE = 40.0
_CLAUSE = 20.0
_CUT_ITEM = 18.0
_WINDOW = 6
_NEAR_WINDOW = 3
_LEAST_COLUMN = 4.0
_FULL = 0.8
_BRIM = 0.95
_FULL_ADJACENT = 0.7
_OVER = 1.08
_SLACK = 0.6
_INDENT = 1.4
_WIDEST_INDENT = 3.2
_LIKE = 0.85


@dataclass(frozen=True, slots=True)
class _Line:
    """A non-blank line: its span without surrounding blanks, and what can be seen of it alone."""

    start: int
    end: int
    text: str
    indent: int
    gap: int
    """Blank lines after it."""
    width: float
    raw_width: float
    fixed: bool
    """Never joined to another line."""
    item: bool
    ends: bool
    latin: bool


def joins(text: str) -> Iterator[tuple[int, int]]:
    """The gaps between lines that belong to one sentence.

    Args:
        text: a text whose lines end in single newlines.

    Yields:
        Spans from the last solid character of a line to the first of the next, in order.
    """
    lines = _lines(text)
    columns = _Columns(lines)
    carried = False
    for index in range(len(lines) - 1):
        carried = _joined(lines, index, columns, carried=carried)
        if carried:
            yield lines[index].end, lines[index + 1].start


def _lines(text: str) -> list[_Line]:
    spans = [found.span() for found in _LINE.finditer(text)]
    stripped = [text[start:end].strip() for start, end in spans]
    contents = find_contents(stripped)
    repeated = repeated_headings(stripped)
    lines = []
    fenced = False
    for index, ((start, end), line) in enumerate(zip(spans, stripped, strict=True)):
        fence = _FENCE.match(line) is not None
        fenced ^= fence
        place = start + text[start:end].index(line)
        next_start = spans[index + 1][0] if index + 1 < len(spans) else len(text)
        titled = contents is not None and (index in contents or index in contents.places)
        squeezed_line = squeezed(line) if _BLANK_INSIDE.search(line) else line
        line_width = width(squeezed_line)
        lines.append(
            _Line(
                start=place,
                end=place + len(line),
                text=squeezed_line,
                indent=place - start,
                gap=text.count("\n", end, next_start) - 1,
                width=line_width,
                raw_width=line_width if squeezed_line is line else width(line),
                fixed=titled or fence or fenced or bare(line) in repeated or _is_fixed(line),
                item=is_item(line),
                ends=ends_sentence(line),
                latin=latin_count(line) >= _LATIN_LETTERS and not has_han(line),
            )
        )
    return lines


def _is_fixed(line: str) -> bool:
    return (
        markdown_heading(line) is not None
        or is_table_row(line)
        or is_rule(line)
        or is_byline(line)
        or _QUOTED.match(line) is not None
    )


class _Columns:
    """The widths that the lines before and after each line share, in ems; 0 where they share none.

    Only lines of prose make a column: short lines without any punctuation are a list of names or values.
    """

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._lines = lines
        self._prose = _prose(lines)

    def before(self, index: int, count: int = _WINDOW) -> float:
        """Width shared by the ``count`` lines before a line."""
        return self._shared(index, range(max(0, index - count), index))

    def after(self, index: int) -> float:
        """Width shared by the lines after a line."""
        return self._shared(index, self._following(index))

    def typical_after(self, index: int) -> float:
        """The middle width of the lines after a line that do not end a sentence; 0 for fewer than three."""
        following = (self._lines[at] for at in self._following(index))
        widths = sorted(line.width for line in following if not line.ends and not line.fixed)
        return widths[len(widths) // 2] if len(widths) > 2 else 0.0  # noqa: PLR2004

    def _following(self, index: int) -> range:
        return range(index + 1, min(len(self._lines), index + 1 + _WINDOW))

    def _shared(self, index: int, window: range) -> float:
        lines = self._lines
        latin = lines[index].latin
        seen = [at for at in window if lines[at].latin == latin and not lines[at].fixed]
        return _shared([(lines[at].width, self._prose[at]) for at in seen])


def _shared(lines: Sequence[tuple[float, bool]]) -> float:
    """The greatest width that at least two lines have, near enough, one of them prose."""
    ordered = sorted(lines, reverse=True)
    for at, (wide, _) in enumerate(ordered[:-1]):
        if wide < _LEAST_COLUMN:
            break
        alike = [is_prose for narrower, is_prose in ordered[at:] if narrower >= _LIKE * wide]
        if len(alike) > 1 and any(alike):
            return wide
    return 0.0


def _prose(lines: Sequence[_Line]) -> list[bool]:
    """Which lines are prose: those with clause marks, and those of a block that ends a sentence."""
    prose = []
    ending = False
    for line in reversed(lines):
        ending = line.ends or (ending and not line.gap)
        prose.append(ending or _MARK_INSIDE.search(line.text) is not None)
    return prose[::-1]


def _joined(lines: Sequence[_Line], index: int, columns: _Columns, *, carried: bool) -> bool:
    """Whether a line goes on in the next one. ``carried``: the line before goes on in this one."""
    line, after = lines[index], lines[index + 1]
    if line.fixed or after.fixed or (after.item and not _OPEN_START.match(after.text)):
        return False
    if line.latin:
        if after.latin:
            return _latin_joined(lines, index, columns)
        return carried and not line.gap and not line.ends
    if line.ends:
        opens = line.gap or after.indent or _is_indented(after, columns.typical_after(index + 1))
        return not opens and _is_full(lines, index, columns, least=_BRIM, carried=carried)
    return _goes_on(lines, index, columns, carried=carried)


def _goes_on(lines: Sequence[_Line], index: int, columns: _Columns, *, carried: bool) -> bool:
    """Whether a line that does not end a sentence goes on in the next one."""
    line, after = lines[index], lines[index + 1]
    if _OPEN_END.search(line.text) or _OPEN_START.match(after.text):
        return True
    if after.indent > 1 and line.width < _PROSE:
        return False
    return _is_cut(line, after) or _wrapped(lines, index, columns, carried=carried)


def _is_cut(line: _Line, after: _Line) -> bool:
    """Whether the words alone show that the line stops inside a sentence."""
    text = line.text
    if _WEAK_END.search(text) or (number_rank(text) is not None and is_short(text)):
        return False
    if line.width >= _PROSE or _has_open_bracket(text, after.text):
        return True
    if _SENTENCE_INSIDE.search(text[:-1]):
        return True
    if after.width < _PROSE:
        return False
    clauses = text.split("，")
    # Two clauses of like length make a headline (敬畏自然，全球协作); a long and a short one make prose.
    long_clause = len(clauses) > 1 and line.width >= _CLAUSE and not _is_couplet(clauses)
    return long_clause or (is_bullet(text) and line.width >= _CUT_ITEM)


def _is_couplet(clauses: Sequence[str]) -> bool:
    sizes = sorted(map(len, clauses))
    return len(sizes) == 2 and 2 * sizes[0] >= sizes[1]  # noqa: PLR2004


def _has_open_bracket(text: str, after: str) -> bool:
    """Whether a bracket or quote opens in the line and closes in the next."""
    for opener, closer in ("（）", "《》", "“”", "()"):
        if text.count(opener) > text.count(closer) and after.count(closer) > after.count(opener):
            return text.rfind(opener) > text.rfind(closer)
    return False


def _wrapped(lines: Sequence[_Line], index: int, columns: _Columns, *, carried: bool) -> bool:
    """Whether the line fills its column."""
    line, after = lines[index], lines[index + 1]
    if line.gap and not carried and _HEADLINE.search(line.text) and not _MARK_INSIDE.search(line.text):
        return False
    if not carried and _is_under_heading(lines, index, columns):
        return False
    if not line.gap and re.search(r"\d$", line.text) and _UNIT_START.match(after.text):
        return True
    if not line.gap and _is_in_step(lines, index, carried=carried):
        return True
    least = _FULL if line.gap else _FULL_ADJACENT
    return _is_full(lines, index, columns, least=least, carried=carried)


def _is_in_step(lines: Sequence[_Line], index: int, *, carried: bool) -> bool:
    """Whether a line and its direct neighbours are a paragraph by themselves, too short to show a column."""
    line, after = lines[index], lines[index + 1]
    if carried:
        return line.width >= max(_LEAST_COLUMN, _LIKE * lines[index - 1].width)
    if not _MARK_INSIDE.search(line.text):
        return False
    as_wide = line.width >= _CLAUSE / 2 and after.width >= _LIKE * line.width
    return as_wide or (line.width >= _CLAUSE and after.ends)


def _is_full(lines: Sequence[_Line], index: int, columns: _Columns, *, least: float, carried: bool) -> bool:
    line = lines[index]
    # A caption's narrow column may be shorter than the window that sees the wide one before it.
    near = columns.before(index, _NEAR_WINDOW) if carried and not line.gap else 0.0
    for column in (columns.before(index), columns.after(index), near):
        # The first line of a paragraph is indented in print, so it can only be narrower than the column.
        most = (_OVER * column if carried else column) + _SLACK
        if column and (least * column <= line.width <= most or least * column <= line.raw_width <= most):
            return True
    return False


def _is_under_heading(lines: Sequence[_Line], index: int, columns: _Columns) -> bool:
    """Whether the next line opens a paragraph and this line, narrow too and unpunctuated, is its heading.

    Two first lines of paragraphs cannot follow each other.
    """
    line = lines[index]
    return (
        _is_indented(lines[index + 1], columns.typical_after(index + 1))
        and _LEAST_COLUMN <= line.width <= columns.typical_after(index + 1) - _INDENT / 2
        and not _MARK_INSIDE.search(line.text)
    )


def _is_indented(line: _Line, column: float) -> bool:
    """Whether a line that goes on is narrower than its column by about an indent: a paragraph's first."""
    narrow = column - _WIDEST_INDENT <= line.width <= column - _INDENT
    # Latin letters make widths too uncertain to see an indent.
    return column > 0 and narrow and not line.ends and latin_count(line.text) == 0


def _latin_joined(lines: Sequence[_Line], index: int, columns: _Columns) -> bool:
    """Latin text is ragged: a line is full when the next line's first word would not have fitted."""
    line, after = lines[index], lines[index + 1]
    lower = after.text[0].islower()
    if line.gap:
        return lower and not line.ends
    if after.indent > line.indent + 1:
        # A hanging indent goes on with its item; any other opens a paragraph.
        return line.item and not line.ends
    if lower and not line.ends:
        return True
    word = _LATIN_WORD.match(after.text)
    needed = line.width + 0.5 + (width(word[0]) if word else 0)
    column = max(columns.before(index), columns.after(index), line.width if after.width > line.width else 0)
    return column >= _CLAUSE and needed > column
