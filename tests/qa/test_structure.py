"""Blocks, headings and section paths; the 22 cases of the case book."""

from functools import cache
from pathlib import Path

import pytest

from qa.cleaning import clean
from qa.contents import find_contents, fold
from qa.headings import (
    bare,
    is_byline,
    is_item,
    is_table_row,
    markdown_heading,
    may_be_heading,
    number_rank,
    repeated_headings,
)
from qa.structure import Block, Kind, blocks

SEEDS = Path(__file__).parents[2] / "seeds" / "documents"
PROSE = "该项目提出创新模式，形成环境、生态、经济一体化发展，为其他地区提供了有益的借鉴。" * 2


@cache
def seed_text(number: str) -> str:
    (file,) = SEEDS.glob(f"{number}_*.txt")
    return clean(file.read_text("utf-8")).text


def headings(text: str) -> list[tuple[str, ...]]:
    return [block.section for block in blocks(text) if block.kind is Kind.HEADING]


def sections(text: str) -> dict[str, tuple[str, ...]]:
    return {text[block.start : block.end]: block.section for block in blocks(text)}


@pytest.mark.parametrize(
    ("line", "rank"),
    [
        ("第一章 总则", 0),
        ("第二节 范围", 1),
        ("一、总体要求", 2),
        ("（二）工作目标", 3),
        ("1. 项目背景", 4),
        ("2.3 方法", 5),
        ("第五条 本条例", 9),
        ("2.4 万亿元", 5),
        ("1300 座公园", None),
        ("2019年", None),
        ("正文", None),
    ],
)
def test_number_rank(line: str, rank: int | None) -> None:
    assert number_rank(line) == rank


def test_lines_by_themselves() -> None:
    assert markdown_heading("## 一、标题 ##") == (2, "一、标题")
    assert markdown_heading("#标签") is None
    assert is_item("■ 探索")
    assert is_item("- item")
    assert is_item("① 清洁")
    assert not is_item("-5 度")
    assert is_table_row("甲\t乙")
    assert is_table_row("| 甲 | 乙 |")
    assert not is_table_row("甲 乙")
    assert is_byline("文/记者 史舒频")
    assert is_byline("记者 项飞 摄")
    assert is_byline("本版撰稿刘晶 李菁")
    assert not is_byline("文化传承")
    assert not is_byline("图片版权")
    assert may_be_heading("规模与速度兼顾")
    assert not may_be_heading("这是一句话。")
    assert not may_be_heading("2019")
    assert not may_be_heading("《共建“一带一路”节能环保技术联")
    assert bare("- **项目机构**") == bare("- 项目机构**") == bare("二、项目机构") == "项目机构"


def test_repeated_headings_are_fields_not_values() -> None:
    lines = []
    for number, organisation in enumerate(("甲公司", "乙公司", "丙公司", "丁公司")):
        lines += ["项目机构", organisation, "获奖情况", "优胜奖", "项目成效", f"第{number}段" + PROSE]
    assert repeated_headings(lines) == {"项目机构", "获奖情况", "项目成效"}


def test_contents_must_stand_again_in_the_text() -> None:
    prices = ["苹果\t12", "香蕉\t8", "橘子\t9", "葡萄\t20", "今天的价格如上。"]
    assert find_contents(prices) is None
    book = ["第一讲\t1", "第二讲\t20", "第三讲\t31", "第四讲 ……… 40", "第一讲", PROSE, "第二讲", PROSE]
    contents = find_contents(book)
    assert contents is not None
    assert (contents.first, contents.last) == (0, 3)
    assert sorted(contents.places) == [4, 6]


def test_titles_worded_a_little_differently_are_found_between_their_neighbours() -> None:
    book = [
        "■ 让餐厨垃圾成为土壤的良药\t34",
        "■ 治愈城市“创伤”\t62",
        "■ 指尖上的行动\t71",
        "■ 守护微笑\t80",
        "让餐厨废弃物成为土壤的良药",
        PROSE,
        "治愈城市的“创伤”",
        PROSE,
        "指尖上的行动",
        PROSE,
        "守护微笑",
    ]
    contents = find_contents(book)
    assert contents is not None
    assert {index: entry.title for index, entry in contents.places.items()} == {
        4: "让餐厨垃圾成为土壤的良药",
        6: "治愈城市“创伤”",
        8: "指尖上的行动",
        10: "守护微笑",
    }
    assert fold("“碳汇+” 助推") == fold("碳汇+助推")


def test_markdown_headings_nest() -> None:
    text = f"# 手册\n\n## 安装\n\n{PROSE}\n\n### 常见问题\n\n{PROSE}\n\n## 卸载\n\n{PROSE}"
    assert headings(text) == [("手册",), ("手册", "安装"), ("手册", "安装", "常见问题"), ("手册", "卸载")]


def test_numbered_markdown_siblings_share_a_level() -> None:
    text = f"# 题\n\n## 一、甲\n\n{PROSE}\n\n## 二、乙\n\n{PROSE}\n\n### 三、丙\n\n{PROSE}"
    assert headings(text)[-1] == ("题", "三、丙")


def test_numbers_that_run_through_stand_above_plain_headings() -> None:
    text = f"一、总体要求\n\n指导思想\n\n{PROSE}\n\n二、主要任务\n\n加强领导\n\n{PROSE}"
    assert headings(text) == [
        ("一、总体要求",),
        ("一、总体要求", "指导思想"),
        ("二、主要任务",),
        ("二、主要任务", "加强领导"),
    ]


def test_numbers_that_restart_stand_below_plain_headings() -> None:
    one = f"1. 背景\n\n{PROSE}\n\n2. 做法\n\n{PROSE}"
    text = f"甲地经验\n\n{one}\n\n乙地经验\n\n{one}"
    assert headings(text)[1] == ("甲地经验", "1. 背景")
    assert headings(text)[-1] == ("乙地经验", "2. 做法")


def test_chapters_and_articles_of_a_law() -> None:
    text = f"第一章 总则\n\n第一条 {PROSE}\n\n第二章 附则\n\n第二条 {PROSE}"
    assert headings(text) == [("第一章 总则",), ("第二章 附则",)]


def test_numbered_list_items_are_no_headings() -> None:
    assert headings("1. 下载安装包\n2. 双击运行\n3. 重启电脑") == []


def test_a_subtitle_stands_under_its_title() -> None:
    assert headings(f"主标题\n副标题说明\n\n{PROSE}") == [("主标题",), ("主标题", "副标题说明")]


def test_names_on_a_cover_are_no_headings() -> None:
    text = f"甲大学\n\n乙基金会\n\n丙出版社\n\n案例集\n\n2022\n\n{PROSE}"
    assert headings(text) == []


FIELDS = ("项目机构", "实施地点", "项目时间", "获奖情况", "项目介绍", "项目成效", "创新性")
FACTS = FIELDS[:4]
CASES = [
    "探索“看得见”的节能",
    "破解数据中心能耗困局",
    "“退役”动力电池的华丽转身",
    "快递包裹全链路“瘦身”减碳之路",
    "塑料循环再生“变废为宝”",
    "破解“垃圾围城”之困",
    "城市发展，生态先行",
    "科技赋能绿色金融",
    "绿色公交的“电动”与“智慧”",
    "让餐厨废弃物成为土壤的良药",
    "用互联网改变农业",
    "“碳汇+”助推生态产品价值实现",
    "创新发展林草碳汇，释放生态红利",
    "探索水源地保护长效机制",
    "社区生计与“海岸卫士”的共赢之路",
    "湿地保护破局：城市发展与生态保护齐发力",
    "基于自然的生态修复",
    "治愈城市的“创伤”",
    "守护“长江的微笑”",
    "创新特许经营机制实现国家公园共享共治 昂赛乡大猫谷自然体验项目",
    "指尖上的绿色行动",
    "民间力量创新自然保护地管理新模式”",
]


@pytest.fixture(scope="module")
def case_book() -> tuple[str, list[Block]]:
    text = seed_text("001")
    return text, blocks(text)


def test_the_22_cases_in_order(case_book: tuple[str, list[Block]]) -> None:
    _, found = case_book
    titles = [
        block.section[-1] for block in found if block.kind is Kind.HEADING and block.section[-1] in CASES
    ]
    assert titles == CASES


@pytest.mark.parametrize("case", CASES)
def test_every_case_holds_its_seven_fields(case: str, case_book: tuple[str, list[Block]]) -> None:
    text, found = case_book
    inside = [block for block in found if case in block.section]
    facts = [bare(text[block.start : block.end]) for block in inside if block.kind is Kind.FIELD]
    assert tuple(facts) == FACTS
    for field in FIELDS[4:]:
        paths = [
            block.section
            for block in inside
            if block.kind is Kind.HEADING and block.section[-1].startswith(field)
        ]
        assert any(path.index(case) < len(path) - 1 for path in paths), field
    subheads = [block.section for block in inside if block.section[-1] == "1. 项目背景"]
    assert subheads
    assert all(path[-2] == "项目介绍" for path in subheads)


def test_the_category_comes_from_the_contents_where_the_text_leaves_it_out(
    case_book: tuple[str, list[Block]],
) -> None:
    _, found = case_book
    paths = {block.section for block in found}
    assert any(path[1:3] == ("绿色金融", "科技赋能绿色金融") for path in paths)
    assert any(path[1:3] == ("低碳交通", "绿色公交的“电动”与“智慧”") for path in paths)
    assert any("1. 绿色生态效益" in path and "破解“垃圾围城”之困" in path for path in paths)


def test_headings_of_the_other_seeds() -> None:
    assert [path[-1] for path in headings(seed_text("004"))][:5] == [
        "携手迈向绿色可持续未来",
        "中外专家齐聚深圳 共谋绿色“一带一路”",
        "“深圳模式”引领可持续发展",
        "全球趋势催生绿色城镇化",
        "绿色低碳破解高碳锁定",
    ]
    assert [path[-1][:2] for path in headings(seed_text("003"))] == ["深化", "周国", "一、", "二、", "三、"]


@pytest.mark.parametrize("seed", ["000", "001", "002", "003", "004"])
def test_every_line_is_in_one_block(seed: str) -> None:
    text = seed_text(seed)
    found = blocks(text)
    assert [text[block.start : block.end] for block in found] == [line for line in text.split("\n") if line]
    assert all(block.start <= block.words[0] < block.words[1] <= block.end for block in found)
