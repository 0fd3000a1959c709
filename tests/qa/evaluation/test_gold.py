"""Gold questions read, their evidence located, and everything that is wrong told at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import GoldError
from qa.evaluation.gold import read_gold

SOURCES = {
    "河长.txt": "河长每周\n巡查 一次河道。\n他们记下水质。\n河长每周巡查一次河道。",
    "湖.txt": "湖长每月巡查一次湖泊。",
}


def entry(**fields: Any) -> dict[str, Any]:
    whole = {
        "id": "q1",
        "question": "河长多久巡查一次？",
        "type": "fact",
        "lang": "zh",
        "answers": ["每周"],
        "evidence": [{"doc": "河长.txt", "text": "河长每周巡查一次河道。"}],
    }
    return whole | fields


def gold_file(folder: Path, *lines: dict[str, Any] | str) -> Path:
    file = folder / "gold.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def problems(folder: Path, *lines: dict[str, Any] | str) -> list[str]:
    with pytest.raises(GoldError) as caught:
        read_gold(gold_file(folder, *lines), SOURCES)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem) for problem in caught.value.problems]


def test_evidence_is_found_wherever_it_stands_whatever_its_white_space(tmp_path: Path) -> None:
    gold = read_gold(gold_file(tmp_path, entry()), SOURCES)
    (question,) = gold.questions
    (run,) = question.evidence
    source = SOURCES["河长.txt"]
    assert [source[span.start : span.end] for span in run.spans] == [
        "河长每周\n巡查 一次河道。",
        "河长每周巡查一次河道。",
    ]
    assert all(span.path == "河长.txt" for span in run.spans)
    assert question.documents == {"河长.txt": 1}
    assert (question.answerable, question.in_parts) == (True, False)


def test_a_question_without_evidence_is_unanswerable(tmp_path: Path) -> None:
    gold = read_gold(gold_file(tmp_path, entry(evidence=[], answers=[])), SOURCES)
    assert gold.questions[0].answerable is False


def test_blank_lines_and_a_byte_order_mark_are_no_problem(tmp_path: Path) -> None:
    file = gold_file(tmp_path, entry(), "", entry(id="q2"))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert [question.id for question in read_gold(file, SOURCES).questions] == ["q1", "q2"]


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    gold = read_gold(gold_file(tmp_path, entry(question="河长多久\u2028巡查一次？")), SOURCES)
    assert len(gold.questions) == 1


def test_the_turns_of_a_conversation_are_kept(tmp_path: Path) -> None:
    gold = read_gold(
        gold_file(
            tmp_path,
            entry(conversation="c1", turn=1),
            entry(id="q2", question="湖呢？", conversation="c1", turn=2, standalone="湖长多久巡查一次？"),
        ),
        SOURCES,
    )
    assert [question.standalone for question in gold.questions] == [None, "湖长多久巡查一次？"]


def test_only_one_split_is_kept(tmp_path: Path) -> None:
    gold = read_gold(gold_file(tmp_path, entry(split="tune"), entry(id="q2", split="test")), SOURCES)
    assert [question.id for question in gold.only("test").questions] == ["q2"]
    assert gold.only(None) is gold
    with pytest.raises(GoldError, match=r"no question of the split 'dev'.*It has test, tune"):
        gold.only("dev")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is no JSON object"),
        (entry(id=""), "the field 'id' is not a text"),
        (entry(id=7), "the field 'id' is not a text"),
        (entry(question="？！"), "only punctuation"),
        (entry(question=None), "the field 'question' is not a text"),
        (entry(answers="每周"), "the field 'answers' is not a list of texts"),
        (entry(answers=[""]), "the field 'answers' is not a list of texts"),
        (entry(evidence="河长每周"), "the field 'evidence' is not a list"),
        (entry(evidence=[{"doc": "河长.txt"}]), "the field 'evidence' is not a list"),
        (entry(evidence=[{"doc": "河长.txt", "text": " "}]), "the field 'evidence' is not a list"),
        ({key: value for key, value in entry().items() if key != "evidence"}, "the field 'evidence' is not"),
        (
            entry(evidence=[{"doc": "河长.tx", "text": "河长"}]),
            "no document '河长.tx'. Is '河长.txt' meant?",
        ),
        (entry(evidence=[{"doc": "README", "text": "河长"}]), "`yinju status` lists the documents"),
        (entry(evidence=[{"doc": "湖.txt", "text": "河长每周"}]), "'河长每周' does not stand in 湖.txt"),
        (entry(turn=0), "the field 'turn' is not a whole number from 1"),
        (
            entry(conversation="c", turn=2, standalone="湖长？"),
            "turn 2 of the conversation 'c' is out of place",
        ),
        (entry(conversation="c", turn=1, standalone=""), "the field 'standalone' is not a text"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_number(
    tmp_path: Path, line: dict[str, Any] | str, says: str
) -> None:
    (problem,) = problems(tmp_path, entry(id="q0"), line)
    assert "gold.jsonl, line 2: " in problem
    assert says in problem


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "no JSON",
        entry(),
        entry(question="", evidence=[{"doc": "x", "text": "河长"}]),
        entry(id="q3", conversation="c", turn=1),
        entry(id="q4", conversation="c", turn=2),
    )
    assert [problem.split(": ")[0].rsplit(" ", 1)[1] for problem in found] == ["1", "3", "3", "3", "5"]
    assert "the id 'q1' is already that of" in found[1]


def test_a_path_of_several_documents_cannot_place_evidence(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"several documents of the collection are named '河长.txt'"):
        read_gold(gold_file(tmp_path, entry()), SOURCES, ambiguous={"河长.txt"})


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "it is empty"), (b" \n\n", "it is empty"), (b"\xff\xfe\x00", "not UTF-8")]
)
def test_a_file_that_holds_no_questions_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(content)
    with pytest.raises(GoldError, match=says):
        read_gold(file, SOURCES)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read"):
        read_gold(tmp_path / "none.jsonl", SOURCES)
