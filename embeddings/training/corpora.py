"""Reads a folder of training data into sources of pairs.

The folder holds JSON lines (``.xz`` or plain) and tab-separated files whose names and fields are those of
:data:`FILES`, and a ``README.md`` with the table of sources and licences that the model card repeats.
"""

import csv
import hashlib
import json
import lzma
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from embeddings.errors import TrainingError
from embeddings.folding import fold

FILES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "a_qa.jsonl.xz": ("query", "passage", "source"),
        "b_headings_general.jsonl.xz": ("query", "passage", "source"),
        "b_headings_law.jsonl.xz": ("query", "passage", "source"),
        "c_dict_cc-cedict.jsonl.xz": ("zh", "en", "source"),
        "c_en2zh_headings.jsonl.xz": ("query", "passage", "source"),
        "c_parallel_misc.jsonl.xz": ("zh", "en", "source"),
        "c_parallel_tw-laws.jsonl.xz": ("zh", "en", "source"),
        "d_paraphrase.jsonl.xz": ("a", "b", "label", "source"),
        "e_plain.jsonl.xz": ("text", "source"),
        "questions.jsonl": ("kind", "question", "passage", "source"),
        "lexicon.tsv": ("word", "same", "near", "english"),
        "lexicon_en.tsv": ("word", "chinese", "english"),
        "spoken.tsv": ("phrase", "formal", "near", "english"),
    }
)
"""Every file that training reads, and the fields of its rows."""

WRITTEN: Final = Path(__file__).parent / "written"
"""Lexicon entries, phrases and questions that lie beside this code, in files of the same names and fields."""

_HELD_OUT_ONE_IN: Final = 7
_REMEDY: Final = "Get the file again; embeddings/training/corpora.py lists the files and their fields."
_SHORTEST_SENTENCE: Final = 6
_SENTENCE: Final = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_LIST_MARK: Final = re.compile(r"[;；]")

# Sources closest to what people ask documents about: official reports, abstracts, news. They are drawn as
# sources of their own because each is a small part of its file.
_CLOSE_HEADINGS: Final = frozenset(
    {"gov-reports-2026", "state-council-carbon-peak", "csl-title", "csl-keywords"}
)
_CLOSE_PARALLEL: Final = frozenset({"ntrex", "tico19", "ud-pud", "un-sdg", "gsf-learn"})
# Business software manuals are nearly half of the general headings, law three quarters of everything.
_CAPPED: Final = frozenset({"prc-laws", "tw-laws", "msdocs-dynamics365-zh"})

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PairSource:
    """Pairs of texts that belong together, drawn from with one weight.

    Attributes:
        name: unique among the sources of a run.
        weight: share of the batches, relative to the other sources.
        pairs: (query, passage), both folded.
        short: whether both sides are words and phrases, so that a batch may hold more of them.
    """

    name: str
    weight: float
    pairs: tuple[tuple[str, str], ...]
    short: bool = False


@dataclass(frozen=True, slots=True)
class PlainSource:
    """Passages whose sentences are each paired with the rest of their passage.

    Attributes:
        name: unique among the sources of a run.
        weight: share of the batches, relative to the other sources.
        passages: the sentences of each passage in order, folded; at least two in each.
    """

    name: str
    weight: float
    passages: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Corpora:
    """Everything that one run trains on.

    Attributes:
        pairs: sources of pairs; none is empty.
        plain: running text.
        written: folded words and phrases of the lexicons, which the vocabulary must not miss.
    """

    pairs: tuple[PairSource, ...]
    plain: PlainSource
    written: tuple[str, ...]

    def texts(self) -> Iterator[str]:
        """Every folded text, each side of every pair, repeats included."""
        for source in self.pairs:
            for pair in source.pairs:
                yield from pair
        for passage in self.plain.passages:
            yield "\n".join(passage)


def held_out(passage: str) -> bool:
    """Whether the questions on a passage are kept out of the training of the encoder.

    A ranker that is fitted on pairs which the encoder has already seen trusts the encoder too much. So about
    one passage in seven of the question sets (some 500 of ``a_qa`` and 500 of ``questions.jsonl``) is set
    aside, by the first eight bytes of the SHA-256 of the passage as the file has it, white space removed:
    the answer depends on nothing else, neither on the order of the rows nor on any library's version.

    Args:
        passage: the passage's text, unfolded.

    Returns:
        True for the passages that :func:`embeddings.training.train` never pairs with anything.
    """
    digest = hashlib.sha256("".join(passage.split()).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % _HELD_OUT_ONE_IN == 0


def read_rows(path: Path, fields: Iterable[str]) -> Iterator[Row]:
    """Rows of a ``.jsonl``, ``.jsonl.xz`` or ``.tsv`` file, values as text.

    Args:
        path: the file.
        fields: what every row must have.

    Yields:
        One mapping a row.

    Raises:
        TrainingError: the file is missing or unreadable, or a row lacks a field.
    """
    wanted = frozenset(fields)
    if not path.is_file():
        raise TrainingError(f"Training data is missing: there is no file {path}", _REMEDY)
    try:
        for number, row in enumerate(_tabbed(path) if path.suffix == ".tsv" else _lines(path), start=1):
            if lacking := wanted - row.keys():
                raise TrainingError(
                    f"Row {number} of {path} has no field {', '.join(sorted(lacking))}", _REMEDY
                )
            yield row
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise TrainingError(f"{path} cannot be read ({error})", _REMEDY) from error


def _lines(path: Path) -> Iterator[Row]:
    packed = path.suffix == ".xz"
    with lzma.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield {key: str(value) for key, value in row.items()} if isinstance(row, dict) else {}


def _tabbed(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {key: value or "" for key, value in row.items() if key is not None}


def is_corpora(path: Path) -> bool:
    """Whether a folder is one of training data: it holds most of the files of :data:`FILES`."""
    return 2 * sum((path / name).is_file() for name in FILES) > len(FILES)


def check_folder(folder: Path) -> None:
    """See that no file is missing, before minutes go into reading the others.

    Raises:
        TrainingError: there is no such folder, or it lacks a file of :data:`FILES`.
    """
    if not folder.is_dir():
        raise TrainingError(
            f"There is no folder of training data at {folder}", "Name the folder that holds it."
        )
    for name in FILES:
        if not (folder / name).is_file():
            raise TrainingError(f"Training data is missing: there is no file {folder / name}", _REMEDY)


def read_corpora(folder: Path, *, source_cap: int, written: Path | None = WRITTEN) -> Corpora:
    """Read a folder of training data.

    Args:
        folder: holds every file of :data:`FILES`.
        written: holds more rows for some of these files; None for no more.
        source_cap: most rows taken of each source that would crowd out the others; the rows are taken from
            the front of each file, so the files must be in random order.

    Returns:
        The sources, folded, with the weights that the bundled model was trained with.

    Raises:
        TrainingError: a file is missing, unreadable, lacks a field or gives no pairs.
    """
    if not folder.is_dir():
        raise TrainingError(
            f"There is no folder of training data at {folder}", "Name the folder that holds it."
        )
    reader = _Reader(folder, written, source_cap)
    reader.hold_out()
    pairs = (
        *reader.questions(),
        *reader.headings(),
        *reader.parallel(),
        *reader.dictionary(),
        *reader.lexicons(),
    )
    corpora = Corpora(pairs, reader.plain(), tuple(reader.written))
    for source in corpora.pairs:
        if not source.pairs:
            raise TrainingError(
                f"The training data in {folder} gives no pairs of the kind {source.name!r}",
                "Add rows of that kind to its file.",
            )
    if not corpora.plain.passages:
        raise TrainingError(
            f"{folder / 'e_plain.jsonl.xz'} has no passage of two sentences", "Add passages of running text."
        )
    return corpora


def read_written() -> tuple[PairSource, ...]:
    """What lies beside this code, as sources of pairs with the weights of :func:`read_corpora`.

    Raises:
        TrainingError: a file is unreadable.
    """
    reader = _Reader(None, WRITTEN)
    reader.hold_out()
    return tuple(source for source in (*reader.questions(), *reader.lexicons()) if source.pairs)


class _Reader:
    """Reads one folder, file by file, leaving out the held-out passages everywhere."""

    def __init__(self, folder: Path | None, written: Path | None, cap: int = 0) -> None:
        self._folder = folder
        self._folders = [each for each in (folder, written) if each is not None]
        self._cap = cap
        self._held: set[str] = set()
        self.written: list[str] = []

    def _rows(self, name: str) -> Iterator[Row]:
        for folder in self._folders:
            if folder is self._folder or (folder / name).is_file():
                yield from read_rows(folder / name, FILES[name])

    def _uncrowded(self, name: str) -> Iterator[Row]:
        taken: dict[str, int] = {}
        for row in self._rows(name):
            source = row["source"]
            taken[source] = taken.get(source, 0) + 1
            if source not in _CAPPED or taken[source] <= self._cap:
                yield row

    def _is_held(self, passage: str) -> bool:
        return "".join(passage.split()) in self._held

    def hold_out(self) -> None:
        # The same paragraph can stand in the plain text and under a heading, where it must be left out too.
        for name in ("a_qa.jsonl.xz", "questions.jsonl"):
            for row in self._rows(name):
                if held_out(row["passage"]):
                    self._held.add("".join(row["passage"].split()))

    def questions(self) -> tuple[PairSource, ...]:
        asked: dict[str, list[tuple[str, str]]] = {"crowd": [], "english crowd": []}
        for row in self._rows("a_qa.jsonl.xz"):
            if not self._is_held(row["passage"]):
                kind = "english crowd" if row["source"] == "qed-en" else "crowd"
                asked[kind].append((fold(row["query"]), fold(row["passage"])))
        written = [
            (fold(row["question"]), fold(row["passage"]))
            for row in self._rows("questions.jsonl")
            if not self._is_held(row["passage"])
        ]
        return (
            PairSource("crowd questions", 3.0, tuple(asked["crowd"])),
            PairSource("English crowd questions", 0.5, tuple(asked["english crowd"])),
            PairSource("written questions", 6.0, tuple(written)),
        )

    def headings(self) -> tuple[PairSource, ...]:
        near: list[tuple[str, str]] = []
        other: list[tuple[str, str]] = []
        for row in self._uncrowded("b_headings_general.jsonl.xz"):
            if not self._is_held(row["passage"]):
                chosen = near if row["source"] in _CLOSE_HEADINGS else other
                chosen.append((fold(row["query"]), fold(row["passage"])))
        law = self._two_sided("b_headings_law.jsonl.xz", "query", "passage")
        english = self._two_sided("c_en2zh_headings.jsonl.xz", "query", "passage")
        return (
            PairSource("headings of reports and abstracts", 1.2, tuple(near)),
            PairSource("headings", 2.0, tuple(other)),
            PairSource("law headings", 1.5, law),
            PairSource("English headings", 0.7, english),
        )

    def _two_sided(self, name: str, query: str, passage: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (fold(row[query]), fold(row[passage]))
            for row in self._uncrowded(name)
            if not self._is_held(row[passage])
        )

    def parallel(self) -> tuple[PairSource, ...]:
        near: list[tuple[str, str]] = []
        other: list[tuple[str, str]] = []
        for row in self._rows("c_parallel_misc.jsonl.xz"):
            chosen = near if row["source"] in _CLOSE_PARALLEL else other
            chosen.append((fold(row["en"]), fold(row["zh"])))
        law = self._two_sided("c_parallel_tw-laws.jsonl.xz", "en", "zh")
        paraphrases = tuple(
            (fold(row["a"]), fold(row["b"]))
            for row in self._rows("d_paraphrase.jsonl.xz")
            if row["label"] == "1"
        )
        return (
            PairSource("parallel news and goals", 1.2, tuple(near)),
            PairSource("parallel sentences", 1.8, tuple(other)),
            PairSource("parallel law sentences", 1.0, law),
            PairSource("paraphrases", 0.2, paraphrases),
        )

    def dictionary(self) -> tuple[PairSource, ...]:
        pairs = tuple((fold(row["en"]), fold(row["zh"])) for row in self._rows("c_dict_cc-cedict.jsonl.xz"))
        return (PairSource("dictionary", 3.0, pairs, short=True),)

    def lexicons(self) -> tuple[PairSource, ...]:
        same: list[tuple[str, str]] = []
        near: list[tuple[str, str]] = []
        english: list[tuple[str, str]] = []
        whole: list[tuple[str, str]] = []
        spoken: list[tuple[str, str]] = []
        for row in self._rows("lexicon.tsv"):
            word = fold(row["word"])
            same.extend((said, word) for said in _terms(row["same"], spaced=True))
            near.extend((word, tied) for tied in _terms(row["near"], spaced=True))
            english.extend((gloss, word) for gloss in _terms(row["english"], spaced=False))
            whole.append((word, _joined(row, "same", "near", "english")))
        for row in self._rows("lexicon_en.tsv"):
            word = fold(row["word"])
            english.extend((word, meant) for meant in _terms(row["chinese"], spaced=True))
            whole.append((word, _joined(row, "chinese", "english")))
        for row in self._rows("spoken.tsv"):
            phrase = fold(row["phrase"])
            spoken.extend((phrase, term) for term in _terms(row["formal"], spaced=True))
            spoken.append((phrase, _joined(row, "formal", "near", "english")))
        for pairs in (same, near, spoken):
            self.written.extend(text for pair in pairs for text in pair)
        return (
            PairSource("lexicon: said otherwise", 4.0, tuple(same), short=True),
            PairSource("lexicon: same topic", 1.0, tuple(near), short=True),
            PairSource("lexicon: English", 2.5, tuple(english), short=True),
            PairSource("lexicon: whole entries", 1.5, tuple(whole), short=True),
            PairSource("spoken phrases", 3.0, tuple(spoken), short=True),
        )

    def plain(self) -> PlainSource:
        passages = []
        for row in self._uncrowded("e_plain.jsonl.xz"):
            if not self._is_held(row["text"]):
                cut = tuple(found[0].strip() for found in _SENTENCE.finditer(fold(row["text"])))
                kept = tuple(sentence for sentence in cut if len(sentence) >= _SHORTEST_SENTENCE)
                if len(kept) > 1:
                    passages.append(kept)
        return PlainSource("sentence and the rest of its passage", 4.0, tuple(passages))


def _terms(field: str, *, spaced: bool) -> list[str]:
    """The terms of a lexicon field: Chinese ones stand apart by spaces, English ones by semicolons."""
    parts = field.split() if spaced else _LIST_MARK.split(field)
    return [fold(part.strip()) for part in parts if part.strip() not in {"", "-"}]


def _joined(row: Row, *fields: str) -> str:
    return fold(" ".join(row[field] for field in fields if row[field] != "-"))
