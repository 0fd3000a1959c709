"""How well sentences that join what two passages say are told from those that swap their figures.

    python -m tests.bench.joined_claims [--half tune|report]

Two supported claims of ``tests/qa/generation/claims.jsonl`` about different passages are joined to one sentence
that cites both, as they are and with two figures or dates of a kind swapped between them. Only claims are
taken that the checker accepts by themselves, so that the figures are those of the joining. It was looked at
on the half ``tune``; the figures to be reported are those of the other.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from embeddings.static_encoder import bundled_encoder
from qa.collection import Snapshot, open_snapshot
from qa.generation.checking import Checker
from qa.generation.joining import join
from qa.generation.particulars import Amount, amounts, normal
from qa.indexing import index_paths
from qa.types import Hit
from tests.bench.claims import ROOT, Claim, hit_of, read_claims

MARKS = {"zh": ("；", "，"), "en": ("; ", ", and ")}
_MOST = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """Two claims with their passages; ``swapped``: both with a figure of the other."""

    claims: tuple[str, str]
    swapped: tuple[str, str]
    hits: tuple[Hit, Hit]


def _figures(text: str) -> list[Amount]:
    return [each for each in amounts(text) if each.sure and text.count(each.part) == 1]


def _swapped(one: str, other: str) -> tuple[str, str] | None:
    one, other = normal(one), normal(other)
    in_one, in_other = _figures(one), _figures(other)
    for mine in in_one:
        for theirs in in_other:
            apart = not mine.stands_in(amounts(other)) and not theirs.stands_in(amounts(one))
            if apart and mine.alike(theirs):
                return one.replace(mine.part, theirs.part), other.replace(theirs.part, mine.part)
    return None


def pairs(snapshot: Snapshot, half: str, lang: str) -> Iterator[Pair]:
    """Pairs of claims in one language, in an order that is random and always the same."""
    claims = [
        claim
        for claim in read_claims(half)
        if (claim.label, claim.lang) == ("supported", lang) and claim.kind != "short"
    ]
    both = list(combinations(claims, 2))
    random.Random(0).shuffle(both)
    found = filter(None, (_pair(snapshot, *each) for each in both))
    yield from (pair for _, pair in zip(range(_MOST), found, strict=False))


def _pair(snapshot: Snapshot, one: Claim, other: Claim) -> Pair | None:
    swapped = _swapped(one.claim, other.claim)
    if swapped is None:
        return None
    hits = (hit_of(snapshot, one), replace(hit_of(snapshot, other), rank=2))
    checker = Checker(snapshot, hits)
    checked = [checker.check(each.claim, [hit]) for each, hit in zip((one, other), hits, strict=True)]
    if hits[0].passage == hits[1].passage or any(each is None or each.doubts for each in checked):
        return None
    return Pair((one.claim, other.claim), swapped, hits)


def judge(snapshot: Snapshot, found: list[Pair], mark: str) -> tuple[int, int]:
    """How many true pairs are accepted, and how many swapped ones are found out."""
    accepted = refused = 0
    for pair in found:
        checker = Checker(snapshot, pair.hits)
        (one, other), (first, second) = pair.claims, pair.swapped
        accepted += not join(checker, f"{one.rstrip('。.')}{mark}{other}", pair.hits).doubts
        refused += bool(join(checker, f"{first.rstrip('。.')}{mark}{second}", pair.hits).doubts)
    return accepted, refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--half", default="report", choices=("tune", "report"))
    half = parser.parse_args().half
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder) / "seeds"
        index_paths(collection, [ROOT / "seeds" / "documents"], bundled_encoder())
        snapshot = open_snapshot(collection)
        print("| joined by | true ones accepted | swapped ones found out |\n|---|---|---|")
        for lang, marks in MARKS.items():
            found = list(pairs(snapshot, half, lang))
            for mark in marks:
                accepted, refused = judge(snapshot, found, mark)
                print(f"| {lang} `{mark}` | {accepted} of {len(found)} | {refused} of {len(found)} |")


if __name__ == "__main__":
    main()
