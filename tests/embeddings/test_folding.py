"""Folding brings width, script and case together, and is settled after one pass."""

import pytest

from embeddings.folding import fold, origins


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("面積３㎡", [0, 1, 2, 3, 3]),
        # Simplified by its neighbours, at the same places: 乾 is 干 by itself.
        ("乾坤一擲", [0, 1, 2, 3]),
        ("", []),
        # Two marks below and above a letter change places; a letter and its mark become one.
        ("q\u0307\u0323", None),
        ("cafe\u0301", None),
        ("ﾊﾞｽ", None),
    ],
)
def test_origins_tell_where_folded_characters_come_from(text: str, expected: list[int] | None) -> None:
    assert origins(text) == expected


def test_origins_leave_the_memory_of_texts_alone() -> None:
    fold.cache_clear()
    origins("自然伙伴计划发起人虞伟")
    assert fold.cache_info().currsize <= 1
