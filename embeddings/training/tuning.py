"""Goes on training a static model on pairs of the user's, mixed with what it was taught in everyday words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from embeddings.training.batches import Batches
from embeddings.training.corpora import Corpora, PairSource, PlainSource, read_written
from embeddings.training.settings import TuningSettings


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """What tuning gives.

    Attributes:
        vectors: one row a token, float32, shape (vocabulary, dimension).
        losses: of each batch in order, in nats, float64, shape (batches,).
        pairs: for each source, how many different pairs or passages there were to draw from.
    """

    vectors: NDArray[np.float32]
    losses: NDArray[np.float64]
    pairs: Mapping[str, int]


def tune(
    tokenizer: Tokenizer,
    vectors: NDArray[np.float32],
    pairs: Sequence[PairSource],
    plain: PlainSource,
    settings: TuningSettings,
    on_progress: Callable[[int, int], None],
) -> Tuned:
    """Move token vectors so that they fit some pairs, and do not forget what they knew.

    Going on with part of what was learned first is what keeps it (rehearsal, Robins 1995, "Catastrophic
    Forgetting, Rehearsal and Pseudorehearsal"): a share of the batches is drawn from what was written for
    the first training and lies beside this code.

    Args:
        tokenizer: its ids are the rows of the vectors.
        vectors: to start from, float32, shape (vocabulary, dimension).
        pairs: sources of folded pairs; the weights count among these and ``plain``.
        plain: folded passages of running text.
        settings: the knobs.
        on_progress: called with (batches done, batches in all) after each batch.

    Returns:
        New vectors; those of tokens that no batch holds are the old ones.

    Raises:
        TrainingError: a source has fewer than two different pairs of known tokens.
    """
    # torch takes seconds to import, and who only reads the settings has no use for it.
    from embeddings.training.trainer import refit  # noqa: PLC0415

    everyday = read_written() if settings.replay else ()
    own = plain.weight + sum(source.weight for source in pairs)
    taught = sum(source.weight for source in everyday)
    replayed = (
        replace(source, weight=source.weight / taught * own * settings.replay / (1 - settings.replay))
        for source in everyday
    )
    batches = Batches(Corpora((*pairs, *replayed), plain, ()), tokenizer, settings)
    tuned, losses = refit(batches, vectors, settings, on_progress)
    return Tuned(tuned, losses, batches.sizes)
