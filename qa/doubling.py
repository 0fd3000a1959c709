"""Captions that a converter set twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from qa.clean_text import Edit

_MAX_DOUBLED = 240
_MIN_DOUBLED = 6
_SURE_UNIT = 5
_SURE_UNITS = 4


def doubled_lines(text: str) -> Iterator[Edit]:
    """Fold captions set twice: ``启动现场启动现场（（资料图片资料图片））。。``.

    Only a line made of doubled pieces and nothing else is folded, and only when a piece is long or the
    pieces are many, or the line beside it is such a line: reduplicated words (研究研究, 天天) are language.
    """
    lines = [(found.start(), found[0]) for found in re.finditer(r"[^\n]*", text)]
    halves = [_doubled(line) for _, line in lines]
    sure = [_is_sure(line, spans) for (_, line), spans in zip(lines, halves, strict=True)]
    for index, spans in enumerate(halves):
        beside = sure[max(0, index - 2) : index + 3]
        if spans and (sure[index] or any(beside)):
            for start, end in spans:
                yield Edit(lines[index][0] + start, lines[index][0] + end)


def _doubled(line: str) -> list[tuple[int, int]]:
    """Spans of the second copies when the whole line is doubled pieces, else an empty list."""
    # Of a doubled line no more than half the characters can be different ones, a blank aside.
    if not _MIN_DOUBLED <= len(line) <= _MAX_DOUBLED or 2 * len(set(line)) > len(line) + 2:
        return []
    places = [index for index, character in enumerate(line) if not character.isspace()]
    solid = "".join(line[index] for index in places)
    if len(solid) % 2 or any(count % 2 for count in Counter(solid).values()):
        return []
    # best[i]: the longest piece that starts at i with all after it doubled too; 0 where there is none.
    best = [0] * (len(solid) + 1)
    reachable = [False] * len(solid) + [True]
    for start in range(len(solid) - 2, -1, -1):
        for size in range((len(solid) - start) // 2, 0, -1):
            half = start + size
            if reachable[half + size] and solid.startswith(solid[start:half], half):
                best[start], reachable[start] = size, True
                break
    spans = []
    position = 0
    while position < len(solid):
        size = best[position]
        if not size:
            return []
        spans.append((places[position + size], places[position + 2 * size - 1] + 1))
        position += 2 * size
    return spans


def _is_sure(line: str, spans: Sequence[tuple[int, int]]) -> bool:
    sizes = [sum(not character.isspace() for character in line[start:end]) for start, end in spans]
    if not sizes:
        return False
    long_enough = max(sizes) >= _SURE_UNIT
    return long_enough or (len(sizes) >= _SURE_UNITS and sum(sizes) >= 2 * _SURE_UNIT and max(sizes) > 1)
