"""The program as a user runs it: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def yinju(*arguments: str, cwd: Path, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program in an empty working folder; ``typed`` is its standard input."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YINJU_")}
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        cwd=cwd,
        input=typed,
        env=environment | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
