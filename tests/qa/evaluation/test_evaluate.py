"""A whole evaluation over real documents: figures, outcomes, other processes, run files."""

from dataclasses import replace
from pathlib import Path

import pytest
import pytrec_eval

from qa.bot import Bot
from qa.errors import NotFoundError
from qa.evaluation import evaluate as evaluation
from qa.evaluation.asking import STANDALONE
from qa.evaluation.evaluate import evaluate, gold_of_collection
from qa.evaluation.gold import GoldSet
from qa.evaluation.report import JudgedAnswer, Outcome
from qa.evaluation.summary import answer_metrics
from qa.evaluation.trec import trec_lines
from qa.types import Mode

GOLD = Path(__file__).resolve().parents[3] / "seeds" / "gold.jsonl"


@pytest.fixture(scope="module")
def seeds(seed_data: Path) -> Path:
    return seed_data / "default"


@pytest.fixture(scope="module")
def gold(seeds: Path) -> GoldSet:
    return gold_of_collection(GOLD, seeds).only("tune")


@pytest.fixture(scope="module")
def hybrid(seeds: Path, gold: GoldSet) -> evaluation.Evaluated:
    return evaluate(seeds, gold)


def test_every_citation_is_the_slice_that_it_names(hybrid: evaluation.Evaluated) -> None:
    (run,) = hybrid.report.runs
    assert run.overall.metrics["citation_exact"].mean == 1.0
    citations = [c for question in run.questions if question.answer for c in question.answer.citations]
    assert len(citations) > 100
    assert all(citation.exact for citation in citations)


def test_evidence_is_the_slice_that_it_names(hybrid: evaluation.Evaluated, seed_bot: Bot) -> None:
    sources = {each.ref.path: seed_bot.document(each.ref.id).source for each in seed_bot.documents()}
    for question in hybrid.report.runs[0].questions:
        for run in question.evidence:
            source = sources[run.path]
            assert "".join(source[run.start : run.end].split()) == "".join(run.text.split())
            quoted = "\n".join(source.split("\n")[run.line_start - 1 : run.line_end])
            assert source[run.start : run.end] in quoted


def test_the_parts_add_up(hybrid: evaluation.Evaluated, gold: GoldSet) -> None:
    (run,) = hybrid.report.runs
    single = [question for question in run.questions if not question.later_turn]
    later = [question for question in run.questions if question.later_turn]
    assert len(single) == sum(question.standalone is None for question in gold.questions)
    assert len(later) == 2 * (len(gold.questions) - len(single))
    assert run.overall.questions == len(single)
    assert sum(group.questions for group in run.types) == len(run.questions)
    assert sum(group.questions for group in run.languages) == len(single)
    answerable = [question for question in single if question.answerable]
    assert sum(run.first_ranks) + run.never == len(answerable)
    assert run.recall_curve[4] == pytest.approx(run.overall.metrics["recall@5"].mean)
    assert list(run.recall_curve) == sorted(run.recall_curve)
    assert run.refusals is not None
    assert run.refusals.answerable + run.refusals.unanswerable == len(single)


def test_outcomes_follow_from_what_came_back(hybrid: evaluation.Evaluated) -> None:
    for question in hybrid.report.runs[0].questions:
        assert question.answer is not None
        if not question.answerable:
            expected = Outcome.ANSWERED_WRONGLY if question.answer.answered else Outcome.REFUSED_RIGHTLY
            assert question.outcome is expected
        elif question.first_rank is None:
            assert question.outcome in {Outcome.MISSED, Outcome.SPLIT}
        elif question.first_rank > 5:
            assert question.outcome is Outcome.LOW
        elif question.outcome is Outcome.RIGHT:
            assert any(citation.right for citation in question.answer.citations)
        ranked = [hit.rank for hit in question.hits if hit.relevant]
        assert (question.first_rank or 99) == min(ranked, default=question.first_rank or 99)


def test_without_answers_only_retrieval_is_measured(seeds: Path, gold: GoldSet) -> None:
    few = replace(gold, questions=gold.questions[:40])
    (run,) = evaluate(seeds, few, [Mode.LEXICAL]).report.runs
    assert run.refusals is None
    assert "handled" not in run.overall.metrics
    assert all(question.answer is None for question in run.questions)
    unanswerable = {question.outcome for question in run.questions if not question.answerable}
    assert unanswerable <= {Outcome.UNJUDGED}


def test_other_processes_give_the_same_figures(
    seeds: Path, gold: GoldSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(gold, questions=gold.questions[:60])
    monkeypatch.setattr(evaluation, "_SHARED_FROM", 1)
    shared = evaluate(seeds, few, workers=2)
    alone = evaluate(seeds, few)

    def untimed(evaluated: evaluation.Evaluated) -> object:
        runs = tuple(replace(run, latency=None) for run in evaluated.report.runs)
        return replace(evaluated.report, runs=runs, made_at=""), evaluated.entries

    assert untimed(shared) == untimed(alone)


def test_progress_is_told_to_the_end(seeds: Path, gold: GoldSet) -> None:
    told: list[tuple[str, int, int]] = []
    few = replace(gold, questions=gold.questions[:5])
    evaluate(seeds, few, [Mode.DENSE], on_progress=lambda *seen: told.append(seen))
    assert told[0] == ("dense", 0, 5)
    assert told[-1] == ("dense", 5, 5)


def test_a_collection_that_is_not_there_is_refused(tmp_path: Path, gold: GoldSet) -> None:
    with pytest.raises(NotFoundError):
        evaluate(tmp_path / "none", gold)


def test_a_run_file_gives_the_same_figures_to_trec_eval(hybrid: evaluation.Evaluated) -> None:
    (run,) = hybrid.report.runs
    lines = list(trec_lines(run, hybrid.entries[0], None))
    assert all(len(line.split(" ")) == 6 for line in lines)
    parsed = pytrec_eval.parse_run(line + "\n" for line in lines)
    # Any passage that holds the evidence will do for success@5, as it does for a question of one piece.
    qrels = {
        question.id: {f"{hit_path(hybrid, hit.passage)}": 1 for hit in question.hits if hit.relevant}
        for question in run.questions
        if question.first_rank and question.first_rank <= 5
    }
    scores = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(parsed)
    for question in run.questions:
        if question.id in scores:
            assert scores[question.id]["recip_rank"] == pytest.approx(1 / (question.first_rank or 1))


def hit_path(evaluated: evaluation.Evaluated, key: str) -> str:
    """A passage as run files name it: its key has the document's id in place of the path."""
    return f"{evaluated.report.passages[key].path}:{key.rsplit(':', 1)[1]}"


def test_equal_scores_keep_their_order_in_a_run_file(hybrid: evaluation.Evaluated) -> None:
    run = hybrid.report.runs[0]
    first = replace(run, questions=run.questions[:1])
    entries = [[replace(entry, score=1.5) for entry in hybrid.entries[0][0]]]
    scores = [float(line.split(" ")[4]) for line in trec_lines(first, entries, None)]
    assert scores == sorted(set(scores), reverse=True)


def test_white_space_never_splits_a_field(hybrid: evaluation.Evaluated) -> None:
    run = hybrid.report.runs[0]
    odd = replace(run, name="my run", questions=(replace(run.questions[0], id="第 1\t题%"),))
    entries = [[replace(hybrid.entries[0][0][0], path="我的 文档\n.txt")]]
    (line,) = trec_lines(odd, entries, None)
    assert line.split(" ")[0] == "第%201%09题%25"
    assert line.split(" ")[2].startswith("我的%20文档%0A.txt:")
    assert line.split(" ")[5] == "my%20run"


def test_documents_stand_once_in_a_run_file_of_documents(hybrid: evaluation.Evaluated) -> None:
    run = hybrid.report.runs[0]
    ids = {entry.path: entry.path[:3] for entries in hybrid.entries[0] for entry in entries}
    by_question: dict[str, list[str]] = {}
    for line in trec_lines(run, hybrid.entries[0], ids):
        question, _, document, rank, *_ = line.split(" ")
        by_question.setdefault(question, []).append(document)
        assert rank == str(len(by_question[question]))
    assert all(len(set(found)) == len(found) for found in by_question.values())


def test_a_later_turn_is_asked_after_the_earlier_ones_and_tells_what_was_searched(
    seeds: Path, hybrid: evaluation.Evaluated, gold: GoldSet
) -> None:
    (run,) = hybrid.report.runs
    results = {result.id: result for result in run.questions}
    turns = [question for question in gold.questions if question.standalone is not None]
    carried = [question for question in turns if results[question.id].searched is not None]
    assert len(carried) > 0.8 * sum(turn.standalone != turn.question for turn in turns)
    for turn in turns:
        in_full = results[f"{turn.id}{STANDALONE}"]
        assert in_full.searched == (turn.standalone if turn.standalone != turn.question else None)
        if turn.standalone == turn.question:
            assert results[turn.id].searched is None
    # The earlier turns lend what is searched: without them, it is the question as typed.
    alone = replace(carried[0], conversation=None, standalone=None, turn=1)
    (run,) = evaluate(seeds, replace(gold, questions=(alone,))).report.runs
    assert run.questions[0].searched is None


def test_sentences_that_only_say_that_nothing_is_told_count_for_no_share(gold: GoldSet) -> None:
    def metrics(**written: int) -> dict[str, float]:
        answer = JudgedAnswer(
            answered=True, confidence=1.0, reason=None, citations=(), sentence=False, written=written
        )
        return answer_metrics(gold.questions[0], answer)

    shares = {"written": 1.0, "supported": 0.75, "uncited": 0.0, "unsupported": 0.25}
    assert shares.items() <= metrics(supported=3, unsupported=1, untold=4).items()
    only_untold = metrics(untold=1)
    assert only_untold["written"] == 0.0
    assert not shares.keys() - {"written"} & only_untold.keys()
