"""Any sentence-transformers model, by hub name or folder. Imports torch, so only on demand."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Vectors
from embeddings.errors import ModelError

_BATCH = 32
_HUB_TIMEOUT = 5.0


class SentenceEncoder:
    """A sentence-transformers model behind the :class:`~embeddings.encoder.Encoder` protocol.

    Raises:
        ModelError: the name is no folder with a model and no model that the hub gives; the message
            says what was tried.
    """

    def __init__(self, name: str) -> None:
        # A folder is remembered by its full path: the collection may be asked from another one.
        folder = Path(name).resolve() if Path(name).exists() else None
        name = str(folder or name)
        try:
            self._model = _open(name, folder)
        except Exception as error:  # a damaged file of weights has an error of its own, without common base
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            tried = (
                "it holds no sentence-transformers model that can be read"
                if folder
                else "there is no such folder, and the hub gives no sentence-transformers model of that name"
            )
            raise ModelError(
                f"The model {name!r} cannot be loaded: {tried} ({reason.rstrip('.')})",
                "Check the name or the network, or use the bundled model: `yinju index --model bundled`.",
            ) from error
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(
                f"The model {name!r} does not say how many dimensions its vectors have",
                "Choose a sentence-transformers model that ends in a pooling layer.",
            )
        self._dimension = int(dimension)
        self._name = name
        self._fingerprint = self._probe()

    @property
    def name(self) -> str:
        """How the user names the model."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of the vectors of fixed texts: the same weights give it wherever they lie."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Columns of every vector."""
        return self._dimension

    @property
    def contextual(self) -> bool:
        """Whether it is no static model."""
        return type(self._model[0]).__name__ != "StaticEmbedding"

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages, with the model's document prompt if it has one; shape (len(texts), dimension)."""
        return self._unit(self._model.encode_document, texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, with the model's query prompt if it has one; shape (len(texts), dimension)."""
        return self._unit(self._model.encode_query, texts)

    def _unit(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        vectors = encode(
            list(texts),
            batch_size=_BATCH,
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _probe(self) -> str:
        # Rounded, so that another build of the arithmetic gives the same digest.
        vectors = self.encode_passages(["引据：让答案有据可查。", "Every answer is quoted from its source."])
        return hashlib.sha256(np.round(vectors, 2).astype(np.float16).tobytes()).hexdigest()[:16]


def _open(name: str, folder: Path | None) -> Any:
    # Importing takes seconds and half a gigabyte; users of the bundled model never pay for it.
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    # Loading is told of by whoever waits for it, not by a bar of its own.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(name, device="cpu", local_files_only=True)
    except Exception:  # what is not yet here raises whatever its loader does
        if folder:
            raise
    _reach_hub()
    return SentenceTransformer(name, device="cpu")


def _reach_hub() -> None:
    """Fail at once where there is no hub: the libraries above would try again for a minute and a half."""
    from huggingface_hub import constants, get_session  # noqa: PLC0415

    try:
        get_session().head(constants.ENDPOINT, timeout=_HUB_TIMEOUT)
    except Exception as error:  # whichever client the hub library uses, its errors share no other base
        raise OSError(f"the hub cannot be reached: {error}") from error
