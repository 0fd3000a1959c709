"""Questions that several passages answer together get passages that differ.

Lists, comparisons and questions about several documents are told by a few cues. For these, and for no
others, the first hits are chosen by maximal marginal relevance (Carbonell and Goldstein 1998): each next one
is the best by its score less its likeness to the nearest of those chosen.

Cues and weight were chosen on the tune split. On its 20 questions of these types recall@5 stays at 0.975 and
nDCG@10 rises from 0.952 to 0.960, a question or two: no gain is shown there. What it is for is a file that
says nearly the same many times and would take all hits by itself.
"""

from collections.abc import Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.folding import fold
from qa.fusion import z_scores
from qa.types import Query

CHOSEN = 10
"""Places that are filled in this way; the rest keep the order of their scores."""

POOL = 50
"""Best candidates to choose from."""

RELEVANCE = 0.5
"""Lambda: weight of the score, as z-score among the candidates, against likeness."""

_SEVERAL = regex.compile(
    # Lists.
    r"哪些|哪几|哪[两二三四五六七八九十\d]|列举|列出(?!的)|先后|\blist\b|\bname (?:all|the)\b"
    r"|\bwhat are\b|\bwhich (?:\w+ ){1,2}(?:are|were|have)\b"
    # Comparisons.
    r"|比较|对比|相比|区别|不同|异同|差别|[哪谁][^，。？,?]{0,10}[更最]"
    r"|\bcompar(?:e|ison)\b|\bdiffer(?:s|ent|ence|ences)?\b|\bversus\b|\bvs\b"
    # Something of each of several things or documents.
    r"|分别|各[是有为自占降升增多]|几[篇次]|又[是有排在]|\brespectively\b|\beach\b|\bboth\b"
)


def wants_several(query: Query) -> bool:
    """Whether a question asks for a list, a comparison, or something of each of several."""
    return _SEVERAL.search(fold(query.text)) is not None


def likeness(vectors: Vectors, places: Sequence[bytes]) -> NDArray[np.float32]:
    """How alike passages are: the mean of their cosine and of whether they stand in the same place.

    Args:
        vectors: float32 (n, dimension), unit rows.
        places: for each passage what names its document and section.

    Returns:
        float32 (n, n), at most 1.
    """
    numbers = {place: number for number, place in enumerate(dict.fromkeys(places))}
    at = np.asarray([numbers[place] for place in places], np.int64)
    return np.asarray((vectors @ vectors.T + (at[:, None] == at)) / 2, np.float32)


def diversified(scores: NDArray[np.float32], alike: NDArray[np.float32]) -> NDArray[np.int64]:
    """An order by maximal marginal relevance.

    Args:
        scores: float32 (n,), descending.
        alike: likeness of the first POOL candidates to each other, float32 (p, p) with p = min(n, POOL).

    Returns:
        int64 (n,), places of the candidates in their new order; the best one stays first.
    """
    if not len(scores):
        return np.empty(0, np.int64)
    pool = len(alike)
    relevance = RELEVANCE * z_scores(scores)[:pool]
    chosen = [0]
    nearest = alike[0]
    while len(chosen) < min(CHOSEN, pool):
        gain = relevance - (1.0 - RELEVANCE) * nearest
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
        nearest = np.maximum(nearest, alike[chosen[-1]])
    rest = np.setdiff1d(np.arange(len(scores)), chosen)
    return np.concatenate([chosen, rest]).astype(np.int64)
