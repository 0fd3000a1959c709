"""Figures of a run: metrics of every question, then means by type and language, curves and outcomes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from qa.bot import DEFAULT_K
from qa.evaluation.asking import Judged, Search
from qa.evaluation.gold import GoldQuestion
from qa.evaluation.metrics import retrieval_metrics
from qa.evaluation.refusals import Judgement, judge_refusals
from qa.evaluation.report import (
    Group,
    Interval,
    JudgedAnswer,
    Latency,
    Outcome,
    QuestionResult,
    Run,
    Unit,
)
from qa.evaluation.statistics import bootstrap_intervals
from qa.evaluation.text_match import character_f1, contains_answer
from qa.types import Support

_CHECKED = (Support.SUPPORTED, Support.UNCITED, Support.UNSUPPORTED)
"""What checking a sentence can show; one that says that the passages do not tell is not checked."""


def summarise(
    name: str,
    unit: Unit,
    judged: Sequence[tuple[Search, Judged]],
    *,
    depth: int,
    threshold: Mapping[str, float],
    latency: Latency | None,
) -> Run:
    """Sum up a run.

    Args:
        name: of the run, which is its mode.
        unit: what the gold set judges.
        judged: every search with what came of it.
        depth: passages that were judged.
        threshold: language -> confidence below which the bot refuses.
        latency: as measured.
    """
    by_document = {search.id: each.by_document for search, each in judged if each.by_document is not None}
    by_span = {search.id: each.by_span for search, each in judged if each.by_span is not None}
    metrics, curves = retrieval_metrics(by_document if unit is Unit.DOCUMENT else by_span, depth)
    if unit is Unit.SPAN:
        of_documents, _ = retrieval_metrics(by_document, depth)
        for key, values in of_documents.items():
            metrics[key] |= {f"document {metric}": value for metric, value in values.items()}

    results = [_result(search, each, metrics.get(search.id, {})) for search, each in judged]
    single = [result for result in results if not result.later_turn]
    answerable = [result for result in single if result.answerable]
    ranks = [result.first_rank for result in answerable]
    judgements = [_judgement(result, result.answer) for result in single if result.answer is not None]
    return Run(
        name=name,
        mode=name,
        overall=_group("all", single),
        types=tuple(_groups(results, lambda result: result.type)),
        languages=tuple(_groups(single, lambda result: result.language)),
        recall_curve=_mean_curve([curves[result.id] for result in answerable]),
        first_ranks=tuple(ranks.count(rank) for rank in range(1, depth + 1)),
        never=ranks.count(None),
        refusals=judge_refusals(judgements, threshold) if judgements else None,
        latency=latency,
        questions=tuple(results),
    )


def _result(search: Search, judged: Judged, metrics: dict[str, float]) -> QuestionResult:
    gold = search.gold
    if judged.answer is not None:
        metrics |= answer_metrics(gold, judged.answer)
    return QuestionResult(
        id=search.id,
        question=gold.question,
        type=search.type,
        language=gold.language,
        searched=judged.searched if judged.searched != gold.question else None,
        later_turn=search.later_turn,
        answers=gold.answers,
        evidence=judged.evidence,
        documents=tuple(gold.documents),
        answerable=gold.answerable,
        metrics=metrics,
        first_rank=judged.relevant.index(True) + 1 if True in judged.relevant else None,
        hits=judged.hits,
        answer=judged.answer,
        outcome=_outcome(gold, judged, metrics),
    )


def answer_metrics(gold: GoldQuestion, answer: JudgedAnswer) -> dict[str, float]:
    """Metrics of answers, citations and refusals; those that are undefined for the question are left out.

    - ``handled``: 1 when an answerable question is answered or an unanswerable one refused.
    - ``answered``: 1 when answered; answerable questions only.
    - ``contains_answer``, ``answer_f1``: of the reply against the gold answers; a refusal scores 0.
    - ``evidence_sentence``: 1 when the best sentence proves the answer, whether or not it is held back;
      0 where there is no sentence. So it judges the choice of sentences apart from refusing.
    - ``citation_exact``: share of the citations given whose slice of the source is the quote; must be 1.
    - ``citation_overlap``: share of the citations given, sentences or neighbours together, that prove the
      answer. Undefined without a citation.
    - ``written``: 1 when an LLM that was asked has written sentences, 0 when it failed or found nothing told.
    - ``supported``, ``uncited``, ``unsupported``: shares of these sentences, by what checking them showed;
      those that only say that the passages do not tell are none of them. Undefined without a sentence.
    """
    metrics = {"handled": float(answer.answered == gold.answerable), **_written_metrics(answer)}
    citations = answer.citations if answer.answered else ()
    if citations:
        metrics["citation_exact"] = float(np.mean([each.exact for each in citations]))
    if not gold.answerable:
        return metrics
    metrics["answered"] = float(answer.answered)
    metrics["evidence_sentence"] = float(answer.sentence)
    if citations:
        metrics["citation_overlap"] = float(np.mean([each.right for each in citations]))
    if gold.answers:
        text = "\n".join(each.text for each in citations)
        metrics["contains_answer"] = contains_answer(text, gold.answers, in_parts=gold.in_parts)
        metrics["answer_f1"] = character_f1(text, gold.answers, in_parts=gold.in_parts)
    return metrics


def _written_metrics(answer: JudgedAnswer) -> dict[str, float]:
    if answer.written is None:
        return {}
    total = sum(answer.written.get(name.value, 0) for name in _CHECKED)
    shares = {name.value: answer.written.get(name.value, 0) / total for name in _CHECKED} if total else {}
    return {"written": float(total > 0), **shares}


def _outcome(gold: GoldQuestion, judged: Judged, metrics: Mapping[str, float]) -> Outcome:
    answer = judged.answer
    if not gold.answerable:
        return _unanswerable_outcome(answer)
    if True not in judged.relevant:
        outcome = Outcome.SPLIT if judged.split else Outcome.MISSED
    elif True not in judged.relevant[:DEFAULT_K]:
        outcome = Outcome.LOW
    # A set may judge several documents relevant of which any answers; only parts are all wanted.
    elif gold.in_parts and metrics[f"recall@{DEFAULT_K}"] < 1.0:
        outcome = Outcome.PART
    elif answer is None:
        outcome = Outcome.FOUND
    elif not answer.answered:
        outcome = Outcome.REFUSED
    else:
        right = any(each.right for each in answer.citations)
        outcome = Outcome.RIGHT if right else Outcome.SENTENCE
    return outcome


def _unanswerable_outcome(answer: JudgedAnswer | None) -> Outcome:
    if answer is None:
        return Outcome.UNJUDGED
    return Outcome.ANSWERED_WRONGLY if answer.answered else Outcome.REFUSED_RIGHTLY


def _judgement(result: QuestionResult, answer: JudgedAnswer) -> Judgement:
    return Judgement(
        confidence=answer.confidence,
        answerable=result.answerable,
        answered=answer.answered,
        right=any(each.right for each in answer.citations),
    )


def _groups(results: Sequence[QuestionResult], key: Callable[[QuestionResult], str]) -> Iterator[Group]:
    """Figures by a label, in the order in which the labels first come; none where there is no label."""
    order = {label: place for place, label in enumerate(dict.fromkeys(map(key, results)))}
    labelled = sorted((result for result in results if key(result)), key=lambda result: order[key(result)])
    for label, members in groupby(labelled, key):
        yield _group(label, list(members))


def _group(name: str, results: Sequence[QuestionResult]) -> Group:
    names = list(dict.fromkeys(metric for result in results for metric in result.metrics))
    if not names:
        return Group(name, len(results), {})
    values = np.asarray([[result.metrics.get(metric, np.nan) for metric in names] for result in results])
    bounds = bootstrap_intervals(values)
    return Group(
        name=name,
        questions=len(results),
        metrics={
            metric: Interval(
                mean=float(np.nanmean(column)),
                low=float(low),
                high=float(high),
                questions=int((~np.isnan(column)).sum()),
            )
            for metric, column, (low, high) in zip(names, values.T, bounds, strict=True)
        },
    )


def _mean_curve(curves: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(map(float, np.mean(curves, axis=0))) if curves else ()
