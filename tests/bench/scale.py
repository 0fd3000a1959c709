"""Search and answers over many passages: latency of one client, memory of the process, size of the model.

python -m tests.bench.scale CORPORA [--passages 100000]
"""

import argparse
import json
import lzma
import os
import resource
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

# As the command line sets it, before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from embeddings.static_encoder import BUNDLED_MODEL, bundled_encoder
from qa.bot import Bot
from qa.indexing import index_paths

PER_TEXT = 1.02
"""Passages that a text of the corpora is cut into, about."""
ASKED = 1000


def megabytes() -> float:
    """Memory that belongs to this process alone (RssAnon), in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1000


def tell(name: str, give: Callable[[str], object], warming: list[str], timed: list[str]) -> None:
    """Print the latency of one client that asks one question after the other."""
    for question in warming:
        give(question)
    seconds = []
    for question in timed:
        started = time.perf_counter()
        give(question)
        seconds.append(time.perf_counter() - started)
    p50, p99 = np.quantile(seconds, [0.5, 0.99]) * 1000
    print(f"{name} p50 {p50:.1f} ms, p99 {p99:.1f} ms over {len(seconds)} questions, one client", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts"
        texts.mkdir()
        with lzma.open(arguments.corpora / "e_plain.jsonl.xz", "rt", encoding="utf-8") as lines:
            for number, line in enumerate(islice(lines, int(arguments.passages / PER_TEXT))):
                (texts / f"{number:06d}.txt").write_text(json.loads(line)["text"], encoding="utf-8")
        started = time.perf_counter()
        process = os.fork()
        if process == 0:  # a process of its own, so that its memory is not counted below
            index_paths(Path(folder) / "data" / "default", [texts], bundled_encoder())
            os._exit(0)
        _, failed = os.waitpid(process, 0)
        assert not failed
        print(f"indexed in {time.perf_counter() - started:.0f} s")
        bot = Bot(Path(folder) / "data")
        snapshot = bot.snapshot()
        with (arguments.corpora / "questions.jsonl").open(encoding="utf-8") as lines:
            asked = [json.loads(line)["question"] for line in islice(lines, 4 * ASKED)]
        print(f"{snapshot.manifest.passages:,} passages, {snapshot.manifest.dense}")
        # No question is put twice: the texts that it leaves in memory would help it.
        tell("search", bot.search, asked[:ASKED], asked[ASKED : 2 * ASKED])
        tell("ask", bot.ask, asked[2 * ASKED : 3 * ASKED], asked[3 * ASKED :])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"memory {megabytes():.0f} MB of its own, peak {peak:.0f} MB with the mapped files")
        size = sum(file.stat().st_size for file in BUNDLED_MODEL.rglob("*") if file.is_file())
        print(f"bundled model {size / 1e6:.1f} MB")
        bot.close()


if __name__ == "__main__":
    main()
