"""Follow-up questions made to stand by themselves before they are searched.

Whether a question follows up is told by its words where they point back. Where it may only leave its subject
out (节约了多少土地？), it must be short and without a name, and the collection is asked as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import regex

from qa.characters import has_han
from qa.collection import Snapshot
from qa.courtesies import changes_subject, is_courtesy, without_courtesy
from qa.cues import Cue, cue_of, says_all
from qa.errors import QuestionError
from qa.follow_ups import Context, WrittenOut, write_out
from qa.generation.text import written_text
from qa.matching import content_tokens
from qa.queries import MAX_CHARACTERS, make_query, without_controls
from qa.question_words import asks_anything, is_to_us
from qa.retrieval import Depth, find
from qa.searched_text import embedded_text
from qa.topics import has_name, topic_of
from qa.types import Answer, Hit, Query, Support, Turn
from qa.understanding import understand

MAX_TURNS = 8
"""Earlier turns that are looked at, the last ones that ask or name something."""

MAX_KEPT = 50
"""Earlier turns that are worth keeping: more than are looked at, as thanks do not count among those."""

_FIRST = 5
"""Passages that the question finds by itself, in which its subject is looked for."""

_SHARED = 0.5
"""Idf-weighted share of the subject that one of them holds, if both belong together."""

_NEARBY = 1500
"""Characters between two passages of a document that may be about one thing: a page or two."""

_KNOWN = 0.2
"""Share of the question that the best of them holds; less means another subject than the collection's."""

_NEAR = 0.4
"""The same for an English question: how near the best passage comes to the meaning of its words."""

_MET = 0.1
"""Share of the question that a passage about the subject holds, if the question is asked of the subject."""

_LITTLE = 0.3
"""Share of a question that the collection holds, from which on the question has a subject of its own."""

_SHORTEST_NOUN = 2
"""Characters of a noun that may be a subject of its own: 人 and 市 are none."""

_SHORT = 12
"""Characters, or words in Latin letters, of a question that may point back, without the words that ask."""

_BARE = {True: 8, False: 3}
"""The same of one that may leave its subject out and shows it by nothing else, by whether it is Chinese."""

_SHORTEST_TITLE = 3
"""Characters of a phrase that may be a name though it is made of common words."""

_COUNTED = regex.compile(r"[\p{Han}--[了的是有到个]]|[\p{L}\p{N}--\p{Han}]+", regex.V1)


def stand_alone(snapshot: Snapshot, history: Sequence[Turn], query: Query) -> Query:
    """A query that can be searched without the earlier turns.

    Args:
        snapshot: the collection that is asked.
        history: the earlier turns, oldest first.
        query: the question as typed, made ready.

    Returns:
        The query written out, with what was typed; or the same one, if it stands by itself.
    """
    context = Context()
    for turn in reversed([*islice(_searchable(history[::-1]), MAX_TURNS)]):
        context = _after(snapshot, context, turn)
    written = _written_out(snapshot, context, query)
    if written is None or len(written.text) > MAX_CHARACTERS:
        return query
    return replace(make_query(written.text), typed=query.text)


def turn_of(answer: Answer) -> Turn:
    """An answered question as an earlier turn of the next one.

    Of an answer that an LLM wrote, only what the passages support is kept: what they do not would be searched
    for as if it were known.
    """
    borne_out = [each for each in answer.sentences if each.support in {Support.SUPPORTED, Support.UNCITED}]
    text = written_text(borne_out, answer.query.language) if answer.sentences else answer.text
    return Turn(answer.query.text, text, searched=True)


def _searchable(turns: Sequence[Turn]) -> Iterator[Turn]:
    """The turns that ask or name something, without what is dropped before a search."""
    for turn in turns:
        try:
            question = make_query(turn.question).text
        except QuestionError:
            continue
        if not is_courtesy(question):
            yield Turn(question, without_controls(turn.answer), turn.searched)


def _after(snapshot: Snapshot, context: Context, turn: Turn) -> Context:
    """The context after one more turn."""
    query = make_query(turn.question)
    written = None if turn.searched else _written_out(snapshot, context, query)
    # Small talk that asks nothing, names nothing and finds nothing is no new subject.
    if written is None and not asks_anything(query.text) and not has_name(query.text):
        found = find(snapshot, understand(snapshot, query), k=1, depth=Depth.NOTHING).hits
        if not _is_known(snapshot, query, found):
            return context
    return context.after(replace(turn, question=without_courtesy(turn.question)), written)


def _written_out(snapshot: Snapshot, context: Context, query: Query) -> WrittenOut | None:
    """A question with what it leaves out; None where it stands by itself."""
    if not context.subject or changes_subject(query.text) or is_courtesy(query.text):
        return None
    query = make_query(without_courtesy(query.text))
    return write_out(snapshot.static, context, query.text) if _follows_up(snapshot, context, query) else None


def _follows_up(snapshot: Snapshot, context: Context, query: Query) -> bool:
    cue = cue_of(query.text)
    if cue is Cue.POINTS:
        return True
    if (cue is Cue.NONE and not _lacks_name(query.text, at_most=_SHORT)) or _size(query.text) > _SHORT:
        return False
    # Which passages there are matters here, not how they stand to each other: no need to read them.
    found = find(snapshot, understand(snapshot, query), k=_FIRST, depth=Depth.NOTHING).hits
    if cue is Cue.NONE and _is_title(topic_of(query.text), found):
        return False
    together = _belong_together(snapshot, context.subject, found)
    if cue is Cue.MAY or (together and not has_han(query.text)):
        return together
    if not together and not (_is_bare(query.text) and _is_known(snapshot, query, found)):
        return False
    return (not together and _says_little(snapshot, query, found)) or _meet(snapshot, context, query)


def _says_little(snapshot: Snapshot, query: Query, found: Sequence[Hit]) -> bool:
    """Whether a question names nothing of its own, or nothing that the collection knows well."""
    if not has_han(query.text) or len(topic_of(query.text)) < _SHORTEST_NOUN:
        return True
    own = content_tokens(snapshot, query)
    return max((own.coverage(_searched(hit)) for hit in found), default=0.0) <= _LITTLE


def _meet(snapshot: Snapshot, context: Context, query: Query) -> bool:
    """Whether a passage holds both what a question asks for and the subject of the conversation.

    That the collection knows what is asked for tells nothing: it knows of many subjects.
    """
    full = make_query(write_out(snapshot.static, context, query.text).text)
    found = find(snapshot, understand(snapshot, full), k=_FIRST, depth=Depth.NOTHING).hits
    own, subject = (content_tokens(snapshot, each) for each in (query, make_query(context.subject)))
    texts = [_searched(hit) for hit in found]
    return any(subject.coverage(text) >= _SHARED and own.coverage(text) > _MET for text in texts)


def _belong_together(snapshot: Snapshot, subject: str, found: Sequence[Hit]) -> bool:
    """Whether what a question finds by itself is about the subject, or stands near what the subject finds."""
    query = make_query(subject)
    content = content_tokens(snapshot, query)
    if any(content.coverage(_searched(hit)) >= _SHARED for hit in found):
        return True
    if has_han(subject):
        return False
    # It may share no word with the passages of another language.
    about = find(snapshot, understand(snapshot, query), k=_FIRST, depth=Depth.NOTHING).hits
    return any(_are_near(hit, other) for hit in found for other in about)


def _are_near(hit: Hit, other: Hit) -> bool:
    apart = abs(hit.passage.start - other.passage.start)
    return hit.document.id == other.document.id and apart <= _NEARBY


def _is_known(snapshot: Snapshot, query: Query, found: Sequence[Hit]) -> bool:
    """Whether the collection knows what a question asks for; small talk and other subjects it does not."""
    if not has_han(query.text):
        # It may share no word with the passages of another language.
        return any(hit.why.scores["window"] >= _NEAR for hit in found[:1])
    own = content_tokens(snapshot, query)
    return any(own.coverage(_searched(hit)) >= _KNOWN for hit in found[:1])


def _is_title(phrase: str, found: Sequence[Hit]) -> bool:
    """Whether the passages call something by a phrase, in a heading or in quotation marks: 蚂蚁森林."""
    headings = "\n".join(each for hit in found for each in (hit.document.title, *hit.passage.section))
    quoted = any(f"“{phrase}”" in hit.passage.text for hit in found)
    return len(phrase) >= _SHORTEST_TITLE and (quoted or phrase in headings)


def _searched(hit: Hit) -> str:
    return embedded_text(hit.document.title, hit.passage.section, hit.passage.text)


def _is_bare(question: str) -> bool:
    """Whether a question is too short to say what it is about."""
    return _lacks_name(question, at_most=_BARE[has_han(question)])


def _lacks_name(question: str, *, at_most: int) -> bool:
    asks = asks_anything(question) and not is_to_us(question)
    return asks and _size(question) <= at_most and not (has_name(question) or says_all(question))


def _size(question: str) -> int:
    return len(_COUNTED.findall(make_query(question).content))
