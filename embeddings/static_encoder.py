"""Static models at run time, without torch: text vectors by model2vec, and the vectors of single tokens."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from numpy.typing import NDArray

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
        try:
            model = StaticModel.from_pretrained(folder, normalize=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"No static model can be loaded from {folder} ({error})",
                "Name another model with --model, or leave it out to use the bundled one.",
            ) from error
        model.embedding = np.ascontiguousarray(model.embedding, dtype=np.float32)
        self._model = model
        self._name = name
        self._fingerprint = _digest(folder / "model.safetensors", folder / "tokenizer.json")
        norms = np.linalg.norm(model.embedding, axis=1, keepdims=True)
        self._token_vectors: Vectors = np.divide(
            model.embedding, np.where(norms > 0, norms, 1), dtype=np.float32
        )

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
    def token_vectors(self) -> Vectors:
        """Unit vectors of all tokens, shape (vocabulary, dimension); row = token id."""
        return self._token_vectors

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
            folded, max_length=None, batch_size=_BATCH, use_multiprocessing=False, show_progress_bar=False
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


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
