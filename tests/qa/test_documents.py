"""Finding files, reading them, naming them."""

from pathlib import Path

import pytest

from qa.documents import FORMATS, FoundFile, document_id, find_files, read_document, title_of
from qa.errors import DocumentError

SEEDS = Path(__file__).parents[2] / "seeds" / "documents"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.txt",
        "a.MD",
        "子 目录/湖州 报告.txt",
        "子 目录/x.text",
        ".hidden.txt",
        ".git/y.txt",
        "image.png",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("正文。", "utf-8")
    return tmp_path


def test_names_are_relative_sorted_and_with_forward_slashes(folder: Path) -> None:
    found = find_files([folder])
    assert [file.path for file in found] == ["a.MD", "b.txt", "子 目录/x.text", "子 目录/湖州 报告.txt"]
    assert all(file.file.is_file() for file in found)
    assert find_files([folder]) == found


def test_single_files_and_repeats(folder: Path) -> None:
    found = find_files([folder / "b.txt", folder])
    assert [file.path for file in found] == ["b.txt", "a.MD", "子 目录/x.text", "子 目录/湖州 报告.txt"]


def test_links_in_a_circle_do_no_harm(folder: Path) -> None:
    (folder / "子 目录" / "loop").symlink_to(folder)
    (folder / "broken.txt").symlink_to(folder / "nowhere")
    assert [file.path for file in find_files([folder])] == [
        "a.MD",
        "b.txt",
        "子 目录/x.text",
        "子 目录/湖州 报告.txt",
    ]


def test_empty_folder(tmp_path: Path) -> None:
    assert find_files([tmp_path]) == []
    assert find_files([]) == []


def test_what_is_missing_or_of_another_format_is_an_error(folder: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist") as caught:
        find_files([folder / "没有"])
    assert caught.value.remedy
    with pytest.raises(DocumentError, match="format that is not read"):
        find_files([folder / "image.png"])


def test_identity_depends_on_the_relative_name_only(folder: Path) -> None:
    file = FoundFile(folder / "b.txt", "b.txt")
    first = read_document(file)
    (folder / "b.txt").write_text("新的正文。", "utf-8")
    second = read_document(file)
    assert first.ref.id == second.ref.id == document_id("b.txt")
    assert first.sha256 != second.sha256
    assert len(first.ref.id) == 16
    assert int(first.ref.id, 16) >= 0
    assert document_id("a/b.txt") != document_id("b.txt")


def test_read_keeps_the_source_and_says_how(tmp_path: Path) -> None:
    file = tmp_path / "国标.txt"
    file.write_bytes("标题\r\n\r\n正文第一句。\r\n".encode("gb18030"))
    document = read_document(FoundFile(file, "国标.txt"))
    assert document.source == "标题\r\n\r\n正文第一句。\r\n"
    assert document.encoding == "gb18030"
    assert document.warnings == ()
    assert document.garble == 0.0


def test_garbled_files_get_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "乱码.txt"
    file.write_text("联合国环境署案例".encode("gbk").decode("latin-1") * 5, "utf-8")
    document = read_document(FoundFile(file, "乱码.txt"))
    assert document.garble > 0.5
    assert len(document.warnings) == 1


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"\xff\xfe\x00"])
def test_errors_name_the_file(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "坏.txt"
    file.write_bytes(data)
    with pytest.raises(DocumentError, match=r"子/坏\.txt"):
        read_document(FoundFile(file, "子/坏.txt"))
    with pytest.raises(DocumentError, match="cannot be read"):
        read_document(FoundFile(tmp_path / "gone.txt", "gone.txt"))


SEED_TITLES = {
    "000": "湖州拿出了什么？",
    "001": "保尔森可持续发展奖 案例集·2022",
    "002": "2023生物多样性友好城市主题活动在浙江省宁波市成功举办",
    "003": "深化生态环境领域国际合作 助力建设人与自然和谐共生的现代化",
    "004": "携手迈向绿色可持续未来 中外专家齐聚深圳 共谋绿色“一带一路”",
}


def test_seed_titles() -> None:
    assert {file.path[:3]: read_document(file).ref.title for file in find_files([SEEDS])} == SEED_TITLES


PROSE = "正文从这里开始，第一句话比较长，一直写到这一行的最后才结束，没有什么标题可言。"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"# 手册\n\n{PROSE}", "手册"),
        (f"记者 张三\n\n标题在此\n\n{PROSE}", "标题在此"),
        (
            f"甲大学\n\n乙基金会\n\n二〇二二\n\n城市可持续发展研究\n\n年度报告\n\n{PROSE}",
            "城市可持续发展研究 年度报告",
        ),
        (f"The Quiet Harbour\n\n{PROSE}", "The Quiet Harbour"),
        (PROSE, ""),
        ("", ""),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_of(text) == title


def test_a_file_without_a_title_goes_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "说明.txt"
    file.write_text(PROSE, "utf-8")
    assert read_document(FoundFile(file, "说明.txt")).ref.title == "说明"


def test_formats_are_lower_case_endings() -> None:
    assert set(FORMATS) >= {".txt", ".md", ".text", ".markdown"}
    assert all(ending == ending.lower() and ending.startswith(".") for ending in FORMATS)
