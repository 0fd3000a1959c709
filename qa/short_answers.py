"""The few words of a sentence that are the answer itself: a name, a figure with its unit, a date."""

import numpy as np
import regex
from numpy.typing import NDArray

from embeddings.static_encoder import StaticEncoder
from qa.squeezed import Squeezed
from qa.types import Evidence, ShortAnswer

LONGEST = 12
"""Tokens of a short answer."""

SURE = 0.4
"""Least probability of the words that are marked. On the validation sets one answer in ten gets a mark; of
these marks 86% (DRCD) and 83% (CMRC) lie in the gold answer or hold it."""

_UNIT_AFTER = regex.compile(r"\s?[%‰℃°]|°C")


def short_answer(
    encoder: StaticEncoder, found: Evidence, starts: NDArray[np.float32], ends: NDArray[np.float32]
) -> ShortAnswer | None:
    """The short answer in a sentence; None unless the reader is sure of one.

    Args:
        encoder: cuts the sentence into the tokens that were read.
        found: the sentence.
        starts: float32 (tokens,), logits that each token begins the answer.
        ends: the same for its end.
    """
    _, spans = encoder.token_spans(found.text)
    if not len(spans) or len(spans) != len(starts):
        return None
    first, last, probability = likeliest_span(starts, ends)
    if probability < SURE:
        return None
    begin, end = int(spans[first, 0]), int(spans[last, 1])
    if unit := _UNIT_AFTER.match(found.text, end):
        end = unit.end()
    return _in_source(found, begin, end)


def likeliest_span(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> tuple[int, int, float]:
    """First and last token, at most LONGEST in all, with the largest product of their probabilities."""
    begin, end = (np.exp(logits - np.logaddexp.reduce(logits)) for logits in (starts, ends))
    both = np.tril(np.triu(begin[:, None] * end), LONGEST - 1)
    first, last = np.unravel_index(int(both.argmax()), both.shape)
    return int(first), int(last), float(both[first, last])


def _in_source(found: Evidence, begin: int, end: int) -> ShortAnswer | None:
    """The span of the quote that reads as ``text[begin:end]``."""
    words = found.text[begin:end]
    place = len(Squeezed(found.text[:begin] + words).locate(words)) - 1
    spans = Squeezed(found.quote).locate(words)
    if not 0 <= place < len(spans):
        return None
    start, stop = spans[place]
    return ShortAnswer(found.sentence.start + start, found.sentence.start + stop, begin, end)
