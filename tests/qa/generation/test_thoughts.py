"""Thoughts before an answer, told from it as it comes."""

import pytest

from qa.generation.thoughts import Thoughts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>先想[1]</think>\n好。", "好。"),
        ("<think>还在想", ""),
        ("<thi", ""),
        ("好。<think>", "好。<think>"),
        ("\n<think></think>好 </think>", "好 </think>"),
        ("<b>好</b> 的", "<b>好</b> 的"),
        (" 好 的", " 好 的"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_thoughts_are_no_part_of_the_answer_however_it_is_cut(text: str, said: str, size: int) -> None:
    thoughts = Thoughts()
    assert "".join(thoughts.said(text[at : at + size]) for at in range(0, len(text), size)) == said
    assert thoughts.length == len(text) - len(said)
