"""Numbers by their value: 二〇一三年 and 2013年, 1.08万 and 10800, 650 million and 6.5亿 are one."""

from decimal import Decimal
from math import prod

import cn2an
import regex

# With a unit behind Arabic digits; two and more Chinese numerals; or one of them before a measure word, since
# 一 and 十 alone mostly count nothing.
_NUMBER = regex.compile(
    r"\d+(?:\.\d+)?[十百千万亿]+"
    r"|\d+(?:\.\d+)?\s*(?:thousand|million|billion|trillion)\b"
    r"|[零〇○一二两三四五六七八九十百千万亿]{2,}"
    r"|[一二两三四五六七八九十](?=[年月日号次个家种项座条名位人倍所只头辆篇届期批类点岁天])"
)
_LONGEST = 20
"""Longer runs of numerals are tables or lists, not numbers."""

_DIGIT = regex.compile(r"[\d零〇一二两三四五六七八九十]")
_ARABIC = regex.compile(r"(?P<digits>\d+(?:\.\d+)?)\s*(?P<multiples>[a-z]+|[十百千万亿]*)")
_MULTIPLES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "十": 10,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "亿": 10**8,
}


_GROUPED = regex.compile(r"(?<=\p{N}),(?=\p{N}{3}(?!\p{N}))")


def without_grouping(folded: str) -> str:
    """A folded text without the commas that group digits."""
    return str(_GROUPED.sub("", folded))


def numeral_value(text: str) -> Decimal | None:
    """The value of one folded number in Arabic digits, Chinese numerals or both; None where it has none."""
    if len(text) > _LONGEST or not _DIGIT.search(text):
        return None
    if (arabic := _ARABIC.fullmatch(text)) is not None:
        word = arabic["multiples"]
        factors = [_MULTIPLES[word]] if word in _MULTIPLES else [_MULTIPLES[each] for each in word]
        return Decimal(arabic["digits"]) * prod(factors)
    if text.endswith("万亿"):  # which the library does not know
        value = numeral_value(text.removesuffix("万亿"))
        return None if value is None else value * 10**12
    try:
        value = cn2an.cn2an(text.replace("○", "〇"), "smart")
    except (ValueError, KeyError, IndexError):  # the library's ways of saying that it is no number
        return None
    # Floats carry 三点五 with an error in the sixteenth digit.
    return Decimal(f"{value:.12g}" if isinstance(value, float) else value)


def plain(value: Decimal) -> str:
    """A value as decimal digits without exponent and trailing zeros."""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def numeral_values(folded: str) -> list[str]:
    """The values of the numbers in a text that are not written in Arabic digits alone.

    Args:
        folded: text as :func:`embeddings.folding.fold` gives it, without commas between digits.

    Returns:
        Decimal numbers without trailing zeros, in order; what looks like a number and is none is left out.
    """
    values = (numeral_value(match[0]) for match in _NUMBER.finditer(folded))
    return [plain(value) for value in values if value is not None]
