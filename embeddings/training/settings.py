"""What a training run and a tuning run can be told."""

from dataclasses import dataclass

from embeddings.errors import TrainingError


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The knobs of one training run; the defaults are those of the bundled model.

    Attributes:
        dimension: columns of the vectors, at least 8.
        batches: optimiser steps, at least 1.
        batch_pairs: pairs in a batch of long texts; a batch of words and phrases holds twice as many.
        learning_rate: first step size of SparseAdam, falling linearly to nothing; above 0.
        scale: what cosines are multiplied by before the softmax; above 0.
        seed: decides the first vectors and the order of the batches.
        words: most Chinese words of two to five characters in the vocabulary.
        english_words: most English words in the vocabulary.
        letter_pieces: most letter n-grams in the vocabulary, for English words outside it.
        source_cap: most rows that are read of a source that would crowd out the others (law text above all).
        parts: whether the vector of a word starts from the vectors of its characters and inner words.
        smoothing: the constant ``a`` of the token weights ``a / (a + p)``, where ``p`` is the token's share
            of all tokens; 0 gives every token the weight 1.
        written: whether the lexicons and questions that lie beside this code are trained on too.
        dropout: share of the tokens of every text that a batch leaves out at random; at least 0, below 1.
        interaction: weight of the loss of late interaction beside that of the means; at least 0, 0 for none.
        interaction_pairs: most pairs of a batch that are compared word by word, at least 2.
    """

    dimension: int = 256
    batches: int = 14000
    batch_pairs: int = 512
    learning_rate: float = 3e-3
    scale: float = 30.0
    seed: int = 0
    words: int = 34_000
    english_words: int = 20_000
    letter_pieces: int = 4_000
    source_cap: int = 15_000
    parts: bool = True
    smoothing: float = 3e-4
    dropout: float = 0.3
    written: bool = True
    interaction: float = 1.0
    interaction_pairs: int = 128

    def __post_init__(self) -> None:
        """Refuse settings that no run can have.

        Raises:
            TrainingError: a number is out of its range.
        """
        least = {
            "dimension": 8,
            "batches": 1,
            "batch_pairs": 2,
            "words": 1,
            "english_words": 0,
            "letter_pieces": 0,
            "source_cap": 2,
            "interaction_pairs": 2,
        }
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise TrainingError(f"The setting {name} is below {bound}", f"Give {name} at least {bound}.")
        for name in ("learning_rate", "scale"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"The setting {name} is not above 0", f"Give {name} a positive number.")
        if not 0 <= self.dropout < 1:
            raise TrainingError(
                "The setting dropout is not between 0 and 1", "Give dropout 0 or a small share."
            )
        for name in ("smoothing", "interaction"):
            if getattr(self, name) < 0:
                raise TrainingError(
                    f"The setting {name} is negative", f"Give {name} 0 or a small positive number."
                )


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """The knobs of one run that goes on from a trained model.

    Attributes:
        batches: optimiser steps, at least 1.
        batch_pairs: pairs in a batch of long texts, at least 2; a batch of words and phrases holds twice as
            many.
        learning_rate: first step size of SparseAdam over rows brought to length 1, falling linearly to
            nothing; above 0.
        replay: share of the batches drawn from what was written for training, so that everyday words keep
            their meaning; at least 0, below 1.
        scale: what cosines are multiplied by before the softmax; above 0.
        dropout: share of the tokens of every text that a batch leaves out at random; at least 0, below 1.
        interaction: weight of the loss of late interaction beside that of the means; at least 0. On the seeds
            it gave nothing more and took twice the time.
        interaction_pairs: most pairs of a batch that are compared word by word, at least 2.
        seed: decides the order of the batches.
    """

    batches: int = 150
    batch_pairs: int = 256
    learning_rate: float = 1e-3
    replay: float = 0.5
    scale: float = 30.0
    dropout: float = 0.3
    interaction: float = 0.0
    interaction_pairs: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that no run can have.

        Raises:
            TrainingError: a number is out of its range.
        """
        for name, fits in (
            ("batches", self.batches >= 1),
            ("batch_pairs", self.batch_pairs >= 2),  # noqa: PLR2004 - a pair needs a wrong answer
            ("learning_rate", self.learning_rate > 0),
            ("scale", self.scale > 0),
            ("replay", 0 <= self.replay < 1),
            ("dropout", 0 <= self.dropout < 1),
            ("interaction", self.interaction >= 0),
            ("interaction_pairs", self.interaction_pairs >= 2),  # noqa: PLR2004
        ):
            if not fits:
                raise TrainingError(
                    f"The setting {name} cannot be {getattr(self, name)}",
                    "embeddings/training/settings.py gives the range of each.",
                )
