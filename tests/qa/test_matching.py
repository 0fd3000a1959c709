"""A passage holds what a question asks about, however either of them writes it."""

import pytest

from embeddings.lexical_tokens import lexical_tokens
from qa.matching import held_tokens


@pytest.mark.parametrize(
    ("question", "token", "text"),
    [
        ("哪里的林地有320000亩？", "320000亩", "全县共有林地三十二万亩。"),
        ("哪里的林地有5000亩？", "5000亩", "收储林地5,000亩"),
        ("平均气温是15℃的城市", "15°c", "年均气温十五摄氏度"),
        ("盐度为３‰的水", "3‰", "水的盐度是千分之三"),
        ("哪里有竹林？", "竹林", "收儲安吉的竹林碳匯"),
        ("how many companies", "compani", "One company took part."),
        ("Pokémon cards", "pokémon", "A card of a Pokémon."),
    ],
)
def test_what_is_written_in_another_way_is_held(question: str, token: str, text: str) -> None:
    tokens = lexical_tokens(question).words
    assert token in tokens
    assert token in held_tokens(tokens, text)


@pytest.mark.parametrize(
    ("question", "token", "text"),
    [
        ("哪里的林地有5000亩？", "5000亩", "收储林地15000亩"),
        ("哪里的林地有5000亩？", "5000亩", "收储林地5000公顷"),
        ("the café", "café", "one caféteria"),
        ("哪里有竹林？", "竹林", "竹子和树林"),
    ],
)
def test_a_part_of_another_number_or_word_is_not_held(question: str, token: str, text: str) -> None:
    tokens = lexical_tokens(question).words
    assert token in tokens
    assert token not in held_tokens(tokens, text)
