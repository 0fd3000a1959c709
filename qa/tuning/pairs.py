"""Training pairs from documents and gold questions."""

from collections.abc import Iterator, Sequence

from embeddings.folding import fold
from embeddings.training.corpora import PairSource, PlainSource
from qa.catalogue import PassageRow
from qa.evaluation.gold import GoldQuestion
from qa.evaluation.judging import covers
from qa.queries import make_query
from qa.searched_text import context_of, embedded_text
from qa.tuning.held_out import HeldOut, body, text_key

_FEWEST = 2
"""Different pairs of a source, below which there is nothing to tell apart."""

_SHORTEST_SENTENCE = 6

_GOLD_WEIGHT = 2.0
_HEADINGS_WEIGHT = 1.0
_SENTENCES_WEIGHT = 1.0


def training_pairs(rows: Sequence[PassageRow], held: HeldOut) -> tuple[list[PairSource], PlainSource]:
    """What a model is to learn from documents: questions, headings and sentences with their passages.

    Args:
        rows: every passage of the documents.
        held: what may not be learned.

    Returns:
        Sources of folded pairs, and the passages whose sentences are each paired with the rest of the
        passage. Title and headings go with the passage as they do in the index.
    """
    rows = [row for row in rows if text_key(row.passage) not in held.texts]
    sources = [
        PairSource("gold questions", _GOLD_WEIGHT, tuple(_asked(rows, held.asked))),
        PairSource("headings of the documents", _HEADINGS_WEIGHT, tuple(_headed(rows))),
    ]
    passages = tuple(passage for row in rows if len(passage := _sentences(row)) > _FEWEST)
    return (
        [source for source in sources if _varied(source)],
        PlainSource("sentences of the documents", _SENTENCES_WEIGHT, passages),
    )


def _varied(source: PairSource) -> bool:
    return all(len({pair[side] for pair in source.pairs}) >= _FEWEST for side in (0, 1))


def _asked(rows: Sequence[PassageRow], questions: Sequence[GoldQuestion]) -> Iterator[tuple[str, str]]:
    for question in questions:
        spans = [span for run in question.evidence for span in run.spans]
        for row in rows:
            passage = row.passage
            if any(covers(row.document.path, passage.start, passage.end, span) for span in spans):
                text = embedded_text(row.document.title, passage.section, passage.text)
                yield make_query(question.question).content, fold(text)


def _headed(rows: Sequence[PassageRow]) -> Iterator[tuple[str, str]]:
    for row in rows:
        text = "\n".join(_sentences(row)[1:])
        if text:
            yield fold(context_of(row.document.title, row.passage.section)), text


def _sentences(row: PassageRow) -> tuple[str, ...]:
    """The title and headings of a passage as its first sentence, then those of its text, folded."""
    text = row.passage.text
    said = [fold(text[sentence.text_start : sentence.text_end]) for sentence in body(row)]
    context = fold(context_of(row.document.title, row.passage.section))
    return (context, *(sentence for sentence in said if len(sentence) >= _SHORTEST_SENTENCE))
