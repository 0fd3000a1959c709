"""Numbers by their value, so that 二〇一三年 and 2013年, 1.08万 and 10800 are one word."""

import cn2an
import regex

# With a unit behind Arabic digits; two and more Chinese numerals; or one of them before a measure word, since
# 一 and 十 alone mostly count nothing.
_NUMBER = regex.compile(
    r"\d+(?:\.\d+)?[十百千万亿]+"
    r"|[零〇一二两三四五六七八九十百千万亿]{2,}"
    r"|[一二两三四五六七八九十](?=[年月日号次个家种项座条名位人倍所只头辆篇届期批类点岁天])"
)
_LONGEST = 20
"""Longer runs of numerals are tables or lists, not numbers."""

_DIGIT = regex.compile(r"[\d零〇一二两三四五六七八九十]")


def numeral_values(folded: str) -> list[str]:
    """The values of the numbers in a text that are not written in Arabic digits alone.

    Args:
        folded: text as :func:`embeddings.folding.fold` gives it, without commas between digits.

    Returns:
        Decimal numbers without trailing zeros, in order; what looks like a number and is none is left out.
    """
    values = []
    for match in _NUMBER.finditer(folded):
        if len(match[0]) > _LONGEST or not _DIGIT.search(match[0]):
            continue
        try:
            value = cn2an.cn2an(match[0], "smart")
        except (ValueError, KeyError, IndexError):  # the library's ways of saying that it is no number
            continue
        # Floats carry 1.08 * 10000 with an error in the sixteenth digit.
        values.append(f"{value:.12g}" if isinstance(value, float) else str(value))
    return values
