"""Imports run one way: ui -> qa -> embeddings; heavy libraries only where they belong."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("embeddings", "qa", "ui")
ALLOWED = {"embeddings": {"embeddings"}, "qa": {"embeddings", "qa"}, "ui": set(OURS)}
FACES = {"fastapi", "gradio", "typer", "rich", "uvicorn", "pydantic", "starlette"}


def imported(file: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            names.add((node.module or "").split(".")[0])
    return names


def modules(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    return files


@pytest.mark.parametrize("package", OURS)
def test_a_layer_imports_only_itself_and_those_below(package: str) -> None:
    for file in modules(package):
        assert not (imported(file) & set(OURS)) - ALLOWED[package], file
        assert "tests" not in imported(file), file


@pytest.mark.parametrize("package", ["embeddings", "qa"])
def test_the_lower_layers_know_no_faces(package: str) -> None:
    for file in modules(package):
        assert not imported(file) & FACES, file


def test_the_core_types_use_the_standard_library_only() -> None:
    assert imported(ROOT / "qa" / "types.py") <= set(sys.stdlib_module_names)


def test_faiss_and_tantivy_stay_in_one_module_each() -> None:
    for package in OURS:
        for file in modules(package):
            names = imported(file)
            assert "faiss" not in names or file.name == "dense_index.py", file
            assert "tantivy" not in names or file.name == "lexical_index.py", file


def test_asking_from_the_command_line_imports_neither_torch_nor_gradio(seed_data: Path) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['yinju', 'ask', '湖州有多少种生物？', '--data', {str(seed_data)!r}]\n"
        "from ui.cli import app\n"
        "app(standalone_mode=False)\n"
        "heavy = {'torch', 'gradio', 'sentence_transformers', 'transformers', 'pandas', 'sklearn'}\n"
        "found = heavy & set(sys.modules)\n"
        "assert not found, found\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "8460" in done.stdout
