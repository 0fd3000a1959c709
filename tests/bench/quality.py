"""Retrieval, answers and refusals measured on the seeds' gold questions and on BEIR folders.

python -m tests.bench.quality [--split test] [--beir FOLDER ...]
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytrec_eval

from embeddings.models import load_encoder
from qa.bot import Bot
from qa.gold import GoldQuestion, read_gold, recall
from qa.indexing import index_paths
from qa.types import Hit, Mode

ROOT = Path(__file__).parent.parent.parent
SEEDS = ROOT / "seeds"


def interval(values: list[float], seed: int = 0) -> str:
    """Mean with its 95% bootstrap interval over questions."""
    if not values:
        return "-"
    sample = np.random.default_rng(seed).choice(values, size=(2000, len(values)))
    low, high = np.quantile(sample.mean(axis=1), [0.025, 0.975])
    return f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]"


def spans(hits: Iterable[Hit]) -> list[tuple[str, int, int]]:
    return [(hit.document.path, hit.passage.start, hit.passage.end) for hit in hits]


def seed_retrieval(bot: Bot, questions: list[GoldQuestion]) -> None:
    for mode in Mode:
        groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for question in questions:
            if question.answerable:
                hits = bot.search(question.question, k=5, mode=mode)
                pair = recall(question, spans(hits[:1])), recall(question, spans(hits))
                groups[question.type].append(pair)
                groups["all"].append(pair)
        print(f"\n{mode.value}: recall@1, recall@5")
        for name, pairs in groups.items():
            print(
                f"  {name:16} {len(pairs):3}  {interval([a for a, _ in pairs]):24} {interval([b for _, b in pairs])}"
            )


def seed_answers(bot: Bot, questions: list[GoldQuestion]) -> None:
    answered: dict[str, list[float]] = defaultdict(list)
    holds: list[float] = []
    confidences: list[tuple[bool, float]] = []
    for question in questions:
        answer = bot.ask(question.question)
        kind = question.type if not question.answerable else "answerable"
        answered[kind].append(float(answer.answered))
        confidences.append((question.answerable, answer.confidence))
        if question.answerable and answer.answered:
            cited = [(c.document.path, c.start, c.end) for c in answer.citations]
            near = any(
                p == e.path and min(end, e.end) > max(start, e.start)
                for p, start, end in cited
                for e in question.evidence
            )
            holds.append(float(near))
    for kind, values in answered.items():
        print(f"  answered, {kind:18} {len(values):3}  {interval(values)}")
    print(f"  a citation overlaps the evidence, of those answered  {interval(holds)}")
    positive = [c for good, c in confidences if good]
    negative = [c for good, c in confidences if not good]
    auroc = np.mean([(p > n) + 0.5 * (p == n) for p in positive for n in negative])
    print(f"  AUROC of the confidence {auroc:.3f}")


def beir(folder: Path, encoder_name: str) -> None:
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    queries = {
        q["_id"]: q["text"] for q in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))
    }
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query_id, document_id, grade = line.split("\t")
        qrels[query_id][document_id] = int(grade)
    with tempfile.TemporaryDirectory() as data:
        texts = Path(data) / "texts"
        texts.mkdir()
        for entry in corpus:
            (texts / f"{entry['_id']}.txt").write_text(entry["text"], encoding="utf-8")
        index_paths(Path(data) / "default", [texts], load_encoder(encoder_name))
        bot = Bot(Path(data))
        for mode in Mode:
            run: dict[str, dict[str, float]] = {}
            for query_id in qrels:
                # An empty question, as one of cmrc-trial is, finds nothing and counts as such.
                found: dict[str, float] = {} if queries[query_id].strip() else {"": 0.0}
                for hit in [] if found else bot.search(queries[query_id], k=20, mode=mode):
                    found.setdefault(hit.document.path.removesuffix(".txt"), hit.score)
                run[query_id] = found
            scores = pytrec_eval.RelevanceEvaluator(dict(qrels), {"ndcg_cut.10", "recall.5"}).evaluate(run)
            values = [s["ndcg_cut_10"] for s in scores.values()]
            print(
                f"  {folder.name} {mode.value:8} nDCG@10 {interval(values)}  recall@5 {np.mean([s['recall_5'] for s in scores.values()]):.3f}"
            )
        bot.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="test")
    parser.add_argument("--beir", type=Path, nargs="*", default=[])
    parser.add_argument("--model", default="bundled")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        index_paths(Path(data) / "default", [SEEDS / "documents"], load_encoder(arguments.model))
        bot = Bot(Path(data))
        sources = {d.ref.path: bot.document(d.ref.id).source for d in bot.documents()}
        questions = [
            q for q in read_gold(SEEDS / "gold.jsonl", sources) if q.split in arguments.split.split(",")
        ]
        print(f"seeds, split {arguments.split}, {len(questions)} questions")
        seed_retrieval(bot, questions)
        print("\nanswers")
        seed_answers(bot, questions)
        bot.close()
    for folder in arguments.beir:
        beir(folder, arguments.model)


if __name__ == "__main__":
    sys.exit(main())
