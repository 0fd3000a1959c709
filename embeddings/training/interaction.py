"""Scores of late interaction that a gradient can pass through, for training the vectors it works with.

Averaging teaches a token's vector only what the whole text says. The windows of
``embeddings.late_interaction`` compare token with token; here they are what the loss sees.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.late_interaction import BLOCK
from embeddings.training.bags import Bags

_PASSAGE_TOKENS: Final = 60


def token_rarity(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """How much a word of a question counts: idf, as if the training text were cut into equal passages.

    Args:
        counts: occurrences of each token, shape (vocabulary,).

    Returns:
        ``ln(1 + (N - n + 0.5) / (n + 0.5))`` of the counts n, N being the number of passages of 60 tokens;
        positive, float32, shape (vocabulary,).
    """
    passages = counts.sum() / _PASSAGE_TOKENS
    held = np.minimum(counts, passages)
    return np.asarray(np.log1p((passages - held + 0.5) / (held + 0.5)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """The best partner of each question token in each window of each passage.

    Attributes:
        cosines: float32, shape (question tokens, windows).
        partners: the passage token with that cosine, int64, shape (question tokens, windows).
        starts: first window of each passage, int64, shape (passages,).
    """

    cosines: NDArray[np.float32]
    partners: NDArray[np.int64]
    starts: NDArray[np.int64]


def _best_partners(cosines: NDArray[np.float32], passages: Bags) -> _Windows:
    counts = -(-passages.lengths() // BLOCK)
    owners = np.repeat(np.arange(len(passages)), counts)
    firsts = np.cumsum(counts) - counts
    begins = passages.starts[owners] + BLOCK * (np.arange(len(owners)) - firsts[owners])
    ends = np.minimum(begins + BLOCK, passages.starts[1:][owners])
    # A short last block repeats its last token, which changes no maximum.
    places = np.minimum(begins[:, None] + np.arange(BLOCK), ends[:, None] - 1)
    tokens = passages.ids[places]
    found = cosines[:, tokens]
    best = found.argmax(axis=2)
    value = np.take_along_axis(found, best[:, :, None], axis=2)[:, :, 0]
    partner = tokens[np.arange(len(tokens)), best].astype(np.int64)
    # A window is a block with the next one of its passage, or the only block by itself.
    kept = np.flatnonzero((np.diff(owners, append=-1) == 0) | (counts[owners] == 1))
    second = np.where(counts[owners[kept]] == 1, kept, kept + 1)
    later = value[:, second] > value[:, kept]
    windows = np.maximum(counts - 1, 1)
    return _Windows(
        cosines=np.where(later, value[:, second], value[:, kept]),
        partners=np.where(later, partner[:, second], partner[:, kept]),
        starts=np.cumsum(windows) - windows,
    )


def interaction_scores(
    queries: Bags,
    passages: Bags,
    units: torch.Tensor,
    rarity: NDArray[np.float32],
    salience: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Score every passage for every query by its best window, as ``embeddings.late_interaction`` does.

    Which window is best, and which token a query's token meets there, is decided without a gradient; the
    cosines of these pairs of tokens carry one. The second scores weigh the same cosines, taken as given, by
    rarity and salience together: through them a gradient reaches the salience and nothing else.

    Args:
        queries: ids are rows of ``units``; none is empty; repeats of a token in a query count once.
        passages: the same.
        units: unit vectors, shape (tokens, dimension).
        rarity: weight of each token in a query, positive, shape (tokens,).
        salience: logarithm of the factor by which a token counts for more than its rarity says, shape
            (tokens,).

    Returns:
        Weighted means of the cosines, shape (queries, passages): by rarity, and by both.
    """
    asked, query_ids = np.unique(queries.ids, return_inverse=True)
    given, passage_ids = np.unique(passages.ids, return_inverse=True)
    cosines = (
        units[torch.from_numpy(asked.astype(np.int64))] @ units[torch.from_numpy(given.astype(np.int64))].T
    )
    windows = _best_partners(cosines.detach().numpy(), Bags(passage_ids.astype(np.int32), passages.starts))
    owners = np.repeat(np.arange(len(queries)), queries.lengths())
    distinct = np.unique(np.stack([owners, query_ids], axis=1), axis=0)
    owner, token = distinct[:, 0], distinct[:, 1]
    weight = rarity[asked[token]]
    weight = (weight / np.bincount(owner, weight)[owner]).astype(np.float32)
    weights = np.zeros((len(queries), len(asked)), np.float32)
    weights[owner, token] = weight
    scores = weights @ windows.cosines
    ends = np.append(windows.starts[1:], scores.shape[1])
    best = np.stack(
        [
            start + scores[:, start:end].argmax(axis=1)
            for start, end in zip(windows.starts, ends, strict=True)
        ],
        axis=1,
    )
    partners = windows.partners[token[:, None], best[owner]]
    met = cosines[torch.from_numpy(token)[:, None], torch.from_numpy(partners)]
    owners_of = torch.from_numpy(owner)

    def mean(cosines: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(len(queries)).index_add(0, owners_of, weight)
        share = (weight / total[owners_of])[:, None]
        return torch.zeros(len(queries), len(passages)).index_add(0, owners_of, cosines * share)

    by_rarity = torch.from_numpy(weight)
    stressed = by_rarity * torch.exp(salience[torch.from_numpy(asked[token].astype(np.int64))])
    return mean(met, by_rarity), mean(met.detach(), stressed)
