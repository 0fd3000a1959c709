"""Abbreviations that documents define: what is read from a text, and what is found in a question."""

from pathlib import Path

import pytest

from qa.abbreviations import ABBREVIATIONS_VERSION, Abbreviation, Abbreviations, find_abbreviations
from qa.errors import CollectionError


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("广州海珠国家湿地公园（简称海珠湿地）位于市中心。", "海珠湿地", "海珠国家湿地公园"),
        ("2017年，南京天加环境科技有限公司（以下简称“天加”）", "天加", "天加环境科技有限公司"),
        ("“昆明-蒙特利尔全球框架”（下称“昆蒙框架”）", "昆蒙框架", "昆明-蒙特利尔全球框架"),
        ("由上海市政协（简称“沪协”）发起", "沪协", "上海市政协"),
        ("國家公園管理局（以下簡稱「園管局」）", "園管局", "公園管理局"),
        (
            "United Nations Environment Programme (hereinafter “UNEP”)",
            "UNEP",
            "United Nations Environment Programme",
        ),
        ("the Union for Conservation of Nature (UCN) said", "UCN", "Union for Conservation of Nature"),
        ("Conference of the Parties (COP15)", "COP15", "Conference of the Parties"),
        ("Nature-based Solutions (NbS)", "NbS", "Nature-based Solutions"),
        ("项目由世界自然保护联盟（IUCN）评为", "IUCN", "世界自然保护联盟"),
        ("百余件竹制品亮相世界贸易组织 （WTO）", "WTO", "世界贸易组织"),
        ("基于自然的解决方案（NbS）", "NbS", "自然的解决方案"),
    ],
)
def test_a_definition_is_read(text: str, short: str, long: str) -> None:
    assert Abbreviation(short, long) in list(find_abbreviations(text))


def test_a_chinese_name_with_its_english_one_and_an_acronym_gives_both() -> None:
    found = list(find_abbreviations("由世界自然基金会（World Wide Fund for Nature，WWF）发起"))
    assert found == [
        Abbreviation("WWF", "World Wide Fund for Nature"),
        Abbreviation("WWF", "世界自然基金会"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "安吉某某竹业有限公司（以下简称公司）",
        "本公司（下称甲方）",
        "装机容量（MW）",
        "第四章（IV）",
        "the first annual report (IUCN)",
        "他说（以下简称他）",
        "绿色（A）发展（2013）",
        "（以下简称“天加”）",
        "覆盖人（People）与地球（Planet）",
        "没有括号的句子",
    ],
)
def test_what_defines_nothing_gives_nothing(text: str) -> None:
    assert list(find_abbreviations(text)) == []


def test_both_forms_find_each_other_and_only_whole_words_count() -> None:
    known = Abbreviations.of(
        ["International Energy Agency (IEA)", "南京天加环境科技有限公司（以下简称天加）"]
    )
    assert list(known.found_in("what does the iea say")) == [("iea", "International Energy Agency")]
    assert list(known.found_in("the international energy agency?")) == [
        ("international energy agency", "IEA")
    ]
    assert list(known.found_in("南京天加环境科技有限公司在哪里")) == []  # the short form stands in it
    assert list(known.found_in("天加公司在哪里")) == [("天加", "天加环境科技有限公司")]
    assert list(known.found_in("the niea said, iea5")) == []
    assert list(known.found_in("天加环境科技有限公司（天加）")) == []


def test_a_form_with_many_meanings_helps_nobody() -> None:
    texts = [
        f"{place}环境技术研究中心（以下简称“环研”）" for place in ("安吉", "德清", "长兴", "吴兴", "南浔")
    ]
    assert len(Abbreviations.of(texts[:1])) == 2
    different = [f"{word}环境{word}研究中心（以下简称“环研”）" for word in "水土气声光"]
    assert len(Abbreviations.of(different)) == 0


def test_they_are_the_same_after_saving(tmp_path: Path) -> None:
    known = Abbreviations.of(["国际能源署（IEA）"])
    known.save(tmp_path / "abbreviations.json")
    assert list(Abbreviations.open(tmp_path / "abbreviations.json").found_in("iea")) == [
        ("iea", "国际能源署")
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", f'{{"version": {ABBREVIATIONS_VERSION + 1}, "others": {{}}}}']
)
def test_a_file_of_another_kind_is_refused_with_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "abbreviations.json").write_text(content, encoding="utf-8")
    with pytest.raises(CollectionError, match=r"abbreviations\.json.*--rebuild"):
        Abbreviations.open(tmp_path / "abbreviations.json")
