"""One folding of text for matching: what the lexical index, the encoder and questions all go through.

Folding is for matching only. What is shown and quoted is never folded.
"""

import unicodedata
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
    folded: str = _simplifier().convert(unicodedata.normalize("NFKC", text))
    return folded.lower()
