"""What ``yinju eval`` does: open a gold set, evaluate runs, read saved ones, compare them."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embeddings.models import BUNDLED, load_encoder
from qa.collection import collection_folder
from qa.errors import ReportError
from qa.evaluation.asking import RunEntry
from qa.evaluation.comparison import compare
from qa.evaluation.corpora import index_corpus, is_corpus, read_corpus
from qa.evaluation.evaluate import Evaluated, Progress, evaluate, gold_of_collection
from qa.evaluation.report import EvaluationReport, Run, Unit
from qa.evaluation.trec import trec_lines
from qa.generation.endpoint import Writer
from qa.types import Mode
from ui.evaluation.saved import load_report
from ui.settings import Settings

_CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be evaluated: modes to run, and saved reports, in the order in which they are compared."""

    modes: tuple[Mode, ...]
    saved: tuple[Path, ...]
    order: tuple[str, ...]


def make_plan(compared: str | None, mode: str) -> Plan:
    """Read ``--compare``: names of modes and of saved reports with commas between; without it, one mode.

    Raises:
        ReportError: a part is neither a mode nor a file ending in .json, or there is only one.
    """
    parts = [part.strip() for part in compared.split(",") if part.strip()] if compared is not None else [mode]
    unknown = [part for part in parts if part not in set(Mode) and not part.endswith(".json")]
    if unknown:
        raise ReportError(
            f"{unknown[0]!r} is neither a mode nor a saved report",
            f"Name {', '.join(Mode)}, or files ending in .json.",
        )
    if compared is not None and len(set(parts)) < 2:  # noqa: PLR2004 - two sides make a comparison
        raise ReportError(
            "A comparison needs two runs", "Write for example --compare lexical,hybrid or old.json,new.json."
        )
    order = tuple(dict.fromkeys(parts))
    return Plan(
        modes=tuple(Mode(part) for part in order if part in set(Mode)),
        saved=tuple(Path(part) for part in order if part not in set(Mode)),
        order=order,
    )


@dataclass(frozen=True, slots=True)
class Outputs:
    """A report with what run files are written from: hits and document ids of the runs made just now."""

    report: EvaluationReport
    hits: Mapping[str, Sequence[Sequence[RunEntry]]]
    ids: Mapping[str, str] | None


def carry_out(
    plan: Plan,
    settings: Settings,
    gold: Path | None,
    *,
    split: str | None,
    depth: int,
    on_progress: Progress,
    writer: Writer | None = None,
) -> Outputs:
    """Evaluate what is planned.

    Args:
        plan: modes and saved reports.
        settings: data folder, collection and model.
        gold: the gold set; may be None when all runs are saved ones.
        split: only questions of this split.
        depth: passages judged for each question.
        on_progress: told of indexing and of every question.
        writer: an LLM to write the answers as well.

    Raises:
        GoldError: the gold set cannot be used; holds every problem.
        ReportError: a saved report cannot be read or compared.
        NotFoundError: nothing is indexed in the collection.
        CollectionError: the collection does not fit this program.
    """
    saved = {str(file): load_report(file) for file in plan.saved}
    reports = list(saved.values())
    hits: dict[str, Sequence[Sequence[RunEntry]]] = {}
    ids: Mapping[str, str] | None = None
    fresh: dict[str, Run] = {}
    if plan.modes:
        if gold is None:
            raise ReportError("There is no gold set to evaluate", "Name one, for example seeds/gold.jsonl.")
        done, ids = _evaluate(
            settings, gold, plan.modes, split=split, depth=depth, on_progress=on_progress, writer=writer
        )
        reports.insert(0, done.report)
        fresh = {run.name: run for run in done.report.runs}
        hits = dict(zip(fresh, done.entries, strict=True))
    runs = tuple(fresh[part] if part in fresh else _only_run(Path(part), saved[part]) for part in plan.order)
    runs = _named_apart(runs, plan.order)
    passages = {key: passage for report in reports for key, passage in report.passages.items()}
    report = replace(reports[0], runs=runs, comparisons=compare(runs), passages=passages)
    return Outputs(report, hits, ids)


def _only_run(file: Path, report: EvaluationReport) -> Run:
    if len(report.runs) != 1:
        raise ReportError(
            f"{file} holds {len(report.runs)} runs",
            "Save each by itself, without --compare, and compare these.",
        )
    return replace(report.runs[0], name=file.stem)


def _named_apart(runs: tuple[Run, ...], order: Sequence[str]) -> tuple[Run, ...]:
    """Runs of equal names, such as those of a/new.json and b/new.json, get the whole path as theirs."""
    if len({run.name for run in runs}) == len(runs):
        return runs
    return tuple(replace(run, name=part) for run, part in zip(runs, order, strict=True))


def _evaluate(
    settings: Settings,
    gold: Path,
    modes: Sequence[Mode],
    *,
    split: str | None,
    depth: int,
    on_progress: Progress,
    writer: Writer | None,
) -> tuple[Evaluated, Mapping[str, str] | None]:
    if not is_corpus(gold):
        collection = collection_folder(settings.data, settings.collection)
        questions = gold_of_collection(gold, collection).only(split)
        done = evaluate(
            collection,
            questions,
            modes,
            model=settings.model,
            depth=depth,
            workers=_CORES,
            writer=writer,
            on_progress=on_progress,
        )
        return done, None
    with tempfile.TemporaryDirectory(prefix="yinju-eval-") as folder:
        collection = Path(folder) / "collection"
        encoder = load_encoder(settings.model or BUNDLED)
        corpus = index_corpus(read_corpus(gold, split), collection, encoder, on_progress)
        done = evaluate(
            collection,
            corpus.gold,
            modes,
            depth=depth,
            workers=_CORES,
            writer=writer,
            on_progress=on_progress,
        )
    return done, corpus.ids if corpus.gold.unit is Unit.DOCUMENT else None


def write_runs(file: Path, outputs: Outputs) -> list[Path]:
    """Write the run files of the runs made just now.

    Where there are several, each has its own, with its name before the ending of ``file``.

    Raises:
        ReportError: there is none, or a file cannot be written.
    """
    if not outputs.hits:
        raise ReportError("Saved reports hold no run to write", "Evaluate a gold set to write its run file.")
    written = []
    for run in outputs.report.runs:
        if run.name in outputs.hits:
            name = file if len(outputs.hits) == 1 else file.with_suffix(f".{run.name}{file.suffix}")
            lines = trec_lines(run, outputs.hits[run.name], outputs.ids)
            write_text(name, "".join(f"{line}\n" for line in lines))
            written.append(name)
    return written


def check_writable(file: Path) -> None:
    """Complain before the work is done of a file that could not be written after it.

    Raises:
        ReportError: its folder is not there or not writable, or it is itself a folder.
    """
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise ReportError(f"{file} cannot be written", "Name a file in a folder that is there.")


def write_text(file: Path, text: str) -> None:
    """Write a file that the user asked for.

    Raises:
        ReportError: it cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(
            f"{file} cannot be written ({error.strerror or error})", "Name a file in a folder that is there."
        ) from error
