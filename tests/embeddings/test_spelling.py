"""Words by sound and spelling: what is found, what is not, and that a damaged file is told."""

from pathlib import Path

import pytest

from embeddings.errors import IndexFormatError
from embeddings.spelling import SpellingIndex, build_spelling_index

WORDS = "碳汇 南京 兰花 湖州 江豚 休渔 银行 生物多样性 多样性 环境署 biodiversity mangrove mangroves 2013 5% a".split()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SpellingIndex:
    file = tmp_path_factory.mktemp("words") / "words.sqlite"
    build_spelling_index(file, WORDS)
    return SpellingIndex(file)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("碳会", [("碳汇", True)]),
        ("湖洲", [("湖州", True)]),
        ("修渔", [("休渔", True)]),
        ("银航", [("银行", True)]),
        ("谈费", []),
        ("蓝京", [("南京", False)]),
        ("难花", [("兰花", False)]),
        ("江吞", [("江豚", True)]),
    ],
)
def test_words_are_found_by_their_sound(
    index: SpellingIndex, typed: str, found: list[tuple[str, bool]]
) -> None:
    assert index.sounding_like(typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("环镜署", ["环境署"]),
        ("生物多祥性", ["生物多样性"]),
        ("生物样多性", ["生物多样性"]),
        ("生勿多祥性", []),
        ("碳江", []),
        ("多样性", []),
    ],
)
def test_words_are_found_by_their_other_characters(
    index: SpellingIndex, typed: str, found: list[str]
) -> None:
    assert index.shaped_like(typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("biodiversty", ["biodiversity"]),
        ("biodivresity", ["biodiversity"]),
        ("mangroev", ["mangrove"]),
        ("mangrovs", ["mangrove", "mangroves"]),
        ("mangle", []),
        ("boidvrsty", []),
        ("a", []),
    ],
)
def test_latin_words_are_found_by_their_letters(index: SpellingIndex, typed: str, found: list[str]) -> None:
    assert sorted(index.spelled_like(typed)) == found


def test_a_file_that_is_no_index_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "words.sqlite").write_text("nonsense " * 200)
    with pytest.raises(IndexFormatError, match=r"words\.sqlite.*--rebuild"):
        SpellingIndex(tmp_path / "words.sqlite").spelled_like("biodiversty")
