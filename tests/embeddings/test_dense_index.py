"""FAISS against numpy, exact and inverted; wrong shapes and lengths are refused."""

from pathlib import Path

import numpy as np
import pytest

from embeddings.dense_index import DenseIndex, build_dense_index
from embeddings.errors import IndexFormatError


def unit_rows(rows: int, dimension: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_exact_search_gives_the_cosines_and_order_of_numpy(tmp_path: Path) -> None:
    vectors = unit_rows(300, 32, seed=1)
    assert build_dense_index(tmp_path / "i.faiss", vectors) == "Flat"
    index = DenseIndex(tmp_path / "i.faiss")
    for query in unit_rows(20, 32, seed=2):
        found = index.search(query[None], 10)
        cosines = vectors @ query
        np.testing.assert_array_equal(found.rows, np.argsort(-cosines)[:10])
        np.testing.assert_allclose(found.values, np.sort(cosines)[::-1][:10], atol=1e-6)


def test_inverted_search_finds_nearly_all_that_exact_search_finds(tmp_path: Path) -> None:
    centres = unit_rows(40, 32, seed=3)
    noise = np.random.default_rng(4).normal(scale=0.1, size=(4000, 32)).astype(np.float32)
    vectors = centres[np.arange(4000) % 40] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert build_dense_index(tmp_path / "i.faiss", vectors, ivf_from=1000) == "IVF64,SQ8"
    index = DenseIndex(tmp_path / "i.faiss")
    shared = 0
    queries = vectors[:50]
    for query in queries:
        exact = set(np.argsort(-(vectors @ query))[:10].tolist())
        shared += len(exact & set(index.search(query[None], 10).rows.tolist()))
    assert shared / (10 * len(queries)) > 0.9


@pytest.mark.parametrize("ivf_from", [10, 10_000])
def test_score_gives_the_cosine_of_any_row(tmp_path: Path, ivf_from: int) -> None:
    vectors = unit_rows(1000, 32, seed=5)
    build_dense_index(tmp_path / "i.faiss", vectors, ivf_from=ivf_from)
    rows = np.asarray([999, 0, 17])
    scores = DenseIndex(tmp_path / "i.faiss").score(vectors[3:4], rows)
    np.testing.assert_allclose(scores, vectors[rows] @ vectors[3], atol=0.02)


def test_more_than_there_is_gives_all_there_is(tmp_path: Path) -> None:
    build_dense_index(tmp_path / "i.faiss", unit_rows(3, 8, seed=6))
    assert len(DenseIndex(tmp_path / "i.faiss").search(unit_rows(1, 8, seed=7), 50).rows) == 3


def test_a_question_of_which_nothing_is_known_finds_nothing(tmp_path: Path) -> None:
    build_dense_index(tmp_path / "i.faiss", unit_rows(3, 8, seed=6))
    assert not len(DenseIndex(tmp_path / "i.faiss").search(np.zeros((1, 8), np.float32), 5).rows)


def test_rows_that_are_not_unit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unit length"):
        build_dense_index(tmp_path / "i.faiss", 2 * unit_rows(3, 8, seed=6))


def test_a_query_of_another_dimension_is_refused_with_both_numbers(tmp_path: Path) -> None:
    build_dense_index(tmp_path / "i.faiss", unit_rows(3, 8, seed=6))
    with pytest.raises(ValueError, match=r"\(1, 9\).*\(n, 8\)"):
        DenseIndex(tmp_path / "i.faiss").search(unit_rows(1, 9, seed=6), 5)


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "i.faiss").write_bytes(b"not an index")
    with pytest.raises(IndexFormatError, match=r"i\.faiss.*--rebuild"):
        DenseIndex(tmp_path / "i.faiss")
