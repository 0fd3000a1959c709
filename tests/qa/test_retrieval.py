"""Retrieval over real indexes: what is found, why, in which mode, and never twice."""

from collections.abc import Callable
from multiprocessing import get_context

import pytest

from qa.bot import Bot
from qa.errors import NotFoundError, QuestionError
from qa.queries import make_query
from qa.retrieval import CANDIDATES, find
from qa.types import Mode

Make = Callable[[dict[str, str | bytes]], Bot]


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_finds_a_sentence_asked_in_its_own_words(seed_bot: Bot, mode: Mode) -> None:
    hits = seed_bot.search("朱鹮的种群数量从2008年的5对增至近千只", k=5, mode=mode)
    assert any("近千只" in hit.passage.text for hit in hits)


@pytest.mark.parametrize("mode", list(Mode))
def test_hits_are_ranked_from_one_by_falling_score(seed_bot: Bot, mode: Mode) -> None:
    hits = seed_bot.search("深圳公交电动化", k=10, mode=mode)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_every_quote_is_the_slice_of_its_source(seed_bot: Bot) -> None:
    for question in ("碳汇交易", "绿色一带一路", "What did Paulson say?", "生物多样性友好城市"):
        for hit in seed_bot.search(question, k=20):
            source = seed_bot.document(hit.document.id).source
            assert source[hit.passage.start : hit.passage.end] == hit.passage.quote


def test_traditional_characters_find_simplified_text(seed_bot: Bot) -> None:
    traditional = seed_bot.search("朱鷺和揚子鱷的分級保護策略", k=1)[0]
    assert "分级保护策略" in traditional.passage.text


def test_the_case_title_counts_for_a_passage_that_does_not_name_it(seed_bot: Bot) -> None:
    hits = seed_bot.search("守护长江的微笑 项目机构 实施地点", k=3)
    assert any("湖北省长江生态保护基金会" in hit.passage.text for hit in hits)


def test_why_names_ranks_scores_and_the_matched_words(seed_bot: Bot) -> None:
    hit = seed_bot.search("安吉的竹林碳汇收储交易平台", k=1)[0]
    assert hit.why.lexical_rank is not None
    assert set(hit.why.scores) == {"lexical", "dense", "late_interaction", "window", "standing"}
    assert {"安吉", "竹林"} <= set(hit.why.terms)
    assert all(term in hit.passage.text or term in " ".join(hit.passage.section) for term in hit.why.terms)


def test_a_mode_of_one_index_gives_no_rank_of_the_other(seed_bot: Bot) -> None:
    assert all(hit.why.dense_rank is None for hit in seed_bot.search("碳汇", k=5, mode=Mode.LEXICAL))
    assert all(hit.why.lexical_rank is None for hit in seed_bot.search("碳汇", k=5, mode=Mode.DENSE))


def test_equal_passages_are_shown_once(bot_over: Make) -> None:
    text = "河长制在全县推行，每条河都有一位河长负责巡查。"
    bot = bot_over({"a.txt": text, "b.txt": text, "c.txt": "湿地公园每年接待游客三十万人次。"})
    assert len(bot.search("河长负责什么", k=5)) == 2


def test_nothing_known_finds_nothing_lexically(seed_bot: Bot) -> None:
    assert seed_bot.search("qzxv", k=5, mode=Mode.LEXICAL) == []


@pytest.mark.parametrize("k", [0, -1, 101])
def test_k_outside_its_range_is_refused(seed_bot: Bot, k: int) -> None:
    with pytest.raises(QuestionError, match="1 to 100"):
        seed_bot.search("碳汇", k=k)


def test_a_collection_that_is_not_there_is_refused(seed_bot: Bot) -> None:
    with pytest.raises(NotFoundError, match="'other' has no documents yet"):
        seed_bot.search("碳汇", collection="other")


@pytest.mark.parametrize("name", ["../other", "a/b", "", ".", "a\x00b", "x" * 65])
def test_a_collection_name_is_never_a_path(seed_bot: Bot, name: str) -> None:
    with pytest.raises(Exception, match="not a name for a collection"):
        seed_bot.search("碳汇", collection=name)


def test_hits_are_the_same_whether_all_are_read_or_only_those_in_doubt(seed_bot: Bot) -> None:
    snapshot = seed_bot.snapshot()
    for question in ("湖州有多少种生物？", "谁出的钱", "How many buses run on electricity?", "海绵城市"):
        assert list(find(snapshot, make_query(question), k=8).hits) == seed_bot.search(question, k=8)


@pytest.mark.parametrize("mode", Mode)
def test_the_first_hits_do_not_depend_on_how_many_are_wanted(seed_bot: Bot, mode: Mode) -> None:
    for question in ("生态城市建设", "谁出的钱"):
        hits = seed_bot.search(question, k=CANDIDATES + 20, mode=mode)
        assert len(hits) > CANDIDATES
        fewer = seed_bot.search(question, k=5, mode=mode)
        assert [hit.passage for hit in hits[:5]] == [hit.passage for hit in fewer]


def test_a_forked_process_searches_as_well(seed_bot: Bot) -> None:
    """It inherits what a search keeps between questions, but no threads."""
    expected = [hit.passage.id for hit in seed_bot.search("竹林碳汇", k=5)]
    context = get_context("fork")
    queue = context.Queue()
    other = context.Process(
        target=lambda: queue.put([hit.passage.id for hit in seed_bot.search("竹林碳汇", k=5)])
    )
    other.start()
    assert queue.get(timeout=60) == expected
    other.join()
