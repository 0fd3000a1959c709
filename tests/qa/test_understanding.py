"""Questions with typing errors, other written forms and abbreviations, over real documents."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings.static_encoder import bundled_encoder
from qa.bot import Bot
from qa.indexing import index_paths
from qa.queries import make_query
from qa.retrieval import retrieve
from qa.types import Alternative, Mode, Reason
from qa.understanding import understand

DOCUMENTS = {
    "bamboo.txt": "安吉首创全国县级竹林碳汇收储交易平台。\n碳汇收入的八成返还给村集体和农户，累计收储竹林84万亩。\n",
    "ibis.txt": "朱鹮曾经濒临灭绝。德清的朱鹮种群数量从2008年的5对增至近千只，朱鹮的繁育基地设在下渚湖。\n",
    "park.txt": "东山国家森林公园（以下简称“东山森林”）建于二〇一三年十二月五日，面积5平方公里。\n",
    "park2.txt": "游客在东山森林可以乘坐电瓶车，门票二十元。\n",
    "lake.txt": "西湖景区的面积是50平方公里，游人如织，开放于2014年12月6日。\n",
    "treaty.txt": "国际可再生能源署（IRENA）总部设在阿布扎比。\n该机构每年发布一份成本报告。\n",
    "agency.txt": "国际可再生能源署在2013年召开大会，与会国家一百二十个。\n",
    "bank.txt": "德清农商银行发放贷款1.08万笔，不良率下降百分之五，比上年高五个百分点的是存款。\n",
    "loans.txt": "另一家金融机构发放贷款2.6万笔，不良率上升7%。\n",
    "forest.txt": "公司为造林投资3.2万公顷林地，共6亿元。\n",
    "english.txt": "The wetland restoration project planted mangrove seedlings along the coast.\n"
    "Biodiversity surveys are repeated every spring.\n",
    "english2.txt": "The Coastal Habitat Restoration Fund (CHRF) pays for the seedlings.\n",
    "english3.txt": "Volunteers of the CHRF met in Oslo and elected a treasurer.\n",
    "tea.txt": "白茶要在清明前采摘，手工炒制，一斤茶叶大约要五万个芽头。\n",
}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("understanding")
    (folder / "documents").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    index_paths(folder / "data" / "default", [folder / "documents"], bundled_encoder())
    bot = Bot(folder / "data")
    yield bot
    bot.close()


@pytest.mark.parametrize(
    ("question", "written", "other"),
    [
        ("5 square kilometres", "面积5平方公里", "面积5平方米"),
        ("五平方千米", "面积5 km²", "面积5 m²"),
        ("500公顷", "面积5平方公里", "面积500平方米"),
        ("5 December 2013", "2013年12月5日建成", "2013年5月12日建成"),
        ("2013-12-05", "二〇一三年十二月五日建成", "二〇一三年五月十二日建成"),
        ("December 2013", "2013年12月建成", "2013年11月建成"),
        ("12月5日", "built on 5 December", "built on 12 May"),
        ("5 percent", "上升百分之五", "上升五个百分点"),
        ("百分之七", "上升7%", "上升7‰"),
        ("10,800 loans", "贷款1.08万笔", "贷款1.09万笔"),
        ("一万零八百笔", "10,800 loans", "10,080 loans"),
        ("32000 hectares", "林地3.2万公顷", "林地3.2万亩"),
        ("840,000 mu", "林地84万亩", "林地84亩"),
        ("600 million yuan", "投资6亿元", "投资6亿美元"),
        ("RMB 600 million", "投资6亿元", "投资600元"),
        ("零下5摄氏度", "气温-5℃", "气温5℃"),
    ],
)
def test_a_number_is_found_however_it_is_written(
    bot_over: Callable[[dict[str, str | bytes]], Bot], question: str, written: str, other: str
) -> None:
    # Of equal passages the first would win, so that the other one comes first.
    numbers = bot_over(
        {"1.txt": f"公园：{other}。", "2.txt": f"公园：{written}。", "3.txt": "白茶在清明前采摘。"}
    )
    assert numbers.search(question, k=1, mode=Mode.LEXICAL)[0].document.path == "2.txt"


@pytest.mark.parametrize(
    ("question", "path"),
    [("6 square kilometres", "park.txt"), ("8%", "bank.txt"), ("3 December 2015", "park.txt")],
)
def test_a_number_of_another_value_is_not_found(bot: Bot, question: str, path: str) -> None:
    assert path not in {hit.document.path for hit in bot.search(question, k=20, mode=Mode.LEXICAL)}


@pytest.mark.parametrize(
    ("question", "path", "also"),
    [
        ("竹林碳会收储", "bamboo.txt", "碳汇"),
        ("朱环有多少只", "ibis.txt", "朱鹮"),
        ("mangrvoe", "english.txt", "mangrove"),
        ("biodiversty surveys", "english.txt", "biodiversity"),
        ("When are biodivresity counts repeated?", "english.txt", "biodiversity"),
    ],
)
@pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
def test_a_mistyped_word_finds_what_was_meant_and_says_so(
    bot: Bot, question: str, path: str, also: str, mode: Mode
) -> None:
    hit = bot.search(question, k=1, mode=mode)[0]
    assert hit.document.path == path
    assert hit.why.also == (also,)
    assert also in hit.why.terms


def test_a_mistyped_word_stays_in_the_question(bot: Bot) -> None:
    query = understand(bot.snapshot(), make_query("竹林碳会收储"))
    assert query.text == "竹林碳会收储"
    assert query.content == "竹林碳会收储"
    assert query.alternatives == (Alternative("碳会", "碳汇", Reason.SPELLING),)


@pytest.mark.parametrize(
    ("question", "path", "also"),
    [
        ("东山国家森林公园门票多少钱", "park2.txt", "东山森林"),
        ("IRENA的大会", "agency.txt", "国际可再生能源署"),
        ("Where does the Coastal Habitat Restoration Fund elect people?", "english3.txt", "CHRF"),
    ],
)
def test_either_form_of_a_name_finds_passages_with_the_other(
    bot: Bot, question: str, path: str, also: str
) -> None:
    snapshot = bot.snapshot()
    query = understand(snapshot, make_query(question))
    found, before = (
        {hit.document.path: hit for hit in retrieve(snapshot, each, k=20, mode=Mode.LEXICAL)}
        for each in (query, replace(query, alternatives=()))
    )
    assert found[path].why.also == (also,)
    assert also in found[path].why.terms
    assert path not in before or found[path].score > before[path].score
    assert path in {hit.document.path for hit in bot.search(question, k=3)}


def test_the_other_form_counts_less_than_the_one_that_was_asked_for(bot: Bot) -> None:
    snapshot = bot.snapshot()
    query = understand(snapshot, make_query("IRENA"))
    with_long, short_only = (
        retrieve(snapshot, each, k=5, mode=Mode.LEXICAL) for each in (query, replace(query, alternatives=()))
    )
    scores = {hit.document.path: hit.score for hit in with_long}
    assert [hit.document.path for hit in short_only] == ["treaty.txt"]
    assert 0 < scores["agency.txt"] < short_only[0].score


@pytest.mark.parametrize(
    "question",
    ["白茶什么时候采摘？", "竹林碳汇交易平台", "How often are surveys repeated?", "红烧肉怎么做才好吃"],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_other_questions_are_searched_as_before(bot: Bot, question: str, mode: Mode) -> None:
    snapshot = bot.snapshot()
    query = make_query(question)
    assert understand(snapshot, query) is query
    assert bot.search(question, k=20, mode=mode) == retrieve(snapshot, query, k=20, mode=mode)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("古代史料提到高英时多称为皇后。", "高英是谁"),
        ("第二届大会在昆明召开。", "第三届大会"),
        ("The government met in Oslo.", "governed regions"),
        ("湖里的鱼很多，景色宜人。", "壶里"),
    ],
)
def test_what_only_differs_from_the_collection_is_not_corrected(
    bot_over: Callable[[dict[str, str | bytes]], Bot], text: str, question: str
) -> None:
    other = bot_over({"a.txt": text, "b.txt": "白茶在清明前采摘。"})
    assert understand(other.snapshot(), make_query(question)).alternatives == ()


def test_a_name_that_is_also_an_asking_word_must_be_written_as_a_name(
    bot_over: Callable[[dict[str, str | bytes]], Bot],
) -> None:
    other = bot_over({"a.txt": "世界卫生组织（World Health Organization，WHO）设在日内瓦。\n茶园在山上。\n"})
    assert other.search("who is on the hill", k=1)[0].why.also == ()
    assert "世界卫生组织" in other.search("WHO在哪里", k=1)[0].why.also


def test_the_answer_to_a_mistyped_question_quotes_what_was_meant(bot: Bot) -> None:
    answer = bot.ask("朱环的种群数量是多少")
    assert answer.query.alternatives == (Alternative("朱环", "朱鹮", Reason.SPELLING),)
    assert answer.answered
    assert "近千只" in answer.citations[0].text


def test_a_question_without_errors_loads_neither_package(bot: Bot, seed_data: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.bot import Bot; bot = Bot(Path(sys.argv[1])); "
        "bot.search('湖州全域生物物种达到多少种？'); bot.ask('What did Paulson say?'); "
        "sys.exit(not {'pypinyin', 'rapidfuzz'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(seed_data)], check=False).returncode == 0
