"""One indexer at a time in a collection."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.errors import CollectionError


@contextmanager
def index_lock(collection: Path) -> Iterator[None]:
    """Hold the collection's lock; the system frees it when the process ends, however it ends.

    Raises:
        CollectionError: another process holds it; the message names its process id.
    """
    with (collection / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise CollectionError(
                f"Another process (pid {owner}) is indexing the collection {collection.name!r}",
                "Wait until it has finished, then run the command again.",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
