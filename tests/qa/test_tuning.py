"""Tuning on documents: what is held out, what is learned, what is measured, and when nothing is written."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from embeddings.errors import TrainingError
from embeddings.static_encoder import BUNDLED_MODEL, bundled_encoder
from embeddings.training.artifact import load_model
from embeddings.training.settings import TuningSettings
from qa.catalogue import PassageRow
from qa.errors import DocumentError, GoldError
from qa.evaluation.gold import GoldSet, read_gold
from qa.evaluation.text_match import bare
from qa.indexing import index_paths
from qa.tuning.held_out import Measured, hold_out, touches
from qa.tuning.measuring import METRICS, MODES
from qa.tuning.pairs import training_pairs
from qa.tuning.tune import TuningReport, _passages, tune_on_documents

PLACES = ("城南", "城北", "江边", "山脚", "码头", "车站")
THINGS = (
    "雨水花园",
    "透水路面",
    "光伏屋顶",
    "充电桩",
    "垃圾分类站",
    "湿地公园",
    "共享单车",
    "地下管廊",
    "社区食堂",
    "图书馆",
)
WHO = ("市政部门", "街道办事处", "物业公司", "志愿者", "园林局", "水务集团", "学校", "居民委员会")
DOES = (
    "负责日常养护",
    "每年检查两次",
    "出资翻修",
    "记录用水用电",
    "公布费用",
    "接受投诉",
    "培训工人",
    "安排值班",
)
WHEN = ("春天", "夏天", "秋天", "冬天", "去年", "前年", "雨季", "节假日")
WHY = ("积水少了", "居民满意", "电费下降", "行人更多", "噪声减小", "树荫变大", "事故减少", "账目清楚")
FAST = TuningSettings(batches=4, batch_pairs=32, replay=0.0)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document for each place, a section for each thing, some ten sentences in each."""
    folder = tmp_path_factory.mktemp("documents")
    random = Random(0)
    for place in PLACES:
        lines = [f"# {place}设施手册"]
        for thing in THINGS:
            said = (
                f"{random.choice(WHEN)}，{random.choice(WHO)}为{place}的{thing}{random.choice(DOES)}，结果{random.choice(WHY)}。"
                for _ in range(9)
            )
            lines += ["", f"## {thing}", "", "".join(said)]
        (folder / f"{place}.md").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rows(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> list[PassageRow]:
    collection = tmp_path_factory.mktemp("collection")
    index_paths(collection, [documents], bundled_encoder())
    return _passages(collection)


def gold_lines(rows: list[PassageRow], count: int) -> str:
    """Questions on sentences, in file order; every passage is asked about once before any is asked twice."""
    lines = []
    for number in range(count):
        row = rows[number % len(rows)]
        text = row.passage.sentences[1 + number // len(rows)]
        run = row.passage.text[text.text_start : text.text_end]
        question = f"{row.document.title}里，{run[-10:-1]}是为什么，第{number}问？"
        lines.append(
            f'{{"id": "q{number}", "question": "{question}", "answers": [],'
            f' "evidence": [{{"doc": "{row.document.path}", "text": "{run}"}}]}}\n'
        )
    return "".join(lines)


@pytest.fixture(scope="module")
def gold_file(rows: list[PassageRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    file.write_text(gold_lines(rows, 2 * len(rows)), encoding="utf-8")
    return file


def read(file: Path, documents: Path) -> GoldSet:
    return read_gold(file, {path.name: path.read_text(encoding="utf-8") for path in documents.iterdir()})


def test_no_passage_has_gold_questions_on_both_sides(
    rows: list[PassageRow], gold_file: Path, documents: Path
) -> None:
    gold = read(gold_file, documents)
    held = hold_out(rows, gold)
    assert held.measured is Measured.GOLD
    assert len(held.questions.questions) == pytest.approx(len(gold.questions) / 5, abs=3)
    assert {q.id for q in held.questions.questions} | {q.id for q in held.asked} == {
        q.id for q in gold.questions
    }
    of_held = {row.number for row in rows if touches(row, held.questions.questions)}
    of_asked = {row.number for row in rows if touches(row, held.asked)}
    assert of_held
    assert of_asked
    assert not of_held & of_asked
    backwards = replace(gold, questions=gold.questions[::-1])
    again = hold_out(rows[::-1], backwards)
    assert {q.id for q in again.questions.questions} == {q.id for q in held.questions.questions}


def test_copies_of_a_passage_are_on_one_side(
    rows: list[PassageRow], gold_file: Path, documents: Path
) -> None:
    # Every document once more under another name, with the same questions asked of the copies.
    copies = [
        replace(
            row, number=row.number + 10_000, document=replace(row.document, path=f"copy-{row.document.path}")
        )
        for row in rows
    ]
    gold = read(gold_file, documents)
    of_copies = tuple(
        replace(
            question,
            id=f"copy {question.id}",
            evidence=tuple(
                replace(run, spans=tuple(replace(span, path=f"copy-{span.path}") for span in run.spans))
                for run in question.evidence
            ),
            documents={f"copy-{path}": 1 for path in question.documents},
        )
        for question in gold.questions
    )
    held = hold_out([*rows, *copies], replace(gold, questions=(*gold.questions, *of_copies)))
    sides = [{q.id.removeprefix("copy ") for q in side} for side in (held.questions.questions, held.asked)]
    assert all(sides)
    assert not sides[0] & sides[1]


def test_without_gold_whole_sections_are_held_out_and_what_is_asked_is_taken_out(
    rows: list[PassageRow],
) -> None:
    held = hold_out(rows, None)
    assert held.measured is Measured.PAIRS
    by_number = {row.number: row for row in rows}
    assert 0.1 * len(rows) <= len(held.rewritten) <= 0.2 * len(rows)
    sections = {(by_number[n].document.path, by_number[n].passage.section) for n in held.rewritten}
    beside = [row for row in rows if row.number not in held.rewritten]
    assert not sections & {(row.document.path, row.passage.section) for row in beside}
    kinds = {question.type for question in held.questions.questions}
    assert kinds == {"sentence", "heading"}
    for question in held.questions.questions:
        found = [row for row in rows if touches(row, [question])]
        assert found
        for row in found:
            passage = held.rewritten[row.number]
            assert passage.section == ()
            for name in (
                *row.passage.section[1:],
                *([question.question] if question.type == "sentence" else []),
            ):
                assert bare(name) in bare(row.passage.text)
                assert all(
                    bare(name) != bare(passage.text[s.text_start : s.text_end]) for s in passage.sentences
                )
            assert question.type != "sentence" or bare(question.question) not in bare(passage.text)
            assert (passage.start, passage.end) == (row.passage.start, row.passage.end)


def test_no_training_pair_holds_a_sentence_of_a_held_out_passage(rows: list[PassageRow]) -> None:
    held = hold_out(rows, None)
    pairs, plain = training_pairs(rows, held)
    learned = bare(
        "".join([text for source in pairs for pair in source.pairs for text in pair])
        + "".join(text for passage in plain.passages for text in passage)
    )
    aside = [row.passage for row in rows if row.number in held.rewritten]
    kept = [row.passage for row in rows if row.number not in held.rewritten]
    last = [bare(p.text[p.sentences[-1].text_start :]) for p in (*aside, *kept)]
    assert not any(text in learned for text in last[: len(aside)])
    assert all(text in learned for text in last[len(aside) :])


def test_too_few_gold_questions_are_learned_from_but_the_pairs_are_measured(
    rows: list[PassageRow], documents: Path, tmp_path: Path
) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(gold_lines(rows, 40), encoding="utf-8")
    held = hold_out(rows, read(file, documents))
    assert held.measured is Measured.PAIRS
    assert 0 < len(held.asked) < 40
    aside = [row for row in rows if row.number in held.rewritten]
    assert not any(touches(row, held.asked) for row in aside)
    pairs, _ = training_pairs(rows, held)
    asked = next(source for source in pairs if source.name == "gold questions")
    assert len(asked.pairs) == len(held.asked)


def tune(documents: Path, output: Path, settings: TuningSettings = FAST, **options: object) -> TuningReport:
    return tune_on_documents(documents, output, settings=settings, **options)


@pytest.fixture(scope="module")
def tuned(
    documents: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TuningReport, list[tuple[str, int, int]]]:
    stages: list[tuple[str, int, int]] = []
    output = tmp_path_factory.mktemp("tuned") / "model"
    settings = TuningSettings(batches=30, batch_pairs=64, replay=0.0, learning_rate=1e-3)
    return tune(documents, output, settings, on_progress=lambda *told: stages.append(told)), stages


def test_tuning_on_documents_finds_better_and_writes_a_model(tuned) -> None:
    report, stages = tuned
    assert report.written
    assert report.refused is None
    assert report.measured is Measured.PAIRS
    assert [(each.mode, each.metric) for each in report.changes] == [(m, n) for m in MODES for n in METRICS]
    for each in report.changes:
        assert each.difference == pytest.approx(each.after - each.before)
        assert each.low <= each.difference <= each.high
    ndcg = report.changes[METRICS.index("nDCG@10")]
    assert ndcg.difference > 0.02
    assert report.last_loss < report.first_loss
    assert list(dict.fromkeys(stage for stage, _, _ in stages)) == ["reading", "training", "after", "before"]
    for stage in {stage for stage, _, _ in stages}:
        *_, (_, done, total) = [told for told in stages if told[0] == stage]
        assert done == total
    assert not np.array_equal(load_model(report.folder)[1], load_model(BUNDLED_MODEL)[1])


def test_the_card_tells_of_the_tuning_and_keeps_the_licence(tuned) -> None:
    report, _ = tuned
    card = (report.folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: cc-by-sa-4.0\n")
    assert "Tuned from the bundled model" in card
    assert f"6 documents of {report.passages} passages" in card
    assert "TuningSettings(batches=30," in card
    assert f"| hybrid nDCG@10 | {report.changes[4].before:.3f} | {report.changes[4].after:.3f} |" in card
    assert "## Data, licences and attribution" in card
    assert (report.folder / "LICENSE").read_bytes() == (BUNDLED_MODEL / "LICENSE").read_bytes()


def test_gold_questions_are_measured_and_learned_from(
    documents: Path, gold_file: Path, tmp_path: Path
) -> None:
    report = tune(documents, tmp_path / "model", gold=gold_file, force=True)
    assert report.measured is Measured.GOLD
    assert report.notes == ()
    assert report.pairs["gold questions"] > 0


# With vectors wrecked like this numpy told in some runs of an invalid value in a product of finite numbers.
WRECKED = pytest.mark.filterwarnings("ignore:invalid value encountered in matmul:RuntimeWarning")
WRECKING = replace(FAST, learning_rate=30.0, batches=12)


@pytest.fixture(scope="module")
def wreck(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was written though it was worse."""
    output = tmp_path_factory.mktemp("wreck") / "model"
    refused = tune(documents, output, WRECKING)
    assert not refused.written
    assert refused.refused is not None
    assert "worse than bundled" in refused.refused
    assert "--force" in refused.refused
    assert not output.exists()
    assert list(output.parent.iterdir()) == []
    assert tune(documents, output, WRECKING, force=True).written
    return output


@WRECKED
def test_a_worse_model_is_not_written_unless_forced(wreck: Path) -> None:
    assert load_model(wreck)[1].shape == load_model(BUNDLED_MODEL)[1].shape


@WRECKED
def test_a_better_model_that_is_there_stays(documents: Path, wreck: Path, tmp_path: Path) -> None:
    output = tmp_path / "model"
    shutil.copytree(BUNDLED_MODEL, output)
    before = (output / "model.safetensors").read_bytes()
    # No worse than the wreck that it starts from, but worse than what is there.
    still = replace(FAST, learning_rate=1e-9)
    report = tune(documents, output, still, model=str(wreck))
    assert report.refused is not None
    assert f"worse than the model in {output}" in report.refused
    assert (output / "model.safetensors").read_bytes() == before
    assert report.over_existing
    forced = tune(documents, output, still, model=str(wreck), force=True)
    assert forced.written
    assert (output / "model.safetensors").read_bytes() != before
    # And the other way round the wreck gives way.
    back = tune(documents, output, still)
    assert back.written
    assert back.over_existing[4].difference > 0


def test_what_cannot_be_tuned_is_one_clear_error(documents: Path, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist"):
        tune(tmp_path / "nowhere", tmp_path / "model")
    few = tmp_path / "few"
    few.mkdir()
    (few / "one.txt").write_text("下雨了。河涨水。", encoding="utf-8")
    with pytest.raises(TrainingError, match="passages of several sentences"):
        tune(few, tmp_path / "model")
    with pytest.raises(TrainingError, match="no static model of ours"):
        tune(documents, tmp_path / "model", model="sentence-transformers/all-MiniLM-L6-v2")
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        '{"id": "q", "question": "谁", "evidence": [{"doc": "nowhere.md", "text": "a"}]}\n', encoding="utf-8"
    )
    with pytest.raises(GoldError, match=r"nowhere\.md"):
        tune(documents, tmp_path / "model", gold=gold)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(TrainingError, match="something else than a model"):
        tune(documents, other, force=True)
    assert [path.name for path in other.iterdir()] == ["thesis.tex"]
    assert not (tmp_path / "model").exists()
