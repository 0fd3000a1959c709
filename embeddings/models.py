"""From the name that the user gives to a loaded encoder."""

from embeddings.encoder import Encoder
from embeddings.static_encoder import bundled_encoder

BUNDLED = "bundled"


def load_encoder(name: str = BUNDLED) -> Encoder:
    """Load a model: ``bundled``, or any sentence-transformers model by hub name or folder.

    Raises:
        ModelError: it cannot be loaded; the message says what was tried and what to do.
    """
    if name == BUNDLED:
        return bundled_encoder()
    from embeddings.sentence_encoder import SentenceEncoder  # noqa: PLC0415 - torch only where it is asked for

    return SentenceEncoder(name)
