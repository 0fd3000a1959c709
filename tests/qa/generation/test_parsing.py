"""Written answers as sentences with the passages that each cites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.generation.parsing import parse


def cited(text: str, passages: int = 3) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.text, each.cited) for each in parse(text, passages).sentences]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("有8460种[1]。其中161种[1][3]。", [("有8460种。", (1,)), ("其中161种。", (1, 3))]),
        ("有8460种。[1]其中161种。", [("有8460种。", (1,)), ("其中161种。", ())]),
        ("有8460种。【2】", [("有8460种。", (2,))]),
        ("有8460种［１］。", [("有8460种。", (1,))]),
        ("有8460种[1，3]。", [("有8460种。", (1, 3))]),
        ("It has 3.6 km [1, 2]. It is old.[1-3] Yes.", [("It has 3.6 km.", (1, 2)), ("It is old.", (1, 2, 3)), ("Yes.", ())]),
        ("他说“是。”[1]然后走了。", [("他说“是。”", (1,)), ("然后走了。", ())]),
        ("答案是“好”[1]。", [("答案是“好”。", (1,))]),
        ("鸟[1]和鱼[2]都多了。", [("鸟和鱼都多了。", (1, 2))]),
        ("1. 甲很多[1]\n2. 乙很少\n[2]", [("甲很多", (1,)), ("乙很少", (2,))]),
        ("- 甲\n\n* 乙", [("甲", ()), ("乙", ())]),
        ("3.5万人参加。", [("3.5万人参加。", ())]),
        ("", []),
        ("[1]", []),
    ],
)  # fmt: skip
def test_marks_belong_to_their_sentence(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert cited(text) == expected


def test_numbers_out_of_range_are_removed_and_counted() -> None:
    parsed = parse("甲[4]。乙[0][2]。丙[9,9]。", 3)
    assert [each.cited for each in parsed.sentences] == [(), (2,), ()]
    assert parsed.invalid == 4
    assert all("[" not in each.text for each in parsed.sentences)


def test_lines_are_paragraphs() -> None:
    assert [each.paragraph for each in parse("甲。乙。\n\n丙。", 1).sentences] == [0, 0, 1]


@given(st.text(alphabet="甲乙。！.[]【】1２,-a\n ", max_size=60))
def test_any_text_is_parsed_without_loss_of_letters(text: str) -> None:
    parsed = parse(text, 2)
    for each in parsed.sentences:
        assert set(each.cited) <= {1, 2}
        assert each.text.strip() == each.text != ""
    letters = [character for character in text if character in "甲乙"]
    assert [c for each in parsed.sentences for c in each.text if c in "甲乙"] == letters
