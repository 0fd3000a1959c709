"""Numbers by their value: what is read, what is left alone, and that nothing makes it fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.numerals import numeral_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("二〇一三年", ["2013"]),
        ("六亿五千万人", ["650000000"]),
        ("1.08万亩和2.5亿元", ["10800", "250000000"]),
        ("第十五次缔约方大会", ["15"]),
        ("三次", ["3"]),
        ("十万八千里", ["108000"]),
        ("2013年有8460种", []),
        ("千万不要", []),
        ("亿万", []),
        ("四五十个", []),
        ("一", []),
        ("", []),
        ("二十一" * 20, []),
    ],
)
def test_values(text: str, values: list[str]) -> None:
    assert numeral_values(text) == values


@given(st.text("零〇一二两三四五六七八九十百千万亿0123456789.年个 ", max_size=30))
def test_no_run_of_numerals_makes_it_fail(text: str) -> None:
    assert all(value.replace(".", "", 1).isdecimal() for value in numeral_values(text))
