"""A document's own table of contents: its entries, and where in the text each of them stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa.characters import ends_sentence, width

_ENTRY = re.compile(
    r"^(?P<title>.*?\S)(?:[ ]*\t\s*|\s*[.．…·]{3,}\s*|\s*-{4,}\s*|[ \u3000]{3,})"
    r"(?P<pages>\d{1,4}(?:[ ,、]+\d{1,4})*)$"
)
_CHAPTER = re.compile(r"^(?P<number>\d+(?:\.\d+)*)[.．、]?\s+(?P<title>\S.*)$")
_BULLET = re.compile(r"^[■□●○•◆◇▪▶►※\-*+·]\s*")
_MIN_ENTRIES = 4
_MIN_FOUND = 2
#: Lines between two entries that may belong to the table (names of groups).
_MAX_GAP = 3
_MAX_TITLE = 40.0
_SIMILAR = 0.7
_VERY_SIMILAR = 0.84
_MIN_PIECE = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table of contents.

    Attributes:
        title: the words of the entry, without bullet, number and page.
        level: 1 for a chapter, 2 for a group or an article, 3 for an item of a group.
        pages: the page numbers, ascending; empty for the name of a group.
        group: title of the group that an item stands in; empty when there is none.
    """

    title: str
    level: int
    pages: tuple[int, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """A table of contents inside a list of lines.

    Attributes:
        first, last: indexes of its first and last line, both inclusive.
        entries: in the table's order.
        places: for the index of a line elsewhere in the text, the entry whose title that line is.
    """

    first: int
    last: int
    entries: tuple[Entry, ...]
    places: dict[int, Entry]

    def __contains__(self, index: int) -> bool:
        """Whether the line of this index belongs to the table itself."""
        return self.first <= index <= self.last


def find_contents(lines: Sequence[str]) -> Contents | None:
    """Find the table of contents among a document's lines.

    A table is a cluster of lines that end in a tab or leader and a page number, at least two of which
    stand again in the text as lines of their own: a price list has the first but not the second.

    Args:
        lines: the non-blank lines of the document, in order, without surrounding blanks.

    Returns:
        The table with the places of its titles, or None when the document has none.
    """
    region = _region(lines)
    if region is None:
        return None
    first, last = region
    entries = tuple(_entries(lines[first : last + 1]))
    places = _exact_places(lines, region, entries)
    found = {entry.title for entry in places.values()}
    if len(found) < _MIN_FOUND:
        return None
    places |= _similar_places(lines, region, entries, places)
    return Contents(first, last, entries, places)


def fold(title: str) -> str:
    """A title's letters, digits and Han characters only, for comparison."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title))).casefold()


def _region(lines: Sequence[str]) -> tuple[int, int] | None:
    hits = [index for index, line in enumerate(lines) if len(line) < 200 and _ENTRY.match(line)]  # noqa: PLR2004
    best: list[int] = []
    cluster: list[int] = []
    for index in hits:
        if cluster and not _same_table(lines, cluster[-1], index):
            cluster = []
        cluster.append(index)
        if len(cluster) > len(best):
            best = list(cluster)
    if len(best) < _MIN_ENTRIES:
        return None
    first, last = best[0], best[-1]
    while first > 0 and _may_be_group(lines[first - 1]) and best[0] - first < _MAX_GAP - 1:
        first -= 1
    return first, last


def _same_table(lines: Sequence[str], previous: int, index: int) -> bool:
    between = lines[previous + 1 : index]
    return len(between) <= _MAX_GAP and all(map(_may_be_group, between))


def _may_be_group(line: str) -> bool:
    return width(line) <= _MAX_TITLE / 2 and not ends_sentence(line)


def _entries(lines: Sequence[str]) -> Iterator[Entry]:
    bulleted = any(_BULLET.match(line) for line in lines)
    group = ""
    for line in lines:
        found = _ENTRY.match(line)
        if found is None:
            group = _BULLET.sub("", line).rstrip("：: ")
            yield Entry(group, 2, ())
            continue
        pages = tuple(int(page) for page in re.findall(r"\d+", found["pages"]))
        title = found["title"]
        chapter = _CHAPTER.match(title)
        if chapter is not None:
            yield Entry(chapter["title"].strip(), 1 + chapter["number"].count("."), pages)
        elif _BULLET.match(title):
            yield Entry(_BULLET.sub("", title).strip(), 3, pages, group)
        else:
            yield Entry(title.strip(), 2 if bulleted else 1, pages)


def _exact_places(
    lines: Sequence[str], region: tuple[int, int], entries: Sequence[Entry]
) -> dict[int, Entry]:
    by_fold: dict[str, Entry] = {}
    for entry in entries:
        for title, level in _readings(entry):
            by_fold.setdefault(fold(title), Entry(title, level, entry.pages, entry.group))
    by_fold.pop("", None)
    places = {}
    for index, line in enumerate(lines):
        if region[0] <= index <= region[1] or len(line) > 2 * _MAX_TITLE:
            continue
        entry_here = by_fold.get(fold(line))
        if entry_here is not None:
            places[index] = entry_here
    return places


def _readings(entry: Entry) -> Iterator[tuple[str, int]]:
    """An entry's whole title, then the runs of its words: one entry may name several articles."""
    yield entry.title, entry.level
    words = entry.title.split()
    several = len(entry.pages) > 1
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            run = " ".join(words[start:end])
            if len(fold(run)) >= _MIN_PIECE and (several or start == 0):
                yield run, entry.level + several


def _similar_places(
    lines: Sequence[str], region: tuple[int, int], entries: Sequence[Entry], exact: dict[int, Entry]
) -> dict[int, Entry]:
    """Titles worded a little differently in the text, sought between their neighbours in page order.

    Anywhere else only a title that is very nearly the same will do.
    """
    by_page = sorted(
        (entry for entry in entries if entry.pages), key=lambda entry: (entry.pages, entry.level)
    )
    at = {entry.title: index for index, entry in reversed(exact.items())}
    known = [_place_of(entry, at) for entry in by_page]
    found: dict[int, Entry] = {}
    for rank, entry in enumerate(by_page):
        if known[rank] is not None:
            continue
        before = max((place for place in known[:rank] if place is not None), default=region[1])
        after = min(
            (place for place in known[rank + 1 :] if place is not None and place > before), default=len(lines)
        )
        taken = exact | found
        best = _most_similar(entry, lines, range(before + 1, after), taken, _SIMILAR)
        if best is None:
            best = _most_similar(entry, lines, range(region[1] + 1, len(lines)), taken, _VERY_SIMILAR)
        if best is not None:
            found[best] = entry
            known[rank] = best
    return found


def _place_of(entry: Entry, at: dict[str, int]) -> int | None:
    places = [at[title] for title, _ in _readings(entry) if title in at]
    return min(places, default=None)


def _most_similar(
    entry: Entry, lines: Sequence[str], indexes: range, taken: dict[int, Entry], least: float
) -> int | None:
    title = fold(entry.title)
    best, best_ratio = None, least
    matcher = SequenceMatcher(b=title, autojunk=False)
    for index in indexes:
        line = lines[index]
        too_long = len(line) > 2 * _MAX_TITLE or width(line) > _MAX_TITLE
        if index in taken or too_long or ends_sentence(line):
            continue
        folded = fold(line)
        if len(folded) < 2:  # noqa: PLR2004
            continue
        ratio = _containment(folded, title)
        matcher.set_seq1(folded)
        if ratio <= best_ratio and matcher.real_quick_ratio() > best_ratio:
            ratio = matcher.ratio()
        if ratio > best_ratio:
            best, best_ratio = index, ratio
    return best


def _containment(line: str, title: str) -> float:
    """1 where the line is the title with a subtitle, or the title without its first or last words; else 0."""
    longer, shorter = (line, title) if len(line) > len(title) else (title, line)
    if 2 * len(shorter) < len(longer) or len(shorter) < 2:  # noqa: PLR2004
        return 0.0
    return 1.0 if longer.startswith(shorter) or longer.endswith(shorter) else 0.0
