"""Replies against gold answers."""

import pytest

from qa.evaluation.text_match import bare, character_f1, contains_answer


@pytest.mark.parametrize(
    ("reply", "answers", "in_parts", "held"),
    [
        ("全域生物物种达到 8460 种，", ("8460种",), False, 1.0),
        ("全域生物物種達到８４６０種", ("8460种",), False, 1.0),
        ("全域生物物种达到 846 种", ("8460种",), False, 0.0),
        ("It was held in NINGBO.", ("Ningbo", "宁波"), False, 1.0),
        ("拉萨和海口", ("拉萨", "海口", "深圳"), True, 2 / 3),
        ("拉萨和海口", ("拉萨", "海口", "深圳"), False, 1.0),
        ("", ("拉萨",), False, 0.0),
        ("拉萨", ("？",), False, 0.0),
    ],
)
def test_contains_answer(reply: str, answers: tuple[str, ...], in_parts: bool, held: float) -> None:
    assert contains_answer(reply, answers, in_parts=in_parts) == pytest.approx(held)


@pytest.mark.parametrize(
    ("reply", "answers", "in_parts", "value"),
    [
        ("2013年", ("2013年",), False, 1.0),
        ("二零一三年", ("2013年",), False, 2 * (1 / 5) * (1 / 2) / (1 / 5 + 1 / 2)),
        ("在宁波举办", ("宁波",), False, 2 * (2 / 5) * 1 / (2 / 5 + 1)),
        ("held in Ningbo", ("宁波", "Ningbo"), False, 2 * (1 / 3) * 1 / (1 / 3 + 1)),
        ("拉萨", ("拉萨", "海口"), True, 2 * 1 * (2 / 4) / (1 + 2 / 4)),
        ("人人", ("人",), False, 2 * (1 / 2) * 1 / (1 / 2 + 1)),
        ("", ("宁波",), False, 0.0),
        ("深圳", ("宁波",), False, 0.0),
    ],
)
def test_character_f1(reply: str, answers: tuple[str, ...], in_parts: bool, value: float) -> None:
    assert character_f1(reply, answers, in_parts=in_parts) == pytest.approx(value)


@pytest.mark.parametrize("metric", [contains_answer, character_f1])
def test_without_gold_answers_they_are_undefined(metric: object) -> None:
    with pytest.raises(ValueError, match="undefined"):
        metric("宁波", (), in_parts=False)  # type: ignore[operator]


def test_bare_keeps_letters_and_digits() -> None:
    assert bare("《Ｎｉｎｇｂｏ》 寧波，2023！") == "ningbo宁波2023"
