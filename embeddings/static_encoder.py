"""Static models at run time, without torch: text vectors by model2vec, and the vectors of single tokens."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from embeddings.encoder import Vectors
from embeddings.errors import ModelError
from embeddings.folding import fold

BUNDLED_MODEL = Path(__file__).parent / "model"

_BATCH = 1024


class StaticEncoder:
    """A static embedding model: the vector of a text is the mean of its tokens' vectors, made unit.

    The folder is one that sentence-transformers opens as well, with the same vectors (for text that is
    already folded). Raises :class:`ModelError` when the folder does not hold such a model.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._model = _load(folder)
        self._name = name
        self._fingerprint = _digest(folder / "model.safetensors", folder / "tokenizer.json")

    @property
    def name(self) -> str:
        """How the user names the model."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of the weights and the tokenizer."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Columns of every vector."""
        return int(self._model.dim)

    @property
    def vocabulary(self) -> int:
        """Number of tokens; token ids are below it."""
        return len(self._model.embedding)

    def token_vectors(self, ids: NDArray[np.int32]) -> Vectors:
        """Unit vectors of the given tokens, shape (len(ids), dimension)."""
        # Made unit when asked for: the whole matrix as float32 would take 70 MB and a tenth of a second.
        vectors = self._model.embedding[ids].astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, norms, out=vectors, where=norms > 0)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages, shape (len(texts), dimension)."""
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions: the same map as for passages, the model is symmetric."""
        return self._encode(texts)

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text in reading order, unknown tokens left out; int32 (tokens,)."""
        ids = self._model.tokenize([fold(text) for text in texts])
        return [np.asarray(row, dtype=np.int32) for row in ids]

    def token(self, token_id: int) -> str:
        """The token's own text, folded."""
        text: str | None = self._model.tokenizer.id_to_token(int(token_id))
        if text is None:
            raise ValueError(f"token id {token_id} is outside the vocabulary")
        return text

    def _encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        folded = [fold(text) for text in texts]
        vectors = self._model.encode(
            folded, batch_size=_BATCH, use_multiprocessing=False, show_progress_bar=False
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _load(folder: Path) -> StaticModel:
    # Not StaticModel.from_pretrained, which first imports a hub client and takes half a second.
    try:
        tensors = load_file(folder / "model.safetensors")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        return StaticModel(
            tensors["embeddings"],
            tokenizer,
            weights=tensors.get("weights"),
            normalize=True,
            max_length=None,
        )
    except Exception as error:  # tokenizers raises bare Exception for a file it cannot read
        raise ModelError(
            f"No static model can be loaded from {folder} ({error})",
            "Name another model with --model, or leave it out to use the bundled one.",
        ) from error


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def bundled_encoder() -> StaticEncoder:
    """The model that ships with the program, loaded once in a process."""
    return StaticEncoder(BUNDLED_MODEL, "bundled")
