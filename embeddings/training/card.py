"""The model card: what the model is, what it was trained on and under which licences, and its figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embeddings.errors import TrainingError
from embeddings.training.settings import TrainingSettings
from embeddings.training.validation import Figures

_COLUMNS: Final = ("file", "source", "repository@commit", "licence as stated there", "out", "remark")
_AS_ABOVE: Final = "as above"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One line of the table of sources.

    Attributes:
        file: the file of the training data that holds the rows.
        source: the short name that the rows carry.
        origin: repository and commit that the rows were cut from.
        licence: as stated at the origin.
        rows: how many rows the file has from it, as written in the table.
        remark: free text, possibly empty.
    """

    file: str
    source: str
    origin: str
    licence: str
    rows: str
    remark: str


def read_sources(readme: Path) -> tuple[SourceRow, ...]:
    """Read the table under the heading ``## Sources`` of the README beside the training data.

    Several sources are share-alike, so a model may not leave this table behind.

    Args:
        readme: Markdown with a table whose header names the columns file, source, repository@commit,
            licence as stated there, out and remark, in any order and among others.

    Returns:
        Its lines, "as above" resolved.

    Raises:
        TrainingError: there is no such file, heading, column or line.
    """
    remedy = (
        "Keep the README.md of the training data beside it: the model card must repeat its table of sources."
    )
    if not readme.is_file():
        raise TrainingError(f"There is no table of sources and licences at {readme}", remedy)
    _, _, after = readme.read_text(encoding="utf-8").partition("\n## Sources\n")
    section = after.partition("\n## ")[0]
    table = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    if len(table) < 3 or not set(_COLUMNS) <= set(table[0]):  # noqa: PLR2004  (header, rule, one line)
        raise TrainingError(f"{readme} has no table of sources under the heading '## Sources'", remedy)
    places = [table[0].index(column) for column in _COLUMNS]
    licences: dict[str, str] = {}
    rows: list[SourceRow] = []
    for cells in table[2:]:
        file, source, origin, licence, count, remark = (cells[place] for place in places)
        if licence == _AS_ABOVE:
            licence = licences.get(origin, licence)
        licences[origin] = licence
        rows.append(SourceRow(file, source, origin, licence, count, remark))
    return tuple(rows)


def write_card(
    *,
    settings: TrainingSettings,
    tokens: int,
    seconds: float,
    sources: tuple[SourceRow, ...],
    pairs: Mapping[str, int],
    figures: Mapping[str, Figures],
) -> str:
    """Write the card of a trained model as Markdown with the metadata header that model hubs read.

    Args:
        settings: what the run was told.
        tokens: rows of the vocabulary.
        seconds: wall time of the run.
        sources: the table of sources.
        pairs: how many different pairs, or passages, each kind of training pair had to draw from.
        figures: validation figures by folder name; may be empty.

    Returns:
        The card.
    """
    parts = (
        _METADATA + _HEAD.format(dimension=settings.dimension, tokens=tokens),
        _TRAINING.format(settings=settings, minutes=seconds / 60, **_plain(settings)),
        _rows("| kind of pair | to draw from |", [f"| {name} | {size:,} |" for name, size in pairs.items()]),
        _figures(figures),
        _SOURCES.format(cap=settings.source_cap),
        _rows(
            "| file | source | repository@commit | licence | rows | remark |",
            [
                f"| {row.file} | {row.source} | {row.origin} | {row.licence} | {row.rows} | {row.remark} |"
                for row in sources
            ],
        ),
        _WRITTEN,
        _LIMITS,
    )
    return "\n".join(parts)


def tuned_card(base: str, tuning: str) -> str:
    """The card of a model that was made from another by tuning it.

    Several sources of the first model are share-alike, so its whole card is kept, and so is its licence.

    Args:
        base: the card of the model that the tuning started from.
        tuning: Markdown with a heading of the second level that tells of the tuning.

    Returns:
        The card.
    """
    _, _, first = base.partition("# ")
    return f"{_METADATA}# {_TUNED}\n\n{tuning}\n# {first}"


def _plain(settings: TrainingSettings) -> dict[str, float]:
    return {
        "batches": settings.batches,
        "pairs": settings.batch_pairs,
        "twice": settings.batch_pairs * 2,
        "scale": settings.scale,
        "rate": settings.learning_rate,
        "dropout": settings.dropout,
        "interaction_pairs": settings.interaction_pairs,
    }


def _rows(header: str, lines: list[str]) -> str:
    return "\n".join([header, "|" + "---|" * (header.count("|") - 1), *lines, ""])


def _figures(figures: Mapping[str, Figures]) -> str:
    if not figures:
        return "## Figures\n\nNo validation folders lay beside the training data.\n"
    lines = [
        f"| {name} | {found.passages:,} | {found.questions:,} | {found.ndcg_10:.3f} | {found.recall_5:.3f} |"
        for name, found in figures.items()
    ]
    return _FIGURES + _rows("| folder | passages | questions | nDCG@10 | recall@5 |", lines)


_METADATA: Final = """\
---
license: cc-by-sa-4.0
language:
- zh
- en
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags:
- sentence-transformers
- model2vec
- static-embeddings
---
"""
_TUNED: Final = "Yinju static embeddings, tuned on documents"
_HEAD: Final = """\
# Yinju static embeddings, Chinese and English

A static embedding model for finding the passage that answers a question: a text's vector is the mean of the
vectors of its tokens, brought to length 1. {tokens:,} tokens, {dimension} dimensions, no transformer, no
pretrained weights; thousands of texts a second on one core. It is meant to work beside a lexical index.

One folder, two runtimes, equal vectors:

```python
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer

from embeddings.folding import fold

texts = [fold("海绵城市怎么建？"), fold("How does a city soak up rain?")]
StaticModel.from_pretrained("embeddings/model").encode(texts)
SentenceTransformer("embeddings/model").encode(texts)
```

Fold texts first (NFKC, Traditional to Simplified Chinese, lower case), as in training; without it Traditional
Chinese is understood character by character at best. There are no prompts or prefixes, and texts are not cut
off. A text without a single known token, such as an empty one, gets the zero vector from both runtimes.
Vectors are stored as 8-bit rows with one float32 step a row, which both runtimes multiply out.
"""

_TRAINING: Final = """\
## How it was trained

```python
from pathlib import Path

from embeddings.training import TrainingSettings, train

train(Path("corpora"), Path("model"), settings=TrainingSettings(), on_progress=None)
```

with `{settings}`, in {minutes:.0f} minutes on two CPU cores.

- Tokens: a Unigram model (Kudo 2018) with a counted vocabulary: Chinese words of two to five characters as
  cut by rjieba, every Chinese character seen, English words, letter n-grams; scores are log frequencies.
- Loss: in-batch negatives in both directions (Henderson et al. 2017) over cosine times {scale:g}; {batches:,}
  batches of up to {pairs} pairs ({twice:,} for words and phrases), each from one source, no query or passage
  twice in a batch; SparseAdam, {rate:g} falling linearly to nothing. Of every text {dropout:.0%} of the
  tokens were left out at random (Iyyer et al. 2015).
- Beside it, on up to {interaction_pairs} pairs of a batch, the loss of telling a question's passage by late
  interaction (Khattab and Zaharia 2020): each token of the question with its best partner in the best window
  of the passage, weighted by rarity; and once more weighted by rarity times a factor learned for each token,
  whose logarithm is stored as `salience`. Other runtimes pass it over.
- A word's vector is learned as its own part plus the mean of the vectors of the characters and words inside
  it, weighted by how rare the token is; the sum is what is stored.
- Held out: the passages for which `embeddings.training.held_out` is true, about one in seven of the question
  sets, are in no training pair, so that a ranker over these vectors can be fitted on questions that are new
  to them.
"""

_FIGURES: Final = """\
## Figures

The vectors alone, exact search by cosine over folders that no training pair comes from. Training settings
were chosen on the same folders. Measured by

```python
from embeddings.training import measure_model

measure_model(Path("model"), Path("corpora/validation"))
```

"""

_SOURCES: Final = """\
## Data, licences and attribution

Rows were cut, normalised and freed of overlap with the validation sets and the public test sets of CMRC 2018,
DRCD and XQuAD before training. At most {cap:,} rows a file were read of each of prc-laws, tw-laws and
msdocs-dynamics365-zh. Keep this table with the model and with anything made from it.
"""

_WRITTEN: Final = """\
Written for this project, its own: a Chinese lexicon and an English one (words, what people say instead,
topic, translations), everyday phrases with the terms that formal texts use, and questions on passages of
the plain text above.
"""

_LIMITS: Final = """\
## Limits

- Word order, negation and who did what to whom are invisible to a mean of tokens.
- Digits are single tokens: two years or amounts look alike. Exact numbers are the lexical index's business.
- Scripts other than Chinese characters and unaccented Latin letters are ignored.
- Much of the text is law, official reports, encyclopaedia and software manuals, some of it machine
  translated; biases of these sources remain. English was learned mostly as the other side of Chinese text.
"""
