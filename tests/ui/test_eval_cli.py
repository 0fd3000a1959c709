"""`yinju eval` as a user runs it: tables, JSON, files, comparisons, gates, review and errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from program import ROOT, yinju

from qa.bot import Bot
from qa.feedback import Rating

GOLD = ROOT / "seeds" / "gold.jsonl"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sixth question of the tune split, single ones and conversations."""
    entries = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    tune = [entry for entry in entries if entry["split"] == "tune"]
    chosen = [entry for entry in tune if "conversation" not in entry][::6]
    chosen += [entry for entry in tune if entry.get("conversation") in {"c02", "c08"}]
    file = tmp_path_factory.mktemp("gold") / "few.jsonl"
    file.write_text(
        "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in chosen), encoding="utf-8"
    )
    return file


def saved(folder: Path, few: Path, data: Path, mode: str) -> tuple[Path, dict[str, Any]]:
    done = yinju("eval", str(few), "--json", "--mode", mode, "--data", str(data), cwd=folder)
    assert done.returncode == 0, done.stderr
    file = folder / f"{mode}.json"
    file.write_text(done.stdout, encoding="utf-8")
    return file, json.loads(done.stdout)


def test_the_tables_tell_all_and_go_to_standard_output(tmp_path: Path, few: Path, seed_data: Path) -> None:
    done = yinju("eval", str(few), "--data", str(seed_data), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in (
        "few.jsonl",
        "5 documents in 360 passages",
        "recall@5",
        "nDCG@10",
        "document recall@1",
        "citations word for word",
        "AUROC",
        "calibration error of the confidence",
        "by type",
        "follow_up_standalone",
        "by language",
        "what became of the questions",
        "ms (p50)",
    ):
        assert words in done.stdout


def test_modes_are_compared_in_plain_words(tmp_path: Path, few: Path, seed_data: Path) -> None:
    done = yinju(
        "eval", str(few), "--compare", "lexical,dense,hybrid", "--data", str(seed_data), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "hybrid beats" in text or "No difference shown in" in text
    assert "after Holm's correction for 12 comparisons" in text


def test_saved_reports_are_read_and_compared(tmp_path: Path, few: Path, seed_data: Path) -> None:
    lexical, report = saved(tmp_path, few, seed_data, "lexical")
    hybrid, _ = saved(tmp_path, few, seed_data, "hybrid")
    assert report["format"] == 1
    assert len(report["runs"]) == 1
    assert report["runs"][0]["questions"][0]["hits"]
    done = yinju("eval", "--compare", f"{lexical.name},{hybrid.name}", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    compared = json.loads(done.stdout)
    assert [run["name"] for run in compared["runs"]] == ["lexical", "hybrid"]
    assert {each["baseline"] for each in compared["comparisons"]} == {"lexical"}
    assert {each["verdict"] for each in compared["comparisons"]} <= {"better", "worse", "no_difference"}


def test_files_are_written(tmp_path: Path, few: Path, seed_data: Path) -> None:
    done = yinju(
        *("eval", str(few), "--data", str(seed_data), "--mode", "dense"),
        *("--run", "out.trec", "--report", "out.html"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["Wrote out.trec.", "Wrote out.html."]
    lines = (tmp_path / "out.trec").read_text(encoding="utf-8").splitlines()
    assert all(len(line.split(" ")) == 6 for line in lines)
    assert "recall@5" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_each_of_several_runs_has_its_own_run_file(tmp_path: Path, few: Path, seed_data: Path) -> None:
    done = yinju(
        *("eval", str(few), "--data", str(seed_data), "--compare", "lexical,dense", "--run", "out.trec"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert {file.name for file in tmp_path.glob("*.trec")} == {"out.lexical.trec", "out.dense.trec"}


@pytest.mark.parametrize(("limit", "code"), [("RECALL@5=0.1", 0), ("recall@5=1", 1), ("auroc=0.999", 1)])
def test_a_figure_below_its_limit_fails(
    tmp_path: Path, few: Path, seed_data: Path, limit: str, code: int
) -> None:
    done = yinju("eval", str(few), "--fail-under", limit, "--data", str(seed_data), cwd=tmp_path)
    assert done.returncode == code
    assert ("too low: " in done.stderr) is bool(code)
    assert "recall@5" in done.stdout


def test_with_no_collection_the_seeds_are_indexed_first(tmp_path: Path, few: Path) -> None:
    done = yinju("eval", str(few), "--mode", "lexical", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "indexing the seed documents first" in done.stderr


def test_feedback_becomes_gold_once_a_person_confirms_it(tmp_path: Path, bot_over: Any) -> None:
    bot: Bot = bot_over({"河长.txt": "河长每周巡查一次河道。", "湖.txt": "湖长每月巡查一次湖泊。"})
    bot.record_feedback("谁管山林？", rating=Rating.DOWN)
    (hit,) = bot.search("河长多久巡查一次？", k=1)
    marked = (hit.document.id, hit.passage.start, hit.passage.end)
    bot.record_feedback("河长多久巡查一次？", passages=[marked])
    data = str(tmp_path / "data")
    # n: the documents do not tell; then passage 1, all of it, with the answer 每周.
    done = yinju("eval", "--from-feedback", "--data", data, typed="n\n1\n\n每周\n", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 questions added" in done.stderr
    assert "1 as unanswerable" in done.stderr
    gold = tmp_path / "data" / "default" / "gold.jsonl"
    entries = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    assert [entry["type"] for entry in entries] == ["unanswerable_feedback", "feedback"]
    assert entries[1]["answers"] == ["每周"]
    assert "gold.jsonl: 2 questions, 1 of them answerable" in done.stdout


def test_without_confirmed_feedback_there_is_nothing_to_evaluate(tmp_path: Path, bot_over: Any) -> None:
    bot_over({"河长.txt": "河长每周巡查一次河道。"})
    done = yinju("eval", "--from-feedback", "--data", str(tmp_path / "data"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "0 questions added" in done.stderr


def broken_gold(folder: Path) -> Path:
    file = folder / "broken.jsonl"
    file.write_text(
        "no JSON\n"
        '{"id": "a", "question": "河长？", "evidence": [{"doc": "none.txt", "text": "河长"}]}\n'
        '{"id": "a", "question": "河长？", "evidence": []}\n',
        encoding="utf-8",
    )
    return file


def test_all_problems_of_a_gold_file_are_told_a_line_each(tmp_path: Path, seed_data: Path) -> None:
    done = yinju("eval", str(broken_gold(tmp_path)), "--data", str(seed_data), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("error: ") and "broken.jsonl, line " in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no gold set to evaluate"),
        (["none.jsonl"], "none.jsonl: it cannot be read"),
        (["GOLD", "--mode", "magic"], "'magic' is neither a mode nor a saved report"),
        (["GOLD", "--compare", "hybrid"], "A comparison needs two runs"),
        (["GOLD", "--compare", "hybrid,bm25"], "'bm25' is neither a mode nor a saved report"),
        (["--compare", "old.json,new.json"], "old.json cannot be read"),
        (["--compare", "empty.json,new.json"], "empty.json is no evaluation report"),
        (["--compare", "future.json,new.json"], "is a report of format 99"),
        (["GOLD", "--fail-under", "recall@5"], "is no limit"),
        (["GOLD", "--fail-under", "recall@5=95"], "is no limit"),
        (["GOLD", "--fail-under", "beauty=0.5"], "has no figure 'beauty'"),
        (["GOLD", "--split", "dev"], "no question of the split 'dev'"),
        (["GOLD", "--depth", "0"], "--depth"),
        (["GOLD", "--mode", "dense", "--report", "no/such/folder.html"], "cannot be written"),
        (["GOLD", "--mode", "dense", "--run", "folder"], "cannot be written"),
        (["folder"], "it is no BEIR folder"),
        (["notes.md"], "it is no gold set"),
    ],
)
def test_bad_input_is_told_with_exit_code_2(
    tmp_path: Path, few: Path, seed_data: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.md").write_text("# Notes", encoding="utf-8")
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    (tmp_path / "future.json").write_text('{"format": 99}', encoding="utf-8")
    given = [str(few) if argument == "GOLD" else argument for argument in arguments]
    done = yinju("eval", *given, "--data", str(seed_data), cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
