"""Given the right document, does the sentence that is put first hold the answer?

Every question of the validation sets is read with all passages of its own document, without any search. Counted is
whether the first sentence, or one of the first two, holds an answer of ``answers.jsonl``, white space aside; beside
it the share of questions whose answer stands in any one sentence at all, and a baseline that takes the sentence
which holds most of the question's words by rarity.

    python -m tests.bench.sentences CORPORA
"""

import argparse
import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from embeddings.reader import bundled_reader
from embeddings.static_encoder import bundled_encoder
from qa.collection import Snapshot, open_snapshot
from qa.errors import QuestionError
from qa.indexing import index_paths
from qa.matching import content_tokens
from qa.queries import make_query
from qa.reading import read_passages, sentence_texts
from qa.short_answers import likeliest_span
from qa.types import Passage

SETS = ("drcd-dev", "cmrc-trial")


def rows(file: Path) -> dict[str, dict[str, object]]:
    return {row["_id"]: row for row in map(json.loads, file.open(encoding="utf-8"))}


def squeezed(text: str) -> str:
    return "".join(text.split())


class Asking:
    """One validation set, its paragraphs indexed, each in a document of its own."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.passages: dict[str, list[Passage]] = defaultdict(list)
        numbers = [int(number) for number in snapshot.numbers]
        found = snapshot.catalogue.passages(numbers)
        for number in numbers:
            self.passages[found[number].document.path].append(found[number].passage)

    def judged(self, question: str, path: str, answers: list[str]) -> tuple[bool, bool, bool, bool, float]:
        """First sentence right, one of two right, baseline right, possible at all, sureness of a short answer."""
        passages = self.passages[path]
        texts = [text for passage in passages for text in sentence_texts(passage)]
        right = np.asarray(
            [any(squeezed(answer) in squeezed(text) for answer in answers) for text in texts], bool
        )
        try:
            query = make_query(question)
        except QuestionError:
            return False, False, False, bool(right.any()), 0.0
        content = content_tokens(self.snapshot, query)
        readings = read_passages(self.snapshot, bundled_reader(), query, content, passages)
        logits = np.concatenate([reading.sentences for reading in readings])
        order = np.argsort(-logits, kind="stable")
        held = np.asarray([content.coverage(text) for text in texts])
        pairs = [pair for reading in readings for pair in zip(reading.starts, reading.ends, strict=True)]
        starts, ends = pairs[order[0]]
        sure = likeliest_span(starts, ends)[2] if len(starts) else 0.0
        return (
            bool(right[order[0]]),
            bool(right[order[:2]].any()),
            bool(right[held.argmax()]),
            bool(right.any()),
            sure,
        )


def measure(folder: Path) -> None:
    queries, answers = rows(folder / "queries.jsonl"), rows(folder / "answers.jsonl")
    qrels = [line.split("\t") for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]]
    with tempfile.TemporaryDirectory() as scratch:
        texts = Path(scratch) / "texts"
        texts.mkdir()
        for name, row in rows(folder / "corpus.jsonl").items():
            (texts / f"{name}.txt").write_text(str(row["text"]), encoding="utf-8")
        index_paths(Path(scratch) / "collection", [texts], bundled_encoder())
        asking = Asking(open_snapshot(Path(scratch) / "collection"))
        judged = np.asarray(
            [
                asking.judged(str(queries[query]["text"]), f"{document}.txt", answers[query]["answers"])  # type: ignore[arg-type]
                for query, document, _ in qrels
            ]
        )
        asking.snapshot.catalogue.close()
    first, two, baseline, possible, _ = judged.mean(axis=0)
    print(
        f"{folder.name}: {len(judged):,} questions, first sentence right {first:.3f}, one of two {two:.3f}; "
        f"baseline {baseline:.3f}; in one sentence at all {possible:.3f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    arguments = parser.parse_args()
    for name in SETS:
        measure(arguments.corpora / "validation" / name)


if __name__ == "__main__":
    main()
