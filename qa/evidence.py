"""Which sentences of the passages answer the question, alone or with their neighbours?"""

from collections.abc import Mapping, Sequence

import numpy as np

from qa.matching import ContentTokens
from qa.reading import PassageReading
from qa.types import Evidence, Hit, Sentence

RANK_WEIGHT = 0.4
"""How much a sentence falls, in logits, for each rank of its passage: that ranking is evidence too. Chosen on
the tune split, as the weight below."""

COVERAGE_WEIGHT = 2.0
"""How much it rises by the share of the question's rare words and characters that it holds."""


def _span(hit: Hit, sentence: Sentence) -> tuple[str, str]:
    """Quote and readable text of a sentence."""
    passage = hit.passage
    quote = passage.quote[sentence.start - passage.start : sentence.end - passage.start]
    return quote, passage.text[sentence.text_start : sentence.text_end]


def rank_sentences(
    content: ContentTokens, hits: Sequence[Hit], readings: Mapping[str, PassageReading]
) -> list[Evidence]:
    """All sentences of the hits that were read and say more than the question itself, best first.

    The score of a sentence is its share, by the softmax of the logits, of all sentences and the possibility
    that none answers.
    """
    found = []
    for hit in hits:
        if hit.passage.id not in readings:
            continue
        reading = readings[hit.passage.id]
        for at, sentence in enumerate(hit.passage.sentences):
            quote, text = _span(hit, sentence)
            if not content.repeated_by(text):
                logit = float(reading.sentences[at]) - RANK_WEIGHT * (hit.rank - 1)
                logit += COVERAGE_WEIGHT * float(reading.coverage[at])
                found.append((logit, hit, sentence, quote, text))
    if not found:
        return []
    nothing = 0.0
    logits = np.asarray([nothing, *(each[0] for each in found)])
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    evidence = [
        Evidence(hit=hit, sentence=sentence, quote=quote, text=text, score=float(share))
        for share, (_, hit, sentence, quote, text) in zip(shares[1:], found, strict=True)
    ]
    return sorted(evidence, key=lambda each: (-each.score, each.hit.rank, each.sentence.start))


def together(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    """Sentences that follow each other in a passage, in reading order; those that stand alone by themselves.

    Args:
        evidence: sentences, best first, none twice.

    Returns:
        Runs of neighbours, that of the best sentence first.
    """
    runs: list[list[Evidence]] = []
    for found in sorted(evidence, key=lambda each: (each.hit.rank, each.sentence.start)):
        if runs and _follows(runs[-1][-1], found):
            runs[-1].append(found)
        else:
            runs.append([found])
    return sorted(runs, key=lambda run: min(map(evidence.index, run)))


def _follows(one: Evidence, other: Evidence) -> bool:
    sentences = one.hit.passage.sentences
    if one.hit.passage.id != other.hit.passage.id:
        return False
    return sentences.index(other.sentence) == sentences.index(one.sentence) + 1


def united(run: Sequence[Evidence]) -> Evidence:
    """Neighbours as one piece of evidence: what stands from the first to the last of them.

    Its score is the sum of theirs, which are shares: that one of them answers.
    """
    first, last = run[0].sentence, run[-1].sentence
    span = Sentence(first.start, last.end, first.text_start, last.text_end)
    quote, text = _span(run[0].hit, span)
    return Evidence(run[0].hit, span, quote, text, sum(each.score for each in run))
