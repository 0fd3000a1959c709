"""What of a text can be checked by itself: figures, dates, names, and whether it affirms or denies.

All of it is read from :func:`normal` text, so that what means the same compares equal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile

import rjieba

from embeddings.folding import fold
from embeddings.numerals import without_grouping
from embeddings.quantities import Figure, dates, figures, is_unit
from qa.characters import HAN

_BLANK_AT_DIGIT = re.compile(rf"(?<=[\d%])\s+(?=[{HAN}])|(?<=[{HAN}])\s+(?=\d)")
_MORE_INSIDE = re.compile(r"(?<=\d)[多余](?=[百千万亿])")
_BARE_MULTIPLE = re.compile(r"(?<=[近约超逾])(?=[百千万亿])")
_TENTHS = re.compile(rf"([一二三四五六七八九])成(?=[^{HAN}]|[的是以来都归用给由左人农]|$)")
_DIGITS = "零一二三四五六七八九"
_SINGLE = re.compile(rf"[{_DIGITS}十两]")
_SMALL_ENGLISH = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split(),
        range(2, 21),
        strict=True,
    )
)
_ENGLISH_NUMBER = re.compile(rf"\b(?:{'|'.join(_SMALL_ENGLISH)})\b(?![-\s](?:thousand|[mbtr]+illion))")
_YEAR_WORD = re.compile(r"\b(?:in|by|since|until|till|from|of|to|during|and)\s+$")

# Measure words that count the same things; one counts pairs where another counts single animals.
_MEASURES = {
    measure: kind
    for kind, measures in enumerate(
        "人名位 只头匹羽尾 对双 辆台部架艘 家所座处间栋 种项条件类款份篇 次回届场期 户 倍 层 棵株 年 月 日天 "
        "岁".split()
    )
    for measure in measures
}


@lru_cache(maxsize=2048)
def normal(text: str) -> str:
    """Text folded for comparison: one form of figures as well, no blanks between digits and Han characters.

    Recent texts are remembered: the sentences of an answer are compared with the same passages.
    """
    text = _BLANK_AT_DIGIT.sub("", without_grouping(fold(text)))
    text = _BARE_MULTIPLE.sub("一", _MORE_INSIDE.sub("", text))
    return _TENTHS.sub(lambda found: f"{_DIGITS.index(found[1])}0%", text)


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure, or the year, month or day of a date.

    Attributes:
        value: counted in ``unit``.
        unit: of :class:`embeddings.quantities.Figure`, or ``year``, ``month``, ``day``; may be empty.
        measure: the measure word behind it, where it is one that tells what is counted.
        part: how it is written.
        hedge: what makes it no exact figure: ``over``, ``near``, ``about``, or empty.
        sure: whether it is a figure beyond doubt, which 一 and 百 may not be: a claim is held to no others.
    """

    value: Decimal
    unit: str
    measure: str
    part: str
    hedge: str = ""
    sure: bool = True

    def alike(self, other: "Amount") -> bool:
        """Whether both count the same kind of thing, so that one may stand in the place of the other."""
        return (self.unit, _MEASURES.get(self.measure)) == (other.unit, _MEASURES.get(other.measure))

    @property
    def dated(self) -> bool:
        """Whether it belongs to a date."""
        return self.unit in _DATE_UNITS

    def stands_in(self, others: list["Amount"]) -> bool:
        """Whether one of the other amounts says the same, or more exactly."""
        return any(self._says(other) for other in others)

    def _says(self, other: "Amount") -> bool:
        if self.unit != other.unit and self.unit and (other.unit or other.measure):
            return False
        if other.unit and not self.unit and self.measure and not other.dated:
            return False
        kinds = {_MEASURES.get(self.measure), _MEASURES.get(other.measure)} - {None}
        if len(kinds) > 1:
            return False
        return self.value == other.value or self._rounds(other)

    def _rounds(self, other: "Amount") -> bool:
        """Whether it is the other one in rounder figures, and says so."""
        if not self.hedge or self.dated or _significant(self.value) >= _significant(other.value):
            return False
        low, high = _HEDGED[self.hedge]
        return low * other.value <= self.value <= high * other.value


_YEARS = (1000, 2100)
_DATE_UNITS = ("year", "month", "day")

# What a rounder figure may be of the exact one.
_HEDGED = {
    "over": (Decimal("0.9"), Decimal(1)),
    "near": (Decimal(1), Decimal("1.1")),
    "about": (Decimal("0.95"), Decimal("1.05")),
}
_HEDGES = {
    "over": re.compile(r"(?:超过?|逾|多于|高于|大于|突破|more than|over|exceed\w*|above|at least)\s*$"),
    "near": re.compile(r"(?:近|接近|不到|不足|低于|少于|nearly|almost|less than|under|below|close to)\s*$"),
    "about": re.compile(r"(?:约|大约|约为|about|around|roughly|approximately|some)\s*$"),
}


def _significant(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def amounts(text: str) -> list[Amount]:
    """The figures and dates of a normal text, in order of kind and place."""
    found: list[Amount] = []
    taken: set[int] = set()
    for each in dates(text):
        part = text[each.start : each.end]
        for unit, value in zip(_DATE_UNITS, (each.year, each.month, each.day), strict=True):
            if value is not None:
                found.append(Amount(Decimal(value), unit, "", part))
        taken.update(range(each.start, each.end))
    found += [_amount(text, figure) for figure in figures(text) if figure.start not in taken]
    found += [
        Amount(Decimal(_SMALL_ENGLISH[match[0]]), "", "", match[0])
        for match in _ENGLISH_NUMBER.finditer(text)
    ]
    return found


def _is_sure(text: str, figure: Figure) -> bool:
    written = text[figure.start : figure.end]
    if written[0].isdigit():
        return True
    if figure.unit:
        return len(written) > 1 or written not in "一两"
    if len(written) > 1:
        return _SINGLE.search(written) is not None and figure.value > 1
    ordinal = text[figure.start - 1 : figure.start] == "第"
    after = text[figure.end : figure.end + 1]
    return written not in "一两零百千万亿" and (ordinal or after == "个" or after in _MEASURES)


def _amount(text: str, figure: Figure) -> Amount:
    written = text[figure.start : figure.end]
    after = text[figure.end : figure.end + 1]
    before = text[max(0, figure.start - 12) : figure.start]
    if _is_year(figure, before, after):
        return Amount(figure.value, "year", "", written + ("年" if after == "年" else ""))
    if after == "月":
        return Amount(figure.value, "month", "", written + after, sure=_is_sure(text, figure))
    hedge = next((name for name, pattern in _HEDGES.items() if pattern.search(before)), "")
    measure = after if after in _MEASURES else ""
    part = text[figure.start : figure.unit_end] + ("" if figure.unit else measure)
    return Amount(figure.value, figure.unit, measure, part, hedge, _is_sure(text, figure))


def _is_year(figure: Figure, before: str, after: str) -> bool:
    if figure.unit or not _YEARS[0] <= figure.value <= _YEARS[1] or figure.value % 1:
        return False
    return after == "年" or (not after.isalnum() and _YEAR_WORD.search(before) is not None)


_QUOTED = re.compile(r"《([^《》]{2,60})》|[“「『]([^“”「」『』]{2,40})[”」』]")
_LATIN = re.compile(r"[a-z\u00c0-\u024f][a-z0-9\u00c0-\u024f.+'-]*[a-z0-9\u00c0-\u024f]")
_HAN_WORD = re.compile(rf"[{HAN}]+")
_SQUEEZE = re.compile(r"[^\w%]|_")
_NAME_TAGS = frozenset({"nr", "nrt", "nrfg", "ns", "nt"})
_CONTENT_TAGS = ("n", "v", "a", "i", "l", "j", "b", "s", "t", "z", "eng")


def squeezed(text: str) -> str:
    """A normal text without blanks and punctuation."""
    return _SQUEEZE.sub("", text)


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of a Chinese text: whether it is a noun, and whether it names a person or a place."""

    text: str
    noun: bool
    name: bool


def quoted(text: str) -> list[str]:
    """Titles of works and words in quotation marks, of a text as written."""
    return [found[1] or found[2] for found in _QUOTED.finditer(text)]


def latin_words(text: str) -> list[str]:
    """Latin words of two characters and more in a normal text, no units."""
    return [word for word in _LATIN.findall(text) if not is_unit(word)]


def han_words(text: str) -> Iterator[Word]:
    """The content words of two Han characters and more in a normal text, by jieba's parts of speech."""
    for word, tag in rjieba.tag(text):
        if len(word) > 1 and tag.startswith(_CONTENT_TAGS) and _HAN_WORD.fullmatch(word):
            yield Word(word, tag.startswith("n"), tag in _NAME_TAGS)


def leading_names(text: str) -> list[str]:
    """The persons and places that a normal Chinese text names before its first verb."""
    before = takewhile(lambda tagged: not tagged[1].startswith("v"), rjieba.tag(text))
    return [word for word, tag in before if len(word) > 1 and tag in _NAME_TAGS]


def _any_of(han: str, english: str = "") -> re.Pattern[str]:
    """A pattern for any of some Han words and English ones; ``*`` stands for an ending, ``_`` for a blank."""
    words = "|".join(word.replace("_", " ").replace("*", r"\w*") for word in english.split())
    return re.compile("|".join(han.split()) + (rf"|\b(?:{words})\b" if words else ""))


# 不仅 and 未来 deny nothing.
_HARMLESS = _any_of(
    "不仅 不断 不同 不少 不久 不过 不论 不管 不只 不但 不光 不止 不妨 不得不 不可或缺 不到 不足 不超过 "
    "不低于 不少于 不如 不佳 不良 未来 尚待 无数 无论 无锡 无限 无疑 无人机 无形 毋庸置疑 没收 能否 是否 "
    "与否 否则 差不多 了不起",
    "not_only no_less no_more_than not_least",
)
_DENIAL = _any_of(
    "不得 不 没有 没 未 无 并非 绝非 而非 拒绝 禁止 停止 取消 n't\\b",
    "no_longer not no never cannot without none neither nor fail_to fails_to failed_to refus*",
)
_OPPOSITES = [
    (
        _any_of("增 上升 升至 升到 提高 提升 扩大 涨", "rise rises rising rose grew grow* increas* up"),
        _any_of("减少 减[^排碳] 降 缩小 跌", "fell fall* declin* decreas* drop* reduc* down"),
    ),
    (
        _any_of("最多 最大 最高", "most largest highest more"),
        _any_of("最少 最小 最低", "least smallest lowest fewer"),
    ),
    (
        _any_of("超 逾 突破 高于 高出 多于 以上", "over exceed* more_than above"),
        _any_of("不到 不足 低 少于 以下", "under below less_than"),
    ),
    (_any_of("免费", "free"), _any_of("收费 有偿", "paid charge*")),
    (_any_of("成功", "succe*"), _any_of("失败 失利", "fail*")),
    (_any_of("支持 赞同 赞成", "support*"), _any_of("反对 抵制", "oppos*")),
    (_any_of("自愿", "voluntar*"), _any_of("强制", "compulsory mandatory")),
]


@lru_cache(maxsize=2048)
def _stance(text: str) -> tuple[bool, list[tuple[bool, bool]]]:
    """Whether a normal text denies, and which of the opposite words it holds."""
    denials = len(_DENIAL.findall(_HARMLESS.sub("", text)))
    return denials % 2 == 1, [(bool(one.search(text)), bool(other.search(text))) for one, other in _OPPOSITES]


def contradicts(claim: str, source: str) -> bool:
    """Whether one of two normal texts denies what the other affirms, or says the opposite word of it."""
    (claim_denies, in_claim), (source_denies, in_source) = _stance(claim), _stance(source)
    opposed = any(
        mine[0] != mine[1] and mine == theirs[::-1] for mine, theirs in zip(in_claim, in_source, strict=True)
    )
    return opposed != (claim_denies != source_denies)
