"""What questions from elsewhere come to in a collection, and when it is asked anew."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embeddings.static_encoder import bundled_encoder
from qa.bot import Bot
from qa.cohort import K, cohort, usual_odds
from qa.collection import open_snapshot
from qa.confidence import READING_BOUND, reading_odds, shipped_calibration
from qa.errors import CollectionError
from qa.generations import current_generation
from qa.indexing import index_paths
from qa.queries import make_query
from qa.retrieval import find
from qa.types import Language

Make = Callable[[dict[str, str | bytes]], Bot]


def manifest_file(collection: Path) -> Path:
    generation = current_generation(collection)
    return collection / "generations" / f"{generation:06d}" / "manifest.json"


def test_the_cohort_has_questions_in_both_languages_each_once() -> None:
    for language, questions in cohort().items():
        assert len(questions) == len(set(questions)) > 30
        assert {make_query(question).language for question in questions} == {language}


def test_the_odds_are_the_median_of_those_of_single_questions(bot_over: Make) -> None:
    snapshot = bot_over(
        {"a.txt": "河道每周巡查一次。巡查由河长负责。", "b.txt": "雪豹在高原上生活。"}
    ).snapshot()
    asked: list[tuple[int, int]] = []
    usual = usual_odds(snapshot, lambda done, total: asked.append((done, total)))
    for language, questions in cohort().items():
        odds = [reading_odds(find(snapshot, make_query(question), k=K)) for question in questions]
        assert usual[language.value] == pytest.approx(np.median(odds), abs=1e-3)
        assert abs(usual[language.value]) <= READING_BOUND
    total = sum(map(len, cohort().values()))
    assert asked[0] == (0, total)
    assert asked[-1] == (total, total)
    assert dict(snapshot.manifest.usual) == usual


def test_chance_finds_more_in_more_passages(seed_bot: Bot, bot_over: Make) -> None:
    few = bot_over({"a.txt": "河道每周巡查一次。"}).snapshot().manifest.usual
    many = seed_bot.snapshot().manifest.usual
    assert all(few[language.value] < many[language.value] - 1 for language in Language)


def test_what_is_usual_never_speaks_for_an_answer() -> None:
    weights = shipped_calibration().weights
    assert all(weights[language]["usual"] <= 0 for language in Language)
    assert any(weights[language]["usual"] < -0.05 for language in Language)


def test_a_collection_is_asked_anew_whenever_it_changes(tmp_path: Path) -> None:
    texts, collection = tmp_path / "texts", tmp_path / "data" / "default"
    texts.mkdir()
    (texts / "a.txt").write_text("河道每周巡查一次。", encoding="utf-8")
    index_paths(collection, [texts], bundled_encoder())
    (texts / "b.txt").write_text("雪豹生活在青藏高原，2020年共有1200只。", encoding="utf-8")
    index_paths(collection, [texts], bundled_encoder())
    snapshot = open_snapshot(collection)
    assert dict(snapshot.manifest.usual) == usual_odds(snapshot, lambda *_: None)
    snapshot.catalogue.close()


def test_an_index_that_was_asked_by_another_reader_is_refused_and_mended(tmp_path: Path) -> None:
    texts, collection = tmp_path / "texts", tmp_path / "data" / "default"
    texts.mkdir()
    (texts / "a.txt").write_text("河道每周巡查一次。", encoding="utf-8")
    index_paths(collection, [texts], bundled_encoder())
    file = manifest_file(collection)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"reader": "0" * 16}), encoding="utf-8")
    with pytest.raises(CollectionError, match="another bundled model"):
        open_snapshot(collection)
    assert index_paths(collection, [texts], bundled_encoder()).embedded == 0
    open_snapshot(collection).catalogue.close()


def test_a_rebuild_mends_what_names_no_generation(tmp_path: Path) -> None:
    texts, collection = tmp_path / "texts", tmp_path / "data" / "default"
    texts.mkdir()
    (texts / "a.txt").write_text("河道每周巡查一次。", encoding="utf-8")
    index_paths(collection, [texts], bundled_encoder())
    (collection / "CURRENT").write_text("garbage", encoding="ascii")
    index_paths(collection, [texts], bundled_encoder(), rebuild=True)
    open_snapshot(collection).catalogue.close()
