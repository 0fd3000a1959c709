"""Questions for several things get passages that differ; all others keep their order exactly."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embeddings.lexical_tokens import lexical_tokens
from qa.bot import Bot
from qa.diversity import CHOSEN, RELEVANCE, diversified, likeness, wants_several
from qa.evaluation.gold import read_gold
from qa.fusion import z_scores
from qa.queries import make_query
from qa.retrieval import Depth, find, gather_signals, rank_candidates
from qa.types import Mode

Make = Callable[[dict[str, str | bytes]], Bot]

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "question",
    [
        "湖州有哪些保护鸟类？",
        "报告提出了哪几条建议？",
        "列举三种湿地植物",
        "海口和广州的湿地有什么不同？",
        "風能和太陽能的成本比較",
        "两地的河长各有多少名？",
        "甲、乙、丙分别由谁负责？",
        "几篇报道里他是什么头衔？",
        "哪个园区的面积最大？",
        "Which wetlands were restored?",
        "Compare the cost of wind and solar power.",
        "What is the difference between the two parks?",
        "How many birds does each park have?",
    ],
)
def test_lists_comparisons_and_several_documents_are_recognised(question: str) -> None:
    assert wants_several(make_query(question))


@pytest.mark.parametrize(
    "question",
    [
        "湖州全域生物物种达到多少种？",
        "案例集里列出的报告叫什么名字？",
        "河长多久巡查一次？",
        "朱鹮有几只？",
        "Which city held the event?",
        "Where was the event held in 2023?",
        "How many ibises live there now, compared with 2008?",
    ],
)
def test_a_question_for_one_thing_is_not(question: str) -> None:
    assert not wants_several(make_query(question))


def slow(scores: np.ndarray, alike: np.ndarray) -> list[int]:
    """Carbonell and Goldstein's formula, one candidate at a time."""
    relevance = z_scores(scores)
    chosen = [0]
    while len(chosen) < min(CHOSEN, len(alike)):
        gains = {
            at: RELEVANCE * relevance[at] - (1 - RELEVANCE) * max(alike[at, other] for other in chosen)
            for at in range(len(alike))
            if at not in chosen
        }
        chosen.append(max(gains, key=lambda at: gains[at]))
    return [*chosen, *(at for at in range(len(scores)) if at not in chosen)]


@pytest.mark.parametrize("count", [1, 3, 12, 70])
def test_the_order_is_that_of_the_formula(count: int) -> None:
    scores = -np.sort(-RNG.normal(size=count)).astype(np.float32)
    vectors = RNG.normal(size=(min(count, 50), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = likeness(vectors, [bytes([at % 4]) for at in range(len(vectors))])
    assert diversified(scores, alike).tolist() == slow(scores, alike)


def test_nothing_stays_nothing() -> None:
    assert diversified(np.empty(0, np.float32), likeness(np.empty((0, 4), np.float32), [])).tolist() == []


def test_of_equal_scores_one_from_another_place_comes_first() -> None:
    vectors = np.eye(3, 4, dtype=np.float32)
    alike = likeness(vectors, [b"here", b"here", b"there"])
    assert diversified(np.asarray([3, 1, 1], np.float32), alike).tolist() == [0, 2, 1]


def test_only_hybrid_questions_for_several_things_leave_the_order_of_scores(
    seed_bot: Bot,
) -> None:
    """Over all questions of the tune split: the order is that of the scores wherever no cue stands."""
    snapshot = seed_bot.snapshot()
    sources = {each.ref.path: seed_bot.document(each.ref.id).source for each in seed_bot.documents()}
    gold = read_gold(Path(__file__).resolve().parents[2] / "seeds" / "gold.jsonl", sources).only("tune")
    moved = 0
    for question in gold.questions:
        query = make_query(question.question)
        tokens = lexical_tokens(query.content)
        for mode in Mode:
            found = gather_signals(snapshot, query, tokens, mode)
            _, scores = rank_candidates(snapshot, query, found, mode)
            falling = bool(np.all(np.diff(scores) <= 0))
            assert falling or (mode is Mode.HYBRID and wants_several(query))
            assert not len(scores) or scores[0] == scores.max()
            moved += not falling
    assert moved > 0


PLANTS = (
    "芦苇和香蒲 水葱和千屈菜 慈姑和泽泻 再力花和梭鱼草 芡实和荇菜 茭白和水芹 苔草和鸢尾 菰和蒲苇 薄荷和水烛"
)

TOGETHER: dict[str, str | bytes] = {
    "北湖.txt": "北湖公园\n\n"
    + "\n\n".join(
        f"北湖公园的第{n}片湿地里种着{plants}。这里的湿地植物由养护队每{n + 2}天巡查一次，枯叶随时清走。公园给每种湿地"
        f"植物立了牌子，写着它的名字、花期和习性，游客可以扫码听讲解。第{n}片湿地面积{n * 3 + 1}公顷，水深不到一米，湿地植"
        "物长得很密，常有水鸟在里面做窝，观鸟的人在木栈道上停留，不得下水。冬天养护队把枯死的湿地植物割去一半。"
        for n, plants in enumerate(PLANTS.split(), start=1)
    ),
    "南湖.txt": "南湖公园\n\n南湖公园的湿地植物是睡莲和菖蒲。",
    "西溪.txt": "西溪公园\n\n西溪公园的湿地植物是荷花和菱角。",
    "公路.txt": "环城公路全长三十公里，双向六车道。",
    "图书馆.txt": "图书馆周一闭馆，其余日子开到晚上九点。",
    "食堂.txt": "小学的食堂每天供应两荤两素。",
    "公交.txt": "公交车首班六点发车，末班十点半。",
    "医院.txt": "医院的门诊可以在手机上预约。",
    "市场.txt": "菜市场上午最热闹，下午三点收摊。",
}


@pytest.mark.parametrize("question", ["几个公园的湿地植物分别有哪些？", "比较各个公园的湿地植物"])
def test_three_files_that_answer_together_are_all_found(
    bot_over: Make, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    """One file says the same of many places, and would take all five hits."""
    bot = bot_over(TOGETHER)
    found = {hit.document.path for hit in bot.search(question, k=5)}
    assert found == {"北湖.txt", "南湖.txt", "西溪.txt"}
    monkeypatch.setattr("qa.retrieval.wants_several", lambda _: False)
    alike = find(bot.snapshot(), make_query(question), k=5, depth=Depth.NOTHING)
    assert {hit.document.path for hit in alike.hits} < found
