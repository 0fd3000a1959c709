"""`yinju train` on documents as a user runs it: what it says, what it writes, what it refuses."""

import json
import shutil
from pathlib import Path

import pytest
from program import ROOT, yinju
from typer.testing import CliRunner

from embeddings.training.corpora import FILES
from ui.cli import app

SEEDS = ROOT / "seeds" / "documents"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train") / "documents"
    folder.mkdir()
    # Without the longest, so that indexing them three times takes a moment.
    for file in SEEDS.glob("00[0234]_*"):
        shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="module")
def model(documents: Path) -> Path:
    output = documents.parent / "model"
    done = yinju(
        "train", str(documents), str(output), "--batches", "2", "--force", "--json", cwd=documents.parent
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["written"] is True
    assert {each["metric"] for each in report["changes"]} == {"recall@5", "nDCG@10", "MRR"}
    assert {each["mode"] for each in report["changes"]} == {"dense", "hybrid"}
    assert "is taken for documents: tuning the bundled model" in done.stderr
    assert "held-out pairs from the documents" in done.stderr
    assert "hybrid nDCG@10" in done.stderr
    assert f"yinju index --model {output}" in done.stderr
    return output


def test_the_tuned_model_indexes_and_answers(documents: Path, model: Path, tmp_path: Path) -> None:
    indexed = yinju("index", str(documents), "--model", str(model), cwd=tmp_path)
    assert indexed.returncode == 0, indexed.stderr
    asked = yinju("ask", "湖州全域生物物种达到多少种？", cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert "8460" in asked.stdout
    state = json.loads(yinju("status", "--json", cwd=tmp_path).stdout)
    assert str(model) in json.dumps(state)


def test_a_worse_model_is_one_line_and_exit_code_2(documents: Path, model: Path, tmp_path: Path) -> None:
    from embeddings.training.artifact import load_model, replace_model  # noqa: PLC0415

    # A model that is far worse, over which the bundled one in the folder must stay.
    tokenizer, vectors = load_model(model)
    bad = tmp_path / "bad"
    replace_model(bad, tokenizer, vectors[::-1].copy(), "# card\n")
    output = tmp_path / "output"
    shutil.copytree(model, output)
    before = (output / "model.safetensors").read_bytes()
    done = yinju("train", str(documents), str(output), "--from", str(bad), "--batches", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert f"worse than the model in {output}" in error
    assert "--force" in error
    assert (output / "model.safetensors").read_bytes() == before
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "model"), "nowhere does not exist"),
        (("documents", "model", "--from", "elsewhere"), "no static model of ours"),
        (("documents", "model", "--gold", "gold.jsonl"), "gold.jsonl"),
        (("documents", "documents"), "something else than a model"),
        (("documents", "documents", "--force"), "something else than a model"),
        (("few", "model"), "passages of several sentences"),
        (("corpora", "model", "--from", "other"), "a folder of corpora"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "documents").symlink_to(documents)
    for name in ("few", "corpora"):
        (tmp_path / name).mkdir()
    (tmp_path / "few" / "one.txt").write_text("下雨了。河涨水。", encoding="utf-8")
    for name in FILES:
        (tmp_path / "corpora" / name).touch()
    done = yinju("train", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert said in error
    assert error.endswith(".")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "model").exists()


def test_a_folder_of_corpora_is_said_to_be_one(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).touch()
    done = CliRunner().invoke(app, ["train", str(tmp_path), str(tmp_path / "model")])
    assert "is a folder of corpora: training a model from scratch" in done.stderr
