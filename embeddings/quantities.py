"""Dates, shares and measures by their value, so that one token stands for every way to write them.

5平方公里, 5 km² and 500 hectares all give ``5000000m2``; 2013年12月5日 and 5 December 2013 both give
``2013-12-05``. Units are brought together only where one is an exact multiple of the other.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import regex

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


def _pattern(name: str) -> str:
    pattern = r"[\s.-]*".join(regex.escape(part) for part in name.split("_"))
    # A Latin name is no part of a longer one: 5 m is not the beginning of 5 million.
    return pattern + r"s?(?![\p{Latin}\p{N}])" if name[-1].isascii() and name[-1].isalnum() else pattern


_NAMES = "|".join(
    _pattern(name)
    for name in sorted(
        (name for factors in _UNITS.values() for names in factors.values() for name in names.split()),
        key=len,
        reverse=True,
    )
)
_NUMBER = (
    r"(?:(?<![\p{Latin}\d.])\d+(?:\.\d+)?(?:[十百千万亿]+|\s*(?:thousand|million|billion|trillion)\b)?"
    r"|[零〇○一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?)"
)
_QUANTITY = regex.compile(
    rf"(?P<share>[百千])分之(?P<part>{_NUMBER})"
    rf"|(?P<currency>rmb|cny|us\$|usd|[¥$€])\s*(?P<sum>{_NUMBER})(?![\p{{Latin}}\d.])"
    rf"|(?P<minus>零下|(?<![\p{{Latin}}\p{{N}}%°)]\s?)[-−])?(?P<number>{_NUMBER})[\s-]*(?P<unit>{_NAMES})"
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "january|february|march|april|june|july|august|september|october|november|december|sept|" + "|".join(
    _MONTHS
)
_CHINESE_DIGITS = str.maketrans("零〇○一二三四五六七八九", "000123456789")
_SMALL = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_DATE = regex.compile(
    rf"(?<![\d零〇○一二三四五六七八九])(?:(?P<year>\d{{4}}|[零〇○一二三四五六七八九]{{4}})\s*年\s*)?"
    rf"(?<!\d)(?P<month>{_SMALL})\s*月份?(?:\s*(?P<day>{_SMALL})\s*[日号])?"
    r"|(?<![\d.])(?P<year>[12]\d{3})(?P<mark>[-/.])(?P<month>\d{1,2})(?:(?P=mark)(?P<day>\d{1,2}))?(?![\d.]*\d)"
    rf"|(?:(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?\b(?P<name>{_MONTH})\b\.?"
    r"(?:\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\d.]))?(?:,?\s+(?P<year>\d{4})(?!\d))?"
)


def quantity_tokens(folded: str) -> list[str]:
    """Tokens of the dates, shares and measures in a text, in order of kind and place.

    A date gives itself, its month and its day of any year, as far as they are said: ``2013-12-05``,
    ``2013-12``, ``--12-05``. A share or a measure gives its value and its unit: ``5%``, ``32000m2``.

    Args:
        folded: text as :func:`embeddings.folding.fold` gives it, without commas between digits.
    """
    return [*_dates(folded), *_measures(folded)]


def is_unit(name: str) -> bool:
    """Whether a folded text is the name of a unit."""
    return name in _UNIT_OF


def _measures(folded: str) -> Iterator[str]:
    for match in _QUANTITY.finditer(folded):
        value = numeral_value(match["number"] or match["part"] or match["sum"])
        if value is None:
            continue
        if match["share"]:
            yield plain(value) + _SHARES[match["share"]]
        elif match["currency"]:
            yield plain(value) + _BEFORE[match["currency"]]
        else:
            name = regex.sub(r"[\s.-]", "", match["unit"])
            unit, factor = _UNIT_OF.get(name) or _UNIT_OF[name.removesuffix("s")]
            yield ("-" if match["minus"] else "") + plain(value * factor) + unit


def _dates(folded: str) -> Iterator[str]:
    for match in _DATE.finditer(folded):
        year = match["year"] and int(match["year"].translate(_CHINESE_DIGITS))
        month = 1 + _MONTHS.index(match["name"][:3]) if match["name"] else numeral_value(match["month"])
        day = match["day"] and numeral_value(match["day"])
        try:
            # Where no year is said, one that has a 29 February.
            found = date(year or 2000, int(month or 0), int(day or 1))
        except ValueError:
            continue
        if year:
            yield f"{found:%Y-%m}"
        if day:
            yield f"{found:--%m-%d}"
        if year and day:
            yield found.isoformat()
