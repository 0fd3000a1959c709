"""One folding of text for matching: what the lexical index, the encoder and questions all go through.

Folding is for matching only. What is shown and quoted is never folded.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

from opencc import OpenCC


@cache
def _simplifier() -> OpenCC:
    # Loading the dictionaries takes tens of milliseconds, so it waits for the first text.
    return OpenCC("t2s")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Fold width, script and case: NFKC, Traditional to Simplified (OpenCC t2s), lower case.

    The length may change. ``fold(fold(text)) == fold(text)`` for ordinary text. Recent texts are
    remembered: a question looks at the same sentences several times.
    """
    return _folded(text)


def origins(text: str) -> list[int] | None:
    """Where each character of ``fold(text)`` comes from.

    Returns:
        For every character of the folded text, the place in ``text`` of the one it was made from; None where
        characters of the text became one or changed places, so that no place can be told for each.
    """
    pieces = [_folded_alone(character) for character in text]
    if "".join(pieces) != fold(text) and not _differs_in_characters_alone(text, pieces):
        return None
    return [at for at, piece in enumerate(pieces) for _ in piece]


def _differs_in_characters_alone(text: str, pieces: Sequence[str]) -> bool:
    """Whether a text folds to as much as its single characters, to other characters at the same places."""
    # Simplifying puts one character for each, but chooses it by its neighbours: 乾坤, 乾燥.
    normal = "".join(unicodedata.normalize("NFKC", character) for character in text)
    return normal == unicodedata.normalize("NFKC", text) and sum(map(len, pieces)) == len(fold(text))


def _folded(text: str) -> str:
    folded: str = _simplifier().convert(unicodedata.normalize("NFKC", text))
    return folded.lower()


# Apart from the texts, which single characters would soon drive out of what is remembered.
_folded_alone = lru_cache(maxsize=8192)(_folded)
