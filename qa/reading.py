"""The sentences of passages as the reader sees them, with a question of a collection."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.reader import UNREADABLE, Question, Reader, SentenceTokens
from embeddings.static_encoder import StaticEncoder
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
        coverage: float32 (sentences,), the share of the question's words and characters, by rarity, that
            each holds, 0..1.
        starts, ends: for each sentence, the logits that a token of it begins or ends the answer.
    """

    passage_id: str
    sentences: NDArray[np.float32]
    coverage: NDArray[np.float32]
    starts: tuple[NDArray[np.float32], ...]
    ends: tuple[NDArray[np.float32], ...]

    @property
    def best(self) -> float:
        """The logit of the best sentence."""
        return float(self.sentences.max(initial=UNREADABLE))


def asked(snapshot: Snapshot, encoder: StaticEncoder, query: Query, content: ContentTokens) -> Question:
    """A query as a reader with the tokens of ``encoder`` sees it."""
    ids = encoder.token_ids([query.meaning])[0]
    weights = {token: weight for token, weight in content.weights.items() if len(token) == 1}
    total = max(sum(weights.values()), _LEAST_WEIGHT)
    return Question(
        ids=ids,
        idf=_rarity(snapshot, encoder, ids),
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
    every = [text for of_passage in texts for text in of_passage]
    tokens = _tokens(snapshot, reader.encoder, every)
    sentences = [
        [SentenceTokens(*next(tokens), content.coverage(text)) for text in of_passage] for of_passage in texts
    ]
    reading = reader.read(asked(snapshot, reader.encoder, query, content), sentences)
    readings, sentence, token = [], 0, 0
    for passage, read in zip(passages, sentences, strict=True):
        ends = (token + np.cumsum([len(each.ids) for each in read])).tolist()
        cuts = list(zip([token, *ends], ends, strict=False))
        readings.append(
            PassageReading(
                passage.id,
                reading.sentences[sentence : sentence + len(read)] - reading.nothing,
                np.asarray([each.coverage for each in read], np.float32),
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
        The means of both logits, the best of all as high as that of the question written out; and its
        coverage.
    """
    means = [(one.sentences + other.sentences) / 2 for one, other in zip(written, typed, strict=True)]
    best = max(each.max(initial=UNREADABLE) for each in means)
    level = max(each.best for each in written) - best
    return [replace(each, sentences=mean + level) for each, mean in zip(written, means, strict=True)]


def _tokens(
    snapshot: Snapshot, encoder: StaticEncoder, texts: Sequence[str]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Token ids of each text with their idf."""
    ids = encoder.token_ids(texts)
    if not ids:
        return iter(())
    # All at once: a question is read with dozens of sentences.
    rarity = np.split(
        _rarity(snapshot, encoder, np.concatenate(ids)), np.cumsum([len(each) for each in ids])[:-1]
    )
    return zip(ids, rarity, strict=True)


def _rarity(snapshot: Snapshot, encoder: StaticEncoder, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Idf of tokens in the collection.

    A collection that was indexed with other tokens than the reader's cannot tell it; there a token
    counts by the length of its vector, which training has made to fit its rarity.
    """
    same = snapshot.static is encoder or snapshot.static.tokenizer_digest == encoder.tokenizer_digest
    if same:
        return snapshot.tokens.idf(ids)
    return np.asarray(encoder.token_lengths[ids], np.float32)
