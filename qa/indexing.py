"""Bringing a collection in step with folders: only what changed is read, cut and embedded again."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from embeddings.dense_index import build_dense_index
from embeddings.encoder import Encoder, Vectors
from embeddings.late_interaction import TokenStore
from embeddings.lexical_index import LexicalRow, build_lexical_index
from embeddings.models import token_encoder
from embeddings.reader import bundled_reader
from embeddings.spelling import build_spelling_index
from qa.abbreviations import Abbreviations
from qa.catalogue import Catalogue, PassageToIndex
from qa.cohort import usual_odds
from qa.collection import snapshot_of
from qa.documents import FoundFile, find_files, read_document
from qa.errors import DocumentError
from qa.generations import (
    FORMAT_VERSION,
    Manifest,
    current_generation,
    latest_generation,
    make_current,
    new_generation,
    open_generation,
    remove_generations,
    write_manifest,
)
from qa.layout import (
    ABBREVIATIONS_FILE,
    CATALOGUE_FILE,
    DENSE_FILE,
    LEXICAL_FOLDER,
    ROWS_FILE,
    TOKENS_FOLDER,
    WORDS_FILE,
)
from qa.lock import index_lock
from qa.passages import PASSAGES_VERSION, split
from qa.searched_text import context_of, digest, embedded_text
from qa.types import Document, IndexReport, SkippedFile

Progress = Callable[[str, int, int], None]
"""Called with the stage (``reading``, ``embedding``, ``writing`` or ``calibrating``), the work done and the
work in all."""

_BATCH = 1024


def _silent(stage: str, done: int, total: int) -> None:
    """The progress of a run that nobody watches."""


@dataclass(slots=True)
class _Changes:
    """What reading the folders has found so far."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    skipped: list[SkippedFile]
    warnings: dict[str, list[str]]
    unchanged: int = 0


def index_paths(
    collection: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    *,
    rebuild: bool = False,
    on_progress: Progress = _silent,
) -> IndexReport:
    """Make the collection hold exactly what is now under each of ``paths``.

    Documents that came from other paths in earlier runs stay. A file that cannot be read is reported
    and skipped. The collection answers as before until the last step, and as after from then on.

    Args:
        collection: folder of the collection, made when missing.
        paths: folders, searched with their subfolders, or single files.
        encoder: model of the dense index; another one than before embeds everything again.
        rebuild: read, cut and embed everything again, whether or not it changed.
        on_progress: told of long work.

    Raises:
        DocumentError: a path does not exist, or there is no document at all to index.
        CollectionError: another process is indexing, or the catalogue is not one of ours.
    """
    started = time.monotonic()
    # Looked at before anything is made, so that a mistyped path leaves nothing behind.
    found = {str(path.resolve()): find_files([path]) for path in paths}
    _make_folder(collection)
    with index_lock(collection):
        catalogue = Catalogue(collection / CATALOGUE_FILE)
        try:
            live = None if rebuild else current_generation(collection)
            generation = latest_generation(collection) + 1
            changes = _read(catalogue, found, generation, rebuild=rebuild, on_progress=on_progress)
            rows = list(catalogue.to_index())
            if not rows:
                raise DocumentError(_nothing(paths, changes), "Name a folder with .txt or .md files.")
            embedded = _embed(catalogue, rows, encoder, on_progress, rebuild=rebuild)
            if live is None or not _fits(collection, live, encoder, rows):
                _write(collection, generation, catalogue, rows, encoder, on_progress)
                make_current(collection, generation)
                # The generation before this one stays for readers that are in the middle of a search.
                remove_generations(collection, generation - 1)
                catalogue.forget(generation - 1)
            return IndexReport(
                added=changes.added,
                changed=changes.changed,
                removed=changes.removed,
                unchanged=changes.unchanged,
                skipped=changes.skipped,
                warnings=changes.warnings,
                documents=len(catalogue.documents()),
                passages=len(rows),
                embedded=embedded,
                seconds=time.monotonic() - started,
            )
        finally:
            catalogue.close()


def _make_folder(collection: Path) -> None:
    try:
        collection.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DocumentError(
            f"The folder {collection} cannot be made ({error.strerror})",
            "Choose another place with --data or YINJU_DATA.",
        ) from error


def _nothing(paths: Sequence[Path], changes: _Changes) -> str:
    names = ", ".join(str(path) for path in paths)
    if not changes.skipped:
        return f"There is no document to index in {names}"
    reasons = "; ".join(f"{file.path}: {file.reason}" for file in changes.skipped[:3])
    return f"None of the {len(changes.skipped)} files in {names} can be read ({reasons})"


def _read(
    catalogue: Catalogue,
    found: dict[str, list[FoundFile]],
    generation: int,
    *,
    rebuild: bool,
    on_progress: Progress,
) -> _Changes:
    changes = _Changes([], [], [], [], defaultdict(list))
    total = sum(len(files) for files in found.values())
    done = 0
    for root, files in found.items():
        known = catalogue.files(root)
        seen: dict[str, str] = {}
        for file in files:
            on_progress("reading", done, total)
            done += 1
            try:
                document = read_document(file)
            except DocumentError as error:
                # A file that was readable before keeps its last good text until it is mended or removed.
                kept = " Its last readable text is kept." if known.pop(file.path, None) else ""
                changes.skipped.append(SkippedFile(file.path, f"{error}{kept}"))
                continue
            before = known.pop(document.ref.path, None)
            changes.warnings[document.ref.path] += document.warnings
            twin = seen.setdefault(document.sha256, document.ref.path)
            if twin != document.ref.path:
                changes.warnings[document.ref.path].append(f"The text is the same as that of {twin}.")
            if (
                before
                and not rebuild
                and before.sha256 == document.sha256
                and before.passages_version == PASSAGES_VERSION
            ):
                changes.unchanged += 1
                continue
            document = _with_own_id(catalogue, document, root)
            title = document.ref.title
            catalogue.put_document(
                document,
                root,
                [(p, digest(title, p.section, p.text)) for p in split(document)],
                passages_version=PASSAGES_VERSION,
                generation=generation,
            )
            (changes.changed if before else changes.added).append(document.ref.path)
        for path, gone in known.items():
            catalogue.remove_document(gone.document_id, generation)
            changes.removed.append(path)
    on_progress("reading", total, total)
    changes.warnings = {path: texts for path, texts in changes.warnings.items() if texts}
    return changes


def _with_own_id(catalogue: Catalogue, document: Document, root: str) -> Document:
    """Two folders may hold files of the same relative path; the later one gets an id of its own."""
    if catalogue.owner(document.ref.id) in {None, root}:
        return document
    name = f"{root}\0{document.ref.path}".encode("utf-8", "surrogatepass")
    return replace(document, ref=replace(document.ref, id=sha256(name).hexdigest()[:16]))


def _embed(
    catalogue: Catalogue,
    rows: Sequence[PassageToIndex],
    encoder: Encoder,
    on_progress: Progress,
    *,
    rebuild: bool,
) -> int:
    wanted = {row.digest: row for row in rows}
    cached = {} if rebuild else catalogue.vectors(encoder.fingerprint, list(wanted))
    missing = [row for key, row in wanted.items() if key not in cached]
    for at in range(0, len(missing), _BATCH):
        on_progress("embedding", at, len(missing))
        batch = missing[at : at + _BATCH]
        vectors = encoder.encode_passages([embedded_text(row.title, row.section, row.text) for row in batch])
        catalogue.put_vectors(encoder.fingerprint, [row.digest for row in batch], vectors)
    on_progress("embedding", len(missing), len(missing))
    return len(missing)


def _fits(collection: Path, live: int, encoder: Encoder, rows: Sequence[PassageToIndex]) -> bool:
    """Whether the live generation holds just these passages, by these models."""
    folder, manifest = open_generation(collection, live)
    return (
        manifest.fingerprint == encoder.fingerprint
        and manifest.token_fingerprint == token_encoder(encoder).fingerprint
        and manifest.reader == bundled_reader().fingerprint
        and np.load(folder / ROWS_FILE).tolist() == [row.number for row in rows]
    )


def _write(
    collection: Path,
    generation: int,
    catalogue: Catalogue,
    rows: Sequence[PassageToIndex],
    encoder: Encoder,
    on_progress: Progress,
) -> None:
    on_progress("writing", 0, len(rows))
    cached = catalogue.vectors(encoder.fingerprint, list({row.digest for row in rows}))
    vectors: Vectors = np.stack([cached[row.digest] for row in rows])
    static = token_encoder(encoder)
    heads = static.token_ids([context_of(row.title, row.section) for row in rows])
    bodies = static.token_ids([row.text for row in rows])
    with new_generation(collection, generation) as folder:
        np.save(folder / ROWS_FILE, np.asarray([row.number for row in rows], np.int64))
        dense = build_dense_index(folder / DENSE_FILE, vectors)
        (folder / LEXICAL_FOLDER).mkdir()
        words = build_lexical_index(
            folder / LEXICAL_FOLDER,
            (LexicalRow(at, row.text, context_of(row.title, row.section)) for at, row in enumerate(rows)),
        )
        build_spelling_index(folder / WORDS_FILE, words)
        Abbreviations.of(row.text for row in rows).save(folder / ABBREVIATIONS_FILE)
        (folder / TOKENS_FOLDER).mkdir()
        TokenStore.build(bodies, static.vocabulary, heads).save(folder / TOKENS_FOLDER)
        manifest = Manifest(
            format=FORMAT_VERSION,
            generation=generation,
            model=encoder.name,
            fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            token_fingerprint=static.fingerprint,
            dense=dense,
            documents=len(catalogue.documents()),
            passages=len(rows),
            reader=bundled_reader().fingerprint,
            usual={},
        )
        on_progress("writing", len(rows), len(rows))
        usual = usual_odds(
            snapshot_of(folder, manifest, catalogue, encoder), partial(on_progress, "calibrating")
        )
        write_manifest(folder, replace(manifest, usual=usual))
