"""The bundled model at run time against both libraries that open its folder."""

from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer

from embeddings.errors import ModelError
from embeddings.folding import fold
from embeddings.static_encoder import BUNDLED_MODEL, StaticEncoder, bundled_encoder

TEXTS = [
    "湖州有多少种生物？",
    "How many species live in Huzhou?",
    "碳匯交易２０２２年 PM2.5 平均浓度",
    "",
    "😀！？",
    "湖" * 3000,
]


def test_vectors_are_those_of_model2vec() -> None:
    model = StaticModel.from_pretrained(BUNDLED_MODEL)
    expected = model.encode([fold(text) for text in TEXTS], max_length=None)
    np.testing.assert_allclose(bundled_encoder().encode_passages(TEXTS), expected, atol=1e-5)


def test_vectors_are_those_of_sentence_transformers() -> None:
    model = SentenceTransformer(str(BUNDLED_MODEL), device="cpu")
    expected = model.encode([fold(text) for text in TEXTS])
    np.testing.assert_allclose(bundled_encoder().encode_passages(TEXTS), expected, atol=1e-5)


def test_rows_have_unit_length_or_are_zero() -> None:
    norms = np.linalg.norm(bundled_encoder().encode_passages(TEXTS), axis=1)
    np.testing.assert_allclose(norms, [1, 1, 1, 0, 0, 1], atol=1e-5)


def test_nothing_gives_no_rows() -> None:
    assert bundled_encoder().encode_passages([]).shape == (0, bundled_encoder().dimension)


def test_traditional_text_has_the_vector_of_its_simplified_form() -> None:
    one, other = bundled_encoder().encode_queries(["生態環境", "生态环境"])
    np.testing.assert_array_equal(one, other)


def test_token_vectors_are_unit_rows_of_the_given_tokens() -> None:
    encoder = bundled_encoder()
    (ids,) = encoder.token_ids(["竹林碳汇"])
    assert len(ids) >= 2
    np.testing.assert_allclose(np.linalg.norm(encoder.token_vectors(ids), axis=1), 1, atol=1e-5)
    # The vector of a one-token text is that token's vector.
    (word,) = encoder.token_ids(["竹林"])
    assert len(word) == 1
    np.testing.assert_allclose(encoder.encode_queries(["竹林"])[0], encoder.token_vectors(word)[0], atol=1e-5)


def test_a_folder_without_a_model_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No static model.*bundled"):
        StaticEncoder(tmp_path, "mine")


def test_products_of_tokens_are_cosines_times_their_lengths() -> None:
    encoder = bundled_encoder()
    ids = np.unique(np.random.default_rng(3).integers(0, encoder.vocabulary, 700)).astype(np.int32)
    others = encoder.encode_queries(["竹林碳汇", "How many parks are there?", "湖州"])
    expected = encoder.token_lengths[ids][:, None] * (encoder.token_vectors(ids) @ others.T)
    np.testing.assert_allclose(encoder.token_products(ids, others), expected, atol=1e-5, rtol=1e-5)
    assert encoder.token_products(ids[:0], others).shape == (0, 3)
