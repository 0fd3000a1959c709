"""Passages: exact quotes, nothing lost, limits kept, sections known, whatever the text is like."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.cleaning import clean
from qa.documents import find_files, read_document
from qa.passages import PASSAGES_VERSION, PassageLimits, split
from qa.types import Document, DocumentRef, Passage

SEEDS = Path(__file__).parents[2] / "seeds" / "documents"
SMALL = PassageLimits(20, 40)


def document(source: str) -> Document:
    return Document(DocumentRef("d", "d.txt", "d"), source, "0", "utf-8")


def check(doc: Document, limits: PassageLimits) -> list[Passage]:
    """Everything that must hold for any text."""
    source = doc.source
    passages = split(doc, limits)
    position = 0
    for passage in passages:
        assert position <= passage.start < passage.end <= len(source)
        position = passage.end
        assert source[passage.start : passage.end] == passage.quote
        assert 0 < len(passage.text) <= limits.most
        assert passage.text == passage.text.strip()
        assert passage.sentences
        check_lines(source, passage)
        check_sentences(passage)
    check_nothing_lost(source, passages)
    return passages


def check_lines(source: str, passage: Passage) -> None:
    for offset, line in ((passage.start, passage.line_start), (passage.end - 1, passage.line_end)):
        # A line end belongs to the line that it ends; \r\n is one.
        before = source[:offset]
        count = before.count("\n") + before.count("\r") - before.count("\r\n")
        assert line == count + 1


def check_sentences(passage: Passage) -> None:
    source_end = text_end = 0
    for sentence in passage.sentences:
        assert text_end <= sentence.text_start < sentence.text_end <= len(passage.text)
        assert max(source_end, passage.start) <= sentence.start < sentence.end <= passage.end
        source_end, text_end = sentence.end, sentence.text_end
    assert passage.sentences[0].text_start == 0
    assert passage.sentences[-1].text_end == len(passage.text)


def check_nothing_lost(source: str, passages: list[Passage]) -> None:
    cleaned = clean(source)
    covered = [False] * len(source)
    for passage in passages:
        covered[passage.start : passage.end] = [True] * (passage.end - passage.start)
    lost = [
        character
        for character, offset in zip(cleaned.text, cleaned.offsets.tolist(), strict=True)
        if not covered[offset] and not character.isspace()
    ]
    # Only the marks of headings and fields may fall between passages.
    assert set(lost) <= set("#*-+")


@pytest.fixture(scope="module")
def seeds() -> dict[str, Document]:
    return {file.path[:3]: read_document(file) for file in find_files([SEEDS])}


@pytest.fixture(scope="module")
def case_book(seeds: dict[str, Document]) -> list[Passage]:
    return split(seeds["001"])


@pytest.mark.parametrize("seed", ["000", "001", "002", "003", "004"])
def test_seeds(seed: str, seeds: dict[str, Document]) -> None:
    limits = PassageLimits()
    passages = check(seeds[seed], limits)
    within = sum(limits.least <= len(passage.text) for passage in passages)
    assert within >= 0.75 * len(passages)


def test_a_case_is_read_alone(case_book: list[Passage]) -> None:
    (facts,) = (passage for passage in case_book if "项目机构 深圳能源集团股份有限公司" in passage.text)
    for line in ("实施地点 广东省深圳市", "项目时间 2003年至今", "获奖情况 年度大奖 绿色创新类别·2019"):
        assert line in facts.text
    assert "破解“垃圾围城”之困" in facts.section
    (benefit,) = (
        passage
        for passage in case_book
        if "破解“垃圾围城”之困" in passage.section and passage.section[-1] == "1. 绿色生态效益"
    )
    assert "项目成效" in benefit.section
    assert "废弃物的无害化" in benefit.text
    assert benefit.section[0:3:2] == ("绿色创新类别案例", "破解“垃圾围城”之困")


def test_facts_stay_together_and_lose_their_marks(case_book: list[Passage]) -> None:
    with_facts = [passage for passage in case_book if "项目机构 " in passage.text]
    assert len(with_facts) == 22
    for passage in with_facts:
        assert all(f"{name} " in passage.text for name in ("实施地点", "项目时间", "获奖情况"))
        assert "**" not in passage.text


def test_no_passage_spans_two_cases(case_book: list[Passage], seeds: dict[str, Document]) -> None:
    source = seeds["001"].source
    for title in ("破解数据中心能耗困局\n", "城市发展，生态先行\n", "指尖上的绿色行动\n"):
        at = source.index("\n" + title, 4000) + 1
        (holder,) = (passage for passage in case_book if passage.start <= at < passage.end)
        before = source[holder.start : at].split()
        assert len(before) <= 1, "only the name of the category may stand above a title"


def test_headings_go_with_what_follows(case_book: list[Passage]) -> None:
    for passage in case_book:
        last = passage.text.rsplit("\n", 1)[-1]
        assert last not in ("项目介绍", "项目成效", "1. 项目背景", "2. 具体做法", "2. 社会经济效益")


def test_the_caption_is_read_once(seeds: dict[str, Document]) -> None:
    text = "\n".join(passage.text for passage in split(seeds["000"]))
    assert text.count("启动现场（资料图片）。") == 1
    assert "在研讨会期间，联合国环境署气候司拉丁美洲" in text


def test_the_contents_stand_by_themselves(case_book: list[Passage]) -> None:
    contents = [passage for passage in case_book if "\t" in passage.text]
    assert contents
    assert all(passage.section == () for passage in contents)
    assert not any(passage.text.endswith("绿色金融") for passage in contents)


PIECES = st.sampled_from(
    [
        "中文",
        "研讨会期间，",
        "在 研 讨 会",
        "Hello world. ",
        "infor-\nmation ",
        "。",
        "；",
        "，",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\x00",
        "\x07",
        "\x0c",
        "😀",
        "👨\u200d👩\u200d👧",
        "é",
        "𠀀",
        "““",
        "””",
        "（（",
        "一、总则\n",
        "1. 背景\n",
        "# 标题\n",
        "- 项\n",
        "■ ",
        "| 甲 | 乙 |\n",
        "甲\t12\n",
        "  ",
        "\u3000",
        "```\n",
        "12\n",
        "**粗**",
        "3.6",
        "Mr. ",
        "……",
        "\u2028",
        "\ufeff",
        "工作人员展开调查工作人员展开调查。。\n",
        "在 研 讨 会 期 间 ，联 合 国\n气 候 司拉丁美洲和加勒比区域协调员\n",
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=120).map("".join),
    st.text(max_size=200),
    st.builds(
        lambda unit, count: unit * count,
        st.sampled_from(["中", "a", "😀", "e\u0301", "a b ", "啊，", "一\n"]),
        st.integers(0, 400),
    ),
)


@given(TEXTS, st.sampled_from([PassageLimits(), SMALL, PassageLimits(1, 5), PassageLimits(1, 1)]))
@settings(max_examples=60, deadline=None)
@example("", SMALL)
@example(" \r\n\0", SMALL)
@example("“", PassageLimits(1, 1))
def test_any_text(source: str, limits: PassageLimits) -> None:
    check(document(source), limits)


@pytest.mark.parametrize("unit", ["中", "a", "😀", "啊，", "word "])
def test_unbroken_runs(unit: str) -> None:
    source = unit * (10_000 // len(unit))
    passages = check(document(source), PassageLimits())
    assert len(passages) >= 25
    assert all(len(passage.text) > 150 for passage in passages[:-1])


def test_cuts_prefer_commas_and_spare_combining_marks() -> None:
    commas = "这是一个很长的分句没有句号，" * 20
    for passage in split(document(commas), SMALL)[:-1]:
        assert passage.text.endswith("，")
    accents = "e\u0301" * 101
    for passage in split(document(accents), PassageLimits(1, 7)):
        assert not unicodedata.combining(passage.text[0])


def test_line_numbers() -> None:
    source = "第一行。\r\n第二行。\r第三行。\n第四行。"
    (passage,) = split(document(source))
    assert (passage.line_start, passage.line_end) == (1, 4)
    last = split(document(source), PassageLimits(1, 4))[-1]
    assert (last.quote, last.line_start, last.line_end) == ("第四行。", 4, 4)


def test_small_neighbours_share_a_passage_and_sections_do_not() -> None:
    short = "这是一段不长的正文，只有一句话。"
    text = f"# 甲\n\n{short}\n\n{short}\n\n# 乙\n\n{short}"
    passages = split(document(text))
    assert [passage.section for passage in passages] == [("甲",), ("乙",)]
    assert passages[0].text == f"甲\n{short}\n{short}"
    assert passages[0].quote == f"甲\n\n{short}\n\n{short}"


@pytest.mark.parametrize(("least", "most"), [(0, 10), (11, 10), (-1, -1)])
def test_limits_are_checked(least: int, most: int) -> None:
    with pytest.raises(ValueError, match="least <= most"):
        PassageLimits(least, most)


def test_the_same_document_is_cut_the_same(seeds: dict[str, Document]) -> None:
    assert split(seeds["002"]) == split(seeds["002"])
    assert PASSAGES_VERSION >= 1
