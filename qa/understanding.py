"""A question understood in the light of a collection: what else is searched for besides its own words."""

from collections.abc import Iterator
from dataclasses import replace

from embeddings.folding import fold
from embeddings.lexical_index import AddedTokens
from embeddings.lexical_tokens import lexical_tokens
from qa.collection import Snapshot
from qa.corrections import corrections
from qa.matching import idf_mass
from qa.question_words import is_asking_word
from qa.types import Alternative, Query, Reason

_MOST = 4
"""Alternatives of one question."""

# How much an alternative that is found whole counts beside the term it stands for. A name that the question
# has in one form is mostly found by it; a mistyped word is not. Chosen on the tune split.
_SHARE = {Reason.ABBREVIATION: 0.3, Reason.SPELLING: 0.8}


def understand(snapshot: Snapshot, query: Query) -> Query:
    """Add to a query the other forms of the names in it, and the words that may be meant by it."""
    alternatives = [*_other_forms(snapshot, query), *_meant_words(snapshot, query)]
    return replace(query, alternatives=tuple(alternatives[:_MOST])) if alternatives else query


def _other_forms(snapshot: Snapshot, query: Query) -> Iterator[Alternative]:
    for term, other in snapshot.abbreviations.found_in(fold(query.text)):
        # "who" asks, "WHO" names; so do "it" and "IT".
        if not is_asking_word(term) or term.upper() in query.text:
            yield Alternative(term, other, Reason.ABBREVIATION)


def _meant_words(snapshot: Snapshot, query: Query) -> Iterator[Alternative]:
    for term, other in corrections(snapshot, query.content):
        yield Alternative(term, other, Reason.SPELLING)


def added_tokens(snapshot: Snapshot, query: Query) -> list[AddedTokens]:
    """The tokens of a query's alternatives, each weighed to count less than the term that it stands for."""
    added = []
    for alternative in query.alternatives:
        tokens = lexical_tokens(alternative.text)
        typed, other = (idf_mass(snapshot, each) for each in (lexical_tokens(alternative.term), tokens))
        weight = _SHARE[alternative.reason] * min(1.0, typed / other) if other else 0.0
        added.append(AddedTokens(tokens, weight))
    return added
