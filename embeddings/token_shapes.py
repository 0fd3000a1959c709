"""What a token looks like: digits, letters, a Chinese number, one character or several."""

import re
from collections.abc import Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

_CHARACTERS = 5
"""Characters of a token that are looked at; no Chinese word of the vocabulary is longer."""

_PLANE = 1 << 16
"""Characters beyond the basic plane are rare and left out."""

_NUMBER = re.compile("[零〇一二两三四五六七八九十百千万亿几多]+")


class Shape(IntEnum):
    """Kinds of tokens, as the reader tells them apart."""

    OTHER = 0
    DIGITS = 1
    LETTERS = 2
    CHINESE_NUMBER = 3
    ONE_CHARACTER = 4
    TWO_CHARACTERS = 5
    THREE_CHARACTERS = 6
    LONGER = 7


def shape_of(token: str) -> Shape:
    """The shape of one folded token."""
    if token.isascii() and token.isdigit():
        return Shape.DIGITS
    if token.isascii() and token.isalpha():
        return Shape.LETTERS
    if _NUMBER.fullmatch(token):
        return Shape.CHINESE_NUMBER
    if token and all("\u4e00" <= character <= "\u9fff" for character in token):
        return Shape(min(Shape.THREE_CHARACTERS + 1, Shape.ONE_CHARACTER + len(token) - 1))
    return Shape.OTHER


class TokenShapes:
    """Shapes and characters of the tokens of one tokenizer, looked up when first met."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        size = tokenizer.get_vocab_size()
        self._known = np.zeros(size, bool)
        self._shapes = np.zeros(size, np.int64)
        self._characters = np.zeros((size, _CHARACTERS), np.int64)

    def shapes(self, ids: NDArray[np.int32]) -> NDArray[np.int64]:
        """The Shape of each token, int64 (tokens,)."""
        self._learn(ids)
        return self._shapes[ids]

    def weights(self, ids: NDArray[np.int32], characters: Mapping[str, float]) -> NDArray[np.float32]:
        """The sum of the weights of each token's characters, float32 (tokens,).

        Args:
            ids: int32 (tokens,).
            characters: single characters and their weights; others weigh nothing.
        """
        self._learn(ids)
        weights = np.zeros(_PLANE, np.float32)
        for character, weight in characters.items():
            if ord(character) < _PLANE:
                weights[ord(character)] = weight
        return np.asarray(weights[self._characters[ids]].sum(axis=1), np.float32)

    def _learn(self, ids: NDArray[np.int32]) -> None:
        for token_id in np.unique(ids[~self._known[ids]]).tolist():
            token: str = self._tokenizer.id_to_token(token_id) or ""
            self._shapes[token_id] = shape_of(token)
            for at, character in enumerate(token[:_CHARACTERS]):
                if ord(character) < _PLANE:
                    self._characters[token_id, at] = ord(character)
            self._known[token_id] = True
