"""Source text to readable text, with a way back for every character.

Every rule looks at a text and names edits. An edit deletes a span, or puts one character in the place of
a span, which then stands for the span's first character. So the map from the clean text to the source
can only grow, and a slice of the clean text always has a span of the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from qa.characters import BLANKS, CURLY_CLOSE, CURLY_OPEN, FULL_WIDTH_MARKS, HAN
from qa.clean_text import CleanText, Edit
from qa.doubling import doubled_lines
from qa.running_lines import running_lines
from qa.spacing import han_blanks, mark_blanks
from qa.wraps import joins

__all__ = ["RULES", "CleanText", "Edit", "clean"]

Rule = Callable[[str], Iterable[Edit]]


def clean(source: str) -> CleanText:
    """Make a text readable without losing the way back to its source.

    Control characters, running headers and footers, and the second copy of doubled captions go; lines
    wrapped inside a sentence are joined; blanks set between Han characters go. Paragraphs, headings,
    list items and tables stay on lines of their own, with one blank line where there were some.

    Args:
        source: the text as decoded.

    Returns:
        The readable text and its map.
    """
    cleaned = CleanText.of(source)
    for rule in RULES:
        cleaned = cleaned.edited(rule(cleaned.text))
    return cleaned


_CONTROLS = re.compile(
    "\r\n|\r|[\u0085\u2028\u2029\v]|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]+"
)
_LINE_BREAKS = frozenset("\r\u0085\u2028\u2029\v")


def controls(text: str) -> Iterator[Edit]:
    """Drop control and invisible characters; make every line end one newline.

    Tabs and form feeds stay; the zero-width joiner stays, since emoji and Indic scripts need it.
    """
    for found in _CONTROLS.finditer(text):
        if found[0] == "\r\n":
            yield Edit(found.start(), found.start() + 1)
        elif found[0] in _LINE_BREAKS:
            yield Edit(found.start(), found.end(), "\n")
        else:
            yield Edit(found.start(), found.end())


def page_breaks(text: str) -> Iterator[Edit]:
    """Turn form feeds into newlines."""
    for found in re.finditer("\f", text):
        yield Edit(found.start(), found.end(), "\n")


_HYPHEN = re.compile(
    r"(?<![A-Za-z\u00c0-\u024f])([A-Za-z\u00c0-\u024f]+)[-\u2010][ \t]*\n[ \t]*([a-z\u00df-\u024f]+)"
)


def hyphens(text: str) -> Iterator[Edit]:
    """Rejoin Latin words hyphenated at a line end.

    A compound keeps its hyphen when the text writes it with one elsewhere.
    """
    words: set[str] | None = None
    for found in _HYPHEN.finditer(text):
        if words is None:
            words = set(re.findall(r"[a-z\u00df-\u024f]+(?:-[a-z\u00df-\u024f]+)*", text.lower()))
        hyphen = found.end(1)
        compound = f"{found[1]}-{found[2]}".lower() in words
        yield Edit(hyphen + compound, found.start(2))


def wrapped_lines(text: str) -> Iterator[Edit]:
    """Join lines that were wrapped inside a sentence, also across blank lines.

    Two Latin words get one space between them; Han characters join directly.
    """
    for start, end in joins(text):
        yield Edit(start, end, " " if _needs_space(text[start - 1], text[end]) else "")


_WORD = re.compile(r"[^\W_]|[.,;:!?)\]%'\"]")


def _needs_space(left: str, right: str) -> bool:
    if re.match(f"[{HAN}{FULL_WIDTH_MARKS}]", left) or re.match(f"[{HAN}{FULL_WIDTH_MARKS}]", right):
        return False
    return not (left in "-/" + CURLY_OPEN or (right in CURLY_CLOSE and left not in ",.;:"))


_LINE_GAP = re.compile(f"[{BLANKS}]*\n[{BLANKS}\n]*|^[{BLANKS}]+|[{BLANKS}]+$")


def blank_lines(text: str) -> Iterator[Edit]:
    """Drop blanks at both ends of lines and leave at most one blank line between two."""
    for found in _LINE_GAP.finditer(text):
        if found[0] in ("\n", "\n\n") and found.start() > 0 and found.end() < len(text):
            continue
        newlines = [found.start() + m.start() for m in re.finditer("\n", found[0])]
        at_rim = found.start() == 0 or found.end() == len(text)
        kept = [] if at_rim else sorted({newlines[0], newlines[-1]})
        position = found.start()
        for newline in kept:
            if newline > position:
                yield Edit(position, newline)
            position = newline + 1
        if found.end() > position:
            yield Edit(position, found.end())


#: In the order in which they run: later rules rely on what earlier ones did.
RULES: tuple[Rule, ...] = (
    controls,
    running_lines,
    page_breaks,
    doubled_lines,
    hyphens,
    wrapped_lines,
    mark_blanks,
    han_blanks,
    blank_lines,
)
