"""What is kept from training so that the tuned model can be measured on it.

A fifth is set aside by a hash of the text, each part together with all that it shares a passage with,
whichever file repeats it:

- Of gold questions: no question on the evidence of a held-out one is learned from. The documents' own
  sentences and headings are, since the documents to be searched are known before any question is.
- Without gold questions, of the passages, a section at a time: no training pair holds a word of them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qa.catalogue import PassageRow
from qa.errors import QuestionError
from qa.evaluation.gold import EvidenceRun, EvidenceSpan, GoldQuestion, GoldSet
from qa.evaluation.judging import overlaps
from qa.evaluation.report import Unit
from qa.evaluation.text_match import bare
from qa.queries import make_query
from qa.searched_text import context_of
from qa.types import Passage, Sentence

FEWEST_QUESTIONS = 20
"""Held-out gold questions below which the documents' own pairs are measured instead."""

_ONE_IN = 5
_MOST_PASSAGES = 500
_SHORTEST_ASKED = 8
"""Letters and digits of a sentence that is asked for the rest of its passage, at least."""


class Measured(StrEnum):
    """What the held-out questions are."""

    GOLD = "gold questions"
    PAIRS = "pairs from the documents"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is measured and what may be trained on.

    Attributes:
        measured: where the questions come from.
        questions: the held-out questions, each with evidence.
        asked: gold questions to train on.
        texts: :func:`text_key` of every passage that no training pair may hold.
        rewritten: passages as they are to be indexed for the measuring, by number in the catalogue: without
            the words that are asked, which would give them away.
    """

    measured: Measured
    questions: GoldSet
    asked: tuple[GoldQuestion, ...]
    texts: frozenset[str] = frozenset()
    rewritten: Mapping[int, Passage] = field(default_factory=dict)


def text_key(passage: Passage) -> str:
    """What two copies of a passage have in common: the letters and digits of the text."""
    return bare(passage.text)


def hold_out(rows: Sequence[PassageRow], gold: GoldSet | None) -> HeldOut:
    """Set a fifth aside: of the gold questions where these are enough, else of the passages.

    Args:
        rows: every passage of the documents.
        gold: questions on them; those that the documents do not answer are passed over.

    Returns:
        The split; the same for the same texts, whatever the names and the order of the files.
    """
    questions = _single(gold)
    held = _hold_out_questions(rows, questions)
    if sum(question.id in held for question in questions) >= FEWEST_QUESTIONS:
        asked = tuple(question for question in questions if question.id in held)
        rest = tuple(question for question in questions if question.id not in held)
        return HeldOut(Measured.GOLD, GoldSet("held out", Unit.SPAN, asked), rest)
    return _hold_out_passages(rows, questions)


def touches(row: PassageRow, questions: Iterable[GoldQuestion]) -> bool:
    """Whether a passage shares a character with the evidence of a question."""
    path, passage = row.document.path, row.passage
    return any(
        overlaps(path, passage.start, passage.end, span)
        for question in questions
        for run in question.evidence
        for span in run.spans
    )


def _single(gold: GoldSet | None) -> tuple[GoldQuestion, ...]:
    """The answerable questions, those of conversations written out in full."""
    return tuple(
        replace(question, question=question.standalone or question.question, standalone=None)
        for question in (gold.questions if gold else ())
        if question.answerable
    )


def _hold_out_questions(rows: Sequence[PassageRow], questions: Sequence[GoldQuestion]) -> set[str]:
    by_path: dict[str, list[PassageRow]] = {}
    for row in rows:
        by_path.setdefault(row.document.path, []).append(row)
    links = {
        question.id: {
            text_key(row.passage)
            for path in question.documents
            for row in by_path[path]
            if touches(row, [question])
        }
        for question in questions
    }
    return _fifth(links)


def _hold_out_passages(rows: Sequence[PassageRow], questions: Sequence[GoldQuestion]) -> HeldOut:
    # A section is held out as a whole, since its heading is asked for all its passages.
    sections = {str(row.number): {text_key(row.passage), _section_key(row)} for row in rows}
    held = _fifth(sections, most=_MOST_PASSAGES)
    kept_back = [row for row in rows if str(row.number) in held]
    texts = frozenset(text_key(row.passage) for row in kept_back)
    asked, rewritten = _questions_on(kept_back)
    rest = tuple(question for question in questions if not any(touches(r, [question]) for r in kept_back))
    return HeldOut(Measured.PAIRS, GoldSet("held out", Unit.SPAN, tuple(asked)), rest, texts, rewritten)


def _section_key(row: PassageRow) -> str:
    # A passage under nothing but the title has no heading to be asked by, and stands for itself.
    names = headings(row)
    return "\0".join((row.document.path, *(names or (text_key(row.passage),))))


def _fifth(links: Mapping[str, set[str]], most: int | None = None) -> set[str]:
    """Keys whose connected parts come first by hash, until a fifth of all is reached and not passed."""
    if not links:
        return set()
    keys = list(links)
    nodes = {node: at for at, node in enumerate(sorted(set().union(*links.values())))}
    pairs = np.array([(at, len(keys) + nodes[node]) for at, key in enumerate(keys) for node in links[key]])
    size = len(keys) + len(nodes)
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    parts: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    for at, key in enumerate(keys):
        parts.setdefault(labels[at], []).append(key)
    for node, at in reversed(nodes.items()):
        names[labels[len(keys) + at]] = node
    budget = min(len(keys) // _ONE_IN, most or len(keys))
    held: set[str] = set()
    for label in sorted(parts, key=lambda label: _hash(names.get(label, parts[label][0]))):
        if len(held) + len(parts[label]) <= budget:
            held.update(parts[label])
    return held


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def headings(row: PassageRow) -> tuple[str, ...]:
    """The headings above a passage, the document's title aside."""
    return tuple(name for name in row.passage.section if bare(name) != bare(row.document.title))


def body(row: PassageRow) -> list[Sentence]:
    """The sentences of a passage but for the headings and the title that stand in it."""
    names = {bare(name) for name in (row.document.title, *row.passage.section)}
    text = row.passage.text
    return [
        each for each in row.passage.sentences if bare(text[each.text_start : each.text_end]) not in names
    ]


def _questions_on(rows: Sequence[PassageRow]) -> tuple[list[GoldQuestion], dict[int, Passage]]:
    """A sentence of each passage, and the heading of each section; and the passages without them."""
    questions: list[GoldQuestion] = []
    rewritten: dict[int, Passage] = {}
    sections: dict[str, list[PassageRow]] = {}
    for row in rows:
        text = row.passage.text
        sentences = body(row)
        chosen = _chosen(text, sentences)
        left = [sentence for sentence in sentences if sentence is not chosen]
        if chosen is None or len(left) < 2:  # noqa: PLR2004 - or too little is left to be found by
            continue
        rewritten[row.number] = _rewritten(row.passage, left)
        asked = text[chosen.text_start : chosen.text_end]
        questions += _question(f"sentence {row.passage.id}", "sentence", asked, [row])
        if headings(row):
            sections.setdefault(_section_key(row), []).append(row)
    for members in sections.values():
        first = members[0]
        asked = context_of(first.document.title, headings(first))
        questions += _question(f"heading {first.passage.id}", "heading", asked, members)
    return questions, rewritten


def _chosen(text: str, sentences: Sequence[Sentence]) -> Sentence | None:
    whole = [s for s in sentences if len(bare(text[s.text_start : s.text_end])) >= _SHORTEST_ASKED]
    return min(whole, key=lambda s: _hash(text[s.text_start : s.text_end]), default=None)


def _question(key: str, kind: str, text: str, rows: Sequence[PassageRow]) -> Iterator[GoldQuestion]:
    try:
        make_query(text)
    except QuestionError:
        return
    spans = tuple(EvidenceSpan(row.document.path, row.passage.start, row.passage.end) for row in rows)
    documents = {span.path: 1 for span in spans}
    yield GoldQuestion(key, text, kind, evidence=(EvidenceRun(text, spans),), documents=documents)


def _rewritten(passage: Passage, left: Sequence[Sentence]) -> Passage:
    """A passage of fewer sentences, under no heading but the document's title."""
    texts: list[str] = []
    sentences: list[Sentence] = []
    at = 0
    for sentence in left:
        text = passage.text[sentence.text_start : sentence.text_end]
        sentences.append(replace(sentence, text_start=at, text_end=at + len(text)))
        texts.append(text)
        at += len(text) + 1
    return replace(passage, text="\n".join(texts), section=(), sentences=tuple(sentences))
