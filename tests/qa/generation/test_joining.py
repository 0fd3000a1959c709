"""Sentences that join what several passages say."""

from collections.abc import Callable

import pytest

from qa.bot import Bot
from qa.generation.checking import Checker
from qa.generation.joining import Joined, join
from qa.types import DoubtKind
from tests.bench.joined_claims import judge, pairs

Join = Callable[..., Joined]

LAKES = ("东湖的白鹭有320只，水面3平方公里。", "西湖的白鹭有150只。西湖的面积是6平方公里。")
HALLS = ("1998年建成图书馆。", "2005年建成体育馆。")


@pytest.fixture
def joined(bot_over: Callable[..., Bot]) -> Join:
    """Holds a sentence against documents that it all cites."""

    def joined(sentence: str, *documents: str) -> Joined:
        bot = bot_over({f"{n}.txt": document for n, document in enumerate(documents)})
        hits = bot.search("".join(documents)[:100])
        assert len(hits) == len(documents)
        return join(Checker(bot.snapshot(), hits), sentence, hits)

    return joined


@pytest.mark.parametrize(
    ("documents", "true", "swapped", "part"),
    [
        (LAKES, "东湖有320只白鹭，西湖有150只白鹭。", "东湖有150只白鹭，西湖有320只白鹭。", "150只"),
        (LAKES, "东湖有320只白鹭；西湖有150只白鹭。", "东湖有150只白鹭；西湖有320只白鹭。", "320只"),
        (HALLS, "图书馆建于1998年，体育馆建于2005年。", "图书馆建于2005年，体育馆建于1998年。", "2005年"),
        (
            HALLS,
            "The library was built in 1998, and the stadium was built in 2005.",
            "The library was built in 2005, and the stadium was built in 1998.",
            "2005",
        ),
    ],
)
def test_figures_swapped_between_two_passages_are_found_out(
    joined: Join, documents: tuple[str, ...], true: str, swapped: str, part: str
) -> None:
    kept = joined(true, *documents)
    assert kept.doubts == ()
    assert {each.hit.document.path for each in kept.evidence} == {"0.txt", "1.txt"}
    doubts = joined(swapped, *documents).doubts
    assert part in {doubt.part for doubt in doubts}


def test_a_clause_without_a_name_is_about_what_the_clause_before_names(joined: Join) -> None:
    assert joined("西湖有150只白鹭，面积6平方公里。", *LAKES).doubts == ()
    assert joined("东湖有320只白鹭，面积6平方公里。", *LAKES).doubts != ()


def test_a_date_before_a_comma_belongs_to_the_clause_behind_it(joined: Join) -> None:
    documents = ("2019年底，东湖有白鹭320只。", "2020年底，西湖有白鹭150只。")
    assert joined("2019年底，东湖有320只白鹭；2020年底，西湖有150只白鹭。", *documents).doubts == ()
    assert joined("2020年底，东湖有320只白鹭；2019年底，西湖有150只白鹭。", *documents).doubts != ()


def test_only_what_no_passage_holds_is_told(joined: Join) -> None:
    (doubt,) = joined("东湖有320只白鹭，西湖有155只白鹭。", *LAKES).doubts
    assert (doubt.kind, doubt.part) == (DoubtKind.FIGURE, "155只")


def test_without_a_passage_there_is_nothing(joined: Join, bot_over: Callable[..., Bot]) -> None:
    bot = bot_over({"a.txt": LAKES[0]})
    assert join(Checker(bot.snapshot(), []), "东湖有320只白鹭。", []) == Joined((), ())


# A little under what was measured: python -m tests.bench.joined_claims. Few English claims are in one half.
@pytest.mark.parametrize(
    ("half", "lang", "mark", "accepted", "found_out"),
    [
        ("report", "zh", "；", 0.95, 0.97),
        ("report", "zh", "，", 0.65, 0.97),
        ("tune", "en", ", and ", 0.9, 0.9),
    ],
)
def test_joined_claims_are_told_from_swapped_ones(
    seed_bot: Bot, half: str, lang: str, mark: str, accepted: float, found_out: float
) -> None:
    found = list(pairs(seed_bot.snapshot(), half, lang))[:40]
    assert len(found) >= 15
    right, refused = judge(seed_bot.snapshot(), found, mark)
    assert right / len(found) >= accepted
    assert refused / len(found) >= found_out
