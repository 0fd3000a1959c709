"""A question as the reader sees it, in collections of its own and of other tokens."""

import shutil
from pathlib import Path

import numpy as np

from embeddings.reader import bundled_reader
from embeddings.static_encoder import BUNDLED_MODEL, StaticEncoder, bundled_encoder
from qa.bot import Bot
from qa.indexing import index_paths
from qa.matching import content_tokens
from qa.queries import make_query
from qa.reading import asked, read_passages
from qa.retrieval import find


def test_rarity_is_told_by_the_collection_where_its_tokens_are_the_same(seed_bot: Bot) -> None:
    snapshot, query = seed_bot.snapshot(), make_query("湖州有多少种生物？")
    question = asked(snapshot, bundled_encoder(), query, content_tokens(snapshot, query))
    np.testing.assert_array_equal(question.idf, snapshot.tokens.idf(question.ids))


def test_rarity_is_not_told_by_a_collection_of_other_tokens(tmp_path: Path) -> None:
    """Even where the vocabularies are of one size."""
    shutil.copytree(BUNDLED_MODEL, tmp_path / "model")
    tokenizer = tmp_path / "model" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("湖州有8460种生物。", encoding="utf-8")
    other = StaticEncoder(tmp_path / "model", str(tmp_path / "model"))
    assert other.vocabulary == bundled_encoder().vocabulary
    index_paths(tmp_path / "data" / "default", [tmp_path / "texts"], other)
    bot = Bot(tmp_path / "data")
    snapshot, query = bot.snapshot(), make_query("湖州有多少种生物？")
    assert snapshot.static.tokenizer_digest != bundled_encoder().tokenizer_digest
    question = asked(snapshot, bundled_encoder(), query, content_tokens(snapshot, query))
    np.testing.assert_array_equal(question.idf, bundled_encoder().token_lengths[question.ids])
    bot.close()


def test_every_sentence_is_read_with_the_share_of_the_question_that_it_holds(seed_bot: Bot) -> None:
    snapshot, query = seed_bot.snapshot(), make_query("湖州有多少种生物？")
    content = content_tokens(snapshot, query)
    passages = [hit.passage for hit in find(snapshot, query, k=3).hits]
    for passage, reading in zip(
        passages, read_passages(snapshot, bundled_reader(), query, content, passages), strict=True
    ):
        texts = [passage.text[each.text_start : each.text_end] for each in passage.sentences]
        assert len(reading.sentences) == len(reading.starts) == len(reading.ends) == len(texts)
        np.testing.assert_allclose(reading.coverage, [content.coverage(text) for text in texts], atol=1e-6)
