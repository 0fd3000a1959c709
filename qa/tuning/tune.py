"""Tunes a static model on documents: pairs from them, training, figures before and after, and the verdict."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.errors import TrainingError
from embeddings.models import BUNDLED
from embeddings.static_encoder import BUNDLED_MODEL, bundled_encoder, is_static_model
from embeddings.training.artifact import (
    check_output,
    load_model,
    load_salience,
    replace_model,
    save_model,
)
from embeddings.training.card import tuned_card
from embeddings.training.settings import TuningSettings
from embeddings.training.tuning import tune
from qa.catalogue import Catalogue, PassageRow
from qa.evaluation.evaluate import gold_of_collection
from qa.indexing import index_paths
from qa.layout import CATALOGUE_FILE
from qa.tuning.held_out import FEWEST_QUESTIONS, HeldOut, Measured, hold_out
from qa.tuning.measuring import Change, Progress, Scores, changes, measure, rewrite
from qa.tuning.pairs import training_pairs
from qa.types import Mode, SkippedFile

FEWEST_PASSAGES = 30
"""Passages of several sentences that are needed: a fifth of them is held out, the others are told apart."""

DECIDED_BY = (Mode.HYBRID, "nDCG@10")
"""The figure that decides whether a tuned model is worse: of what users ask."""

_EQUAL = 1e-9
_LOSS_WINDOW = 20


@dataclass(frozen=True, slots=True)
class TuningReport:
    """What one run of tuning gave.

    Attributes:
        folder: where the model was to lie.
        written: whether it lies there now.
        refused: why not, and what to do; None where it was written.
        started_from: the name of the model that was tuned.
        measured: what the held-out questions are.
        notes: sentences on how it was measured.
        documents, passages: what the documents came to.
        questions: how many were held out; every figure is a mean over these.
        changes: figures of the first model and of the tuned one.
        over_existing: the same of the model that lay in the folder and of the tuned one; empty without one.
        pairs: for each source, how many different pairs or passages there were to draw from.
        first_loss, last_loss: mean loss of the first and of the last batches, in nats.
        seconds: wall time of the run.
        skipped: files that could not be read.
    """

    folder: Path
    written: bool
    refused: str | None
    started_from: str
    measured: Measured
    notes: tuple[str, ...]
    documents: int
    passages: int
    questions: int
    changes: tuple[Change, ...]
    over_existing: tuple[Change, ...]
    pairs: Mapping[str, int]
    first_loss: float
    last_loss: float
    seconds: float
    skipped: Sequence[SkippedFile]


def tune_on_documents(
    documents: Path,
    output: Path,
    *,
    gold: Path | None = None,
    model: str = BUNDLED,
    settings: TuningSettings,
    force: bool = False,
    on_progress: Progress = lambda *_: None,
) -> TuningReport:
    """Tune a static model on documents, measure what that brought, and write it unless it is worse.

    Worse means a lower nDCG@10 of the hybrid retrieval on what was held out: than the model had that was
    tuned, or than one has that lies in the folder already. A worse one is written only when forced.

    Args:
        documents: a folder or a file, read and cut as for indexing.
        output: folder of the new model; missing, empty, or holding a model of ours.
        gold: JSON lines of gold questions on the documents.
        model: ``bundled`` or the folder of another model of ours.
        settings: the knobs of the training.
        force: whether a worse model is written too.
        on_progress: told of reading, training and measuring.

    Returns:
        The figures, and whether the model was written.

    Raises:
        DocumentError: there is no document, or none that can be read.
        GoldError: the gold questions do not fit the documents.
        TrainingError: the model cannot be tuned, the output not be written, or the documents are too few.
    """
    begun = time.monotonic()
    replacing = check_output(output)
    start = _folder_of(model)
    tokenizer, vectors = load_model(start)
    salience = load_salience(start)
    base_card = _card_of(start)
    with tempfile.TemporaryDirectory(prefix="yinju-train-") as folder:
        collection, tuned_folder = Path(folder) / "collection", Path(folder) / "tuned"
        indexed = index_paths(
            collection,
            [documents],
            bundled_encoder(),
            on_progress=lambda _, *done: on_progress("reading", *done),
        )
        rows = _passages(collection)
        held = hold_out(rows, gold_of_collection(gold, collection) if gold else None)
        pairs, plain = training_pairs(rows, held)
        if len(plain.passages) < FEWEST_PASSAGES or not held.questions.questions:
            raise TrainingError(
                f"{documents} gives {len(plain.passages)} passages of several sentences to train on, and "
                f"{len(held.questions.questions)} questions to measure by",
                f"Give documents of at least {FEWEST_PASSAGES * 2} passages (a few dozen pages).",
            )
        tuned = tune(tokenizer, vectors, pairs, plain, settings, lambda *done: on_progress("training", *done))
        save_model(tuned_folder, tokenizer, tuned.vectors, base_card, salience)
        rewrite(collection, documents, held)

        def scores(stage: str, name: str) -> Scores:
            return measure(
                collection, documents, held.questions, name, lambda *done: on_progress(stage, *done)
            )

        after = scores("after", str(tuned_folder))
        changed = changes(scores("before", model), after)
        over_existing = changes(scores("existing", str(output)), after) if replacing else ()
    refused = None if force else _refusal(model, output, changed, over_existing)
    window = max(1, min(_LOSS_WINDOW, settings.batches // 4))
    report = TuningReport(
        folder=output,
        written=refused is None,
        refused=refused,
        started_from=model,
        measured=held.measured,
        notes=_notes(held, gold.name if gold else None),
        documents=indexed.documents,
        passages=indexed.passages,
        questions=len(held.questions.questions),
        changes=changed,
        over_existing=over_existing,
        pairs=tuned.pairs,
        first_loss=float(np.mean(tuned.losses[:window])),
        last_loss=float(np.mean(tuned.losses[-window:])),
        seconds=time.monotonic() - begun,
        skipped=indexed.skipped,
    )
    if report.written:
        card = tuned_card(base_card, _told(report, settings))
        replace_model(output, tokenizer, tuned.vectors, card, salience)
    return report


def _folder_of(model: str) -> Path:
    if model == BUNDLED:
        return BUNDLED_MODEL
    if not is_static_model(Path(model)):
        raise TrainingError(
            f"{model} is no static model of ours, and only these can be tuned",
            "Name a folder that `yinju train` wrote, or leave --from out to tune the bundled model.",
        )
    return Path(model)


def _card_of(folder: Path) -> str:
    try:
        return (folder / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(
            f"The model card {folder / 'README.md'} cannot be read ({error})",
            "Put it back: a tuned model must repeat its sources and licences.",
        ) from error


def _passages(collection: Path) -> list[PassageRow]:
    with closing(Catalogue(collection / CATALOGUE_FILE)) as catalogue:
        return [row for each in catalogue.documents() for row in catalogue.passages_of(each.ref.id)]


def _refusal(
    model: str, output: Path, changed: Sequence[Change], over_existing: Sequence[Change]
) -> str | None:
    for name, found in ((model, changed), (f"the model in {output}", over_existing)):
        for change in found:
            if (change.mode, change.metric) == DECIDED_BY and change.difference < -_EQUAL:
                return (
                    f"The tuned model is worse than {name} on what was held out ({change.mode} "
                    f"{change.metric} {change.after:.3f}, before {change.before:.3f}) and was not written. "
                    "Give more documents or gold questions, or write it all the same with --force."
                )
    return None


def _notes(held: HeldOut, gold: str | None) -> tuple[str, ...]:
    if held.measured is Measured.GOLD:
        return ()
    made = (
        "Measured by pairs from the documents: a sentence is to find the rest of its passage, a heading "
        "the passages under it, which are indexed without these words."
    )
    few = f"A fifth of the questions in {gold} is fewer than {FEWEST_QUESTIONS}, too few to measure by."
    return (made,) if gold is None else (few, made)


def _told(report: TuningReport, settings: TuningSettings) -> str:
    """The part of the model card that tells of the tuning."""
    first = "the bundled model" if report.started_from == BUNDLED else Path(report.started_from).name
    learned = (
        f"Tuned from {first}, whose card follows with its sources and licences; this model is under the same "
        f"licence. It learned from {report.documents:,} documents of {report.passages:,} passages, and again "
        f"from what was written for the first training, with `{settings}`."
    )
    measured = (
        f"Measured on {report.questions:,} held-out {report.measured}, over all passages of the documents, "
        "with 95% bootstrap intervals of the difference. No question on the same passages was learned from."
    )
    lines = [
        learned,
        "",
        "| kind of pair | to draw from |",
        "|---|---|",
        *(f"| {name} | {size:,} |" for name, size in report.pairs.items()),
        "",
        measured,
        *report.notes,
        "",
        "| | before | after | difference |",
        "|---|---|---|---|",
        *(
            f"| {each.mode} {each.metric} | {each.before:.3f} | {each.after:.3f} "
            f"| {each.difference:+.3f} [{each.low:+.3f}, {each.high:+.3f}] |"
            for each in report.changes
        ),
    ]
    return "## How it was tuned\n\n" + "\n".join(lines) + "\n"
