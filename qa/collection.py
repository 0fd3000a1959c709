"""A collection opened for reading: the live generation with its catalogue."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from embeddings.dense_index import DenseIndex
from embeddings.encoder import Encoder
from embeddings.late_interaction import TokenStore
from embeddings.lexical_index import LexicalIndex
from embeddings.models import load_encoder, token_encoder
from embeddings.reader import bundled_reader
from embeddings.spelling import SpellingIndex
from embeddings.static_encoder import StaticEncoder
from qa.abbreviations import Abbreviations
from qa.catalogue import Catalogue
from qa.errors import CollectionError, NotFoundError
from qa.generations import Manifest, current_generation, open_generation
from qa.layout import (
    ABBREVIATIONS_FILE,
    CATALOGUE_FILE,
    DENSE_FILE,
    LEXICAL_FOLDER,
    ROWS_FILE,
    TOKENS_FOLDER,
    WORDS_FILE,
)

_NAME = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}")


def collection_folder(data: Path, name: str) -> Path:
    """Where the collection ``name`` lies in the data folder.

    Raises:
        CollectionError: the name has other characters than letters, digits, ``-`` and ``_``; a name is
            never a path.
    """
    if not _NAME.fullmatch(name):
        raise CollectionError(
            f"{name!r} is not a name for a collection",
            "Use up to 64 letters, digits, hyphens and underscores, beginning with a letter or digit.",
        )
    return data / name


def is_indexed(folder: Path) -> bool:
    """Whether the collection in ``folder`` has a live generation."""
    return current_generation(folder) is not None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One generation, opened: everything that a search reads. Immutable and safe to share.

    ``numbers`` int64 (passages,): row of the indexes -> number of the passage in the catalogue.
    """

    manifest: Manifest
    catalogue: Catalogue
    numbers: NDArray[np.int64]
    dense: DenseIndex
    lexical: LexicalIndex
    tokens: TokenStore
    spelling: SpellingIndex
    abbreviations: Abbreviations
    encoder: Encoder
    static: StaticEncoder


def open_snapshot(folder: Path, *, model: str | None = None) -> Snapshot:
    """Open the live generation of the collection in ``folder``.

    Args:
        folder: folder of the collection.
        model: the encoder the caller wants; None takes the one that the index was made with.

    Raises:
        NotFoundError: nothing is indexed there yet.
        CollectionError: the index was made with another model, or cannot be read.
        IndexFormatError: a file of the index is damaged.
        ModelError: the model cannot be loaded.
    """
    generation = current_generation(folder)
    if generation is None:
        raise NotFoundError(
            f"The collection {folder.name!r} has no documents yet", "Run `yinju index FOLDER` first."
        )
    files, manifest = open_generation(folder, generation)
    encoder = load_encoder(model or manifest.model)
    static = token_encoder(encoder)
    if (encoder.fingerprint, encoder.dimension) != (manifest.fingerprint, manifest.dimension):
        raise CollectionError(
            f"The collection {folder.name!r} was indexed with the model {manifest.model!r} "
            f"({manifest.dimension} dimensions), not with {encoder.name!r} as it is now "
            f"({encoder.dimension} dimensions)",
            f"Run `yinju index --model {encoder.name}` to index it anew, or ask without --model.",
        )
    if (static.fingerprint, bundled_reader().fingerprint) != (manifest.token_fingerprint, manifest.reader):
        raise CollectionError(
            f"The collection {folder.name!r} was indexed by a version with another bundled model",
            "Run `yinju index` to bring it up to date.",
        )
    return snapshot_of(files, manifest, Catalogue(folder / CATALOGUE_FILE), encoder)


def snapshot_of(files: Path, manifest: Manifest, catalogue: Catalogue, encoder: Encoder) -> Snapshot:
    """Open the files of a generation, live or not.

    Raises:
        IndexFormatError: a file of the index is damaged.
    """
    return Snapshot(
        manifest=manifest,
        catalogue=catalogue,
        numbers=np.load(files / ROWS_FILE, mmap_mode="r", allow_pickle=False),
        dense=DenseIndex(files / DENSE_FILE),
        lexical=LexicalIndex(files / LEXICAL_FOLDER),
        tokens=TokenStore.open(files / TOKENS_FOLDER),
        spelling=SpellingIndex(files / WORDS_FILE),
        abbreviations=Abbreviations.open(files / ABBREVIATIONS_FILE),
        encoder=encoder,
        static=token_encoder(encoder),
    )
