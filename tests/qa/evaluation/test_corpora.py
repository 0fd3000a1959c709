"""BEIR folders and SQuAD-style files: read, refused with every problem, and indexed."""

import json
from pathlib import Path
from typing import Any

import pytest

from embeddings.static_encoder import bundled_encoder
from qa.errors import GoldError
from qa.evaluation.corpora import index_corpus, is_corpus, read_beir, read_corpus, read_squad
from qa.evaluation.evaluate import evaluate
from qa.evaluation.report import Unit

CORPUS = [
    {"_id": "p1", "title": "河长", "text": "河长每周巡查一次河道，记下水质和水位。"},
    {"_id": "p 2/..", "title": "", "text": "湖长每月巡查一次湖泊，清理水面的垃圾。"},
    {"_id": "p3", "text": "林长每季度巡查一次山林，防备火灾。"},
]
QUERIES = [{"_id": "q1", "text": "河长多久巡查一次？"}, {"_id": "q2", "text": "谁清理湖面？"}]
QRELS = ["query-id\tcorpus-id\tscore", "q1\tp1\t1", "q2\tp 2/..\t2"]


def lines(entries: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def beir_folder(folder: Path, **files: str) -> Path:
    contents = {"corpus": lines(CORPUS), "queries": lines(QUERIES), "qrels": "\n".join(QRELS)} | files
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(contents["corpus"], encoding="utf-8")
    (folder / "queries.jsonl").write_text(contents["queries"], encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(contents["qrels"], encoding="utf-8")
    if "answers" in contents:
        (folder / "answers.jsonl").write_text(contents["answers"], encoding="utf-8")
    return folder


def squad_file(folder: Path, data: Any) -> Path:
    file = folder / "squad.json"
    file.write_text(json.dumps({"version": "1", "data": data}, ensure_ascii=False), encoding="utf-8")
    return file


CONTEXT = "河长每周巡查一次河道。河长记下水质。"


def article(*questions: dict[str, Any], context: str = CONTEXT) -> dict[str, Any]:
    return {"title": "河", "paragraphs": [{"context": context, "qas": list(questions)}]}


def asked(key: str = "q1", **fields: Any) -> dict[str, Any]:
    whole = {
        "id": key,
        "question": "多久巡查一次？",
        "answers": [{"text": "每周", "answer_start": 2}],
    }
    return whole | fields


def test_a_beir_folder_is_read_and_its_ids_are_never_paths(tmp_path: Path) -> None:
    corpus = read_beir(beir_folder(tmp_path / "set", answers=lines([{"_id": "q1", "answers": ["每周"]}])))
    assert (corpus.gold.name, corpus.gold.unit, corpus.gold.split) == ("set", Unit.DOCUMENT, "test")
    assert sorted(corpus.ids.values()) == ["p 2/..", "p1", "p3"]
    assert all("/" not in path and ".." not in path for path in corpus.ids)
    first, second = corpus.gold.questions
    assert first.answers == ("每周",)
    assert {corpus.ids[path]: grade for path, grade in second.documents.items()} == {"p 2/..": 2}
    assert corpus.texts[0].text == "河长每周巡查一次河道，记下水质和水位。"


def test_a_title_that_the_text_does_not_begin_with_is_put_above_it(tmp_path: Path) -> None:
    titled = [{"_id": "p1", "title": "巡查", "text": "河长每周巡查一次。"}]
    folder = beir_folder(
        tmp_path / "set", corpus=lines(titled), queries=lines(QUERIES[:1]), qrels="q1\tp1\t1\n"
    )
    assert read_beir(folder).texts[0].text == "巡查\n\n河长每周巡查一次。"


def test_queries_without_a_relevant_document_and_empty_ones_are_mentioned(tmp_path: Path) -> None:
    folder = beir_folder(
        tmp_path / "set",
        queries=lines([*QUERIES, {"_id": "q3", "text": " "}]),
        qrels="q1\tp1\t0\nq2\tp3\t1\nq3\tp1\t1\n",
    )
    gold = read_beir(folder).gold
    assert [question.id for question in gold.questions] == ["q2", "q3"]
    assert gold.warnings == (
        "1 queries without a relevant document are passed over.",
        "1 queries are empty; they count as having found nothing.",
    )


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"corpus": ""}, "corpus.jsonl: it is empty"),
        ({"corpus": '{"_id": "p1"\n'}, "corpus.jsonl, line 1: it is not JSON"),
        ({"corpus": '{"id": "p1", "text": "x"}\n'}, "corpus.jsonl, line 1: the field '_id' is not there"),
        ({"corpus": lines([*CORPUS, CORPUS[0]])}, "corpus.jsonl, line 4: the _id 'p1' is there twice"),
        ({"corpus": '{"_id": "p1", "text": 5}\n'}, "line 1: the field 'text' is not a text"),
        ({"qrels": "q1\tp1\n"}, "test.tsv, line 1: it is not a judgement"),
        ({"qrels": "q1\tp1\tgood\n"}, "test.tsv, line 1: it is not a judgement"),
        ({"qrels": "q1\tp9\t1\n"}, "test.tsv, line 1: corpus.jsonl has no passage 'p9'"),
        ({"qrels": "q9\tp1\t1\n"}, "test.tsv, line 1: queries.jsonl has no query 'q9'"),
        ({"qrels": "q1\tp1\t0\n"}, "no query has a relevant document"),
    ],
)
def test_what_is_wrong_with_a_beir_folder_is_told(tmp_path: Path, files: dict[str, str], says: str) -> None:
    with pytest.raises(GoldError) as caught:
        read_beir(beir_folder(tmp_path / "set", **files))
    assert says in str(caught.value)


def test_all_problems_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "bare" / "qrels").mkdir(parents=True)
    with pytest.raises(GoldError) as caught:
        read_beir(tmp_path / "bare", "dev")
    assert [str(problem).split(":")[0].split("/")[-1] for problem in caught.value.problems] == [
        "corpus.jsonl",
        "queries.jsonl",
        "dev.tsv",
    ]


def test_a_squad_file_is_read_with_answers_as_evidence(tmp_path: Path) -> None:
    corpus = read_squad(
        squad_file(
            tmp_path,
            [
                article(asked(), asked("q2", answers=[], is_impossible=True)),
                article(asked("q3"), context="湖长每周巡查。"),
                article(asked("q4"), context=CONTEXT),
            ],
        )
    )
    assert corpus.gold.unit is Unit.SPAN
    assert len(corpus.texts) == 2  # the same paragraph twice is one document
    first, impossible, _, _ = corpus.gold.questions
    (span,) = first.evidence[0].spans
    assert CONTEXT[span.start : span.end] == "每周"
    assert first.answers == ("每周",)
    assert (impossible.answerable, impossible.type) == (False, "unanswerable")


def test_a_stated_offset_that_is_off_gives_the_nearest_place(tmp_path: Path) -> None:
    context = "河长每周巡查，湖长每周巡查。"
    answers = [{"text": "每周", "answer_start": 10}]
    gold = read_squad(squad_file(tmp_path, [article(asked(answers=answers), context=context)])).gold
    assert gold.questions[0].evidence[0].spans[0].start == 9


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([article(asked(answers=[{"text": "每月", "answer_start": 2}]))], "question q1: the answer '每月'"),
        ([article(asked(answers=[]))], "question q1: it has no answer"),
        ([article(asked(), asked())], "question q1: its id is there twice"),
        ([{"paragraphs": [{"context": CONTEXT}]}], "an entry is not as in SQuAD"),
        ([], "it holds no question"),
    ],
)
def test_what_is_wrong_with_a_squad_file_is_told(tmp_path: Path, data: Any, says: str) -> None:
    with pytest.raises(GoldError) as caught:
        read_squad(squad_file(tmp_path, data))
    assert says in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", '{"data"}', '{"rows": []}'])
def test_other_json_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(GoldError, match="it is no SQuAD-style JSON"):
        read_squad(file)


def test_a_corpus_is_known_by_its_kind(tmp_path: Path) -> None:
    assert is_corpus(tmp_path)
    assert is_corpus(Path("dev.JSON"))
    assert not is_corpus(Path("gold.jsonl"))
    with pytest.raises(GoldError, match="no such file or folder"):
        is_corpus(Path("gold.txt"))


def test_a_folder_of_something_else_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="it is no BEIR folder"):
        read_beir(tmp_path)


@pytest.mark.parametrize("kind", ["beir", "squad"])
def test_a_corpus_is_indexed_and_evaluated_where_it_stands(tmp_path: Path, kind: str) -> None:
    source = (
        beir_folder(tmp_path / "set")
        if kind == "beir"
        else squad_file(tmp_path, [article(asked(question="河长多久巡查一次？"))])
    )
    corpus = index_corpus(read_corpus(source), tmp_path / "collection", bundled_encoder(), lambda *_: None)
    report = evaluate(tmp_path / "collection", corpus.gold).report
    assert report.documents == len(corpus.texts)
    assert report.runs[0].overall.metrics["recall@5"].mean == 1.0
    assert report.runs[0].overall.metrics["citation_exact"].mean == 1.0
    if kind == "squad":
        assert report.runs[0].questions[0].evidence[0].text == "每周"


def test_texts_that_cannot_be_indexed_are_named(tmp_path: Path) -> None:
    empty = [*CORPUS, {"_id": "p4", "text": ""}]
    corpus = read_beir(beir_folder(tmp_path / "set", corpus=lines(empty)))
    corpus = index_corpus(corpus, tmp_path / "collection", bundled_encoder(), lambda *_: None)
    assert corpus.gold.warnings == ("1 texts of the corpus are not indexed (empty or unreadable): p4 …",)
