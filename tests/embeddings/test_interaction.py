"""The scores that training sees equal those that retrieval computes, and teach the vectors they come from."""

import numpy as np
import torch
from torch.nn import functional

from embeddings.late_interaction import FLOOR, TokenStore, interactions
from embeddings.training.bags import Bags
from embeddings.training.interaction import interaction_scores, token_rarity

VOCABULARY = 300
DIMENSION = 12


class Unweighted:
    """A static model whose tokens all count the same in a text."""

    def __init__(self, vectors: np.ndarray, stress: np.ndarray) -> None:
        self._vectors = vectors
        self.token_stress = stress
        self.token_lengths = np.ones(len(vectors), np.float32)

    def token_vectors(self, ids: np.ndarray) -> np.ndarray:
        return self._vectors[ids]

    def token_products(self, ids: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        return self._vectors[ids] @ vectors.T


def bags(rng: np.random.Generator, texts: int, longest: int) -> Bags:
    lengths = rng.integers(1, longest, texts)
    ids = rng.integers(0, VOCABULARY, lengths.sum()).astype(np.int32)
    return Bags(ids, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def test_training_scores_equal_the_window_of_retrieval() -> None:
    rng = np.random.default_rng(4)
    # No cosine is below the floor that retrieval has and training has not.
    vectors = (np.abs(rng.standard_normal((VOCABULARY, DIMENSION))) + 0.3).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert FLOOR < (vectors @ vectors.T).min() < 0.6
    queries, passages = bags(rng, 30, 12), bags(rng, 40, 130)
    rows = [passages.ids[start:end] for start, end in zip(passages.starts, passages.starts[1:], strict=False)]
    store = TokenStore.build(rows, VOCABULARY)
    rarity = store.idf(np.arange(VOCABULARY, dtype=np.int32))
    salience = rng.normal(0, 0.3, VOCABULARY).astype(np.float32)
    found = interaction_scores(queries, passages, torch.from_numpy(vectors), rarity, torch.zeros(VOCABULARY))
    scores, unstressed = (each.numpy() for each in found)
    assert scores.shape == (30, 40)
    np.testing.assert_allclose(scores, unstressed, atol=1e-6)
    for number, row in enumerate(scores):
        asked = queries.ids[queries.starts[number] : queries.starts[number + 1]]
        found = interactions(
            asked,
            np.zeros(DIMENSION, np.float32),
            np.arange(40),
            store,
            Unweighted(vectors, np.exp(salience)),
        )
        np.testing.assert_allclose(row, found.window, atol=1e-5)


def test_following_the_gradient_brings_a_question_to_its_passage() -> None:
    rng = np.random.default_rng(0)
    queries, passages = bags(rng, 16, 8), bags(rng, 16, 90)
    vectors = torch.randn(VOCABULARY, DIMENSION, generator=torch.Generator().manual_seed(0))
    vectors.requires_grad_()
    rarity = token_rarity(np.bincount(passages.ids, minlength=VOCABULARY))
    salience = torch.zeros(VOCABULARY)
    optimiser = torch.optim.Adam([vectors], lr=0.05)

    def loss() -> torch.Tensor:
        scores, _ = interaction_scores(queries, passages, functional.normalize(vectors), rarity, salience)
        return functional.cross_entropy(scores * 20, torch.arange(16))

    before = float(loss().detach())
    for _ in range(60):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    assert float(loss().detach()) < before / 4


def test_salience_learns_which_words_tell_and_leaves_the_vectors_alone() -> None:
    # Token 0 is in every question and meets a random passage best; token i + 1 names passage i.
    count = 12
    ids = np.stack([np.zeros(count), np.arange(count) + 1], axis=1).astype(np.int32)
    starts = np.arange(count + 1, dtype=np.int64)
    queries, passages = Bags(ids.ravel(), 2 * starts), Bags(ids[:, 1].copy(), starts)
    vectors = torch.randn(count + 1, DIMENSION, generator=torch.Generator().manual_seed(1))
    vectors.requires_grad_()
    salience = torch.zeros(count + 1, requires_grad=True)
    _, scores = interaction_scores(
        queries, passages, functional.normalize(vectors), np.ones(count + 1, np.float32), salience
    )
    functional.cross_entropy(scores * 20, torch.arange(count)).backward()
    assert vectors.grad is None
    assert salience.grad is not None
    assert salience.grad[0] > 0
    assert (salience.grad[1:] < 0).all()


def test_rare_tokens_count_for_more_and_every_token_for_something() -> None:
    counts = np.array([0, 1, 50, 800, 1_500, 100_000], np.int64)
    rarity = token_rarity(counts)
    assert rarity.dtype == np.float32
    assert (np.diff(rarity[:-1]) < 0).all()
    assert rarity.min() > 0
