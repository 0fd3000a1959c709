"""What a question is about: the phrase that the next question may leave out.

A Chinese question is cut into words with their parts of speech (jieba); English is in qa/english_topics.py.
What is found is a run of the question as it was typed, so that it reads well in another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, takewhile

import regex
import rjieba

from qa.characters import has_han
from qa.english_topics import english_pieces, english_topic
from qa.question_words import asks

_OPENERS, _CLOSERS = frozenset("“《「『‘（("), frozenset("”》」』’）)")
_CLAUSE_END = frozenset("，,；;。？?！!：:")
QUOTED = regex.compile(r"《[^》]{2,40}》|“[^”]{2,40}”|「[^」]{2,40}」|\"[^\"]{2,40}\"")
"""A phrase with its quotation marks."""

_NOUNS = ("n", "l", "i", "j", "b", "s", "an", "vn", "zg", "eng", "z")
_NAMES = ("nr", "ns", "nt", "nz", "eng")
_ENDS_PHRASE = frozenset("让 使 把 被 给 将 对".split())
_LETTER = regex.compile(r"[\p{L}\p{N}]")
_DOTS = frozenset("·•")
_CAPITAL = regex.compile(r"\p{L}.*?\s[\"“]?\p{Lu}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a Chinese text: ``text[start:end]`` of it, with jieba's tag."""

    text: str
    tag: str
    start: int
    end: int

    @property
    def asks(self) -> bool:
        """Whether it asks: 谁, 哪个, 多少."""
        return asks(self.text)

    @property
    def is_noun(self) -> bool:
        """Whether it may be part of what a thing is called."""
        return self.tag.startswith(_NOUNS) and not self.asks

    @property
    def is_name(self) -> bool:
        """Whether it is tagged as a name."""
        return self.tag.startswith(_NAMES)

    @property
    def is_date(self) -> bool:
        """Whether it may be part of a date or a count."""
        return self.tag[:1] in {"m", "t"} and not self.asks


@lru_cache(maxsize=256)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a Chinese text, in order.

    A few texts are remembered: every turn is looked at from several sides, and again with each later one.
    """
    words, at = [], 0
    for word, tag in rjieba.tag(text):
        words.append(Word(word, tag, at, at + len(word)))
        at += len(word)
    return tuple(words)


def clauses_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words between the marks that end a clause; a mark inside quotation marks ends none."""
    clauses: list[list[Word]] = [[]]
    depth = 0
    for word in words:
        depth += (word.text in _OPENERS) - (word.text in _CLOSERS)
        if word.text in _CLAUSE_END and depth <= 0:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return [clause for clause in clauses if clause]


def topic_of(question: str) -> str:
    """The phrase that names what a question is about, as typed there; empty where none is found."""
    topic = _chinese_topic(question) if has_han(question) else english_topic(question)
    return topic if _LETTER.search(topic) else ""


def has_name(question: str) -> bool:
    """Whether a question names something: a tagged name, a quotation, a capital within a sentence."""
    if QUOTED.search(question) is not None:
        return True
    if has_han(question):
        return any(word.is_name and not word.asks for word in words_of(question))
    return _CAPITAL.search(question) is not None


def is_named(phrase: str) -> bool:
    """Whether a phrase is nothing but a name: 深圳, Ant Forest; an abbreviation may be a measure."""
    if not has_han(phrase):
        return phrase[:1].isupper() or (phrase.startswith("the ") and phrase[4:5].isupper())
    words = words_of(phrase)
    names = any(word.tag.startswith(("nr", "ns", "nt", "nz")) for word in words)
    return names and all(word.is_noun for word in words)


def is_time(phrase: str) -> bool:
    """Whether a Chinese phrase is nothing but a time without its year: 去年, 之前, 治理之后."""
    words = words_of(phrase) if has_han(phrase) else ()
    if not words:
        return False
    before_or_after = words[-1].tag == "f" and words[-1].text[-1] in "前后"
    return before_or_after or all(word.tag == "t" for word in words)


def person_in(text: str) -> str:
    """The first person whom a Chinese text names, 埃里克·索尔海姆 as a whole; empty where there is none."""
    for is_part, run in groupby(words_of(text), lambda word: word.tag.startswith("nr") or word.text in _DOTS):
        name = "".join(word.text for word in run).strip("".join(_DOTS)) if is_part else ""
        if len(name) > 1:
            return name
    return ""


def pieces_of(question: str) -> list[tuple[int, int]]:
    """Where the nouns, names and dates of a question stand: the parts that another may take the place of."""
    if not has_han(question):
        return english_pieces(question)
    pieces = []
    for is_part, run in groupby(words_of(question), lambda word: word.is_noun or word.is_date):
        words = list(run)
        if is_part:
            pieces.append((words[0].start, words[-1].end))
    return pieces


def _chinese_topic(question: str) -> str:
    clauses = clauses_of(words_of(question))
    asking = next((at for at, clause in enumerate(clauses) if any(word.asks for word in clause)), 0)
    for clause in clauses[:asking]:
        if topic := _span(question, clause):
            return topic
    if not clauses:
        return ""
    clause = clauses[asking]
    before = list(takewhile(lambda word: not word.asks, clause))
    if topic := _span(question, _without_asked(before)):
        return topic
    if quoted := QUOTED.search(question):
        return str(quoted[0])
    return _span(question, clause[len(before) + 2 :])


def _without_asked(before: list[Word]) -> list[Word]:
    """Of "X的Y是" what stands before the last 的: Y is what is asked for."""
    if before and before[-1].text in {"是", "有", "达到", "为"}:
        of = [at for at, word in enumerate(before) if word.text == "的"]
        if of and any(word.is_noun for word in before[: of[-1]]):
            return before[: of[-1]]
    return before


def _span(question: str, words: Sequence[Word]) -> str:
    """From the first noun, with what stands close before it, to the last noun of the first phrase."""
    first = next((at for at, word in enumerate(words) if word.is_noun), None)
    if first is None:
        return ""
    last = first
    for at in range(first, len(words)):
        if words[at].text in _ENDS_PHRASE or words[at].tag[0] == "r":
            break
        if words[at].is_noun or words[at].text in _CLOSERS:
            last = at
    while first and words[first - 1].tag[0] in "advmxpt":
        first -= 1
    while words[first].tag[0] == "p":
        first += 1
    return question[words[first].start : words[last].end]
