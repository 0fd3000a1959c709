"""Comparisons of runs: verdicts, and what cannot be compared."""

from dataclasses import replace

import numpy as np
import pytest

from qa.errors import ReportError
from qa.evaluation.comparison import compare
from qa.evaluation.report import Group, Outcome, QuestionResult, Run, Verdict


def result(key: str, **metrics: float) -> QuestionResult:
    return QuestionResult(
        id=key,
        question=f"{key}?",
        type="",
        language="",
        searched=None,
        later_turn=False,
        answers=(),
        evidence=(),
        documents=("a",),
        answerable=True,
        metrics={name.replace("_at_", "@"): value for name, value in metrics.items()},
        first_rank=1,
        hits=(),
        answer=None,
        outcome=Outcome.FOUND,
    )


def run(name: str, results: list[QuestionResult]) -> Run:
    return Run(name, "hybrid", Group("all", 0, {}), (), (), (), (), 0, None, None, tuple(results))


def scored(name: str, values: list[float]) -> Run:
    return run(name, [result(f"q{n}", recall_at_5=value) for n, value in enumerate(values)])


RNG = np.random.default_rng(0)
OLD = [float(value) for value in RNG.random(120) * 0.8]
NEW = [value + 0.1 + float(noise) for value, noise in zip(OLD, RNG.normal(scale=0.1, size=120), strict=True)]


def test_a_clear_gain_is_better_and_the_other_way_round_worse() -> None:
    (gain,) = compare([scored("old", OLD), scored("new", NEW)])
    assert (gain.run, gain.baseline, gain.metric) == ("new", "old", "recall@5")
    assert gain.verdict is Verdict.BETTER
    assert gain.difference == pytest.approx(np.mean(NEW) - np.mean(OLD))
    assert 0 < gain.low < gain.difference < gain.high
    (loss,) = compare([scored("new", NEW), scored("old", OLD)])
    assert loss.verdict is Verdict.WORSE
    assert loss.difference == pytest.approx(-gain.difference)


def test_the_same_values_show_no_difference() -> None:
    (none,) = compare([scored("old", OLD), scored("new", OLD)])
    assert none.verdict is Verdict.NO_DIFFERENCE
    assert (none.difference, none.p) == (0.0, 1.0)


def test_noise_shows_no_difference() -> None:
    noise = [value + float(RNG.normal(scale=0.3)) for value in OLD]
    (none,) = compare([scored("old", OLD), scored("new", noise)])
    assert none.verdict is Verdict.NO_DIFFERENCE


def test_p_values_are_corrected_for_all_comparisons() -> None:
    comparisons = compare([scored("a", OLD), scored("b", NEW), scored("c", OLD)])
    assert [(each.baseline, each.run) for each in comparisons] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert all(each.p_corrected >= each.p for each in comparisons)
    smallest = min(each.p for each in comparisons)
    assert min(each.p_corrected for each in comparisons) == pytest.approx(3 * smallest)


def test_only_questions_that_define_a_metric_in_both_are_paired() -> None:
    old = run("old", [result("q0", recall_at_5=0.0), result("q1", handled=1.0)])
    new = run("new", [result("q0", recall_at_5=1.0), result("q1", handled=0.0)])
    assert {(each.metric, each.questions) for each in compare([old, new])} == {
        ("recall@5", 1),
        ("handled", 1),
    }


def test_later_turns_are_left_out() -> None:
    turns = [replace(result("q0", recall_at_5=1.0), later_turn=True), result("q1", recall_at_5=0.0)]
    (comparison,) = compare([run("a", turns), run("b", turns)])
    assert comparison.questions == 1


def test_a_single_run_has_nothing_to_compare_with() -> None:
    assert compare([scored("a", OLD)]) == ()


@pytest.mark.parametrize(
    "other",
    [
        [result("q0"), result("q2")],
        [result("q0")],
        [result("q0"), replace(result("q1"), question="another?")],
        [result("q0"), replace(result("q1"), documents=("b",))],
    ],
)
def test_runs_of_different_questions_are_refused(other: list[QuestionResult]) -> None:
    with pytest.raises(ReportError, match=r"cannot be compared: .* questions are not the same"):
        compare([run("a", [result("q0"), result("q1")]), run("b", other)])
