"""What an evaluation gives: values that are printed, saved as JSON, drawn and compared.

Every value here is plain data, so that a saved report can be read again years later. Offsets count
Unicode code points of a document's source, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

REPORT_FORMAT = 1
"""Version of a saved report; another one is refused."""


class Unit(StrEnum):
    """What the gold set judges: spans of documents, or documents as a whole."""

    SPAN = "span"
    DOCUMENT = "document"


class Outcome(StrEnum):
    """What became of one question; for those that went wrong, where it did.

    The first that applies is given. ``SPLIT``: no single passage holds half of the evidence; ``MISSED``:
    no evidence among the passages judged; ``LOW``: found, but below the passages an answer is made of;
    ``PART``: an answer in parts of which some are missing there; ``REFUSED``: refused, though they hold
    it; ``SENTENCE``: answered, but not with the sentence that proves it. ``UNJUDGED``: an unanswerable
    question where only retrieval was measured, which finds nothing right or wrong.
    """

    RIGHT = "right"
    FOUND = "found"
    REFUSED_RIGHTLY = "refused_rightly"
    UNJUDGED = "unjudged"
    ANSWERED_WRONGLY = "answered_wrongly"
    SPLIT = "split"
    MISSED = "missed"
    LOW = "low"
    PART = "part"
    REFUSED = "refused"
    SENTENCE = "sentence"

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return self in {Outcome.RIGHT, Outcome.FOUND, Outcome.REFUSED_RIGHTLY, Outcome.UNJUDGED}


class Verdict(StrEnum):
    """What a comparison shows."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over ``questions`` questions with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of some of the questions: all of them, one type, one language.

    ``metrics``: name -> interval; a metric that none of the questions defines is not there.
    """

    name: str
    questions: int
    metrics: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run of evidence and the first place where it stands; lines count from 1."""

    path: str
    text: str
    start: int
    end: int
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """A passage found for a question. ``passage`` is its key in :attr:`EvaluationReport.passages`.

    ``relevant``: it holds evidence (at least half of a run), or its document is judged relevant.
    """

    passage: str
    rank: int
    score: float
    relevant: bool
    lexical_rank: int | None
    dense_rank: int | None
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedCitation:
    """A sentence quoted, or that would be quoted if the bot did not refuse.

    ``exact``: the source sliced at its offsets equals the quote. ``right``: it proves the answer: it
    overlaps the evidence, or, where a set judges documents, holds an answer or stands in a relevant one.
    """

    path: str
    start: int
    end: int
    line_start: int
    line_end: int
    text: str
    exact: bool
    right: bool


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """What the bot replied. ``citations`` are those of the answer, or of the one that it held back.

    ``sentence``: whether the best sentence, by itself, proves the answer, given or held back; False in
    reports that were saved before it was kept.
    ``written``: how many sentences of an LLM's answer were supported, uncited, unsupported, and untold, by
    these names; empty where it failed, or said no more than that the passages do not tell; None where it was
    not asked.
    """

    answered: bool
    confidence: float
    reason: str | None
    citations: tuple[JudgedCitation, ...]
    sentence: bool = False
    written: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question with all that came of it.

    Attributes:
        id, question, type, language: from the gold set; empty where it does not say.
        searched: what was searched where that differs from the question, else None.
        later_turn: whether it is a later turn of a conversation; these are measured apart.
        answers: the short answers that the gold set gives.
        evidence: the evidence runs; empty for an unanswerable question, and where documents are judged.
        documents: paths of the documents judged relevant.
        answerable: whether the documents answer it.
        metrics: name -> value, for the metrics that are defined for this question.
        first_rank: rank of the first relevant hit, None where none was found.
        hits: the first ones, best first.
        answer: None where only retrieval was measured.
        outcome: what became of it.
    """

    id: str
    question: str
    type: str
    language: str
    searched: str | None
    later_turn: bool
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    documents: tuple[str, ...]
    answerable: bool
    metrics: Mapping[str, float]
    first_rank: int | None
    hits: tuple[JudgedHit, ...]
    answer: JudgedAnswer | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """Questions of about the same confidence: what they say, and what is so.

    ``confidence`` is their mean confidence, ``answerable`` the share of them that the documents answer, with
    its 95% Wilson interval from ``low`` to ``high``; all in 0..1. ``questions`` counts them, at least one.
    """

    confidence: float
    answerable: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """How well the confidence tells what the documents answer.

    Attributes:
        answerable, unanswerable: numbers of questions.
        threshold: language -> confidence below which the bot refuses.
        auroc: area under the ROC curve of the confidence, answerable against unanswerable, 0..1, 0.5 by
            chance; None without questions of both kinds.
        coverage, risk: the risk-coverage curve: of the share ``coverage`` of questions with the highest
            confidence, the share ``risk`` whose answer is wrong or that have none.
        aurc: area under that curve, 0..1, lower is better; None without questions.
        at_threshold: (coverage, risk) of what the bot really answers; None when it answers nothing.
        reliability: the questions in bins of rising confidence; empty without questions of both kinds, and
            in a report saved before there were any.
        calibration_error: mean distance of confidence and truth over these bins, 0..1, lower is better; None
            without them.
    """

    answerable: int
    unanswerable: int
    threshold: Mapping[str, float]
    auroc: float | None
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: float | None
    at_threshold: tuple[float, float] | None
    reliability: tuple[ConfidenceBin, ...] = ()
    calibration_error: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of single questions, one at a time in this process: median and 99th percentile."""

    questions: int
    search_p50: float
    search_p99: float
    ask_p50: float | None
    ask_p99: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One way of retrieving, evaluated over the whole gold set.

    Attributes:
        name: what it is called in tables and comparisons.
        mode: hybrid, lexical or dense.
        overall: figures over all questions but the later turns of conversations.
        types, languages: the same by type and by language; later turns have types of their own.
        recall_curve: recall@k over all answerable questions for k = 1 .. depth.
        first_ranks: number of questions whose first relevant hit has rank 1 .. depth.
        never: number of answerable questions without any relevant hit.
        refusals: None where only retrieval was measured.
        latency: None where it was not measured.
        questions: every question's result, in the order of the gold set.
    """

    name: str
    mode: str
    overall: Group
    types: tuple[Group, ...]
    languages: tuple[Group, ...]
    recall_curve: tuple[float, ...]
    first_ranks: tuple[int, ...]
    never: int
    refusals: Refusals | None
    latency: Latency | None
    questions: tuple[QuestionResult, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired comparison of two runs in one metric.

    ``difference`` is the mean of ``run`` less that of ``baseline``, with its 95% bootstrap interval; ``p``
    is the p-value of a two-sided paired randomisation test, ``p_corrected`` the same after Holm's
    correction for all comparisons of the report.
    """

    run: str
    baseline: str
    metric: str
    questions: int
    difference: float
    low: float
    high: float
    p: float
    p_corrected: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage as the report shows it; lines count from 1."""

    path: str
    title: str
    section: tuple[str, ...]
    line_start: int
    line_end: int
    text: str


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Runs over one gold set, and what their comparison shows.

    Attributes:
        format: REPORT_FORMAT.
        gold: name of the gold set (its file or folder).
        split: the split that was evaluated, None for all questions.
        unit: what the gold set judges.
        made_at: time in UTC, ISO 8601.
        model: embedding model of the collection.
        documents, passages_indexed: size of the collection.
        depth: number of passages judged for each question.
        answered_from: number of passages an answer is made of.
        warnings: sentences about the gold set that do not stop the evaluation.
        runs: at least one.
        comparisons: empty for a single run.
        passages: key -> passage, for all hits shown.
    """

    format: int
    gold: str
    split: str | None
    unit: Unit
    made_at: str
    model: str
    documents: int
    passages_indexed: int
    depth: int
    answered_from: int
    warnings: tuple[str, ...]
    runs: tuple[Run, ...]
    comparisons: tuple[Comparison, ...] = ()
    passages: Mapping[str, PassageText] = field(default_factory=dict)
