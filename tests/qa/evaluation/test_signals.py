"""The table of signals: its figures are those of `yinju eval`, its baselines are what they are called."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embeddings.static_encoder import bundled_encoder
from qa.evaluation.corpora import index_corpus, read_corpus
from qa.evaluation.evaluate import evaluate, gold_of_collection
from qa.evaluation.gold import GoldSet
from qa.retrieval import Signals
from qa.types import Mode
from tests.bench.signals import (
    METRICS,
    ROWS,
    RRF_K,
    SHOWN,
    SetFigures,
    figures_of,
    main,
    markdown,
    reciprocal_ranks,
    values_of,
)

GOLD = Path(__file__).resolve().parents[3] / "seeds" / "gold.jsonl"
OF_MODE = {"BM25": Mode.LEXICAL, "dense": Mode.DENSE, SHOWN: Mode.HYBRID}


@pytest.fixture(scope="module")
def beir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora") / "validation" / "parks"
    (folder / "qrels").mkdir(parents=True)
    texts = {
        "north": "北湖公园的湿地植物是芦苇和香蒲。",
        "south": "南湖公园的湿地植物是睡莲和菖蒲。",
        "west": "西溪公园的湿地植物是荷花和菱角。",
        "copy": "北湖公园的湿地植物，是芦苇和香蒲！",
        "road": "环城公路全长三十公里。",
    }
    asked = {
        "q1": ("哪里种着睡莲？", "south"),
        "q2": ("芦苇在哪个公园？", "north"),
        "q3": ("公路多长？", "road"),
    }
    lines = [json.dumps({"_id": key, "text": text}) for key, text in texts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lines = [json.dumps({"_id": key, "text": question}) for key, (question, _) in asked.items()]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lines = [f"{key}\t{text}\t1" for key, (_, text) in asked.items()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def judged_by_eval(collection: Path, gold: GoldSet) -> SetFigures:
    """Checks every value against `yinju eval`, and gives the figures."""
    values = values_of(collection, gold)
    figures = figures_of(gold.name, values)
    for run, name in zip(
        evaluate(collection, gold, list(OF_MODE.values())).report.runs, OF_MODE, strict=True
    ):
        column = list(ROWS).index(name)
        for row, question in enumerate(run.questions):
            expected = [question.metrics.get(metric, np.nan) for metric in METRICS]
            np.testing.assert_array_equal(values[row, column], expected, err_msg=f"{name} {question.id}")
        for metric in METRICS:
            figure, interval = figures.rankings[name][metric], run.overall.metrics[metric]
            assert (figure.mean, figure.low, figure.high) == pytest.approx(
                (interval.mean, interval.low, interval.high)
            )
    return figures


def test_modes_have_the_figures_of_an_evaluation_by_spans(seed_data: Path) -> None:
    gold = gold_of_collection(GOLD, seed_data / "default").only("tune")
    single = [question for question in gold.questions if question.standalone is None]
    few = replace(gold, questions=tuple(single[::3]))
    assert {"list", "compare", "multi_document"} & {question.type for question in few.questions}
    figures = judged_by_eval(seed_data / "default", few)
    assert figures.questions == sum(question.answerable for question in few.questions)


def test_modes_have_the_figures_of_an_evaluation_by_documents(beir: Path, tmp_path: Path) -> None:
    corpus = index_corpus(read_corpus(beir), tmp_path / "collection", bundled_encoder(), lambda *_: None)
    judged_by_eval(tmp_path / "collection", corpus.gold)


def test_reciprocal_ranks_are_those_of_the_formula() -> None:
    rows = np.asarray([3, 5, 8, 9])
    found = Signals(rows, {}, lexical=np.asarray([8, 3]), dense=np.asarray([9, 8, 5]))
    expected = [1 / (RRF_K + 2), 1 / (RRF_K + 3), 1 / (RRF_K + 1) + 1 / (RRF_K + 2), 1 / (RRF_K + 1)]
    np.testing.assert_allclose(reciprocal_ranks(found, found.lexical, found.dense), expected)


def test_comparisons_are_with_what_is_shown_and_corrected_together() -> None:
    values = np.random.default_rng(0).random((40, len(ROWS), len(METRICS)))
    values[:, 0] -= 1.0
    values[::9] = np.nan
    figures = figures_of("made up", values)
    assert figures.questions == 35
    for name, of_metrics in figures.rankings.items():
        for figure in of_metrics.values():
            assert (figure.p is None) == (figure.difference is None) == (name == SHOWN)
    worse = figures.rankings["BM25"]["nDCG@10"]
    # 10,001 tosses; 21 comparisons, three of which are as clear as this one.
    assert worse.p == pytest.approx(21 / 10_001)
    table = markdown([figures])
    assert "| BM25 | -0." in table
    assert " =" in table


def test_the_command_prints_every_set(
    beir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    main([str(beir.parents[1]), "--split", "tune", "--json"])
    sets = json.loads(capsys.readouterr().out)
    names = ["seeds, tune", "seeds, tune: paraphrase", "seeds, tune: english", "parks"]
    assert [each["name"] for each in sets] == names
    assert all(list(each["rankings"]) == list(ROWS) for each in sets)
    assert sets[0]["questions"] == 143
