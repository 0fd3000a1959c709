"""Going on from a trained model: what moves, what stays, and how the new model takes the place of an old one."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from embeddings.errors import TrainingError
from embeddings.folding import fold
from embeddings.models import load_encoder
from embeddings.static_encoder import BUNDLED_MODEL, StaticEncoder
from embeddings.training.artifact import check_output, load_model, replace_model
from embeddings.training.bags import bag_texts
from embeddings.training.card import tuned_card
from embeddings.training.corpora import FILES, PairSource, PlainSource, is_corpora, read_written
from embeddings.training.settings import TrainingSettings, TuningSettings
from embeddings.training.tuning import tune
from embeddings.training.vocabulary import UNKNOWN_ID, build_tokenizer

Model = tuple[Tokenizer, np.ndarray]

PAIRS = PairSource(
    "questions",
    1.0,
    tuple(
        (f"{thing}归谁管", f"{thing}由{who}负责养护")
        for thing, who in zip("甲乙丙丁", "东南西北", strict=True)
    ),
)
PLAIN = PlainSource("sentences", 1.0, tuple((f"{place}下雨了", f"{place}的河涨水") for place in "城乡山海"))
SETTINGS = TuningSettings(batches=6, batch_pairs=8, replay=0.0, learning_rate=1e-2)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(BUNDLED_MODEL)


def tuned(model: Model, settings: TuningSettings = SETTINGS):
    return tune(*model, [PAIRS], PLAIN, settings, lambda *_: None)


def test_only_tokens_that_occur_in_training_move(model: Model) -> None:
    tokenizer, start = model
    texts = [text for pair in PAIRS.pairs for text in pair] + [
        text for each in PLAIN.passages for text in each
    ]
    occurring = np.zeros(len(start), bool)
    occurring[bag_texts(tokenizer, texts).ids] = True
    found = tuned(model)
    moved = (found.vectors != start).any(axis=1)
    assert not (moved & ~occurring).any()
    assert moved[occurring].mean() > 0.9
    assert found.losses[-1] < found.losses[0]
    assert found.pairs == {"questions": 4, "sentences": 4}


def test_the_same_seed_gives_the_same_vectors_and_another_others(model: Model) -> None:
    first, again = tuned(model), tuned(model)
    np.testing.assert_array_equal(first.vectors, again.vectors)
    other = tuned(model, TuningSettings(batches=6, batch_pairs=8, replay=0.0, learning_rate=1e-2, seed=1))
    assert not np.array_equal(first.vectors, other.vectors)


def test_what_was_taught_before_is_drawn_again_with_its_share(model: Model) -> None:
    taught = {source.name for source in read_written()}
    assert {"written questions", "spoken phrases", "lexicon: said otherwise"} <= taught
    assert all(source.pairs for source in read_written())
    found = tuned(model, TuningSettings(batches=2, batch_pairs=8, replay=0.5))
    assert set(found.pairs) == {"questions", "sentences"} | taught


@pytest.mark.parametrize(
    "bad",
    [{"batches": 0}, {"batch_pairs": 1}, {"learning_rate": 0}, {"scale": 0}, {"replay": 1}, {"dropout": 1}],
)
def test_settings_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(TrainingError, match=next(iter(bad))):
        TuningSettings(**bad)


@pytest.fixture(scope="module")
def small() -> Model:
    """A model that is quick to write."""
    texts = [text for pair in PAIRS.pairs for text in pair]
    tokenizer = build_tokenizer(texts, [], TrainingSettings(dimension=8))
    rows = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 8)).astype(np.float32)
    rows[UNKNOWN_ID] = 0
    return tokenizer, rows


def test_a_model_takes_the_place_of_another_whole(small: Model, tmp_path: Path) -> None:
    tokenizer, vectors = small
    folder = tmp_path / "new" / "model"
    assert not check_output(folder)
    for sign in (1, -1):
        replace_model(folder, tokenizer, sign * vectors, f"# card {sign}\n")
        assert check_output(folder)
        np.testing.assert_allclose(load_model(folder)[1], sign * vectors, atol=0.1)
        assert (folder / "README.md").read_text(encoding="utf-8") == f"# card {sign}\n"
        assert list(folder.parent.iterdir()) == [folder]


def test_rows_that_stay_are_stored_as_they_were(small: Model, tmp_path: Path) -> None:
    tokenizer, vectors = small
    replace_model(tmp_path / "one", tokenizer, vectors, "")
    stored = load_model(tmp_path / "one")[1]
    replace_model(tmp_path / "two", tokenizer, stored, "")
    np.testing.assert_allclose(load_model(tmp_path / "two")[1], stored, rtol=1e-6)


def test_an_interrupt_at_any_moment_leaves_the_old_model(
    small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer, vectors = small
    folder = tmp_path / "model"
    replace_model(folder, tokenizer, vectors, "# old\n")
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    whole = Path.rename
    for passing in (0, 1):
        left = passing

        def rename(self: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if left == -1:
                raise KeyboardInterrupt
            return whole(self, target)

        monkeypatch.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            replace_model(folder, tokenizer, -vectors, "# new\n")
        assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
        assert list(tmp_path.iterdir()) == [folder]
    monkeypatch.undo()
    with pytest.raises(TrainingError, match="not finite"):
        replace_model(folder, tokenizer, vectors * np.nan, "# new\n")
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_what_is_no_model_is_never_written_over(small: Model, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    replace_model(folder, *small, "# card\n")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"more than a model, such as notes\.txt"):
        check_output(folder)
    other = tmp_path / "other"
    other.mkdir()
    assert not check_output(other)
    (other / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises(TrainingError, match="something else than a model"):
        check_output(other)
    with pytest.raises(TrainingError, match="is a file"):
        check_output(other / "config.json")


def test_a_folder_that_training_wrote_is_opened_without_torch_and_gives_the_same_vectors(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(BUNDLED_MODEL, folder)
    encoder = load_encoder(str(folder))
    assert isinstance(encoder, StaticEncoder)
    assert encoder.fingerprint == load_encoder().fingerprint
    texts = ["海綿城市怎樣收集雨水？", "How does a city store rain?"]
    full = SentenceTransformer(str(folder), device="cpu").encode([fold(text) for text in texts])
    np.testing.assert_allclose(encoder.encode_queries(texts), full, atol=1e-5)


def test_the_card_of_a_tuned_model_keeps_all_of_the_first() -> None:
    base = (BUNDLED_MODEL / "README.md").read_text(encoding="utf-8")
    card = tuned_card(base, "## How it was tuned\n\nOn documents.\n")
    assert card.startswith("---\nlicense: cc-by-sa-4.0\n")
    assert card.index("How it was tuned") < card.index("How it was trained")
    assert card.endswith(base.partition("# ")[2])
    # Tuned once more, there is still one metadata header.
    again = tuned_card(card, "## How it was tuned\n\nOn more documents.\n")
    assert again.count("license: cc-by-sa-4.0") == 1
    assert again.count("## How it was tuned") == 2


def test_a_folder_is_one_of_corpora_when_it_holds_most_of_their_files(tmp_path: Path) -> None:
    assert not is_corpora(tmp_path)
    assert not is_corpora(tmp_path / "nowhere")
    (tmp_path / "questions.jsonl").write_text(json.dumps({}), encoding="utf-8")
    assert not is_corpora(tmp_path)
    for name in list(FILES)[1:]:
        (tmp_path / name).touch()
    assert is_corpora(tmp_path)
