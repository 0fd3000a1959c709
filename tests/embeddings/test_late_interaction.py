"""The vectorised score against a slow double loop; what is stored opens as it was."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.errors import IndexFormatError
from embeddings.late_interaction import FLOOR, TokenStore, late_interaction

VOCABULARY = 50
VECTORS = np.random.default_rng(1).normal(size=(VOCABULARY, 8)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)

ids = st.lists(st.integers(0, VOCABULARY - 1), max_size=12).map(lambda row: np.asarray(row, np.int32))


def slow(query: np.ndarray, rows: list[np.ndarray]) -> list[float]:
    """MaxSim, one question token and one row at a time."""
    result = []
    held = [sum(token in row for row in rows) for token in range(VOCABULARY)]
    for row in rows:
        total = weight_sum = 0.0
        for token in set(query.tolist()):
            weight = np.log(1 + (len(rows) - held[token] + 0.5) / (held[token] + 0.5))
            best = max((float(VECTORS[token] @ VECTORS[other]) for other in row), default=FLOOR)
            total += weight * max(best, FLOOR)
            weight_sum += weight
        result.append(total / weight_sum if weight_sum else FLOOR)
    return result


@given(query=ids, rows=st.lists(ids, min_size=1, max_size=8))
def test_equals_the_double_loop(query: np.ndarray, rows: list[np.ndarray]) -> None:
    store = TokenStore.build(rows, VOCABULARY)
    scores = late_interaction(query, np.arange(len(rows)), store, VECTORS.__getitem__)
    np.testing.assert_allclose(scores, slow(query, rows), atol=1e-5)


def test_a_row_that_holds_every_word_of_the_question_scores_one() -> None:
    store = TokenStore.build([np.asarray([1, 2, 3], np.int32), np.asarray([4], np.int32)], VOCABULARY)
    scores = late_interaction(np.asarray([3, 1], np.int32), np.asarray([0, 1]), store, VECTORS.__getitem__)
    assert scores[0] == pytest.approx(1.0, abs=1e-5)
    assert scores[1] < 1.0


def test_a_store_opens_as_it_was_saved(tmp_path: Path) -> None:
    store = TokenStore.build([np.asarray([5, 5, 2], np.int32), np.asarray([], np.int32)], VOCABULARY)
    store.save(tmp_path)
    opened = TokenStore.open(tmp_path)
    assert len(opened) == 2
    for name in TokenStore.__slots__:
        np.testing.assert_array_equal(getattr(opened, name), getattr(store, name))


def test_a_missing_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(IndexFormatError, match="--rebuild"):
        TokenStore.open(tmp_path)
