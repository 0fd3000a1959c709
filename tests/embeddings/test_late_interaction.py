"""The vectorised score against a slow double loop; what is stored opens as it was."""

from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.errors import IndexFormatError
from embeddings.late_interaction import (
    BLOCK,
    FLOOR,
    NEAR,
    Interactions,
    TokenStore,
    interactions,
)

VOCABULARY = 50
VECTORS = np.random.default_rng(1).normal(size=(VOCABULARY, 8)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)

ids = st.lists(st.integers(0, VOCABULARY - 1), max_size=12).map(lambda row: np.asarray(row, np.int32))


LENGTHS = np.random.default_rng(2).random(VOCABULARY).astype(np.float32)
STRESS = np.random.default_rng(3).random(VOCABULARY).astype(np.float32) + 0.5


class Model:
    """Random vectors, with lengths and stress of their own."""

    token_lengths = LENGTHS
    token_stress = STRESS

    def token_vectors(self, ids: np.ndarray) -> np.ndarray:
        return VECTORS[ids]

    def token_products(self, ids: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        return (VECTORS[ids] * LENGTHS[ids][:, None]) @ vectors.T


MODEL = Model()
long_ids = st.lists(st.integers(0, VOCABULARY - 1), max_size=4 * BLOCK).map(
    lambda row: np.asarray(row, np.int32)
)


def slow_interactions(
    query: np.ndarray,
    vector: np.ndarray,
    heads: list[np.ndarray],
    bodies: list[np.ndarray],
    store: TokenStore,
) -> dict[str, list[float]]:
    """The definitions, one question token, one window and one row at a time."""
    tokens = sorted(set(query.tolist()))
    weights = store.idf(np.asarray(tokens, np.int32)) if tokens else np.empty(0)
    stressed = weights * STRESS[tokens]
    weights, stressed = weights / weights.sum(), stressed / stressed.sum()

    def best(token: int, others: list[int]) -> float:
        return max([FLOOR, *(float(VECTORS[token] @ VECTORS[other]) for other in others)])

    def mean(others: list[int], power: int, by: np.ndarray = weights) -> float:
        return sum(w * best(t, others) ** power for t, w in zip(tokens, by, strict=True))

    found: dict[str, list[float]] = {name: [] for name in store_names()}
    for head, body in zip(heads, bodies, strict=True):
        whole = [*head.tolist(), *body.tolist()]
        blocks = [body[at : at + BLOCK].tolist() for at in range(0, len(body), BLOCK)]
        windows = [a + b for a, b in pairwise(blocks)] or blocks
        none = not tokens
        found["whole"].append(FLOOR if none else mean(whole, 1))
        found["squared"].append(FLOOR**2 if none else mean(whole, 2))
        found["near"].append(sum(w for t, w in zip(tokens, weights, strict=True) if best(t, whole) > NEAR))
        with_head = [[*head.tolist(), *window] for window in windows]
        found["window"].append(max((mean(w, 1) for w in with_head), default=FLOOR) if not none else FLOOR)
        found["window_squared"].append(
            max((mean(w, 2) for w in with_head), default=FLOOR**2) if not none else FLOOR**2
        )
        found["whole_stressed"].append(FLOOR if none else mean(whole, 1, stressed))
        found["window_stressed"].append(
            max((mean(w, 1, stressed) for w in with_head), default=FLOOR) if not none else FLOOR
        )
        products = [
            sum(float(VECTORS[t] @ vector) * float(LENGTHS[t]) for t in w) / len(w) ** 0.5 for w in windows
        ]
        found["dense_window"].append(max(products, default=0.0) if not none else 0.0)
    return found


def store_names() -> list[str]:
    return [field.name for field in fields(Interactions)]


@given(
    query=ids, heads=st.lists(ids, min_size=3, max_size=3), bodies=st.lists(long_ids, min_size=3, max_size=3)
)
def test_interactions_equal_their_definitions(
    query: np.ndarray, heads: list[np.ndarray], bodies: list[np.ndarray]
) -> None:
    store = TokenStore.build(bodies, VOCABULARY, heads)
    vector = VECTORS[7]
    found = interactions(query, vector, np.asarray([2, 0, 1]), store, MODEL)
    expected = slow_interactions(query, vector, heads, bodies, store)
    for name in store_names():
        ours = getattr(found, name)
        np.testing.assert_allclose(ours, [expected[name][row] for row in (2, 0, 1)], atol=1e-4, err_msg=name)


def test_a_window_is_better_than_the_same_words_far_apart() -> None:
    other = np.full(3 * BLOCK, 9, np.int32)
    together = np.concatenate([np.asarray([1, 2], np.int32), other])
    apart = np.concatenate([np.asarray([1], np.int32), other, np.asarray([2], np.int32)])
    store = TokenStore.build([together, apart], VOCABULARY)
    found = interactions(
        np.asarray([1, 2], np.int32),
        VECTORS[1],
        np.asarray([0, 1]),
        store,
        MODEL,
    )
    assert found.whole[0] == pytest.approx(found.whole[1])
    assert found.window[0] > found.window[1]


def test_no_rows_at_all() -> None:
    store = TokenStore.build([np.asarray([1], np.int32)], VOCABULARY)
    found = interactions(
        np.asarray([1], np.int32),
        VECTORS[1],
        np.empty(0, np.int64),
        store,
        MODEL,
    )
    assert len(found.whole) == 0


def test_a_row_that_holds_every_word_of_the_question_scores_one() -> None:
    store = TokenStore.build([np.asarray([1, 2, 3], np.int32), np.asarray([4], np.int32)], VOCABULARY)
    found = interactions(np.asarray([3, 1], np.int32), VECTORS[7], np.asarray([0, 1]), store, MODEL)
    assert found.whole[0] == pytest.approx(1.0, abs=1e-5)
    assert found.whole[1] < 1.0


def test_a_store_opens_as_it_was_saved(tmp_path: Path) -> None:
    store = TokenStore.build([np.asarray([5, 5, 2], np.int32), np.asarray([], np.int32)], VOCABULARY)
    store.save(tmp_path)
    opened = TokenStore.open(tmp_path)
    assert len(opened) == 2
    for name in ("ids", "offsets", "heads", "frequencies"):
        np.testing.assert_array_equal(getattr(opened, name), getattr(store, name))


def test_a_missing_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(IndexFormatError, match="--rebuild"):
        TokenStore.open(tmp_path)
