"""What a reader says about an answer, as it travels from the browser."""

from typing import TypedDict

from pydantic import BaseModel, ConfigDict, Field

from qa.feedback import MAX_COMMENT, Rating
from qa.queries import MAX_CHARACTERS
from ui.page.places import Place


class GivenFeedback(BaseModel):
    """One thing said about the answer to a question: a rating, a comment, or the right passage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1, max_length=MAX_CHARACTERS)
    rating: Rating | None = None
    comment: str = Field(default="", max_length=MAX_COMMENT)
    place: Place | None = None

    @property
    def spans(self) -> list[tuple[str, int, int]]:
        """The right passage as the bot takes it, where there is one."""
        return [] if self.place is None else [(self.place.document, self.place.start, self.place.end)]


class Reply(TypedDict):
    """Whether the feedback is kept, and the sentence that tells the reader."""

    noted: bool
    sentence: str
