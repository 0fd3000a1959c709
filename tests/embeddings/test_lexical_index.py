"""BM25 in tantivy: the values of the formula, candidates and rescoring agree, nothing found is empty."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from embeddings.errors import IndexFormatError
from embeddings.lexical_index import (
    FIELD_WEIGHTS,
    LexicalIndex,
    LexicalRow,
    Scores,
    build_lexical_index,
)
from embeddings.lexical_tokens import LexicalTokens, lexical_tokens

TEXTS = [
    "湖州开展竹林碳汇交易，收益反哺村集体。",
    "深圳的公共汽车全部改为电动。公共汽车，公共汽车。",
    "桑基鱼塘是农业文化遗产。",
    "The city plants trees and protects wetlands.",
]
K1, B = 1.2, 0.75


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    build_lexical_index(tmp_path, (LexicalRow(row, text, "") for row, text in enumerate(TEXTS)))
    return LexicalIndex(tmp_path)


def slow_bm25(query: LexicalTokens, row: int) -> float:
    """The formula written out, field by field, over the same tokens."""
    total = 0.0
    documents = [lexical_tokens(text) for text in TEXTS]
    for field in ("words", "bigrams", "characters"):
        bags = [Counter(getattr(tokens, field)) for tokens in documents]
        average = sum(bag.total() for bag in bags) / len(bags)
        for token in dict.fromkeys(getattr(query, field)):
            held = sum(token in bag for bag in bags)
            idf = math.log(1 + (len(bags) - held + 0.5) / (held + 0.5))
            frequency = bags[row][token]
            norm = K1 * (1 - B + B * bags[row].total() / average)
            total += FIELD_WEIGHTS[field] * idf * frequency * (1 + K1) / (frequency + norm)
    return total


@pytest.mark.parametrize("question", ["竹林碳汇的收益", "公共汽车", "wetland trees", "农业的遗产在深圳"])
def test_scores_are_those_of_the_bm25_formula(index: LexicalIndex, question: str) -> None:
    tokens = lexical_tokens(question)
    expected = [slow_bm25(tokens, row) for row in range(len(TEXTS))]
    actual = index.score(tokens, np.arange(len(TEXTS)))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_search_gives_the_same_scores_as_scoring(index: LexicalIndex) -> None:
    tokens = lexical_tokens("深圳的公共汽车和竹林")
    found = index.search(tokens, 10)
    assert found.rows[0] == 1
    np.testing.assert_allclose(found.values, index.score(tokens, found.rows), rtol=1e-6)
    assert list(found.values) == sorted(found.values, reverse=True)
    rows = np.arange(len(TEXTS))
    some = Scores(found.rows[:1], found.values[:1])
    for known in (found, some, Scores(found.rows[:0], found.values[:0])):
        np.testing.assert_allclose(
            index.score(tokens, rows, known=known), index.score(tokens, rows), rtol=1e-6
        )


def test_context_is_searched_too(tmp_path: Path) -> None:
    rows = [LexicalRow(0, "项目成效显著。", "破解垃圾围城之困"), LexicalRow(1, "项目成效显著。", "绿色公交")]
    build_lexical_index(tmp_path, rows)
    assert LexicalIndex(tmp_path).search(lexical_tokens("垃圾围城的成效"), 1).rows.tolist() == [0]


def test_nothing_in_common_finds_nothing(index: LexicalIndex) -> None:
    assert not len(index.search(lexical_tokens("qwertz"), 5).rows)
    assert not len(index.search(lexical_tokens("！"), 5).rows)
    assert index.score(lexical_tokens("qwertz"), np.asarray([0, 3])).tolist() == [0.0, 0.0]


def test_a_folder_that_is_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexFormatError, match="--rebuild"):
        LexicalIndex(tmp_path)
