"""The review of feedback: scripted answers over a real bot and real files."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from embeddings.static_encoder import bundled_encoder
from qa.bot import Bot
from qa.errors import FeedbackError
from qa.feedback import Decision, Feedback, FeedbackStore, MarkedPassage, Rating, append_gold, gold_entry
from qa.indexing import index_paths
from qa.layout import FEEDBACK_FILE
from ui.review import ReviewSummary, review

QUESTION = "蓝鲸站站长是谁？"
WHALES = "蓝鲸站在海边，\n站里有十二个人。蓝鲸站的站长是\n张三，今年四十岁。\n"
BUSES = "深圳的公共汽车全部改为电动，出租车也是。\n"
FILES: dict[str, str | bytes] = {"鲸.txt": WHALES, "车.txt": BUSES}

MakeBot = Callable[[dict[str, str | bytes]], Bot]


class Person:
    """Somebody at the terminal who types the given lines and then ends the input."""

    def __init__(self, typed: Iterable[str]) -> None:
        self._typed = list(typed)
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        self.told.append(question)
        if not self._typed:
            raise EOFError
        return self._typed.pop(0)

    def say(self, line: str) -> None:
        self.told.append(line)

    @property
    def screen(self) -> str:
        return "\n".join(self.told)

    @property
    def left(self) -> list[str]:
        return self._typed


@pytest.fixture
def bot(bot_over: MakeBot) -> Bot:
    return bot_over(FILES)


@pytest.fixture
def store(bot: Bot, tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "data" / "default")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return tmp_path / "gold.jsonl"


def give(bot: Bot, question: str = QUESTION, words: str = "", **said: object) -> Feedback:
    """Feedback that marks the given words, which stand in one of the documents."""
    passages = [
        (listed.ref.id, source.index(words), source.index(words) + len(words))
        for listed in bot.documents()
        if words and words in (source := bot.document(listed.ref.id).source)
    ]
    return bot.record_feedback(question, passages=passages, **({"rating": Rating.DOWN} | said))  # type: ignore[arg-type]


def run(bot: Bot, store: FeedbackStore, gold: Path, *typed: str) -> tuple[ReviewSummary, Person]:
    person = Person(typed)
    return review(bot, "default", store, gold, ask=person.ask, say=person.say), person


def entries(gold: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]


def test_nothing_pending_asks_nothing(bot: Bot, store: FeedbackStore, gold: Path) -> None:
    summary, person = run(bot, store, gold)
    assert summary == ReviewSummary(0, 0, 0, 0)
    assert person.asked == []
    assert not gold.exists()


def test_a_marked_passage_is_offered_first_and_becomes_gold_verbatim(
    bot: Bot, store: FeedbackStore, gold: Path
) -> None:
    kept = give(bot, words="深圳的公共汽车", comment="不是这个")
    summary, person = run(bot, store, gold, "2", "蓝鲸站的站长是张三", "张三｜ ")
    assert summary == ReviewSummary(taken=1, unanswerable=0, discarded=0, waiting=0)
    assert f"Question: {QUESTION}" in person.screen
    assert "rating down; comment: 不是这个; 1 passage marked" in person.screen
    assert "[1] 车.txt, lines 1-1  (marked by a reader)" in person.screen
    assert "[2] 鲸.txt" in person.screen
    assert entries(gold) == [
        {
            "id": f"f-{kept.id[:12]}",
            "question": QUESTION,
            "type": "feedback",
            "lang": "zh",
            "split": "",
            "answers": ["张三"],
            "evidence": [{"doc": "鲸.txt", "text": "蓝鲸站的站长是\n张三"}],
        }
    ]
    assert "蓝鲸站的站长是\n张三" in WHALES
    (decided,) = store.reviewed()
    assert (decided.feedback_id, decided.decision, decided.gold_id) == (
        kept.id,
        Decision.GOLD,
        f"f-{kept.id[:12]}",
    )


def test_a_passage_that_was_marked_and_found_is_offered_once(
    bot: Bot, store: FeedbackStore, gold: Path
) -> None:
    hit = bot.search(QUESTION)[0]
    give(bot, words=hit.passage.quote)
    _, person = run(bot, store, gold, "q")
    offered = [line for line in person.told if line.startswith("[")]
    assert len(offered) == 2
    assert offered[0] == "[1] 鲸.txt, lines 1-3  (marked by a reader)"
    assert person.screen.count("站里有十二个人") == 1


def test_enter_takes_the_whole_passage_and_no_answers(bot: Bot, store: FeedbackStore, gold: Path) -> None:
    give(bot)
    summary, _ = run(bot, store, gold, " １，2、2 ", "", "", "")
    assert summary.taken == 1
    (entry,) = entries(gold)
    assert entry["answers"] == []
    quotes = [hit.passage.quote for hit in bot.search(QUESTION)]
    assert [run["text"] for run in entry["evidence"]] == quotes  # type: ignore[attr-defined]
    assert all(quote in WHALES + BUSES for quote in quotes)


def test_silence_skipping_and_discarding(bot: Bot, store: FeedbackStore, gold: Path) -> None:
    silent, skipped, thrown, last = (give(bot, f"{name}是谁？") for name in "甲乙丙丁")
    summary, _ = run(bot, store, gold, "N", "s", "d", "q")
    assert summary == ReviewSummary(taken=0, unanswerable=1, discarded=1, waiting=2)
    assert store.pending() == [skipped, last]
    (entry,) = entries(gold)
    assert (entry["id"], entry["type"], entry["evidence"], entry["answers"]) == (
        f"f-{silent.id[:12]}",
        "unanswerable_feedback",
        [],
        [],
    )
    assert [(each.feedback_id, each.decision, each.gold_id) for each in store.reviewed()] == [
        (silent.id, Decision.UNANSWERABLE, f"f-{silent.id[:12]}"),
        (thrown.id, Decision.DISCARDED, None),
    ]


@pytest.mark.parametrize(
    "typed", ["", "0", "3", "1,3", "x", "1 x", "-1", "1.5", "nn", "９９９９９９９９９", "二", "1" * 5_000]
)
def test_a_wrong_choice_is_told_and_asked_again(
    bot: Bot, store: FeedbackStore, gold: Path, typed: str
) -> None:
    give(bot)
    summary, person = run(bot, store, gold, typed, "1", "", "")
    assert summary.taken == 1
    assert "Type a number from 1 to 2, several such as 1,3, or one of the letters n, s, d, q." in person.told


def test_words_and_answers_that_do_not_stand_there_are_asked_for_again(
    bot: Bot, store: FeedbackStore, gold: Path
) -> None:
    give(bot, words="蓝鲸站在海边")
    summary, person = run(
        bot, store, gold, "2", "李四", "站长 是张三，", "张三|四十|王五", "张三 | 站\t长|张三"
    )
    assert (summary.taken, person.left) == (1, [])
    assert "These words do not stand in passage 2" in person.screen
    assert "Not in the words that prove it: 四十 | 王五." in person.screen
    (entry,) = entries(gold)
    assert entry["evidence"] == [{"doc": "鲸.txt", "text": "站长是\n张三，"}]
    assert entry["answers"] == ["张三", "站\t长"]


@pytest.mark.parametrize("typed", [(), ("1",), ("1", ""), ("1", "", "李四")])
def test_the_end_of_input_stops_anywhere_and_keeps_nothing_half_done(
    bot: Bot, store: FeedbackStore, gold: Path, typed: tuple[str, ...]
) -> None:
    first, second = give(bot, "甲是谁？"), give(bot)
    summary, _ = run(bot, store, gold, "n", *typed)
    assert summary == ReviewSummary(taken=0, unanswerable=1, discarded=0, waiting=1)
    assert store.pending() == [second]
    assert [entry["id"] for entry in entries(gold)] == [f"f-{first.id[:12]}"]


def test_what_was_said_about_one_question_is_decided_together(
    bot: Bot, store: FeedbackStore, gold: Path
) -> None:
    first = give(bot)
    other = give(bot, "公共汽车改为什么？")
    comment = give(bot, rating=None, comment="看这里")
    passage = give(bot, rating=None, words="站里有十二个人")
    summary, person = run(bot, store, gold, "1", "", "", "q")
    assert summary == ReviewSummary(taken=1, unanswerable=0, discarded=0, waiting=1)
    assert "1 of 2" in person.told
    assert "comment: 看这里" in person.screen
    assert store.pending() == [other]
    assert [entry["id"] for entry in entries(gold)] == [f"f-{first.id[:12]}"]
    assert {each.feedback_id for each in store.reviewed()} == {first.id, comment.id, passage.id}
    assert {each.gold_id for each in store.reviewed()} == {f"f-{first.id[:12]}"}


def test_a_review_cut_off_between_its_two_files_is_taken_up_where_it_ended(
    bot: Bot, store: FeedbackStore, gold: Path
) -> None:
    kept = give(bot)
    give(bot, rating=None, comment="再说一次")
    append_gold(gold, gold_entry(kept, evidence=[], answers=[]))
    summary, person = run(bot, store, gold)
    assert summary == ReviewSummary(taken=0, unanswerable=1, discarded=0, waiting=0)
    assert person.asked == []
    assert "It is already in" in person.screen
    assert len(entries(gold)) == 1


def test_a_question_that_the_gold_file_has_is_pointed_out(bot: Bot, store: FeedbackStore, gold: Path) -> None:
    gold.write_text(json.dumps({"id": "g7", "question": QUESTION, "evidence": []}))
    give(bot)
    summary, person = run(bot, store, gold, "n")
    assert "already asks this, as g7." in person.screen
    assert summary.unanswerable == 1
    assert entries(gold)[0]["id"] == "g7"


def test_somebody_else_may_decide_in_the_meantime(bot: Bot, store: FeedbackStore, gold: Path) -> None:
    kept = give(bot)
    person = Person(["n"])

    def ask(question: str) -> str:
        store.decide(kept.id, Decision.DISCARDED)
        return person.ask(question)

    summary = review(bot, "default", store, gold, ask=ask, say=person.say)
    assert summary == ReviewSummary(0, 0, 0, 0)
    assert "Somebody else has decided" in person.screen
    assert not gold.exists()


def test_documents_that_are_gone_or_changed_are_named_and_left_out(
    bot: Bot, store: FeedbackStore, gold: Path, tmp_path: Path
) -> None:
    give(bot, words="深圳的公共汽车")
    give(bot, words="站里有十二个人")
    give(bot, words="今年四十岁")
    (tmp_path / "documents" / "车.txt").unlink()
    changed = "序。\n" + WHALES.replace("十二", "两").replace("\n", "\r\n")
    (tmp_path / "documents" / "鲸.txt").write_bytes(changed.encode())
    index_paths(tmp_path / "data" / "default", [tmp_path / "documents"], bundled_encoder())
    summary, person = run(bot, store, gold, "1", "", "四十")
    assert "车.txt is no longer in the collection; it is left out: 深圳的公共汽车" in person.screen
    assert "鲸.txt no longer holds the passage that was marked in it; it is left out: 站里" in person.screen
    assert "[1] 鲸.txt, lines 4-4  (marked by a reader)" in person.screen
    assert summary.taken == 1
    assert entries(gold)[0]["evidence"] == [{"doc": "鲸.txt", "text": "今年四十岁"}]


def test_long_passages_are_cut_until_they_are_chosen_and_nothing_commands_the_terminal(
    bot_over: MakeBot, tmp_path: Path, gold: Path
) -> None:
    long = "".join(f"第{n}头蓝鲸在海里游了很久很久，" for n in range(23)) + "站长是张三。\x1b[2J\n"
    bot = bot_over({"长.txt": long})
    store = FeedbackStore(tmp_path / "data" / "default")
    store.record("站长是谁？", None, "\x1b]0;pwned\x07", [MarkedPassage("\x1b[31m.txt", 0, 1, "\x07")])
    summary, person = run(bot, store, gold, "1", "站长是张三", "")
    assert summary.taken == 1
    assert not {"\x1b", "\x07"} & set(person.screen)
    offered = next(line for line in person.told if line.startswith("    "))
    assert offered.endswith("…")
    assert len(offered) < 310
    assert person.screen.count("第22头蓝鲸") == 1


def test_damaged_files_are_told_before_anything_is_asked(bot: Bot, store: FeedbackStore, gold: Path) -> None:
    give(bot)
    gold.write_text("{\n")
    person = Person(["n"])
    with pytest.raises(FeedbackError, match=r"gold\.jsonl, line 1 is damaged"):
        review(bot, "default", store, gold, ask=person.ask, say=person.say)
    assert person.asked == []
    gold.unlink()
    with (gold.parent / "data" / "default" / FEEDBACK_FILE).open("a") as file:
        file.write("{")
    with pytest.raises(FeedbackError, match=r"line 2 is damaged"):
        review(bot, "default", store, gold, ask=person.ask, say=person.say)


def test_without_any_passage_the_letters_are_left(bot_over: MakeBot, tmp_path: Path, gold: Path) -> None:
    bot = bot_over(FILES)
    store = FeedbackStore(tmp_path / "data" / "default")
    store.record("zzzzzzzz qqqqqqqq", Rating.DOWN, "", [])
    person = Person(["1", "n"])

    class Blind:
        """A bot that finds nothing, as one over an index without a match would."""

        search = staticmethod(lambda *_, **__: [])
        documents = staticmethod(bot.documents)

    summary = review(Blind(), "default", store, gold, ask=person.ask, say=person.say)  # type: ignore[arg-type]
    assert summary.unanswerable == 1
    assert "No passage was found." in person.told
    assert "Type one of the letters n, s, d, q." in person.told
