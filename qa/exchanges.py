"""The last question asked of something else: another year, part, time, person or thing in its place."""

import numpy as np
import regex

from embeddings.static_encoder import StaticEncoder
from qa.characters import has_han
from qa.parts import is_part, of_part
from qa.topics import QUOTED, is_named, is_time, person_in, pieces_of, words_of

_ALIKE = 0.4
"""From this closeness on, what is new takes the place of a part of the last question."""

_SAME_KIND = 0.4
"""Closeness added for two names of places."""

_SAME_END = 0.3
"""Closeness added where both end in one character, as 公交车 and 出租车 do."""

_COUNTED = r"[十百千万亿吨米亩元人名家个只头辆棵株座台户]|公[里顷斤]|平[方米]|立方"
_YEAR = regex.compile(
    rf"(?<!\p{{N}}|\p{{N}}[.,])(?:19|20)\p{{N}}{{2}}(?![\p{{N}}%‰]|[.,]\p{{N}}|\s*(?:{_COUNTED}))(?:\s*年)?"
)
"""A year, with 年 or without; not the 2000 of 2000吨 and 2000万."""


def exchanged(static: StaticEncoder, last: str, subject: str, new: str) -> str:
    """The last question with what is new in place of the part that it is like.

    Args:
        static: compares meanings.
        last: the last question.
        subject: what it is about.
        new: a phrase that asks nothing: 风能, 2021年, 第二点, Shenzhen.

    Returns:
        The question; empty where what is new is like no part of it.
    """
    for put in (_in_year, _of_part, _at_time, _of_person, _in_quotation_marks):
        if found := put(last, new):
            return found
    if (span := _most_like(static, last, new)) is not None:
        return last[: span[0]] + new + last[span[1] :]
    # Another name is another subject.
    renamed = subject in last and is_named(new) and is_named(subject)
    return last.replace(subject, new) if renamed else ""


def _in_year(question: str, year: str) -> str:
    if _YEAR.fullmatch(year) is None:
        return ""
    if _YEAR.search(question):
        return str(_YEAR.sub(lambda _: year, question, count=1))
    return f"{year}，{question}" if has_han(question) else f"{question.rstrip('? ')} in {year}?"


def _of_part(question: str, part: str) -> str:
    return of_part(question, part) if is_part(part) else ""


def _at_time(question: str, time: str) -> str:
    if is_part(time) or not is_time(time):
        return ""
    for word in words_of(question):
        if word.tag == "t":
            return question[: word.start] + time + question[word.end :]
    return f"{time}，{question}"


def _of_person(question: str, person: str) -> str:
    old = person_in(question)
    return question.replace(old, person) if old and person_in(person) == person else ""


def _in_quotation_marks(question: str, quoted: str) -> str:
    old = QUOTED.findall(question)
    return question.replace(old[0], quoted) if len(old) == 1 and QUOTED.fullmatch(quoted) else ""


def _most_like(static: StaticEncoder, last: str, new: str) -> tuple[int, int] | None:
    """Where the part of a question stands that a phrase is most like; None where it is like none."""
    pieces = pieces_of(last)
    if not pieces:
        return None
    texts = [last[start:end] for start, end in pieces]
    vectors = static.encode_queries([new, *texts])
    closeness = vectors[1:] @ vectors[0] + [_likeness(text, new) for text in texts]
    best = int(np.argmax(closeness))
    return pieces[best] if closeness[best] >= _ALIKE else None


def _likeness(old: str, new: str) -> float:
    """What the form of two phrases adds to the closeness of their meanings."""
    if not (has_han(old) and has_han(new)):
        return _SAME_KIND if old[0].isupper() and new[0].isupper() else 0.0
    places = all(words_of(text)[-1].tag in {"ns", "s"} for text in (old, new))
    same_end = old != new and old[-1] == new[-1]
    return places * _SAME_KIND + same_end * _SAME_END
