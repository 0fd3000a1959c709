"""Gradio as the page takes it: silent, and without the half of its import that only an editor needs.

At every import Gradio writes a ``.pyi`` file beside each of its component modules, which takes longer
than all the rest of it. It leaves a component alone whose source file is not to be found.
"""

import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _sources_hidden() -> Iterator[None]:
    find = inspect.getfile

    def find_all_but_gradio(object: Any) -> str:  # noqa: A002 - named as in the original
        if str(getattr(object, "__module__", "")).startswith("gradio."):
            raise OSError("hidden while Gradio is imported")
        return find(object)

    inspect.getfile = find_all_but_gradio
    try:
        yield
    finally:
        inspect.getfile = find


# Without this, Gradio reports to its makers' server.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# Without these, it works out statistics of all past questions, which nobody reads, at every new one.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"

with _sources_hidden():
    import gradio as gr

__all__ = ["gr"]
