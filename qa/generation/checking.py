"""Does a passage say what a sentence claims? Checked without an LLM, in a millisecond.

A claim is compared with windows of one to three sentences of a passage. Its figures, dates, names and
quotations must stand there by value; it must not deny what the window affirms, nor the reverse; and its
words must be there or have a near neighbour by the vectors of the static model (late interaction, see
:mod:`embeddings.late_interaction`). It is no proof: a claim that swaps two names which the window holds both,
or that says something else in near words, may pass; a free paraphrase may not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np
from numpy.typing import NDArray

from embeddings.late_interaction import FLOOR
from qa.characters import han_count
from qa.collection import Snapshot
from qa.generation.particulars import (
    Amount,
    amounts,
    contradicts,
    han_words,
    latin_words,
    normal,
    quoted,
    squeezed,
)
from qa.question_words import is_asking_word
from qa.types import Doubt, DoubtKind, Evidence, Hit, Language, Sentence

_LONGEST_WINDOW = 3
"""Sentences of a window: what a claim puts together seldom stands further apart."""

_WINDOWS_TRIED = 4
"""Windows whose particulars are compared, those nearest by wording."""

# Chosen on the tune half of the constructed claims, see tests/qa/generation/test_checking.py.
_AS_NEAR = 0.06
"""A window is looked at when its wording comes so close to that of the nearest one."""

_MUCH_FARTHER = 0.3
"""A part of a window does not support the claim alone when its wording is so much lower."""

_LEAST_WORDING = {Language.CHINESE: 0.6, Language.ENGLISH: 0.32}
"""Least idf-weighted mean of the best cosines of a claim's tokens. True paraphrases have 0.69 and more in
Chinese and 0.34 and more in English; beside other passages most have less than 0.45 and 0.31."""

_LEAST_WORD = 0.4
"""Least best cosine of a noun that does not stand in the window."""

_LEAST_NAME = 0.75
"""The same for Latin names, which may be put into Chinese or be shortened."""

_CLEARLY_NEARER = 0.1
"""A clause is nearer than another when its wording is by so much."""

# A clause keeps the date before it: 2020年,地方政府支出...
_CLAUSE = re.compile(r"(?:[^,;:。?!]{0,4}\d(?:年|月|日)[^,;:。?!\d]{0,4},)?[^,;:。?!]+")
_PROPER = re.compile(r"\b[A-Z][a-z'-]{3,}")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_PLACE = re.compile(r"(?<=..)[省市县区州乡镇村国]$")
_OWN_COUNTRY = frozenset({"中国", "我国", "全国", "国内"})
_LATIN_LETTERS = re.compile(r"[A-Za-z]{2,}")


@cache
def _pinyin() -> re.Pattern[str]:
    """Words of two pinyin syllables and more, as the names of Chinese places and people are written."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - a seventh of a second, for few claims
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415

    plain = {lazy_pinyin(chr(code))[0] for code in PINYIN_DICT}
    return re.compile(rf"(?:{'|'.join(sorted(filter(str.isascii, plain), key=len, reverse=True))}){{2,}}")


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of comparing a claim with a passage.

    Attributes:
        evidence: the window that supports the claim, or comes nearest; its score is the wording, 0..1.
        doubts: what of the claim it does not hold; empty where it supports it.
    """

    evidence: Evidence
    doubts: tuple[Doubt, ...]


class _Claim:
    """A sentence to be checked, taken apart once."""

    def __init__(self, snapshot: Snapshot, text: str) -> None:
        static = snapshot.static
        self.text = text
        self.normal = normal(text)
        self.english = len(_LATIN_LETTERS.findall(text)) > 2 * han_count(text)
        self.amounts = [each for each in amounts(self.normal) if each.sure]
        self.quoted = [] if self.english else quoted(text)
        self.clauses = [clause for clause in _CLAUSE.findall(self.normal) if len(clause.strip()) > 1]
        self.words = [] if self.english else list(han_words(self.normal))
        self.latin = [word for word in latin_words(self.normal) if not is_asking_word(word)]
        self.proper = [word.lower() for word in _PROPER.findall(text)] if self.english else []
        # Clauses are told apart by their words, so that a figure that stands in another one shows.
        wordings = [_DIGITS.sub("", clause) for clause in self.clauses]
        texts = [self.normal, *wordings, *(word.text for word in self.words), *self.latin]
        ids = static.token_ids(texts)
        self.ids = np.unique(np.concatenate(ids)) if ids else np.empty(0, np.int32)
        self.weights = snapshot.tokens.idf(self.ids)
        self.vectors = static.token_vectors(self.ids)
        places = [np.searchsorted(self.ids, each) for each in ids]
        self.whole = np.unique(places[0])
        self.of_clause = places[1 : 1 + len(self.clauses)]
        rest = places[1 + len(self.clauses) :]
        self.of_word = dict(zip([*(word.text for word in self.words), *self.latin], rest, strict=True))


class _Source:
    """A passage that claims are compared with, taken apart once."""

    def __init__(self, snapshot: Snapshot, hit: Hit) -> None:
        passage = hit.passage
        self.hit = hit
        self.head = normal(" ".join((hit.document.title, *passage.section)))
        self.texts = [passage.text[each.text_start : each.text_end] for each in passage.sentences]
        self.normal = [normal(text) for text in self.texts]
        self.whole = squeezed(normal(passage.text))
        self.clauses = [_CLAUSE.findall(text) or [text] for text in self.normal]
        self.words = squeezed(self.head)
        self.all_clauses = [self.head, *(clause for each in self.clauses for clause in each)]
        ids = snapshot.static.token_ids(self.all_clauses)
        # A clause without known tokens takes part with one that is next to nothing.
        filled = [each if len(each) else np.zeros(1, np.int32) for each in ids]
        self._starts = np.cumsum([0, *(len(each) for each in filled[:-1])])
        self._vectors = snapshot.static.token_vectors(np.concatenate(filled))

    @cached_property
    def amounts(self) -> list[list[Amount]]:
        """The figures and dates of every clause, the head first."""
        return [amounts(clause) for clause in self.all_clauses]

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Number of clauses before each sentence and in all, the head among them; (sentences + 1,)."""
        return np.cumsum([1, *map(len, self.clauses)])

    @cached_property
    def pinyin(self) -> str:
        """The whole passage and its head in pinyin, without tones and blanks."""
        from pypinyin import lazy_pinyin  # noqa: PLC0415

        return "".join(lazy_pinyin(self.head + self.whole))

    def best(self, claim: _Claim) -> NDArray[np.float32]:
        """Best cosine of every clause with every token of the claim; (clauses, tokens)."""
        cosines = np.maximum(self._vectors @ claim.vectors.T, FLOOR)
        return np.asarray(np.maximum.reduceat(cosines, self._starts, axis=0))


@dataclass(frozen=True)
class _Window:
    """Sentences ``first..last`` of a source beside a claim.

    ``clauses``: places of its clauses among those of the source, the head first; ``best_of_clause`` (clauses,
    tokens): best cosine of the claim's tokens with each; ``best`` (tokens,): with any of them.
    """

    source: _Source
    first: int
    last: int
    clauses: tuple[int, ...]
    best_of_clause: NDArray[np.float32]
    best: NDArray[np.float32]

    @cached_property
    def text(self) -> str:
        return " ".join(self.source.normal[self.first : self.last + 1])

    @property
    def length(self) -> int:
        """Number of its sentences."""
        return self.last - self.first + 1

    def is_part_of(self, other: "_Window") -> bool:
        """Whether it lies in another window and is shorter."""
        within = other.first <= self.first and self.last <= other.last and self.length < other.length
        return within and self.source is other.source

    def stranger_to(self, claim: _Claim) -> bool:
        """Whether it names somebody or something that the claim does not."""
        return any(name not in claim.normal for name in self._names)

    @cached_property
    def _names(self) -> list[str]:
        return [word.text for word in han_words(self.text) if word.name]

    @cached_property
    def amounts(self) -> list[Amount]:
        """The figures and dates of its sentences; what the head says is no figure of theirs."""
        return [each for at in self.clauses[1:] for each in self.source.amounts[at]]


class Checker:
    """Compares claims with the passages of one answer.

    A claim that was compared with some of them is remembered for when it is compared with others.
    """

    def __init__(self, snapshot: Snapshot, hits: Sequence[Hit]) -> None:
        self._sources = [_Source(snapshot, hit) for hit in hits if hit.passage.sentences]
        self._claim = cache(partial(_Claim, snapshot))
        self._windows = cache(_windows)

    def check(self, text: str, hits: Sequence[Hit]) -> Checked | None:
        """Compare a sentence with some of the passages.

        Args:
            text: the sentence, without citation marks.
            hits: of those that the checker was made for.

        Returns:
            The window that leaves the fewest doubts, the nearest by wording among these; None where there is
            no passage.
        """
        claim = self._claim(text)
        wanted = {hit.rank for hit in hits}
        windows = [
            window
            for source in self._sources
            if source.hit.rank in wanted
            for window in self._windows(source, claim)
        ]
        if not windows:
            return None
        nearness = _means(claim, np.stack([window.best for window in windows]) ** 2, claim.whole)
        near = list(zip(nearness, windows, strict=True))
        # A longer window holds the words of a shorter one too: it must bring something to be preferred.
        near.sort(key=lambda each: (-round(each[0], 2), each[1].length))
        tried = [
            (_doubts(claim, window), each, window)
            for each, window in near[:_WINDOWS_TRIED]
            if each >= near[0][0] - _AS_NEAR
        ]
        doubts, best, window = min(tried, key=lambda each: len(each[0]))
        if not doubts:
            best, window = _narrowed(claim, best, window, near)
        return Checked(_evidence(window, best), doubts)


def _narrowed(
    claim: _Claim, nearness: float, window: _Window, near: Sequence[tuple[float, _Window]]
) -> tuple[float, _Window]:
    """The shortest part of a window that supports the claim as well, the nearest of these."""
    parts = [each for each in near if each[1].is_part_of(window) and each[0] >= nearness - _MUCH_FARTHER]
    for part in sorted(parts, key=lambda each: each[1].length):
        if not _doubts(claim, part[1]):
            return part
    return nearness, window


def _windows(source: _Source, claim: _Claim) -> list[_Window]:
    best = source.best(claim)
    windows = []
    for first in range(len(source.texts)):
        for last in range(first, min(first + _LONGEST_WINDOW, len(source.texts))):
            clauses = (0, *range(source.ends[first], source.ends[last + 1]))
            beside = best[list(clauses)]
            windows.append(_Window(source, first, last, clauses, beside, beside.max(axis=0)))
    return windows


def _means(claim: _Claim, best: NDArray[np.float32], places: NDArray[np.int64]) -> list[float]:
    """Idf-weighted means of best cosines over some of a claim's tokens, one for each row of ``best``."""
    weights = claim.weights[places]
    total = weights.sum()
    return list(map(float, best[:, places] @ (weights / total))) if total > 0 else [FLOOR] * len(best)


def _mean(claim: _Claim, best: NDArray[np.float32], places: NDArray[np.int64]) -> float:
    return _means(claim, best[None], places)[0]


def _doubts(claim: _Claim, window: _Window) -> tuple[Doubt, ...]:
    return tuple(dict.fromkeys(_all_doubts(claim, window)))


def _all_doubts(claim: _Claim, window: _Window) -> Iterator[Doubt]:
    for amount in claim.amounts:
        if not amount.stands_in(window.amounts):
            yield Doubt(DoubtKind.DATE if amount.dated else DoubtKind.FIGURE, amount.part)
    yield from _missing_english_names(claim, window) if claim.english else _missing_names(claim, window)
    yield from _missing_nouns(claim, window)
    yield from _compared_by_clause(claim, window)
    language = Language.ENGLISH if claim.english else Language.CHINESE
    if _mean(claim, window.best, claim.whole) < _LEAST_WORDING[language]:
        yield Doubt(DoubtKind.WORDING, claim.text)


def _missing_names(claim: _Claim, window: _Window) -> Iterator[Doubt]:
    held = window.source.words + squeezed(window.text)
    # What a passage is about is named once, and meant by its later sentences, unless these name another.
    meant = held if window.stranger_to(claim) else held + window.source.whole
    for title in claim.quoted:
        if squeezed(normal(title)) not in window.source.whole:
            yield Doubt(DoubtKind.NAME, title)
    for word in claim.words:
        if word.name and word.text not in _OWN_COUNTRY and _PLACE.sub("", word.text) not in meant:
            yield Doubt(DoubtKind.NAME, word.text)
    for latin in claim.latin:
        if squeezed(latin) not in held and not _is_near(claim, window, latin, _LEAST_NAME):
            yield Doubt(DoubtKind.NAME, latin)


def _missing_english_names(claim: _Claim, window: _Window) -> Iterator[Doubt]:
    """Names in pinyin that are not those of the passage; how it puts other foreign names cannot be told."""
    dates = " ".join(amount.part for amount in claim.amounts)
    for word in claim.proper:
        if word in window.text or word in dates or not _pinyin().fullmatch(word):
            continue
        if word not in window.source.pinyin and not _is_near(claim, window, word, _LEAST_WORD):
            yield Doubt(DoubtKind.NAME, word)


def _is_near(claim: _Claim, window: _Window, word: str, least: float) -> bool:
    places = claim.of_word.get(word)
    return places is not None and _mean(claim, window.best, places) >= least


def _missing_nouns(claim: _Claim, window: _Window) -> Iterator[Doubt]:
    for word in claim.words:
        missing = word.noun and not word.name and word.text not in window.text
        if missing and not _is_near(claim, window, word.text, _LEAST_WORD):
            yield Doubt(DoubtKind.WORDING, word.text)


def _compared_by_clause(claim: _Claim, window: _Window) -> Iterator[Doubt]:
    """What only shows beside the clause of the window that a clause of the claim comes nearest to."""
    beside: dict[int, list[str]] = {}
    for clause, places in zip(claim.clauses, claim.of_clause, strict=True):
        if not len(places):
            continue
        nearness = _means(claim, window.best_of_clause, places)
        beside.setdefault(nearness.index(max(nearness)), []).append(clause)
        if claim.amounts:
            yield from _displaced(claim, clause, window, nearness)
    for at, clauses in beside.items():
        said = ",".join(clauses)
        if contradicts(said, window.source.all_clauses[window.clauses[at]]):
            yield Doubt(DoubtKind.NEGATION, said.strip())


def _displaced(claim: _Claim, clause: str, window: _Window, nearness: Sequence[float]) -> Iterator[Doubt]:
    """Figures that stand in a farther clause, where the nearest has others of their kind."""
    of_clause = [window.source.amounts[at] for at in window.clauses]
    near = [at for at, each in enumerate(nearness) if each >= max(nearness) - _CLEARLY_NEARER]
    held = [amount for at in near for amount in of_clause[at]]
    nearest = of_clause[nearness.index(max(nearness))]
    others = [each for each in nearest if each.sure and not each.stands_in(claim.amounts)]
    if not others:
        return
    for amount in filter(lambda each: each.sure, amounts(clause)):
        if amount.stands_in(window.amounts) and not amount.stands_in(held) and any(map(amount.alike, others)):
            yield Doubt(DoubtKind.DATE if amount.dated else DoubtKind.FIGURE, amount.part)


def _evidence(window: _Window, wording: float) -> Evidence:
    passage = window.source.hit.passage
    first, last = passage.sentences[window.first], passage.sentences[window.last]
    return Evidence(
        hit=window.source.hit,
        sentence=Sentence(first.start, last.end, first.text_start, last.text_end),
        quote=passage.quote[first.start - passage.start : last.end - passage.start],
        text=passage.text[first.text_start : last.text_end],
        score=min(1.0, max(0.0, wording)),
    )
