"""Words, bigrams and characters of Chinese, English and mixed text."""

import pytest

from embeddings.lexical_tokens import lexical_tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PPR-9087", {"ppr-9087", "ppr", "9087"}),
        ("PM2.5", {"pm2.5", "pm", "2.5"}),
        ("1,080,000", {"1080000"}),
        ("２０１３年", {"2013"}),
        ("COP15", {"cop15", "cop", "15"}),
        ("forests", {"forests", "forest"}),
        ("80%", {"80"}),
    ],
)
def test_latin_words_and_numbers_come_whole_in_parts_and_stemmed(text: str, expected: set[str]) -> None:
    assert expected <= set(lexical_tokens(text).words)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("二〇一三年", "2013年"),
        ("二零一三年", "２０１３年"),
        ("1.08万亩", "10800亩"),
        ("1.08万亩", "10,800亩"),
        ("三十六家银行", "36家银行"),
        ("6.5亿人", "650,000,000人"),
        ("两千公里", "2000公里"),
        ("三次", "3次"),
        ("3千米", "3000米"),
    ],
)
def test_numbers_of_equal_value_share_a_word(one: str, other: str) -> None:
    assert {word for word in lexical_tokens(one).words if word.isdecimal()} & set(lexical_tokens(other).words)


@pytest.mark.parametrize("text", ["千万不要", "万一", "四五十个", "亿万富翁", "一共", "十分"])
def test_what_only_looks_like_a_number_has_no_value(text: str) -> None:
    assert not any(word.isdecimal() for word in lexical_tokens(text).words)


def test_digits_that_are_no_group_are_not_joined() -> None:
    assert "12" in lexical_tokens("12,3").words


def test_han_text_gives_words_bigrams_and_characters() -> None:
    tokens = lexical_tokens("垃圾焚烧发电")
    assert {"垃圾", "焚烧", "发电"} <= set(tokens.words)
    assert tokens.bigrams == ("垃圾", "圾焚", "焚烧", "烧发", "发电")
    assert tokens.characters == tuple("垃圾焚烧发电")


def test_traditional_and_full_width_forms_fold_to_the_same_tokens() -> None:
    assert lexical_tokens("垃圾焚燒發電ＡＢＣ") == lexical_tokens("垃圾焚烧发电abc")


def test_bigrams_do_not_cross_punctuation_or_latin() -> None:
    assert lexical_tokens("湖州，安吉a县").bigrams == ("湖州", "安吉")


@pytest.mark.parametrize("text", ["", "！？……", "😀", "\x00"])
def test_text_without_letters_has_no_tokens(text: str) -> None:
    tokens = lexical_tokens(text)
    assert not tokens.words
    assert not tokens.bigrams
    assert not tokens.characters
