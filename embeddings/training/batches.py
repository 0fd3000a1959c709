"""Draws batches: one source a batch, sources by weight, nothing twice in a batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from embeddings.errors import TrainingError
from embeddings.training.bags import Bags, bag_texts
from embeddings.training.corpora import Corpora, PairSource, PlainSource
from embeddings.training.settings import TrainingSettings, TuningSettings

# Rows drawn for each row wanted, since those whose query or passage is already in the batch fall out.
_OVERDRAW: Final = 1.6
_FEWEST_PAIRS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pairs from one source; row i of the queries belongs to row i of the passages.

    No query and no passage occurs twice, since every other passage of the batch is a wrong answer to a query.

    Attributes:
        source: the name of the source.
        queries: no bag is empty.
        passages: as many bags as queries, none empty.
    """

    source: str
    queries: Bags
    passages: Bags


class _Drawable(Protocol):
    name: str
    weight: float
    size: int

    def draw(self, rng: np.random.Generator) -> Batch: ...


class Batches:
    """An endless, seeded stream of batches over tokenised corpora.

    Attributes:
        token_counts: how often each token occurs in the distinct texts, int64, shape (vocabulary,).
        sizes: pairs, or passages of running text, of each source by name.
    """

    def __init__(
        self, corpora: Corpora, tokenizer: Tokenizer, settings: TrainingSettings | TuningSettings
    ) -> None:
        texts = _Texts(corpora, tokenizer)
        self.token_counts = np.bincount(texts.bags.ids, minlength=tokenizer.get_vocab_size()).astype(np.int64)
        self._drawables: list[_Drawable] = [_Pairs(source, texts, settings) for source in corpora.pairs]
        self._drawables.append(_Running(corpora.plain, texts, settings))
        self.sizes = {drawable.name: drawable.size for drawable in self._drawables}
        for name, size in self.sizes.items():
            if size < _FEWEST_PAIRS:
                raise TrainingError(
                    f"The source {name!r} has fewer than {_FEWEST_PAIRS} different pairs",
                    "Give more text of that kind.",
                )

    def stream(self, count: int, seed: int) -> Iterator[Batch]:
        """Draw batches.

        Args:
            count: how many.
            seed: the same seed draws the same batches.

        Yields:
            Batches, each of one source chosen by weight.
        """
        rng = np.random.default_rng(seed)
        weights = np.array([drawable.weight for drawable in self._drawables])
        chosen = rng.choice(len(weights), size=count, p=weights / weights.sum())
        for number in chosen:
            yield self._drawables[number].draw(rng)


class _Texts:
    """Every distinct text, cut once."""

    def __init__(self, corpora: Corpora, tokenizer: Tokenizer) -> None:
        self._rows: dict[str, int] = {}
        for source in corpora.pairs:
            for pair in source.pairs:
                for text in pair:
                    self._rows.setdefault(text, len(self._rows))
        for passage in corpora.plain.passages:
            for sentence in passage:
                self._rows.setdefault(sentence, len(self._rows))
        self.bags = bag_texts(tokenizer, list(self._rows))
        self.known = self.bags.lengths() > 0

    def row(self, text: str) -> int:
        return self._rows[text]


class _Pairs:
    def __init__(
        self, source: PairSource, texts: _Texts, settings: TrainingSettings | TuningSettings
    ) -> None:
        rows = np.array(
            [[texts.row(query), texts.row(passage)] for query, passage in source.pairs], dtype=np.int64
        )
        # A pair of equal texts teaches nothing, and an empty bag has no direction.
        self._rows = rows[texts.known[rows].all(axis=1) & (rows[:, 0] != rows[:, 1])]
        self._bags = texts.bags
        self._wanted = settings.batch_pairs * (2 if source.short else 1)
        self.name = source.name
        self.weight = source.weight
        self.size = min(len(np.unique(self._rows[:, side])) for side in (0, 1))

    def draw(self, rng: np.random.Generator) -> Batch:
        rows = self._rows[_some(rng, len(self._rows), self._wanted)]
        for side in (0, 1):
            rows = rows[_first_of_each(rows[:, side])]
        rows = rows[: self._wanted]
        return Batch(self.name, self._bags.take(rows[:, 0]), self._bags.take(rows[:, 1]))


class _Running:
    """Pairs one sentence of a passage with all its other sentences (inverse cloze task, Lee et al. 2019)."""

    def __init__(
        self, source: PlainSource, texts: _Texts, settings: TrainingSettings | TuningSettings
    ) -> None:
        passages = []
        for sentences in source.passages:
            rows = [row for sentence in sentences if texts.known[row := texts.row(sentence)]]
            if len(set(rows)) > 1:
                passages.append(np.array(rows, dtype=np.int64))
        self._passages = passages
        self._bags = texts.bags
        self._wanted = settings.batch_pairs
        self.name = source.name
        self.weight = source.weight
        self.size = len(passages)

    def draw(self, rng: np.random.Generator) -> Batch:
        passages = [self._passages[number] for number in _some(rng, self.size, self._wanted)]
        asked = np.array([rows[rng.integers(len(rows))] for rows in passages])
        kept = _first_of_each(asked)[: self._wanted]
        rest = [passages[number][passages[number] != asked[number]] for number in kept]
        sentences = self._bags.take(np.concatenate(rest))
        ends = np.concatenate([[0], np.cumsum([len(rows) for rows in rest])])
        return Batch(self.name, self._bags.take(asked[kept]), Bags(sentences.ids, sentences.starts[ends]))


def _some(rng: np.random.Generator, size: int, wanted: int) -> NDArray[np.int64]:
    return rng.choice(size, size=min(size, int(wanted * _OVERDRAW)), replace=False)


def _first_of_each(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the first occurrence of each value, in order, shape (distinct values,)."""
    first: NDArray[np.int64] = np.sort(np.unique(values, return_index=True)[1])
    return first
