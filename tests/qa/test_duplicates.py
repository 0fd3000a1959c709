"""What says nothing beyond better hits is left out and named there; what differs in one word never is."""

from collections.abc import Callable

import pytest

from qa.bot import Bot
from qa.types import Hit, Mode

Make = Callable[[dict[str, str | bytes]], Bot]

PARAGRAPH = (
    "河长制在全县推行，每条河都有一位河长负责巡查。河长每周至少巡查一次，发现问题当天上报。"
    "全县共有河长二百一十三名，村民也可以报名当民间河长。"
)
TRADITIONAL = (
    "河長制在全縣推行，每條河都有一位河長負責巡查。河長每週至少巡查一次，發現問題當天上報。"
    "全縣共有河長二百一十三名，村民也可以報名當民間河長。"
)
QUESTION = "河长多久巡查一次？"


def paths(hits: list[Hit]) -> set[str]:
    return {hit.document.path for hit in hits}


@pytest.mark.parametrize(
    "copy",
    [
        PARAGRAPH,
        PARAGRAPH.replace("。", "。\n").replace("，", " ， "),
        PARAGRAPH.replace("，", ",").replace("。", "！"),
        PARAGRAPH.replace("，", "").replace("。河长每周", "；河长每周"),
        TRADITIONAL,
        f"生态报 第8页\n\n{PARAGRAPH}",
        f"{PARAGRAPH}\n{PARAGRAPH}",
    ],
    ids=["equal", "spacing", "punctuation", "commas", "Traditional", "another page header", "printed twice"],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_a_copy_is_left_out_and_named_by_the_hit_that_stands_for_it(
    bot_over: Make, copy: str, mode: Mode
) -> None:
    bot = bot_over(
        {"a.txt": f"《绿色周刊》第3页\n\n{PARAGRAPH}", "b.txt": copy, "c.txt": "湿地公园里可以观鸟。"}
    )
    hits = bot.search(QUESTION, k=5, mode=mode)
    standing = next(hit for hit in hits if hit.document.path in {"a.txt", "b.txt"})
    (twin,) = standing.duplicates
    assert {standing.document.path, twin.document.path} == {"a.txt", "b.txt"}
    assert len(hits) == len(paths(hits))
    source = bot.document(twin.document.id).source
    assert "河" in source[twin.start : twin.end]
    assert source[: twin.start].count("\n") + 1 == twin.line_start


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2013年，全县绿化率提高了5%。", "2014年，全县绿化率提高了6%。"),
        ("全县绿化率提高了5%。", "全县绿化率提高了6%。"),
        ("全县绿化率提高了1.5%。", "全县绿化率提高了15%。"),
        ("全县气温上升了5℃。", "全县气温上升了-5℃。"),
        ("全县绿化率提高了5。", "全县绿化率提高了5%。"),
        ("会议于3月12日在湖州召开。", "会议于3月21日在湖州召开。"),
        ("县长张三为河长颁发了证书。", "县长李四为河长颁发了证书。"),
        ("居民可以在湖边垂钓。", "居民不可以在湖边垂钓。"),
        ("The lake may be fished.", "The lake may not be fished."),
        ("The path is notable.", "The path is not able."),
        ("北湖\n面积\n5\n公顷\n南湖\n面积\n6\n公顷", "北湖\n面积\n6\n公顷\n南湖\n面积\n5\n公顷"),
    ],
)
def test_one_number_date_name_or_negation_makes_two_passages(bot_over: Make, first: str, second: str) -> None:
    """Also inside a long text that is otherwise equal."""
    for text in ("{}", PARAGRAPH + "{}", "{}" + PARAGRAPH):
        bot = bot_over({"a.txt": text.format(first), "b.txt": text.format(second)})
        assert paths(bot.search(f"{first}{QUESTION}", k=5)) == {"a.txt", "b.txt"}


def test_equal_words_under_other_headings_of_one_document_are_other_facts(bot_over: Make) -> None:
    text = "".join(f"## {city}\n\n{PARAGRAPH}\n\n" for city in ("北京", "上海", "湖州"))
    hits = bot_over({"a.md": f"# 年报\n\n{text}"}).search(QUESTION, k=5)
    assert len({hit.passage.section for hit in hits}) == 3


def test_a_few_words_of_two_documents_are_copies_only_under_equal_headings(bot_over: Make) -> None:
    few = "绿化率达到百分之三十。"
    apart = {f"{name}.md": f"# {name}\n\n{few}" for name in ("北京", "上海")}
    assert len(bot_over(apart).search("绿化率是多少？", k=5)) == 2


def test_english_copies_are_found_too(bot_over: Make) -> None:
    text = (
        "Every river of the county has a warden who walks along it once a week. What the wardens find is "
        "reported on the same day, and the county answers within three. Two hundred and thirteen people "
        "have taken on a river so far; anyone who lives beside one may apply."
    )
    bot = bot_over(
        {"a.md": f"# Rivers\n\n{text}", "b.md": f"# News\n\n{text.replace(' ', '  ').replace(';', '.')}"}
    )
    (hit,) = bot.search("Who walks along the river?", k=5)
    assert len(hit.duplicates) == 1


def test_copies_that_are_cut_elsewhere_are_left_out_when_all_of_them_is_shown(bot_over: Make) -> None:
    sentences = [
        f"第{n}条河在{n}月里由{n + 20}位河长巡查，他们记下水位、水色和岸边的垃圾。" for n in range(1, 13)
    ]
    bot = bot_over(
        {"a.txt": "".join(sentences), "b.txt": "".join(sentences[3:]), "c.txt": "".join(sentences[:7])}
    )
    hits = bot.search("河长巡查时记下什么？", k=20)
    shown = "".join(hit.passage.text for hit in hits)
    assert all(sentence in shown for sentence in sentences)
    assert sum(len(hit.duplicates) for hit in hits) >= 2
    assert len(hits) + sum(len(hit.duplicates) for hit in hits) == sum(
        each.passages for each in bot.documents()
    )


def test_a_longer_passage_is_not_hidden_by_a_part_of_it(bot_over: Make) -> None:
    more = f"{PARAGRAPH}2015年起，河长由村民选举产生。"
    hits = bot_over({"a.txt": PARAGRAPH, "b.txt": more}).search(QUESTION, k=5)
    assert any("选举" in hit.passage.text for hit in hits)


def test_k_hits_are_found_beyond_many_copies(bot_over: Make) -> None:
    files: dict[str, str | bytes] = {f"copy{n}.txt": PARAGRAPH for n in range(15)}
    files |= {f"other{n}.txt": f"第{n}条河的河长每{n}天巡查一次。" for n in range(2, 5)}
    hits = bot_over(files).search(QUESTION, k=3)
    assert len(hits) == 3
    assert sum(hit.passage.text == PARAGRAPH for hit in hits) <= 1


def test_texts_without_words_are_told_apart(bot_over: Make) -> None:
    bot = bot_over({"a.txt": "河长 🌊🌊", "b.txt": "河长 🌊🐟"})
    assert bot.search("河长", k=5)
