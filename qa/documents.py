"""Files to documents: finding them, reading them, naming them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.characters import ends_sentence, han_count, has_han, width
from qa.cleaning import clean
from qa.decoding import Decoded, decode
from qa.errors import DocumentError
from qa.garble import garble_score, garble_warning
from qa.headings import is_byline, is_item, is_rule, is_table_row, markdown_heading
from qa.types import Document, DocumentRef

Reader = Callable[[bytes], Decoded]

#: What can be read, by file name ending in lower case. A new format is one more entry here.
FORMATS: dict[str, Reader] = {
    ".txt": decode,
    ".text": decode,
    ".md": decode,
    ".markdown": decode,
}

_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that can be read.

    Attributes:
        file: where it is.
        path: its name relative to the folder that was given, with forward slashes; for a file that was
            given by itself, its bare name.
    """

    file: Path
    path: str


def find_files(paths: Sequence[Path]) -> list[FoundFile]:
    """Find the readable files in some folders and files.

    Hidden files and folders are passed over, and so is a folder met a second time through a link. Files
    of other formats are passed over in folders, but an error when named.

    Args:
        paths: folders, searched to any depth, and single files.

    Returns:
        The files, those of each path sorted by name, no file twice.

    Raises:
        DocumentError: a path does not exist, cannot be listed, or names a file of another format.
    """
    found: dict[Path, FoundFile] = {}
    for path in paths:
        if not path.exists():
            raise DocumentError(f"{path} does not exist", "Check the name of the folder or file.")
        if path.is_dir():
            candidates = ((file, file.relative_to(path).as_posix()) for file in _walk(path))
        else:
            if path.suffix.lower() not in FORMATS:
                known = ", ".join(FORMATS)
                problem = f"{path.name} is of a format that is not read"
                raise DocumentError(problem, f"Give files of: {known}.")
            candidates = ((file, file.name) for file in (path,))
        for file, relative in candidates:
            found.setdefault(file.resolve(), FoundFile(file, relative))
    return list(found.values())


def _walk(folder: Path) -> Iterator[Path]:
    seen: set[Path] = set()
    pending = [folder]
    files = []
    while pending:
        current = pending.pop()
        resolved = current.resolve()
        if resolved in seen:
            continue
        seen.add(resolved)
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            reason = error.strerror or str(error)
            raise DocumentError(f"{current} cannot be listed ({reason})", "Check its permissions.") from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                pending.append(Path(entry.path))
            elif entry.is_file() and Path(entry.name).suffix.lower() in FORMATS:
                files.append(Path(entry.path))
    yield from sorted(files, key=lambda file: file.relative_to(folder).parts)


def read_document(file: FoundFile) -> Document:
    """Read one file.

    Args:
        file: what :func:`find_files` found.

    Returns:
        The document; its id depends on the file's relative name only, so it outlives edits.

    Raises:
        DocumentError: the file cannot be read, is empty or binary, or does not decode.
    """
    try:
        data = file.file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        problem = f"{file.path} cannot be read ({reason})"
        raise DocumentError(problem, "Check the file and its permissions.") from error
    reader = FORMATS.get(file.file.suffix.lower(), decode)
    try:
        decoded = reader(data)
    except DocumentError as error:
        raise DocumentError(f"{file.path}: {error.problem}", error.remedy) from error
    garble = garble_score(decoded.text)
    warning = garble_warning(garble)
    return Document(
        ref=DocumentRef(document_id(file.path), file.path, title_of(decoded.text) or file.file.stem),
        source=decoded.text,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=decoded.encoding,
        garble=garble,
        warnings=(warning,) if warning else (),
    )


def document_id(path: str) -> str:
    """Identity of a document: 16 hexadecimal digits that depend on its relative name only."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:_ID_DIGITS]


#: How much of a file is looked at for its title, in characters.
_HEAD = 4000
_MAX_TITLE = 40.0
_MAX_LATIN_TITLE = 60.0
_COVER = 4
_MIN_COVER_TITLE = 5.0
_EDITION = re.compile(r"(?:19|20)\d\d|[集刊卷册期版]|报告|年鉴|白皮书|手册|指南|规划|方案|办法|条例")
_TRAILING = " ·：:—–─-"


def title_of(text: str) -> str:
    """The title that a document gives itself.

    A Markdown heading near the start, else the short lines above the first prose: the first of them with
    its continuation, or, on a cover of many lines, the longest with its edition line.

    Args:
        text: the text as decoded.

    Returns:
        The title in one line, or an empty string when the text starts with prose.
    """
    lines = [line for line in clean(text[:_HEAD]).text.split("\n\n") for line in [*line.split("\n"), ""]]
    solid = [line for line in lines if line]
    for line in solid[:10]:
        heading = markdown_heading(line)
        if heading is not None:
            return heading[1]
    cover = _cover(lines)
    if not cover:
        return ""
    if len(cover) > _COVER:
        return _cover_title(cover)
    return _first_title(lines, cover[0])


def _cover(lines: Sequence[str]) -> list[str]:
    """The short lines before the first prose, bylines aside."""
    cover = []
    for line in lines:
        if not line or is_byline(line) or is_rule(line):
            continue
        if not _may_be_title(line):
            break
        cover.append(line.strip(_TRAILING))
    return [line for line in cover if len(line) > 1]


def _may_be_title(line: str) -> bool:
    most = _MAX_TITLE if has_han(line) else _MAX_LATIN_TITLE
    if width(line) > most or is_table_row(line) or is_item(line):
        return False
    asks = line.endswith(("？", "！", "?", "!")) and width(line) <= most / 2
    return asks or not ends_sentence(line)


def _cover_title(cover: Sequence[str]) -> str:
    chinese = [line for line in cover if has_han(line)]
    candidates = chinese or list(cover)
    title = max(candidates, key=lambda line: (han_count(line), width(line)))
    if width(title) < _MIN_COVER_TITLE:
        return candidates[0]
    after = candidates.index(title) + 1
    if after < len(candidates) and _EDITION.search(candidates[after]):
        return f"{title} {candidates[after]}"
    return title


def _first_title(lines: Sequence[str], first: str) -> str:
    """The first line, and the one right below it when it is in the same script and both make one line."""
    at = next(index for index, line in enumerate(lines) if line.strip(_TRAILING) == first)
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if below and _may_be_title(below) and not is_byline(below) and has_han(below) == has_han(first):
        joined = f"{first} {below.strip(_TRAILING)}"
        if width(joined) <= _MAX_TITLE:
            return joined
    return first
