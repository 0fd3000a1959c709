"""Dates, shares and measures by their value, so that one token stands for every way to write them.

5平方公里, 5 km² and 500 hectares all give ``5000000m2``; 2013年12月5日 and 5 December 2013 both give
``2013-12-05``. Units are brought together only where one is an exact multiple of the other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from embeddings.numerals import numeral_value, plain

# Unit of the token -> what one of the named units is in it -> names, as folding leaves them. A plural s is
# understood; "_" stands for a blank, a hyphen, a full stop or nothing.
_UNITS = {
    "m": {
        "1": "米 公尺 m metre meter",
        "1000": "公里 千米 km kilometre kilometer",
        "0.01": "厘米 公分 cm centimetre centimeter",
        "0.001": "毫米 mm millimetre millimeter",
    },
    "m2": {
        "1": "平方米 平米 m2 m^2 sqm sq_m square_metre square_meter",
        "10000": "公顷 ha hectare",
        "1000000": "平方公里 平方千米 km2 km^2 sqkm sq_km square_kilometre square_kilometer",
    },
    "亩": {"1": "亩 mu"},
    "m3": {"1": "立方米 m3 m^3 cubic_metre cubic_meter", "0.001": "升 l litre liter"},
    "kg": {
        "0.001": "克 g gram",
        "0.5": "斤",
        "1": "公斤 千克 kg kilogram",
        "1000": "吨 公吨 t ton tonne metric_ton metric_tonne",
    },
    "°c": {"1": "°c 摄氏度 degree_celsius degrees_celsius"},
    "kw": {
        "0.001": "瓦 w watt",
        "1": "千瓦 kw kilowatt",
        "1000": "兆瓦 mw megawatt",
        "1000000": "吉瓦 gw gigawatt",
    },
    "kwh": {
        "0.001": "瓦时 wh watt_hour",
        "1": "千瓦时 千瓦小时 kwh kilowatt_hour",
        "1000": "兆瓦时 mwh megawatt_hour",
        "1000000": "吉瓦时 gwh gigawatt_hour",
    },
    "cny": {"1": "元 人民币 yuan rmb cny"},
    "usd": {"1": "美元 usd dollar us_dollar"},
    "eur": {"1": "欧元 euro eur"},
    "pp": {"1": "个百分点 pp percentage_point"},
    "%": {"1": "% percent per_cent"},
    "‰": {"1": "‰ per_mille"},
}
_BEFORE = {"rmb": "cny", "cny": "cny", "¥": "cny", "us$": "usd", "usd": "usd", "$": "usd", "€": "eur"}
_SHARES = {"百": "%", "千": "‰"}

_UNIT_OF = {
    name.replace("_", ""): (unit, Decimal(factor))
    for unit, factors in _UNITS.items()
    for factor, names in factors.items()
    for name in names.split()
}


_LETTER = "a-zà-ɏ"
_NUMERAL = "零〇○一二两三四五六七八九十百千万亿"


def _pattern(name: str) -> str:
    pattern = r"[\s.-]*".join(re.escape(part) for part in name.split("_"))
    # A Latin name is no part of a longer one: 5 m is not the beginning of 5 million.
    return pattern + rf"s?(?![{_LETTER}\d])" if name[-1].isascii() and name[-1].isalnum() else pattern


# The number first and what stands beside it after: most numbers of a text measure nothing.
_NUMBER = re.compile(
    rf"(?<![{_LETTER}\d.])\d+(?:\.\d+)?(?:[十百千万亿]+|\s*(?:thousand|million|billion|trillion)\b)?"
    rf"|[{_NUMERAL}]+(?:点[零〇一二三四五六七八九]+)?"
)
_NAMES = [name for factors in _UNITS.values() for names in factors.values() for name in names.split()]
_UNIT = re.compile(r"[\s-]*(" + "|".join(map(_pattern, sorted(_NAMES, key=len, reverse=True))) + ")")
_CURRENCY = re.compile(r"(rmb|cny|us\$|usd|[¥$€])\s*$")
_MINUS = re.compile(rf"(?:零下|(?:^|[^{_LETTER}\d%°)\s])\s?[-−]|^\s?[-−])$")
_BEFORE_NUMBER = 6

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "january|february|march|april|june|july|august|september|october|november|december|sept|" + "|".join(
    _MONTHS
)
_DIGIT = "零〇○一二三四五六七八九"
_CHINESE_DIGITS = str.maketrans(_DIGIT, "000123456789")
_SMALL = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
# Each begins with what few places of a text have, and not with something that may be missing.
_CHINESE_DATE = re.compile(
    rf"(?<![\d{_DIGIT}])(?P<first>\d{{1,4}}|[{_DIGIT}十]{{1,4}})\s*(?:年\s*(?P<month>{_SMALL})\s*)?月份?"
    rf"(?:\s*(?P<day>{_SMALL})\s*[日号])?"
)
_ISO_DATE = re.compile(
    r"(?<![\d.])(?P<year>[12]\d{3})(?P<mark>[-/.])(?P<month>\d{1,2})(?:(?P=mark)(?P<day>\d{1,2}))?(?![\d.]*\d)"
)
_ENGLISH_DATE = re.compile(
    rf"\b(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{_MONTH})\b\.?"
    r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?(?![\d.]))?(?:,?\s+(?P<year>\d{4})(?!\d))?"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a text at ``start..end``, with a unit behind it up to ``unit_end``.

    ``value`` is counted in ``unit``: one of the units that stand in tokens, or empty where none is named.
    """

    start: int
    end: int
    unit_end: int
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a text at ``start..end``, as far as it is said."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None


def quantity_tokens(folded: str) -> list[str]:
    """Tokens of the dates, shares and measures in a text, in order of kind and place.

    A date gives itself, its month and its day of any year, as far as they are said: ``2013-12-05``,
    ``2013-12``, ``--12-05``. A share or a measure gives its value and its unit: ``5%``, ``32000m2``.

    Args:
        folded: text as :func:`embeddings.folding.fold` gives it, without commas between digits.
    """
    said = [token for each in dates(folded) for token in _date_tokens(each.year, each.month, each.day)]
    return [*said, *(plain(each.value) + each.unit for each in figures(folded, measures_only=True))]


def is_unit(name: str) -> bool:
    """Whether a folded text is the name of a unit."""
    return name in _UNIT_OF


def figures(folded: str, *, measures_only: bool = False) -> Iterator[Figure]:
    """The numbers of a text in order, those of dates among them; or only those with a unit."""
    for match in _NUMBER.finditer(folded):
        before = folded[max(0, match.start() - _BEFORE_NUMBER) : match.start()]
        unit, factor, unit_end = _unit(before, folded, match.end()) or ("", Decimal(1), match.end())
        value = numeral_value(match[0]) if unit or not measures_only else None
        if value is None:
            continue
        sign = -1 if unit and _MINUS.search(before) else 1
        yield Figure(match.start(), match.end(), unit_end, sign * value * factor, unit)


def _unit(before: str, folded: str, end: int) -> tuple[str, Decimal, int] | None:
    """The unit of a number that ends at ``end``, how much of it one is, and where it ends itself."""
    if before.endswith(("百分之", "千分之")):
        return _SHARES[before[-3]], Decimal(1), end
    if (named := _UNIT.match(folded, end)) is not None:
        name = re.sub(r"[\s.-]", "", named[1])
        return *(_UNIT_OF.get(name) or _UNIT_OF[name.removesuffix("s")]), named.end()
    if (currency := _CURRENCY.search(before)) is not None and not folded[end : end + 1].isalpha():
        return _BEFORE[currency[1]], Decimal(1), end
    return None


def dates(folded: str) -> Iterator[Date]:
    """The dates of a text that name a month, by kind and place."""
    for match in _CHINESE_DATE.finditer(folded) if "月" in folded else ():
        digits = match["first"].translate(_CHINESE_DIGITS) if match["month"] else ""
        year = int(digits) if len(digits) == len("2013") else None
        yield Date(*match.span(), year, _small(match["month"] or match["first"]), _small(match["day"]))
    for match in _ISO_DATE.finditer(folded):
        yield Date(*match.span(), int(match["year"]), _small(match["month"]), _small(match["day"]))
    for match in _ENGLISH_DATE.finditer(folded):
        month = 1 + _MONTHS.index(match["month"][:3])
        year = int(match["year"]) if match["year"] else None
        yield Date(*match.span(), year, month, _small(match["before"] or match["after"]))


def _small(number: str | None) -> int | None:
    value = numeral_value(number) if number else None
    return None if value is None else int(value)


def _date_tokens(year: int | None, month: int | None, day: int | None) -> Iterator[str]:
    try:
        # Where no year is said, one that has a 29 February.
        found = date(year or 2000, month or 0, day or 1)
    except ValueError:
        return
    if year:
        yield f"{found:%Y-%m}"
    if day:
        yield f"{found:--%m-%d}"
    if year and day:
        yield found.isoformat()
