"""From what a person typed to a query that can be searched."""

import regex

from embeddings.folding import fold
from qa.errors import QuestionError
from qa.question_words import has_asking_word, speaks_of_us, without_asking_words
from qa.types import Language, Query

MAX_CHARACTERS = 2_000
"""Longest question that is searched; a longer text is a document, not a question."""

_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}]+")
_HAN = regex.compile(r"\p{Han}")
_LATIN_WORD = regex.compile(r"\p{Latin}{2,}")
_SEARCHABLE = regex.compile(r"[\p{L}\p{N}]")

_ASK = "Ask in words, for example 湖州有多少种生物？"


def without_controls(text: str) -> str:
    """Runs of control, private and unassigned characters, line ends among them, become single spaces."""
    return str(_CONTROL.sub(" ", text)).strip()


def asks_only(question: str) -> bool:
    """Whether a question asks and holds nothing else that is searched for: 为什么？, where?"""
    folded = fold(question)
    if not has_asking_word(folded) or speaks_of_us(folded):
        return False
    return _SEARCHABLE.search(without_asking_words(folded)) is None


def make_query(question: str) -> Query:
    """Check a question, drop control characters, find what it asks about, and tell its language.

    A question is English when it has Latin words and hardly any Han characters; names in Latin letters
    inside a Chinese question do not make it English.

    Raises:
        QuestionError: empty, longer than MAX_CHARACTERS, or without a single letter or digit.
    """
    text = without_controls(question)
    if not text:
        raise QuestionError("The question is empty", _ASK)
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(text):,} characters, the limit is {MAX_CHARACTERS:,}",
            "Ask one thing in a sentence or two; index a long text as a document instead.",
        )
    if not _SEARCHABLE.search(text):
        raise QuestionError("The question holds only punctuation or symbols, nothing to search for", _ASK)
    han = len(_HAN.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    language = Language.ENGLISH if latin > 2 * han else Language.CHINESE
    folded = fold(text)
    # "什么" and "how many" stand in the question and hardly ever in what answers it; without them every
    # signal finds better. A question of nothing else is searched as it is.
    content = without_asking_words(folded)
    if not _SEARCHABLE.search(content):
        content = folded
    return Query(text=text, content=" ".join(content.split()), language=language)
