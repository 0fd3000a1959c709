"""Indexing keeps a collection in step with its folders, loses nothing and skips what it cannot read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.static_encoder import bundled_encoder
from qa.bot import Bot
from qa.catalogue import Catalogue
from qa.errors import CollectionError, DocumentError
from qa.generations import FORMAT_VERSION, current_generation
from qa.indexing import index_paths
from qa.layout import CATALOGUE_FILE
from qa.lock import index_lock
from qa.types import IndexReport

BAMBOO = "安吉首创全国县级竹林碳汇收储交易平台。年收益的八成反哺村集体和农户。"
BUSES = "深圳的公共汽车全部改为电动，出租车也是。"
PONDS = "桑基鱼塘是传承千年的农业文化遗产。"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bamboo.txt").write_text(BAMBOO, encoding="utf-8")
    (folder / "buses.txt").write_text(BUSES, encoding="utf-8")
    return folder


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    return tmp_path / "data" / "default"


def index(collection: Path, *paths: Path, rebuild: bool = False) -> IndexReport:
    return index_paths(collection, paths, bundled_encoder(), rebuild=rebuild)


def first_path(collection: Path, question: str) -> str:
    bot = Bot(collection.parent)
    try:
        return bot.search(question, k=1)[0].document.path
    finally:
        bot.close()


def paths_of(collection: Path) -> set[str]:
    catalogue = Catalogue(collection / CATALOGUE_FILE)
    try:
        return {document.ref.path for document in catalogue.documents()}
    finally:
        catalogue.close()


def test_a_folder_becomes_searchable(folder: Path, collection: Path) -> None:
    report = index(collection, folder)
    assert sorted(report.added) == ["bamboo.txt", "buses.txt"]
    assert (report.documents, report.passages, report.embedded) == (2, 2, 2)
    assert first_path(collection, "竹林碳汇") == "bamboo.txt"


def test_nothing_changed_embeds_nothing_and_keeps_the_generation(folder: Path, collection: Path) -> None:
    index(collection, folder)
    report = index(collection, folder)
    assert (report.unchanged, report.embedded, list(report.added)) == (2, 0, [])
    assert current_generation(collection) == 1


def test_changes_additions_and_removals_are_all_taken_up(folder: Path, collection: Path) -> None:
    index(collection, folder)
    (folder / "buses.txt").unlink()
    (folder / "bamboo.txt").write_text(BAMBOO + "价格由市场决定。", encoding="utf-8")
    (folder / "ponds.txt").write_text(PONDS, encoding="utf-8")
    report = index(collection, folder)
    assert (list(report.added), list(report.changed), list(report.removed)) == (
        ["ponds.txt"],
        ["bamboo.txt"],
        ["buses.txt"],
    )
    assert paths_of(collection) == {"bamboo.txt", "ponds.txt"}
    bot = Bot(collection.parent)
    found = bot.search("深圳公共汽车电动出租车", k=10)
    assert "buses.txt" not in {hit.document.path for hit in found}
    bot.close()


def test_only_changed_passages_are_embedded_again(folder: Path, collection: Path) -> None:
    index(collection, folder)
    (folder / "buses.txt").write_text(BUSES + "这是世界第一。", encoding="utf-8")
    assert index(collection, folder).embedded == 1
    assert index(collection, folder, rebuild=True).embedded == 2


def test_other_folders_stay_and_equal_names_do_not_clash(
    folder: Path, collection: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "buses.txt").write_text(PONDS, encoding="utf-8")
    index(collection, folder)
    report = index(collection, other)
    assert report.documents == 3
    bot = Bot(collection.parent)
    assert len({document.ref.id for document in bot.documents()}) == 3
    bot.close()


def test_an_open_bot_takes_up_the_new_generation(folder: Path, collection: Path) -> None:
    index(collection, folder)
    bot = Bot(collection.parent)
    assert len(bot.search("农业文化遗产", k=10)) <= 2
    (folder / "ponds.txt").write_text(PONDS, encoding="utf-8")
    index(collection, folder)
    assert bot.search("农业文化遗产", k=1)[0].document.path == "ponds.txt"
    bot.close()


def test_files_that_cannot_be_read_are_reported_and_the_rest_goes_on(folder: Path, collection: Path) -> None:
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))
    report = index(collection, folder)
    assert {skipped.path for skipped in report.skipped} == {"empty.txt", "picture.txt"}
    assert all(skipped.reason for skipped in report.skipped)
    assert paths_of(collection) == {"bamboo.txt", "buses.txt"}


def test_a_file_that_turns_unreadable_keeps_its_last_good_text(folder: Path, collection: Path) -> None:
    index(collection, folder)
    (folder / "buses.txt").write_bytes(b"\x00\x01\x02" * 100)
    report = index(collection, folder)
    assert [skipped.path for skipped in report.skipped] == ["buses.txt"]
    assert not report.removed
    assert first_path(collection, "公共汽车") == "buses.txt"


def test_encodings_and_names(tmp_path: Path, collection: Path) -> None:
    folder = tmp_path / "文档 一"
    folder.mkdir()
    (folder / "国标 编码.txt").write_bytes((BAMBOO * 3).encode("gbk"))
    (folder / "utf16.txt").write_bytes(BUSES.encode("utf-16"))
    index(collection, folder)
    assert first_path(collection, "竹林碳汇收储") == "国标 编码.txt"
    assert first_path(collection, "公共汽车") == "utf16.txt"


def test_equal_texts_are_both_kept_with_a_warning_and_shown_once(folder: Path, collection: Path) -> None:
    (folder / "copy of bamboo.txt").write_text(BAMBOO, encoding="utf-8")
    report = index(collection, folder)
    assert report.documents == 3
    assert any("the same as" in text for texts in report.warnings.values() for text in texts)
    bot = Bot(collection.parent)
    assert len([hit for hit in bot.search("竹林碳汇", k=5) if hit.passage.text == BAMBOO]) == 1
    bot.close()


def test_a_path_that_does_not_exist_is_refused_and_leaves_nothing(tmp_path: Path, collection: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist"):
        index(collection, tmp_path / "nowhere")
    assert not collection.exists()


def test_a_folder_without_documents_is_refused(tmp_path: Path, collection: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(DocumentError, match="no document"):
        index(collection, tmp_path / "none")


def test_a_second_indexer_is_refused_with_the_pid_of_the_first(folder: Path, collection: Path) -> None:
    collection.mkdir(parents=True)
    with index_lock(collection), pytest.raises(CollectionError, match=f"pid {os.getpid()}"):
        index(collection, folder)
    assert index(collection, folder).documents == 2


def test_a_killed_run_leaves_the_old_state_and_the_next_run_finishes(folder: Path, collection: Path) -> None:
    index(collection, folder)
    (folder / "buses.txt").write_text(PONDS, encoding="utf-8")
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "import qa.indexing\n"
        "from embeddings.static_encoder import bundled_encoder\n"
        "qa.indexing.make_current = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "qa.indexing.index_paths(Path(sys.argv[1]), [Path(sys.argv[2])], bundled_encoder())\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, collection, folder], check=False)
    assert killed.returncode == -9
    assert first_path(collection, "公共汽车") == "buses.txt"
    report = index(collection, folder)
    assert report.embedded == 0
    assert first_path(collection, "桑基鱼塘") == "buses.txt"
    bot = Bot(collection.parent)
    assert all("公共汽车" not in hit.passage.text for hit in bot.search("公共汽车", k=10))
    bot.close()


def test_an_index_of_another_format_is_refused_with_the_remedy(folder: Path, collection: Path) -> None:
    index(collection, folder)
    manifest = collection / "generations" / "000001" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT_VERSION}', '"format": 99'))
    with pytest.raises(CollectionError, match=rf"format 99.*format {FORMAT_VERSION}.*--rebuild"):
        first_path(collection, "公共汽车")
    index(collection, folder, rebuild=True)
    assert first_path(collection, "公共汽车") == "buses.txt"


def test_another_model_than_the_index_was_made_with_is_refused(folder: Path, collection: Path) -> None:
    index(collection, folder)
    manifest = collection / "generations" / "000001" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(bundled_encoder().fingerprint, "0" * 16, 1))
    with pytest.raises(CollectionError, match="was indexed with"):
        first_path(collection, "公共汽车")
