"""The sentences of passages as the reader sees them, with a question of a collection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.reader import Question, Reader, SentenceTokens
from qa.collection import Snapshot
from qa.matching import ContentTokens
from qa.types import Language, Passage, Query

_LEAST_WEIGHT = 1e-6


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What reading a passage told of its sentences.

    Attributes:
        passage_id: of the passage.
        sentences: float32 (sentences,), the logit of each that it answers, less that nothing does.
        starts, ends: for each sentence, the logits that a token of it begins or ends the answer.
    """

    passage_id: str
    sentences: NDArray[np.float32]
    starts: tuple[NDArray[np.float32], ...]
    ends: tuple[NDArray[np.float32], ...]

    @property
    def best(self) -> float:
        """The logit of the best sentence."""
        return float(self.sentences.max(initial=UNREAD))


UNREAD = -20.0
"""Logit of a passage without a sentence."""


def asked(snapshot: Snapshot, reader: Reader, query: Query, content: ContentTokens) -> Question:
    """A query as the reader sees it."""
    ids = reader.encoder.token_ids([query.meaning])[0]
    weights = {token: weight for token, weight in content.weights.items() if len(token) == 1}
    total = max(sum(weights.values()), _LEAST_WEIGHT)
    return Question(
        ids=ids,
        idf=_rarity(snapshot, reader, ids),
        characters={character: weight / total for character, weight in weights.items()},
        english=query.language is Language.ENGLISH,
    )


def sentence_texts(passage: Passage) -> list[str]:
    """The readable text of each sentence of a passage."""
    return [passage.text[each.text_start : each.text_end] for each in passage.sentences]


def read_passages(
    snapshot: Snapshot, reader: Reader, query: Query, content: ContentTokens, passages: Sequence[Passage]
) -> list[PassageReading]:
    """Read the sentences of passages with a query, all against all."""
    texts = [sentence_texts(passage) for passage in passages]
    ids = iter(reader.encoder.token_ids([text for of_passage in texts for text in of_passage]))
    sentences = [
        [
            SentenceTokens(each := next(ids), _rarity(snapshot, reader, each), content.coverage(text))
            for text in of_passage
        ]
        for of_passage in texts
    ]
    reading = reader.read(asked(snapshot, reader, query, content), sentences)
    readings, sentence, token = [], 0, 0
    for passage, read in zip(passages, sentences, strict=True):
        ends = (token + np.cumsum([len(each.ids) for each in read])).tolist()
        cuts = list(zip([token, *ends], ends, strict=False))
        readings.append(
            PassageReading(
                passage.id,
                reading.sentences[sentence : sentence + len(read)] - reading.nothing,
                tuple(reading.starts[begin:end] for begin, end in cuts),
                tuple(reading.ends[begin:end] for begin, end in cuts),
            )
        )
        sentence += len(read)
        token = ends[-1] if ends else token
    return readings


def read_with(written: Sequence[PassageReading], typed: Sequence[PassageReading]) -> list[PassageReading]:
    """What passages say to a follow-up question written out and as typed; its subject must not drown it.

    Args:
        written: readings with the question written out.
        typed: readings of the same passages with the question as typed.

    Returns:
        The means of both logits, the best of all as high as that of the question written out.
    """
    means = [(one.sentences + other.sentences) / 2 for one, other in zip(written, typed, strict=True)]
    best = max(each.max(initial=UNREAD) for each in means)
    level = max(each.best for each in written) - best
    return [replace(each, sentences=mean + level) for each, mean in zip(written, means, strict=True)]


def _rarity(snapshot: Snapshot, reader: Reader, ids: np.ndarray) -> np.ndarray:
    """Idf of tokens in the collection.

    A collection that was indexed with another vocabulary than the reader's cannot tell it; there a token
    counts by the length of its vector, which training has made to fit its rarity.
    """
    if snapshot.static.vocabulary == reader.encoder.vocabulary:
        return snapshot.tokens.idf(ids)
    return np.asarray(reader.encoder.token_lengths[ids], np.float32)
