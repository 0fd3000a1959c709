"""Errors of the qa layer: each says in one line what is wrong and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from embeddings.errors import YinjuError


class DocumentError(YinjuError):
    """A file cannot become a document (unreadable, binary, empty, undecodable)."""


class CollectionError(YinjuError):
    """A collection is of another format or model, damaged, or in use by another indexer."""


class QuestionError(YinjuError):
    """A question cannot be searched (empty, too long, nothing but punctuation)."""


class NotFoundError(YinjuError):
    """A document or a collection named by the caller is not there."""


class ReportError(YinjuError):
    """A saved evaluation report cannot be read, or not be compared."""


class FeedbackError(YinjuError):
    """Feedback cannot be kept, read or turned into a gold question."""


class GenerationFailure(StrEnum):
    """How an LLM has failed."""

    SETTINGS = "settings"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    STATUS = "status"
    BROKEN = "broken"


class GenerationError(YinjuError):
    """The endpoint of the LLM cannot be used, or has not given a whole answer. Holds no key and no address.

    ``status``: the HTTP status, where that is the failure.
    """

    def __init__(
        self,
        problem: str,
        remedy: str,
        failure: GenerationFailure = GenerationFailure.SETTINGS,
        status: int | None = None,
    ) -> None:
        super().__init__(problem, remedy)
        self.failure = failure
        self.status = status


@dataclass(frozen=True, slots=True)
class GoldProblem:
    """One thing that is wrong with a gold set: file, line and what is wrong; and what to do about it."""

    problem: str
    remedy: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.problem}. {self.remedy}"


class GoldError(YinjuError):
    """A gold set cannot be used.

    ``str(error)`` has a line for every problem.

    Attributes:
        problems: all of them, at least one.
    """

    def __init__(self, problems: Sequence[GoldProblem]) -> None:
        super().__init__(problems[0].problem, problems[0].remedy)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """All problems, a line each."""
        return "\n".join(str(problem) for problem in self.problems)
