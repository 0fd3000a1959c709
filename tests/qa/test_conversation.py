"""Follow-up questions written out from the turns before, over the seeds; and questions that need none."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.bot import Bot
from qa.conversation import MAX_TURNS, stand_alone
from qa.errors import QuestionError
from qa.evaluation.evaluate import evaluate, gold_of_collection
from qa.evaluation.gold import GoldSet
from qa.evaluation.report import QuestionResult
from qa.queries import MAX_CHARACTERS, make_query
from qa.topics import words_of
from qa.types import Query, Turn

FOLLOW_UPS = [Path(__file__).parent / name for name in ("follow_ups.jsonl", "more_follow_ups.jsonl")]
GOLD = Path(__file__).resolve().parents[2] / "seeds" / "gold.jsonl"


def written(bot: Bot, question: str, *before: str | Turn) -> Query:
    history = [Turn(each) if isinstance(each, str) else each for each in before]
    return stand_alone(bot.snapshot(), history, make_query(question))


@pytest.fixture(scope="module", params=FOLLOW_UPS, ids=lambda path: path.stem)
def gold(request: pytest.FixtureRequest, seed_data: Path) -> GoldSet:
    return gold_of_collection(request.param, seed_data / "default")


@pytest.fixture(scope="module")
def asked(gold: GoldSet, seed_data: Path) -> dict[str, QuestionResult]:
    (run,) = evaluate(seed_data / "default", gold).report.runs
    return {result.id: result for result in run.questions}


def recall(results: Sequence[QuestionResult]) -> float:
    return sum(result.metrics["recall@5"] for result in results) / len(results)


def test_follow_ups_find_nearly_what_they_find_written_out(
    asked: dict[str, QuestionResult], gold: GoldSet, seed_data: Path
) -> None:
    later = [result for result in asked.values() if result.type == "follow_up"]
    in_full = [result for result in asked.values() if result.type == "follow_up_standalone"]
    assert len(later) == len(in_full) >= 60
    assert recall(later) >= recall(in_full) - 0.05
    # Without the earlier turns they find far less, or these conversations would show nothing.
    alone = tuple(
        replace(question, conversation=None, standalone=None)
        for question in gold.questions
        if question.turn > 1
    )
    (run,) = evaluate(seed_data / "default", replace(gold, questions=alone)).report.runs
    assert recall(run.questions) < recall(later) - 0.15


def test_a_change_of_topic_carries_nothing_over(asked: dict[str, QuestionResult], gold: GoldSet) -> None:
    changes = [each for each in gold.questions if each.standalone == each.question]
    assert len(changes) >= 6
    carried = [each.question for each in changes if asked[each.id].searched is not None]
    # A place that jieba does not know for a name, asked of beside another one in the same passage.
    assert set(carried) <= {"海口的湿地保护率提高到多少？"}


def test_questions_that_stand_alone_are_left_as_they_are(seed_bot: Bot, seed_data: Path) -> None:
    gold = gold_of_collection(GOLD, seed_data / "default").only("tune")
    single = [question for question in gold.questions if question.conversation is None]
    choose = random.Random(5)
    changed = []
    for question in single:
        others = [
            each for each in single if each.answerable and not {*each.documents} & {*question.documents}
        ]
        before = choose.choice(others).question
        if written(seed_bot, question.question, before).typed is not None:
            changed.append((before, question.question))
    assert len(single) > 150
    assert changed == []


@pytest.mark.parametrize(
    ("before", "question", "searched"),
    [
        ("深圳打算建多少座公园？", "湖州呢？", "湖州打算建多少座公园？"),
        ("深圳打算建多少座公园？", "那空气质量呢？", "深圳：空气质量呢？"),
        ("从2009年到2020年，太阳能的成本降了多少？", "风能呢？", "从2009年到2020年，风能的成本降了多少？"),
        ("2018年深圳的生产总值是多少？", "2019年呢？", "2019年深圳的生产总值是多少？"),
        ("深圳的生产总值是多少？", "2019年呢？", "2019年，深圳的生产总值是多少？"),
        ("田成川是哪个单位的？", "杨开忠呢？", "杨开忠是哪个单位的？"),
        ("COP15第二阶段会议通过了什么？", "第一阶段呢？", "COP15第一阶段会议通过了什么？"),
        ("浙江水基金一期投了多少钱？", "二期呢？", "浙江水基金二期投了多少钱？"),
        ("深圳2022年上半年卖了多少辆车？", "下半年呢？", "深圳2022年下半年卖了多少辆车？"),
        ("公约第三条规定了什么？", "第十五条呢？", "公约第十五条规定了什么？"),
        ("田成川在宁波提了几点建议？", "第二点呢？", "田成川在宁波提了第二点建议？"),
        ("田成川在宁波提了几点建议？", "最后一个呢？", "田成川在宁波提了最后一个建议？"),
        ("深圳公交电动化分哪三个阶段？", "第二阶段？", "深圳公交电动化分第二阶段？"),
        ("湖州有多少种生物？", "第二点呢？", "湖州：第二点呢？"),
        ("深圳中心的“一平台”有多大面积？", "“一基地”呢？", "深圳中心的“一基地”有多大面积？"),
        # A number of four digits is no year.
        ("深圳处理了3400吨垃圾吗？", "2020年呢？", "2020年，深圳处理了3400吨垃圾吗？"),
        ("深圳造了2000万辆车吗？", "2020年呢？", "2020年，深圳造了2000万辆车吗？"),
        ("深圳处理了2000吨垃圾吗？", "2020年呢？", "2020年，深圳处理了2000吨垃圾吗？"),
        ("2019 年深圳处理了2000吨垃圾吗？", "2020年呢？", "2020年深圳处理了2000吨垃圾吗？"),
        ("2019公园论坛在哪里举办？", "2020年呢？", "2020年公园论坛在哪里举办？"),
        (
            "2019年前四个月深圳的PM2.5平均浓度是多少？",
            "它在全国排第几？",
            "2019年前四个月深圳在全国排第几？",
        ),
        # 台旧 passes for the name of a place.
        ("青流计划是什么？", "累计回收了多少台旧电视机？", "青流计划：累计回收了多少台旧电视机？"),
        ("湖州有多少种生物？", "8460呢？", "湖州：8460呢？"),
        ("深圳打算建多少座公园？", "不是，我问的是湖州", "湖州打算建多少座公园？"),
        ("深圳打算建多少座公园？", "不对，我想知道建在哪里", "深圳：建在哪里"),
        ("青流计划是什么？", "我问的是它有什么效果", "青流计划有什么效果"),
        ("深圳打算建多少座公园？", "这件事是谁批准的？", "深圳：这件事是谁批准的？"),
        (
            "顺昌县搞森林生态运营机制以后，温室气体下降了多少？",
            "这件事是谁牵头的？",
            "顺昌县搞森林生态运营机制：这件事是谁牵头的？",
        ),
        ("深圳打算建多少座公园？", "这事谁负责？", "深圳：这事谁负责？"),
        ("深圳打算建多少座公园？", "这个是什么？", "深圳：这个是什么？"),
        ("玉泉山公园的森林覆盖率现在是多少？", "之前呢？", "玉泉山公园的森林覆盖率之前是多少？"),
        ("玉泉山公园的森林覆盖率是多少？", "治理之前呢？", "治理之前，玉泉山公园的森林覆盖率是多少？"),
        ("去年深圳卖了多少辆车？", "今年呢？", "今年深圳卖了多少辆车？"),
        ("京东物流更换了多少辆车？", "因此减少了多少二氧化碳？", "京东物流：减少了多少二氧化碳？"),
        ("湖州有多少种生物？", "为什么？", "湖州有多少种生物？为什么？"),
        ("青流计划是什么？", "它有什么效果？", "青流计划有什么效果？"),
        ("田成川在宁波提了几点建议？", "他是哪个单位的？", "田成川是哪个单位的？"),
        (
            "天加的制冷系统用在了多少个地铁站？",
            "这个项目什么时候开始的？",
            "天加的制冷系统：这个项目什么时候开始的？",
        ),
        ("浙江水基金的青山村项目在哪里？", "这个基金是谁出的钱？", "浙江水基金：这个基金是谁出的钱？"),
        (
            "深圳能源的能源生态园处理了多少垃圾？",
            "节约了多少土地？",
            "深圳能源的能源生态园：节约了多少土地？",
        ),
        ("2019年在深圳办的论坛，主题是什么？", "有多少人参加？", "2019年在深圳办的论坛：有多少人参加？"),
        ("《巴黎协定》是哪一年通过的？", "它的目标是什么？", "《巴黎协定》的目标是什么？"),
        (
            "安吉的竹林碳汇平台收储了多少碳汇？",
            "当地的竹制品卖到哪里？",
            "安吉的竹林碳汇平台：当地的竹制品卖到哪里？",
        ),
        ("青流计划是什么？", "详细说说", "青流计划是什么？详细说说"),
        ("How many species live in Huzhou?", "What about Shenzhen?", "How many species live in Shenzhen?"),
        (
            "How many trees has Ant Forest planted?",
            "And in 2021?",
            "How many trees has Ant Forest planted in 2021?",
        ),
        (
            "What did the first phase of COP15 adopt?",
            "What about the second phase?",
            "What did the second phase of COP15 adopt?",
        ),
        (
            "What did the first phase of COP15 adopt?",
            "The second?",
            "What did the second phase of COP15 adopt?",
        ),
        (
            "What are the five suggestions of the Paulson Institute?",
            "And the last one?",
            "What are the last suggestions of the Paulson Institute?",
        ),
        ("How many parks does Shenzhen plan?", "No, I meant Huzhou.", "How many parks does Huzhou plan?"),
        (
            "How many trees has Ant Forest planted?",
            "Sorry, I was asking about 2021.",
            "How many trees has Ant Forest planted in 2021?",
        ),
        (
            "How many trees has Ant Forest planted?",
            "No, how many people took part?",
            "Ant Forest: how many people took part?",
        ),
        ("How many trees has Ant Forest planted?", "Which year?", "Ant Forest: Which year?"),
        # The subject shares no word with the passages.
        (
            "How much did the Valley of the Cats project earn by the end of 2021?",
            "What share goes to the host families?",
            "the Valley of the Cats project: What share goes to the host families?",
        ),
        ("How many trees had it planted in 2019?", "And in 2021?", ""),
        (
            "How many companies has the Shenzhen Centre held talks with?",
            "And how many institutions?",
            "the Shenzhen Centre: how many institutions?",
        ),
        ("Who started Ant Forest?", "When was it launched?", "Ant Forest: When was it launched?"),
        ("深圳打算建多少座公园？", "湖州", "湖州打算建多少座公园？"),
        ("深圳打算建多少座公园？", "2019年", "2019年，深圳打算建多少座公园？"),
        ("深圳打算建多少座公园？", "那麼湖州呢？", "湖州打算建多少座公园？"),
        ("深圳打算建多少座公园？", "谢谢，那湖州呢？", "湖州打算建多少座公园？"),
        ("湖州有多少种生物？", "比深圳多吗", "湖州：比深圳多吗"),
        ("青流计划是什么？", "跟猪联网有什么区别？", "青流计划：跟猪联网有什么区别？"),
        ("How many parks does Shenzhen plan?", "Huzhou?", "How many parks does Huzhou plan?"),
        (
            "How many parks does Shenzhen plan?",
            "When will they be done?",
            "Shenzhen: When will they be done?",
        ),
        ("How many trees has Ant Forest planted?", "and how many users", "Ant Forest: how many users"),
        ("How many trees has Ant Forest planted?", "What is this?", "Ant Forest: What is this?"),
        ("How many trees has Ant Forest planted?", "who runs this?", "Ant Forest: who runs this?"),
        ("Who started Ant Forest?", "Why?", "Who started Ant Forest? Why?"),
        (
            "Where is Yuquan Mountain Park in Taiyuan?",
            "When did the project start?",
            "Yuquan Mountain Park in Taiyuan: When did the project start?",
        ),
        (
            "What is the Valley of the Cats project?",
            "How many visitors did that project have?",
            "the Valley of the Cats project: How many visitors did that project have?",
        ),
    ],
)
def test_what_is_left_out_is_taken_from_the_last_turn(
    seed_bot: Bot, before: str, question: str, searched: str
) -> None:
    query = written(seed_bot, question, before)
    if searched:
        assert (query.text, query.typed) == (searched, question)
    else:
        # The earlier question needs a turn before it, so it lends nothing.
        assert query.typed is None
    assert query.asked == question
    assert replace(query, typed=None) == make_query(query.text)


@pytest.mark.parametrize(
    "question",
    [
        "湖州有多少种生物呢？",
        "那曲在哪里？",
        "蚂蚁森林种了多少棵树？",
        "谁是浙江省的省长？",
        "《生物多样性公约》的秘书处在哪里，它有多少成员国？",
        "你好，今天心情怎么样？",
        "你们能做什么？",
        "感冒了吃什么药？",
        "谢谢！",
        "龙观乡 乡长",
        "湖州发生了什么？",
        "什么是碳中和？",
        "谁发明了电灯？",
        "哪些城市种树？",
        "我想知道湖州有多少种生物",
        "不是，我问的是湖州有多少种生物？",
        "不丹有多少人？",
        "What happened in Huzhou?",
        "What happened at COP28?",
        "Which country hosted COP15?",
        "Which companies make batteries?",
        "Which cities planted trees?",
        "How many people live in Brazil?",
        "What causes smog?",
        "What matters in forest restoration?",
        "What is carbon neutrality?",
        "What are wetlands?",
        "Which business model does TICA use to finance its cooling systems?",
        "No problem.",
        "No. 5 in the list of Huzhou?",
        "How many trees has Ant Forest planted?",
        "How many wild pandas are there in Pingwu county?",
        "What is the weather like today?",
        "Can you help me?",
        "Thank you!",
    ],
)
def test_other_questions_take_nothing(seed_bot: Bot, question: str) -> None:
    for before in ("京东物流的青流计划有多少商家参与？", "How deep is the mine in the Longzhimeng park?"):
        assert written(seed_bot, question, before).typed is None


@pytest.mark.parametrize("punctuation", ["", "？", "。", "！", "~", "？！"])
def test_the_mark_at_the_end_changes_nothing(seed_bot: Bot, punctuation: str) -> None:
    before = "从2009年到2020年，太阳能的成本降了多少？"
    query = written(seed_bot, f"风能呢{punctuation}", before)
    assert query.text == "从2009年到2020年，风能的成本降了多少？"
    query = written(seed_bot, f"第二点{punctuation}", "田成川在宁波提了几点建议？")
    assert query.text == "田成川在宁波提了第二点建议？"


@pytest.mark.parametrize("more", "继续 还有吗 還有嗎 还有呢？ 然后呢？ 具体点 举个例子 真的吗？ 为啥".split())
def test_asked_to_go_on_it_asks_the_last_question(seed_bot: Bot, more: str) -> None:
    before = "深圳打算建多少座公园？"
    assert written(seed_bot, more, before).text == f"{before}{more}"


@pytest.mark.parametrize(
    "more", ["go on", "what else?", "give me an example", "elaborate please", "how come?"]
)
def test_asked_in_english_to_go_on_it_asks_the_last_question(seed_bot: Bot, more: str) -> None:
    before = "How many trees has Ant Forest planted?"
    assert written(seed_bot, more, before).text == f"{before} {more}"


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("深圳打算建多少座公园？", "那么，猪联网是什么？"),
        ("深圳打算建多少座公园？", "详细介绍一下红树林地埋管道养殖技术"),
        ("深圳打算建多少座公园？", "那么你是谁"),
        ("深圳打算建多少座公园？", "首都"),
        ("深圳打算建多少座公园？", "请问"),
        ("深圳打算建多少座公园？", "换个话题，它有什么效果？"),
        ("How many parks does Shenzhen plan?", "Tell me more about the giant panda in Pingwu"),
        ("How many parks does Shenzhen plan?", "Then how did Huzhou restore its mines?"),
        ("How many parks does Shenzhen plan?", "So what is the Qingliu plan?"),
        ("How many parks does Shenzhen plan?", "But who is Tian Chengchuan?"),
        ("How many parks does Shenzhen plan?", "who are you"),
        ("How many parks does Shenzhen plan?", "what can you do?"),
        ("How many parks does Shenzhen plan?", "may i"),
        ("How many parks does Shenzhen plan?", "what time is it?"),
        ("How many parks does Shenzhen plan?", "Is it raining in Paris?"),
        ("How many parks does Shenzhen plan?", "Is it possible to farm mangroves?"),
        ("How many parks does Shenzhen plan?", "first aid"),
        ("How many parks does Shenzhen plan?", "other people"),
    ],
)
def test_what_looks_like_a_follow_up_and_is_none_takes_nothing(
    seed_bot: Bot, before: str, question: str
) -> None:
    assert written(seed_bot, question, before).typed is None


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("青流计划是什么？", "黑臭水体有多少条？"),
        ("青流计划是什么？", "液冷能省多少电"),
        ("青流计划是什么？", "矿坑有多深？"),
        ("青流计划是什么？", "怎样治理黑臭水体？"),
        ("湖州有多少种生物？", "电池怎么回收"),
        ("湖州有多少种生物？", "母猪一年省多少钱"),
        ("湖州有多少种生物？", "地铁怎么节能？"),
        ("湖州有多少种生物？", "酒店在哪？"),
        ("蚂蚁森林种了多少棵树？", "江豚还有多少"),
        ("蚂蚁森林种了多少棵树？", "厨余垃圾怎么处理？"),
        ("蚂蚁森林种了多少棵树？", "出租车有多少辆？"),
        ("蚂蚁森林种了多少棵树？", "竹子能卖碳汇吗"),
        ("深圳打算建多少座公园？", "塑料怎么再生？"),
        ("深圳打算建多少座公园？", "秃鹫在哪里？"),
        ("深圳打算建多少座公园？", "中午吃什么？"),
        ("田成川在宁波提了几点建议？", "生猪怎么养？"),
        ("田成川在宁波提了几点建议？", "民宿有多少家？"),
        ("猪联网带动了多少家企业？", "天气怎么样"),
        ("天加的制冷系统用在了多少个地铁站？", "荒山造林多少亩？"),
    ],
)
def test_a_short_question_of_another_subject_takes_nothing(seed_bot: Bot, before: str, question: str) -> None:
    assert written(seed_bot, question, before).typed is None


def test_the_subject_lasts_until_another_one_comes(seed_bot: Bot) -> None:
    before = ["格林美2021年回收了多少废旧动力电池？", "它创造了多少就业岗位？"]
    assert written(seed_bot, "什么时候开始的？", *before).text == "格林美：什么时候开始的？"
    before.append("猪联网带动了多少家企业？")
    assert written(seed_bot, "什么时候开始的？", *before).text == "猪联网：什么时候开始的？"
    before += ["谢谢。"] * (MAX_TURNS - 1)
    assert written(seed_bot, "什么时候开始的？", *before).text == "猪联网：什么时候开始的？"
    # Only turns that ask or name something count.
    before += ["谢谢。"] * MAX_TURNS
    assert written(seed_bot, "什么时候开始的？", *before).text == "猪联网：什么时候开始的？"
    before += ["她是谁？"] * MAX_TURNS
    assert written(seed_bot, "什么时候开始的？", *before).typed is None


@pytest.mark.parametrize(
    "said", "你好 嗯 收到 知道了 哈哈 行 好厉害 谢谢！ 好的 懂了，多谢 谢谢你的回答 thx hello ？！".split()
)
def test_small_talk_leaves_the_subject(seed_bot: Bot, said: str) -> None:
    for turn in (said, Turn(said, "", searched=True)):
        assert written(seed_bot, "它有什么效果", "青流计划是什么？", turn).text == "青流计划有什么效果"


@pytest.mark.parametrize(
    "said", ["cool", "perfect", "nice, thanks", "Thanks a lot!", "that was very helpful"]
)
def test_english_small_talk_leaves_the_subject(seed_bot: Bot, said: str) -> None:
    query = written(seed_bot, "who started it", "How many trees has Ant Forest planted?", said)
    assert query.text == "Ant Forest: who started it"


@pytest.mark.parametrize("asked", ["明白纸怎么发？", "好的案例有哪些？", "谢谢，湖州有多少种生物？"])
def test_a_question_that_begins_with_thanks_is_none(seed_bot: Bot, asked: str) -> None:
    last = Turn(asked, "", searched=True)
    assert "青流计划" not in written(seed_bot, "它有什么效果", "青流计划是什么？", last).text


def test_what_is_said_before_a_question_is_no_subject(seed_bot: Bot) -> None:
    before = ["青流计划是什么？", "换个话题，湖州有多少种生物？"]
    assert written(seed_bot, "它有什么政策？", *before).text == "湖州有什么政策？"


def test_an_answer_may_hold_anything(seed_bot: Bot) -> None:
    answer = Turn("谁发起青流计划？", "王\ud800石")
    assert written(seed_bot, "它有什么效果", answer).typed is not None


@pytest.mark.parametrize("path", FOLLOW_UPS, ids=lambda path: path.stem)
def test_turns_as_typed_lend_what_turns_as_searched_lend(seed_bot: Bot, path: Path) -> None:
    conversations: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        turn = json.loads(line)
        conversations.setdefault(turn["conversation"], []).append(turn["question"])
    conversations["a new subject"] = ["蚂蚁森林种了多少棵树？", "青流计划是什么？", "它有什么效果？"]
    differ = []
    for questions in conversations.values():
        searched: list[Turn] = []
        for at, question in enumerate(questions):
            text = written(seed_bot, question, *searched).text
            if written(seed_bot, question, *questions[:at]).text != text:
                differ.append((question, text))
            searched.append(Turn(text, "", searched=True))
    assert differ == []


def test_a_person_is_taken_from_the_answer(seed_bot: Bot) -> None:
    question = "谁称赞“自然伙伴计划”注入了新的活力？"
    answer = Turn(question, "联合国前副秘书长埃里克·索尔海姆点赞该计划。 [1]")
    assert written(seed_bot, "他还夸过哪些城市？", answer).text == "埃里克·索尔海姆还夸过哪些城市？"
    assert written(seed_bot, "他还夸过哪些城市？", question).text == "“自然伙伴计划”：他还夸过哪些城市？"


def test_what_was_typed_still_counts(seed_bot: Bot) -> None:
    # The forum has many passages; only one of them counts the people.
    answer = seed_bot.ask(
        "有多少人参加？", history=[Turn("2019年在深圳办的绿色可持续城市论坛，主题是什么？")]
    )
    assert answer.query.typed == "有多少人参加？"
    assert any("300人参加" in hit.passage.text.replace(" ", "") for hit in answer.hits)


def test_the_sentence_quoted_answers_what_was_typed(seed_bot: Bot) -> None:
    # The headline has every word of the subject, and does not tell.
    before = Turn("2023生物多样性友好城市主题活动是哪天在宁波举办的？")
    answer = seed_bot.ask("由谁承办？", history=[before])
    assert "海曙区人民政府承办" in answer.citations[0].text


def test_without_history_nothing_is_changed(seed_bot: Bot) -> None:
    for history in ([], [Turn("？！"), Turn(""), Turn("为什么？")]):
        answer = seed_bot.ask("它有多少种？", history=history)
        assert (answer.query.text, answer.query.typed) == ("它有多少种？", None)


def test_to_tell_whether_a_question_follows_up_no_passage_is_read(
    seed_bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        pytest.fail("a passage was read")

    monkeypatch.setattr("qa.retrieval.read_passages", read)
    before = "深圳能源的能源生态园处理了多少垃圾？"
    assert written(seed_bot, "节约了多少土地？", before).typed is not None


def test_the_words_of_a_turn_are_cut_once() -> None:
    assert words_of("节约了多少土地？") is words_of("节约了多少土地？")
    assert words_of.cache_info().maxsize is not None


def test_a_question_that_would_become_too_long_is_searched_as_typed(seed_bot: Bot) -> None:
    long = "节约" * (MAX_CHARACTERS // 2 - 2)
    assert written(seed_bot, f"它{long}多少？", "深圳能源的能源生态园处理了多少生活垃圾？").typed is None


_WORDS = st.sampled_from(
    [
        *"它他那这的呢？?，：“”《》\\1·",
        "深圳",
        "湖州",
        "2021年",
        "谁",
        "what about ",
        "how many ",
        "it ",
        "Ant ",
        "\\g<0>",
    ]
)
_TEXTS = st.text(max_size=20) | st.lists(_WORDS, max_size=8).map("".join)


@given(history=st.lists(st.builds(Turn, _TEXTS, _TEXTS), max_size=4), question=_TEXTS)
@settings(max_examples=300, deadline=None)
def test_no_conversation_breaks_it(seed_bot: Bot, history: list[Turn], question: str) -> None:
    try:
        query = make_query(question)
    except QuestionError:
        return
    alone = stand_alone(seed_bot.snapshot(), history, query)
    assert alone.asked == query.text
    assert len(alone.text) <= MAX_CHARACTERS
