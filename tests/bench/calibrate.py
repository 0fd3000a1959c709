"""Fit the confidence model that ships in ``qa/confidence.json``.

Every question is asked twice: of a collection that holds its answer, and of one from which the
answering document was taken away. To these come the unanswerable questions of the tune split. Nothing
of the test split is looked at.

    python -m tests.bench.calibrate CORPORA
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from embeddings.static_encoder import bundled_encoder
from embeddings.training.corpora import held_out
from qa.bot import Bot
from qa.confidence import CALIBRATION_FILE, FEATURES, confidence_features
from qa.errors import QuestionError
from qa.evidence import rank_sentences
from qa.gold import read_gold
from qa.indexing import index_paths
from qa.matching import content_tokens
from qa.queries import make_query
from qa.retrieval import retrieve
from qa.types import Language
from tests.bench.quality import SEEDS

K = 5
PER_SOURCE = 300
SEED_WEIGHT = 3.0


@dataclass(frozen=True)
class Example:
    language: Language
    features: dict[str, float]
    answerable: bool
    weight: float
    source: str


def example(bot: Bot, question: str, *, answerable: bool, weight: float, source: str) -> Example | None:
    try:
        query = make_query(question)
    except QuestionError:
        return None
    snapshot = bot.snapshot()
    hits = retrieve(snapshot, query, k=K)
    content = content_tokens(snapshot, query)
    evidence = rank_sentences(snapshot, query, content, hits)
    return Example(
        query.language, confidence_features(content, hits, evidence, None), answerable, weight, source
    )


def bot_over(texts: dict[str, str], folder: Path) -> Bot:
    (folder / "texts").mkdir(parents=True)
    for name, text in texts.items():
        (folder / "texts" / f"{name}.txt").write_text(text, encoding="utf-8")
    index_paths(folder / "data" / "default", [folder / "texts"], bundled_encoder())
    return Bot(folder / "data")


def halves(texts: dict[str, str], questions: list[tuple[str, str]], source: str) -> Iterator[Example | None]:
    """Each half of the documents is a collection; a question is answerable in one and not in the other."""
    names = sorted(texts)
    for half in (names[::2], names[1::2]):
        with tempfile.TemporaryDirectory() as folder:
            bot = bot_over({name: texts[name] for name in half}, Path(folder))
            for question, name in questions:
                yield example(bot, question, answerable=name in set(half), weight=1.0, source=source)
            bot.close()


def validation(folder: Path) -> Iterator[Example | None]:
    texts = {e["_id"]: e["text"] for e in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    asked = {e["_id"]: e["text"] for e in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))}
    qrels = [line.split("\t") for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]]
    step = max(1, len(qrels) // PER_SOURCE)
    yield from halves(texts, [(asked[query], document) for query, document, _ in qrels[::step]], folder.name)


def held_out_questions(corpora: Path) -> Iterator[Example | None]:
    """Questions on passages that the encoder was not trained on, in everyday words and in English."""
    entries = [json.loads(line) for line in (corpora / "questions.jsonl").open(encoding="utf-8")]
    kept = [entry for entry in entries if held_out(entry["passage"])]
    texts = {entry["id"]: entry["passage"] for entry in kept}
    for kind in sorted({entry["kind"] for entry in kept}):
        asked = [(entry["question"], entry["id"]) for entry in kept if entry["kind"] == kind]
        yield from halves(texts, asked[:PER_SOURCE], f"held-out {kind}")


def seeds() -> Iterator[Example | None]:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (SEEDS / "documents").glob("*.txt")}
    sources = {f"{name}.txt": text for name, text in texts.items()}
    questions = [q for q in read_gold(SEEDS / "gold.jsonl", sources) if q.split == "tune"]
    for away in (None, *texts):
        with tempfile.TemporaryDirectory() as folder:
            bot = bot_over({name: text for name, text in texts.items() if name != away}, Path(folder))
            for question in questions:
                documents = {run.path.removesuffix(".txt") for run in question.evidence}
                if away is None or documents == {away}:
                    yield example(
                        bot,
                        question.question,
                        answerable=away is None and question.answerable,
                        weight=SEED_WEIGHT,
                        source="seeds, tune split",
                    )
            bot.close()


def fit(examples: list[Example], language: Language) -> tuple[dict[str, float], float, float, str]:
    """Weights, threshold, usual standing, and a line on how well they do on their own examples."""
    chosen = [e for e in examples if e.language is language]
    matrix = np.asarray([[e.features[name] for name in FEATURES] for e in chosen])
    labels = np.asarray([e.answerable for e in chosen])
    weights = np.asarray([e.weight for e in chosen])
    scale = matrix.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
    model.fit(matrix / scale, labels, sample_weight=weights)
    coefficients = model.coef_[0] / scale
    probability = model.predict_proba(matrix / scale)[:, 1]
    mine = np.asarray([e.source.startswith("seeds") for e in chosen])
    # The threshold lets through 94% of the answerable questions of the seeds' tune split.
    threshold = float(np.quantile(probability[labels & mine], 0.06))
    figures = []
    for source in sorted({e.source for e in chosen}):
        of = np.asarray([e.source == source for e in chosen])
        figures.append(
            f"{source}: AUROC {roc_auc_score(labels[of], probability[of]):.3f}, answers "
            f"{np.mean(probability[of & labels] >= threshold):.0%} of {int((of & labels).sum())} answerable, refuses "
            f"{np.mean(probability[of & ~labels] < threshold):.0%} of {int((of & ~labels).sum())} unanswerable"
        )
    named = dict(zip(FEATURES, (round(float(c), 4) for c in coefficients), strict=True))
    usual = float(np.mean([e.features["standing"] for e in chosen]))
    return named | {"intercept": round(float(model.intercept_[0]), 4)}, threshold, usual, "; ".join(figures)


def kept(examples: Iterable[Example | None]) -> list[Example]:
    return [e for e in examples if e is not None]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    corpora: Path = parser.parse_args().corpora
    examples = kept(seeds()) + kept(held_out_questions(corpora))
    for folder in sorted((corpora / "validation").iterdir()):
        examples += kept(validation(folder))
    weights, thresholds, standings, figures = {}, {}, {}, []
    for language in Language:
        weights[language.value], threshold, usual, line = fit(examples, language)
        thresholds[language.value] = round(threshold, 4)
        standings[language.value] = round(usual, 4)
        figures.append(f"{language.value}: {line}")
        print(language.value, weights[language.value], threshold, line.replace("; ", "\n  "), sep="\n  ")
    value = {
        "weights": weights,
        "threshold": thresholds,
        "usual_standing": standings,
        "trained_on": " | ".join(figures),
    }
    CALIBRATION_FILE.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
