"""Sentences that only say that the passages do not tell, and claims that look like them."""

import pytest

from qa.generation.prompt import UNTOLD
from qa.generation.untold import says_untold


@pytest.mark.parametrize(
    "text",
    [
        *UNTOLD.values(),
        "给出的段落没有说明公园的门票价格。",
        "资料中未提到这一点。",
        "文档没有明确说明白鹭的数量。",
        "给出的段落没有给出门票价格。",
        "所给段落未涉及门票价格。",
        "文件中没有关于门票的信息。",
        "这些资料没有提供相关数据。",
        "根据给出的段落，无法确定公园的门票价格。",
        "无法从给出的段落中得知园长是谁。",
        "抱歉，给出的段落没有说明。",
        "The documents do not say how many egrets there are.",
        "The passages given don't mention the price.",
        "None of the passages explicitly states the price.",
        "The passages do not give the ticket price.",
        "The document does not provide any information about tickets.",
        "The text contains no information on the price of tickets.",
        "There is no mention of a ticket price in the passages.",
        "The ticket price is not mentioned in the documents.",
        "The answer cannot be determined from the passages.",
        "Based on the passages, the price cannot be determined.",
        "I cannot answer the question from the passages given.",
    ],
)
def test_what_the_passages_do_not_tell_is_no_claim(text: str) -> None:
    assert says_untold(text, "公园的门票多少钱？")


@pytest.mark.parametrize(
    "text",
    [
        "文件未确定保护区的边界。",
        "文件不涉及捕捞白鹭的处罚。",
        "文件没有提供资金支持。",
        "文件没有要求企业说明排放量。",
        "文件没有说服力。",
        "材料未包含塑料。",
        "资料没有公开信息。",
        "给出的段落没有说明，但答案是免费。",
        "给出的段落没有说明但门票免费。",
        "公园没有门票。",
        "The document does not allow hunting egrets.",
        "The text does not bind the parties.",
        "No document permits hunting.",
        "The documents do not give hunters permission.",
        "The document does not cover damage by floods.",
        "The park does not tell visitors the price.",
        "The passages do not tell but the park is closed.",
        "The boundary is not fixed in the document.",
        "The park is free and hunting is not mentioned in the passages.",
        "Hunters cannot find egrets.",
    ],
)
def test_what_a_document_does_not_do_is_a_claim(text: str) -> None:
    assert not says_untold(text, "公园的门票多少钱？")


def test_only_figures_of_the_question_may_be_named() -> None:
    text = "给出的段落没有说明2019年的票价。"
    assert says_untold(text, "2019年的门票多少钱？")
    assert not says_untold(text, "门票多少钱？")
