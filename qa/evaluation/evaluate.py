"""Evaluate ways of retrieving over a collection: every gold question asked, judged and summed up."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from embeddings.static_encoder import StaticEncoder
from qa.answering import answer
from qa.bot import DEFAULT_K
from qa.collection import Snapshot, open_snapshot
from qa.confidence import shipped_calibration
from qa.evaluation.asking import Asker, Judged, RunEntry, Search, searches
from qa.evaluation.gold import GoldSet, read_gold
from qa.evaluation.report import REPORT_FORMAT, EvaluationReport, Latency, PassageText, Run
from qa.evaluation.summary import summarise
from qa.generation.endpoint import Writer
from qa.queries import make_query
from qa.retrieval import retrieve
from qa.types import Mode
from qa.understanding import understand

DEPTH = 20
"""Passages judged for each question."""

_TIMED = 200
"""Questions that are asked once more to measure the time they take."""

_BATCH = 50
"""Questions that one process asks before it reports."""

_SHARED_FROM = 500
"""Questions from which it pays to start further processes, each of which takes a second or two."""

Progress = Callable[[str, int, int], None]
"""Called with the run's name, the questions done and the questions in all."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A report, and for each of its runs the hits of every question, for run files."""

    report: EvaluationReport
    entries: tuple[Sequence[Sequence[RunEntry]], ...]


def evaluate(
    collection: Path,
    gold: GoldSet,
    modes: Sequence[Mode] = (Mode.HYBRID,),
    *,
    model: str | None = None,
    depth: int = DEPTH,
    workers: int = 1,
    writer: Writer | None = None,
    read: bool = True,
    on_progress: Progress = lambda *_: None,
) -> Evaluated:
    """Evaluate one or more modes over a collection; several are not yet compared.

    Args:
        collection: folder of the collection.
        gold: questions whose paths name its documents.
        modes: one run for each; answers and refusals are part of the hybrid mode only.
        model: embedding model, None for the one that the collection was indexed with.
        depth: passages judged for each question, at least DEFAULT_K.
        workers: processes that ask, where there are many questions and the model is a static one; the
            figures do not depend on it.
        writer: an LLM to write the answers as well, in the hybrid mode; one process asks then.
        read: False leaves the reading of passages out, which makes up for much that is wrong with vectors;
            there are no answers then.
        on_progress: told of the questions.

    Raises:
        NotFoundError, CollectionError: the collection cannot be opened.
    """
    snapshot = open_snapshot(collection, model=model)
    with closing(snapshot.catalogue):
        asked = list(searches(gold))
        job = _Job(collection, gold, model, depth, writer, read)
        # Other models than static ones are large: each process would hold its own.
        alone = writer is not None or not isinstance(snapshot.encoder, StaticEncoder)
        if alone or len(asked) < _SHARED_FROM:
            workers = 1
        runs, entries = [], []
        passages: dict[str, PassageText] = {}
        for mode in modes:
            judged: list[Judged] = []
            for each in _ask_all(job, asked, mode, workers):
                on_progress(mode.value, len(judged), len(asked))
                judged.append(each)
                passages |= each.passages
            on_progress(mode.value, len(asked), len(asked))
            runs.append(_run(snapshot, gold, mode, list(zip(asked, judged, strict=True)), depth))
            entries.append([each.entries for each in judged])
        manifest = snapshot.manifest
    report = EvaluationReport(
        format=REPORT_FORMAT,
        gold=gold.name,
        split=gold.split,
        unit=gold.unit,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        model=manifest.model,
        documents=manifest.documents,
        passages_indexed=manifest.passages,
        depth=depth,
        answered_from=DEFAULT_K,
        warnings=gold.warnings,
        runs=tuple(runs),
        passages=passages,
    )
    return Evaluated(report, tuple(entries))


def _run(
    snapshot: Snapshot, gold: GoldSet, mode: Mode, judged: Sequence[tuple[Search, Judged]], depth: int
) -> Run:
    threshold = {str(language): value for language, value in shipped_calibration().threshold.items()}
    latency = _latency(snapshot, gold, mode)
    return summarise(mode.value, gold.unit, judged, depth=depth, threshold=threshold, latency=latency)


@dataclass(frozen=True, slots=True)
class _Job:
    """What a process needs to ask questions."""

    collection: Path
    gold: GoldSet
    model: str | None
    depth: int
    writer: Writer | None
    read: bool

    def asker(self) -> Asker:
        snapshot = open_snapshot(self.collection, model=self.model)
        return Asker(snapshot, self.gold, shipped_calibration(), self.depth, self.writer, read=self.read)


def _ask_all(job: _Job, asked: Sequence[Search], mode: Mode, workers: int) -> Iterator[Judged]:
    """Ask all, in order, here or in other processes."""
    if workers == 1:
        asker = job.asker()
        yield from (asker.ask(search, mode) for search in asked)
        return
    # Fresh processes, not forks: the libraries hold threads and open files.
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (job,)) as pool:
        work = [(asked[at : at + _BATCH], mode) for at in range(0, len(asked), _BATCH)]
        for batch in pool.map(_ask_batch, work):
            yield from batch


_asker: Asker | None = None
"""The asker of this process, where it is one of several."""


def _begin(job: _Job) -> None:
    global _asker  # noqa: PLW0603 - set once, as the process begins
    _asker = job.asker()


def _ask_batch(work: tuple[Sequence[Search], Mode]) -> list[Judged]:
    assert _asker is not None
    batch, mode = work
    return [_asker.ask(search, mode) for search in batch]


def _latency(snapshot: Snapshot, gold: GoldSet, mode: Mode) -> Latency | None:
    """Ask some questions again, one at a time, as a user's program would, with everything warm."""
    texts = [each.question for each in gold.questions if each.question.strip()]
    if not texts:
        return None
    texts = texts[:: max(1, -(-len(texts) // _TIMED))]
    retrieve(snapshot, understand(snapshot, make_query(texts[0])), k=DEFAULT_K, mode=mode)
    searching, answering = [], []
    for text in texts:
        started = time.perf_counter()
        retrieve(snapshot, understand(snapshot, make_query(text)), k=DEFAULT_K, mode=mode)
        searching.append(time.perf_counter() - started)
        if mode is Mode.HYBRID:
            started = time.perf_counter()
            answer(snapshot, understand(snapshot, make_query(text)), shipped_calibration(), k=DEFAULT_K)
            answering.append(time.perf_counter() - started)
    search_p50, search_p99 = np.quantile(searching, [0.5, 0.99]) * 1000
    ask_p50, ask_p99 = np.quantile(answering, [0.5, 0.99]) * 1000 if answering else (None, None)
    return Latency(
        questions=len(texts),
        search_p50=float(search_p50),
        search_p99=float(search_p99),
        ask_p50=None if ask_p50 is None else float(ask_p50),
        ask_p99=None if ask_p99 is None else float(ask_p99),
    )


class _Sources(Mapping[str, str]):
    """Document path -> source, read from the catalogue when asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._catalogue = snapshot.catalogue
        self._ids = {each.ref.path: each.ref.id for each in snapshot.catalogue.documents()}

    def __getitem__(self, path: str) -> str:
        document = self._catalogue.document(self._ids[path])
        if document is None:
            raise KeyError(path)
        return document.source

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def gold_of_collection(file: Path, collection: Path) -> GoldSet:
    """Read gold questions on the documents of a collection.

    Args:
        file: JSON lines.
        collection: folder of the collection.

    Raises:
        GoldError: holds every problem found.
        NotFoundError, CollectionError: the collection cannot be opened.
    """
    snapshot = open_snapshot(collection)
    with closing(snapshot.catalogue):
        named = Counter(each.ref.path for each in snapshot.catalogue.documents())
        ambiguous = {path for path, count in named.items() if count > 1}
        return read_gold(file, _Sources(snapshot), ambiguous)
