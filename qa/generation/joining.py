"""A sentence that joins what several passages say: each of its clauses must stand in one of them by itself.

Looked at part by part, a sentence that swaps the figures of two passages would pass, since each figure stands
somewhere. So a clause is held to one passage, with the names it takes over from the clause before; and where
another passage comes nearer to its words but has other figures, these are the ones that it should have. It is
no proof: a clause that leaves its subject out, where this is no name, may pass beside the wrong passage.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.characters import HAN
from qa.generation.checking import Checked, Checker
from qa.generation.particulars import Amount, amounts, leading_names, normal
from qa.types import Doubt, DoubtKind, Evidence, Hit

_JOINABLE = 0.5
"""Wording from which a passage that is cited besides is shown, though it does not hold the sentence alone."""

_NEARER = 0.05
"""Another passage is nearer to the words of a clause when its wording is by so much."""

_LEAST = 5
"""Han characters, words and figures of a part that says something by itself; 2020年 and 此外 do not."""

_LONGEST = 6
"""Clauses of a part at most: more are hardly said in one place."""

_BREAK = re.compile(
    r"[，；;。！？?!]|,(?!\d)|\s(?:and|but|while|whereas)\s(?=the\b|in\b|[A-Z])",
)
_COUNTED = re.compile(rf"[{HAN}]|[^\W\d{HAN}]+|\d[\d.]*")


@dataclass(frozen=True, slots=True)
class Joined:
    """What some passages hold of a sentence.

    Attributes:
        evidence: the places that support it, or come nearest; none twice, empty where there is no passage.
        doubts: what of it none of them holds; empty where they support it.
    """

    evidence: tuple[Evidence, ...]
    doubts: tuple[Doubt, ...]


def join(checker: Checker, text: str, hits: Sequence[Hit]) -> Joined:
    """Hold a sentence against the passages that it cites: whole against each, else clause by clause.

    Args:
        checker: made for these passages, among others.
        text: the sentence, without citation marks.
        hits: the passages that it cites.
    """
    whole = _ranked(checker, text, hits)
    if not whole:
        return Joined((), ())
    best, *others = whole
    near = [each for each in others if each.evidence.score >= _JOINABLE]
    if not best.doubts:
        # A passage that is cited besides is a citation only if it supports the sentence too.
        return _joined([best, *(each for each in near if not each.doubts)])
    pieces = _pieces(text)
    if not others or len(pieces) == 1:
        return Joined(_joined([best, *near]).evidence, best.doubts)
    parts = _joined(list(_parts(checker, pieces, hits)))
    return Joined(_joined([best, *near]).evidence, parts.doubts) if parts.doubts else parts


def _ranked(checker: Checker, text: str, hits: Sequence[Hit]) -> list[Checked]:
    """The text beside each passage, fewest doubts first, then the nearest."""
    checked = [each for hit in hits if (each := checker.check(text, [hit])) is not None]
    return sorted(checked, key=lambda each: (len(each.doubts), -each.evidence.score))


def _joined(checked: Sequence[Checked]) -> Joined:
    places = {(each.evidence.hit.rank, each.evidence.sentence): each.evidence for each in checked}
    doubts = dict.fromkeys(doubt for each in checked for doubt in each.doubts)
    return Joined(tuple(places.values()), tuple(doubts))


def _parts(checker: Checker, pieces: Sequence[str], hits: Sequence[Hit]) -> Iterator[Checked]:
    """The sentence in parts, each as long as one passage holds it; of what none holds, the shortest part."""
    at = 0
    names: list[str] = []
    while at < len(pieces):
        end, checked = _longest_held(checker, pieces[at : at + _LONGEST], names, hits)
        yield checked
        for piece in pieces[at : at + end]:
            # What stands behind a semicolon is a sentence of its own.
            names = [] if piece.rstrip().endswith(("；", ";")) else leading_names(normal(piece)) or names
        at += end


def _longest_held(
    checker: Checker, pieces: Sequence[str], names: Sequence[str], hits: Sequence[Hit]
) -> tuple[int, Checked]:
    """How many of the first pieces make the longest part that a passage holds, and what holds it."""
    parts = ["".join(pieces[:end]) for end in range(1, len(pieces) + 1)]
    shortest = next((end for end, part in enumerate(parts, start=1) if _size(part) >= _LEAST), len(pieces))
    for end in range(len(pieces), shortest, -1):
        checked = _held(checker, _with_names(parts[end - 1], names), hits)
        if not checked.doubts:
            return end, checked
    return shortest, _held(checker, _with_names(parts[shortest - 1], names), hits)


def _with_names(part: str, names: Sequence[str]) -> str:
    """A part of a sentence with the names that it takes over, if it begins with none of its own."""
    return part if leading_names(normal(part)) else " ".join([*names, part])


def _pieces(text: str) -> list[str]:
    """A sentence cut at its commas and the like; a last piece that says too little is not cut off."""
    ends = [found.end() for found in _BREAK.finditer(text)]
    cuts = sorted({0, *ends, len(text)})
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    while len(pieces) > 1 and _size(pieces[-1]) < _LEAST:
        pieces[-2:] = ["".join(pieces[-2:])]
    return pieces


def _size(text: str) -> int:
    """How much a piece says besides its dates, which say when the rest holds."""
    plain = normal(text)
    return len(_COUNTED.findall(_without([each for each in amounts(plain) if each.dated], plain)))


def _without(left_out: Sequence[Amount], plain: str) -> str:
    for amount in left_out:
        plain = plain.replace(amount.part, " ")
    return plain


def _held(checker: Checker, part: str, hits: Sequence[Hit]) -> Checked:
    """A part beside the passage that holds it, or else beside the one that its words tell it to be about."""
    ranked = _ranked(checker, part, hits)
    said = [each for each in amounts(normal(part)) if each.sure]
    words = _without(said, normal(part))
    if not said or not _COUNTED.search(words):
        return ranked[0]
    by_words = {each.evidence.hit.rank: each.evidence for each in _ranked(checker, words, hits)}

    def nearness(checked: Checked) -> float:
        return by_words[checked.evidence.hit.rank].score

    held = [each for each in ranked if not each.doubts]
    if not held:
        return max(ranked, key=nearness)
    best = max(held, key=nearness)
    nearest = max(by_words.values(), key=lambda each: each.score)
    if nearest.score < nearness(best) + _NEARER:
        return best
    doubts = tuple(_replaced(said, nearest.text))
    return Checked(nearest, doubts) if doubts else best


def _replaced(said: Sequence[Amount], source: str) -> Iterator[Doubt]:
    """The figures of a clause for which a text has others of their kind."""
    held = amounts(normal(source))
    others = [each for each in held if each.sure and not each.stands_in(list(said))]
    for amount in said:
        if not amount.stands_in(held) and any(map(amount.alike, others)):
            yield Doubt(DoubtKind.DATE if amount.dated else DoubtKind.FIGURE, amount.part)
