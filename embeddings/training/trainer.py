"""Fits token vectors so that a question lies near its passage, as a mean and word by word."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from embeddings.training.bags import Bags
from embeddings.training.batches import Batch, Batches
from embeddings.training.interaction import interaction_scores, token_rarity
from embeddings.training.settings import TrainingSettings, TuningSettings

_FIRST_SPREAD = 0.1
_SALIENCE_STEP = 2.0
"""Step size of the salience over that of the vectors."""
_SHORTEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a run of the optimiser gives.

    Attributes:
        vectors: one row a token, float32, shape (vocabulary, dimension); not normalised: a row's length is
            the token's weight in the mean. The row of the unknown token is zero.
        salience: logarithm of the factor by which a question's token counts for more than its rarity says,
            float32, shape (vocabulary,); 0 for a token that no question had.
        losses: the loss of each batch in order, in nats, float64, shape (batches,).
    """

    vectors: NDArray[np.float32]
    salience: NDArray[np.float32]
    losses: NDArray[np.float64]


def token_weights(counts: NDArray[np.int64], smoothing: float) -> NDArray[np.float32]:
    """Weights that keep frequent tokens from ruling the mean.

    ``a / (a + p)`` of Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings".

    Args:
        counts: occurrences of each token, shape (vocabulary,).
        smoothing: ``a``; 0 gives weights of 1.

    Returns:
        Weights in (0, 1], float32, shape (vocabulary,).
    """
    if smoothing == 0:
        return np.ones(len(counts), dtype=np.float32)
    share = counts / max(1, counts.sum())
    weights: NDArray[np.float32] = (smoothing / (smoothing + share)).astype(np.float32)
    return weights


def thinned(bags: Bags, share: float, rng: np.random.Generator) -> Bags:
    """Leave out tokens at random, though never all of a text.

    Word dropout of Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods".

    Args:
        bags: none is empty.
        share: chance of each token to be left out, at least 0 and below 1.
        rng: decides which.

    Returns:
        As many bags, none empty; the bags themselves for a share of 0.
    """
    if share == 0:
        return bags
    kept = rng.random(len(bags.ids)) >= share
    alive = np.add.reduceat(kept, bags.starts[:-1]) > 0
    kept[bags.starts[:-1][~alive]] = True
    starts = np.concatenate([[0], np.cumsum(np.add.reduceat(kept, bags.starts[:-1], dtype=np.int64))])
    return Bags(bags.ids[kept], starts)


class _Vectors:
    """Token vectors composed from what is learned.

    The vector of token t is ``w[t] * (P[t] + mean of P over the tokens inside t)``: a rare word starts from
    its characters, as n-grams carry words in Bojanowski et al. 2017. The sum is taken once more when the
    model is saved, so the reader of the artifact knows nothing of it.
    """

    def __init__(
        self, inner: list[tuple[int, ...]], weights: NDArray[np.float32], settings: TrainingSettings
    ) -> None:
        generator = torch.Generator().manual_seed(settings.seed)
        learned = torch.randn(len(inner), settings.dimension, generator=generator) * _FIRST_SPREAD
        learned[0] = 0
        self.learned = learned.requires_grad_()
        parts = [(number, *(found if settings.parts else ())) for number, found in enumerate(inner)]
        lengths = np.array([len(found) for found in parts])
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._parts = Bags(np.concatenate([np.array(found, dtype=np.int32) for found in parts]), starts)
        self._share = np.repeat(1.0 / np.maximum(lengths - 1, 1), lengths).astype(np.float32)
        self._share[starts[:-1]] = 1.0
        self._share *= np.repeat(weights, lengths)
        self._places = Bags(np.arange(starts[-1], dtype=np.int32), starts)

    def of(self, tokens: NDArray[np.int64]) -> torch.Tensor:
        """Vectors of some tokens, shape (len(tokens), dimension)."""
        places = self._places.take(tokens)
        return functional.embedding_bag(
            torch.from_numpy(self._parts.ids[places.ids].astype(np.int64)),
            self.learned,
            torch.from_numpy(places.starts[:-1]),
            mode="sum",
            sparse=True,
            per_sample_weights=torch.from_numpy(self._share[places.ids]),
        )


def _means(bags: Bags, vectors: torch.Tensor) -> torch.Tensor:
    ids = torch.from_numpy(bags.ids.astype(np.int64))
    means = functional.embedding_bag(ids, vectors, torch.from_numpy(bags.starts[:-1]), mode="mean")
    return functional.normalize(means)


class _Loss:
    """The loss of one batch: of the means, and of late interaction on a part of it."""

    def __init__(
        self,
        vectors_of: Callable[[NDArray[np.int64]], torch.Tensor],
        rarity: NDArray[np.float32],
        settings: TrainingSettings | TuningSettings,
    ) -> None:
        self._vectors_of = vectors_of
        self._rarity = rarity
        self._settings = settings
        self.salience = torch.zeros(len(rarity), 1, requires_grad=True)

    def of(self, batch: Batch, rng: np.random.Generator) -> torch.Tensor:
        queries = thinned(batch.queries, self._settings.dropout, rng)
        passages = thinned(batch.passages, self._settings.dropout, rng)
        both = np.concatenate([queries.ids, passages.ids])
        tokens, places = np.unique(both, return_inverse=True)
        vectors = self._vectors_of(tokens.astype(np.int64))
        rows: NDArray[np.int32] = places.astype(np.int32)
        queries = Bags(rows[: len(queries.ids)], queries.starts)
        passages = Bags(rows[len(queries.ids) :], passages.starts)
        scores = _means(queries, vectors) @ _means(passages, vectors).T * self._settings.scale
        own = torch.arange(len(scores))
        loss = (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2
        if not self._settings.interaction:
            return loss
        # Comparing word by word costs as the square of the pairs: the front of a batch is random enough.
        some = np.arange(min(self._settings.interaction_pairs, len(scores)))
        stress = functional.embedding(torch.from_numpy(tokens.astype(np.int64)), self.salience, sparse=True)
        met = interaction_scores(
            queries.take(some),
            passages.take(some),
            functional.normalize(vectors),
            self._rarity[tokens],
            stress[:, 0],
        )
        for scores in met:
            words = functional.cross_entropy(scores * self._settings.scale, torch.from_numpy(some))
            loss = loss + self._settings.interaction * words
        return loss


@contextmanager
def _one_thread() -> Iterator[None]:
    """Small batches take less time in one thread, and several times less where other programs run too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _descend(
    loss_of: _Loss,
    batches: Batches,
    optimiser: torch.optim.Optimizer,
    settings: TrainingSettings | TuningSettings,
    on_progress: Callable[[int, int], None],
) -> NDArray[np.float64]:
    """Take all steps, their sizes falling linearly to nothing; gives the loss of each, in nats."""
    losses = np.zeros(settings.batches)
    rng = np.random.default_rng(settings.seed)
    falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / settings.batches)
    with _one_thread():
        for step, batch in enumerate(batches.stream(settings.batches, settings.seed)):
            loss = loss_of.of(batch, rng)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            falling.step()
            losses[step] = loss.item()
            on_progress(step + 1, settings.batches)
    return losses


def fit(
    batches: Batches,
    inner: list[tuple[int, ...]],
    settings: TrainingSettings,
    on_progress: Callable[[int, int], None],
) -> Fitted:
    """Train token vectors by in-batch negatives.

    The loss of a batch is the mean cross-entropy of telling each query's own passage among all passages of
    the batch (Henderson et al. 2017, "Efficient Natural Language Response Suggestion for Smart Reply") and of
    telling each passage's query, over cosines of means times ``settings.scale``. To it is added, times
    ``settings.interaction``, that of telling a query's passage among some by late interaction (Khattab and
    Zaharia 2020, "ColBERT"), over the same scale.

    Args:
        batches: what to draw from.
        inner: for each token, the tokens inside it.
        settings: step size, number of batches, scale, seed.
        on_progress: called with (batches done, batches in all) after each batch.

    Returns:
        The vectors and the losses; the same for the same seed on the same machine and number of threads.
    """
    weights = token_weights(batches.token_counts, settings.smoothing)
    table = _Vectors(inner, weights, settings)
    loss_of = _Loss(table.of, token_rarity(batches.token_counts), settings)
    optimiser = torch.optim.SparseAdam(
        [
            {"params": [table.learned], "lr": settings.learning_rate},
            {"params": [loss_of.salience], "lr": settings.learning_rate * _SALIENCE_STEP},
        ]
    )
    losses = _descend(loss_of, batches, optimiser, settings, on_progress)
    with torch.no_grad():
        found = table.of(np.arange(len(inner))).numpy()
    return Fitted(
        vectors=np.ascontiguousarray(found, dtype=np.float32),
        salience=loss_of.salience.detach().numpy()[:, 0],
        losses=losses,
    )


def refit(
    batches: Batches,
    start: NDArray[np.float32],
    settings: TuningSettings,
    on_progress: Callable[[int, int], None],
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Go on from trained vectors, with the same loss as :func:`fit`.

    What is learned are the rows brought to length 1, which are multiplied by their first lengths again: a
    step then turns frequent, short rows no further than rare, long ones. Nothing ties a word to the
    words inside it any more. Rows whose token is in no batch are not touched, nor is the salience.

    Args:
        batches: what to draw from.
        start: the vectors to go on from, one row a token, shape (vocabulary, dimension).
        settings: step size, number of batches, scale, dropout, seed.
        on_progress: called with (batches done, batches in all) after each batch.

    Returns:
        The vectors and the losses, as in :class:`Fitted`; the same for the same seed on the same machine.
    """
    lengths = torch.from_numpy(np.maximum(np.linalg.norm(start, axis=1, keepdims=True), _SHORTEST))
    first = torch.from_numpy(start) / lengths
    learned = first.clone().requires_grad_()
    optimiser = torch.optim.SparseAdam([learned], lr=settings.learning_rate)

    def vectors_of(tokens: NDArray[np.int64]) -> torch.Tensor:
        rows = torch.from_numpy(tokens)
        return functional.embedding(rows, learned, sparse=True) * lengths[rows]

    loss_of = _Loss(vectors_of, token_rarity(batches.token_counts), settings)
    losses = _descend(loss_of, batches, optimiser, settings, on_progress)
    with torch.no_grad():
        moved = (learned != first).any(dim=1, keepdim=True).numpy()
        found = (learned * lengths).numpy()
    return np.where(moved, found, start), losses
