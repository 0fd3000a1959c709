"""Where sentences end, in Chinese and in English."""

from __future__ import annotations

import re

from qa.characters import BLANKS, CLOSERS, CURLY_CLOSE

Span = tuple[int, int]

_CLOSING = re.escape(CLOSERS) + "\"'*_"
_SOLID = re.compile(r"\S")
#: A run of final marks with the quotes and brackets that close behind it.
_END = re.compile(rf"(?:[。！？]+|…{{1,}}|[.!?]+)[{_CLOSING}]*")
_BLANK = f"{BLANKS}\n"
_ABBREVIATION = re.compile(
    r"(?:^|[\s(“‘\"'])(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Gen|Sen|Gov|Rep|Col|Lt|Capt|Rev|Hon|No|Nos|Fig|Figs|Eq|Vol|vol|pp|p|ed|eds"
    r"|Inc|Ltd|Co|Corp|Dept|vs|etc|al|cf|approx|ca|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|e\.g|i\.e|a\.m|p\.m"
    r"|[A-Z](?:\.[A-Z])*|[a-z])\.$"
)
#: Abbreviations that may well end a sentence: a capital after them starts a new one.
_MAY_END = re.compile(r"(?:etc|Inc|Ltd|Co|Corp|a\.m|p\.m|al)\.$")
_NUMBERING = re.compile(r"^\s*(?:[-*+■●•]\s*)?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})\.$")
_SEMICOLON = re.compile(rf"[；;][{_CLOSING}]*")
#: Longer sentences are cut at semicolons too, in characters.
LONG = 120


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Cut a stretch of text into sentences.

    A sentence keeps its final marks and the quotes and brackets that close behind them. A line end always
    ends one; a full stop of English does not after an abbreviation, an initial, a digit that goes on
    (3.6), a numbering (1.) or inside an address. Sentences longer than :data:`LONG` are cut at semicolons.

    Args:
        text: any text.
        start: where the stretch to cut begins.
        end: where it ends, exclusive; the end of the text by default.

    Returns:
        Spans in order, without blanks at their rims; every solid character of the stretch is in one.
    """
    stop = len(text) if end is None else end
    spans: list[Span] = []
    for line in re.finditer(r"[^\n]+", text[start:stop]):
        spans += _line_sentences(text, start + line.start(), start + line.end())
    return [piece for span in spans for piece in _short_enough(text, span)]


def _line_sentences(text: str, start: int, stop: int) -> list[Span]:
    spans = []
    begin = start
    for found in _END.finditer(text, start, stop):
        # A match may begin inside what the one before has closed.
        if found.start() < begin or not _ends_here(text, begin, found, stop):
            continue
        if trimmed := _trim(text, begin, found.end()):
            spans.append(trimmed)
        begin = found.end()
    if trimmed := _trim(text, begin, stop):
        spans.append(trimmed)
    return spans


def _ends_here(text: str, begin: int, found: re.Match[str], stop: int) -> bool:
    marks = found[0]
    after = text[found.end()] if found.end() < stop else "\n"
    if marks[0] in "。！？":
        # ？”一样 and ！）的 : a quoted question inside a sentence goes on when a particle follows.
        return not (marks[-1] in CURLY_CLOSE + "）》" and after in "的地得之，、；：")
    if marks[0] == "…":
        return marks[-1] in CURLY_CLOSE or not after.isalnum() or found.end() - found.start() > 1
    if after not in _BLANK and not _is_wide(after):
        return False
    if marks.startswith("."):
        return _stop_ends(text, begin, found, stop)
    return True


def _stop_ends(text: str, begin: int, found: re.Match[str], stop: int) -> bool:
    """Whether a full stop of English ends its sentence."""
    before = text[begin : found.start() + 1]
    rest = text[found.end() : stop].lstrip()
    if len(found[0].rstrip(_CLOSING)) > 1:
        return not rest[:1].islower()
    if _NUMBERING.match(before):
        return False
    if rest[:1].islower():
        return False
    if _ABBREVIATION.search(before):
        return not rest or (_MAY_END.search(before) is not None and rest[:1].isupper())
    return True


def _is_wide(character: str) -> bool:
    return character >= "\u2e80"


def _short_enough(text: str, span: Span) -> list[Span]:
    """A long sentence as its parts between semicolons, joined again up to the length that counts as long."""
    start, end = span
    if end - start <= LONG:
        return [span]
    pieces: list[Span] = []
    begin = start
    cuts = [found.end() for found in _SEMICOLON.finditer(text, start, end)]
    for cut, following in zip(cuts, [*cuts[1:], end], strict=False):
        if following - begin > LONG and (trimmed := _trim(text, begin, cut)):
            pieces.append(trimmed)
            begin = cut
    if trimmed := _trim(text, begin, end):
        pieces.append(trimmed)
    return pieces


def _trim(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
