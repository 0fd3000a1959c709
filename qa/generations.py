"""Index generations: immutable folders, one of them live, swapped atomically.

``CURRENT`` holds the number of the live generation. A generation is written under another name,
flushed to disk, renamed, and only then named in ``CURRENT``; a crash at any moment leaves the old one.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from qa.errors import CollectionError

FORMAT_VERSION = 4

_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_REBUILD = "Run `yinju index --rebuild` to make the index anew from the documents."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made with.

    Attributes:
        format: version of the layout on disk.
        generation: its number, from 1.
        model: the encoder as the user names it; fingerprint and dimension bind the vectors to it.
        token_fingerprint: the static model whose token ids are stored for late interaction.
        dense: kind of FAISS index.
        documents, passages: counts.
        reader: digest of the reader that was asked about it.
        usual: by language, the odds that questions from elsewhere have in it (:mod:`qa.cohort`).
    """

    format: int
    generation: int
    model: str
    fingerprint: str
    dimension: int
    token_fingerprint: str
    dense: str
    documents: int
    passages: int
    reader: str
    usual: Mapping[str, float]


def _folder(collection: Path, generation: int) -> Path:
    return collection / "generations" / f"{generation:06d}"


def current_generation(collection: Path) -> int | None:
    """Number of the live generation, None where nothing has been indexed yet."""
    try:
        text = (collection / _CURRENT).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    if not text.isdigit():
        raise CollectionError(f"{collection / _CURRENT} does not name a generation", _REBUILD)
    return int(text)


def latest_generation(collection: Path) -> int:
    """The highest number ever given to a complete generation that is still there, 0 where there is none."""
    folders = (collection / "generations").glob("[0-9]*")
    return max((int(folder.name) for folder in folders if folder.name.isdigit()), default=0)


def open_generation(collection: Path, generation: int) -> tuple[Path, Manifest]:
    """Folder and manifest of a generation.

    Raises:
        CollectionError: the folder or the manifest is missing, damaged or of another format version.
    """
    folder = _folder(collection, generation)
    try:
        values = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CollectionError(f"The index {folder} cannot be read ({error})", _REBUILD) from error
    found = values.get("format")
    if found != FORMAT_VERSION:
        raise CollectionError(
            f"The index {folder} has format {found}, this program reads format {FORMAT_VERSION}", _REBUILD
        )
    if set(values) != {field.name for field in fields(Manifest)}:
        raise CollectionError(f"The manifest of the index {folder} is damaged", _REBUILD)
    return folder, Manifest(**values)


@contextmanager
def new_generation(collection: Path, generation: int) -> Iterator[Path]:
    """A folder to write a generation into; on leaving without an error it becomes complete, not yet live."""
    folder = _folder(collection, generation)
    draft = folder.with_name(folder.name + ".draft")
    for leftover in (draft, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    for file in draft.rglob("*"):
        _flush(file)
    _flush(draft)
    draft.rename(folder)
    _flush(folder.parent)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into a generation's folder."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    (folder / _MANIFEST).write_text(text, encoding="utf-8")


def make_current(collection: Path, generation: int) -> None:
    """Make a complete generation the live one."""
    draft = collection / f"{_CURRENT}.draft"
    draft.write_text(f"{generation}\n", encoding="ascii")
    _flush(draft)
    draft.replace(collection / _CURRENT)
    _flush(collection)


def remove_generations(collection: Path, before: int) -> None:
    """Remove the folders of generations older than ``before``, and drafts that a crash has left."""
    for folder in (collection / "generations").iterdir():
        number = folder.name.removesuffix(".draft")
        if number.isdigit() and int(number) < before:
            shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
