"""What is searched of a passage: its own text, and the title and headings it stands under.

`项目成效` alone means nothing; under the title of its case it does.
"""

import hashlib


def context_of(title: str, section: tuple[str, ...]) -> str:
    """Title and headings as one text, outermost first, one a line."""
    return "\n".join((title, *section))


def embedded_text(title: str, section: tuple[str, ...], text: str) -> str:
    """The text that is embedded."""
    return f"{context_of(title, section)}\n{text}"


def digest(title: str, section: tuple[str, ...], text: str) -> bytes:
    """Names the vector of a passage in the cache: equal exactly when the embedded text is equal."""
    return hashlib.sha256(embedded_text(title, section, text).encode("utf-8", "surrogatepass")).digest()
