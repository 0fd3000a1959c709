"""Gold sets that bring their own documents: BEIR folders and SQuAD-style JSON.

Their texts are indexed in a collection of their own (:func:`index_corpus`) like any other documents.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from embeddings.encoder import Encoder
from qa.errors import GoldError, GoldProblem
from qa.evaluation.gold import (
    EvidenceRun,
    EvidenceSpan,
    GoldQuestion,
    GoldSet,
    Problems,
    json_lines,
    read_text,
)
from qa.evaluation.report import Unit
from qa.indexing import Progress, index_paths

# What may stand in a file's name as it is; any other id is data, never a path.
_SAFE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")

_QREL_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class CorpusText:
    """A document of a corpus. ``path`` is the name that it is indexed under."""

    id: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents with the questions asked of them; the questions name documents by path."""

    gold: GoldSet
    texts: Sequence[CorpusText]

    @property
    def ids(self) -> dict[str, str]:
        """Path -> id in the corpus, for run files."""
        return {text.path: text.id for text in self.texts}


def is_corpus(source: Path) -> bool:
    """Whether a gold set brings its own documents: a folder or a ``.json`` file does, ``.jsonl`` does not.

    Raises:
        GoldError: it is none of these.
    """
    if source.is_dir() or source.suffix.lower() == ".json":
        return True
    if source.suffix.lower() == ".jsonl":
        return False
    problem = "there is no such file or folder" if not source.exists() else "it is no gold set"
    raise GoldError(
        [
            GoldProblem(
                f"{source}: {problem}", "Name a .jsonl of gold questions, a BEIR folder or a SQuAD .json."
            )
        ]
    )


def read_corpus(source: Path, split: str | None = None) -> Corpus:
    """Read a BEIR folder or a SQuAD-style file.

    Args:
        source: the folder or the file.
        split: name of the qrels file of a BEIR folder, ``test`` when not given; a SQuAD file has none.

    Raises:
        GoldError: holds every problem found.
    """
    if source.is_dir():
        return read_beir(source, split or "test")
    corpus = read_squad(source)
    return replace(corpus, gold=corpus.gold.only(split))


def index_corpus(corpus: Corpus, collection: Path, encoder: Encoder, on_progress: Progress) -> Corpus:
    """Index the texts of a corpus into a new collection, with their files in its folder.

    Returns:
        The corpus, with a warning for texts that could not be indexed, such as empty ones.
    """
    texts = collection / "texts"
    texts.mkdir(parents=True)
    for text in corpus.texts:
        (texts / text.path).write_bytes(text.text.encode("utf-8", "surrogatepass"))
    report = index_paths(collection, [texts], encoder, on_progress=on_progress)
    if not report.skipped:
        return corpus
    named = ", ".join(corpus.ids[file.path] for file in islice(report.skipped, 3))
    warning = f"{len(report.skipped)} texts of the corpus are not indexed (empty or unreadable): {named} …"
    return replace(corpus, gold=replace(corpus.gold, warnings=(*corpus.gold.warnings, warning)))


def _paths(ids: Sequence[str]) -> dict[str, str]:
    """A file name for every id: the id itself where it can be one, else a number."""
    taken = {identity.lower() for identity in ids if _SAFE_ID.fullmatch(identity)}
    unique = len(taken) == sum(1 for identity in ids if _SAFE_ID.fullmatch(identity))
    return {
        identity: f"{identity}.txt" if unique and _SAFE_ID.fullmatch(identity) else f"text-{number:07d}.txt"
        for number, identity in enumerate(ids, start=1)
    }


def _by_id(file: Path, problems: Problems) -> dict[str, dict[str, Any]]:
    """The entries of a BEIR file by ``_id``."""
    entries: dict[str, dict[str, Any]] = {}
    for place, entry in json_lines(file, problems):
        identity = entry.get("_id")
        if not isinstance(identity, str | int) or str(identity) == "":
            problems.add(place, "the field '_id' is not there", "Give every entry an _id.")
        elif str(identity) in entries:
            problems.add(place, f"the _id {identity!r} is there twice", "Give every entry an _id of its own.")
        elif "text" in entry and not isinstance(entry["text"], str):
            problems.add(place, "the field 'text' is not a text", "Correct the entry.")
        else:
            entries[str(identity)] = entry
    return entries


def read_beir(folder: Path, split: str = "test") -> Corpus:
    """Read a BEIR folder (Thakur et al. 2021): corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv.

    Only queries with a relevant document are asked, as is usual. ``answers.jsonl`` (``_id``,
    ``answers``), where it is there, gives short answers.

    Raises:
        GoldError: holds every problem found.
    """
    problems = Problems()
    if not any((folder / name).exists() for name in ("corpus.jsonl", "queries.jsonl", "qrels")):
        problems.add(
            str(folder),
            "it is no BEIR folder",
            "One has corpus.jsonl, queries.jsonl and qrels/test.tsv; gold questions are a .jsonl file.",
        )
        problems.check()
    texts = _by_id(folder / "corpus.jsonl", problems)
    queries = _by_id(folder / "queries.jsonl", problems)
    answers = folder / "answers.jsonl"
    replies = _by_id(answers, problems) if answers.exists() else {}
    qrels = _read_qrels(folder / "qrels" / f"{split}.tsv", queries, texts, problems)
    problems.check()

    paths = _paths(list(texts))
    questions, warnings = [], []
    for query, grades in qrels.items():
        relevant = {paths[document]: grade for document, grade in grades.items() if grade > 0}
        if relevant:
            questions.append(
                GoldQuestion(
                    id=query,
                    question=str(queries[query].get("text", "")),
                    split=split,
                    answers=tuple(map(str, replies.get(query, {}).get("answers", ()))),
                    documents=relevant,
                )
            )
    passed_over = len(qrels) - len(questions)
    if passed_over:
        warnings.append(f"{passed_over} queries without a relevant document are passed over.")
    empty = sum(not question.question.strip() for question in questions)
    if empty:
        warnings.append(f"{empty} queries are empty; they count as having found nothing.")
    if not questions:
        problems.add(str(folder), "no query has a relevant document", "Check the qrels.")
        problems.check()
    gold = GoldSet(folder.name, Unit.DOCUMENT, tuple(questions), split, tuple(warnings))
    return Corpus(gold, [CorpusText(key, paths[key], _titled(entry)) for key, entry in texts.items()])


def _titled(entry: Mapping[str, Any]) -> str:
    """A text with its title above it, unless it begins with it."""
    title, text = str(entry.get("title") or "").strip(), str(entry.get("text", ""))
    return f"{title}\n\n{text}" if title and not text.startswith(title) else text


def _read_qrels(
    file: Path, queries: Mapping[str, Any], texts: Mapping[str, Any], problems: Problems
) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(read_text(file, problems).split("\n"), start=1):
        cells = line.rstrip("\r").split("\t")
        heading = number == 1 and cells[0].replace("_", "-") in {"query-id", "qid"}
        if not line.strip() or heading:
            continue
        place = f"{file}, line {number}"
        if len(cells) != _QREL_COLUMNS or not cells[2].strip().lstrip("-").isdecimal():
            problems.add(
                place, "it is not a judgement", "Write query-id, corpus-id and a whole number between tabs."
            )
            continue
        query, document, grade = cells[0], cells[1], int(cells[2])
        if query not in queries:
            problems.add(place, f"queries.jsonl has no query {query!r}", "Add it or remove the line.")
        if document not in texts:
            problems.add(place, f"corpus.jsonl has no passage {document!r}", "Add it or remove the line.")
        qrels.setdefault(query, {})[document] = grade
    return qrels


def read_squad(file: Path) -> Corpus:
    """Read a file in the form of SQuAD (Rajpurkar et al. 2016, 2018), as CMRC 2018 and DRCD are.

    Every paragraph becomes a document; equal paragraphs become one. An answer's span is its evidence;
    ``is_impossible`` marks an unanswerable question.

    Raises:
        GoldError: holds every problem found.
    """
    problems = Problems()
    text = read_text(file, problems)
    problems.check()
    try:
        data = json.loads(text)["data"]
    except (ValueError, TypeError, KeyError):
        problems.add(
            str(file), "it is no SQuAD-style JSON", 'Give an object with "data", or JSON lines named .jsonl.'
        )
        problems.check()
    texts: dict[str, CorpusText] = {}
    questions: dict[str, GoldQuestion] = {}
    try:
        for paragraph in _paragraphs(data):
            context = paragraph["context"].removeprefix("\ufeff")
            if context not in texts:
                path = f"text-{len(texts) + 1:07d}.txt"
                texts[context] = CorpusText(str(paragraph.get("id") or path), path, context)
            for asked in paragraph["qas"]:
                question = _squad_question(asked, texts[context], file, problems)
                if question.id in questions:
                    problems.add(
                        f"{file}, question {question.id}", "its id is there twice", "Give each its own id."
                    )
                questions[question.id] = question
    except (KeyError, TypeError, AttributeError) as error:
        problems.add(str(file), f"an entry is not as in SQuAD ({error!r})", "Check the file's structure.")
    if not questions:
        problems.add(str(file), "it holds no question", "Give a file with at least one question.")
    problems.check()
    gold = GoldSet(file.name, Unit.SPAN, tuple(questions.values()))
    return Corpus(gold, list(texts.values()))


def _paragraphs(data: Any) -> Iterator[dict[str, Any]]:
    for article in data:
        yield from article["paragraphs"]


def _squad_question(
    asked: Mapping[str, Any], context: CorpusText, file: Path, problems: Problems
) -> GoldQuestion:
    identity = str(asked["id"])
    found: dict[str, set[int]] = {}
    for answer in asked.get("answers", ()):
        text = answer["text"].strip()
        start = _nearest(context.text, text, int(answer.get("answer_start", 0))) if text else -1
        if start < 0:
            problems.add(
                f"{file}, question {identity}",
                f"the answer {text[:30]!r} does not stand in its paragraph",
                "Correct the answer or remove it.",
            )
        else:
            found.setdefault(text, set()).add(start)
    evidence = tuple(
        EvidenceRun(text, tuple(EvidenceSpan(context.path, at, at + len(text)) for at in sorted(starts)))
        for text, starts in found.items()
    )
    impossible = bool(asked.get("is_impossible"))
    if not evidence and not impossible and not asked.get("answers"):
        problems.add(
            f"{file}, question {identity}",
            "it has no answer",
            'Add one, or mark the question with "is_impossible": true.',
        )
    return GoldQuestion(
        id=identity,
        question=str(asked["question"]),
        type="unanswerable" if impossible else "",
        answers=() if impossible else tuple(found),
        evidence=() if impossible else evidence,
        documents={} if impossible else {context.path: 1},
    )


def _nearest(context: str, text: str, stated: int) -> int:
    """Where ``text`` stands nearest to the stated offset, -1 where it does not: CMRC's are off at times."""
    starts = [match.start() for match in re.finditer(re.escape(text), context)]
    return min(starts, key=lambda at: abs(at - stated), default=-1)
