"""Train the reader that ships in ``embeddings/reader_model``.

It learns from crowd questions with their answers (CMRC 2018) and from those written for this project: answered
ones with the answer marked, and unanswered ones, which look as if their passage told them, many of them in
pairs that differ in the one thing that matters. Each is asked of the
collection of all passages of its set, so that it also meets what a search finds besides. Neither the seeds nor
the validation sets are looked at, nor the passages that ``embeddings.training.corpora.held_out`` sets aside.

    python -m tests.bench.fit_reader CORPORA
"""

import argparse
import os
import tempfile
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

from embeddings.reader import READER_MODEL
from embeddings.static_encoder import bundled_encoder
from embeddings.training.corpora import read_rows
from embeddings.training.marked import MarkedQuestion, crowd_questions, written_questions
from embeddings.training.reading import Asked, Collection, ReaderSettings, Target, save_reader, train_reader
from qa.collection import Snapshot, open_snapshot
from qa.errors import QuestionError
from qa.indexing import index_paths
from qa.matching import ContentTokens, content_tokens
from qa.queries import make_query
from qa.reading import asked, sentence_texts
from qa.retrieval import Depth, find
from qa.types import Passage

FOUND = 8
"""Passages that a search is asked for."""


class Builder:
    """A collection of texts, indexed, and what is asked of it, made ready for the reader."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.encoder = bundled_encoder()
        self.passages: list[Passage] = []
        self.place: dict[str, int] = {}
        self.of_document: dict[str, list[int]] = defaultdict(list)
        numbers = [int(number) for number in snapshot.numbers]
        rows = snapshot.catalogue.passages(numbers)
        for number in numbers:
            row = rows[number]
            self.place[row.passage.id] = len(self.passages)
            self.of_document[row.document.path].append(len(self.passages))
            self.passages.append(row.passage)

    def collection(self, marked: list[tuple[MarkedQuestion, str]]) -> Collection:
        """Questions with the names of the documents that they were asked of."""
        tokens = [
            [(ids, self.snapshot.tokens.idf(ids)) for ids in self.encoder.token_ids(sentence_texts(passage))]
            for passage in self.passages
        ]
        ready = [self.ready(each, name) for each, name in marked]
        return Collection(tokens, [each for each in ready if each is not None])

    def ready(self, marked: MarkedQuestion, name: str) -> Asked | None:
        try:
            query = make_query(marked.question)
        except QuestionError:
            return None
        own = tuple(self.of_document[name])
        target = self.target(own, marked) if marked.answer else None
        if marked.answer and target is None:
            return None
        content = content_tokens(self.snapshot, query)
        hits = find(self.snapshot, query, k=FOUND, depth=Depth.NOTHING).hits
        found = [self.place[hit.passage.id] for hit in hits]
        others = tuple(number for number in found if number not in own)
        coverage = {number: self.coverage(content, number) for number in (*own, *others)}
        return Asked(asked(self.snapshot, self.encoder, query, content), own, others, coverage, target)

    def coverage(self, content: ContentTokens, number: int) -> np.ndarray:
        texts = sentence_texts(self.passages[number])
        return np.asarray([content.coverage(text) for text in texts], np.float32)

    def target(self, own: tuple[int, ...], marked: MarkedQuestion) -> Target | None:
        start, end = marked.answer
        for number in own:
            passage = self.passages[number]
            for at, (sentence, text) in enumerate(
                zip(passage.sentences, sentence_texts(passage), strict=True)
            ):
                if sentence.start <= start < sentence.end:
                    return Target(number, at, *self.tokens_of(text, marked.passage[start:end]))
        return None

    def tokens_of(self, sentence: str, answer: str) -> tuple[int, int]:
        """First and last token of an answer in its sentence; -1 where it does not stand in it as one."""
        begin = sentence.find(answer)
        if begin < 0:
            return -1, -1
        _, spans = self.encoder.token_spans(sentence)
        inside = np.flatnonzero((spans[:, 1] > begin) & (spans[:, 0] < begin + len(answer)))
        return (int(inside[0]), int(inside[-1])) if len(inside) else (-1, -1)


def build(marked: list[MarkedQuestion], beside: list[str]) -> Collection:
    """Index the texts that questions were asked of, and some beside them, and ask."""
    names = {
        text: f"{n:05d}.txt" for n, text in enumerate(dict.fromkeys([*(m.passage for m in marked), *beside]))
    }
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts"
        texts.mkdir()
        for text, name in names.items():
            (texts / name).write_text(text, encoding="utf-8")
        index_paths(Path(folder) / "collection", [texts], bundled_encoder())
        builder = Builder(open_snapshot(Path(folder) / "collection"))
        collection = builder.collection([(each, names[each.passage]) for each in marked])
        builder.snapshot.catalogue.close()
        return collection


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--epochs", type=float, default=ReaderSettings().epochs)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings = ReaderSettings(epochs=arguments.epochs)
    beside = [row["passage"] for row in read_rows(arguments.corpora / "questions.jsonl", ("passage",))]
    collections = [
        build(list(crowd_questions(arguments.corpora)), []),
        build(list(written_questions(aside=False)), beside),
    ]
    print(" and ".join(f"{len(each.asked):,}" for each in collections), "questions", flush=True)

    def tell(step: int, steps: int, loss: float) -> None:
        if step % 100 == 0:
            print(f"{step} of {steps}: {loss:.3f}", flush=True)

    network, tokens = train_reader(collections, bundled_encoder(), settings, tell)
    save_reader(READER_MODEL, network, tokens, bundled_encoder(), settings)


if __name__ == "__main__":
    main()
