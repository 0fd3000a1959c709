"""What the README tells people to run is what is run here, and what it shows is there."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from ui.cli import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:sh|bash)\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[str]:
    """The lines that are commands; those that begin with # are comments, those with a space output."""
    lines = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line and not line.startswith(("#", " "))]


def test_the_second_command_is_the_one_that_ci_runs() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert gate in README


def test_the_first_command_installs_from_the_same_constraints_and_serves() -> None:
    first = next(line for line in commands() if line.startswith("python3 -m venv"))
    assert "pip install -q -c constraints.txt -e ." in first
    assert first.endswith("yinju serve")


def test_every_yinju_command_shown_parses() -> None:
    known = get_command(app).commands  # type: ignore[attr-defined]
    shown = [line.split("yinju ", 1)[1].split() for line in commands() if re.search(r"(^|/)yinju ", line)]
    assert shown
    for name, *arguments in shown:
        assert name in known, name
        options = {option for parameter in known[name].params for option in parameter.opts}
        for argument in arguments:
            if argument.startswith("-"):
                assert argument in options, f"yinju {name} {argument}"


@pytest.mark.parametrize("name", sorted(get_command(app).commands))  # type: ignore[attr-defined]
def test_every_command_is_documented(name: str) -> None:
    assert f"yinju {name}" in README


def test_every_module_named_is_there_and_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target
    for module in re.findall(r"`((?:qa|embeddings|ui|tests|seeds)/[\w/.-]+)`", README):
        assert (ROOT / module).exists(), module


def test_constraints_work_elsewhere() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+", line) for line in pins), "no +cpu, no hashes"
    assert any(line.startswith("torch==") for line in pins)
