"""The terminal dialogue in which a person turns what readers said into gold questions.

Every decision is kept at once, so that stopping at any moment loses nothing. What several readers said
about one question is decided together: it becomes one gold question.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.bot import Bot
from qa.feedback import (
    Decision,
    Feedback,
    FeedbackStore,
    MarkedPassage,
    append_gold,
    find_words,
    gold_entry,
    gold_id,
    read_gold_entries,
)
from qa.queries import without_controls
from ui.render import hit_place

Ask = Callable[[str], str]
"""Puts a question to the person and gives the line they type; raises EOFError where there is no more."""

Say = Callable[[str], None]
"""Shows the person a line."""

_SHOWN = 300
"""Characters of a passage that are shown before it is chosen."""

_UNANSWERABLE, _SKIP, _DISCARD, _STOP = "n", "s", "d", "q"
_WHICH = (
    "Which prove the answer? Numbers such as 1 or 1,3; n = the documents do not tell, s = skip for now, "
    "d = discard, q = stop: "
)
_WORDS = "[{n}] Words that prove it (Enter = the whole passage): "
_ANSWERS = "Short answers, separated by | (Enter = none): "

_LINE_END = re.compile(r"\r\n|\r|\n")
_SEPARATORS = re.compile(r"[\s,、;]+")


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """What a review came to, in questions; ``waiting`` counts those that are still to be decided on.

    ``taken`` became gold questions with evidence, ``unanswerable`` gold questions without.
    """

    taken: int
    unanswerable: int
    discarded: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage that may prove the answer: where it stands in words, and its text as one reads it."""

    passage: MarkedPassage
    place: str
    text: str


def review(
    bot: Bot, collection: str, store: FeedbackStore, gold_file: Path, *, ask: Ask, say: Say
) -> ReviewSummary:
    """Have a person decide on the pending feedback, oldest first.

    Args:
        bot: finds and quotes the passages.
        collection: the collection that the feedback is about.
        store: that collection's feedback.
        gold_file: where confirmed questions are added; made when missing.
        ask: puts a question to the person; the end of their input stops the review.
        say: shows them a line.

    Raises:
        FeedbackError: a file of feedback or the gold file is damaged or cannot be written.
        NotFoundError, CollectionError: the collection is not there or cannot be searched.
    """
    counts = dict.fromkeys(Decision, 0)
    waiting = _by_question(store.pending())
    for number, group in enumerate(waiting, start=1):
        say("")
        say(f"{number} of {len(waiting)}")
        try:
            decision = _review_one(bot, collection, store, group, gold_file, ask, say)
        except EOFError:
            break
        if decision == _STOP:
            break
        if isinstance(decision, Decision):
            counts[decision] += 1
    return ReviewSummary(
        taken=counts[Decision.GOLD],
        unanswerable=counts[Decision.UNANSWERABLE],
        discarded=counts[Decision.DISCARDED],
        waiting=len(_by_question(store.pending())),
    )


def _by_question(pending: Sequence[Feedback]) -> list[list[Feedback]]:
    """What was said about each question, in the order in which the questions were first spoken of."""
    groups: dict[str, list[Feedback]] = {}
    for feedback in pending:
        groups.setdefault(feedback.question, []).append(feedback)
    return list(groups.values())


def _review_one(
    bot: Bot,
    collection: str,
    store: FeedbackStore,
    group: Sequence[Feedback],
    gold_file: Path,
    ask: Ask,
    say: Say,
) -> Decision | str:
    """The decision on one question, kept; or skip or stop, with nothing kept."""
    first = group[0]
    say(f"Question: {_readable(first.question)}")
    gold = read_gold_entries(gold_file)
    kept = next((entry for entry in gold if entry["id"] == gold_id(first)), None)
    if kept is not None:
        # A review that was cut off between its two files.
        say(f"It is already in {gold_file}, as {gold_id(first)}.")
        return _keep(store, group, Decision.GOLD if kept.get("evidence") else Decision.UNANSWERABLE)
    for entry in gold:
        if entry["question"] == first.question:
            say(f"{gold_file} already asks this, as {_readable(entry['id'])}.")
    for feedback in group:
        say(_said(feedback))
    candidates = _candidates(bot, collection, group, say)
    chosen = _ask_which(len(candidates), ask, say)
    if chosen == _DISCARD:
        return _keep(store, group, Decision.DISCARDED)
    if chosen in (_SKIP, _STOP):
        return str(chosen)
    numbers = [] if isinstance(chosen, str) else chosen
    evidence = [_ask_words(candidates, n, ask, say) for n in numbers]
    answers = _ask_answers(evidence, ask, say) if evidence else []
    if first.id in {each.feedback_id for each in store.reviewed()}:
        say("Somebody else has decided on this in the meantime.")
        return _SKIP
    append_gold(gold_file, gold_entry(first, evidence=evidence, answers=answers))
    say(f"Added to {gold_file} as {gold_id(first)}.")
    return _keep(store, group, Decision.GOLD if evidence else Decision.UNANSWERABLE)


def _keep(store: FeedbackStore, group: Sequence[Feedback], decision: Decision) -> Decision:
    """Keep one decision on all that was said about a question.

    The first feedback, which gives the gold question its id, comes last: as long as it is pending, a
    review that was cut off is taken up where it ended.
    """
    decided = {each.feedback_id for each in store.reviewed()}
    named = None if decision is Decision.DISCARDED else gold_id(group[0])
    for feedback in reversed(group):
        if feedback.id not in decided:
            store.decide(feedback.id, decision, named)
    return decision


def _said(feedback: Feedback) -> str:
    """When and what, in a line."""
    parts = [f"rating {feedback.rating}"] if feedback.rating else []
    parts += [f"comment: {_readable(feedback.comment)}"] if feedback.comment else []
    marked = len(feedback.passages)
    parts += [f"{marked} {'passage' if marked == 1 else 'passages'} marked"] if marked else []
    return f"{_readable(feedback.at)}  {'; '.join(parts)}"


def _candidates(bot: Bot, collection: str, group: Sequence[Feedback], say: Say) -> list[_Candidate]:
    """The passages to choose from, shown with their numbers: the marked ones first, none twice."""
    hits = {
        (hit.document.path, hit.passage.start, hit.passage.end): _Candidate(
            MarkedPassage(hit.document.path, hit.passage.start, hit.passage.end, hit.passage.quote),
            hit_place(hit),
            hit.passage.text,
        )
        for hit in bot.search(group[0].question, collection=collection)
    }
    found: dict[tuple[str, int, int], _Candidate] = {}
    for wanted in dict.fromkeys(passage for feedback in group for passage in feedback.passages):
        marked = _still_there(bot, collection, wanted, say)
        if marked is not None:
            key = (marked.passage.path, marked.passage.start, marked.passage.end)
            found[key] = hits.get(key, marked)
    shown = len(found)
    candidates = [*found.values(), *(hit for key, hit in hits.items() if key not in found)]
    for n, candidate in enumerate(candidates, start=1):
        by_reader = "  (marked by a reader)" if n <= shown else ""
        say(f"[{n}] {_readable(candidate.place)}{by_reader}")
        say(f"    {_cut(_readable(candidate.text))}")
    if not candidates:
        say("No passage was found.")
    return candidates


def _still_there(bot: Bot, collection: str, wanted: MarkedPassage, say: Say) -> _Candidate | None:
    """A marked passage where it stands now; where its words are gone, that is said."""
    ids = [listed.ref.id for listed in bot.documents(collection) if listed.ref.path == wanted.path]
    for document_id in ids:
        source = bot.document(document_id, collection).source
        # The document may have changed around the words since they were marked.
        span: tuple[int, int] | None = (wanted.start, wanted.end)
        if source[wanted.start : wanted.end] != wanted.quote:
            span = find_words(source, wanted.quote)
        if span is not None:
            start, end = span
            quote = source[start:end]
            lines = [1 + len(_LINE_END.findall(source[:at])) for at in (start, end - 1)]
            place = f"{wanted.path}, lines {lines[0]}-{lines[1]}"
            return _Candidate(MarkedPassage(wanted.path, start, end, quote), place, quote)
    what = "no longer holds the passage that was marked in it" if ids else "is no longer in the collection"
    say(f"{_readable(wanted.path)} {what}; it is left out: {_cut(_readable(wanted.quote))}")
    return None


def _ask_which(count: int, ask: Ask, say: Say) -> str | list[int]:
    """The numbers chosen, from 1 and none twice, or one of the letters."""
    while True:
        typed = unicodedata.normalize("NFKC", ask(_WHICH)).strip().lower()
        if typed in {_UNANSWERABLE, _SKIP, _DISCARD, _STOP}:
            return typed
        parts = [part for part in _SEPARATORS.split(typed) if part]
        numbers = [int(part) for part in parts if part.isdecimal() and len(part) <= len(str(count))]
        if parts and len(numbers) == len(parts) and all(1 <= number <= count for number in numbers):
            return list(dict.fromkeys(numbers))
        which = f"a number from 1 to {count}, several such as 1,3, or " if count else ""
        say(f"Type {which}one of the letters n, s, d, q.")


def _ask_words(candidates: Sequence[_Candidate], n: int, ask: Ask, say: Say) -> MarkedPassage:
    """The run of a passage that proves the answer, verbatim from the source."""
    candidate = candidates[n - 1]
    passage = candidate.passage
    text = _readable(candidate.text)
    if _cut(text) != text:
        say(f"[{n}] {text}")
    while True:
        typed = ask(_WORDS.format(n=n))
        if not typed.strip():
            return passage
        span = find_words(passage.quote, typed)
        if span is not None:
            start, end = span
            return MarkedPassage(
                passage.path, passage.start + start, passage.start + end, passage.quote[start:end]
            )
        say(f"These words do not stand in passage {n}. Copy them from it; white space does not matter.")


def _ask_answers(evidence: Sequence[MarkedPassage], ask: Ask, say: Say) -> list[str]:
    """Short answers, each of which stands in the evidence."""
    while True:
        # A Chinese keyboard types the full-width bar.
        answers = [part.strip() for part in ask(_ANSWERS).replace("｜", "|").split("|") if part.strip()]
        astray = [
            answer for answer in answers if all(find_words(run.quote, answer) is None for run in evidence)
        ]
        if not astray:
            return list(dict.fromkeys(answers))
        say(f"Not in the words that prove it: {' | '.join(map(_readable, astray))}. Copy answers from there.")


def _readable(text: str) -> str:
    """Text on one line, without what a terminal would take for a command."""
    return " ".join(without_controls(text).split())


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
