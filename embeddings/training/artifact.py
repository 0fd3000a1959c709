"""Writes a static model as one folder that model2vec and sentence-transformers both open."""

import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from model2vec import StaticModel
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save
from tokenizers import Tokenizer

from embeddings.errors import TrainingError
from embeddings.static_encoder import FORMAT_FIELD, is_static_model
from embeddings.training.bags import bag_texts

FORMAT: Final = 1
LICENCE: Final = """\
The files of this folder are licensed under the Creative Commons Attribution-ShareAlike 4.0 International
licence (CC BY-SA 4.0): https://creativecommons.org/licenses/by-sa/4.0/legalcode

You may share and adapt them, also commercially, if you give appropriate credit, link to the licence, say
whether you changed anything, and share what you make of them under the same licence. Appropriate credit
keeps the table of sources in README.md, which names every work that the model was trained on, its licence
and where it came from.
"""
_FILES: Final = (
    "model.safetensors",
    "tokenizer.json",
    "config.json",
    "modules.json",
    "1_Normalize/config.json",
    "README.md",
    "LICENSE",
)
_LARGEST_STEP: Final = 127
_SHORTEST: Final = 1e-12
_TOLERANCE: Final = 1e-5
_PROBES: Final = ("海绵城市怎样收集雨水?", "how does a city store rain in 2030", "第十二条", "碳 carbon", "")
_MODULES: Final = (
    ("0", ".", "sentence_transformers.models.StaticEmbedding"),
    ("1", "1_Normalize", "sentence_transformers.models.Normalize"),
)


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Bring each row to whole numbers of its own step.

    Args:
        vectors: float32, shape (n, dimension).

    Returns:
        int8 rows of -127 to 127, shape (n, dimension), and a step for each row, float32, shape (n,), so that
        ``rows * steps[:, None]`` differs from ``vectors`` by at most half a step. A zero row has step 0.
    """
    steps = (np.abs(vectors).max(axis=1) / _LARGEST_STEP).astype(np.float32)
    safe = np.where(steps > 0, steps, 1)[:, None]
    return np.rint(vectors / safe).astype(np.int8), steps


def dequantise(rows: NDArray[np.int8], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply rows out: the inverse of :func:`quantise` up to rounding, float32, shape (n, dimension)."""
    return rows.astype(np.float32) * steps[:, None]


def save_model(
    folder: Path,
    tokenizer: Tokenizer,
    vectors: NDArray[np.float32],
    card: str,
    salience: NDArray[np.float32] | None = None,
) -> None:
    """Write the model, its card and its licence.

    The vectors are stored as 8-bit rows with one step a row, in the layout of model2vec's per-token weights,
    which both runtimes multiply out in float32: a quarter of the size, and equal vectors from both.

    Args:
        folder: made when missing; files of an older model in it are replaced.
        tokenizer: its ids are the rows of the vectors.
        vectors: float32, shape (vocabulary, dimension).
        card: Markdown with a metadata header.
        salience: of each token, shape (vocabulary,); other runtimes pass it over. None for 0 throughout.

    Raises:
        TrainingError: the vectors do not fit the tokenizer or are not finite, or the folder is read-only.
    """
    if vectors.shape[0] != tokenizer.get_vocab_size() or not np.isfinite(vectors).all():
        raise TrainingError(
            f"{vectors.shape[0]} vectors for {tokenizer.get_vocab_size()} tokens, or some not finite",
            "Train again with a smaller learning rate.",
        )
    rows, steps = quantise(vectors)
    config = {
        "model_type": "model2vec",
        FORMAT_FIELD: FORMAT,
        "normalize": True,
        "max_length": None,
        "hidden_dim": int(vectors.shape[1]),
        "embedding_dtype": "int8",
    }
    modules = [
        {"idx": number, "name": name, "path": path, "type": kind}
        for number, (name, path, kind) in enumerate(_MODULES)
    ]
    try:
        (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
        # As bytes and not by save_file, which makes a file that only its owner may read.
        tensors: dict[str, NDArray[np.generic]] = {"embeddings": rows, "weights": steps}
        if salience is not None:
            tensors["salience"] = salience.astype(np.float16)
        (folder / "model.safetensors").write_bytes(save(tensors))
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        _write(folder / "config.json", json.dumps(config, indent=2) + "\n")
        _write(folder / "modules.json", json.dumps(modules, indent=2) + "\n")
        _write(folder / "1_Normalize" / "config.json", "{}\n")
        _write(folder / "README.md", card)
        _write(folder / "LICENSE", LICENCE)
    except OSError as error:
        raise TrainingError(
            f"The model cannot be written to {folder} ({error})", "Name a folder that can."
        ) from error


def check_output(folder: Path) -> bool:
    """See whether a model may be written to a folder, before hours go into training it.

    Args:
        folder: where the model is to lie.

    Returns:
        Whether a model of this format lies there now.

    Raises:
        TrainingError: something else lies there, a model with files of the user's among it, or the folder
            cannot be made.
    """
    remedy = "Name an empty folder, or one that does not exist yet."
    if folder.is_file():
        raise TrainingError(f"{folder} is a file", remedy)
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}
    if found and not is_static_model(folder):
        raise TrainingError(f"{folder} holds something else than a model of ours", remedy)
    if strange := sorted(found - set(_FILES)):
        raise TrainingError(f"{folder} holds more than a model, such as {strange[0]}", remedy)
    parent = next(each for each in folder.resolve().parents if each.exists())
    if not os.access(parent, os.W_OK):
        raise TrainingError(f"{folder} cannot be written in {parent}", "Name a folder that can.")
    return bool(found)


def replace_model(
    folder: Path,
    tokenizer: Tokenizer,
    vectors: NDArray[np.float32],
    card: str,
    salience: NDArray[np.float32] | None = None,
) -> None:
    """Write a model as :func:`save_model` does, all of it or nothing.

    The new one is written and verified in a folder beside; an error or an interrupt leaves what was there.

    Args:
        folder: see :func:`check_output`.
        tokenizer: its ids are the rows of the vectors.
        vectors: float32, shape (vocabulary, dimension).
        card: Markdown with a metadata header.
        salience: of each token, shape (vocabulary,), or None.

    Raises:
        TrainingError: as :func:`save_model` and :func:`verify_model`.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
            draft, old = Path(beside) / "new", Path(beside) / "old"
            save_model(draft, tokenizer, vectors, card, salience)
            verify_model(draft, tokenizer, dequantise(*quantise(vectors)))
            try:
                if folder.exists():
                    folder.rename(old)
                draft.rename(folder)
            except BaseException:
                if old.exists() and not folder.exists():
                    old.rename(folder)
                raise
    except OSError as error:
        raise TrainingError(
            f"The model cannot be written to {folder} ({error})", "Name a folder that can."
        ) from error


def load_model(folder: Path) -> tuple[Tokenizer, NDArray[np.float32]]:
    """Open a folder that :func:`save_model` wrote.

    Args:
        folder: the model.

    Returns:
        The tokenizer and its vectors, float32, shape (vocabulary, dimension).

    Raises:
        TrainingError: the folder lacks a file, or is not a model of this format.
    """
    remedy = "Name a folder that training wrote, or train again."
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "model.safetensors")
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(f"{folder} holds no model ({error})", remedy) from error
    if config.get(FORMAT_FIELD) != FORMAT or not {"embeddings", "weights"} <= tensors.keys():
        raise TrainingError(f"{folder} holds no model of format {FORMAT}", remedy)
    return tokenizer, dequantise(tensors["embeddings"], tensors["weights"])


def load_salience(folder: Path) -> NDArray[np.float32] | None:
    """The salience stored in a folder that :func:`load_model` opens; None where there is none."""
    stored = load_file(folder / "model.safetensors").get("salience")
    return None if stored is None else stored.astype(np.float32)


def verify_model(folder: Path, tokenizer: Tokenizer, vectors: NDArray[np.float32]) -> None:
    """Check that a saved model gives the vectors that it was saved for.

    Opens the folder with model2vec and compares with the plain mean of the vectors in memory.

    Args:
        folder: the saved model.
        tokenizer: what it was saved with.
        vectors: the stored vectors, multiplied out, shape (vocabulary, dimension).

    Raises:
        TrainingError: a vector differs, or the folder cannot be opened.
    """
    remedy = "Train again, with the versions of model2vec and tokenizers that the project names."
    try:
        found = StaticModel.from_pretrained(folder).encode(list(_PROBES))
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"model2vec cannot open {folder} ({error})", remedy) from error
    if not np.allclose(found, mean_vectors(tokenizer, vectors, list(_PROBES)), atol=_TOLERANCE):
        raise TrainingError(f"model2vec reads other vectors from {folder} than were saved", remedy)


def mean_vectors(tokenizer: Tokenizer, vectors: NDArray[np.float32], texts: list[str]) -> NDArray[np.float32]:
    """Mean of the token vectors of each text, brought to length 1.

    The plain form of what the runtimes do with the saved model.

    Args:
        tokenizer: from the vocabulary module.
        vectors: one row a token, shape (vocabulary, dimension).
        texts: folded texts.

    Returns:
        Rows of length 1, float32, shape (len(texts), dimension); a text without known tokens gives zeros.
    """
    bags = bag_texts(tokenizer, texts)
    means = np.zeros((len(bags), vectors.shape[1]), dtype=np.float32)
    for number, (start, end) in enumerate(itertools.pairwise(bags.starts)):
        if end > start:
            mean = vectors[bags.ids[start:end]].mean(axis=0)
            means[number] = mean / max(float(np.linalg.norm(mean)), _SHORTEST)
    return means


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
