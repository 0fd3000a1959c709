"""Documents cut into passages: whole sentences under one heading, of a size that can be read and searched."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from qa.clean_text import CleanText, Edit
from qa.cleaning import clean
from qa.sentences import Span, sentences
from qa.structure import Block, Kind, Level, blocks
from qa.types import Document, Passage, Sentence

#: Raised whenever the same document would be cut differently, so that indexes know to cut it again.
PASSAGES_VERSION = 1


@dataclass(frozen=True, slots=True)
class PassageLimits:
    """Sizes of passages, in characters of their readable text.

    Attributes:
        least: shorter passages are made only where a section is shorter; at least 1.
        most: no passage is longer; at least ``least``.
    """

    least: int = 200
    most: int = 400

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            msg = f"Passage limits must satisfy 1 <= least <= most, not {self.least} and {self.most}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is never cut: a sentence, a heading, a fact with its values, a piece of a long sentence."""

    start: int
    end: int
    section: tuple[str, ...]
    level: int
    block: int
    """Index of the unit's block: units of one block follow each other in one paragraph."""
    heading: bool
    fact: bool
    contents: bool


def split(document: Document, limits: PassageLimits = PassageLimits()) -> list[Passage]:
    """Cut a document into passages.

    Passages hold whole sentences, keep a heading with what follows it, and do not run on from one
    section into another, except that short subsections of one section may share a passage; its section
    is then what they have in common. Where a sentence alone passes the limit it is cut at a comma, else
    at a blank, else anywhere.

    Args:
        document: a document as read.
        limits: sizes in characters of the readable text.

    Returns:
        Passages in order, not overlapping. Every solid character that cleaning keeps is in one of them,
        and ``document.source[start:end] == quote`` for each.
    """
    cleaned, marked = _laid_out(clean(document.source))
    units = list(_units(cleaned.text, marked, limits.most))
    line_starts = _line_starts(document.source)
    parts = (part for group in _groups(units) for part in _cut(group, limits))
    return [_passage(document, cleaned, part, line_starts) for part in parts]


def _laid_out(cleaned: CleanText) -> tuple[CleanText, list[Block]]:
    """The text as passages show it, and its blocks.

    One newline stands between blocks, a blank between a fact and its value; headings lose their marks.
    """
    found = blocks(cleaned.text)
    edits: list[Edit] = []
    moved: list[Block] = []
    position = 0
    removed = 0
    for index, block in enumerate(found):
        start, end = block.words
        if index == 0:
            edits.append(Edit(0, start))
            removed = start
        else:
            # The gap holds a line break, which stays as one newline or becomes one blank.
            edits.append(Edit(position, start, " " if block.kind is Kind.VALUE else "\n"))
            removed += start - position - 1
        span = (start - removed, end - removed)
        moved.append(Block(*span, block.kind, block.section, block.level, span))
        position = end
    edits.append(Edit(position, len(cleaned.text)))
    return cleaned.edited(edits), moved


def _units(text: str, found: Sequence[Block], most: int) -> Iterator[_Unit]:
    index = 0
    while index < len(found):
        block = found[index]
        last = index
        if block.kind is Kind.FIELD:
            while last + 1 < len(found) and found[last + 1].kind is Kind.VALUE:
                last += 1
        whole = (block.start, found[last].end)
        one_piece = block.kind is Kind.FIELD or block.kind is Kind.HEADING
        spans = [whole] if one_piece else sentences(text, *whole)
        for start, end in spans:
            for piece_start, piece_end in _pieces(text, start, end, most):
                # Names of groups in a table of contents stay with their entries as subheadings do.
                group = block.kind is Kind.CONTENTS and not text[end - 1].isdigit()
                yield _Unit(
                    piece_start,
                    piece_end,
                    block.section,
                    Level.NUMBERED if group else block.level,
                    index,
                    block.kind is Kind.HEADING or group,
                    block.kind is Kind.FIELD,
                    block.kind is Kind.CONTENTS,
                )
        index = last + 1


_COMMA = re.compile(r"[，、；：,;:][”’」』）)》]*")
_STICKY = re.compile("[\u0300-\u036f\u200d\ufe0e\ufe0f\u20d0-\u20ff\U0001f3fb-\U0001f3ff]")


def _pieces(text: str, start: int, end: int, most: int) -> Iterator[Span]:
    """A span in pieces within the limit: cut after a late comma, else at a late blank, else anywhere."""
    while end - start > most:
        stop = start + most
        least = start + most // 2
        commas = [found.end() for found in _COMMA.finditer(text, least, stop)]
        blank = max(text.rfind(" ", least, stop), text.rfind("\t", least, stop))
        cut = commas[-1] if commas else blank + 1 if blank >= least else stop
        # A mark that modifies the character before it, or joins it to the next, stays with it.
        while cut > least + 1 and (_STICKY.match(text, cut) or text[cut - 1] == "\u200d"):
            cut -= 1
        piece_end = cut
        while text[piece_end - 1].isspace() and piece_end > start + 1:
            piece_end -= 1
        yield start, piece_end
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def _groups(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    """Units that may share passages: those between two headings of a section, not of a subsection.

    A few words under a plain heading, or above the first, are no section of their own.
    """
    group: list[_Unit] = []
    for unit in units:
        if group and _starts_group(group, unit):
            yield group
            group = []
        group.append(unit)
    if group:
        yield group


def _starts_group(group: Sequence[_Unit], unit: _Unit) -> bool:
    previous = group[-1]
    if unit.contents != previous.contents:
        return True
    if not unit.heading or unit.level >= Level.NUMBERED or previous.heading:
        return False
    plain = Level.PLAIN <= unit.level < Level.FIELD
    return not (plain and previous.end - group[0].start < _FEW)


#: Fewer characters than this are joined to the section that follows.
_FEW = 80
_AIM = 0.8
_MID_BLOCK = 0.35
_SHORT = 1.5
_SUBSECTION = 1.2
_APART = 10.0


def _cut(group: Sequence[_Unit], limits: PassageLimits) -> Iterator[Sequence[_Unit]]:
    """Cut a group where passages come out most alike in size and closest to paragraphs and subsections."""
    count = len(group)
    seams = _seams(group)
    costs = _size_costs(limits)
    best = [0.0] + [float("inf")] * count
    back = [0] * (count + 1)
    for end in range(1, count + 1):
        cut = _cut_cost(group, end) + seams[end - 1]
        stop = group[end - 1].end
        for start in range(end - 1, -1, -1):
            size = stop - group[start].start
            if size > limits.most:
                break
            cost = best[start] + cut + costs[size] - seams[start]
            if cost < best[end]:
                best[end], back[end] = cost, start
    cuts = [count]
    while cuts[-1] > 0:
        cuts.append(back[cuts[-1]])
    for start, end in zip(cuts[::-1], cuts[-2::-1], strict=False):
        yield group[start:end]


@cache
def _size_costs(limits: PassageLimits) -> tuple[float, ...]:
    """What a passage of each size costs, from 0 to the limit."""
    aim = _AIM * limits.most
    return tuple(
        ((size - aim) / aim) ** 2 + _SHORT * max(0.0, 1 - size / limits.least)
        for size in range(limits.most + 1)
    )


def _cut_cost(group: Sequence[_Unit], end: int) -> float:
    """What it costs to end a passage before the unit at ``end``."""
    if end == len(group):
        return 0.0
    before, after = group[end - 1], group[end]
    if before.heading or (before.fact and after.fact):
        return _APART
    return _MID_BLOCK if before.block == after.block else 0.0


def _seams(group: Sequence[_Unit]) -> list[float]:
    """For every unit, the sum of what it costs a passage to run on from each unit before it into the next."""
    sums = [0.0]
    for before, after in pairwise(group):
        new_section = after.section != before.section and not before.heading
        sums.append(sums[-1] + (_SUBSECTION if new_section else 0.0))
    return sums


def _passage(
    document: Document, cleaned: CleanText, part: Sequence[_Unit], line_starts: Sequence[int]
) -> Passage:
    text_start, text_end = part[0].start, part[-1].end
    start, end = cleaned.source_span(text_start, text_end)
    spans = []
    for unit in part:
        sentence_start, sentence_end = cleaned.source_span(unit.start, unit.end)
        spans.append(Sentence(sentence_start, sentence_end, unit.start - text_start, unit.end - text_start))
    return Passage(
        document_id=document.ref.id,
        start=start,
        end=end,
        line_start=bisect_right(line_starts, start),
        line_end=bisect_right(line_starts, end - 1),
        quote=document.source[start:end],
        text=cleaned.text[text_start:text_end],
        section=_common_section([unit for unit in part if not unit.heading] or part[-1:]),
        sentences=tuple(spans),
    )


#: A section that holds less of a passage than this does not speak for it.
_LEAST_SHARE = 0.15
_MOST_SHARE = 0.6


def _common_section(units: Sequence[_Unit]) -> tuple[str, ...]:
    """What the sections of the units have in common, those of a few words aside (a byline above a title)."""
    sizes: Counter[tuple[str, ...]] = Counter()
    for unit in units:
        sizes[unit.section] += unit.end - unit.start
    least = _LEAST_SHARE * sizes.total()
    sections = [section for section, size in sizes.items() if size >= least]
    main, size = sizes.most_common(1)[0]
    if size >= _MOST_SHARE * sizes.total() and all(main[: len(section)] == section for section in sections):
        # A short introduction above the first subsection does not hide the subsection.
        return main
    common = []
    for titles in zip(*sections, strict=False):
        if len(set(titles)) > 1:
            break
        common.append(titles[0])
    return tuple(common)


def _line_starts(source: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", source))]
