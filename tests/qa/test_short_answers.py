"""Short answers are spans of the source, inside the quotation, and only where the reader is sure."""

import numpy as np
import pytest

from embeddings.static_encoder import bundled_encoder
from qa.bot import Bot
from qa.short_answers import LONGEST, likeliest_span, short_answer
from qa.types import Evidence, Sentence


def evidence(bot: Bot, quote: str, text: str) -> Evidence:
    """A sentence that reads as ``text``, ten characters into a document."""
    hit = bot.search("湖州")[0]
    return Evidence(hit, Sentence(10, 10 + len(quote), 0, len(text)), quote, text, 1.0)


def marked(found: Evidence, words: str) -> str | None:
    """What is marked when the reader is sure of the tokens of ``words``."""
    _, spans = bundled_encoder().token_spans(found.text)
    begin = found.text.index(words)
    inside = [at for at, (a, b) in enumerate(spans.tolist()) if b > begin and a < begin + len(words)]
    starts, ends = (np.full(len(spans), -9.0, np.float32) for _ in range(2))
    starts[inside[0]] = ends[inside[-1]] = 9.0
    span = short_answer(bundled_encoder(), found, starts, ends)
    assert span is not None
    assert found.sentence.start <= span.start < span.end <= found.sentence.end
    marked_quote = found.quote[span.start - found.sentence.start : span.end - found.sentence.start]
    assert "".join(marked_quote.split()) == "".join(found.text[span.text_start : span.text_end].split())
    return marked_quote


@pytest.mark.parametrize(
    ("quote", "words", "expected"),
    [
        ("2013年，镇江市开始建设海绵城市。", "2013年", "2013年"),
        ("森林覆盖率由35%提高到63.04%。", "63.04", "63.04%"),
        ("项目投资1.5亿元，来自\n市财政。", "市财政", "市财政"),
        # Line ends inside the words are the source's own.
        ("负责人是碳中和与绿色发\n展研究中心主任虞伟。", "绿色发展研究中心", "绿色发\n展研究中心"),
        # The second of two equal runs.
        ("甲地有三十座电站，乙地有三十座电站。", "乙地有三十座", "乙地有三十座"),
    ],
)
def test_the_mark_is_a_span_of_the_source(seed_bot: Bot, quote: str, words: str, expected: str) -> None:
    assert marked(evidence(seed_bot, quote, quote.replace("\n", "")), words) == expected


def test_without_certainty_nothing_is_marked(seed_bot: Bot) -> None:
    text = "2013年，镇江市开始建设海绵城市。"
    found = evidence(seed_bot, text, text)
    count = len(bundled_encoder().token_spans(found.text)[0])
    flat = np.zeros(count, np.float32)
    assert short_answer(bundled_encoder(), found, flat, flat) is None


def test_an_answer_is_short_and_reads_forwards() -> None:
    starts, ends = np.zeros(40, np.float32), np.zeros(40, np.float32)
    starts[20], ends[10], ends[39] = 9.0, 9.0, 9.0
    first, last, _ = likeliest_span(starts, ends)
    assert first <= last < first + LONGEST


def test_citations_of_the_seeds_mark_spans_of_their_quotes(seed_bot: Bot) -> None:
    answer = seed_bot.ask("湖州全域生物物种达到多少种？")
    for citation in answer.citations:
        if citation.answer is not None:
            assert citation.start <= citation.answer.start < citation.answer.end <= citation.end
            words = citation.text[citation.answer.text_start : citation.answer.text_end]
            source = seed_bot.document(citation.document.id).source
            quoted = source[citation.answer.start : citation.answer.end]
            assert "".join(words.split()) == "".join(quoted.split())
