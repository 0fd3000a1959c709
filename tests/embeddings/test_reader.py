"""The reader in numpy against its twin in torch; what it reads, and what it refuses to read with."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from embeddings.errors import ModelError
from embeddings.reader import (
    READER_MODEL,
    WEIGHTS_FILE,
    Question,
    Reader,
    SentenceTokens,
    bundled_reader,
    reader_inputs,
)
from embeddings.static_encoder import bundled_encoder
from embeddings.token_shapes import Shape, TokenShapes, shape_of
from embeddings.training.reading import (
    Asked,
    Collection,
    KnownTokens,
    ReaderNetwork,
    ReaderSettings,
    Target,
    save_reader,
    train_reader,
)

SENTENCES = (
    "2013年，海绵城市在镇江开始建设。",
    "项目共投资1.5亿元。",
    "负责人是王建国。",
    "雨水花园、透水铺装和调蓄池让雨水留在城市里。",
    "The pilot covers 29 square kilometres.",
    "？！",
    "",
    "居民说，下大雨时路面再也不积水了。",
)


def sentence(text: str, coverage: float = 0.25) -> SentenceTokens:
    ids = bundled_encoder().token_ids([text])[0]
    return SentenceTokens(ids, np.linspace(1, 6, len(ids), dtype=np.float32), coverage)


def question(text: str) -> Question:
    ids = bundled_encoder().token_ids([text])[0]
    weights = dict.fromkeys(text, 1 / len(text)) if text else {}
    return Question(ids, np.linspace(2, 5, len(ids), dtype=np.float32), weights, text.isascii())


def untrained(folder: Path) -> tuple[ReaderNetwork, Reader, list[str]]:
    """A network with weights as they begin, in half precision as stored, and the reader of its file."""
    torch.manual_seed(1)
    knobs = ReaderSettings(frequent=300)
    network = ReaderNetwork(bundled_encoder().dimension, knobs)
    network.load_state_dict({name: value.half().float() for name, value in network.state_dict().items()})
    network.eval()
    tokens = [bundled_encoder().tokenizer.id_to_token(number) for number in range(400, 700)]
    save_reader(folder, network, tokens, bundled_encoder(), knobs)
    return network, Reader(folder, bundled_encoder()), tokens


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[ReaderNetwork, Reader, list[str]]:
    return untrained(tmp_path_factory.mktemp("reader"))


@settings(max_examples=25, deadline=None)
@given(
    asked=st.sampled_from(["海绵城市是哪一年开始建设的？", "谁负责", "How large is the pilot area?", "雨"]),
    passages=st.lists(
        st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5), min_size=1, max_size=4
    ).filter(lambda drawn: any(any(c.isalnum() for c in text) for passage in drawn for text in passage)),
)
def test_equals_the_network_in_torch(
    twins: tuple[ReaderNetwork, Reader, list[str]], asked: str, passages: list[list[str]]
) -> None:
    network, reader, tokens = twins
    inputs = reader_inputs(
        reader.encoder, reader.shapes, question(asked), [[sentence(text) for text in p] for p in passages]
    )
    with torch.no_grad():
        logits, nothing, spans = network(inputs, KnownTokens(reader.encoder, tokens))
    reading = reader.run(inputs)
    np.testing.assert_allclose(reading.sentences, logits.numpy(), atol=2e-5)
    assert reading.nothing == pytest.approx(float(nothing), abs=1e-5)
    np.testing.assert_allclose(np.stack([reading.starts, reading.ends], 1), spans.numpy(), atol=2e-5)


def test_passages_are_read_each_by_itself() -> None:
    one, two = ([sentence(text) for text in SENTENCES[:3]], [sentence(text) for text in SENTENCES[3:5]])
    asked = question("谁负责这个项目？")
    together = bundled_reader().read(asked, [one, two]).sentences
    np.testing.assert_allclose(together[:3], bundled_reader().read(asked, [one]).sentences, atol=1e-4)
    np.testing.assert_allclose(together[3:], bundled_reader().read(asked, [two]).sentences, atol=1e-4)


@pytest.mark.parametrize(
    ("asked", "answering"),
    [
        ("海绵城市是哪一年开始建设的？", 0),
        ("项目花了多少钱？", 1),
        ("负责人是谁？", 2),
        ("How large is the pilot area?", 4),
    ],
)
def test_finds_the_kind_of_thing_that_is_asked_for(asked: str, answering: int) -> None:
    reading = bundled_reader().read(question(asked), [[sentence(text) for text in SENTENCES[:5]]])
    assert int(reading.sentences.argmax()) == answering


def test_what_is_read_does_not_depend_on_what_was_read_before() -> None:
    asked = question("海绵城市是哪一年开始建设的？")
    passages = [[sentence(text) for text in SENTENCES[:5]]]
    fresh = Reader(READER_MODEL, bundled_encoder())
    used = Reader(READER_MODEL, bundled_encoder())
    for text in (*SENTENCES, "城市的雨水", "建设", "2013"):
        used.read(question(text), [[sentence(text)]])
    one, other = fresh.read(asked, passages), used.read(asked, passages)
    np.testing.assert_array_equal(one.sentences, other.sentences)
    np.testing.assert_array_equal(one.starts, other.starts)


def test_nothing_to_read_is_no_answer() -> None:
    for asked, passages in ((question("谁"), []), (question(""), [[sentence("雨。")]])):
        reading = bundled_reader().read(asked, passages)
        assert len(reading.sentences) == sum(map(len, passages))
        assert (reading.sentences < reading.nothing).all()


def test_learns_what_answers(tmp_path: Path) -> None:
    """Of two sentences the one with a year answers "when", the other "who"; some questions have no answer."""
    texts = [f"{1900 + n}年建成。" for n in range(30)] + [
        f"由{name}建造。" for name in "赵钱孙李周吴郑王冯陈"
    ]
    tokens = [(each.ids, each.idf) for each in map(sentence, texts)]
    passages = [[tokens[n], tokens[30 + n % 10]] for n in range(30)]
    asked = []
    for number in range(30):
        coverage = {number: np.zeros(2, np.float32)}
        for text, place in (("哪年建成", 0), ("谁建造的", 1)):
            asked.append(Asked(question(text), (number,), (), coverage, Target(number, place)))
        asked.append(Asked(question("花了多少钱"), (number,), (), coverage, None))
    losses: list[float] = []
    knobs = ReaderSettings(frequent=100, epochs=14, batch=8, away=0.0)
    network, frequent = train_reader(
        [Collection(passages, asked)], bundled_encoder(), knobs, lambda _, __, loss: losses.append(loss)
    )
    assert losses[-1] < losses[0] / 2
    save_reader(tmp_path, network, frequent, bundled_encoder(), knobs)
    reader = Reader(tmp_path, bundled_encoder())
    fresh = [[sentence("1955年建成。", 0.0), sentence("由孙建造。", 0.0)]]
    when, who, cost = (reader.read(question(text), fresh) for text in ("哪年建成", "谁建造的", "花了多少钱"))
    assert when.sentences.argmax() == 0
    assert who.sentences.argmax() == 1
    assert cost.sentences.max() < cost.nothing


def test_a_reader_for_other_vectors_is_refused(tmp_path: Path) -> None:
    weights = load_file(READER_MODEL / WEIGHTS_FILE)
    save_file(
        weights, tmp_path / WEIGHTS_FILE, metadata={"encoder": "of another model", "tokens": json.dumps([])}
    )
    with pytest.raises(ModelError, match="other token vectors"):
        Reader(tmp_path, bundled_encoder())


def test_a_reader_of_unknown_tokens_is_refused(tmp_path: Path) -> None:
    about = {"encoder": bundled_encoder().fingerprint, "tokens": json.dumps(["no such token"])}
    save_file(load_file(READER_MODEL / WEIGHTS_FILE), tmp_path / WEIGHTS_FILE, metadata=about)
    with pytest.raises(ModelError, match="no such token"):
        Reader(tmp_path, bundled_encoder())


def test_there_must_be_something_to_learn_from() -> None:
    with pytest.raises(ValueError, match="no question"):
        train_reader([Collection([], [])], bundled_encoder(), ReaderSettings(), lambda *_: None)


def test_a_damaged_reader_is_refused(tmp_path: Path) -> None:
    shutil.copy(READER_MODEL / WEIGHTS_FILE, tmp_path)
    whole = (tmp_path / WEIGHTS_FILE).read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"\x00" * 64):
        (tmp_path / WEIGHTS_FILE).write_bytes(damaged)
        with pytest.raises(ModelError, match="cannot be loaded"):
            Reader(tmp_path, bundled_encoder())


def test_reading_does_not_import_torch() -> None:
    code = "import sys; from embeddings.reader import bundled_reader; bundled_reader(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("token", "shape"),
    [
        ("2013", Shape.DIGITS),
        ("km", Shape.LETTERS),
        ("三十", Shape.CHINESE_NUMBER),
        ("雨", Shape.ONE_CHARACTER),
        ("城市", Shape.TWO_CHARACTERS),
        ("太阳能", Shape.THREE_CHARACTERS),
        ("海绵城市", Shape.LONGER),
        ("é", Shape.OTHER),
    ],
)
def test_shapes(token: str, shape: Shape) -> None:
    assert shape_of(token) is shape


def test_characters_weigh_in_every_token_that_holds_them() -> None:
    encoder = bundled_encoder()
    ids = encoder.token_ids(["城市的雨水"])[0]
    tokens = [encoder.tokenizer.id_to_token(int(number)) for number in ids]
    weights = TokenShapes(encoder.tokenizer).weights(ids, {"雨": 0.5, "市": 0.25, "😀": 1.0})
    assert weights.tolist() == [0.5 * ("雨" in token) + 0.25 * ("市" in token) for token in tokens]


@pytest.mark.parametrize("text", ["共投资1.5亿元，约２０１３年。", "面積達３㎡", "The Pilot covers 29 km²."])
def test_token_spans_stand_where_they_say(text: str) -> None:
    encoder = bundled_encoder()
    ids, spans = encoder.token_spans(text)
    assert ids.tolist() == encoder.token_ids([text])[0].tolist()
    assert all(0 <= start < end <= len(text) for start, end in spans.tolist())
    for number, (start, end) in zip(ids.tolist(), spans.tolist(), strict=True):
        assert number in encoder.token_ids([text[start:end]])[0]


def test_token_spans_of_a_text_whose_characters_change_places_are_the_whole() -> None:
    text = "水的q\u0307\u0323值"
    ids, spans = bundled_encoder().token_spans(text)
    assert len(ids) >= 2
    assert spans.tolist() == [[0, len(text)]] * len(ids)
