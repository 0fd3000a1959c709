"""Every kind of question that people and programs send."""

import pytest

from qa.errors import QuestionError
from qa.queries import MAX_CHARACTERS, make_query
from qa.types import Language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("湖州有多少种生物？", Language.CHINESE),
        ("How many species live in Huzhou?", Language.ENGLISH),
        ("Judith Walcott对什么感兴趣？", Language.CHINESE),
        ("COP15", Language.ENGLISH),
        ("2013", Language.CHINESE),
        ("What is 湖州 known for in the world today?", Language.ENGLISH),
    ],
)
def test_the_language_is_told(question: str, language: Language) -> None:
    assert make_query(question).language is language


def test_traditional_and_full_width_forms_are_folded_and_the_text_is_kept() -> None:
    query = make_query("　碳匯交易２０２２\x00 ")
    assert query.text == "碳匯交易２０２２"
    assert query.content == "碳汇交易2022"


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00\x00", "\u3000"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        make_query(question)


@pytest.mark.parametrize("question", ["？！……", "😀😀", "()[]{}", "+-*/"])
def test_a_question_without_letters_or_digits_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="punctuation or symbols"):
        make_query(question)


def test_a_question_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(QuestionError, match=r"100,000 characters.*2,000"):
        make_query("湖" * 100_000)
    assert make_query("湖" * MAX_CHARACTERS).text == "湖" * MAX_CHARACTERS


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("湖州有多少种生物？", "湖州有 种生物?"),
        ("How many species are there in Huzhou?", "species huzhou?"),
        ("Whatever the weather", "whatever weather"),
        ("什么", "什么"),
        ("who", "who"),
    ],
)
def test_words_that_only_ask_are_not_searched_for(question: str, content: str) -> None:
    assert make_query(question).content == content


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("What happened in May 2013?", "happened may 2013?"),
        ("on 5 May", "5 may"),
        ("5 t of carbon", "5 t carbon"),
        ("May I ask?", "ask?"),
    ],
)
def test_units_and_months_that_look_like_asking_words_stay(question: str, content: str) -> None:
    assert make_query(question).content == content
