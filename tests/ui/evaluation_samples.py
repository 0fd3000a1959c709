"""Reports to draw pages of: a small one as of the seeds, a hostile one, and a big one. No retrieval is run.

Ranks are drawn by chance and all figures follow from them, so that a sample says the same everywhere.
"""

import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from qa.evaluation.refusals import Judgement, calibration_error, reliability
from qa.evaluation.report import (
    REPORT_FORMAT,
    Comparison,
    EvaluationReport,
    Evidence,
    Group,
    Interval,
    JudgedAnswer,
    JudgedCitation,
    JudgedHit,
    Latency,
    Outcome,
    PassageText,
    QuestionResult,
    Refusals,
    Run,
    Unit,
    Verdict,
)

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
DEPTH = 20
ANSWERED_FROM = 5
COMPARED = ("recall@1", "recall@5", "nDCG@10", "MRR")

HOSTILE = (
    "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1><!--<script> & &lt; "
    "{{ 7 * 7 }} ${window.pwned=1} $x^2$ \\u003c javascript:window.pwned=1 \u2028\u2029 \x00 \ud800 ]]>"
    "</title></style><svg onload=window.pwned=1>"
)
LONG_RUN = "W" * 3000 + "鲸" * 3000


@dataclass(frozen=True)
class Asked:
    """A gold question, and the passages that hold its evidence."""

    id: str
    question: str
    type: str
    language: str
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    documents: tuple[str, ...]
    relevant: str | None
    later_turn: bool = False
    searched: str | None = None


@dataclass(frozen=True)
class Skill:
    """How well a made-up run does: the chance that a rank is not the right one, and that it is never found."""

    name: str
    further: float
    lost: float
    answers: bool


def interval(values: Sequence[float]) -> Interval:
    half = 1.96 * pstdev(values) / math.sqrt(len(values))
    mean = fmean(values)
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half), len(values))


def group(name: str, results: Sequence[QuestionResult]) -> Group:
    names = dict.fromkeys(metric for result in results for metric in result.metrics)
    return Group(
        name,
        len(results),
        {metric: interval([r.metrics[metric] for r in results if metric in r.metrics]) for metric in names},
    )


def groups(results: Sequence[QuestionResult], label: Callable[[QuestionResult], str]) -> tuple[Group, ...]:
    names = [name for name in dict.fromkeys(map(label, results)) if name]
    return tuple(group(name, [result for result in results if label(result) == name]) for name in names)


def retrieval_metrics(rank: int | None) -> dict[str, float]:
    found = math.inf if rank is None else rank
    return {
        **{f"recall@{k}": float(found <= k) for k in (1, 3, 5, 10, 20)},
        **{f"precision@{k}": float(found <= k) / k for k in (1, 5, 10)},
        **{f"nDCG@{k}": 1 / math.log2(found + 1) if found <= k else 0.0 for k in (5, 10)},
        "MRR": 1 / found,
        "MAP": 1 / found,
    }


def draw_rank(skill: Skill, asked: Asked, chance: random.Random) -> int | None:
    hard = 2.2 if asked.type in {"paraphrase", "english", "keyword"} else 1.0
    if chance.random() < skill.lost * hard:
        return None
    rank = 1
    while chance.random() < min(0.8, skill.further * hard):
        rank += 1
    return rank if rank <= DEPTH else None


def outcome_of(asked: Asked, rank: int | None, answer: JudgedAnswer | None) -> Outcome:
    if asked.relevant is None:
        outcome = Outcome.REFUSED_RIGHTLY
        if answer is None or answer.answered:
            outcome = Outcome.UNJUDGED if answer is None else Outcome.ANSWERED_WRONGLY
    elif rank is None:
        outcome = Outcome.SPLIT if asked.id.endswith("3") else Outcome.MISSED
    elif rank > ANSWERED_FROM:
        outcome = Outcome.LOW
    elif asked.type in {"list", "compare"} and asked.id.endswith("7"):
        outcome = Outcome.PART
    elif answer is None:
        outcome = Outcome.FOUND
    elif not answer.answered:
        outcome = Outcome.REFUSED
    else:
        right = any(each.right for each in answer.citations)
        outcome = Outcome.RIGHT if right else Outcome.SENTENCE
    return outcome


class Maker:
    """Makes results over some passages."""

    def __init__(self, passages: dict[str, PassageText], seed: int) -> None:
        self.passages = passages
        self.keys = list(passages)
        self.chance = random.Random(seed)

    def hits(self, asked: Asked, rank: int | None, skill: Skill) -> tuple[JudgedHit, ...]:
        chance = self.chance
        keys = chance.sample(self.keys, min(10, len(self.keys)))
        if asked.relevant is not None:
            keys = [key for key in keys if key != asked.relevant]
            if rank is not None and rank <= 10:
                keys.insert(rank - 1, asked.relevant)
        words = [asked.question[at : at + 2].lower() for at in range(0, len(asked.question) - 1, 3)]
        if asked.language == "en":
            words = asked.question.lower().strip("?").split()
        return tuple(
            JudgedHit(
                passage=key,
                rank=n,
                score=19.0 / n + chance.random(),
                relevant=key == asked.relevant,
                lexical_rank=None if skill.name == "dense" else chance.randint(1, 40),
                dense_rank=None if skill.name == "lexical" else chance.randint(1, 40),
                terms=tuple(chance.sample(words, min(5, len(words)))),
            )
            for n, key in enumerate(keys[:10], start=1)
        )

    def answer(self, asked: Asked, rank: int | None) -> JudgedAnswer:
        chance = self.chance
        known = asked.relevant is not None
        answered = chance.random() < (0.88 if known else 0.55)
        citations = []
        for n in range(chance.randint(1, 3)):
            right = n == 0 and rank is not None and rank <= ANSWERED_FROM and chance.random() < 0.8
            passage = self.passages[asked.relevant if right and asked.relevant else chance.choice(self.keys)]
            at = chance.randint(0, max(0, len(passage.text) - 60))
            text = asked.evidence[0].text if right and asked.evidence else passage.text[at : at + 60]
            citations.append(
                JudgedCitation(
                    path=passage.path,
                    start=at,
                    end=at + len(text),
                    line_start=passage.line_start,
                    line_end=passage.line_end,
                    text=text,
                    exact=True,
                    right=right,
                )
            )
        return JudgedAnswer(
            answered=answered,
            confidence=chance.uniform(0.5, 0.9999) if answered else chance.uniform(0.0, 0.5),
            reason=None if answered else "没有找到能可靠回答这个问题的原文；下面是最接近的段落，供您判断。",
            citations=tuple(citations),
        )

    def result(self, asked: Asked, skill: Skill) -> QuestionResult:
        rank = None if asked.relevant is None else draw_rank(skill, asked, self.chance)
        answer = self.answer(asked, rank) if skill.answers else None
        metrics = {} if asked.relevant is None else retrieval_metrics(rank)
        if answer is not None:
            given = answer.citations if answer.answered else ()
            metrics["handled"] = float(answer.answered == (asked.relevant is not None))
            if given:
                metrics["citation_exact"] = 1.0
            if asked.relevant is not None:
                metrics["answered"] = float(answer.answered)
                metrics["evidence_sentence"] = float(answer.citations[0].right)
                metrics["contains_answer"] = float(any(each.right for each in given))
                metrics["answer_f1"] = 0.3 * metrics["contains_answer"]
                if given:
                    metrics["citation_overlap"] = fmean(float(each.right) for each in given)
        return QuestionResult(
            id=asked.id,
            question=asked.question,
            type=asked.type,
            language=asked.language,
            searched=asked.searched,
            later_turn=asked.later_turn,
            answers=asked.answers,
            evidence=asked.evidence,
            documents=asked.documents,
            answerable=asked.relevant is not None,
            metrics=metrics,
            first_rank=rank,
            hits=self.hits(asked, rank, skill),
            answer=answer,
            outcome=outcome_of(asked, rank, answer),
        )

    def run(self, questions: Iterable[Asked], skill: Skill) -> Run:
        results = tuple(self.result(asked, skill) for asked in questions)
        single = [result for result in results if not result.later_turn]
        ranks = [result.first_rank for result in single if result.answerable]
        return Run(
            name=skill.name,
            mode=skill.name,
            overall=group("all", single),
            types=groups(results, lambda result: result.type),
            languages=groups(single, lambda result: result.language),
            recall_curve=tuple(
                sum(rank is not None and rank <= k for rank in ranks) / len(ranks)
                for k in range(1, DEPTH + 1)
            )
            if ranks
            else (),
            first_ranks=tuple(ranks.count(rank) for rank in range(1, DEPTH + 1)),
            never=ranks.count(None),
            refusals=refusals(single) if skill.answers else None,
            latency=Latency(200, 15.2, 38.4, *((24.1, 47.3) if skill.answers else (None, None))),
            questions=results,
        )


def refusals(results: Sequence[QuestionResult]) -> Refusals:
    judged = sorted(
        (
            (r.answer.confidence, r.answerable and any(c.right for c in r.answer.citations))
            for r in results
            if r.answer is not None
        ),
        reverse=True,
    )
    wrong, risk = 0, []
    for n, (_, right) in enumerate(judged, start=1):
        wrong += not right
        risk.append(wrong / n)
    answered = sum(r.answer is not None and r.answer.answered for r in results)
    bins = reliability(
        [
            Judgement(r.answer.confidence, r.answerable, r.answer.answered, right=False)
            for r in results
            if r.answer is not None
        ]
    )
    return Refusals(
        answerable=sum(r.answerable for r in results),
        unanswerable=sum(not r.answerable for r in results),
        threshold={"zh": 0.5, "en": 0.45},
        auroc=0.692,
        coverage=tuple(n / len(judged) for n in range(1, len(judged) + 1)),
        risk=tuple(risk),
        aurc=fmean(risk),
        at_threshold=(answered / len(judged), risk[answered - 1]) if answered else None,
        reliability=bins,
        calibration_error=calibration_error(bins),
    )


def compare(runs: Sequence[Run]) -> tuple[Comparison, ...]:
    """Every run with every earlier one, by the normal approximation."""
    found = []
    for later, run in enumerate(runs):
        for baseline in runs[:later]:
            for metric in COMPARED:
                pairs = zip(baseline.questions, run.questions, strict=True)
                differences = [b.metrics[metric] - a.metrics[metric] for a, b in pairs if metric in a.metrics]
                mean, error = fmean(differences), pstdev(differences) / math.sqrt(len(differences)) or 1e-9
                found.append((run, baseline, metric, len(differences), mean, error))
    return tuple(
        Comparison(
            run=run.name,
            baseline=baseline.name,
            metric=metric,
            questions=questions,
            difference=mean,
            low=mean - 1.96 * error,
            high=mean + 1.96 * error,
            p=(p := math.erfc(abs(mean) / error / math.sqrt(2))),
            p_corrected=(corrected := min(1.0, p * len(found))),
            verdict=Verdict.NO_DIFFERENCE
            if corrected >= 0.05
            else (Verdict.BETTER if mean > 0 else Verdict.WORSE),
        )
        for run, baseline, metric, questions, mean, error in found
    )


def report_of(runs: Sequence[Run], passages: dict[str, PassageText], **changes: Any) -> EvaluationReport:
    made = EvaluationReport(
        format=REPORT_FORMAT,
        gold="gold.jsonl",
        split="test",
        unit=Unit.SPAN,
        made_at="2025-11-04T09:30:00+00:00",
        model="bundled",
        documents=5,
        passages_indexed=360,
        depth=DEPTH,
        answered_from=ANSWERED_FROM,
        warnings=(),
        runs=tuple(runs),
        comparisons=compare(runs),
        passages=passages,
    )
    return replace(made, **changes)


def seed_passages() -> dict[str, PassageText]:
    passages = {}
    for file in sorted((SEEDS / "documents").glob("*.txt")):
        source = file.read_text(encoding="utf-8")
        title = "".join(source.split())[:24]
        for at in range(0, min(len(source), 12_000), 330):
            text = " ".join(source[at : at + 330].split())
            line = source.count("\n", 0, at) + 1
            passages[f"{file.stem}-{at}"] = PassageText(
                path=file.name,
                title=title,
                section=(title, "项目成效") if at % 660 else (title,),
                line_start=line,
                line_end=line + source.count("\n", at, at + 330),
                text=text,
            )
    return passages


def seed_questions(count: int) -> list[Asked]:
    sources: dict[str, str] = {}
    asked = []
    with (SEEDS / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            gold = json.loads(line)
            if len(asked) == count:
                break
            evidence = []
            for each in gold["evidence"]:
                source = sources.setdefault(
                    each["doc"], (SEEDS / "documents" / each["doc"]).read_text(encoding="utf-8")
                )
                at = max(0, source.find(each["text"][:6]))
                start = source.count("\n", 0, at) + 1
                evidence.append(
                    Evidence(each["doc"], each["text"], at, at + len(each["text"]), start, start + 3)
                )
            first = evidence[0] if evidence else None
            asked.append(
                Asked(
                    id=gold["id"],
                    question=gold["question"],
                    type=gold.get("type", ""),
                    language=gold.get("lang", ""),
                    answers=tuple(gold.get("answers", ())),
                    evidence=tuple(evidence),
                    documents=tuple(dict.fromkeys(each.path for each in evidence)),
                    relevant=None if first is None else f"gold-{gold['id']}",
                    later_turn=False,
                )
            )
    return asked


def small_report(names: Sequence[str] = ("lexical", "hybrid")) -> EvaluationReport:
    """A hundred and twenty questions as of the seeds; only hybrid answers."""
    passages = seed_passages()
    questions = seed_questions(200)[::2] + seed_questions(200)[1::10]
    for asked in questions:
        if asked.relevant is not None:
            run = asked.evidence[0]
            text = f"不仅如此，各地还有许多做法。{' '.join(run.text.split())}此外，经验正在推广。"
            passages[asked.relevant] = PassageText(
                path=run.path,
                title="保尔森可持续发展奖案例集·2022",
                section=("自然守护类别", "项目背景"),
                line_start=run.line_start,
                line_end=run.line_end,
                text=text,
            )
    turn = replace(
        next(each for each in questions if each.relevant is not None),
        id="c01-2",
        question="那它呢？",
        type="follow_up",
        later_turn=True,
        searched="湖州全域生物物种达到多少种？",
    )
    maker = Maker(passages, seed=7)
    skills = {
        "hybrid": Skill("hybrid", 0.2, 0.03, answers=True),
        "lexical": Skill("lexical", 0.34, 0.12, answers=False),
        "dense": Skill("dense", 0.4, 0.1, answers=False),
    }
    runs = [maker.run([*questions, turn], skills[name]) for name in names]
    warnings = (
        "2 questions name the document 005_missing.txt, which is not in the collection; they are left out.",
    )
    return report_of(runs, passages, warnings=warnings)


def hostile_report() -> EvaluationReport:
    """Markup, script ends, half characters and very long runs wherever a gold set or a document has text."""
    passage = PassageText(
        path=f"{HOSTILE}.txt",
        title=HOSTILE,
        section=(HOSTILE, LONG_RUN),
        line_start=1,
        line_end=3,
        text=f"{HOSTILE} {LONG_RUN}",
    )
    passages = {"a": passage, "b": replace(passage, title=LONG_RUN), HOSTILE: passage}
    evidence = Evidence(passage.path, HOSTILE, 0, len(HOSTILE), 1, 1)
    questions = [
        Asked("q1", HOSTILE, HOSTILE, HOSTILE, (HOSTILE, LONG_RUN), (evidence,), (passage.path,), "a"),
        Asked("q2", LONG_RUN, LONG_RUN, "", (), (), (passage.path,), HOSTILE, searched=HOSTILE),
        Asked("q3", f"q3 {HOSTILE}", "", "zh", (), (), (), None, later_turn=True),
    ]
    runs = []
    for name in (HOSTILE, LONG_RUN[:400], "$x^2$"):
        run = Maker(passages, seed=3).run(questions, Skill(name, 0.2, 0.0, answers=True))
        results = tuple(
            replace(
                result,
                outcome=Outcome.SENTENCE,
                hits=tuple(replace(hit, terms=(HOSTILE.lower(), "script", "")) for hit in result.hits),
                answer=replace(
                    result.answer,
                    reason=HOSTILE,
                    citations=(JudgedCitation(passage.path, 0, 9, 1, 2, HOSTILE, exact=False, right=False),),
                ),
            )
            for result in run.questions
            if result.answer is not None
        )
        runs.append(replace(run, questions=results))
    return report_of(
        runs,
        passages,
        gold=HOSTILE,
        split=HOSTILE,
        model=HOSTILE,
        warnings=(HOSTILE, LONG_RUN),
        made_at=HOSTILE,
    )


def bare_report() -> EvaluationReport:
    """The least that there can be: one unanswerable question, without labels, only searched for."""
    asked = Asked("q1", "问？", "", "", (), (), (), None)
    run = Maker({}, seed=1).run([asked], Skill("lexical", 0.2, 0.1, answers=False))
    return report_of([replace(run, latency=None)], {}, split=None, comparisons=())


def big_report(questions: int = 3524, passages: int = 1000) -> EvaluationReport:
    """As of a public set: thousands of questions over encyclopaedia paragraphs, three runs that all answer."""
    chance = random.Random(11)
    letters = [chr(code) for code in range(0x4E00, 0x5B00)]
    texts = {
        f"p{n:04}": PassageText(
            path=f"{n:04}.txt",
            title="".join(chance.choices(letters, k=8)),
            section=(),
            line_start=1,
            line_end=1,
            text="".join(chance.choices(letters, k=400)),
        )
        for n in range(passages)
    }
    asked = []
    for n in range(questions):
        key = f"p{chance.randrange(passages):04}"
        text = texts[key].text
        at = chance.randint(0, 370)
        asked.append(
            Asked(
                id=f"q{n:05}",
                question=f"{text[at : at + 24]}是什麼？",
                type="",
                language="zh",
                answers=(text[at : at + 4],),
                evidence=(),
                documents=(texts[key].path,),
                relevant=key,
            )
        )
    maker = Maker(texts, seed=5)
    skills = (
        Skill("lexical", 0.04, 0.004, True),
        Skill("dense", 0.3, 0.02, True),
        Skill("hybrid", 0.03, 0.002, True),
    )
    runs = [maker.run(asked, skill) for skill in skills]
    return report_of(
        runs,
        texts,
        gold="DRCD_DEV",
        split=None,
        unit=Unit.DOCUMENT,
        documents=passages,
        passages_indexed=passages,
    )
