"""Page numbers, running headers and footers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa.characters import ends_sentence, width
from qa.clean_text import Edit

_PAGE_NUMBER = re.compile(
    r"^(?:[-—–·\s]*(?P<bare>\d{1,4})[-—–·\s]*|第\s*(?P<zh>\d{1,4})\s*页(?:[\s,，/]*共\s*\d{1,4}\s*页)?"
    r"|(?:[Pp]age|PAGE)\s*(?P<en>\d{1,4})(?:\s*(?:of|/)\s*\d{1,4})?|(?P<of>\d{1,4})\s*/\s*\d{1,4})$"
)
_MIN_PAGE = 150
_MIN_NUMBERS = 3
#: How many rows of page numbers may run at once (a report and its annex).
_OPEN_CHAINS = 4
_MIN_REPEATS = 3
_MAX_RUNNING = 40.0
_AT_BREAK_SHARE = 2 / 3


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    after_page_break: bool


def running_lines(text: str) -> Iterator[Edit]:
    """Drop page numbers that count upwards, and short lines that repeat where pages break.

    A repeated line counts as a running header or footer only when most of its places are at a page
    break: beside a page number or form feed, or in the middle of a sentence.
    """
    lines = _solid_lines(text)
    numbers = _page_numbers(lines)
    dropped = numbers | _repeated_at_breaks(lines, numbers)
    for index in sorted(dropped):
        yield Edit(lines[index].start, lines[index].end)


def _solid_lines(text: str) -> list[_Line]:
    lines = []
    page_break = False
    for found in re.finditer(r"[^\n\f]+|\f", text):
        if found[0] == "\f":
            page_break = True
        elif stripped := found[0].strip():
            lines.append(_Line(found.start(), found.end(), stripped, page_break))
            page_break = False
    return lines


def _page_numbers(lines: Sequence[_Line]) -> set[int]:
    """Indexes of lines that are page numbers: each one more than the last, a page of text between."""
    chains: list[list[tuple[int, int]]] = []
    for index, line in enumerate(lines):
        found = _PAGE_NUMBER.match(line.text) if len(line.text) <= _MAX_RUNNING else None
        if found is None:
            continue
        number = int(next(group for group in found.groups() if group is not None))
        for chain in chains[: -_OPEN_CHAINS - 1 : -1]:
            last_index, last_number = chain[-1]
            apart = line.start - lines[last_index].end
            if last_number < number <= last_number + 2 and (apart >= _MIN_PAGE or line.after_page_break):
                chain.append((index, number))
                break
        else:
            chains.append([(index, number)])
    return {index for chain in chains if len(chain) >= _MIN_NUMBERS for index, _ in chain}


def _repeated_at_breaks(lines: Sequence[_Line], numbers: set[int]) -> set[int]:
    masked = [re.sub(r"\d+", "0", line.text) if len(line.text) <= 2 * _MAX_RUNNING else "" for line in lines]
    counts = Counter(mask for mask in masked if mask and width(mask) <= _MAX_RUNNING)
    repeated = {mask for mask, count in counts.items() if count >= _MIN_REPEATS}
    if not repeated:
        return set()
    places: dict[str, list[int]] = {mask: [] for mask in repeated}
    for index, mask in enumerate(masked):
        if mask in repeated and index not in numbers:
            places[mask].append(index)
    dropped: set[int] = set()
    for indexes in places.values():
        at_break = [index for index in indexes if _at_page_break(lines, index, numbers)]
        if len(at_break) >= max(_MIN_REPEATS, _AT_BREAK_SHARE * len(indexes)):
            dropped.update(at_break)
    return dropped


def _at_page_break(lines: Sequence[_Line], index: int, numbers: set[int]) -> bool:
    near = (index - 1, index + 1)
    if any(other in numbers for other in near):
        return True
    line = lines[index]
    after = lines[index + 1] if index + 1 < len(lines) else None
    if line.after_page_break or (after is not None and after.after_page_break):
        return True
    before = lines[index - 1].text if index else ""
    # A line inside a sentence: long text before it stops without a full stop.
    return width(before) >= _MAX_RUNNING and not ends_sentence(before) and before[-1] not in "：:；;"
