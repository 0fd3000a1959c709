"""Decoding whole files: what is certain, what is chosen, what is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.decoding import decode
from qa.errors import DocumentError
from qa.garble import GARBLE_THRESHOLD, garble_score, garble_warning

SEEDS = Path(__file__).parents[2] / "seeds" / "documents"
SIMPLIFIED = (
    "在研讨会期间，联合国环境署对湖州的竹林碳汇案例表现出浓厚兴趣。她仔细询问，以及合作研究的可能性。"
)
TRADITIONAL = (
    "在研討會期間，聯合國環境署對湖州的竹林碳匯案例表現出濃厚興趣。她仔細詢問，以及合作研究的可能性。"
)


@pytest.mark.parametrize(
    ("codec", "text", "encoding"),
    [
        ("utf-8", SIMPLIFIED, "utf-8"),
        ("utf-8-sig", SIMPLIFIED, "utf-8-sig"),
        ("utf-16", SIMPLIFIED, "utf-16"),
        ("gb18030", SIMPLIFIED, "gb18030"),
        ("gbk", "朱镕基总理出席了会议并讲话。", "gb18030"),
        ("gb18030", TRADITIONAL, "gb18030"),
        ("gb18030", "产品说明书", "gb18030"),
        ("gb18030", "生僻字𠀀也在其中，仍然可以解码。", "gb18030"),
        ("big5", TRADITIONAL, "big5"),
        ("big5", "國立臺灣大學", "big5"),
        ("big5", "會議紀錄。", "big5"),
        ("ascii", "Plain English text.", "utf-8"),
    ],
)
def test_codecs(codec: str, text: str, encoding: str) -> None:
    decoded = decode(text.encode(codec))
    assert decoded.text == text
    assert decoded.encoding == encoding


def test_utf16_both_byte_orders() -> None:
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert decode(mark + SIMPLIFIED.encode(codec)).text == SIMPLIFIED


def test_the_end_of_a_long_file_counts() -> None:
    text = "Summary in English. " * 500 + SIMPLIFIED
    assert decode(text.encode("gb18030")).text == text


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: path.name[:3])
def test_seeds_survive_a_round_trip_through_gb18030(seed: Path) -> None:
    data = seed.read_bytes()
    text = decode(data).text
    assert text.encode("utf-8") == data
    again = decode(text.encode("gb18030"))
    assert again.text == text
    assert again.encoding == "gb18030"


def test_line_ends_are_kept() -> None:
    assert decode("一\r\n二\n三\r四".encode()).text == "一\r\n二\n三\r四"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        ("\ufeff".encode(), "nothing but blanks"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"text\x00text", "binary"),
        (bytes(range(1, 27)) * 20, "binary"),
        (b"\xff\xfe\x00\x00A\x00\x00\x00", "UTF-32"),
        (b"\xff\xfeA", "UTF-16"),
        (SIMPLIFIED.encode()[:-1], "broken at byte"),
        ("Été à la plage, où les élèves étaient très fatigués.".encode("latin-1"), "none of"),
        ("Über die Straße gehen schöne Mädchen.".encode("latin-1"), "none of"),
    ],
)
def test_refused_with_a_remedy(data: bytes, problem: str) -> None:
    with pytest.raises(DocumentError, match=problem) as caught:
        decode(data)
    assert caught.value.remedy.endswith(".")


@given(st.binary(max_size=200))
def test_any_bytes_decode_exactly_or_are_refused(data: bytes) -> None:
    try:
        decoded = decode(data)
    except DocumentError:
        return
    assert decoded.text.encode(decoded.encoding) == data or decoded.encoding == "utf-16"
    if decoded.encoding != "gb18030":
        assert "\ufffd" not in decoded.text or "\ufffd".encode(decoded.encoding) in data


SOUND = [
    SIMPLIFIED,
    TRADITIONAL,
    "建设试点经验。",
    "Été à la plage, où les élèves étaient naïfs.",
    "Hello “world” — it’s 3.6 °C, 25 µg/m³, ①②, CO₂…",
    "ラテンアメリカの研究",
    "👨‍👩‍👧 ok",
    "",
]
MOJIBAKE = {
    "gbk as latin-1": SIMPLIFIED.encode("gbk").decode("latin-1"),
    "utf-8 as latin-1": SIMPLIFIED.encode().decode("latin-1"),
    "utf-8 as windows-1252": SIMPLIFIED.encode().decode("cp1252", "ignore"),
    "utf-8 as gbk": SIMPLIFIED.encode().decode("gbk", "ignore"),
    "big5 as latin-1": TRADITIONAL.encode("big5", "ignore").decode("latin-1"),
    "replacement": "\ufffd" * 20 + "正文",
    "private use": "\ue001\ue002\ue003\ue004",
    "font codes": "(cid:12)(cid:7)(cid:99)",
    "unassigned": "\u0378\u0379" * 5,
}


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_is_not_garbled(text: str) -> None:
    assert garble_score(text) == 0.0


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: path.name[:3])
def test_seeds_are_not_garbled(seed: Path) -> None:
    assert garble_score(seed.read_text("utf-8")) == 0.0


@pytest.mark.parametrize("kind", MOJIBAKE)
def test_mojibake_is_garbled(kind: str) -> None:
    assert garble_score(MOJIBAKE[kind]) > 0.4


def test_garble_grows_with_the_share_of_damage() -> None:
    half = garble_score(SIMPLIFIED + "\n" + MOJIBAKE["gbk as latin-1"])
    assert 0.3 < half < 0.9


@given(st.text(max_size=300))
def test_garble_is_a_share(text: str) -> None:
    assert 0.0 <= garble_score(text) <= 1.0


def test_warning_above_the_threshold_only() -> None:
    assert garble_warning(GARBLE_THRESHOLD) is None
    warning = garble_warning(0.25)
    assert warning is not None
    assert "25%" in warning
