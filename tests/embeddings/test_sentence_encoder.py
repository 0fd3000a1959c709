"""Any sentence-transformers model in place of the bundled one, from a folder to an answer."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from embeddings.errors import ModelError
from embeddings.models import load_encoder
from embeddings.sentence_encoder import SentenceEncoder
from embeddings.static_encoder import BUNDLED_MODEL, FORMAT_FIELD
from qa.bot import Bot
from qa.errors import CollectionError
from qa.indexing import index_paths


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    """The bundled folder without the word that it is ours: any other sentence-transformers model."""
    folder = tmp_path_factory.mktemp("other") / "model"
    shutil.copytree(BUNDLED_MODEL, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    del config[FORMAT_FIELD]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    loaded = load_encoder(str(folder))
    assert isinstance(loaded, SentenceEncoder)
    return loaded


def test_rows_have_unit_length(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode_passages(["湖州的竹林", "Shenzhen"])
    assert vectors.shape == (2, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)


def test_a_static_model_is_known_as_one(encoder: SentenceEncoder) -> None:
    assert not encoder.contextual


def test_the_fingerprint_is_that_of_the_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.fingerprint == SentenceEncoder(encoder.name).fingerprint


def test_a_collection_is_indexed_and_asked_with_it_and_remembers_it(
    encoder: SentenceEncoder, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("河长每周巡查一次河道。", encoding="utf-8")
    index_paths(tmp_path / "data" / "default", [folder], encoder)
    remembering = Bot(tmp_path / "data")
    assert remembering.manifest().model == encoder.name
    assert remembering.search("河长多久巡查一次？", k=1)[0].why.dense_rank == 1
    remembering.close()
    other = Bot(tmp_path / "data", model="bundled")
    with pytest.raises(CollectionError, match="was indexed with the model"):
        other.search("河长")
    other.close()


def test_a_model_that_cannot_be_loaded_says_what_was_tried_and_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A port of this machine on which nothing listens stands for a hub that is out of reach.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match=r"no such folder.*cannot be reached.*bundled model") as caught:
        load_encoder("nobody/no-such-model")
    assert "\n" not in str(caught.value)
