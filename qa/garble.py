"""How much of a text looks like damage rather than writing."""

from __future__ import annotations

import re
import unicodedata

#: Above this share a file gets a warning. Clean Chinese and English texts measure 0.
GARBLE_THRESHOLD = 0.02

_CID = re.compile(r"\(cid:\d+\)")
#: Four or more Latin-1 signs in a row: GBK or Big5 bytes shown as Latin-1. No language writes so.
_LATIN1_RUN = re.compile("[\u0080-\u00ff]{4,}")
#: UTF-8 bytes shown as Latin-1 or Windows-1252: a lead byte's letter, then signs of continuation bytes.
_UTF8_AS_LATIN1 = re.compile(
    "(?:[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{1,3}){2,}"
    "|[\u00e2-\u00ef][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2}"
)
_UTF8_HAN = re.compile(rb"[\xe3-\xe9\xef][\x80-\xbf]{2}|\xe2\x80[\x80-\xbf]")
_ABOVE_ASCII = re.compile("[^\x00-\x7f]")
#: Sound Chinese in GBK holds about one hundredth of chance UTF-8 sequences; mojibake is made of them.
_UTF8_AS_GBK_SHARE = 0.4
#: A short line can hold more of them by chance.
_UTF8_AS_GBK_SHORT_SHARE = 0.8
_SHORT_LINE = 24
_MIN_RUN = 4
_ODD_CATEGORIES = frozenset(("Cn", "Co", "Cs"))
_WELL_KNOWN = re.compile("[\\s\x20-\x7e\u3400-\u9fff\u3001-\u303f\uff01-\uff5e“”‘’—…·]+")


def garble_score(text: str) -> float:
    """Share of characters that look like decoding or font damage.

    Counted: replacement, private-use, unassigned and control characters, ``(cid:12)`` codes of fonts
    without a map, GBK or UTF-8 bytes read as Latin-1, and UTF-8 bytes read as GBK.

    Args:
        text: any text.

    Returns:
        Damaged characters divided by characters other than white space, 0..1; 0 for a blank text.
    """
    solid = sum(len(part) for part in text.split())
    if not solid:
        return 0.0
    bad = sum(len(found) for found in _CID.findall(text))
    bad += sum(_is_odd(character) for character in _WELL_KNOWN.sub("", text))
    seen = _LATIN1_RUN.sub("", text)
    bad += len(text) - len(seen)
    bad += sum(len(found) for found in _UTF8_AS_LATIN1.findall(seen))
    bad += sum(_utf8_as_gbk(line) for line in seen.splitlines())
    return min(1.0, bad / solid)


def garble_warning(score: float) -> str | None:
    """A sentence for the user when the score passes :data:`GARBLE_THRESHOLD`, else None.

    Args:
        score: what :func:`garble_score` returned, 0..1.
    """
    if score <= GARBLE_THRESHOLD:
        return None
    return (
        f"About {score:.0%} of this file's characters look damaged (wrong encoding or a font without a "
        "character map); answers from it may be unreadable, so check the file or convert it again."
    )


def _is_odd(character: str) -> bool:
    if character == "\ufffd":
        return True
    category = unicodedata.category(character)
    return category in _ODD_CATEGORIES or (category == "Cc" and not character.isspace())


def _utf8_as_gbk(line: str) -> int:
    """Number of characters of the line that are UTF-8 text read as GBK."""
    above = len(_ABOVE_ASCII.findall(line))
    if above < _MIN_RUN:
        return 0
    data = line.encode("gb18030", "ignore")
    sequences = sum(len(found) for found in _UTF8_HAN.findall(data))
    share = _UTF8_AS_GBK_SHORT_SHARE if above < _SHORT_LINE else _UTF8_AS_GBK_SHARE
    # Two bytes of GBK make one character.
    return above if sequences > share * 2 * above else 0
