"""What a line by itself says about its place in a document: list item, heading, byline, table row."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from qa.characters import BLANKS, HAN, ends_sentence, has_han, width

_MARKDOWN_HEADING = re.compile(r"^(#{1,6})\s+(\S.*?)\s*#*$")
_BULLET = re.compile(r"^(?:[■□●○•◆◇▪▫▶►※✓☆★]|[-*+–](?=\s))\s*")
_CIRCLED = re.compile(r"^[①-⑳㉑-㉟㈠-㈩]")
_ORDINAL = r"第[一二三四五六七八九十百零\d]+"
_CHINESE_NUMBER = re.compile(r"^[一二三四五六七八九十]{1,3}[、．.](?![一二三四五六七八九十])\s*")
_BRACKET_NUMBER = re.compile(r"^[（(][一二三四五六七八九十\d]{1,3}[）)]\s*")
#: Not a decimal at the start of a line (2.4 万亿元).
_DIGIT_NUMBER = re.compile(rf"^\d{{1,2}}(?:(?:\.\d{{1,2}})+[.．]?[{BLANKS}]+|[.．、][{BLANKS}]*)(?=[^\d\s])")
_NUMBERS = (
    (0, re.compile(_ORDINAL + r"[章编篇部](?![一-龥]{0,2}[，。])")),
    (1, re.compile(_ORDINAL + r"节")),
    (2, _CHINESE_NUMBER),
    (3, _BRACKET_NUMBER),
    (4, _DIGIT_NUMBER),
    (9, re.compile(_ORDINAL + r"[条款]")),
)
_NUMBER_STARTS = frozenset("第一二三四五六七八九十（(0123456789")
_NUMBER_ONE = re.compile(r"^[第（(]?[一1１](?![一二三四五六七八九十\d])")
_TABLE_ROW = re.compile(rf"\t|^\s*\||\S[{BLANKS}]{{3,}}\S.*\S[{BLANKS}]{{3,}}\S")
_RULE = re.compile(r"^[-=_*~—]{3,}$")
_DECORATION = re.compile(r"^(?:[-*+■●•◆▪]\s+)?\**|\**$")
_BYLINE = re.compile(
    r"^(?:(?:文|图|文/图|图/文|摄影|作者|记者|通讯员|编辑|责编|责任编辑|来源|供图|翻译|译者)"
    r"[ \u3000/|｜／:：]+"
    rf"|(?:本报|见习|本刊|特约)?记者|本版撰稿|撰稿)[{HAN}\s·/]{{0,20}}$|摄$|(?:供图|报道|绘图|制图)$|^[Bb]y\s+[A-Z]"
)
_WEAK_END = re.compile(r"[，、；：,;:]$")
_PAIRS = (("“", "”"), ("《", "》"), ("（", "）"), ("(", ")"), ("「", "」"))
_LETTERS = re.compile(rf"[{HAN}]|[A-Za-z]{{2}}")
_BARE = re.compile(r"^(?:https?://|www\.|doi\b|[（(\[<])", re.IGNORECASE)

#: The longest line that may be a heading, in ems.
MAX_HEADING = 32.0
_MIN_REPEATS = 3
_REPEAT_SHARE = 0.4
_ALWAYS_SHARE = 0.9
_MAX_REPEATED = 16.0
_MAX_BARE = 48


def markdown_heading(line: str) -> tuple[int, str] | None:
    """Level (1..6) and words of a Markdown heading, or None."""
    found = _MARKDOWN_HEADING.match(line)
    return (len(found[1]), found[2].strip("* ")) if found else None


def number_rank(line: str) -> int | None:
    """Depth of a numbered line, or None.

    0 for 第一章, 1 for 第一节, 2 for 一、, 3 for （一）, 4 for 1., 5 for 1.1 and so on, 9 for 第一条.
    """
    if line[:1] not in _NUMBER_STARTS:
        return None
    for rank, pattern in _NUMBERS:
        found = pattern.match(line)
        if found is not None:
            return rank + (found[0].rstrip(" .．").count(".") if pattern is _DIGIT_NUMBER else 0)
    return None


def is_first_of_numbers(line: str) -> bool:
    """Whether a numbered line carries the number one."""
    return _NUMBER_ONE.match(line) is not None


def is_bullet(line: str) -> bool:
    """Whether the line opens a bulleted or circled list item."""
    return _BULLET.match(line) is not None or _CIRCLED.match(line) is not None


def is_item(line: str) -> bool:
    """Whether the line opens a list item of any kind, numbered ones included."""
    return is_bullet(line) or number_rank(line) is not None


def is_table_row(line: str) -> bool:
    """Whether the line is a row of a table: tabs, bars, or columns set apart by wide gaps."""
    may_be = "\t" in line or "|" in line or "   " in line or "\u3000" in line
    return may_be and _TABLE_ROW.search(line) is not None


def is_rule(line: str) -> bool:
    """Whether the line is a drawn line."""
    return _RULE.match(line) is not None


def is_byline(line: str) -> bool:
    """Whether the line names an author, photographer or source and nothing else."""
    return len(line) <= MAX_HEADING and _BYLINE.search(line) is not None


def is_short(line: str) -> bool:
    """Whether the line is short and open-ended enough to be a title, a heading or a value."""
    return (
        len(line) <= 2 * MAX_HEADING
        and width(line) <= MAX_HEADING
        and not ends_sentence(line)
        and _WEAK_END.search(line) is None
        and not is_table_row(line)
        and not is_rule(line)
    )


def may_be_heading(line: str) -> bool:
    """Whether the line by itself could be an unmarked heading."""
    return (
        is_short(line)
        and _LETTERS.search(line) is not None
        and _BARE.match(line) is None
        and not is_byline(line)
        and not is_item(line)
        and "。" not in line
        and all(line.count(opener) == line.count(closer) for opener, closer in _PAIRS)
    )


def bare(line: str) -> str:
    """The line without emphasis, bullet and Chinese number: the words of a repeated heading.

    A line too long to be one is returned as it is.
    """
    if len(line) > _MAX_BARE:
        return line
    stripped = _DECORATION.sub("", line)
    return _CHINESE_NUMBER.sub("", _DECORATION.sub("", stripped)).strip()


def repeated_headings(lines: Sequence[str]) -> frozenset[str]:
    """Headings that come back throughout a document, such as the fields of a case or a record.

    A field returns about as often as the most frequent one, and follows many different lines; a value
    (优胜奖, 2015年至今) follows one and the same field.

    Args:
        lines: the non-blank lines in order.

    Returns:
        The headings in their :func:`bare` form; empty when nothing repeats at least three times.
    """
    labels = [_label(line) for line in lines]
    counts = Counter(label for label in labels if label)
    repeated = {label for label, count in counts.items() if count >= _MIN_REPEATS}
    if not repeated:
        return frozenset()
    before: defaultdict[str, set[str]] = defaultdict(set)
    after: defaultdict[str, set[str]] = defaultdict(set)
    for previous, label, following in zip(["", *lines], labels, [*lines[1:], ""], strict=False):
        if label in repeated:
            before[label].add(previous)
            after[label].add(following)
    varied = {label for label in repeated if len(before[label]) >= _MIN_REPEATS}
    most = max((counts[label] for label in varied), default=0)
    fields = {label for label in varied if counts[label] >= _REPEAT_SHARE * most}
    for label in repeated - fields:
        # The field below a value that never changes follows one line only, but returns as often as any.
        if counts[label] >= max(_ALWAYS_SHARE * most, 1) and len(after[label]) >= _MIN_REPEATS:
            fields.add(label)
    return frozenset(fields) if most else frozenset()


def _label(line: str) -> str:
    if len(line) > 2 * _MAX_REPEATED:
        return ""
    words = bare(line)
    if not words or width(words) > _MAX_REPEATED or not is_short(words):
        return ""
    if number_rank(words) is not None or _LETTERS.search(words) is None:
        return ""
    return words if has_han(words) or len(words) > 2 else ""  # noqa: PLR2004
