"""Which words of a question a passage holds."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log1p

from embeddings.folding import fold
from embeddings.late_interaction import LEAST_ROWS
from embeddings.lexical_index import FIELD_WEIGHTS, field_tokens
from embeddings.lexical_tokens import HAN_RUN, LexicalTokens, lexical_tokens, written_words
from qa.catalogue import PassageRow
from qa.collection import Snapshot
from qa.searched_text import embedded_text
from qa.types import Alternative, Query


@dataclass(frozen=True, slots=True)
class ContentTokens:
    """The tokens of what a question asks about, each with its idf in the collection.

    Attributes:
        weights: ln(1 + (N - n + 0.5) / (n + 0.5)) for a token in n of N passages, N at least LEAST_ROWS.
        alternatives: who holds one of these holds the tokens of its term as well.
    """

    weights: Mapping[str, float]
    alternatives: tuple[Alternative, ...] = ()

    def coverage(self, text: str) -> float:
        """Idf-weighted share of the tokens that ``text`` holds, 0..1; 0 for a question without any."""
        total = sum(self.weights.values())
        if not total:
            return 0.0
        held = {*held_tokens(self.weights, text), *self._meant_by(text)}
        return sum(weight for token, weight in self.weights.items() if token in held) / total

    def _meant_by(self, text: str) -> Iterator[str]:
        if not self.alternatives:
            return
        folded = fold(text)
        for each in self.alternatives:
            if fold(each.text) in folded:
                yield from _flat(lexical_tokens(each.term))

    def repeated_by(self, text: str) -> bool:
        """Whether ``text`` holds nothing but words of the question, as a heading may: it answers nothing."""
        if any(character not in self.weights for character in fold(text) if character > _LAST_LATIN):
            return False  # nearly always, and a hundred times quicker than to cut the text
        tokens = lexical_tokens(text)
        return self.weights.keys() >= {*tokens.words, *tokens.characters}


_LAST_LATIN = "\u4dff"


def held_tokens(tokens: Collection[str], text: str) -> set[str]:
    """Those of a question's tokens that a text holds.

    Chinese ones are looked for as they stand, whatever words they are part of: cutting the text into words
    would take longer than finding it. Others, such as stems, values of numbers and measures (320000亩), may
    be written in another way in the text, and are looked for among its words.
    """
    folded = fold(text)
    chinese = {token for token in tokens if HAN_RUN.fullmatch(token)}
    held = {token for token in chinese if token in folded}
    others = set(tokens) - chinese
    return held | others & written_words(text) if others else held


def _flat(tokens: LexicalTokens) -> tuple[str, ...]:
    return tokens.words + tokens.bigrams + tokens.characters


def _idf(snapshot: Snapshot, field: str, token: str) -> float:
    held = snapshot.lexical.document_frequency(field, token)
    # In a handful of passages every word that they hold would pass for common.
    passages = max(len(snapshot.lexical), LEAST_ROWS)
    return log1p((passages - held + 0.5) / (held + 0.5))


def content_tokens(snapshot: Snapshot, query: Query) -> ContentTokens:
    """Words, bigrams and characters of what a question asks about."""
    tokens = lexical_tokens(query.content)
    weights: dict[str, float] = {}
    for field, values in (
        ("characters", tokens.characters),
        ("bigrams", tokens.bigrams),
        ("words", tokens.words),
    ):
        weights |= {token: _idf(snapshot, field, token) for token in values}
    return ContentTokens(weights, query.alternatives)


def idf_mass(snapshot: Snapshot, tokens: LexicalTokens) -> float:
    """What a passage that holds all of some tokens would get for them, but for their number: sums of idf."""
    return sum(
        FIELD_WEIGHTS[field] * _idf(snapshot, field, token)
        for field, values in field_tokens(tokens).items()
        for token in values
    )


def _rarest_first(snapshot: Snapshot, field: str, tokens: Iterable[str]) -> list[str]:
    return sorted(tokens, key=lambda token: (snapshot.lexical.document_frequency(field, token), token))


def matched_terms(
    snapshot: Snapshot, query: Query, question: LexicalTokens, found: PassageRow
) -> tuple[str, ...]:
    """The question's words that stand in the passage, its title or its headings, rarest first.

    Words that lie inside a longer matched word are left out. Where no word matches, the matched
    bigrams are given. What the passage holds of that which was searched for besides stands first.
    """
    passage = found.passage
    text = embedded_text(found.document.title, passage.section, passage.text)
    also = tuple(each.text for each in query.alternatives if fold(each.text) in fold(text))
    words = held_tokens(question.words, text)
    # Stems match, but are no words that a reader would know.
    words = {word for word in words if word in query.content}
    words = {word for word in words if not any(word != other and word in other for other in words)}
    if words:
        return (*also, *_rarest_first(snapshot, "words", words))
    bigrams = held_tokens(question.bigrams, text)
    return (*also, *_rarest_first(snapshot, "bigrams", bigrams))
