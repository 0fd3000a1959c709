"""Trains the static embedding model from a folder of question, heading, parallel and plain text."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.errors import TrainingError
from embeddings.training.artifact import check_output, dequantise, load_model, quantise, replace_model
from embeddings.training.batches import Batches
from embeddings.training.card import read_sources, write_card
from embeddings.training.corpora import WRITTEN, check_folder, held_out, read_corpora
from embeddings.training.settings import TrainingSettings
from embeddings.training.validation import Figures, measure_all, measure_model
from embeddings.training.vocabulary import build_tokenizer, inner_tokens

__all__ = ["Figures", "TrainingReport", "TrainingSettings", "held_out", "measure_model", "train"]

_LOSS_WINDOW = 50


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What one run of training gave.

    Attributes:
        folder: where the model lies.
        tokens: rows of the vocabulary.
        dimension: columns of the vectors.
        batches: optimiser steps.
        first_loss: mean loss of the first batches (at most 50, at most a quarter of all), in nats.
        last_loss: mean loss of as many last batches, in nats.
        seconds: wall time of the run.
        size_bytes: size of all files of the model.
        pairs: for each kind of training pair, how many different ones there were to draw from.
        figures: retrieval figures for each BEIR-layout folder in ``validation/`` of the data, if any.
    """

    folder: Path
    tokens: int
    dimension: int
    batches: int
    first_loss: float
    last_loss: float
    seconds: float
    size_bytes: int
    pairs: Mapping[str, int]
    figures: Mapping[str, Figures]


def train(
    corpora: Path,
    output: Path,
    *,
    settings: TrainingSettings,
    force: bool = False,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> TrainingReport:
    """Train a static embedding model and write it as one folder.

    Folders in ``corpora/validation`` are measured, never trained on.

    Args:
        corpora: holds the files of :data:`embeddings.training.corpora.FILES` and their ``README.md``.
        output: the folder to write; a model in it is replaced if the new one is no worse on the validation
            folders, by their mean nDCG@10.
        settings: sizes, steps and seed; the same settings and data give the same model on the same machine.
        force: whether a better model is replaced too.
        on_progress: called with (stage, done, total); the stages are reading, vocabulary, tokens, training,
            validation and saving, in this order, and each ends with done equal to total.

    Returns:
        Sizes, losses, times and figures.

    Raises:
        TrainingError: data is missing, unreadable or too small, or the model cannot be written or would
            take the place of a better one.
    """
    # torch takes seconds to import, and who only asks held_out has no use for it.
    from embeddings.training.trainer import fit  # noqa: PLC0415

    tell = on_progress or _silent
    begun = time.monotonic()
    tell("reading", 0, 1)
    check_folder(corpora)
    replaced = _figures_to_keep(output, corpora / "validation") if check_output(output) and not force else {}
    sources = read_sources(corpora / "README.md")
    written = WRITTEN if settings.written else None
    data = read_corpora(corpora, source_cap=settings.source_cap, written=written)
    tell("reading", 1, 1)
    tell("vocabulary", 0, 1)
    tokenizer = build_tokenizer(data.texts(), data.written, settings)
    tell("vocabulary", 1, 1)
    tell("tokens", 0, 1)
    batches = Batches(data, tokenizer, settings)
    tell("tokens", 1, 1)
    fitted = fit(
        batches, inner_tokens(tokenizer), settings, lambda done, total: tell("training", done, total)
    )
    # What is measured is what is stored, rounding included.
    vectors = dequantise(*quantise(fitted.vectors))
    tell("validation", 0, 1)
    figures = measure_all(corpora / "validation", tokenizer, vectors)
    tell("validation", 1, 1)
    if (new := _mean_ndcg(figures)) < (old := _mean_ndcg(replaced)):
        raise TrainingError(
            f"The new model is worse than the one in {output}: mean nDCG@10 {new:.3f} against {old:.3f}",
            "Name another folder, or replace it all the same with --force.",
        )
    tell("saving", 0, 1)
    seconds = time.monotonic() - begun
    card = write_card(
        settings=settings,
        tokens=len(vectors),
        seconds=seconds,
        sources=sources,
        pairs=batches.sizes,
        figures=figures,
    )
    replace_model(output, tokenizer, fitted.vectors, card, fitted.salience)
    tell("saving", 1, 1)
    window = max(1, min(_LOSS_WINDOW, settings.batches // 4))
    return TrainingReport(
        folder=output,
        tokens=len(vectors),
        dimension=settings.dimension,
        batches=settings.batches,
        first_loss=float(np.mean(fitted.losses[:window])),
        last_loss=float(np.mean(fitted.losses[-window:])),
        seconds=seconds,
        size_bytes=sum(path.stat().st_size for path in output.rglob("*") if path.is_file()),
        pairs=batches.sizes,
        figures=figures,
    )


def _figures_to_keep(model: Path, validation: Path) -> Mapping[str, Figures]:
    figures = measure_all(validation, *load_model(model))
    if not figures:
        raise TrainingError(
            f"{model} holds a model, and there is nothing in {validation} to compare a new one by",
            "Name another folder, or replace it all the same with --force.",
        )
    return figures


def _mean_ndcg(figures: Mapping[str, Figures]) -> float:
    return float(np.mean([each.ndcg_10 for each in figures.values()])) if figures else 0.0


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""
