"""Which sentences of the passages answer the question?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from embeddings.late_interaction import TokenStore, late_interaction
from qa.collection import Snapshot
from qa.matching import ContentTokens
from qa.types import Evidence, Hit, Language, Query, Sentence

# How much the two parts of a sentence's score count: the rare tokens that it holds, and late
# interaction. Chosen on the answers of the validation sets and on the tune split; an English question
# shares hardly a token with a Chinese sentence.
_WEIGHTS = {Language.CHINESE: (0.4, 0.6), Language.ENGLISH: (0.2, 0.8)}

_PASSAGE_DECAY = 0.04
"""How much a sentence's score falls for every rank of its passage: that ranking is evidence too."""


def _span(hit: Hit, sentence: Sentence) -> tuple[str, str]:
    """Quote and readable text of a sentence."""
    passage = hit.passage
    quote = passage.quote[sentence.start - passage.start : sentence.end - passage.start]
    return quote, passage.text[sentence.text_start : sentence.text_end]


def rank_sentences(
    snapshot: Snapshot, query: Query, content: ContentTokens, hits: Sequence[Hit]
) -> list[Evidence]:
    """All sentences of the hits that say more than the question itself, best first.

    A sentence scores by the share of the question's rare tokens it holds and by late interaction, less
    a little for every rank of its passage.
    """
    spans = [(hit, sentence, *_span(hit, sentence)) for hit in hits for sentence in hit.passage.sentences]
    spans = [span for span in spans if not content.repeated_by(span[-1])]
    if not spans:
        return []
    static = snapshot.static
    texts = [text for *_, text in spans]
    store = TokenStore.build(static.token_ids(texts), static.vocabulary)
    closeness = late_interaction(
        static.token_ids([query.meaning])[0],
        np.arange(len(texts)),
        store,
        static.token_vectors,
        # A word is rare or common in the whole collection, not among these few sentences.
        weighed_by=snapshot.tokens,
    )
    overlap, nearness = _WEIGHTS[query.language]
    evidence = [
        Evidence(
            hit=hit,
            sentence=sentence,
            quote=quote,
            text=text,
            score=float(
                np.clip(
                    overlap * content.coverage(text)
                    + nearness * closeness[at]
                    - _PASSAGE_DECAY * (hit.rank - 1),
                    0.0,
                    1.0,
                )
            ),
        )
        for at, (hit, sentence, quote, text) in enumerate(spans)
    ]
    return sorted(evidence, key=lambda found: (-found.score, found.hit.rank, found.sentence.start))


def weighed_with(evidence: Sequence[Evidence], typed: Sequence[Evidence]) -> list[Evidence]:
    """The sentences for a follow-up question written out, scored half by what was typed, best first.

    The subject that is lent to it says where to look; a sentence that only names it answers nothing. On the
    tune split the best sentence is right for 0.59 of the later turns so, and for 0.47 without.
    """
    scores = {_place(found): found.score for found in typed}
    halved = (replace(found, score=(found.score + scores.get(_place(found), 0.0)) / 2) for found in evidence)
    return sorted(halved, key=lambda found: (-found.score, found.hit.rank, found.sentence.start))


def _place(found: Evidence) -> tuple[str, int]:
    return found.hit.passage.id, found.sentence.start
