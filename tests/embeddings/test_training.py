"""Training, from files to a model that retrieves, on a corpus small enough to train in a second."""

import json
import lzma
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer
from typer.testing import CliRunner

from embeddings.errors import TrainingError
from embeddings.folding import fold
from embeddings.training import TrainingSettings, held_out, measure_model, train
from embeddings.training.artifact import dequantise, load_model, mean_vectors, quantise
from embeddings.training.bags import Bags, bag_texts
from embeddings.training.batches import Batches
from embeddings.training.card import read_sources
from embeddings.training.corpora import FILES, WRITTEN, read_corpora, read_rows
from embeddings.training.marked import written_questions
from embeddings.training.trainer import thinned, token_weights
from embeddings.training.validation import measure
from embeddings.training.vocabulary import build_tokenizer, inner_tokens
from ui.cli import app

SETTINGS = TrainingSettings(
    dimension=32,
    batches=120,
    batch_pairs=16,
    words=400,
    english_words=200,
    letter_pieces=60,
    dropout=0.1,
    written=False,
)
README = """# Text for training

## Sources

| file | source | repository@commit | licence as stated there | in | out | remark |
|---|---|---|---|---:|---:|---|
| a_qa.jsonl.xz | crowd | someone/questions@abc1234 | CC BY-SA 4.0 | 40 | 40 | asked by people |
| e_plain.jsonl.xz | crowd-plain | someone/questions@abc1234 | as above | 40 | 40 | |

## Advice
- none
"""
PLACES = ("城南", "城北", "江边", "山脚", "码头", "车站", "校园", "老街", "湖区", "港口")
THINGS = {
    "雨水花园": "rain garden",
    "透水路面": "permeable pavement",
    "光伏屋顶": "solar roof",
    "充电桩": "charging pile",
    "垃圾分类": "waste sorting",
    "湿地公园": "wetland park",
    "共享单车": "shared bicycle",
    "地下管廊": "utility tunnel",
}
CLAIMS = ("由市政部门负责养护", "在去年完成了改造", "每年节约大量资金", "得到居民普遍欢迎")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    # Batches of sixteen are smaller than what handing them to a second thread costs.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def rows_of(name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for place in PLACES:
        for thing, english in THINGS.items():
            claims = "。".join(f"{place}的{thing}{claim}" for claim in CLAIMS) + "。"
            passage = f"{place}建设了{thing}。{claims}"
            if name == "a_qa.jsonl.xz":
                rows.append({"query": f"{place}的{thing}归谁管？", "passage": passage, "source": "crowd"})
                note = f"The {english} number {len(rows)} was built by the town."
                rows.append(
                    {"query": f"Who built {english} {len(rows)}?", "passage": note, "source": "qed-en"}
                )
            elif name.startswith("b_"):
                source = "csl-title" if "general" in name and place in PLACES[:3] else "prc-laws"
                source = "react-zh" if "general" in name and source == "prc-laws" else source
                rows.append({"query": f"{place}{thing}", "passage": passage, "source": source})
            elif name.startswith("c_en2zh"):
                rows.append({"query": f"{english} {place}", "passage": passage, "source": "tw-laws-en2zh"})
            elif name.startswith("c_"):
                source = "ntrex" if place in PLACES[:3] else "tatoeba"
                rows.append({"zh": f"{place}的{thing}", "en": f"the {english} {len(rows)}", "source": source})
            elif name.startswith("d_"):
                rows.append(
                    {"a": f"{place}有{thing}", "b": f"{thing}在{place}", "label": 1, "source": "paws-x-zh"}
                )
            elif name == "e_plain.jsonl.xz":
                rows.append({"text": f"{passage}第{len(rows)}处。", "source": "crowd-plain"})
            elif name == "questions.jsonl":
                rows.append(
                    {
                        "kind": "plain",
                        "question": f"{thing}{place}谁养护",
                        "passage": f"另：{passage}",
                        "source": "csl",
                    }
                )
    return rows


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    (folder / "README.md").write_text(README, encoding="utf-8")
    for name in FILES:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(name))
        if name.endswith(".xz"):
            (folder / name).write_bytes(lzma.compress(lines.encode(), preset=0))
        elif name.endswith(".jsonl"):
            (folder / name).write_text(lines, encoding="utf-8")
    pairs = list(THINGS.items())
    (folder / "lexicon.tsv").write_text(
        "word\tsame\tnear\tenglish\n"
        + "".join(f"{zh}\t{zh[::-1]} {zh[:2]}\t城市 {zh[2:]}\t{en}\n" for zh, en in pairs),
        encoding="utf-8",
    )
    (folder / "lexicon_en.tsv").write_text(
        "word\tchinese\tenglish\n" + "".join(f"{en}\t{zh}\t-\n" for zh, en in pairs), encoding="utf-8"
    )
    (folder / "spoken.tsv").write_text(
        "phrase\tformal\tnear\tenglish\n" + "".join(f"弄个{zh}\t{zh}\t-\t{en}\n" for zh, en in pairs),
        encoding="utf-8",
    )
    small = folder / "validation" / "small"
    (small / "qrels").mkdir(parents=True)
    corpus, queries, qrels = [], [], ["query-id\tcorpus-id\tscore"]
    for number, row in enumerate(rows_of("b_headings_law.jsonl.xz")):
        corpus.append(json.dumps({"_id": f"p{number}", "title": "", "text": row["passage"]}))
        queries.append(json.dumps({"_id": f"q{number}", "text": f"{row['query']}怎么样"}))
        qrels.append(f"q{number}\tp{number}\t1")
    (small / "corpus.jsonl").write_text("\n".join(corpus), encoding="utf-8")
    (small / "queries.jsonl").write_text("\n".join(queries), encoding="utf-8")
    (small / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(corpora: Path, tmp_path_factory: pytest.TempPathFactory):
    stages: list[tuple[str, int, int]] = []
    output = tmp_path_factory.mktemp("model")
    report = train(corpora, output, settings=SETTINGS, on_progress=lambda *told: stages.append(told))
    return report, stages


def test_what_was_written_for_training_is_read_beside_the_corpora(corpora: Path) -> None:
    alone = read_corpora(corpora, source_cap=SETTINGS.source_cap, written=None)
    beside = read_corpora(corpora, source_cap=SETTINGS.source_cap)
    before, after = ({source.name: len(source.pairs) for source in found.pairs} for found in (alone, beside))
    grown = {name for name, size in after.items() if size > before[name]}
    assert {"lexicon: said otherwise", "lexicon: English", "spoken phrases"} <= grown


def test_what_was_written_for_training_is_whole() -> None:
    words = [row["word"] for row in read_rows(WRITTEN / "lexicon.tsv", FILES["lexicon.tsv"])]
    phrases = [row["phrase"] for row in read_rows(WRITTEN / "spoken.tsv", FILES["spoken.tsv"])]
    questions = list(read_rows(WRITTEN / "questions.jsonl", (*FILES["questions.jsonl"], "id")))
    assert len(words) == len(set(words))
    assert len(phrases) == len(set(phrases))
    assert len(words) + len(phrases) >= 8_000
    assert len({row["id"] for row in questions}) == len(questions) >= 2_000
    assert {row["kind"] for row in questions} == {"colloquial", "plain", "english"}
    assert all(row["question"].strip() and row["passage"].strip() for row in questions)
    stated = (WRITTEN / "README.md").read_text(encoding="utf-8")
    assert all(f"{len(rows):,}" in stated for rows in (words, phrases, questions))


def test_what_the_reader_learns_from_is_whole() -> None:
    pairs = list(read_rows(WRITTEN / "pairs.jsonl", ("id", "kind", "answered", "unanswered", "source")))
    unanswered = list(read_rows(WRITTEN / "unanswered.tsv", ("kind",)))
    assert len({row["id"] for row in pairs}) == len(pairs)
    assert {row["kind"] for row in pairs} == {"colloquial", "plain", "english"}
    assert all(row["answered"] != row["unanswered"] for row in pairs)
    marked = [*written_questions(aside=False), *written_questions(aside=True)]
    assert sum(each.answer is None for each in marked) == len(unanswered) + len(pairs)
    for each in marked:
        assert each.answer is None or each.passage[slice(*each.answer)].strip()
    stated = (WRITTEN / "README.md").read_text(encoding="utf-8")
    assert all(f"{len(rows):,}" in stated for rows in (pairs, unanswered))


def test_what_was_written_for_training_shares_nothing_with_the_seeds() -> None:
    folder = Path(__file__).resolve().parents[2] / "seeds" / "documents"
    seeds = "".join("".join(file.read_text(encoding="utf-8").split()) for file in folder.iterdir())
    rows = [
        row for name in ("questions.jsonl", "pairs.jsonl") for row in read_rows(WRITTEN / name, ("passage",))
    ]
    for written in dict.fromkeys(row["passage"] for row in rows):
        passage = "".join(written.split())
        assert not any(passage[at : at + 25] in seeds for at in range(0, len(passage) - 25, 5))


def test_the_loss_falls_and_progress_is_told(trained) -> None:
    report, stages = trained
    assert report.last_loss < report.first_loss * 0.8
    assert list(dict.fromkeys(stage for stage, _, _ in stages)) == [
        "reading",
        "vocabulary",
        "tokens",
        "training",
        "validation",
        "saving",
    ]
    for stage in {stage for stage, _, _ in stages}:
        *_, (_, done, total) = [told for told in stages if told[0] == stage]
        assert done == total
    assert sum(stage == "training" for stage, _, _ in stages) == SETTINGS.batches


def test_the_model_retrieves_far_better_than_chance(corpora: Path, trained) -> None:
    report, _ = trained
    figures = report.figures["small"]
    chance = 5 / figures.passages
    assert figures.questions == figures.passages == len(PLACES) * len(THINGS)
    assert figures.recall_5 > 10 * chance
    assert 0 < figures.ndcg_10 <= 1
    assert measure_model(report.folder, corpora / "validation") == report.figures


def test_both_runtimes_open_the_folder_and_agree(trained) -> None:
    report, _ = trained
    texts = [fold(str(row["passage"])) for row in rows_of("b_headings_law.jsonl.xz")][:20]
    texts += ["", "。！", "only english words", "кириллица", "x" * 50, "雨水" * 2000]
    light = StaticModel.from_pretrained(report.folder).encode(texts)
    full = SentenceTransformer(str(report.folder), device="cpu").encode(texts)
    plain = mean_vectors(*load_model(report.folder), texts)
    assert light.dtype == full.dtype == np.float32
    assert light.shape == (len(texts), SETTINGS.dimension)
    np.testing.assert_allclose(light, full, atol=1e-6)
    np.testing.assert_allclose(light, plain, atol=1e-6)
    lengths = np.linalg.norm(light, axis=1)
    empty = [texts.index(""), texts.index("。！"), texts.index("кириллица")]
    assert not lengths[empty].any()
    np.testing.assert_allclose(np.delete(lengths, empty), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_model_and_another_another(
    corpora: Path, trained, tmp_path: Path
) -> None:
    report, _ = trained
    again = train(corpora, tmp_path / "again", settings=SETTINGS)
    one, two = (load_model(folder)[1] for folder in (report.folder, again.folder))
    np.testing.assert_array_equal(one, two)
    tokenizers = [(folder / "tokenizer.json").read_bytes() for folder in (report.folder, again.folder)]
    assert tokenizers[0] == tokenizers[1]
    data = read_corpora(corpora, source_cap=SETTINGS.source_cap, written=None)
    batches = Batches(data, load_model(report.folder)[0], SETTINGS)
    first, second = (next(batches.stream(1, seed)).queries.ids for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_the_card_keeps_the_sources_and_the_licence_lies_beside(trained) -> None:
    report, _ = trained
    card = (report.folder / "README.md").read_text(encoding="utf-8")
    assert "| e_plain.jsonl.xz | crowd-plain | someone/questions@abc1234 | CC BY-SA 4.0 | 40 |" in card
    assert f"{report.figures['small'].ndcg_10:.3f}" in card
    assert repr(SETTINGS) in card
    assert "CC BY-SA 4.0" in (report.folder / "LICENSE").read_text(encoding="utf-8")
    assert report.size_bytes == sum(
        path.stat().st_size for path in report.folder.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize("name", [*FILES, "README.md"])
def test_a_missing_file_is_one_clear_error(corpora: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    for path in corpora.iterdir():
        if path.name not in {name, "validation"}:
            (folder / path.name).symlink_to(path)
    with pytest.raises(TrainingError, match=name.replace(".", r"\.")) as caught:
        train(folder, tmp_path / "model", settings=SETTINGS)
    assert caught.value.remedy.endswith(".")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "model").exists()


def test_damaged_and_odd_data_are_refused(corpora: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no folder"):
        train(tmp_path / "nowhere", tmp_path / "model", settings=SETTINGS)
    folder = tmp_path / "some"
    folder.mkdir()
    for path in corpora.iterdir():
        if path.name != "validation":
            (folder / path.name).write_bytes(path.read_bytes())
    questions = folder / "questions.jsonl"
    for content, said in (
        (b"{not json\n", "cannot be read"),
        (b'{"question": "a"}\n', "has no field"),
        (b"[1]\n", "has no field"),
        (b"\xff\xfe\n", "cannot be read"),
        (b"", "no pairs"),
    ):
        questions.write_bytes(content)
        with pytest.raises(TrainingError, match=said):
            read_corpora(folder, source_cap=100, written=None)
    questions.write_bytes((corpora / "questions.jsonl").read_bytes())
    (folder / "e_plain.jsonl.xz").write_bytes((corpora / "e_plain.jsonl.xz").read_bytes()[:200])
    with pytest.raises(TrainingError, match="cannot be read"):
        read_corpora(folder, source_cap=100, written=None)
    (folder / "README.md").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="no table of sources"):
        read_sources(folder / "README.md")


@pytest.mark.parametrize(
    "bad", [{"dimension": 4}, {"batches": 0}, {"learning_rate": 0}, {"dropout": 1}, {"smoothing": -1}]
)
def test_settings_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(TrainingError, match=next(iter(bad))):
        TrainingSettings(**bad)


def test_held_out_is_stable_and_looks_at_nothing_but_the_letters() -> None:
    # Fixed answers: a ranker fitted later must find the same passages set aside as the encoder's training did.
    assert [number for number in range(60) if held_out(f"第{number}段")] == HELD
    assert all(held_out(f" 第{number}\n段 ") for number in HELD)
    share = sum(held_out(f"passage {number}") for number in range(7000)) / 7000
    assert share == pytest.approx(1 / 7, abs=0.02)


HELD = [0, 4, 8, 12, 38, 41]


def test_held_out_passages_are_in_no_pair(corpora: Path) -> None:
    data = read_corpora(corpora, source_cap=SETTINGS.source_cap, written=None)
    asked = [str(row["passage"]) for row in rows_of("a_qa.jsonl.xz") + rows_of("questions.jsonl")]
    aside = {fold(passage) for passage in asked if held_out(passage)}
    assert aside
    assert not aside & set(data.texts())
    kept = {fold(passage) for passage in asked if not held_out(passage)}
    assert kept <= set(data.texts())


def test_no_validation_text_is_trained_on(corpora: Path, tmp_path: Path) -> None:
    data = read_corpora(corpora, source_cap=SETTINGS.source_cap, written=None)
    assert not [text for text in data.texts() if text.endswith("怎么样")]


def test_a_batch_is_of_one_source_and_repeats_nothing(corpora: Path, trained) -> None:
    report, _ = trained
    tokenizer, _ = load_model(report.folder)
    data = read_corpora(corpora, source_cap=SETTINGS.source_cap, written=None)
    batches = Batches(data, tokenizer, SETTINGS)
    seen = set()
    for batch in batches.stream(600, 7):
        seen.add(batch.source)
        limit = SETTINGS.batch_pairs * 2
        assert len(batch.queries) == len(batch.passages) <= limit
        for bags in (batch.queries, batch.passages):
            assert (bags.lengths() > 0).all()
            assert bags.starts[-1] == len(bags.ids)
    assert seen == set(batches.sizes)
    passages = {
        tuple(bag)
        for bag in _lists(bag_texts(tokenizer, [text for pair in data.pairs[0].pairs for text in pair]))
    }
    crowd = next(batch for batch in batches.stream(300, 1) if batch.source == data.pairs[0].name)
    for bags in (crowd.queries, crowd.passages):
        assert len({tuple(bag) for bag in _lists(bags)}) == len(bags)
        assert {tuple(bag) for bag in _lists(bags)} <= passages


def _lists(bags) -> list[list[int]]:
    return [
        bags.ids[start:end].tolist() for start, end in zip(bags.starts[:-1], bags.starts[1:], strict=True)
    ]


def test_taking_bags_equals_taking_lists() -> None:
    rng = np.random.default_rng(3)
    tokenizer = build_tokenizer(["一二三四五六七八九十 abc"], [], SETTINGS)
    texts = ["".join(rng.choice(list("一二三四五六七八九十"), size=rng.integers(0, 9))) for _ in range(40)]
    bags = bag_texts(tokenizer, texts)
    rows = rng.integers(0, 40, size=100)
    assert _lists(bags.take(rows)) == [_lists(bags)[row] for row in rows]


def test_dropout_leaves_tokens_out_in_order_and_never_empties_a_text() -> None:
    rng = np.random.default_rng(5)
    lengths = rng.integers(1, 30, size=300)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    bags = Bags(np.arange(starts[-1], dtype=np.int32), starts)
    assert thinned(bags, 0.0, rng) is bags
    left = thinned(bags, 0.6, rng)
    assert len(left) == len(bags)
    assert (left.lengths() > 0).all()
    assert len(left.ids) == pytest.approx(0.4 * len(bags.ids), rel=0.1)
    for few, all_of_them in zip(_lists(left), _lists(bags), strict=True):
        assert few == sorted(few)
        assert set(few) <= set(all_of_them)


def test_tokens_are_words_digits_apart_punctuation_gone() -> None:
    texts = ["海绵城市建设", "城市的海绵", "carbon emissions peak"] * 5
    tokenizer = build_tokenizer(texts, ["碳达峰"], SETTINGS)
    cut = tokenizer.encode("海绵城市，2030年ＣＡＲＢＯＮ！")
    assert cut.tokens == ["海绵", "城市", "2", "0", "3", "0", "年", "carbon"]
    assert [place for place, number in enumerate(cut.ids) if number == 0] == [6]
    inner = inner_tokens(tokenizer)
    ids = tokenizer.get_vocab()
    assert {ids["海"], ids["绵"]} == set(inner[ids["海绵"]])
    with pytest.raises(TrainingError, match="no words"):
        build_tokenizer(["...", "123"], [], SETTINGS)


def test_quantised_rows_are_within_half_a_step() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32)
    rows[7] = 0
    whole, steps = quantise(rows)
    assert whole.dtype == np.int8
    assert steps[7] == 0
    assert (np.abs(dequantise(whole, steps) - rows) <= steps[:, None] * 0.5001).all()


def test_weights_fall_with_frequency() -> None:
    weights = token_weights(np.array([0, 10, 1000, 100_000]), 1e-3)
    assert (np.diff(weights) < 0).all()
    assert weights[0] == 1
    assert (token_weights(np.array([5, 6]), 0) == 1).all()


def test_folders_that_are_no_model_or_no_validation_set_are_refused(trained, tmp_path: Path) -> None:
    report, _ = trained
    with pytest.raises(TrainingError, match="no model"):
        load_model(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"_id": "p", "text": "海绵"}\n', encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "海绵"}\n', encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nother\tp\t1\n", encoding="utf-8"
    )
    with pytest.raises(TrainingError, match="No question"):
        measure(tmp_path, *load_model(report.folder))


def test_asking_what_is_held_out_does_not_import_torch() -> None:
    code = "import sys; from embeddings.training import held_out; held_out('段'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_command_trains_and_prints_its_figures(corpora: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", str(corpora), str(tmp_path / "model"), "--batches", "20"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["batches"] == 20
    assert report["folder"] == str(tmp_path / "model")
    assert StaticModel.from_pretrained(tmp_path / "model").dim == report["dimension"]


def test_training_anew_replaces_no_better_model(corpora: Path, tmp_path: Path) -> None:
    output = tmp_path / "model"
    good = train(corpora, output, settings=SETTINGS)
    weights = (output / "model.safetensors").read_bytes()
    barely = replace(SETTINGS, batches=1, dimension=8)
    with pytest.raises(TrainingError, match=r"worse than the one in .*: mean nDCG@10 0\.\d+ against 1\.000"):
        train(corpora, output, settings=barely)
    assert (output / "model.safetensors").read_bytes() == weights
    worse = train(corpora, output, settings=barely, force=True)
    assert worse.figures["small"].ndcg_10 < good.figures["small"].ndcg_10
    assert (output / "model.safetensors").read_bytes() != weights
    again = train(corpora, output, settings=SETTINGS)
    assert again.figures == good.figures


def test_a_model_is_not_replaced_where_nothing_tells_which_is_better(corpora: Path, tmp_path: Path) -> None:
    data, output = tmp_path / "corpora", tmp_path / "model"
    shutil.copytree(corpora, data, ignore=shutil.ignore_patterns("validation"))
    train(data, output, settings=replace(SETTINGS, batches=1))
    with pytest.raises(TrainingError, match=r"nothing in .* to compare") as refused:
        train(data, output, settings=replace(SETTINGS, batches=1))
    assert "--force" in refused.value.remedy
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(TrainingError, match="something else"):
        train(data, tmp_path / "notes", settings=SETTINGS, force=True)
