"""The text of an LLM as sentences with the passages that each cites."""

import re
import unicodedata
from dataclasses import dataclass

from qa.sentences import sentences

_NUMBERS = r"\s*\d{1,3}(?:\s*[,，、;；\-–—~]\s*\d{1,3})*\s*"
_MARK = re.compile(rf"\s*(?:\[({_NUMBERS})\]|【({_NUMBERS})】|［({_NUMBERS})］)")
_RANGE = re.compile(r"(\d+)\s*[-–—~]\s*(\d+)")
_FINAL = r"[。！？!?.…]+[”’」』）)\"]*"
_LIST_MARK = re.compile(r"^\s*(?:[-*•·#>]+\s+|\d{1,2}(?:[、)）]|\.(?!\d))\s*)")
_SOLID = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class ParsedSentence:
    """A sentence without its marks; ``cited``: the passage numbers of these, in order, without repeats."""

    text: str
    paragraph: int
    cited: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A written answer. ``invalid``: how many of its citation numbers name no passage."""

    sentences: tuple[ParsedSentence, ...]
    invalid: int


def parse(text: str, passages: int) -> Parsed:
    """Cut an answer into sentences and read their citation marks: [1], [1][3], [1,3], [1-3], 【1】, ［１］.

    A mark behind a sentence's final mark, as well as before it, belongs to that sentence.

    Args:
        text: what the LLM wrote, without its thoughts.
        passages: how many passages it was given; they are numbered from 1.
    """
    found: list[ParsedSentence] = []
    invalid = 0
    for paragraph, line in enumerate(filter(str.strip, text.splitlines())):
        for piece in _pieces(_LIST_MARK.sub("", line)):
            numbers = [number for mark in _MARK.finditer(piece) for number in _numbers(mark)]
            said = _MARK.sub("", piece).strip()
            valid = tuple(dict.fromkeys(number for number in numbers if 1 <= number <= passages))
            invalid += sum(not 1 <= number <= passages for number in numbers)
            if _SOLID.search(said):
                found.append(ParsedSentence(said, paragraph, valid))
            elif found:
                # A mark that stands alone, in a line of its own for instance, belongs to what it follows.
                last = found.pop()
                found.append(
                    ParsedSentence(last.text, last.paragraph, tuple(dict.fromkeys(last.cited + valid)))
                )
    return Parsed(tuple(found), invalid)


def _pieces(line: str) -> list[str]:
    """The sentences of a line, each with its marks."""
    # Marks are put before the final mark, so that the sentence ends where it would without them.
    line = re.sub(rf"({_FINAL})((?:{_MARK.pattern})+)", lambda found: found[2] + found[1] + " ", line)
    return [line[start:end] for start, end in sentences(line)]


def _numbers(mark: re.Match[str]) -> list[int]:
    inside = unicodedata.normalize("NFKC", next(filter(None, mark.groups())))
    inside = _RANGE.sub(
        lambda found: ",".join(map(str, range(int(found[1]), min(int(found[2]), int(found[1]) + 20) + 1))),
        inside,
    )
    return [int(number) for number in re.findall(r"\d+", inside)]
