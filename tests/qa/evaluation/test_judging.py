"""Which passages and citations prove an answer, and that this outlives another cut of the documents."""

from collections.abc import Mapping, Sequence

import pytest

from qa.evaluation.gold import EvidenceRun, EvidenceSpan, GoldQuestion, GoldSet
from qa.evaluation.judging import Judge, covers
from qa.evaluation.metrics import retrieval_metrics
from qa.evaluation.report import Unit
from qa.types import Citation, DocumentRef, Hit, Passage, Why

Cut = Mapping[str, Sequence[tuple[int, int]]]


def run(*places: tuple[str, int, int]) -> EvidenceRun:
    return EvidenceRun("…", tuple(EvidenceSpan(*place) for place in places))


def question(*runs: EvidenceRun, kind: str = "fact", answers: tuple[str, ...] = ()) -> GoldQuestion:
    documents = {span.path: 1 for each in runs for span in each.spans}
    return GoldQuestion("q", "?", type=kind, answers=answers, evidence=runs, documents=documents)


def hit(path: str, start: int, end: int, rank: int = 1) -> Hit:
    passage = Passage(path, start, end, 1, 1, "", "", (), ())
    return Hit(passage, DocumentRef(path, path, path), rank, 1.0, Why(None, None, {}, ()))


def judge(cut: Cut, unit: Unit = Unit.SPAN) -> Judge:
    return Judge(GoldSet("gold", unit, ()), lambda path: cut[path])


def recall(cut: Cut, asked: GoldQuestion, *hits: Hit) -> float:
    judged = judge(cut).by_span(asked, hits)
    return retrieval_metrics({"q": judged}, 20)[0]["q"]["recall@20"]


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [(0, 100, True), (10, 20, True), (10, 15, True), (10, 14, False), (15, 30, True), (16, 30, False)],
)
def test_a_span_covers_evidence_of_which_it_holds_half(start: int, end: int, held: bool) -> None:
    assert covers("a", start, end, EvidenceSpan("a", 10, 20)) is held
    assert covers("b", start, end, EvidenceSpan("a", 10, 20)) is False


def test_alternatives_are_one_piece() -> None:
    cut = {"a": [(0, 50), (50, 100)]}
    asked = question(run(("a", 10, 20)), run(("a", 60, 70)))
    assert judge(cut).groups(asked) == [{0, 1}]
    assert recall(cut, asked, hit("a", 50, 100)) == 1.0


def test_a_run_that_stands_twice_is_found_at_either_place() -> None:
    cut = {"a": [(0, 50), (50, 100)]}
    assert recall(cut, question(run(("a", 10, 20), ("a", 60, 70))), hit("a", 50, 100)) == 1.0


def test_parts_are_pieces_and_those_of_one_passage_are_one() -> None:
    cut = {"a": [(0, 50), (50, 100)], "b": [(0, 50)]}
    parts = (run(("a", 10, 20)), run(("a", 30, 40)), run(("a", 60, 70)), run(("b", 0, 9)))
    asked = question(*parts, kind="list")
    assert judge(cut).groups(asked) == [{0, 1}, {2}, {3}]
    assert recall(cut, asked, hit("a", 0, 50)) == pytest.approx(1 / 3)
    assert recall(cut, asked, hit("a", 0, 50), hit("b", 0, 50)) == pytest.approx(2 / 3)


def test_the_judgement_outlives_another_cut() -> None:
    asked = question(run(("a", 40, 60)))
    for cut in ([(0, 100)], [(0, 45), (45, 100)], [(0, 30), (30, 70), (70, 100)]):
        holding = [span for span in cut if covers("a", *span, EvidenceSpan("a", 40, 60))]
        assert len(holding) == 1
        assert recall({"a": cut}, asked, hit("a", *holding[0])) == 1.0
        assert judge({"a": cut}).is_split(asked) is False


def test_evidence_that_no_passage_holds_is_split() -> None:
    cut = {"a": [(0, 20), (20, 40), (40, 60)]}
    asked = question(run(("a", 0, 60)))
    assert judge(cut).is_split(asked) is True
    assert recall(cut, asked, *(hit("a", *span) for span in cut["a"])) == 0.0


def test_documents_are_judged_by_their_first_passage() -> None:
    asked = question(run(("a", 10, 20)), kind="multi_document")
    pieces, found = judge({"a": [(0, 50)]}).by_document(
        asked, [hit("b", 0, 9), hit("a", 60, 70), hit("a", 0, 50)]
    )
    assert pieces == {0: 1}
    assert found == [frozenset(), {0}]


def test_documents_that_hold_alternatives_are_one_piece_and_parts_are_not() -> None:
    runs = (run(("a", 0, 9)), run(("b", 0, 9)))
    hits = [hit("b", 0, 9)]
    cut: Cut = {"a": [(0, 9)], "b": [(0, 9)]}
    assert judge(cut).by_document(question(*runs), hits) == ({0: 1}, [{0}])
    assert judge(cut).by_document(question(*runs, kind="compare"), hits) == ({0: 1, 1: 1}, [{1}])


def test_a_set_that_judges_documents_gives_each_its_grade() -> None:
    asked = GoldQuestion("q", "?", documents={"a": 1, "b": 2})
    by_document = judge({}, Unit.DOCUMENT).by_document(asked, [hit("b", 0, 9), hit("c", 0, 9)])
    assert by_document == ({0: 1, 1: 2}, [{1}, frozenset()])
    assert judge({}, Unit.DOCUMENT).is_relevant(asked, hit("a", 0, 9)) is True
    assert judge({}, Unit.DOCUMENT).is_relevant(asked, hit("c", 0, 9)) is False


def citation(path: str, start: int, end: int, text: str = "") -> Citation:
    return Citation(1, DocumentRef(path, path, path), start, end, 1, 1, text, text, ())


def test_a_citation_is_right_when_it_shares_text_with_the_evidence() -> None:
    asked = question(run(("a", 10, 20)))
    of = judge({})
    assert of.is_right(asked, citation("a", 19, 30)) is True
    assert of.is_right(asked, citation("a", 20, 30)) is False
    assert of.is_right(asked, citation("b", 10, 20)) is False
    assert of.is_right(question(), citation("a", 0, 9)) is False


def test_where_documents_are_judged_a_citation_must_hold_the_answer() -> None:
    asked = GoldQuestion("q", "?", answers=("宁波",), documents={"a": 1})
    of = judge({}, Unit.DOCUMENT)
    assert of.is_right(asked, citation("a", 0, 9, "在宁波举办")) is True
    assert of.is_right(asked, citation("a", 0, 9, "在深圳举办")) is False
    assert of.is_right(asked, citation("b", 0, 9, "在宁波举办")) is False
    assert of.is_right(GoldQuestion("q", "?", documents={"a": 1}), citation("a", 0, 9)) is True
