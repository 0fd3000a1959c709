"""Fit the confidence model that ships in ``qa/confidence.json``.

Every question is asked twice: of a collection that holds its answer, and of one from which the
answering document was taken away; the collections have from 6 to 30,000 passages. To these come questions that look as if a passage of the collection
answered them, the unanswerable questions of the tune split, and questions about other things altogether and
keys struck at random, asked of the seeds. Nothing of the test split is looked at.

    python -m tests.bench.calibrate CORPORA
"""

import argparse
import json
import lzma
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import nan
from pathlib import Path
from random import Random

import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from embeddings.static_encoder import bundled_encoder
from embeddings.training.corpora import WRITTEN, held_out, read_rows
from embeddings.training.marked import written_questions
from qa.bot import Bot
from qa.cohort import cohort
from qa.confidence import CALIBRATION_FILE, FEATURES, FEW_PASSAGES, confidence_features
from qa.errors import QuestionError
from qa.evaluation.gold import read_gold
from qa.evidence import rank_sentences
from qa.indexing import index_paths
from qa.matching import content_tokens
from qa.queries import make_query
from qa.retrieval import find
from qa.types import Language
from qa.understanding import understand

SEEDS = Path(__file__).parent.parent.parent / "seeds"

K = 5
PER_SOURCE = 300
FEW = 6
LARGE = 30_000
SEED_WEIGHT = 3.0
RIDGE = 1.0


@dataclass(frozen=True)
class Example:
    language: Language
    features: dict[str, float]
    answerable: bool
    weight: float
    source: str


def example(bot: Bot, question: str, *, answerable: bool, weight: float, source: str) -> Example | None:
    snapshot = bot.snapshot()
    # The usual standing is known when all other examples are: until then it is not a number.
    unknown = nan if len(snapshot.numbers) < FEW_PASSAGES else None
    try:
        query = understand(snapshot, make_query(question))
    except QuestionError:
        return None
    found = find(snapshot, query, k=K)
    content = content_tokens(snapshot, query)
    evidence = rank_sentences(content, found.hits, found.readings)
    usual = snapshot.manifest.usual[query.language.value]
    features = confidence_features(content, found, evidence, usual=usual, usual_standing=unknown)
    return Example(query.language, features, answerable, weight, source)


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


def held_out_entries(corpora: Path) -> list[dict[str, str]]:
    """Questions on passages that the encoder was not trained on, in everyday words and in English."""
    entries = [json.loads(line) for line in (corpora / "questions.jsonl").open(encoding="utf-8")]
    return [entry for entry in entries if held_out(entry["passage"])]


def held_out_questions(corpora: Path) -> Iterator[Example | None]:
    kept = held_out_entries(corpora)
    texts = {entry["id"]: entry["passage"] for entry in kept}
    for kind in sorted({entry["kind"] for entry in kept}):
        asked = [(entry["question"], entry["id"]) for entry in kept if entry["kind"] == kind]
        yield from halves(texts, asked[:PER_SOURCE], f"held-out {kind}")


def cohort_passages() -> set[str]:
    """The passages that the questions of the cohort were asked of: no collection is to answer them."""
    known = {question for questions in cohort().values() for question in questions}
    rows = read_rows(WRITTEN / "questions.jsonl", ("question", "passage"))
    return {row["passage"] for row in rows if row["question"] in known}


def near_misses() -> Iterator[Example | None]:
    """Questions on held-out passages, and as many that such a passage seems to answer and does not."""
    taken = cohort_passages()
    marked = [each for each in written_questions(aside=True) if each.passage not in taken]
    texts = {str(at): text for at, text in enumerate(dict.fromkeys(each.passage for each in marked))}
    answered = [each.question for each in marked if each.answer]
    missed = [each.question for each in marked if not each.answer]
    rng = Random(0)
    with tempfile.TemporaryDirectory() as folder:
        bot = bot_over(texts, Path(folder))
        for questions, answerable in ((answered, True), (missed, False)):
            for question in rng.sample(questions, min(2 * PER_SOURCE, len(questions))):
                yield example(bot, question, answerable=answerable, weight=1.0, source="near misses")
        bot.close()


def large_collection(corpora: Path) -> Iterator[Example | None]:
    """Half of the held-out passages among LARGE others, and the questions on both halves."""
    entries = held_out_entries(corpora)
    passages = list(dict.fromkeys(entry["passage"] for entry in entries))
    own, left_out = passages[::2], {*passages, *cohort_passages()}
    with lzma.open(corpora / "e_plain.jsonl.xz", "rt", encoding="utf-8") as lines:
        others = [json.loads(line)["text"] for line in islice(lines, LARGE)]
    texts = dict(enumerate([*own, *(text for text in others if text not in left_out)]))
    with tempfile.TemporaryDirectory() as folder:
        bot = bot_over({str(at): text for at, text in texts.items()}, Path(folder))
        for kind in sorted({entry["kind"] for entry in entries}):
            for entry in [entry for entry in entries if entry["kind"] == kind][: 2 * PER_SOURCE]:
                told = entry["passage"] in set(own)
                yield example(bot, entry["question"], answerable=told, weight=1.0, source="large collection")
        bot.close()


def struck_at_random(count: int) -> list[str]:
    """Keys of one row of the keyboard, as somebody strikes them who has nothing to ask."""
    rng = Random(0)
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertasdfgzxcvb")
    return [
        " ".join(
            "".join(rng.choices(rng.choice(rows), k=rng.randint(3, 12))) for _ in range(rng.randint(1, 3))
        )
        for _ in range(count)
    ]


def small_collections(corpora: Path) -> Iterator[Example | None]:
    """Held-out questions asked of a few passages, their own and, in turn, those of other questions."""
    entries = held_out_entries(corpora)
    passages = list(dict.fromkeys(entry["passage"] for entry in entries))
    groups = [passages[at : at + FEW] for at in range(0, PER_SOURCE // 2, FEW)]
    for group, others in zip(groups, [*groups[1:], groups[0]], strict=True):
        with tempfile.TemporaryDirectory() as folder:
            bot = bot_over({str(at): passage for at, passage in enumerate(group)}, Path(folder))
            for entry in entries:
                if entry["passage"] in {*group, *others}:
                    own = entry["passage"] in group
                    yield example(
                        bot, entry["question"], answerable=own, weight=1.0, source="small collections"
                    )
            bot.close()


def seeds() -> Iterator[Example | None]:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (SEEDS / "documents").glob("*.txt")}
    sources = {f"{name}.txt": text for name, text in texts.items()}
    # Later turns of conversations mean nothing by themselves.
    tune = read_gold(SEEDS / "gold.jsonl", sources).only("tune")
    questions = [question for question in tune.questions if question.standalone is None]
    for away in (None, *texts):
        with tempfile.TemporaryDirectory() as folder:
            bot = bot_over({name: text for name, text in texts.items() if name != away}, Path(folder))
            for question in questions:
                documents = {path.removesuffix(".txt") for path in question.documents}
                if away is None or documents == {away}:
                    yield example(
                        bot,
                        question.question,
                        answerable=away is None and question.answerable,
                        weight=SEED_WEIGHT,
                        source="seeds, tune split",
                    )
            bot.close()


def elsewhere(corpora: Path) -> Iterator[Example | None]:
    """Questions on the corpora and on encyclopaedia paragraphs, asked of the seeds, which tell none of it."""
    asked = [entry["question"] for entry in held_out_entries(corpora)]
    drcd = (corpora / "validation" / "drcd-dev" / "queries.jsonl").open(encoding="utf-8")
    asked += Random(0).sample([json.loads(line)["text"] for line in drcd], len(asked) // 4)
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (SEEDS / "documents").glob("*.txt")}
    with tempfile.TemporaryDirectory() as folder:
        bot = bot_over(texts, Path(folder))
        for question in Random(0).sample(asked, min(PER_SOURCE, len(asked))):
            yield example(bot, question, answerable=False, weight=1.0, source="elsewhere")
        for question in struck_at_random(PER_SOURCE // 6):
            yield example(bot, question, answerable=False, weight=1.0, source="struck at random")
        bot.close()


def logistic(matrix: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Ridge logistic regression in which no feature may count against an answer.

    Every feature but the odds that questions from elsewhere have is one of which more is better; where they
    go together, plain regression gives some a negative weight, and a plain question with a perfect match then
    loses confidence by it.
    """
    signs = np.where(labels, 1.0, -1.0)
    balance = np.where(labels, 0.5 / weights[labels].sum(), 0.5 / weights[~labels].sum())
    share = weights * balance * len(labels)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (matrix @ parameters[:-1] + parameters[-1])
        slope = -signs * share / (1.0 + np.exp(margins))
        value = (share * np.logaddexp(0.0, -margins)).sum() + RIDGE / 2 * (parameters[:-1] ** 2).sum()
        return value, np.append(matrix.T @ slope + RIDGE * parameters[:-1], slope.sum())

    bounds = [(None, 0.0) if name == "usual" else (0.0, None) for name in FEATURES] + [(None, None)]
    found = minimize(loss, np.zeros(matrix.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    return found[:-1], float(found[-1])


def fit(examples: list[Example], language: Language) -> tuple[dict[str, float], float, float, str]:
    """Weights, threshold, usual standing, and a line on how well they do on their own examples."""
    chosen = [e for e in examples if e.language is language]
    matrix = np.asarray([[e.features[name] for name in FEATURES] for e in chosen])
    labels = np.asarray([e.answerable for e in chosen])
    standing = matrix[:, FEATURES.index("standing")]
    usual = float(np.nanmean(standing[labels]))
    standing[np.isnan(standing)] = usual
    weights = np.asarray([e.weight for e in chosen])
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-9
    scaled, at_mean = logistic((matrix - mean) / scale, labels, weights)
    coefficients = scaled / scale
    intercept = at_mean - float(coefficients @ mean)
    probability = 1.0 / (1.0 + np.exp(-(matrix @ coefficients + intercept)))
    mine = np.asarray([e.source.startswith("seeds") for e in chosen])
    # The threshold lets through 92% of the answerable questions of the tune split.
    threshold = float(np.quantile(probability[labels & mine], 0.08))
    figures = []
    for source in sorted({e.source for e in chosen}):
        of = np.asarray([e.source == source for e in chosen])
        yes, no = probability[of & labels], probability[of & ~labels]
        line = f"{source}: refuses {np.mean(no < threshold):.0%} of {len(no)} unanswerable"
        if len(yes):
            auroc = roc_auc_score(labels[of], probability[of])
            line += f", answers {np.mean(yes >= threshold):.0%} of {len(yes)} answerable, AUROC {auroc:.3f}"
        figures.append(line)
    named = dict(zip(FEATURES, (round(float(c), 4) for c in coefficients), strict=True))
    return named | {"intercept": round(intercept, 4)}, threshold, usual, "; ".join(figures)


def kept(examples: Iterable[Example | None]) -> list[Example]:
    return [e for e in examples if e is not None]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    corpora: Path = parser.parse_args().corpora
    examples = kept(seeds()) + kept(held_out_questions(corpora)) + kept(elsewhere(corpora))
    examples += kept(small_collections(corpora)) + kept(large_collection(corpora)) + kept(near_misses())
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
