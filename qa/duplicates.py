"""Passages that say nothing beyond better ones: copies under another headline, or cut or spaced otherwise.

A passage is hidden when all of its sentences stand in better hits, letter by letter. So two passages that
differ in a number, a date, a name or a negation are both shown, however alike they are; a share of common
shingles, however high, could not promise that. What may be missing from the better hits are only the
passage's own headings: a copy stands under another page header.

Headings count where they tell passages apart: inside one document, and between documents for a passage of
few words (`绿化率达到30%。` under 北京 and under 上海).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from embeddings.folding import fold
from embeddings.late_interaction import TokenStore
from qa.catalogue import PassageRow

SIEVE = 0.7
"""Share of a passage's pairs of neighbouring tokens that better hits must hold, else it is no copy.

A containment of shingles (Broder 1997) over token ids, which are at hand and know neither spacing nor
punctuation: so hardly a passage is folded and cut up for nothing. A copy falls short of 1 by its headings.
"""

_PAIRS = 1 << 18
"""Places for hashed pairs of tokens; a few thousand are taken for one question."""

SHORT = 40
"""Han characters and other words below which passages of two documents are copies only under equal headings.

In the seeds the longest sentence that stands in two places without being a copied paragraph has 20 of them
(获奖情况：…), the shortest sentence of a copied paragraph that is no heading has 73.
"""

_TERSE = 12
"""Letters below which a sentence is told with those before it: the cells of a table mean nothing alone."""

_SENTENCE_END = regex.compile(r"[。！？!?；;\n]+|\.(?=\s|$)")

# What bullets, quotes and commas add. Kept are signs that say something: per cent, currencies, comparisons,
# whatever stands between two digits (3.6, 2012-2015), and a minus.
_UNSAID = regex.compile(
    r"(?!(?<=\p{N})[\p{P}\p{S}](?=\p{N}))(?![-−](?=\p{N}))[^\s\p{L}\p{N}\p{M}\p{Sc}%‰<>=≤≥±+]"
)
_NOT_BETWEEN_WORDS = regex.compile(r"(?<![\p{Latin}\p{N}]) | (?![\p{Latin}\p{N}])")
_WORD = regex.compile(r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{N}])+")


def _letters(text: str) -> str:
    """A text bare of punctuation, and of spacing but for that between Latin words."""
    return str(_NOT_BETWEEN_WORDS.sub("", " ".join(_UNSAID.sub("", text).split())))


def _told(sentences: Sequence[str]) -> frozenset[str]:
    """Sentences, each together with the terse ones that follow it."""
    told: list[str] = []
    for sentence in sentences:
        if told and len(sentence) < _TERSE:
            told[-1] += f"\n{sentence}"
        else:
            told.append(sentence)
    return frozenset(told)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a passage says, and under which headings.

    ``sentences`` are folded and bare; those that are its title or one of its headings are left out, unless
    there are no others.
    """

    document_id: str
    section: tuple[str, ...]
    sentences: frozenset[str]
    words: int

    @classmethod
    def of(cls, found: PassageRow) -> "_Said":
        text = found.passage.text
        section = tuple(_letters(fold(heading)) for heading in found.passage.section)
        headings = {*section, _letters(fold(found.document.title))}
        every = [part for part in map(_letters, _SENTENCE_END.split(fold(text))) if part] or [text]
        own = [part for part in every if part not in headings] or every
        return cls(found.document.id, section, _told(own), len(_WORD.findall(" ".join(own))))

    def may_repeat(self, other: "_Said") -> bool:
        """Whether equal words mean the same in both places."""
        apart = self.document_id != other.document_id and self.words >= SHORT
        return apart or self.section == other.section


class Shown:
    """The passages shown so far for one question."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens
        self._seen = np.zeros(_PAIRS, bool)
        self._found: list[PassageRow] = []
        self._said: dict[int, _Said] = {}

    def add(self, row: int, found: PassageRow) -> None:
        """Note a passage that is shown; ``row`` is that of the indexes."""
        self._seen[self._pairs(row)] = True
        self._found.append(found)

    def repeated(self, row: int, found: PassageRow) -> int | None:
        """Which of the passages shown, from 0, holds most of what this one says; None if it says more.

        Args:
            row: of the indexes.
            found: the passage.
        """
        pairs = self._pairs(row)
        if not self._found or (len(pairs) and self._seen[pairs].mean() < SIEVE):
            return None
        said = _Said.of(found)
        common = [
            said.sentences & shown.sentences if said.may_repeat(shown) else frozenset()
            for shown in self._all()
        ]
        if said.sentences - frozenset().union(*common):
            return None
        return max(range(len(common)), key=lambda at: sum(map(len, common[at])))

    def _pairs(self, row: int) -> NDArray[np.int64]:
        """Pairs of neighbouring tokens of a row's text, as places of the sieve."""
        ids = self._tokens.body(row).astype(np.int64)
        return (ids[:-1] * 40_503 + ids[1:]) % _PAIRS

    def _all(self) -> Sequence[_Said]:
        for at, found in enumerate(self._found):
            if at not in self._said:
                self._said[at] = _Said.of(found)
        return [self._said[at] for at in range(len(self._found))]
