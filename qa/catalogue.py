"""The catalogue of one collection: documents, passages and cached vectors, in SQLite.

The catalogue holds what the *next* index generation will be made of. A generation names its passages
by number, and rows that only an older generation needs are kept until that generation is gone, so a
reader never meets half of an update.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.encoder import Vectors
from qa.errors import CollectionError
from qa.types import Document, DocumentRef, Passage, Sentence

CATALOGUE_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    encoding TEXT NOT NULL,
    garble REAL NOT NULL,
    warnings TEXT NOT NULL,
    passages_version INTEGER NOT NULL,
    added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    removed_in INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS documents_live ON documents (id) WHERE removed_in IS NULL;
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    line_start INTEGER NOT NULL,
    line_end INTEGER NOT NULL,
    page INTEGER,
    quote TEXT NOT NULL,
    text TEXT NOT NULL,
    section TEXT NOT NULL,
    sentences TEXT NOT NULL,
    digest BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_document ON passages (document);
CREATE TABLE IF NOT EXISTS vectors (
    digest BLOB NOT NULL,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (digest, model)
) WITHOUT ROWID;
"""

_PASSAGE_COLUMNS = (
    'p.number, d.id, d.path, d.title, p.start, p."end", p.line_start, p.line_end, p.page, '
    "p.quote, p.text, p.section, p.sentences"
)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class CataloguedFile:
    """What the catalogue remembers of a live document's file."""

    document_id: str
    sha256: str
    passages_version: int


@dataclass(frozen=True, slots=True)
class CataloguedDocument:
    """A live document as listed: characters of its source, number of passages, time it was added (UTC)."""

    ref: DocumentRef
    characters: int
    passages: int
    sha256: str
    encoding: str
    garble: float
    warnings: tuple[str, ...]
    added_at: str


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage with its number in the catalogue and the document it belongs to."""

    number: int
    document: DocumentRef
    passage: Passage


@dataclass(frozen=True, slots=True)
class PassageToIndex:
    """What a new generation needs of one passage. ``digest`` names its vector in the cache."""

    number: int
    title: str
    section: tuple[str, ...]
    text: str
    digest: bytes


class Catalogue:
    """One SQLite file. Safe to share between threads: each has its own connection.

    Raises:
        CollectionError: the file is no catalogue, or one of another version.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            with self._write() as connection:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version not in {0, CATALOGUE_VERSION}:
                    raise CollectionError(
                        f"{file} is a catalogue of version {version}, this program reads {CATALOGUE_VERSION}",
                        "Remove the collection's folder and run `yinju index` again.",
                    )
                if version == 0:
                    connection.executescript(_SCHEMA)
                    connection.execute(f"PRAGMA user_version = {CATALOGUE_VERSION}")
        except sqlite3.DatabaseError as error:
            self.close()
            raise CollectionError(
                f"{file} cannot be opened as a catalogue ({error})",
                "Check that the folder is writable, or remove it and run `yinju index` again.",
            ) from error
        except CollectionError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
            self._local = threading.local()

    # -- reading ------------------------------------------------------------------------------------

    def files(self, root: str) -> dict[str, CataloguedFile]:
        """The live documents that came from ``root``, by relative path."""
        rows = self._connection().execute(
            "SELECT path, id, sha256, passages_version FROM documents WHERE removed_in IS NULL AND root = ?",
            (root,),
        )
        return {path: CataloguedFile(*rest) for path, *rest in rows}

    def roots(self) -> list[str]:
        """The folders and files that live documents came from, in the order first indexed."""
        rows = self._connection().execute(
            "SELECT root FROM documents WHERE removed_in IS NULL GROUP BY root ORDER BY min(key)"
        )
        return [root for (root,) in rows]

    def owner(self, document_id: str) -> str | None:
        """The root of the live document with this id, None where there is none."""
        row = (
            self._connection()
            .execute("SELECT root FROM documents WHERE removed_in IS NULL AND id = ?", (document_id,))
            .fetchone()
        )
        return None if row is None else str(row[0])

    def documents(self) -> list[CataloguedDocument]:
        """All live documents, by path."""
        rows = self._connection().execute(
            "SELECT d.id, d.path, d.title, length(d.source), d.sha256, d.encoding, d.garble, d.warnings, "
            "d.added_at, (SELECT count(*) FROM passages p WHERE p.document = d.key) "
            "FROM documents d WHERE d.removed_in IS NULL ORDER BY d.path, d.key"
        )
        return [
            CataloguedDocument(
                ref=DocumentRef(document_id, path, title),
                characters=characters,
                passages=passages,
                sha256=sha256,
                encoding=encoding,
                garble=garble,
                warnings=tuple(json.loads(warnings)),
                added_at=added_at,
            )
            for (
                document_id,
                path,
                title,
                characters,
                sha256,
                encoding,
                garble,
                warnings,
                added_at,
                passages,
            ) in rows
        ]

    def document(self, document_id: str) -> Document | None:
        """A live document with its source, None where there is none of that id."""
        row = (
            self._connection()
            .execute(
                "SELECT path, title, source, sha256, encoding, garble, warnings FROM documents "
                "WHERE removed_in IS NULL AND id = ?",
                (document_id,),
            )
            .fetchone()
        )
        if row is None:
            return None
        path, title, source, sha256, encoding, garble, warnings = row
        return Document(
            ref=DocumentRef(document_id, path, title),
            source=source,
            sha256=sha256,
            encoding=encoding,
            garble=garble,
            warnings=tuple(json.loads(warnings)),
        )

    def passages(self, numbers: Sequence[int]) -> dict[int, PassageRow]:
        """Passages by number; numbers that are not there are left out."""
        marks = ", ".join("?" * len(numbers))
        rows = self._connection().execute(
            f"SELECT {_PASSAGE_COLUMNS} FROM passages p JOIN documents d ON d.key = p.document "  # noqa: S608
            f"WHERE p.number IN ({marks})",
            list(numbers),
        )
        return {row[0]: _passage_row(row) for row in rows}

    def passages_of(self, document_id: str) -> list[PassageRow]:
        """The passages of a live document, in reading order."""
        rows = self._connection().execute(
            f"SELECT {_PASSAGE_COLUMNS} FROM passages p JOIN documents d ON d.key = p.document "  # noqa: S608
            "WHERE d.removed_in IS NULL AND d.id = ? ORDER BY p.start",
            (document_id,),
        )
        return [_passage_row(row) for row in rows]

    def to_index(self) -> Iterator[PassageToIndex]:
        """Every passage of the live documents, by document path and place."""
        rows = self._connection().execute(
            "SELECT p.number, d.title, p.section, p.text, p.digest FROM passages p "
            "JOIN documents d ON d.key = p.document WHERE d.removed_in IS NULL "
            "ORDER BY d.path, d.key, p.start"
        )
        for number, title, section, text, digest in rows:
            yield PassageToIndex(number, title, tuple(json.loads(section)), text, digest)

    def vectors(self, model: str, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Cached vectors of ``model`` by digest, each of shape (dimension,); missing ones are left out."""
        found: dict[bytes, Vectors] = {}
        for at in range(0, len(digests), _BATCH):
            batch = list(digests[at : at + _BATCH])
            marks = ", ".join("?" * len(batch))
            rows = self._connection().execute(
                f"SELECT digest, vector FROM vectors WHERE model = ? AND digest IN ({marks})",  # noqa: S608
                [model, *batch],
            )
            found |= {digest: np.frombuffer(vector, np.float32) for digest, vector in rows}
        return found

    # -- writing ------------------------------------------------------------------------------------

    def put_document(
        self,
        document: Document,
        root: str,
        passages: Iterable[tuple[Passage, bytes]],
        *,
        passages_version: int,
        generation: int,
    ) -> None:
        """Add a document, or replace the live one of the same id from generation ``generation`` on.

        Args:
            document: the document.
            root: the folder or file given to the indexer that it was found under.
            passages: its passages, each with the digest of its embedded text.
            passages_version: version of the code that cut them.
            generation: number of the first generation to hold them.
        """
        with self._write() as connection:
            self._retire(connection, document.ref.id, generation)
            key = connection.execute(
                "INSERT INTO documents (id, root, path, title, source, sha256, encoding, garble, warnings, "
                "passages_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document.ref.id,
                    root,
                    document.ref.path,
                    document.ref.title,
                    document.source,
                    document.sha256,
                    document.encoding,
                    document.garble,
                    json.dumps(document.warnings, ensure_ascii=False),
                    passages_version,
                ),
            ).lastrowid
            connection.executemany(
                'INSERT INTO passages (document, start, "end", line_start, line_end, page, quote, text, '
                "section, sentences, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        key,
                        passage.start,
                        passage.end,
                        passage.line_start,
                        passage.line_end,
                        passage.page,
                        passage.quote,
                        passage.text,
                        json.dumps(passage.section, ensure_ascii=False),
                        json.dumps([(s.start, s.end, s.text_start, s.text_end) for s in passage.sentences]),
                        digest,
                    )
                    for passage, digest in passages
                ],
            )

    def remove_document(self, document_id: str, generation: int) -> None:
        """Leave a document out from generation ``generation`` on."""
        with self._write() as connection:
            self._retire(connection, document_id, generation)

    def put_vectors(self, model: str, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Cache ``vectors`` (len(digests), dimension) of ``model``."""
        with self._write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (digest, model, vector) VALUES (?, ?, ?)",
                [
                    (digest, model, row.astype(np.float32).tobytes())
                    for digest, row in zip(digests, vectors, strict=True)
                ],
            )

    def forget(self, before: int) -> None:
        """Drop what only generations older than ``before`` need, and vectors that no passage names."""
        with self._write() as connection:
            connection.execute("DELETE FROM documents WHERE removed_in <= ?", (before,))
            connection.execute("DELETE FROM vectors WHERE digest NOT IN (SELECT digest FROM passages)")

    @staticmethod
    def _retire(connection: sqlite3.Connection, document_id: str, generation: int) -> None:
        connection.execute(
            "UPDATE documents SET removed_in = ? WHERE id = ? AND removed_in IS NULL",
            (generation, document_id),
        )

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._file, timeout=30, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        with connection:
            yield connection


def _passage_row(row: tuple[object, ...]) -> PassageRow:
    number, document_id, path, title, start, end, line_start, line_end, page, quote, text, section, spans = (
        row
    )
    passage = Passage(
        document_id=str(document_id),
        start=int(str(start)),
        end=int(str(end)),
        line_start=int(str(line_start)),
        line_end=int(str(line_end)),
        quote=str(quote),
        text=str(text),
        section=tuple(json.loads(str(section))),
        sentences=tuple(Sentence(*span) for span in json.loads(str(spans))),
        page=None if page is None else int(str(page)),
    )
    return PassageRow(int(str(number)), DocumentRef(str(document_id), str(path), str(title)), passage)
