"""From what a person typed to a query that can be searched."""

import regex

from embeddings.folding import fold
from qa.errors import QuestionError
from qa.types import Language, Query

MAX_CHARACTERS = 2_000
"""Longest question that is searched; a longer text is a document, not a question."""

_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}]+")
_HAN = regex.compile(r"\p{Han}")
_LATIN_WORD = regex.compile(r"\p{Latin}{2,}")
_SEARCHABLE = regex.compile(r"[\p{L}\p{N}]")

# Words that ask rather than name; holding one of them says nothing about a passage.
_ASKING_WORDS = frozenset(
    "什么 怎么 怎样 如何 多少 哪些 哪个 哪里 哪儿 哪家 哪种 哪一 哪年 为何 为什么 谁 几个 是否 有没有 "
    "是不是 能不能 可以 请问 告诉 知道 一下 介绍 "
    "what which who whom whose when where why how many much does did do done is are was were am be been "
    "being the a an of in on for to and or by with from at as it its this that these those there here "
    "have has had can could would should will may might must please tell about i me my mine you your "
    "yours he him his she her we us our they them their s t re ve ll d m not no if then than so but "
    "into over any some".split()
)

# Metres, tonnes and the month of May do not ask.
_NAMING = r"(?<=\d\s*)\b[mt]\b|(?<=\b\d{1,2}\s+)may\b|\bmay(?=\s+\d)"
_ASKING = regex.compile(
    rf"(?:{_NAMING})(*SKIP)(*FAIL)|"
    + "|".join(
        rf"\b{word}\b" if word.isascii() else word for word in sorted(_ASKING_WORDS, key=len, reverse=True)
    )
)

_ASK = "Ask in words, for example 湖州有多少种生物？"


def without_controls(text: str) -> str:
    """Runs of control, private and unassigned characters, line ends among them, become single spaces."""
    return str(_CONTROL.sub(" ", text)).strip()


def is_asking_word(word: str) -> bool:
    """Whether a folded word is one of those that are not searched for."""
    return word in _ASKING_WORDS


def asks_only(question: str) -> bool:
    """Whether a question holds nothing but words that ask: 为什么？, where?"""
    return _SEARCHABLE.search(_ASKING.sub(" ", fold(question))) is None


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
    content = _ASKING.sub(" ", folded)
    if not _SEARCHABLE.search(content):
        content = folded
    return Query(text=text, content=" ".join(content.split()), language=language)
