"""Cold start, answers and sizes, as medians, each cold start beside a reference of the same run.

python -m tests.bench.speed
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

# As the command line sets it, before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from embeddings.static_encoder import BUNDLED_MODEL, bundled_encoder
from qa.bot import Bot
from qa.indexing import index_paths

ROOT = Path(__file__).parent.parent.parent
SEEDS = ROOT / "seeds"
RUNS = 5
QUESTION = "湖州全域生物物种达到多少种？"


def cpu_and_wall(command: list[str]) -> tuple[float, float]:
    """Seconds of processor time (user and system) and of wall time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def report_cold(name: str, command: list[str]) -> float:
    pairs = [cpu_and_wall(command) for _ in range(RUNS)]
    cpu = statistics.median(cpu for cpu, _ in pairs)
    print(
        f"{name:34} {cpu:5.2f} s of process time, {statistics.median(w for _, w in pairs):5.2f} s by the clock"
    )
    return cpu


def serve_until_ready(data: str) -> float:
    """Seconds from the start of the process until it answers /readyz."""
    port = "17860"
    started = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "serve", "--data", data, "--port", port],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - started < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                    return time.perf_counter() - started
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the server was not ready within two minutes")
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        started = time.perf_counter()
        report = index_paths(Path(data) / "default", [SEEDS / "documents"], bundled_encoder())
        print(
            f"index {report.documents} documents, {report.passages} passages  {time.perf_counter() - started:.2f} s"
        )

        bot = Bot(Path(data))
        questions = [json.loads(line)["question"] for line in (SEEDS / "gold.jsonl").open(encoding="utf-8")]
        for name, run in (("search", bot.search), ("ask", bot.ask)):
            for question in questions[:10]:
                run(question)
            times = []
            for question in questions:
                started = time.perf_counter()
                run(question)
                times.append(1000 * (time.perf_counter() - started))
            p99 = statistics.quantiles(times, n=100)[98]
            print(
                f"{name:34} p50 {statistics.median(times):.1f} ms, p99 {p99:.1f} ms over {len(times)} questions"
            )
        bot.close()

        reference = report_cold(
            "python -c 'import numpy, pydantic'", [sys.executable, "-c", "import numpy, pydantic"]
        )
        cpu = report_cold("yinju ask", [sys.executable, "-m", "ui.cli", "ask", QUESTION, "--data", data])
        print(f"{'':34} {cpu / reference:.1f} times the reference")
        ready = statistics.median(serve_until_ready(data) for _ in range(3))
        print(f"{'yinju serve, start to /readyz':34} {ready:.1f} s")
    size = sum(file.stat().st_size for file in BUNDLED_MODEL.rglob("*") if file.is_file())
    print(f"{'bundled model':34} {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
