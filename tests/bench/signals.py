"""What each signal finds by itself and fused: the README's table.

The candidates of a question are gathered once and ranked by every signal and every way of fusing them. The
rankings are judged as `yinju eval` judges, so that the figures of BM25, of dense and of what is shown in the end,
learned fusion with the first passages read, are those of its modes. In brackets 95% bootstrap intervals; what is
shown is compared with every other ranking by paired randomisation tests, after Holm's correction for all
comparisons of a set.

    python -m tests.bench.signals CORPORA [--split tune|test|both] [--model MODEL] [--json]

CORPORA holds BEIR folders under ``validation``.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path

# As the command line sets it, before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from embeddings.lexical_tokens import lexical_tokens
from embeddings.models import BUNDLED, load_encoder
from qa.catalogue import PassageRow
from qa.collection import Snapshot, open_snapshot
from qa.errors import QuestionError
from qa.evaluation.corpora import index_corpus, read_corpus
from qa.evaluation.evaluate import DEPTH, gold_of_collection
from qa.evaluation.gold import GoldQuestion, GoldSet
from qa.evaluation.judging import Judge
from qa.evaluation.metrics import Found, Pieces, retrieval_metrics
from qa.evaluation.report import Unit
from qa.evaluation.statistics import bootstrap_intervals, holm, randomisation_p
from qa.fusion import SIGNALS, plain_sum
from qa.indexing import index_paths
from qa.queries import make_query
from qa.retrieval import Signals, first_distinct, gather_signals, rank_candidates, retrieve
from qa.types import Hit, Mode, Query, Why
from qa.understanding import understand

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
METRICS = ("recall@1", "recall@5", "nDCG@10")

RRF_K = 60
"""The constant of reciprocal-rank fusion, as its authors chose it (Cormack, Clarke and Büttcher 2009)."""

SHOWN = "learned fusion, and read"

_BATCH = 100
_NO_WHY = Why(None, None, {}, ())

Order = np.ndarray
"""int64 (n,): places among the candidates of a question, best first."""


def by_score(scores: np.ndarray) -> Order:
    return np.argsort(-scores, kind="stable")


def of_mode(snapshot: Snapshot, query: Query, found: Signals, mode: Mode) -> Order:
    """What the mode shows: an index by itself ranks only what it proposes."""
    own = np.sort(found.lexical if mode is Mode.LEXICAL else found.dense)
    places = np.searchsorted(found.rows, own)
    alone = replace(found, rows=own, values={name: values[places] for name, values in found.values.items()})
    order, _ = rank_candidates(snapshot, query, alone, mode)
    return places[order]


def reciprocal_ranks(found: Signals, *proposed: np.ndarray) -> np.ndarray:
    """Reciprocal-rank fusion of lists of rows, best first: the sum of 1 / (k + rank), 0 where not listed."""
    total = np.zeros(len(found.rows))
    for rows in proposed:
        total[np.searchsorted(found.rows, rows)] += 1.0 / (RRF_K + np.arange(1, len(rows) + 1))
    return total


def by_all_signals(found: Signals) -> np.ndarray:
    return reciprocal_ranks(found, *(found.rows[by_score(found.values[name])] for name in SIGNALS))


RANKINGS: Mapping[str, Callable[[Snapshot, Query, Signals], Order]] = {
    "BM25": lambda snapshot, query, found: of_mode(snapshot, query, found, Mode.LEXICAL),
    "dense": lambda snapshot, query, found: of_mode(snapshot, query, found, Mode.DENSE),
    "late interaction": lambda _snapshot, _query, found: by_score(found.values["window"]),
    "plain sum": lambda _snapshot, query, found: by_score(plain_sum(found.values, query.language)),
    "RRF of BM25 and dense": lambda _snapshot, _query, found: by_score(
        reciprocal_ranks(found, found.lexical, found.dense)
    ),
    "RRF of all signals": lambda _snapshot, _query, found: by_score(by_all_signals(found)),
    "learned fusion": lambda snapshot, query, found: rank_candidates(snapshot, query, found, Mode.HYBRID)[0],
}
"""From a question and its candidates to their order; each name is a row of the table."""

ROWS = (*RANKINGS, SHOWN)
"""All rows: the rankings of candidates, and what hybrid mode shows."""


@dataclass(frozen=True)
class Figure:
    """``p``: of the difference of what is shown to this ranking, corrected; None for itself."""

    mean: float
    low: float
    high: float
    difference: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class SetFigures:
    """``rankings``: ranking -> metric -> figure."""

    name: str
    questions: int
    rankings: dict[str, dict[str, Figure]]


class Asker:
    """Ranks and judges the questions of one gold set, with all passages in memory."""

    def __init__(self, collection: Path, gold: GoldSet) -> None:
        self._snapshot = open_snapshot(collection)
        self._unit = gold.unit
        rows = self._snapshot.catalogue.passages(self._snapshot.numbers.tolist())
        self._passages = [rows[number] for number in self._snapshot.numbers.tolist()]
        spans: dict[str, list[tuple[int, int]]] = {}
        for row in self._passages:
            spans.setdefault(row.document.path, []).append((row.passage.start, row.passage.end))
        self._judge = Judge(gold, lambda path: spans.get(path, []))

    def ask(self, question: GoldQuestion) -> dict[str, tuple[Pieces, Found]]:
        """What each ranking brings of the evidence."""
        judge = self._judge.by_span if self._unit is Unit.SPAN else self._judge.by_document
        return {name: judge(question, hits) for name, hits in self._hits(question).items()}

    def _hits(self, question: GoldQuestion) -> dict[str, list[Hit]]:
        try:
            query = understand(self._snapshot, make_query(question.question))
        except QuestionError:
            return {name: [] for name in ROWS}
        snapshot = self._snapshot
        found = gather_signals(snapshot, query, lexical_tokens(query.content), Mode.HYBRID)
        rankings = {
            name: [
                Hit(each.found.passage, each.found.document, rank, 0.0, _NO_WHY)
                for rank, each in enumerate(
                    first_distinct(
                        found.rows[order(snapshot, query, found)], DEPTH, snapshot.tokens, self._read
                    ),
                    start=1,
                )
            ]
            for name, order in RANKINGS.items()
        }
        return rankings | {SHOWN: retrieve(snapshot, query, k=DEPTH)}

    def _read(self, rows: np.ndarray) -> list[PassageRow]:
        return [self._passages[row] for row in rows.tolist()]


_asker: Asker | None = None


def _begin(collection: Path, gold: GoldSet) -> None:
    global _asker  # noqa: PLW0603 - set once, as the process begins
    _asker = Asker(collection, gold)


def _ask(questions: Sequence[GoldQuestion]) -> list[dict[str, tuple[Pieces, Found]]]:
    assert _asker is not None
    return [_asker.ask(question) for question in questions]


def values_of(collection: Path, gold: GoldSet, workers: int = 1) -> np.ndarray:
    """Values of every question, (questions, rankings, metrics); NaN for unanswerable questions."""
    asked = [question for question in gold.questions if question.answerable]
    batches = [asked[at : at + _BATCH] for at in range(0, len(asked), _BATCH)]
    if workers == 1:
        _begin(collection, gold)
        judged = [each for batch in batches for each in _ask(batch)]
    else:
        # Fresh processes, not forks: the libraries hold threads and open files.
        with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (collection, gold)) as pool:
            judged = [each for batch in pool.map(_ask, batches) for each in batch]
    values = np.full((len(gold.questions), len(ROWS), len(METRICS)), np.nan)
    at = {question.id: row for row, question in enumerate(gold.questions)}
    for column, name in enumerate(ROWS):
        by_id = {question.id: each[name] for question, each in zip(asked, judged, strict=True)}
        for key, metrics in retrieval_metrics(by_id, DEPTH)[0].items():
            values[at[key], column] = [metrics[metric] for metric in METRICS]
    return values


def figures_of(name: str, values: np.ndarray) -> SetFigures:
    """Means, intervals and comparisons of one set.

    Args:
        name: of the set.
        values: (questions, rankings, metrics), NaN where undefined.
    """
    flat = values.reshape(len(values), -1)
    bounds = bootstrap_intervals(flat).reshape(len(ROWS), len(METRICS), 2)
    means = np.nanmean(flat, axis=0).reshape(len(ROWS), len(METRICS))
    answerable = values[~np.isnan(flat).any(axis=1)]
    shown = ROWS.index(SHOWN)
    others = [row for row in range(len(ROWS)) if row != shown]
    differences = answerable[:, [shown]] - answerable[:, others]
    p_values = holm(randomisation_p(differences.reshape(len(answerable), -1)).tolist())
    compared = dict(
        zip([(row, column) for row in others for column in range(len(METRICS))], p_values, strict=True)
    )
    return SetFigures(
        name,
        len(answerable),
        {
            ranking: {
                metric: Figure(
                    float(means[row, column]),
                    *map(float, bounds[row, column]),
                    difference=None if row == shown else float(means[shown, column] - means[row, column]),
                    p=compared.get((row, column)),
                )
                for column, metric in enumerate(METRICS)
            }
            for row, ranking in enumerate(ROWS)
        },
    )


def seed_figures(collection: Path, split: str, workers: int) -> Iterator[SetFigures]:
    """The seeds' single questions of one split or both, and of these the paraphrases and those in English."""
    gold = gold_of_collection(SEEDS / "gold.jsonl", collection)
    gold = gold if split == "both" else gold.only(split)
    single = tuple(question for question in gold.questions if question.standalone is None)
    values = values_of(collection, replace(gold, questions=single), workers)
    yield figures_of(f"seeds, {split}", values)
    for kind in ("paraphrase", "english"):
        chosen = [row for row, question in enumerate(single) if question.type == kind]
        yield figures_of(f"seeds, {split}: {kind}", values[chosen])


def beir_figures(folder: Path, collection: Path, model: str, workers: int) -> SetFigures:
    corpus = index_corpus(read_corpus(folder), collection, load_encoder(model), lambda *_: None)
    return figures_of(folder.name, values_of(collection, corpus.gold, workers))


def markdown(sets: Sequence[SetFigures]) -> str:
    """One table for each metric, a row for each ranking, a column for each set; * beside what is not shown worse."""
    lines = []
    for metric in METRICS:
        heads = [f"{each.name} ({each.questions:,})" for each in sets]
        lines += ["| " + " | ".join([metric, *heads]) + " |", "|---" * (len(sets) + 1) + "|"]
        for ranking in ROWS:
            cells = [_cell(each.rankings[ranking][metric]) for each in sets]
            lines.append("| " + " | ".join([ranking, *cells]) + " |")
        lines.append("")
    lines.append("`=`: no difference to what is shown in the end; `+`: better than that.")
    return "\n".join(lines)


def _cell(figure: Figure) -> str:
    mark = ""
    if figure.p is not None and figure.difference is not None:
        mark = " =" if figure.p >= 0.05 else " +" if figure.difference < 0 else ""
    return f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]{mark}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--split", choices=("tune", "test", "both"), default="test")
    parser.add_argument("--model", default=BUNDLED)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args(arguments)
    # Other models than the bundled one are large: each process would hold its own.
    workers = len(os.sched_getaffinity(0)) if given.model == BUNDLED else 1
    sets = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        index_paths(folder / "seeds", [SEEDS / "documents"], load_encoder(given.model))
        sets += seed_figures(folder / "seeds", given.split, workers)
        for beir in sorted((given.corpora / "validation").iterdir(), reverse=True):
            sets.append(beir_figures(beir, folder / beir.name, given.model, workers))
    if given.as_json:
        print(json.dumps([asdict(each) for each in sets], ensure_ascii=False, indent=2))
    else:
        print(markdown(sets))


if __name__ == "__main__":
    main()
