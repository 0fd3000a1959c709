"""Each cleaning rule before and after, the map back to the source, and the damage seen in the seeds."""

import itertools
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.clean_text import CleanText
from qa.cleaning import (
    RULES,
    Rule,
    blank_lines,
    clean,
    controls,
    hyphens,
    page_breaks,
    wrapped_lines,
)
from qa.doubling import doubled_lines
from qa.running_lines import running_lines
from qa.spacing import han_blanks, mark_blanks

SEEDS = Path(__file__).parents[2] / "seeds" / "documents"
PROSE = "公司主营业务为新能源材料的研发、生产和销售，报告期内经营情况良好，" * 6


@cache
def seed_text(number: str) -> tuple[str, CleanText]:
    (file,) = SEEDS.glob(f"{number}_*.txt")
    source = file.read_text("utf-8")
    return source, clean(source)


def after(rule: Rule, text: str) -> str:
    return CleanText.of(text).edited(rule(text)).text


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("一\r\n二\r三", "一\n二\n三"),
        ("零\x00宽\u200b与\ufeff控制\x07字符", "零宽与控制字符"),
        ("软\u00ad连字符", "软连字符"),
        ("一\u2028二\u0085三", "一\n二\n三"),
        ("表\t格", "表\t格"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("①②³⁹“” 25 µg/m³", "①②³⁹“” 25 µg/m³"),
    ],
)
def test_controls(before: str, expected: str) -> None:
    assert after(controls, before) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("在 研 讨 会 期 间", "在研讨会期间"),
        ("介  绍  了", "介绍了"),
        ("下 午，2023生 物", "下午，2023生物"),
        ("环境署气 候 司拉丁美洲", "环境署气候司拉丁美洲"),
        ("全 方 位 研究", "全方位研究"),
        ("结合 LED 高 清 显示 大 屏、", "结合 LED 高清显示大屏、"),
        ("简 介", "简介"),
        ("于 江 首席代表", "于江 首席代表"),
        ("深化国际合作 助力现代化", "深化国际合作 助力现代化"),
        ("记者 项飞 摄", "记者 项飞 摄"),
        ("共 300 人，约 2.4 万亿元", "共 300 人，约 2.4 万亿元"),
        ("World Bank 与 IPAM", "World Bank 与 IPAM"),
    ],
)
def test_han_blanks(before: str, expected: str) -> None:
    assert after(han_blanks, before) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("启动以来 ，在环境", "启动以来，在环境"),
        ("什么？ ——", "什么？——"),
        ("编写的 《碳达峰》 中英文版", "编写的《碳达峰》中英文版"),
        ("“ 绿色 ”理念 “走出去”", "“绿色”理念“走出去”"),
        ("组织 （WTO） 2025 年", "组织（WTO） 2025 年"),
        ("He said “yes” and left", "He said “yes” and left"),
        ("观点文章 “三位一体”\t40", "观点文章 “三位一体”\t40"),
    ],
)
def test_mark_blanks(before: str, expected: str) -> None:
    assert after(mark_blanks, before) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            "““自然伙伴计划自然伙伴计划””启动现场启动现场（（资料图片资料图片））。。",
            "“自然伙伴计划”启动现场（资料图片）。",
        ),
        (
            "绿色湖州风光无限绿色湖州风光无限。。\n记者记者 项飞项飞 摄摄",
            "绿色湖州风光无限。\n记者 项飞 摄",
        ),
        ("研究研究", "研究研究"),
        ("天天向上", "天天向上"),
        ("高高兴兴快快乐乐", "高高兴兴快快乐乐"),
        ("记者记者", "记者记者"),
        ("大家研究研究，再讨论讨论。", "大家研究研究，再讨论讨论。"),
        ("加油加油！！", "加油加油！！"),
        ("bye bye", "bye bye"),
    ],
)
def test_doubled_lines(before: str, expected: str) -> None:
    assert after(doubled_lines, before) == expected


def test_page_numbers_and_running_headers_go() -> None:
    page = "某某公司年度报告\n{body}净利润增长\n{number}\n"
    text = "".join(page.format(body=PROSE, number=number) for number in range(3, 8))
    cleaned = after(running_lines, text)
    assert cleaned.count("某某公司年度报告") == 1
    assert not any(line.strip().isdigit() for line in cleaned.splitlines())
    assert cleaned.count("净利润增长") == 5
    assert "净利润增长公司主营" in clean(text).text


def test_running_headers_at_form_feeds_go() -> None:
    text = "\f".join(f"内部资料\n第{number}节的内容写在这里。" for number in "一二三四")
    assert after(running_lines, text).count("内部资料") == 1
    assert after(page_breaks, "上\f下") == "上\n下"


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n3\n4\n5\n",
        "项目成效\n第一个项目取得成效。\n项目成效\n第二个项目取得成效。\n项目成效\n第三个项目取得成效。\n",
        f"2021\n{PROSE}。\n2019\n{PROSE}。\n2020\n",
    ],
)
def test_numbers_and_repeats_that_are_text_stay(text: str) -> None:
    assert after(running_lines, text) == text


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("infor-\nmation", "information"),
        ("a low-carbon city and low-\ncarbon plan", "a low-carbon city and low-carbon plan"),
        ("the Biodiversity-\nFriendly city", "the Biodiversity-\nFriendly city"),
        ("2019-\n2023", "2019-\n2023"),
    ],
)
def test_hyphens(before: str, expected: str) -> None:
    assert after(hyphens, before) == expected


WRAPPED = [
    pytest.param(
        "这一幕，正是湖州生态文明建设成\n果走向国际社会的生动缩影。竹产业\n创新，已成为湖州递给世界的“绿色\n名片”。",
        "这一幕，正是湖州生态文明建设成果走向国际社会的生动缩影。竹产业创新，已成为湖州递给世界的“绿色名片”。",
        id="wrapped",
    ),
    pytest.param(
        "源整合为规模化碳汇资产包，已完成\n竹林碳汇收储万吨，累计收储竹\n反哺村集体和农户。与此同时，安吉\n\n“以竹代塑”行动也备受关注，今年\n短时间内频频登上国际舞台。",
        "源整合为规模化碳汇资产包，已完成竹林碳汇收储万吨，累计收储竹反哺村集体和农户。与此同时，安吉“以竹代塑”行动也备受关注，今年短时间内频频登上国际舞台。",
        id="across a blank line",
    ),
    pytest.param(
        "活动。\n\n“深圳模式”引领可持续发展\n\n深圳市地处粤港澳大湾区的核心区\n域，是中国改革开放建立的首个经济特\n区，也是“一带一路”重点城市和绿色低\n碳之城。",
        "活动。\n\n“深圳模式”引领可持续发展\n\n深圳市地处粤港澳大湾区的核心区域，是中国改革开放建立的首个经济特区，也是“一带一路”重点城市和绿色低碳之城。",
        id="heading above a wrapped paragraph",
    ),
    pytest.param(
        "保尔森奖评委\n万科集团创始人\n万科公益基金会主席\n",
        "保尔森奖评委\n万科集团创始人\n万科公益基金会主席\n",
        id="list of short lines",
    ),
    pytest.param(
        "1. 项目背景\n\n" + PROSE + "国际环境问题政\n\n治化趋势不断增强。",
        "1. 项目背景\n\n" + PROSE + "国际环境问题政治化趋势不断增强。",
        id="cut at a page end",
    ),
    pytest.param(
        "■ 减少排放。项目依托\n\n技术创新，" + PROSE + "。\n\n■ 第二项",
        "■ 减少排放。项目依托技术创新，" + PROSE + "。\n\n■ 第二项",
        id="item cut at a page end",
    ),
    pytest.param("# 标题\n正文一行\n", "# 标题\n正文一行\n", id="markdown heading"),
    pytest.param("| 甲 | 12 |\n| 乙 | 30 |", "| 甲 | 12 |\n| 乙 | 30 |", id="table"),
    pytest.param("甲\t一二三\n乙\t四五六", "甲\t一二三\n乙\t四五六", id="tabs"),
    pytest.param("```\na = 1,\nb = 2,\n```", "```\na = 1,\nb = 2,\n```", id="code"),
    pytest.param("如\n何\n", "如\n何\n", id="vertical line"),
    pytest.param("床前明月光，\n疑是地上霜。\n", "床前明月光，疑是地上霜。\n", id="open comma"),
    pytest.param(
        "The harbour is one of the busiest in the\nregion, and its waters are tested\nevery month.",
        "The harbour is one of the busiest in the region, and its waters are tested every month.",
        id="english",
    ),
    pytest.param(
        "Alice Brown\nDirector\nParis Office\n", "Alice Brown\nDirector\nParis Office\n", id="address"
    ),
    pytest.param(
        "加勒比区域协调员，\nJudith Walcott说。", "加勒比区域协调员，Judith Walcott说。", id="scripts"
    ),
]


@pytest.mark.parametrize(("before", "expected"), WRAPPED)
def test_wrapped_lines(before: str, expected: str) -> None:
    assert after(wrapped_lines, before) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("  一  \n\n\n\n\t二\n三  \n", "一\n\n二\n三"),
        ("\n\n一", "一"),
        ("一 二", "一 二"),
        ("　　首行", "首行"),
    ],
)
def test_blank_lines(before: str, expected: str) -> None:
    assert after(blank_lines, before) == expected


def test_source_span() -> None:
    source = "在 研 讨\n\n会，infor-\nmation"
    cleaned = clean(source)
    at = cleaned.text.index("在研讨")
    start, end = cleaned.source_span(at, at + 3)
    assert source[start:end] == "在 研 讨"
    with pytest.raises(ValueError, match="No clean slice"):
        cleaned.source_span(2, 2)


SEED_SENTENCES = {
    "000": [
        "在研讨会期间，联合国环境署气候司拉丁美洲和加勒比区域协调员Judith Walcott对湖州的竹林碳汇案例表现出浓厚兴趣。",
        "湖州承诺将“着力推进生物多样性友好型绿色城市建设”，为全球生物多样性保护提供最佳实践样本。",
        "“自然伙伴计划”启动现场（资料图片）。",
        "绿色湖州风光无限。\n记者 项飞 摄",
        "为何是巴西？——绿色发展理念的时代共鸣\n走向全球的湖州“绿色方案”\n\n为全球可持续发展做示范，于湖州而言已是常态。",
    ],
    "001": [
        "公交全面电动化推动了公共运输业的更新迭代进程，减少运输业对石油的依赖度",
        "项目依托建筑制冷系统的技术创新",
        "年度大奖\n绿色创新类别·2021",
        "净零承诺² 的国家",
    ],
    "002": [
        "2023生物多样性友好城市主题活动在浙江省宁波市成功举办\nThe 2023 Biodiversity-Friendly City Themed Event was successfully held in Ningbo, Zhejiang Province\n",
        "2023年5月18日下午，2023生物多样性友好城市主题活动在浙江省宁波市成功举办。",
        "秘书处代理执行秘书大卫·库珀在视频致辞中",
    ],
    "003": ["国际上环境问题政治化趋势不断增强"],
    "004": [
        "深圳中心万事俱备即将扬帆启航\n2013 年，“一带一路”作为国家倡议被提出之后",
        "2019 年 6月 6 日《共建“一带一路”节能环保技术联盟合作协议》签约。",
        "结合 LED 高清显示大屏、3D 全息投影、VR 视频及相关软件制作，",
        "“深圳要以‘生态优先，高质量发展’，走出一条新的发展道路。”",
    ],
}


@pytest.mark.parametrize("seed", sorted(SEED_SENTENCES))
def test_seeds_read_whole(seed: str) -> None:
    text = seed_text(seed)[1].text
    for sentence in SEED_SENTENCES[seed]:
        assert text.count(sentence) == 1 or (seed == "001" and sentence in text), sentence


@pytest.mark.parametrize("seed", sorted(SEED_SENTENCES))
def test_seeds_lose_nothing_but_doubles(seed: str) -> None:
    source, cleaned = seed_text(seed)
    kept = set(cleaned.offsets.tolist())
    lost = "".join(source[at] for at in range(len(source)) if at not in kept and not source[at].isspace())
    captions = "绿色湖州风光无限。记者项飞摄工作人员展开生物多样性本底调查。记者项飞摄“自然伙伴计划”启动现场（资料图片）。"
    assert lost == (captions if seed == "000" else "")


DAMAGE = st.lists(
    st.sampled_from(
        [
            "中文",
            "在 研 讨",
            "word",
            "infor-\n",
            "。",
            "，",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "\x00",
            "\x0c",
            "😀",
            "é",
            "𠀀",
            "““",
            "””",
            "（（",
            "一、",
            "1. ",
            "# ",
            "- ",
            "| a |",
            "\t12",
            "  ",
            "\u3000",
            "```\n",
            "12\n",
            "\u200d",
        ]
    ),
    max_size=60,
).map("".join)


@given(st.one_of(DAMAGE, st.text(max_size=80)))
@settings(max_examples=60, deadline=None)
def test_the_map_only_grows(source: str) -> None:
    cleaned = clean(source)
    offsets = cleaned.offsets.tolist()
    assert len(offsets) == len(cleaned.text)
    assert all(left < right for left, right in itertools.pairwise(offsets))
    for character, offset in zip(cleaned.text, offsets, strict=True):
        assert character == source[offset] or (character in " \n" and source[offset].isspace())


@given(st.one_of(DAMAGE, st.text(max_size=80)))
@settings(max_examples=40, deadline=None)
def test_every_rule_substitutes_at_most_one_character(source: str) -> None:
    text = source
    for rule in RULES:
        position = 0
        for start, end, replacement in rule(text):
            assert position <= start <= end <= len(text)
            assert len(replacement) <= min(1, end - start)
            position = end
        text = CleanText.of(text).edited(rule(text)).text
