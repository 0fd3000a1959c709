"""Typing errors in questions: words that stand nowhere in the collection, and what they were meant to be.

A fallback: a word that the collection knows is never touched, and neither is an English one that the
bundled model knows.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, combinations, pairwise
from operator import eq

import regex
import rjieba

from embeddings.lexical_tokens import lexical_tokens
from qa.collection import Snapshot

_HAN_RUN = regex.compile(r"\p{Han}{2,}")
_LATIN_WORD = regex.compile(r"(?<![\p{Latin}\p{N}])\p{Latin}{5,}(?![\p{Latin}\p{N}])")
_MEANT = regex.compile(r"[零〇一二两三四五六七八九十百千万亿的是在有为于时了和与被对从到也都就以之其没不]")
"""Numerals and grammar: characters that stand where they do because they are meant."""

_LONGEST = 6
"""Characters of the longest piece of a question that is looked up at once."""

_MOST = 3
"""Words of one question that are corrected at most; one with more errors is no question to guess at."""


def corrections(snapshot: Snapshot, content: str) -> Iterator[tuple[str, str]]:
    """What may be mistyped in the folded ``content`` of a question, each with a word of the collection."""
    found = [*_latin_corrections(snapshot, content), *_han_corrections(snapshot, content)]
    if len(found) <= _MOST:
        yield from found


def _rows(snapshot: Snapshot, field: str, token: str) -> int:
    """In how many passages or headings a token stands."""
    return snapshot.lexical.document_frequency(field, token) or snapshot.lexical.document_frequency(
        "context", token
    )


def _latin_corrections(snapshot: Snapshot, content: str) -> Iterator[tuple[str, str]]:
    for word in dict.fromkeys(_LATIN_WORD.findall(content)):
        known = any(_rows(snapshot, "words", form) for form in lexical_tokens(word).words)
        if known or len(snapshot.static.token_ids([word])[0]) == 1:
            continue
        others = snapshot.spelling.spelled_like(word)
        if others:
            yield word, max(others, key=lambda other: _rows(snapshot, "words", other))


def _han_corrections(snapshot: Snapshot, content: str) -> Iterator[tuple[str, str]]:
    for run in dict.fromkeys(_HAN_RUN.findall(content)):
        unseen = [not _rows(snapshot, "bigrams", run[at : at + 2]) for at in range(len(run) - 1)]
        if not any(unseen):
            continue
        taken: set[int] = set()
        for piece in _pieces(run, unseen):
            text = run[piece.start : piece.stop]
            if taken.isdisjoint(piece) and (other := _best(snapshot, text)) is not None:
                taken.update(piece)
                yield text, other


def _pieces(run: str, unseen: Sequence[bool]) -> list[range]:
    """Pieces of a run of Han characters that may be one mistyped word, the longest first.

    They begin and end where words do, and hold a pair of neighbours that the
    collection does not have and that the segmenter took for one word, or for the beginning or end of one,
    though no dictionary has it: a strange word. Where two words or single characters meet, pairs that are
    new are nothing odd.
    """
    edges = [0, *accumulate(map(len, rjieba.cut(run)))]
    spans = [(start, end) for start, end in pairwise(edges) if end - start > 1]
    strange = [span for span in spans if not _is_word(run[slice(*span)])]
    borders = {edge for span in spans if span not in strange for edge in span}
    odd = {
        at
        for start, end in strange
        for at in range(max(start - 1, 0), min(end, len(unseen)))
        if unseen[at] and at + 1 not in borders and not _MEANT.search(run[at : at + 2])
    }
    pieces = (range(*span) for span in combinations(edges, 2))
    found = [piece for piece in pieces if len(piece) <= _LONGEST and any(at in piece[:-1] for at in odd)]
    return sorted(found, key=lambda piece: (-len(piece), piece.start))


def _best(snapshot: Snapshot, text: str) -> str | None:
    """The word of the collection that ``text`` was most likely meant to be, None where none is likely."""
    # The better the lower: the same sound, nearly the same sound, another character.
    grades = dict.fromkeys(snapshot.spelling.shaped_like(text), 2)
    grades |= {word: 0 if same else 1 for word, same in snapshot.spelling.sounding_like(text)}

    def shared(word: str) -> int:
        return sum(map(eq, word, text))

    return min(
        (word for word in grades if shared(word) and not _is_meant(text, word)),
        key=lambda word: (grades[word], -shared(word), -_rows(snapshot, "words", word)),
        default=None,
    )


def _is_meant(text: str, word: str) -> bool:
    """Whether they differ in numerals or grammar: 第二 is not 第三 mistyped, nor 高英是 a mistyped 高英时."""
    return any(a != b and _MEANT.search(a + b) for a, b in zip(text, word, strict=True))


def _is_word(text: str) -> bool:
    return rjieba.cut(text, hmm=False) == [text]
