"""Files of JSON lines that several processes append to: every line is whole, whatever crashes.

A file is locked while it is read or appended to, so that nobody meets half a line of a process that is
still writing. What a crash has left of a line stays a line of its own: the next one begins on a new
line, and whoever reads the file finds the damaged one by its number.
"""

import errno
import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Ends of lines to Python's splitlines, though not to JSON: escaped, so that no reader cuts a line there.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, without its line end; ``number`` counts all lines of the file, from 1."""

    number: int
    content: bytes


def encoded(record: Mapping[str, object]) -> bytes:
    """A record as one line of UTF-8 with its line end, readable as it is."""
    text = json.dumps(record, ensure_ascii=False)
    text = _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Half of a surrogate pair (in a file's name, say) has no UTF-8; as \udc80 it is JSON again.
    return text.encode("utf-8", "backslashreplace") + b"\n"


class LockedLines:
    """A file of lines, open and locked: nobody else appends meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def size(self) -> int:
        """Bytes that the file has before the next line, the end of an unfinished last line included."""
        size = os.fstat(self._descriptor).st_size
        return size + self._unfinished(size)

    def lines(self) -> list[Line]:
        """All lines that are not blank."""
        return _split(_read(self._descriptor))

    def append(self, line: bytes) -> None:
        """Add a line and wait until it is on the disk.

        Raises:
            OSError: it cannot be written; the file is then as it was.
        """
        size = os.fstat(self._descriptor).st_size
        whole = b"\n" * self._unfinished(size) + line
        try:
            if os.write(self._descriptor, whole) != len(whole):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def _unfinished(self, size: int) -> bool:
        return size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"


@contextmanager
def locked_lines(file: Path) -> Iterator[LockedLines]:
    """Open a file to read and append to, made when missing, and wait for its lock.

    Raises:
        OSError: it cannot be opened.
    """
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if is_new:
            _flush_folder(file.parent)
        yield LockedLines(descriptor)
    finally:
        os.close(descriptor)  # frees the lock


def read_lines(file: Path) -> list[Line]:
    """All lines of a file that are not blank; a file that is missing has none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return _split(_read(descriptor))
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(0)
        return file.read()


def _split(content: bytes) -> list[Line]:
    lines = enumerate(content.split(b"\n"), start=1)
    return [Line(number, line) for number, line in lines if line.strip()]


def _flush_folder(folder: Path) -> None:
    """Have the disk remember that a file is new in its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
