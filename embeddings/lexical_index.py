"""The lexical index: BM25 over words, bigrams, characters and the context (title, headings) of each row.

tantivy keeps the postings on disk, memory mapped, and scores with BM25 (Robertson and Zaragoza 2009;
k1 = 1.2, b = 0.75). Rows are numbered by the caller.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from embeddings.errors import IndexFormatError
from embeddings.lexical_tokens import LexicalTokens, lexical_tokens, words_as_written

# How much each field counts in the sum of BM25 scores. Chosen on the tune split and the validation
# sets, where they make little difference.
FIELD_WEIGHTS: Mapping[str, float] = {
    "words": 1.0,
    "bigrams": 1.0,
    "characters": 1.0,
    "context": 0.4,
}

_WRITER_HEAP_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """One row to index: the text that is quoted, and its context (document title and headings)."""

    row: int
    text: str
    context: str


@dataclass(frozen=True, slots=True)
class AddedTokens:
    """Tokens searched for besides those of a question, each at ``weight`` times what one of those counts."""

    tokens: LexicalTokens
    weight: float


def field_tokens(tokens: LexicalTokens) -> Mapping[str, Sequence[str]]:
    """The distinct tokens that are looked for in each field, in order."""
    fields = {
        "words": tokens.words,
        "bigrams": tokens.bigrams,
        "characters": tokens.characters,
        "context": _all_tokens(tokens),
    }
    return {name: tuple(dict.fromkeys(values)) for name, values in fields.items()}


@dataclass(frozen=True, slots=True)
class Scores:
    """Rows and their scores, best first. ``rows`` int64 (n,), ``values`` float32 (n,), higher is better."""

    rows: NDArray[np.int64]
    values: NDArray[np.float32]


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True, indexed=True, stored=False)
    for name in FIELD_WEIGHTS:
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _all_tokens(tokens: LexicalTokens) -> tuple[str, ...]:
    return tokens.words + tokens.bigrams


def build_lexical_index(folder: Path, rows: Iterable[LexicalRow]) -> set[str]:
    """Write a new index of ``rows`` into an existing empty folder.

    Returns:
        The words of all rows, folded.
    """
    words: set[str] = set()
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
    for entry in rows:
        tokens = lexical_tokens(entry.text)
        words |= words_as_written(f"{entry.context}\n{entry.text}")
        document = tantivy.Document()
        # The typed call: a plain integer would be stored as signed and kill the writer.
        document.add_unsigned("row", entry.row)
        document.add_text("words", " ".join(tokens.words))
        document.add_text("bigrams", " ".join(tokens.bigrams))
        document.add_text("characters", " ".join(tokens.characters))
        document.add_text("context", " ".join(_all_tokens(lexical_tokens(entry.context))))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    return words


class LexicalIndex:
    """An opened lexical index; reading only, safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        try:
            self._index = tantivy.Index.open(str(folder))
        except ValueError as error:
            raise IndexFormatError(
                f"The lexical index in {folder.name} cannot be opened ({error})",
                "Run `yinju index` with --rebuild to make it anew.",
            ) from error
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        """Number of rows."""
        count: int = self._searcher.num_docs
        return count

    def _query(self, tokens: LexicalTokens, added: Sequence[AddedTokens]) -> Any:
        asked = {name: set(values) for name, values in field_tokens(tokens).items()}
        clauses = [
            self._clause(name, token, 1.0)
            for name, values in field_tokens(tokens).items()
            for token in values
        ]
        clauses += [
            self._clause(name, token, each.weight)
            for each in added
            for name, values in field_tokens(each.tokens).items()
            for token in values
            if token not in asked[name]
        ]
        return tantivy.Query.boolean_query(clauses)

    def _clause(self, field: str, token: str, weight: float) -> tuple[Any, Any]:
        term = tantivy.Query.term_query(self._schema, field, token, "freq")
        return tantivy.Occur.Should, tantivy.Query.boost_query(term, weight * FIELD_WEIGHTS[field])

    def _run(self, query: Any, limit: int) -> Scores:
        hits = self._searcher.search(query, limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return Scores(
            np.asarray(rows, dtype=np.int64), np.asarray([value for value, _ in hits], dtype=np.float32)
        )

    def search(self, tokens: LexicalTokens, limit: int, added: Sequence[AddedTokens] = ()) -> Scores:
        """The ``limit`` rows of highest BM25 that hold at least one of the question's tokens or the added."""
        if limit < 1 or not len(self):
            return Scores(np.empty(0, np.int64), np.empty(0, np.float32))
        return self._run(self._query(tokens, added), limit)

    def score(
        self,
        tokens: LexicalTokens,
        rows: NDArray[np.int64],
        added: Sequence[AddedTokens] = (),
        known: Scores | None = None,
    ) -> NDArray[np.float32]:
        """BM25 of the given rows, float32 (len(rows),), 0 where a row shares no token with the question.

        Args:
            tokens: of the question.
            rows: int64, to be scored.
            added: tokens that are searched for besides.
            known: what :meth:`search` found for the same tokens; these rows are not scored again.
        """
        values = dict(zip(known.rows.tolist(), known.values.tolist(), strict=True)) if known else {}
        unknown = [row for row in rows.tolist() if row not in values]
        if unknown:
            found = self._run(self._among(unknown, self._query(tokens, added)), len(unknown))
            values.update(zip(found.rows.tolist(), found.values.tolist(), strict=True))
        return np.asarray([values.get(row, 0.0) for row in rows.tolist()], dtype=np.float32)

    def _among(self, rows: Sequence[int], query: Any) -> Any:
        # A term set would be matched against the whole dictionary of rows: several times slower.
        each = [tantivy.Query.term_query(self._schema, "row", row) for row in rows]
        chosen = tantivy.Query.const_score_query(
            tantivy.Query.boolean_query([(tantivy.Occur.Should, row) for row in each]), 0.0
        )
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, chosen), (tantivy.Occur.Should, query)])

    def document_frequency(self, field: str, token: str) -> int:
        """Number of rows whose ``field`` holds ``token``."""
        count: int = self._searcher.doc_freq(field, token)
        return count
