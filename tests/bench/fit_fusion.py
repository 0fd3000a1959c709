"""Fit the network that ships in ``qa/fusion.json``.

It learns from questions whose passages the encoder was not trained on: those of the question sets that
``embeddings.training.corpora.held_out`` sets aside, in everyday words, in plain ones and in English, each
asked of all passages of its set. Neither the seeds nor the validation sets are looked at; `yinju eval` on
these tells what it is worth.

    python -m tests.bench.fit_fusion CORPORA
"""

import argparse
import json
import lzma
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from embeddings.lexical_tokens import lexical_tokens
from embeddings.static_encoder import bundled_encoder
from embeddings.training.corpora import WRITTEN, held_out
from qa.collection import open_snapshot
from qa.fusion import FUSION_FILE, SIGNALS, fusion_inputs
from qa.indexing import index_paths
from qa.queries import make_query
from qa.retrieval import gather_signals
from qa.types import Mode
from qa.understanding import understand

CANDIDATES = 100
"""Rows of each index that a question is learned from: more than are compared in use."""

NETWORKS = 3
UNITS = 24
EPOCHS = 20
BATCH = 64
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.5
PLAIN_WEIGHT = 0.7
"""Questions near the text are many and easy; they count for less."""


@dataclass(frozen=True)
class Example:
    kind: str
    inputs: np.ndarray
    relevant: np.ndarray
    weight: float


def read(file: Path) -> Iterator[dict[str, str]]:
    with (
        lzma.open(file, "rt", encoding="utf-8")
        if file.suffix == ".xz"
        else file.open(encoding="utf-8") as lines
    ):
        yield from map(json.loads, lines)


def question_sets(corpora: Path) -> Iterator[list[tuple[str, str, str]]]:
    """Sets of (question, passage, kind)."""
    written = [*read(corpora / "questions.jsonl"), *read(WRITTEN / "questions.jsonl")]
    yield [(entry["question"], entry["passage"], entry["kind"]) for entry in written]
    crowd = (entry for entry in read(corpora / "a_qa.jsonl.xz") if entry["source"] == "cmrc2018-train")
    yield [(entry["query"], entry["passage"], "crowd") for entry in crowd]


def examples(asked: list[tuple[str, str, str]]) -> Iterator[Example]:
    names = {passage: f"{n:05d}.txt" for n, passage in enumerate(dict.fromkeys(p for _, p, _ in asked))}
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts"
        texts.mkdir()
        for passage, name in names.items():
            (texts / name).write_text(passage, encoding="utf-8")
        index_paths(Path(folder) / "collection", [texts], bundled_encoder())
        snapshot = open_snapshot(Path(folder) / "collection")
        rows = snapshot.catalogue.passages([int(number) for number in snapshot.numbers])
        owner = np.asarray([rows[int(number)].document.path for number in snapshot.numbers])
        for question, passage, kind in asked:
            if not held_out(passage):
                continue
            query = understand(snapshot, make_query(question))
            tokens = lexical_tokens(query.content)
            found = gather_signals(snapshot, query, tokens, Mode.HYBRID, CANDIDATES)
            relevant = owner[found.rows] == names[passage]
            if relevant.any():
                weight = PLAIN_WEIGHT if kind == "plain" else 1.0
                yield Example(kind, fusion_inputs(found.values, query.language), relevant, weight)
        snapshot.catalogue.close()


class Ranker(torch.nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(inputs, 1)
        self.hidden = torch.nn.Linear(inputs, UNITS)
        self.output = torch.nn.Linear(UNITS, 1)
        torch.nn.init.zeros_(self.output.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (self.linear(x) + self.output(torch.relu(self.hidden(x))))[..., 0]


def fit(chosen: list[Example], mean: np.ndarray, scale: np.ndarray, seed: int) -> Ranker:
    """Softmax cross-entropy over the candidates of each question (ListNet, Cao et al. 2007)."""
    torch.manual_seed(seed)
    most = max(len(each.relevant) for each in chosen)
    x = torch.zeros(len(chosen), most, len(mean))
    wanted = torch.zeros(len(chosen), most)
    absent = torch.full((len(chosen), most), -1e9)
    weights = torch.tensor([each.weight for each in chosen])
    for at, each in enumerate(chosen):
        count = len(each.relevant)
        x[at, :count] = torch.from_numpy(((each.inputs - mean) / scale).astype(np.float32))
        wanted[at, :count] = torch.from_numpy(each.relevant / each.relevant.sum())
        absent[at, :count] = 0.0
    ranker = Ranker(len(mean))
    optimiser = torch.optim.AdamW(ranker.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = EPOCHS * (len(chosen) // BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(chosen)).split(BATCH)[: len(chosen) // BATCH]:
            scores = functional.log_softmax(ranker(x[batch]) + absent[batch], dim=1)
            loss = (-(wanted[batch] * scores).sum(dim=1) * weights[batch]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return ranker


def rounded(values: torch.Tensor | np.ndarray) -> list:
    return np.round(np.asarray(values, np.float64), 4).tolist()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    corpora: Path = parser.parse_args().corpora
    chosen = [each for asked in question_sets(corpora) for each in examples(asked)]
    inputs = np.concatenate([each.inputs for each in chosen])
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-4
    rankers = [fit(chosen, mean, scale, seed) for seed in range(NETWORKS)]
    kinds = sorted({each.kind for each in chosen})
    counts = ", ".join(f"{sum(each.kind == kind for each in chosen)} {kind}" for kind in kinds)
    with torch.no_grad():
        # The mean of several networks is one network with all their units.
        value = {
            "signals": SIGNALS,
            "trained_on": f"held-out questions: {counts}; {NETWORKS} networks of {UNITS} units, averaged",
            "mean": rounded(mean),
            "scale": rounded(scale),
            "linear": rounded(sum(ranker.linear.weight[0] for ranker in rankers) / NETWORKS),
            "hidden": rounded(torch.cat([ranker.hidden.weight for ranker in rankers])),
            "bias": rounded(torch.cat([ranker.hidden.bias for ranker in rankers])),
            "output": rounded(torch.cat([ranker.output.weight[0] for ranker in rankers]) / NETWORKS),
        }
    FUSION_FILE.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")
    print(value["trained_on"])


if __name__ == "__main__":
    main()
