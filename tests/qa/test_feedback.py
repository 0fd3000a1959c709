"""Feedback lands in the review file whole, whoever else writes, and becomes gold questions word for word."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.bot import Bot
from qa.errors import CollectionError, FeedbackError, NotFoundError, QuestionError
from qa.feedback import (
    MAX_PASSAGE,
    Decision,
    Feedback,
    FeedbackStore,
    MarkedPassage,
    Rating,
    append_gold,
    find_words,
    gold_entry,
    mark,
    read_gold_entries,
)
from qa.json_lines import encoded, read_lines
from qa.layout import FEEDBACK_FILE, REVIEWED_FILE
from qa.types import Document, DocumentRef

ROOT = Path(__file__).resolve().parents[2]
PASSAGE = MarkedPassage("鲸.txt", 3, 9, "站长\r\n张三")


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path)


def said(tmp_path: Path) -> Path:
    return tmp_path / FEEDBACK_FILE


def test_what_is_recorded_is_read_back_in_order(store: FeedbackStore) -> None:
    assert store.all() == store.pending() == store.reviewed() == []
    first = store.record("谁？", Rating.DOWN, "不对", [PASSAGE])
    second = store.record("何时？", None, "好", [])
    assert store.all() == store.pending() == [first, second]
    assert first.passages == (PASSAGE,)
    assert first.rating is Rating.DOWN
    assert len(first.id) == 32
    assert int(first.id, 16)
    assert first.at.endswith("Z")
    assert len(first.at) == 20
    with pytest.raises(FrozenInstanceError):
        first.comment = ""  # type: ignore[misc]


def test_a_decision_takes_a_feedback_off_the_pending_ones_once_and_for_all(store: FeedbackStore) -> None:
    gold, none, gone, left = (store.record(f"{n}？", Rating.UP, "", []) for n in range(4))
    store.decide(gold.id, Decision.GOLD, "f-1")
    store.decide(none.id, Decision.UNANSWERABLE, "f-2")
    store.decide(gone.id, Decision.DISCARDED)
    assert store.pending() == [left]
    assert [(each.feedback_id, each.decision, each.gold_id) for each in store.reviewed()] == [
        (gold.id, Decision.GOLD, "f-1"),
        (none.id, Decision.UNANSWERABLE, "f-2"),
        (gone.id, Decision.DISCARDED, None),
    ]
    with pytest.raises(FeedbackError, match="already decided"):
        store.decide(gold.id, Decision.DISCARDED)
    with pytest.raises(FeedbackError, match="no feedback 'none'"):
        store.decide("none", Decision.DISCARDED)
    assert len(store.reviewed()) == 3


@given(
    question=st.text(max_size=60),
    comment=st.text(alphabet=st.characters(), max_size=60),
    quote=st.text(alphabet='字\r\n\t\x85\u2028\u2029\x1c\x00\ud800"\\{}', max_size=20),
)
def test_any_text_is_one_line_and_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, question: str, comment: str, quote: str
) -> None:
    store = FeedbackStore(tmp_path_factory.mktemp("any"))
    passage = MarkedPassage(quote, 0, 1, quote)
    kept = store.record(question, None, comment, [passage])
    assert store.all() == [kept]
    assert kept.passages == (passage,)
    assert len(encoded({"quote": quote + comment}).decode("utf-8").splitlines()) == 1


def test_two_processes_writing_at_once_never_mix_their_lines(store: FeedbackStore, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from qa.feedback import FeedbackStore\n"
        "store = FeedbackStore(Path(sys.argv[1]))\n"
        "sys.stdin.readline()\n"
        "for n in range(60):\n"
        "    store.record(f'{sys.argv[2]}-{n}', None, sys.argv[2] * 20_000, [])\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name], cwd=ROOT, stdin=subprocess.PIPE, text=True
        )
        for name in ("甲", "乙")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.close()
    # Read while they write: only whole lines are ever seen.
    while any(writer.poll() is None for writer in writers):
        store.all()
    assert [writer.returncode for writer in writers] == [0, 0]
    kept = store.all()
    assert sorted(each.question for each in kept) == sorted(
        f"{name}-{n}" for name in "甲乙" for n in range(60)
    )
    assert all(each.comment == each.question[0] * 20_000 for each in kept)


def test_a_torn_last_line_is_reported_and_the_next_line_stands_by_itself(
    store: FeedbackStore, tmp_path: Path
) -> None:
    store.record("一？", Rating.UP, "", [])
    whole = said(tmp_path).read_bytes()
    torn = whole + whole[: len(whole) // 2]
    said(tmp_path).write_bytes(torn)
    with pytest.raises(FeedbackError, match=rf"{FEEDBACK_FILE}, line 2 is damaged .*Mend or delete") as told:
        store.all()
    assert told.value.remedy
    kept = store.record("二？", Rating.UP, "", [])
    content = said(tmp_path).read_bytes()
    assert content.startswith(torn + b"\n")
    assert content.count(b"\n") == 3
    with pytest.raises(FeedbackError, match="line 2 is damaged"):
        store.pending()
    # The remedy works: without the damaged line the rest is there.
    lines = content.split(b"\n")
    said(tmp_path).write_bytes(b"\n".join(lines[:1] + lines[2:]))
    assert [each.question for each in store.all()] == ["一？", "二？"]
    assert store.all()[1] == kept


def test_a_last_line_that_lacks_only_its_line_end_is_no_damage(store: FeedbackStore, tmp_path: Path) -> None:
    store.record("一？", Rating.UP, "", [])
    said(tmp_path).write_bytes(said(tmp_path).read_bytes().removesuffix(b"\n"))
    assert len(store.all()) == 1
    store.record("二？", Rating.UP, "", [])
    assert [each.question for each in store.all()] == ["一？", "二？"]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"{}",
        b"[" * 100_000,
        b'{"format": 2}',
        b'{"format": 1, "id": "x", "at": "", "question": "?", "rating": "sideways", "comment": "", "passages": []}',
        b'{"format": 1, "id": 1, "at": "", "question": "?", "rating": null, "comment": "", "passages": []}',
        b'{"format": 1, "id": "x", "at": "", "question": "?", "rating": null, "comment": "", "passages": [{}]}',
        b'{"format": 1, "id": "x", "at": "", "question": "?", "rating": null, "comment": "", "passages": 5}',
    ],
)
def test_a_damaged_line_is_named_by_file_and_number(
    store: FeedbackStore, tmp_path: Path, line: bytes
) -> None:
    store.record("一？", Rating.UP, "", [])
    with said(tmp_path).open("ab") as file:
        file.write(b"\n" + line + b"\n")
    with pytest.raises(FeedbackError, match=rf"{FEEDBACK_FILE}, line 3 is damaged or of another kind"):
        store.all()


def test_a_damaged_decision_is_named_too(store: FeedbackStore, tmp_path: Path) -> None:
    kept = store.record("一？", Rating.UP, "", [])
    (tmp_path / REVIEWED_FILE).write_text('{"format": 1, "feedback_id": "x", "decision": "maybe"}\n')
    with pytest.raises(FeedbackError, match=rf"{REVIEWED_FILE}, line 1"):
        store.pending()
    with pytest.raises(FeedbackError, match=rf"{REVIEWED_FILE}, line 1"):
        store.decide(kept.id, Decision.DISCARDED)


def test_the_file_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path, limit=2_000)
    with pytest.raises(FeedbackError, match=r"full.*yinju eval --from-feedback.*move"):  # noqa: PT012 - which one fails is the point
        for _ in range(100):
            store.record("一？", None, "长" * 50, [])
    size = said(tmp_path).stat().st_size
    assert 2_000 - 400 < size <= 2_000
    with pytest.raises(FeedbackError, match="full"):
        store.record("一？", None, "长" * 50, [])
    assert said(tmp_path).stat().st_size == size
    for kept in store.pending():
        store.decide(kept.id, Decision.DISCARDED)
    assert store.pending() == []


def test_a_bound_that_an_unfinished_line_has_reached_holds(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    line = len(encoded({"format": 1})) + len(store.record("一？", None, "", []).id)
    said(tmp_path).write_bytes(b"x" * 1_000)
    with pytest.raises(FeedbackError, match="full"):
        FeedbackStore(tmp_path, limit=1_000 + line).record("一？", None, "", [])
    assert said(tmp_path).read_bytes() == b"x" * 1_000


def test_a_full_disk_leaves_no_half_line(
    store: FeedbackStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.record("一？", Rating.UP, "", [])
    before = said(tmp_path).read_bytes()
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, content: write(file, content[:20]))
        with pytest.raises(FeedbackError, match=r"cannot be written \(No space left.*disk has room"):
            store.record("二？", Rating.UP, "", [])
    assert said(tmp_path).read_bytes() == before

    def fail(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(FeedbackError, match="cannot be written"):
            store.record("二？", Rating.UP, "", [])
    assert said(tmp_path).read_bytes() == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "none")
    with pytest.raises(FeedbackError, match="cannot be written"):
        store.record("一？", Rating.UP, "", [])
    said(tmp_path).mkdir()
    with pytest.raises(FeedbackError, match="cannot be read"):
        FeedbackStore(tmp_path).all()


# -- marking ----------------------------------------------------------------------------------------


def document(source: str) -> Document:
    return Document(DocumentRef("d", "d.txt", "题"), source, "", "utf-8")


@given(st.text(alphabet="字a\r\n ", max_size=12), st.integers(-3, 15), st.integers(-3, 15))
def test_a_mark_quotes_the_source_or_is_refused(source: str, start: int, end: int) -> None:
    if 0 <= start < end <= len(source):
        assert mark(document(source), start, end) == MarkedPassage("d.txt", start, end, source[start:end])
    else:
        with pytest.raises(QuestionError, match="no span"):
            mark(document(source), start, end)


def test_a_mark_is_a_passage_and_no_whole_document() -> None:
    source = "长" * (MAX_PASSAGE + 1)
    assert mark(document(source), 1, MAX_PASSAGE + 1).quote == source[1:]
    with pytest.raises(QuestionError, match="2,001"):
        mark(document(source), 0, MAX_PASSAGE + 1)


def test_the_bot_checks_and_keeps_feedback(
    bot_over: Callable[[dict[str, str | bytes]], Bot], tmp_path: Path
) -> None:
    source = "蓝鲸站在海边。\r\n蓝鲸站站长是张三。"
    bot = bot_over({"鲸.txt": source})
    known = bot.documents()[0].ref.id
    kept = bot.record_feedback(
        " 站长\x00是谁？ ", rating=Rating.UP, comment="对\n的", passages=[(known, 0, 9)]
    )
    assert (kept.question, kept.comment) == ("站长 是谁？", "对 的")
    assert kept.passages == (MarkedPassage("鲸.txt", 0, 9, source[0:9]),)
    assert FeedbackStore(tmp_path / "data" / "default").pending() == [kept]
    with pytest.raises(QuestionError, match="says nothing"):
        bot.record_feedback("谁？", comment=" \n ")
    with pytest.raises(QuestionError, match=r"2,001.*limit is 2,000"):
        bot.record_feedback("谁？", comment="长" * 2_001)
    with pytest.raises(QuestionError, match=r"21 passages.*limit is 20"):
        bot.record_feedback("谁？", passages=[(known, 0, 1)] * 21)
    with pytest.raises(QuestionError, match="no span"):
        bot.record_feedback("谁？", passages=[(known, 0, 9), (known, 0, len(source) + 1)])
    with pytest.raises(QuestionError, match="empty"):
        bot.record_feedback("", rating=Rating.UP)
    with pytest.raises(NotFoundError, match="'none'"):
        bot.record_feedback("谁？", passages=[("none", 0, 1)])
    with pytest.raises(NotFoundError, match="no documents yet"):
        bot.record_feedback("谁？", rating=Rating.UP, collection="none")
    with pytest.raises(CollectionError, match="not a name"):
        bot.record_feedback("谁？", rating=Rating.UP, collection="../data")
    assert not (tmp_path / "data" / "none").exists()
    assert FeedbackStore(tmp_path / "data" / "default").all() == [kept]


# -- gold -------------------------------------------------------------------------------------------


def feedback(question: str = "站长是谁？") -> Feedback:
    return Feedback("0123456789abcdef" * 2, "2026-01-02T03:04:05Z", question, Rating.DOWN, "", ())


def test_a_gold_entry_has_the_fields_of_the_gold_file() -> None:
    assert gold_entry(feedback(), evidence=[PASSAGE], answers=["张三"]) == {
        "id": "f-0123456789ab",
        "question": "站长是谁？",
        "type": "feedback",
        "lang": "zh",
        "split": "",
        "answers": ["张三"],
        "evidence": [{"doc": "鲸.txt", "text": "站长\r\n张三"}],
    }
    silent = gold_entry(feedback("Who runs the station?"), evidence=[], answers=[])
    assert (silent["lang"], silent["type"], silent["evidence"]) == ("en", "unanswerable_feedback", [])


def test_gold_is_appended_line_by_line_and_no_id_twice(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    assert read_gold_entries(file) == []
    entry = gold_entry(feedback(), evidence=[PASSAGE], answers=["张三"])
    append_gold(file, entry)
    assert read_gold_entries(file) == [entry]
    with pytest.raises(FeedbackError, match=r"line 1 already has the question 'f-0123456789ab'"):
        append_gold(file, entry)
    append_gold(file, entry | {"id": "f-2"})
    assert [each["id"] for each in read_gold_entries(file)] == ["f-0123456789ab", "f-2"]
    assert "站长" in file.read_text(encoding="utf-8")


def test_a_gold_file_that_an_editor_has_left_without_final_line_end_stays_whole(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    old = b'\xef\xbb\xbf{"id": "g1", "question": "?", "evidence": []}\r\n\r\n{"id": "g2", "question": "?"}'
    file.write_bytes(old)
    entry = gold_entry(feedback(), evidence=[PASSAGE], answers=[])
    append_gold(file, entry)
    assert file.read_bytes().startswith(old + b"\n{")
    assert [each["id"] for each in read_gold_entries(file)] == ["g1", "g2", entry["id"]]
    assert json.loads(read_lines(file)[-1].content) == entry


def test_a_file_that_is_no_gold_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "squad.json"
    file.write_text('{"version": "1.1", "data": []}')
    with pytest.raises(FeedbackError, match=r"squad.json, line 1 .*'id' is missing"):
        append_gold(file, gold_entry(feedback(), evidence=[], answers=[]))
    assert file.read_text() == '{"version": "1.1", "data": []}'
    with pytest.raises(FeedbackError, match="cannot be written"):
        append_gold(tmp_path / "none" / "gold.jsonl", gold_entry(feedback(), evidence=[], answers=[]))


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("站 长\r\n是张三。", "站长是张三", "站 长\r\n是张三"),
        ("站 长\r\n是张三。", " 张\t三 ", "张三"),
        ("abc", "B", None),
        ("abc", "", None),
        ("abc", " \n", None),
        ("", "a", None),
        ("  a  ", "a", "a"),
    ],
)
def test_words_are_found_whatever_white_space_stands_between(
    text: str, words: str, found: str | None
) -> None:
    span = find_words(text, words)
    assert (None if span is None else text[slice(*span)]) == found
