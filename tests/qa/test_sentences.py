"""Sentence boundaries in Chinese and English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.sentences import LONG, sentences

CASES = [
    ("今天下雨。明天晴！后天呢？", ["今天下雨。", "明天晴！", "后天呢？"]),
    ("他说：“走吧。”她没动。", ["他说：“走吧。”", "她没动。"]),
    ("（见图一。）后面还有话。", ["（见图一。）", "后面还有话。"]),
    ("真的吗？！是的……他想了想。", ["真的吗？！", "是的……", "他想了想。"]),
    ("“能走吗？”的问题没有答案。", ["“能走吗？”的问题没有答案。"]),
    ("没有句号的一行", ["没有句号的一行"]),
    ("第一行\n第二行", ["第一行", "第二行"]),
    ("甲；乙；丙。", ["甲；乙；丙。"]),
    ("It rained. We stayed. Did you?", ["It rained.", "We stayed.", "Did you?"]),
    ("Dr. Smith met Mr. J. R. Brown at 5 p.m. on Monday.", None),
    ("The U.S. Survey paid $3.6 million, i.e. a lot.", None),
    ("It ended at 5 p.m. Then we left.", ["It ended at 5 p.m.", "Then we left."]),
    ("See Fig. 3 and No. 7. It helps.", ["See Fig. 3 and No. 7.", "It helps."]),
    ("1. Scope of the work", None),
    ("2. 具体做法。项目提出方案。", ["2. 具体做法。", "项目提出方案。"]),
    (
        "Read https://example.org/a.b?c=d.e now. Then stop.",
        ["Read https://example.org/a.b?c=d.e now.", "Then stop."],
    ),
    ("Version 2.10 is out! Try it.", ["Version 2.10 is out!", "Try it."]),
    ("浓度为3.6毫克，PM2.5下降。好。", ["浓度为3.6毫克，PM2.5下降。", "好。"]),
    ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
    ("**问：如何卸载？**答：打开设置。", ["**问：如何卸载？**", "答：打开设置。"]),
    ("   \n\n", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_boundaries(text: str, expected: list[str] | None) -> None:
    found = [text[start:end] for start, end in sentences(text)]
    assert found == ([text] if expected is None else expected)


def test_long_sentences_are_cut_at_semicolons() -> None:
    clause = "完善城市绿地系统规划" * 6
    text = f"{clause}；{clause}；{clause}。"
    found = [text[start:end] for start, end in sentences(text)]
    assert found == [f"{clause}；", f"{clause}；", f"{clause}。"]
    assert all(len(piece) <= LONG for piece in found)


def test_a_stretch_of_a_text() -> None:
    text = "一。二。三。"
    assert sentences(text, 2, 4) == [(2, 4)]


@given(st.text(alphabet='中文ab1。！？.!?；，”’（）" \n…', max_size=200))
def test_every_solid_character_is_in_one_sentence(text: str) -> None:
    spans = sentences(text)
    covered = [index for start, end in spans for index in range(start, end)]
    assert covered == sorted(set(covered))
    assert {index for index, character in enumerate(text) if not character.isspace()} <= set(covered)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip()
        assert "\n" not in text[start:end]
