"""A text edited step by step, with a way back to the source for every character."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Edit(NamedTuple):
    """Put ``text`` (nothing, or one character) in the place of ``start:end``."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CleanText:
    """The readable form of a source text.

    Attributes:
        text: the readable text.
        offsets: for every character of ``text`` the source offset it stands for; shape (len(text),),
            int64, strictly increasing, read-only.
    """

    text: str
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, source: str) -> CleanText:
        """The source itself, before any rule."""
        return cls(source, _frozen(np.arange(len(source), dtype=np.int64)))

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source span of a slice of the clean text.

        Args:
            start: where a slice of ``text`` begins, from 0.
            end: where it ends, exclusive; start < end <= len(text).

        Returns:
            Source offsets, end exclusive: from the slice's first character to its last.

        Raises:
            ValueError: the slice is empty or lies outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            msg = f"No clean slice {start}:{end} in a text of {len(self.text)} characters"
            raise ValueError(msg)
        return int(self.offsets[start]), int(self.offsets[end - 1]) + 1

    def edited(self, edits: Iterable[Edit]) -> CleanText:
        """This text after some edits, still mapped to the same source.

        Args:
            edits: in order, not overlapping.
        """
        parts: list[str] = []
        kept: list[NDArray[np.int64]] = []
        position = 0
        for start, end, text in edits:
            parts += (self.text[position:start], text)
            kept += (self.offsets[position:start], self.offsets[start : start + len(text)])
            position = end
        if not parts:
            return self
        parts.append(self.text[position:])
        kept.append(self.offsets[position:])
        return CleanText("".join(parts), _frozen(np.concatenate(kept)))


def _frozen(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets.setflags(write=False)
    return offsets
