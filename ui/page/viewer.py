"""A whole document as HTML, with one span of its source marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.types import Document
from ui.page.places import Place, quote_digest, whereabouts
from ui.page.templating import render
from ui.strings import Strings

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the source with its line end, cut where the marked span begins and ends."""

    number: int
    before: str
    marked: str
    after: str


def document_lines(source: str, start: int, end: int) -> Iterator[Line]:
    """All lines of a source; the marked parts, joined, are ``source[start:end]``."""
    for number, match in enumerate(_LINE.finditer(source), start=1):
        line, offset = match[0], match.start()
        opens = min(max(start - offset, 0), len(line))
        closes = min(max(end - offset, opens), len(line))
        yield Line(number, line[:opens], line[opens:closes], line[closes:])


def viewer(document: Document, place: Place, strings: Strings) -> str:
    """A document opened at a place.

    Words that are no longer those which were quoted are not marked; the page says so instead.
    """
    kept = quote_digest(document.source[place.start : place.end]) == place.digest
    start, end = (place.start, place.end) if kept else (0, 0)
    lines = list(document_lines(document.source, start, end))
    marked = [line.number for line in lines if line.marked]
    return render(
        "viewer.html",
        document=document,
        lines=lines,
        where=whereabouts(marked[0], marked[-1], None, strings) if marked else "",
        kept=kept,
        place=place,
        strings=strings,
    )


def closed_viewer(sentence: str, strings: Strings) -> str:
    """What stands in the viewer's place when the document cannot be shown."""
    return render("viewer_failed.html", sentence=sentence, strings=strings)
