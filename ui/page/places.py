"""Places in documents as they travel to the browser and back."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from qa.types import Citation, Hit
from ui.strings import Strings


def quote_digest(quote: str) -> str:
    """Short digest that tells whether a place still holds the words that were quoted from it."""
    return sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Place(BaseModel):
    """A span that the browser asks to see, the ``n``-th of ``total`` that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    digest: str
    n: int = Field(ge=1)
    total: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A citation or a passage as it is shown: its number, its words and where they stand."""

    title: str
    path: str
    section: tuple[str, ...]
    where: str
    text: str
    place: Place

    @classmethod
    def of_citation(cls, citation: Citation, total: int, strings: Strings) -> Self:
        """A citation, one of ``total``."""
        place = Place(
            document=citation.document.id,
            start=citation.start,
            end=citation.end,
            digest=quote_digest(citation.quote),
            n=citation.n,
            total=total,
        )
        return cls(
            title=citation.document.title,
            path=citation.document.path,
            section=_below(citation.document.title, citation.section),
            where=whereabouts(citation.line_start, citation.line_end, citation.page, strings),
            text=citation.text,
            place=place,
        )

    @classmethod
    def of_hit(cls, hit: Hit, total: int, strings: Strings) -> Self:
        """A passage that was found, one of ``total``."""
        passage = hit.passage
        place = Place(
            document=hit.document.id,
            start=passage.start,
            end=passage.end,
            digest=quote_digest(passage.quote),
            n=hit.rank,
            total=total,
        )
        return cls(
            title=hit.document.title,
            path=hit.document.path,
            section=_below(hit.document.title, passage.section),
            where=whereabouts(passage.line_start, passage.line_end, passage.page, strings),
            text=passage.text,
            place=place,
        )


def _below(title: str, section: tuple[str, ...]) -> tuple[str, ...]:
    """The section path without the document's title, which often is its outermost heading."""
    return section[1:] if section[:1] == (title,) else section


def whereabouts(line_start: int, line_end: int, page: int | None, strings: Strings) -> str:
    """Page and lines in words."""
    form = strings.line if line_start == line_end else strings.lines
    lines = form.format(start=line_start, end=line_end)
    return lines if page is None else f"{strings.page.format(page=page)} · {lines}"
