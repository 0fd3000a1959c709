"""Texts as bags of token ids, in flat arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from embeddings.training.vocabulary import UNKNOWN_ID

_BLOCK: Final = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Texts as bags of token ids: one flat array and where each text begins in it.

    Attributes:
        ids: int32, shape (tokens of all texts,).
        starts: int64, shape (texts + 1,), from 0 to ``len(ids)``.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text, shape (texts,)."""
        return np.diff(self.starts)

    def take(self, rows: NDArray[np.int64]) -> "Bags":
        """The bags of some texts, in the order given; rows may repeat."""
        lengths = self.lengths()[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Bags(self.ids[np.repeat(self.starts[rows], lengths) + within], starts)


def bag_texts(tokenizer: Tokenizer, texts: list[str]) -> Bags:
    """Cut texts into bags of known tokens; unknown ones are left out.

    Args:
        tokenizer: from :func:`build_tokenizer`.
        texts: folded texts.

    Returns:
        One bag for each text, possibly empty.
    """
    parts: list[NDArray[np.int32]] = []
    for start in range(0, len(texts), _BLOCK):
        for encoding in tokenizer.encode_batch_fast(texts[start : start + _BLOCK], add_special_tokens=False):
            ids = np.asarray(encoding.ids, dtype=np.int32)
            parts.append(ids[ids != UNKNOWN_ID])
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Bags(np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32), starts)
