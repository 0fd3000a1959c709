"""The words of a collection by sound and spelling, to find what a mistyped word was meant to be.

A Chinese word is found by its syllables without tones, the pairs that many do not tell apart (zh z, ch c,
sh s, n l, ng n, h f) made one; or by its other characters, when one is wrong or two are exchanged. A Latin
word is found by optimal string alignment (Damerau 1964): letters wrong, missing, added or exchanged.

The words lie in a SQLite file, a few of them under each key, so that a lookup reads only those.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from weakref import finalize

import regex

from embeddings.errors import IndexFormatError

_HAN_WORD = regex.compile(r"\p{Han}{2,8}")
_LATIN_WORD = regex.compile(r"\p{Latin}{5,24}")
_INITIAL = regex.compile(r"^(?:[zcs]h|n|h)")
_MERGED = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "h": "f"}
_FINAL_NG = regex.compile(r"ng$")

_MIN_SHAPED = 3
"""Characters of the shortest Chinese word in which one may be wrong whatever its sound."""

_MANY_LETTERS = 8
"""A Latin word of so many letters may hold two errors, a shorter one holds one."""


def _merged(syllable: str) -> str:
    """A syllable without what is often not told apart: of zhang, zang and zhan is left zan."""
    return str(_FINAL_NG.sub("n", _INITIAL.sub(lambda match: _MERGED[match[0]], syllable)))


def _sound_key(syllables: Iterable[str]) -> str:
    return " ".join(_merged(syllable) for syllable in syllables)


def _latin_key(first: str, length: int) -> str:
    return f"{first}{length}"


def _keys(word: str) -> Iterator[str]:
    """The keys that a word of the collection is kept under."""
    # Not needed for a question whose words are all known, and slow to load.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    if _HAN_WORD.fullmatch(word):
        yield _sound_key(lazy_pinyin(word))
        if len(word) >= _MIN_SHAPED:
            yield from (f"^{word[0]}", f"{word[-1]}$")
    elif _LATIN_WORD.fullmatch(word):
        yield _latin_key(word[0], len(word))


def build_spelling_index(file: Path, words: Iterable[str]) -> None:
    """Write the words of a collection, folded, into a new file; those that are no words are left out."""
    kept: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        for key in _keys(word):
            kept[key].append(word)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE words (key TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID")
        connection.executemany(
            "INSERT INTO words VALUES (?, ?)", ((key, " ".join(kept[key])) for key in sorted(kept))
        )


class SpellingIndex:
    """The file of :func:`build_spelling_index`; reading only, safe to share between threads.

    Raises:
        IndexFormatError: at the first lookup, when the file is missing or damaged.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def sounding_like(self, text: str) -> list[tuple[str, bool]]:
        """The words that sound like some Han characters; True for those of just the same syllables."""
        from pypinyin import lazy_pinyin  # noqa: PLC0415

        syllables = lazy_pinyin(text)
        words = [word for word in self._words([_sound_key(syllables)]) if len(word) == len(text)]
        return [(word, lazy_pinyin(word) == syllables) for word in words]

    def shaped_like(self, text: str) -> list[str]:
        """The words of three characters and more in which one of ``text`` differs, or two are exchanged."""
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        if len(text) < _MIN_SHAPED:
            return []
        words = dict.fromkeys(self._words([f"^{text[0]}", f"{text[-1]}$"]))
        return [
            word for word in words if len(word) == len(text) and OSA.distance(word, text, score_cutoff=1) == 1
        ]

    def spelled_like(self, word: str) -> list[str]:
        """The Latin words of the same first letter that are nearest to ``word``, within one or two errors."""
        from rapidfuzz import process  # noqa: PLC0415
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        if not _LATIN_WORD.fullmatch(word):
            return []
        errors = 2 if len(word) >= _MANY_LETTERS else 1
        lengths = range(len(word) - errors, len(word) + errors + 1)
        words = self._words([_latin_key(word[0], length) for length in lengths])
        found = process.extract(word, words, scorer=OSA.distance, score_cutoff=errors, limit=None)
        return [other for other, distance, _ in found if distance == found[0][1]]

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        address = f"{self._file.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        finalize(self, connection.close)
        return connection

    def _words(self, keys: Sequence[str]) -> list[str]:
        marks = ", ".join("?" * len(keys))
        select = f"SELECT words FROM words WHERE key IN ({marks})"  # noqa: S608
        try:
            rows = self._connection.execute(select, keys).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexFormatError(
                f"The words in {self._file.name} cannot be read ({error})",
                "Run `yinju index` with --rebuild to make them anew.",
            ) from error
        return [word for (words,) in rows for word in words.split()]
