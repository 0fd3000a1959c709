"""The model that the repository carries: opens in both runtimes, small, honest about where it comes from."""

import re
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer

from embeddings.folding import fold
from embeddings.training import TrainingSettings
from embeddings.training.artifact import load_model, mean_vectors

MODEL = Path(__file__).resolve().parents[2] / "embeddings" / "model"
LARGEST = 40 * 1000 * 1000
TEXTS = [
    fold(text)
    for text in (
        "海绵城市怎样收集和利用雨水？",
        "How do sponge cities collect and use rain water?",
        "本市将在2030年前实现碳达峰，非化石能源占比达到25%。",
        "臺灣的環境影響評估法",
        "股市今天收盘上涨",
        "a",
        "，",
        "",
        "🙂",
        "城市" * 1500,
    )
]
EMPTY = [TEXTS.index("🙂"), TEXTS.index(""), TEXTS.index(",")]
SOURCES = """
cmrc2018-train qed-en prc-laws tw-laws gov-reports-2026 state-council-carbon-peak csl-title csl-keywords
msdocs-architecture-zh pingcap-docs-cn oi-wiki d2l-zh howtocook react-zh cncf-glossary opensource-guide gsf-learn
msdocs-dynamics365-zh tw-laws-title tw-laws-heading tatoeba ntrex tico19 ud-pud un-sdg react-docs cc-cedict
tw-laws-en2zh paws-x-zh ud-gsd-wiki cmrc2018-train-contexts csl cmrc2019-stories
""".split()


@pytest.fixture(scope="module")
def light() -> StaticModel:
    return StaticModel.from_pretrained(MODEL)


def test_both_runtimes_give_the_vectors_that_were_saved(light: StaticModel, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    one = light.encode(TEXTS)
    other = SentenceTransformer(str(MODEL), device="cpu").encode(TEXTS)
    assert one.shape == (len(TEXTS), 256)
    assert one.dtype == other.dtype == np.float32
    np.testing.assert_allclose(one, other, atol=1e-6)
    np.testing.assert_allclose(one, mean_vectors(*load_model(MODEL), TEXTS), atol=1e-6)


def test_rows_have_length_one_and_texts_without_tokens_are_zero(light: StaticModel) -> None:
    lengths = np.linalg.norm(light.encode(TEXTS), axis=1)
    assert not lengths[EMPTY].any()
    np.testing.assert_allclose(np.delete(lengths, EMPTY), 1, atol=1e-5)


def test_texts_are_not_cut_off(light: StaticModel) -> None:
    long = "城市" * 3000 + "环境影响评估法"
    assert not np.allclose(light.encode([long]), light.encode([long[:6000]]), atol=1e-6)


def test_meaning_crosses_words_and_languages(light: StaticModel) -> None:
    texts = [
        "海绵城市怎样收集雨水",
        "how do sponge cities collect rain water",
        "下雨天的水怎么存起来",
        "股票价格今天上涨",
    ]
    vectors = light.encode(texts)
    near = vectors[0] @ vectors[1:3].T
    assert (near > vectors[0] @ vectors[3] + 0.1).all()


def test_every_stored_vector_is_finite_and_the_unknown_token_is_zero() -> None:
    tokenizer, vectors = load_model(MODEL)
    assert vectors.shape == (tokenizer.get_vocab_size(), 256)
    assert np.isfinite(vectors).all()
    assert not vectors[0].any()
    assert (np.linalg.norm(vectors[1:], axis=1) > 0).all()


def test_the_folder_is_small_and_holds_nothing_else() -> None:
    files = sorted(path.relative_to(MODEL).as_posix() for path in MODEL.rglob("*") if path.is_file())
    assert files == [
        "1_Normalize/config.json",
        "LICENSE",
        "README.md",
        "config.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    ]
    assert sum((MODEL / name).stat().st_size for name in files) <= LARGEST


@pytest.mark.parametrize("source", SOURCES)
def test_the_card_names_every_source(source: str) -> None:
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\| {re.escape(source)} \| \S+/\S+@[0-9a-f]{{10}}", card)


def test_the_default_settings_are_those_of_the_bundled_model() -> None:
    assert repr(TrainingSettings()) in (MODEL / "README.md").read_text(encoding="utf-8")


def test_the_card_and_the_licence_say_what_a_user_must_know() -> None:
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: cc-by-sa-4.0\n")
    for heading in ("How it was trained", "Figures", "Data, licences and attribution", "Limits"):
        assert f"\n## {heading}\n" in card
    for name in ("drcd-dev", "cmrc-trial", "lexicon"):
        assert name in card
    licence = (MODEL / "LICENSE").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in licence
    assert "https://creativecommons.org/licenses/by-sa/4.0/" in licence
