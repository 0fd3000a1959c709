"""Folding brings width, script and case together, and is settled after one pass."""

import pytest

from embeddings.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("２０１３年", "2013年"),
        ("ＣＯＰ１５", "cop15"),
        ("生態環境與氣候變化", "生态环境与气候变化"),
        ("Judith Walcott", "judith walcott"),
        ("㎡", "m2"),
        ("①", "1"),
        ("", ""),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded
