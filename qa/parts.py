"""Phrases that tell which one of several parts is meant: 第二阶段, 最后一点, 上半年, "the second one".

Such a phrase goes with a question of another part, or with one that asks for all of them.
"""

import regex

_NUMBER = r"(?:[一二两三四五六七八九十百]+|(?<!\p{N})\d{1,2})"
_UNIT = r"(?:阶段|季度|步骤|部分|方面|\p{Han})"
_PART = (
    rf"(?:(?:(?:倒数)?第{_NUMBER}|最后一|最末|前一|后一|上一|下一|另一){_UNIT}"
    rf"|[首末](?:阶段|季度|步骤|部分|方面|[个项次期批点年季届轮])"
    rf"|{_NUMBER}期|[上下前后]半[年月场段期]|[前中后]期)"
)
_CHINESE = regex.compile(_PART)
_ANY_UNIT = "个项"
"""Measure words that stand for any other: 第二个 of 三点建议."""

_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final"
    r"|\d{1,2}(?:st|nd|rd|th))"
)
_COUNT = r"(?:how many|two|three|four|five|six|seven|eight|nine|ten|several|\d{1,2})"
# "first aid" and "other people" tell of no part.
_ENGLISH = regex.compile(
    rf"(?:(?:the )?(?P<which>{_ORDINAL}|next|other) one"
    rf"|the (?P<which>{_ORDINAL})(?: (?P<noun>\p{{L}}+))?)",
    regex.IGNORECASE,
)


def is_part(phrase: str) -> bool:
    """Whether a phrase is nothing but which part is meant: 第二阶段, "the second phase"."""
    return _CHINESE.fullmatch(phrase) is not None or _ENGLISH.fullmatch(phrase) is not None


def of_part(question: str, part: str) -> str:
    """A question asked of another part.

    Args:
        question: one that names a part or a number of parts: 第一阶段通过了什么？ 提出了几点建议？
        part: what :func:`is_part` holds of.

    Returns:
        The question with the part in place of those words; empty where it has none of the same kind.
    """
    if (english := _ENGLISH.fullmatch(part)) is not None:
        return _of_english_part(question, english["which"], english["noun"])
    for other in _CHINESE.finditer(question):
        if _is_kind(part, other[0]):
            return question[: other.start()] + part + question[other.end() :]
    unit = r"\p{Han}" if part[-1] in _ANY_UNIT else rf"[{_ANY_UNIT}大]?{regex.escape(_unit(part))}"
    counted = regex.compile(rf"哪?(?:几|(?<!第){_NUMBER}){unit}")
    found = counted.search(question)
    return "" if found is None else question[: found.start()] + part + question[found.end() :]


def _unit(part: str) -> str:
    found = regex.search(rf"{_UNIT}$", part)
    return part[-1] if found is None else str(found[0])


def _is_kind(part: str, other: str) -> bool:
    return _unit(part) == _unit(other) or part[-1] in _ANY_UNIT


def _of_english_part(question: str, which: str, noun: str | None) -> str:
    # "phase" and "phases" begin alike.
    named = rf"(?=\s{regex.escape(noun.rstrip('s'))})" if noun else ""
    other = regex.compile(rf"(?:the )?\b(?:{_ORDINAL}|{_COUNT})\b{named}", regex.IGNORECASE)
    return str(other.sub(f"the {which}", question, count=1)) if other.search(question) else ""
