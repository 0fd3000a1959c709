"""The seeds: five documents byte for byte, and the gold questions asked of them."""

import hashlib
import json
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path

import pytest

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
DOCUMENTS = SEEDS / "documents"
CASEBOOK = "001_7f8481566a99a47a.txt"

ANSWERABLE = {
    "fact",
    "paraphrase",
    "numeric",
    "list",
    "compare",
    "multi_document",
    "english",
    "keyword",
    "noisy",
    "follow_up",
}
UNANSWERABLE = {"unanswerable_near", "unanswerable_far"}
IN_PARTS = {"list", "compare", "multi_document"}  # every string in `answers` is one part of the answer
FIELDS = ["id", "question", "type", "lang", "split", "answers", "evidence"]
LEAST = {"paraphrase": 60, "english": 40}
PARAPHRASE_LIMIT = 0.15
SPLIT_AT_FIRST = 200  # questions up to this number got their split from the hash of their id

QUESTIONS = [json.loads(line) for line in (SEEDS / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
README = (SEEDS / "README.md").read_text(encoding="utf-8")


def squeeze(text):
    return "".join(text.split())


@cache
def squeezed_source(name):
    return squeeze((DOCUMENTS / name).read_text(encoding="utf-8"))


def bare(text):
    """Only letters and digits, width and case folded."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def bigrams(text):
    text = bare(text)
    return {text[i : i + 2] for i in range(len(text) - 1)}


def spans(question):
    """Where each evidence run stands: (document, start, end) counted without white space."""
    for evidence in question["evidence"]:
        run = squeeze(evidence["text"])
        start = squeezed_source(evidence["doc"]).find(run)
        yield evidence["doc"], start, start + len(run)


def named(questions):
    return [pytest.param(question, id=question["id"]) for question in questions]


def of_types(types):
    return [question for question in QUESTIONS if question["type"] in types]


def table_rows(pattern):
    return re.findall(pattern, README, flags=re.MULTILINE)


# The documents


def test_readme_gives_checksum_bytes_and_characters_of_every_document():
    stated = {
        name: (digest, int(size), int(characters))
        for name, size, characters, digest in table_rows(
            r"^\| `(\S+?)` \| (\d+) \| (\d+) \| `([0-9a-f]{64})` \|$"
        )
    }
    found = {}
    for path in DOCUMENTS.iterdir():
        content = path.read_bytes()
        found[path.name] = (hashlib.sha256(content).hexdigest(), len(content), len(content.decode("utf-8")))
    assert stated == found
    assert len(found) == 5


# The questions


def turn_fields(question):
    if "conversation" not in question:
        return []
    return ["conversation", "turn"] + (["standalone"] if question["turn"] > 1 else [])


def conversations():
    found = {}
    for question in QUESTIONS:
        if "conversation" in question:
            found.setdefault(question["conversation"], []).append(question)
    return found


def test_there_are_enough_questions():
    assert len([question for question in QUESTIONS if "conversation" not in question]) >= 240
    assert len(conversations()) >= 20
    assert {kind for kind, least in LEAST.items() if len(of_types({kind})) < least} == set()


def test_conversations_have_their_turns_in_order_and_in_one_half():
    for name, turns in conversations().items():
        numbers = [int(turn["id"][1:]) for turn in turns]
        assert numbers == list(range(numbers[0], numbers[0] + len(turns))), name
        assert [turn["turn"] for turn in turns] == list(range(1, len(turns) + 1)), name
        assert len(turns) > 1, name
        assert len({turn["split"] for turn in turns}) == 1, name
    assert {question["id"] for question in of_types({"follow_up"})} == {
        turn["id"] for turns in conversations().values() for turn in turns[1:]
    }


@pytest.mark.parametrize("question", named(of_types({"follow_up"})))
def test_a_turn_written_out_gives_none_of_its_answer_away(question):
    assert not any(bare(answer) in bare(question["standalone"]) for answer in question["answers"])


def test_fields_and_their_values():
    for question in QUESTIONS:
        assert list(question) == FIELDS + turn_fields(question), question["id"]
        assert question["type"] in ANSWERABLE | UNANSWERABLE, question["id"]
        assert question["lang"] == ("zh" if re.search(r"[\u4e00-\u9fff]", question["question"]) else "en")
        assert question["split"] in {"tune", "test"}, question["id"]
        assert question["question"] == question["question"].strip() != ""
        assert all(answer.strip() for answer in question["answers"]), question["id"]
        assert all(list(evidence) == ["doc", "text"] for evidence in question["evidence"]), question["id"]


def test_ids_run_on_and_questions_differ():
    assert [question["id"] for question in QUESTIONS] == [f"g{n:03d}" for n in range(1, len(QUESTIONS) + 1)]
    single = [question for question in QUESTIONS if question["type"] != "follow_up"]
    assert len({bare(question["question"]) for question in single}) == len(single)


def test_english_questions_are_in_english():
    assert {question["lang"] for question in of_types({"english"})} == {"en"}


def test_unanswerable_questions_have_neither_answers_nor_evidence():
    for question in of_types(UNANSWERABLE):
        assert question["answers"] == question["evidence"] == [], question["id"]


@pytest.mark.parametrize("question", named(of_types(ANSWERABLE)))
def test_evidence_stands_in_its_document_and_holds_the_answer(question):
    assert question["answers"]
    assert question["evidence"]
    assert all(start >= 0 for _, start, _ in spans(question))

    runs = [squeeze(evidence["text"]) for evidence in question["evidence"]]
    answers = [squeeze(answer) for answer in question["answers"]]
    if question["type"] in IN_PARTS:  # every part of the answer is in one run or another
        assert all(any(answer in run for run in runs) for answer in answers)
    else:  # every run proves the answer by itself
        assert all(any(answer in run for answer in answers) for run in runs)


def test_multi_document_questions_need_two_documents():
    for question in of_types({"multi_document"}):
        assert len({evidence["doc"] for evidence in question["evidence"]}) > 1, question["id"]


@pytest.mark.parametrize("question", named(of_types({"paraphrase"})))
def test_paraphrases_share_few_bigrams_with_their_evidence(question):
    asked = bigrams(question["question"])
    proof = set().union(*(bigrams(evidence["text"]) for evidence in question["evidence"]))
    assert len(asked & proof) / len(asked) < PARAPHRASE_LIMIT


def test_every_document_is_asked_about():
    asked = {evidence["doc"] for question in QUESTIONS for evidence in question["evidence"]}
    assert asked == {path.name for path in DOCUMENTS.iterdir()}


def casebook_cases():
    """Title and start (counted without white space) of each case, and the end of the last one.

    The table of contents and the headings differ in wording here and there, so each title takes the
    line after the table that is most like it.
    """
    lines = (DOCUMENTS / CASEBOOK).read_text(encoding="utf-8").split("\n")
    contents = [i for i, line in enumerate(lines) if line.startswith("■") and re.search(r"\t\d+$", line)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(squeeze(line)))
    short = {i: bigrams(line) for i, line in enumerate(lines) if i > contents[-1] and 0 < len(line) < 45}
    cases = []
    for i in contents:
        title = bigrams(lines[i].split("\t")[0])
        likeness, heading = max((len(title & line) / len(title | line), j) for j, line in short.items())
        assert likeness > 0.5, lines[i]
        cases.append((lines[i], starts[heading]))
    return cases, starts[lines.index("参考文献")]


def test_every_case_of_the_casebook_is_asked_about():
    cases, end = casebook_cases()
    starts = [start for _, start in cases]
    assert len(cases) == 22
    assert starts == sorted(set(starts))

    bounds = [*starts, end]
    asked = Counter()
    for question in QUESTIONS:
        for document, first, last in spans(question):
            case = bisect_right(bounds, first) - 1
            if document == CASEBOOK and 0 <= case < len(cases) and last <= bounds[case + 1]:
                asked[case] += 1
    assert [title for case, (title, _) in enumerate(cases) if not asked[case]] == []


# The split


def test_the_first_split_follows_the_rule_in_the_readme():
    for kind in (ANSWERABLE | UNANSWERABLE) - {"follow_up"}:
        first = [question for question in of_types({kind}) if int(question["id"][1:]) <= SPLIT_AT_FIRST]
        ordered = sorted(first, key=lambda question: hashlib.sha256(question["id"].encode()).hexdigest())
        half = len(ordered) // 2
        assert len(ordered) == 2 * half, kind
        assert {question["split"] for question in ordered[:half]} == {"tune"}, kind
        assert {question["split"] for question in ordered[half:]} == {"test"}, kind


def test_the_halves_of_every_type_are_of_a_size():
    for kind in ANSWERABLE | UNANSWERABLE:
        halves = Counter(question["split"] for question in of_types({kind}))
        assert abs(halves["tune"] - halves["test"]) <= 2, kind


def test_no_evidence_is_shared_between_the_halves():
    tune, test = (
        [
            (question["id"], span)
            for question in QUESTIONS
            if question["split"] == split
            for span in spans(question)
        ]
        for split in ("tune", "test")
    )
    shared = [
        (a, b)
        for (a, (doc_a, start_a, end_a)), (b, (doc_b, start_b, end_b)) in product(tune, test)
        if doc_a == doc_b and start_a < end_b and start_b < end_a
    ]
    assert shared == []


def test_readme_counts_the_questions():
    stated = {
        row[0]: tuple(map(int, row[1:])) for row in table_rows(r"^\| (\w+)" + r" \| (\d+)" * 5 + r" \|$")
    }
    kinds = {kind: of_types({kind}) for kind in ANSWERABLE | UNANSWERABLE} | {"all": QUESTIONS}
    found = {}
    for kind, questions in kinds.items():
        counts = Counter(question[field] for question in questions for field in ("lang", "split"))
        found[kind] = (counts["zh"], counts["en"], counts["tune"], counts["test"], len(questions))
    assert stated == found
