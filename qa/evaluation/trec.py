"""Run files as trec_eval reads them: query Q0 document rank score tag, one line a hit."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import numpy as np

from qa.evaluation.asking import RunEntry
from qa.evaluation.report import Run


def _field(text: str) -> str:
    """A text that holds no white space: what would cut the line is percent-encoded, Han is kept."""
    return "".join(
        character if character.isprintable() and character not in " %" else quote(character, safe="")
        for character in text
    )


def trec_lines(
    run: Run, entries: Sequence[Sequence[RunEntry]], ids: Mapping[str, str] | None
) -> Iterator[str]:
    """The lines of a run file.

    Args:
        run: gives the questions and the tag.
        entries: hits of each of its questions, best first.
        ids: path -> id, for a set that judges documents: each document stands once, by its best passage.
            None names passages, as ``path:start-end``.

    Scores fall strictly with the rank, as trec_eval orders by score alone: equal ones are set apart by the
    least that a 32-bit float can tell.
    """
    for question, found in zip(run.questions, entries, strict=True):
        seen: set[str] = set()
        before = np.float32(np.inf)
        for hit in found:
            name = f"{hit.path}:{hit.start}-{hit.end}" if ids is None else ids[hit.path]
            if name in seen:
                continue
            seen.add(name)
            before = min(np.float32(hit.score), np.nextafter(before, np.float32(-np.inf)))
            yield f"{_field(question.id)} Q0 {_field(name)} {len(seen)} {before:.9g} {_field(run.name)}"
