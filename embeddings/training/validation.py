"""Measures token vectors as a retriever on BEIR-layout folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pytrec_eval
from numpy.typing import NDArray
from tokenizers import Tokenizer

from embeddings.errors import TrainingError
from embeddings.folding import fold
from embeddings.training.artifact import load_model, mean_vectors
from embeddings.training.corpora import read_rows

_DEPTH: Final = 100
_MEASURES: Final = frozenset({"ndcg_cut_10", "recall_5"})


@dataclass(frozen=True, slots=True)
class Figures:
    """How well the vectors alone retrieve, averaged over the questions that have a relevant passage.

    Attributes:
        questions: how many were asked.
        passages: how many were searched.
        ndcg_10: nDCG@10 (Järvelin and Kekäläinen 2002) as trec_eval computes it, 0 to 1.
        recall_5: share of the relevant passages among the first five, 0 to 1.
    """

    questions: int
    passages: int
    ndcg_10: float
    recall_5: float


def measure(folder: Path, tokenizer: Tokenizer, vectors: NDArray[np.float32]) -> Figures:
    """Search a BEIR-layout folder with the vectors alone, exactly, by cosine.

    Args:
        folder: holds ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``.
        tokenizer: from the vocabulary module.
        vectors: one row a token, shape (vocabulary, dimension).

    Returns:
        The figures.

    Raises:
        TrainingError: a file is missing or unreadable, or no question has a relevant passage.
    """
    corpus = list(read_rows(folder / "corpus.jsonl", ("_id", "text")))
    qrels = _relevant(folder / "qrels" / "test.tsv")
    queries = [row for row in read_rows(folder / "queries.jsonl", ("_id", "text")) if row["_id"] in qrels]
    if not queries or not corpus:
        raise TrainingError(
            f"No question in {folder} has a relevant passage",
            "Check that qrels/test.tsv uses the files' ids.",
        )
    texts = [fold(f"{row.get('title', '')} {row['text']}") for row in corpus]
    passages = mean_vectors(tokenizer, vectors, texts)
    asked = mean_vectors(tokenizer, vectors, [fold(row["text"]) for row in queries])
    scores = asked @ passages.T
    run: dict[str, dict[str, float]] = {}
    for number, row in enumerate(queries):
        best = np.argsort(-scores[number], kind="stable")[:_DEPTH]
        run[row["_id"]] = {corpus[place]["_id"]: float(scores[number, place]) for place in best}
    found = pytrec_eval.RelevanceEvaluator(qrels, _MEASURES).evaluate(run)
    return Figures(
        questions=len(found),
        passages=len(corpus),
        ndcg_10=float(np.mean([row["ndcg_cut_10"] for row in found.values()])),
        recall_5=float(np.mean([row["recall_5"] for row in found.values()])),
    )


def measure_all(folder: Path, tokenizer: Tokenizer, vectors: NDArray[np.float32]) -> Mapping[str, Figures]:
    """Figures for every BEIR-layout folder in a folder, by name; none where there is no such folder."""
    found = sorted(path.parent for path in folder.glob("*/corpus.jsonl"))
    return {path.name: measure(path, tokenizer, vectors) for path in found}


def measure_model(model: Path, folder: Path) -> Mapping[str, Figures]:
    """Figures of a saved model for every BEIR-layout folder in a folder.

    Args:
        model: a folder that training wrote.
        folder: its subfolders are measured, such as ``validation/`` of the training data.

    Returns:
        Figures by the subfolder's name.

    Raises:
        TrainingError: the model cannot be opened, or a file of a subfolder is missing or unreadable.
    """
    tokenizer, vectors = load_model(model)
    return measure_all(folder, tokenizer, vectors)


def _relevant(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for row in read_rows(path, ("query-id", "corpus-id", "score")):
        qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return qrels
