"""How well the checker tells what a passage does not support: figures on constructed claims.

    python -m tests.bench.claims [--half tune|report]

Each claim stands beside a run of a seed document (``tests/qa/generation/claims.jsonl``) and is checked against
the passage that holds it. Recall: of the unsupported claims of a kind, the share that is found out. Precision:
of the claims that raise a doubt of a kind, the share that is unsupported. The thresholds were chosen on the
half ``tune``; the figures to be reported are those of the other.
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings.static_encoder import bundled_encoder
from qa.collection import Snapshot, open_snapshot
from qa.generation.checking import Checker
from qa.indexing import index_paths
from qa.types import Doubt, DoubtKind, Hit, Why

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ROOT / "tests" / "qa" / "generation" / "claims.jsonl"
PARAPHRASE = "paraphrase"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with the run of a document that it is about; ``label``: supported or unsupported."""

    id: str
    doc: str
    evidence: str
    claim: str
    label: str
    kind: str
    lang: str
    half: str


@dataclass(frozen=True, slots=True)
class Result:
    """A claim as judged by the checker."""

    claim: Claim
    doubts: tuple[Doubt, ...]

    @property
    def right(self) -> bool:
        return bool(self.doubts) == (self.claim.label == "unsupported")


def read_claims(half: str | None = None) -> list[Claim]:
    claims = [Claim(**json.loads(line)) for line in CLAIMS.read_text(encoding="utf-8").splitlines()]
    return [claim for claim in claims if half in {None, claim.half}]


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def hit_of(snapshot: Snapshot, claim: Claim) -> Hit:
    """The passage that holds the run, or the most of it where it is cut, as a hit."""
    document = next(each for each in snapshot.catalogue.documents() if each.ref.path == claim.doc)
    run = _squeezed(claim.evidence)
    passages = [row.passage for row in snapshot.catalogue.passages_of(document.ref.id)]
    held = [passage for passage in passages if run in _squeezed(passage.quote)]
    held += [passage for passage in passages if run[:12] in _squeezed(passage.quote)]
    return Hit(held[0], document.ref, 1, 1.0, Why(None, None, {}, ()))


def judge(snapshot: Snapshot, claims: Sequence[Claim]) -> list[Result]:
    results = []
    for claim in claims:
        hit = hit_of(snapshot, claim)
        checked = Checker(snapshot, [hit]).check(claim.claim, [hit])
        assert checked is not None
        results.append(Result(claim, checked.doubts))
    return results


def recall(results: Sequence[Result]) -> dict[str, tuple[int, int]]:
    """Kind of alteration -> how many of the unsupported claims are found out, and how many there are."""
    unsupported = [each for each in results if each.claim.label == "unsupported"]
    return {
        kind: _count(each.right for each in unsupported if kind in {"all", each.claim.kind})
        for kind in ("all", *dict.fromkeys(each.claim.kind for each in unsupported))
    }


def precision(results: Sequence[Result]) -> dict[str, tuple[int, int]]:
    """Kind of doubt -> how many of the claims with such a doubt are unsupported, and how many there are."""
    return {
        kind: _count(
            each.right for each in results if any(kind in {"all", doubt.kind} for doubt in each.doubts)
        )
        for kind in ("all", *DoubtKind)
    }


def _count(right: Iterable[bool]) -> tuple[int, int]:
    values = list(right)
    return sum(values), len(values)


def accepted(results: Sequence[Result], kind: str, lang: str | None = None) -> tuple[int, int]:
    """How many supported claims of a kind are accepted, and how many there are."""
    return _count(
        each.right
        for each in results
        if each.claim.label == "supported" and each.claim.kind == kind and lang in {None, each.claim.lang}
    )


def five_sentences(snapshot: Snapshot) -> float:
    """Milliseconds of processor time to check an answer of five sentences, the best of many."""
    claims = [claim for claim in read_claims("report") if claim.kind == PARAPHRASE and claim.lang == "zh"][:5]
    hits = [hit_of(snapshot, claim) for claim in claims]
    taken = []
    for _ in range(50):
        started = time.process_time()
        for claim, hit in zip(claims, hits, strict=True):
            Checker(snapshot, [hit]).check(claim.claim, [hit])
        taken.append(time.process_time() - started)
    return 1000 * min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--half", default="report", choices=("tune", "report"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder) / "seeds"
        index_paths(collection, [ROOT / "seeds" / "documents"], bundled_encoder())
        snapshot = open_snapshot(collection)
        results = judge(snapshot, read_claims(given.half))
        print("| unsupported claims | found out |\n|---|---|")
        for kind, counts in recall(results).items():
            print("| {} | {} of {} |".format(kind, *counts))
        print("\n| doubts | right |\n|---|---|")
        for kind, counts in precision(results).items():
            print("| {} | {} of {} |".format(kind, *counts))
        print("\n| supported claims | accepted |\n|---|---|")
        for kind, lang in (("verbatim", None), ("short", None), (PARAPHRASE, "zh"), (PARAPHRASE, "en")):
            print("| {} | {} of {} |".format(f"{kind} {lang or ''}".strip(), *accepted(results, kind, lang)))
        print(f"\nfive sentences: {five_sentences(snapshot):.1f} ms")


if __name__ == "__main__":
    main()
