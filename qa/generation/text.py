"""The sentences of a written answer as one text, for every face and for the conversation."""

from collections.abc import Sequence

from qa.types import Language, Support, WrittenSentence

UNSUPPORTED_MARK = {
    Language.CHINESE: "（未获引文支持）",
    Language.ENGLISH: " [not supported by the cited text]",
}
"""What stands behind a sentence that the passages do not support."""


def written_text(sentences: Sequence[WrittenSentence], language: Language) -> str:
    """Sentences as text: a line for each paragraph, with citation numbers, the unsupported ones marked.

    Args:
        sentences: of one answer, in order.
        language: of the answer, in which is marked what is unsupported.
    """
    paragraphs: dict[int, list[str]] = {}
    for each in sentences:
        numbers = "".join(f"[{number}]" for number in each.citations)
        mark = UNSUPPORTED_MARK[language] if each.support is Support.UNSUPPORTED else ""
        paragraphs.setdefault(each.paragraph, []).append(f"{each.text} {numbers}".strip() + mark)
    return "\n".join(map(" ".join, paragraphs.values()))
