"""The turns of a conversation as they are asked: each once, one way, with what was replied before."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa.bot import Bot
from qa.collection import Snapshot
from qa.confidence import shipped_calibration
from qa.evaluation import asking
from qa.evaluation.asking import Asker, searches
from qa.evaluation.evaluate import gold_of_collection
from qa.evaluation.gold import GoldSet
from qa.generation.endpoint import Endpoint, Writer
from qa.retrieval import Depth, find
from qa.types import Language, Mode, Query, Turn
from tests.endpoints import Script

GOLD = Path(__file__).resolve().parents[3] / "seeds" / "gold.jsonl"


@pytest.fixture(scope="module")
def conversation(seed_data: Path) -> GoldSet:
    """The first conversation of three turns and more."""
    gold = gold_of_collection(GOLD, seed_data / "default").only("tune")
    turns = Counter(each.conversation for each in gold.questions if each.conversation is not None)
    name = next(name for name, count in turns.items() if count >= 3)
    return replace(gold, questions=tuple(each for each in gold.questions if each.conversation == name))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Depth]]]:
    """What is searched, and how much of it is read."""
    seen: list[tuple[str, Depth]] = []

    def watched(snapshot: Snapshot, query: Query, **how: Any) -> object:
        seen.append((query.text, how.get("depth", Depth.ALL)))
        return find(snapshot, query, **how)

    monkeypatch.setattr(asking, "find", watched)
    # Where replies to the earlier turns are had another way, that is a search too.
    monkeypatch.setattr("qa.answering.find", watched)
    return seen


def asker(bot: Bot, gold: GoldSet, writer: Writer | None = None, *, read: bool = True) -> Asker:
    # It never refuses, so that there is something to write from.
    calibration = replace(shipped_calibration(), threshold=dict.fromkeys(Language, -1.0))
    return Asker(bot.snapshot(), gold, calibration, 10, writer, read=read)


def test_every_turn_is_searched_once(
    seed_bot: Bot, conversation: GoldSet, found: list[tuple[str, Depth]]
) -> None:
    one = asker(seed_bot, conversation)
    typed = [search for search in searches(conversation) if not search.written_out]
    for search in typed:
        one.ask(search, Mode.HYBRID)
    assert len(found) == len(typed)
    # Another mode searches each anew, after the same earlier replies.
    for search in typed:
        one.ask(search, Mode.LEXICAL)
    assert len(found) == 2 * len(typed)


def test_nothing_is_read_where_nothing_is_to_be_read(
    seed_bot: Bot, conversation: GoldSet, found: list[tuple[str, Depth]]
) -> None:
    one = asker(seed_bot, conversation, read=False)
    *_, last = (search for search in searches(conversation) if not search.written_out)
    one.ask(last, Mode.HYBRID)
    assert len(found) == last.gold.turn
    assert {depth for _, depth in found} == {Depth.NOTHING}


def test_the_earlier_turns_are_those_that_the_llm_wrote(
    seed_bot: Bot, conversation: GoldSet, stub: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    histories: list[Sequence[Turn]] = []
    stand_alone = asking.stand_alone

    def watched(snapshot: Snapshot, history: Sequence[Turn], query: Query) -> Query:
        histories.append(history)
        return stand_alone(snapshot, history, query)

    monkeypatch.setattr(asking, "stand_alone", watched)
    writer = Writer(Endpoint(stub.base_url, "stub", timeout=5))
    one = asker(seed_bot, conversation, writer)
    stub.text = "月球基地有999座[1]。"
    typed = [search for search in searches(conversation) if not search.written_out]
    judged = [one.ask(search, Mode.HYBRID) for search in typed]
    writer.close()
    assert all(each.answer is not None and each.answer.written == {"unsupported": 1} for each in judged)
    assert len(stub.requests) == len(typed)
    # Of what was written, nothing is supported; so nothing of it is in the conversation.
    assert [[turn.answer for turn in history] for history in histories] == [
        [""] * n for n in range(len(typed))
    ]
