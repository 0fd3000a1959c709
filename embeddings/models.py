"""From the name that the user gives to a loaded encoder."""

from pathlib import Path

from embeddings.encoder import Encoder
from embeddings.static_encoder import StaticEncoder, bundled_encoder, is_static_model

BUNDLED = "bundled"


def load_encoder(name: str = BUNDLED) -> Encoder:
    """Load a model: ``bundled``, a folder that training wrote, or any other sentence-transformers model.

    Raises:
        ModelError: it cannot be loaded; the message says what was tried and what to do.
    """
    if name == BUNDLED:
        return bundled_encoder()
    if is_static_model(Path(name)):
        # As the bundled one: without waiting for torch, and with texts folded.
        return StaticEncoder(Path(name), name)
    from embeddings.sentence_encoder import SentenceEncoder  # noqa: PLC0415 - torch only where it is asked for

    return SentenceEncoder(name)


def token_encoder(encoder: Encoder) -> StaticEncoder:
    """The model whose token vectors late interaction goes by: the encoder itself where it has them."""
    return encoder if isinstance(encoder, StaticEncoder) else bundled_encoder()
