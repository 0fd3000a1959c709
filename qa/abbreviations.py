"""Abbreviations that documents define: 全称（以下简称“简称”）, English Name (ABBR), 中文全称（ABBR）.

Where a definition begins is not marked, so the long form is read backwards from the bracket. The letters of
an acronym must be the initials of English words, after Schwartz and Hearst (2003, A Simple Algorithm for
Identifying Abbreviation Definitions in Biomedical Text); the characters of a Chinese short form stand in the
long form in their order, or the text says 简称. For a Chinese name with an acronym, which shows no such tie,
each letter stands for a word.
"""

import json
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

import regex
import rjieba

from embeddings.folding import fold
from embeddings.quantities import is_unit
from qa.errors import CollectionError

ABBREVIATIONS_VERSION = 1

_MOST_MEANINGS = 3
"""A form with more counterparts than this is a word like 公司, which every contract defines for itself."""

_MIN_LONG, _MAX_LONG = 4, 40
"""Characters of a long form in Chinese."""

_OPEN, _CLOSE = "[“\"'《「『‘]", "[”\"'》」』’]"
_INTRODUCED = regex.compile(
    r"\(\s*(?:(?:以下|下文|下称|后文|文中|下)?(?:统一|统|均|合)?[简簡][称稱](?:为|為|作)?|(?:以下|下)[称稱](?:为|為)?"
    r"|herein(?:after)?(?: referred to as| called)?(?: the)?|hereafter(?: the)?)\s*[:：,]?\s*"
    rf"(?P<short>{_OPEN}?[^()。;;，,]{{2,30}}?)\s*\)",
)
_ACRONYM = regex.compile(
    r"\(\s*(?:(?P<english>[A-Z][\p{Latin}\p{N}&'’ -]{5,100}?)\s*[,;，、]\s*)?"
    r"(?P<short>(?=(?:[^A-Z()]*[A-Z]){2})[A-Z][\p{Latin}&-]{1,9}\d{0,3})\s*\)"
)
_ROMAN = regex.compile(r"[IVX]+")
_BEFORE = 120
"""Characters before a bracket in which a long form is looked for."""

_QUOTED = regex.compile(rf"{_OPEN}([^“”\"《》「」『』]{{2,60}}){_CLOSE}\s*$")
_HAN_RUN = regex.compile(r"[\p{Han}\p{N}\p{Latin}·—–-]*\p{Han}[\p{N}]*$")
_SMALL_WORDS = r"(?:[\s-]+(?:of|the|and|for|on|in|to|&))*[\s-]+"
# Words that stand before a name and are no part of it; the latter may be inside one as well.
_NEVER_INSIDE = frozenset(
    "由 在 对 被 将 把 从 向 于 了 是 为 等 及 以及 让 使 给 同 即 如 包括 "
    "作为 成为 获得 进行 实现 开展 发布 根据 按照 通过".split()
)
_SELDOM_INSIDE = frozenset("的 和 与".split())
_POINTING = tuple("本该此我贵")
"""本公司 means another company in every document."""


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short and a long form of one name, as they are written in the text, in NFKC."""

    short: str
    long: str


def find_abbreviations(text: str) -> Iterator[Abbreviation]:
    """The abbreviations that a text defines, in order of place, introduced ones first."""
    normal = unicodedata.normalize("NFKC", text)
    for match in _INTRODUCED.finditer(normal):
        short = regex.sub(rf"^{_OPEN}|{_CLOSE}$", "", match["short"]).strip()
        long = _introduced_long(normal[max(0, match.start() - _BEFORE) : match.start()], short)
        if long and _is_told_apart(short, long):
            yield Abbreviation(short, long)
    for match in _ACRONYM.finditer(normal):
        short = match["short"]
        if _ROMAN.fullmatch(short) or is_unit(short.lower()):
            continue
        before = normal[max(0, match.start() - _BEFORE) : match.start()].rstrip()
        longs = (
            _initials(before, short),
            _named(match["english"] or "", short),
            _worded(before, len(regex.findall(r"\p{Latin}", short))),
        )
        yield from (Abbreviation(short, long) for long in longs if long)


def _is_told_apart(short: str, long: str) -> bool:
    """Whether the short form names one thing: not 公司 for 某某公司, nor 甲方 for 本公司."""
    return len(short) > 1 and not fold(long).endswith(fold(short)) and not long.startswith(_POINTING)


def _introduced_long(before: str, short: str) -> str | None:
    if (quoted := _QUOTED.search(before)) is not None:
        return str(quoted[1])
    bare = regex.sub(rf"{_CLOSE}\s*$", "", before.rstrip())
    if (initials := _initials(bare, short)) is not None:
        return initials
    run = _HAN_RUN.search(bare)
    if run is None:
        return None
    start = _backwards(fold(short), fold(run[0]))
    words = list(rjieba.cut(run[0]))
    long = "".join(_after_break(words) if start is None else _from(words, start))
    return long if len(short) < len(long) <= _MAX_LONG else None


def _after_break(words: Sequence[str]) -> Sequence[str]:
    """The words after the last one that no name holds."""
    breaks = [at for at, word in enumerate(words) if word in _NEVER_INSIDE | _SELDOM_INSIDE]
    return words[breaks[-1] + 1 :] if breaks else words


def _from(words: Sequence[str], start: int) -> Sequence[str]:
    """The words from the one that holds character ``start``."""
    ends = list(accumulate(map(len, words)))
    return words[bisect_right(ends, start) :]


def _backwards(short: str, long: str) -> int | None:
    """Where in ``long`` the first of the characters of ``short`` is, sought backwards; None if one is not."""
    at = len(long)
    for character in reversed(short):
        at = long.rfind(character, 0, at)
        if at < 0:
            return None
    return at


def _initials(before: str, short: str) -> str | None:
    """The English words at the end of ``before`` whose initials are the letters of ``short``."""
    letters = regex.findall(r"\p{Latin}", short)
    if len(letters) < 2:  # noqa: PLR2004
        return None
    pattern = _SMALL_WORDS.join(rf"{letter}[\p{{Latin}}\p{{N}}'’]*" for letter in letters)
    found = regex.search(rf"(?<![\p{{Latin}}\p{{N}}]){pattern}$", before.rstrip(), regex.IGNORECASE)
    return None if found is None else str(found[0])


def _named(english: str, short: str) -> str | None:
    """An English name beside its acronym, if the letters of that are among its initials in order."""
    initials = "".join(regex.findall(r"(?<![\p{Latin}\p{N}'’])\p{Latin}", english)).lower()
    letters = "".join(regex.findall(r"\p{Latin}", short)).lower()
    in_order = _backwards(letters, initials) == 0 if letters else False
    return english if in_order else None


def _worded(before: str, letters: int) -> str | None:
    """The Chinese name at the end of ``before``, of a word or two characters of one for each letter."""
    run = _HAN_RUN.search(regex.sub(rf"{_CLOSE}\s*$", "", before))
    kept: list[str] = []
    left = letters
    for word in reversed(list(rjieba.cut(run[0])) if run else []):
        if left <= 0 or word in _NEVER_INSIDE:
            break
        kept.append(word)
        left -= 0 if word in _SELDOM_INSIDE else max(1, len(word) // 2)
    while kept and kept[-1] in _SELDOM_INSIDE:
        kept.pop()
    long = "".join(reversed(kept))
    return long if _MIN_LONG <= len(long) <= _MAX_LONG else None


class Abbreviations:
    """The abbreviations of a collection, to be looked up in questions from either side.

    Args:
        others: folded form -> the forms that mean the same, as written.
    """

    def __init__(self, others: Mapping[str, Sequence[str]]) -> None:
        self._others = others

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Abbreviations":
        """What the texts of a collection define, less what has too many meanings to help."""
        longs: dict[str, dict[str, str]] = defaultdict(dict)
        shorts: dict[str, dict[str, str]] = defaultdict(dict)
        for text in texts:
            for found in find_abbreviations(text):
                longs[fold(found.short)].setdefault(fold(found.long), found.long)
                shorts[fold(found.long)].setdefault(fold(found.short), found.short)
        others: dict[str, list[str]] = defaultdict(list)
        for short, found_longs in longs.items():
            kept = _shortest(found_longs)
            if len(kept) > _MOST_MEANINGS:
                continue
            others[short] += kept.values()
            for long in kept:
                others[long].append(shorts[long][short])
        return cls({form: each for form, each in others.items() if len(each) <= _MOST_MEANINGS})

    def save(self, file: Path) -> None:
        """Write them into a file."""
        text = json.dumps({"version": ABBREVIATIONS_VERSION, "others": self._others}, ensure_ascii=False)
        file.write_text(text, encoding="utf-8")

    @classmethod
    def open(cls, file: Path) -> "Abbreviations":
        """Read the file of :meth:`save`.

        Raises:
            CollectionError: the file is missing, damaged or of another version.
        """
        try:
            value = json.loads(file.read_text(encoding="utf-8"))
            if value["version"] != ABBREVIATIONS_VERSION:
                raise ValueError(f"version {value['version']}, not {ABBREVIATIONS_VERSION}")
            return cls(value["others"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CollectionError(
                f"The abbreviations in {file.name} cannot be read ({error})",
                "Run `yinju index --rebuild` to make the index anew from the documents.",
            ) from error

    @cached_property
    def _by_start(self) -> Mapping[str, Sequence[str]]:
        by_start: dict[str, list[str]] = defaultdict(list)
        for form in self._others:
            by_start[form[:2]].append(form)
        return by_start

    def __len__(self) -> int:
        """Number of forms."""
        return len(self._others)

    def found_in(self, folded: str) -> Iterator[tuple[str, str]]:
        """The forms that stand in a folded text, each with one that means the same and does not stand there.

        Of forms that overlap only the longest counts.
        """
        at = 0
        for start, end in self._spans(folded):
            if start < at:
                continue
            at = end
            form = folded[start:end]
            yield from ((form, other) for other in self._others[form] if fold(other) not in folded)

    def _spans(self, folded: str) -> list[tuple[int, int]]:
        """Where forms stand, the longest first of those that begin at one place."""
        spans = [
            (at, at + len(form))
            for at in range(len(folded))
            for form in self._by_start.get(folded[at : at + 2], ())
            if folded.startswith(form, at) and _is_whole(folded, at, at + len(form))
        ]
        return sorted(spans, key=lambda span: (span[0], -span[1]))


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no Latin word or number is cut at either end."""
    edges = pairwise(text[max(0, start - 1) : start + 1]), pairwise(text[end - 1 : end + 1])
    return not any(all(each.isascii() and each.isalnum() for each in pair) for edge in edges for pair in edge)


def _shortest(longs: Mapping[str, str]) -> dict[str, str]:
    """Without those that end in another one: what stands before it differs, so it is no part of the name."""
    return {
        folded: long
        for folded, long in longs.items()
        if not any(folded != other and folded.endswith(other) for other in longs)
    }
