"""Dates, shares and measures: each way to write one gives the same token, another value never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.folding import fold
from embeddings.lexical_tokens import lexical_tokens
from embeddings.quantities import is_unit, quantity_tokens

SAME = {
    "2013-12-05": [
        "2013-12-05",
        "2013.12.5",
        "2013/12/05",
        "2013年12月5日",
        "２０１３ 年 12 月 5 日",
        "二〇一三年十二月五日",
        "二○一三年十二月五号",
        "5 December 2013",
        "5th of December, 2013",
        "Dec. 5, 2013",
    ],
    "2013-12": ["2013年12月", "2013-12", "December 2013", "5 December 2013", "二零一三年十二月份"],
    "2013-05": ["May 2013", "2013年5月"],
    "--12-05": ["12月5日", "December 5", "2013-12-05", "十二月五日"],
    "5%": ["5%", "5％", "百分之五", "5 percent", "5 per cent", "5.0%"],
    "35.6%": ["百分之三十五点六", "35.60%"],
    "5pp": ["五个百分点", "5 percentage points", "5个百分点"],
    "5‰": ["5‰", "千分之五"],
    "5000000m2": [
        "5平方公里",
        "五平方千米",
        "5 km²",
        "5km2",
        "5 ㎢",
        "5 square kilometres",
        "5 sq. km",
        "5-square-kilometer",
        "500公顷",
        "500 hectares",
        "500ha",
    ],
    "320000000m2": ["3.2万公顷", "32000公顷", "32,000 hectares", "三万二千公顷"],
    "3000m": ["3公里", "3千米", "3000米", "3 km", "3 thousand metres"],
    "25000000kg": ["2.5万吨", "25,000 tonnes", "25 thousand tons", "25000 t"],
    "840000亩": ["84万亩", "840,000 mu"],
    "-5°c": ["-5℃", "零下5摄氏度", "-5 °C"],
    "1.5°c": ["1.5℃", "1.5摄氏度", "1.5 degrees Celsius"],
    "500000000cny": ["5亿元", "五亿元", "500 million yuan", "RMB 500 million", "¥5亿", "人民币5亿元"],
    "200000usd": ["20万美元", "$200,000", "US$200 thousand", "200,000 dollars"],
    "4500000000000kwh": ["4.5万亿千瓦时", "4500000 gigawatt-hours"],
}


@pytest.mark.parametrize(
    ("token", "text"), [(token, text) for token, texts in SAME.items() for text in texts]
)
def test_every_way_to_write_it_gives_its_token(token: str, text: str) -> None:
    assert token in lexical_tokens(text).words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("2023年2月30日", []),
        ("2013-14赛季", []),
        ("1.2.3", []),
        ("12月", []),
        ("3-5℃", ["5°c"]),
        ("上万元", []),
        ("5 million", []),
        ("$500m2x", []),
        ("5亿欧元", ["500000000eur"]),
        ("6亩", ["6亩"]),
        ("1公顷", ["10000m2"]),
        ("", []),
    ],
)
def test_what_is_none_gives_none_and_units_of_unequal_size_stay_apart(text: str, tokens: list[str]) -> None:
    assert quantity_tokens(fold(text)) == tokens


def test_a_unit_is_told_by_any_of_its_names() -> None:
    assert is_unit("mw")
    assert is_unit("公顷")
    assert not is_unit("iucn")


@given(st.text("0123456789零〇○一二两三十百千万亿点年月日分之%‰-./ ,kmt²美元公里吨℃may percent", max_size=30))
def test_no_text_makes_it_fail(text: str) -> None:
    assert not any(token != "".join(token.split()) for token in quantity_tokens(text))
