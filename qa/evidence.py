"""Which sentences of the passages answer the question?"""

from collections.abc import Sequence

import numpy as np

from embeddings.late_interaction import TokenStore, late_interaction
from qa.collection import Snapshot
from qa.matching import ContentTokens
from qa.types import Evidence, Hit, Query, Sentence

# Parts of a sentence's score. Chosen on the answers of the validation sets and on the tune split.
_OVERLAP = 0.4
_LATE_INTERACTION = 0.5
_COSINE = 0.1

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
    """All sentences of the hits, best first.

    A sentence scores by the share of the question's rare tokens it holds, by late interaction and by
    the cosine of its vector with the question's, less a little for every rank of its passage.
    """
    spans = [(hit, sentence, *_span(hit, sentence)) for hit in hits for sentence in hit.passage.sentences]
    if not spans:
        return []
    static = snapshot.static
    texts = [text for *_, text in spans]
    cosines = static.encode_passages(texts) @ static.encode_queries([query.content])[0]
    store = TokenStore.build(static.token_ids(texts), static.vocabulary)
    closeness = late_interaction(
        static.token_ids([query.content])[0],
        np.arange(len(texts)),
        store,
        static.token_vectors,
        # A word is rare or common in the whole collection, not among these few sentences.
        weighed_by=snapshot.tokens,
    )
    evidence = [
        Evidence(
            hit=hit,
            sentence=sentence,
            quote=quote,
            text=text,
            score=float(
                np.clip(
                    _OVERLAP * content.coverage(text)
                    + _LATE_INTERACTION * closeness[at]
                    + _COSINE * max(0.0, float(cosines[at]))
                    - _PASSAGE_DECAY * (hit.rank - 1),
                    0.0,
                    1.0,
                )
            ),
        )
        for at, (hit, sentence, quote, text) in enumerate(spans)
    ]
    return sorted(evidence, key=lambda found: (-found.score, found.hit.rank, found.sentence.start))
