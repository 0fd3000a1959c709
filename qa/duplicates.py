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
"""Letters below which passages of two documents are copies only under equal headings.

In the seeds the longest sentence that stands in two places without being a copied paragraph has 20 letters
(获奖情况：…), the shortest sentence of a copied paragraph that is no heading has 73.
"""

_SENTENCE_END = regex.compile(r"[。！？!?；;\n]+|\.(?=\s|$)")

# What spacing, bullets, quotes and commas add. Kept are signs that say something: per cent, currencies,
# comparisons, whatever stands between two digits (3.6, 2012-2015), and a minus.
_UNSAID = regex.compile(
    r"(?!(?<=\p{N})[\p{P}\p{S}](?=\p{N}))(?![-−](?=\p{N}))[^\p{L}\p{N}\p{M}\p{Sc}%‰<>=≤≥±+]"
)


def _letters(text: str) -> str:
    return str(_UNSAID.sub("", "".join(text.split())))


def _sayings(text: str) -> frozenset[str]:
    """The sentences of a text, folded and bare of spacing and punctuation."""
    parts = map(_letters, _SENTENCE_END.split(fold(text)))
    return frozenset(part for part in parts if part) or frozenset({text})


@dataclass(frozen=True, slots=True)
class _Said:
    """What a passage says, and under which headings.

    ``own`` are its sentences without those that are its title or one of its headings.
    """

    document_id: str
    section: tuple[str, ...]
    sentences: frozenset[str]
    own: frozenset[str]

    @classmethod
    def of(cls, found: PassageRow) -> "_Said":
        sentences = _sayings(found.passage.text)
        section = tuple(_letters(fold(heading)) for heading in found.passage.section)
        headings = {*section, _letters(fold(found.document.title))}
        return cls(found.document.id, section, sentences, (sentences - headings) or sentences)

    def may_repeat(self, other: "_Said") -> bool:
        """Whether equal words mean the same in both places."""
        apart = self.document_id != other.document_id and sum(map(len, self.own)) >= SHORT
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
            said.own & shown.sentences if said.may_repeat(shown) else frozenset() for shown in self._all()
        ]
        if said.own - frozenset().union(*common):
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
