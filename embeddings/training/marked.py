"""Questions with the place of their answer marked: what a reader of sentences learns from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embeddings.training.corpora import WRITTEN, held_out, read_rows


@dataclass(frozen=True, slots=True)
class MarkedQuestion:
    """A question on a passage.

    Attributes:
        question: as typed.
        passage: the text that it was asked of.
        answer: start and end of its answer there; None where the passage does not tell it.
    """

    question: str
    passage: str
    answer: tuple[int, int] | None


def crowd_questions(corpora: Path) -> Iterator[MarkedQuestion]:
    """The questions of crowd workers in a folder of corpora, each with its answer."""
    for row in read_rows(corpora / "a_qa_spans.jsonl.xz", ("query", "passage", "answer", "start")):
        start = int(row["start"])
        yield MarkedQuestion(row["query"], row["passage"], (start, start + len(row["answer"])))


def written_questions(*, aside: bool) -> Iterator[MarkedQuestion]:
    """The questions that were written for this project, answered and not.

    Args:
        aside: those on passages that are set aside (:func:`embeddings.training.corpora.held_out`), or all
            others.
    """
    return (each for each in _written() if held_out(each.passage) is aside)


def _written() -> Iterator[MarkedQuestion]:
    passages = {}
    for row in read_rows(WRITTEN / "questions.jsonl", ("id", "question", "passage")):
        passages[row["id"].rpartition("-")[0]] = row["passage"]
        if row.get("answer"):
            yield _marked(row["question"], row["passage"], row["answer"])
    for row in read_rows(WRITTEN / "unanswered.tsv", ("question", "passage")):
        yield MarkedQuestion(row["question"], passages[row["passage"]], None)
    for row in read_rows(WRITTEN / "pairs.jsonl", ("answered", "answer", "unanswered", "passage")):
        yield _marked(row["answered"], row["passage"], row["answer"])
        yield MarkedQuestion(row["unanswered"], row["passage"], None)


def _marked(question: str, passage: str, answer: str) -> MarkedQuestion:
    start = passage.index(answer)
    return MarkedQuestion(question, passage, (start, start + len(answer)))
