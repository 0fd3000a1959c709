"""The checker: what it finds out on constructed claims, and what it compares with what."""

from collections import Counter
from collections.abc import Callable

import pytest

from qa.bot import Bot
from qa.collection import Snapshot
from qa.generation import checking
from qa.generation.checking import Checked, Checker
from qa.generation.particulars import normal
from qa.types import DoubtKind
from tests.bench.claims import Result, accepted, judge, precision, read_claims, recall

Check = Callable[[str, str], Checked]


@pytest.fixture(scope="module")
def results(seed_bot: Bot) -> list[Result]:
    return judge(seed_bot.snapshot(), read_claims("report"))


@pytest.fixture
def check(bot_over: Callable[..., Bot]) -> Check:
    """Checks a claim against the only document of a collection."""

    def check(source: str, claim: str) -> Checked:
        bot = bot_over({"a.txt": source})
        hits = bot.search(source[:50])
        checked = Checker(bot.snapshot(), hits).check(claim, hits)
        assert checked is not None
        document = bot.document(checked.evidence.hit.document.id)
        place = checked.evidence.sentence
        assert document.source[place.start : place.end] == checked.evidence.quote
        return checked

    return check


def kinds(checked: Checked) -> set[DoubtKind]:
    return {doubt.kind for doubt in checked.doubts}


def test_the_claims_are_many_and_told_apart_in_halves_by_their_evidence() -> None:
    claims = read_claims()
    assert len(claims) >= 200
    halves = {half: {each.evidence for each in read_claims(half)} for half in ("tune", "report")}
    assert not halves["tune"] & halves["report"]
    count = Counter((each.label, each.kind) for each in claims)
    assert count["supported", "paraphrase"] >= 60
    assert sum(each.lang == "en" for each in claims) >= 20


# A little under what was measured: python -m tests.bench.claims
@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("all", 0.95),
        ("figure", 0.96),
        ("unit", 0.8),
        ("date", 0.9),
        ("name", 0.85),
        ("negation", 0.9),
        ("short", 0.9),
        ("invented", 0.8),
    ],
)
def test_altered_claims_are_found_out(results: list[Result], kind: str, least: float) -> None:
    found, claims = recall(results)[kind]
    assert found / claims >= least


@pytest.mark.parametrize(
    ("kind", "least"), [("all", 0.92), ("figure", 0.9), ("date", 0.9), ("name", 0.88), ("negation", 0.88)]
)
def test_doubts_are_right(results: list[Result], kind: str, least: float) -> None:
    right, doubted = precision(results)[kind]
    assert right / doubted >= least


@pytest.mark.parametrize(
    ("kind", "lang", "least"),
    [("verbatim", None, 1.0), ("short", None, 0.9), ("paraphrase", "zh", 0.8), ("paraphrase", "en", 0.8)],
)
def test_true_claims_are_accepted(results: list[Result], kind: str, lang: str | None, least: float) -> None:
    right, claims = accepted(results, kind, lang)
    assert right / claims >= least


@pytest.mark.parametrize(
    ("source", "true", "false", "kind"),
    [
        ("水库每年供水1.08万吨。", "水库每年供水10800吨。", "水库每年供水1080吨。", DoubtKind.FIGURE),
        ("林场有三十二万亩竹林。", "林场的竹林有32万亩。", "林场的竹林有32万公顷。", DoubtKind.FIGURE),
        ("湿地有5对朱鹮。", "湿地有朱鹮5对。", "湿地有朱鹮5只。", DoubtKind.FIGURE),
        ("公园面积超过84万亩。", "公园面积超过80万亩。", "公园面积为80万亩。", DoubtKind.FIGURE),
        ("书店开业于2013年12月5日。", "书店2013-12-05开业。", "书店2013年12月开业15日。", DoubtKind.FIGURE),
        ("书店开业于2013年12月5日。", "书店在2013年开业。", "书店在2014年开业。", DoubtKind.DATE),
        ("馆长是王小明。", "王小明是馆长。", "李建国是馆长。", DoubtKind.NAME),
        ("他写了《湖边的树》。", "《湖边的树》是他写的。", "《山里的树》是他写的。", DoubtKind.NAME),
        ("河长每周巡查一次河道。", "河道由河长每周巡查。", "河长不再每周巡查河道。", DoubtKind.NEGATION),
        ("门票收入逐年减少。", "门票收入逐年下降。", "门票收入逐年增加。", DoubtKind.NEGATION),
        ("林场不仅种树，还养蜂。", "林场种树，也养蜂。", "林场不种树。", DoubtKind.NEGATION),
        ("鸟类增至208种，鱼类增至160种。", "鱼类增至160种。", "鱼类增至208种。", DoubtKind.FIGURE),
    ],
)
def test_what_means_the_same_passes_and_what_does_not_is_named(
    check: Check, source: str, true: str, false: str, kind: DoubtKind
) -> None:
    assert check(source, true).doubts == ()
    assert kind in kinds(check(source, false))


def test_the_part_that_does_not_stand_there_is_told(check: Check) -> None:
    (doubt,) = check("水库的蓄水量增长了3.2%。", "水库的蓄水量增长了3.5%。").doubts
    assert (doubt.kind, doubt.part) == (DoubtKind.FIGURE, "3.5%")


def test_the_sentence_that_supports_a_claim_is_found_among_others(check: Check) -> None:
    checked = check("公园建于1998年。园里有湖。湖边有三座亭子。游客可以划船。", "湖边的亭子有三座。")
    assert checked.evidence.quote == "湖边有三座亭子。"


def test_a_claim_may_join_neighbouring_sentences(check: Check) -> None:
    source = "公园建于1998年。它占地12公顷。"
    assert check(source, "公园建于1998年，占地12公顷。").doubts == ()
    assert check(source, "公园建于1998年，占地15公顷。").doubts != ()


def test_a_sentence_is_taken_apart_once_for_all_passages(
    bot_over: Callable[..., Bot], monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = bot_over({"a.txt": "东湖的白鹭有320只。", "b.txt": "西湖的白鹭有150只。"})
    hits = bot.search("白鹭")
    assert len(hits) == 2
    checker = Checker(bot.snapshot(), hits)
    taken_apart: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    make, best = checking._Claim.__init__, checking._Source.best

    def counted_make(self: checking._Claim, snapshot: Snapshot, text: str) -> None:
        taken_apart[text] += 1
        make(self, snapshot, text)

    def counted_best(self: checking._Source, claim: checking._Claim) -> object:
        compared[self.hit.document.path] += 1
        return best(self, claim)

    monkeypatch.setattr(checking._Claim, "__init__", counted_make)
    monkeypatch.setattr(checking._Source, "best", counted_best)
    claim = "东湖有白鹭320只。"
    one_by_one = [checker.check(claim, [hit]) for hit in hits]
    assert checker.check(claim, hits) in one_by_one
    assert taken_apart == {claim: 1}
    assert compared == {"a.txt": 1, "b.txt": 1}


@pytest.mark.parametrize("rare", ["𠮷", "﨑", "々"])
def test_a_figure_before_a_rare_han_character_is_read_as_before_others(rare: str) -> None:
    assert normal(f"3 {rare}") == f"3{rare}"
