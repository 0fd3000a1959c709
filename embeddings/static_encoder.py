"""Static models at run time, with tokenizers and numpy alone: text vectors, and the vectors of single tokens.

The folder is one that sentence-transformers and model2vec open too, with the same vectors; neither is
imported here, since a command that answers one question must not wait for them.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from embeddings.encoder import Vectors
from embeddings.errors import ModelError
from embeddings.folding import fold, origins

BUNDLED_MODEL = Path(__file__).parent / "model"

FORMAT_FIELD = "yinju_model_format"
"""Field of a model's ``config.json`` that tells a model of ours from others."""

_BATCH = 1024

_CACHED = 256
"""Token vectors that are multiplied at once: as 32-bit numbers they stay in the processor's cache."""

_FEW = 200
"""Texts that are cut for one question, at most; more are being indexed, and not worth remembering."""

_REMEMBERED = 4096
"""Texts whose token ids are remembered; about a kilobyte each."""


def is_static_model(folder: Path) -> bool:
    """Whether a folder says that training wrote it, whatever its state."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and FORMAT_FIELD in config


class StaticEncoder:
    """A static embedding model: the vector of a text is the mean of its tokens' vectors, made unit.

    The folder is one that sentence-transformers opens as well, with the same vectors (for text that is
    already folded). Raises :class:`ModelError` when the folder does not hold such a model.
    """

    def __init__(self, folder: Path, name: str) -> None:
        try:
            tensors = load_file(folder / "model.safetensors")
            self._rows = tensors["embeddings"]
            # Rows are stored in 8 bits with one step each; a model without steps is stored as it is.
            self._steps = tensors.get("weights", np.ones(len(self._rows), np.float32)).astype(np.float32)
            salience = tensors.get("salience", np.zeros(len(self._rows), np.float32))
            self._stress = np.exp(salience.astype(np.float32))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception for a file it cannot read
            raise ModelError(
                f"No static model can be loaded from {folder} ({error})",
                "Name another model with --model, or leave it out to use the bundled one.",
            ) from error
        self._unknown = self._tokenizer.token_to_id("[UNK]")
        self._name = name
        self._fingerprint = _digest(folder / "model.safetensors", folder / "tokenizer.json")
        self._folder = folder
        self._recent: dict[str, NDArray[np.int32]] = {}

    @property
    def name(self) -> str:
        """How the user names the model."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of the weights and the tokenizer."""
        return self._fingerprint

    @cached_property
    def tokenizer_digest(self) -> str:
        """Digest of the tokenizer: models of the same one have the same tokens, with the same ids."""
        return _digest(self._folder / "tokenizer.json")

    @property
    def dimension(self) -> int:
        """Columns of every vector."""
        return int(self._rows.shape[1])

    @property
    def contextual(self) -> bool:
        """False: it adds up vectors of single tokens."""
        return False

    @property
    def vocabulary(self) -> int:
        """Number of tokens; token ids are below it."""
        return len(self._rows)

    def token_vectors(self, ids: NDArray[np.int32]) -> Vectors:
        """Unit vectors of the given tokens, shape (len(ids), dimension)."""
        # Made unit when asked for: the whole matrix as float32 would take 70 MB and a tenth of a second.
        return _unit(self._rows[ids].astype(np.float32))

    @np.errstate(invalid="ignore")  # as in late interaction: flags that are raised by no value of the result
    def token_products(self, ids: NDArray[np.int32], vectors: Vectors) -> NDArray[np.float32]:
        """Products of tokens, as they count in the vector of a text, with ``vectors`` (m, dimension).

        Returns:
            float32 (len(ids), m): cosines with unit vectors, times ``token_lengths``.
        """
        products = np.empty((len(ids), len(vectors)), np.float32)
        columns = np.ascontiguousarray(vectors.T)
        for at in range(0, len(ids), _CACHED):
            few = ids[at : at + _CACHED]
            products[at : at + _CACHED] = self._rows[few].astype(np.float32) @ columns
        products *= self._steps[ids][:, None]
        return products

    @cached_property
    def token_lengths(self) -> NDArray[np.float32]:
        """How much each token counts in the vector of a text: the length of its own, (vocabulary,)."""
        lengths = np.empty(len(self._rows), np.float32)
        for at in range(0, len(lengths), _BATCH):
            lengths[at : at + _BATCH] = np.linalg.norm(
                self._rows[at : at + _BATCH].astype(np.float32), axis=1
            )
        return np.asarray(lengths * self._steps, np.float32)

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts folded text into tokens."""
        return self._tokenizer

    @property
    def token_stress(self) -> NDArray[np.float32]:
        """How much more each token of a question counts than its rarity says: a factor, (vocabulary,)."""
        return self._stress

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages, shape (len(texts), dimension)."""
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions: the same map as for passages, the model is symmetric."""
        return self._encode(texts)

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text in reading order, unknown tokens left out; int32 (tokens,).

        A few texts are remembered: a question is cut for several signals, and the sentences of a passage
        for every question that finds it. The arrays are not to be written to.
        """
        if len(texts) > _FEW:
            return self._cut(texts)
        # Only ever added to, and replaced when full: what another thread reads from is never emptied.
        known = self._recent if len(self._recent) < _REMEMBERED else {}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(missing, self._cut(missing), strict=True))
        self._recent = known
        return [known[text] for text in texts]

    def token_spans(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Token ids of one text as :meth:`token_ids`, and where each stands in it.

        Returns:
            int32 (tokens,) and int64 (tokens, 2), start and end in ``text``. A text that cannot be folded
            character by character is told as a whole: every token stands from 0 to its length.
        """
        encoding = self._tokenizer.encode(fold(text), add_special_tokens=False)
        ids = np.asarray(encoding.ids, np.int32)
        known = ids != self._unknown
        spans = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)[known]
        places = origins(text)
        if places is None:
            return ids[known], np.tile(np.asarray([0, len(text)]), (len(spans), 1))
        origin = np.asarray(places, np.int64)
        return ids[known], np.stack([origin[spans[:, 0]], origin[spans[:, 1] - 1] + 1], axis=1)

    def _cut(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        encodings = self._tokenizer.encode_batch_fast(
            [fold(text) for text in texts], add_special_tokens=False
        )
        found = [np.asarray(encoding.ids, dtype=np.int32) for encoding in encodings]
        return [ids[ids != self._unknown] for ids in found]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            for at, ids in enumerate(self.token_ids(texts[start : start + _BATCH]), start=start):
                if len(ids):
                    # The mean but for its length, which falls away when the vector is made unit.
                    vectors[at] = self._steps[ids] @ self._rows[ids]
        return _unit(vectors)


def _unit(vectors: NDArray[np.float32]) -> Vectors:
    """Bring rows to length 1, in place; zero rows stay."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors *= (1.0 / np.maximum(norms, np.finfo(np.float32).tiny))[:, None]
    return vectors


def _digest(*files: Path) -> str:
    # BLAKE2 for speed: this runs at every start.
    digest = hashlib.blake2b(digest_size=8)
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "blake2b").digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def bundled_encoder() -> StaticEncoder:
    """The model that ships with the program, loaded once in a process."""
    return StaticEncoder(BUNDLED_MODEL, "bundled")
