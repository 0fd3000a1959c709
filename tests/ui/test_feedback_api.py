"""``POST /v1/feedback`` over a real bot, in process: what is said lands in the review file, word for word."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import qa.bot
from qa.bot import Bot
from qa.feedback import MAX_COMMENT, MAX_PASSAGE, MAX_PASSAGES, FeedbackStore, Rating
from qa.layout import FEEDBACK_FILE
from qa.queries import MAX_CHARACTERS
from ui.api import create_api

QUESTION = "蓝鲸站站长是谁？"
SOURCE = "蓝鲸站在海\r\n边。蓝鲸站站长是张三，\n今年四十岁。\n"
LONG = "长" * 5_000

# As sent, and as kept: line ends and control characters are spaces, everything else stays.
HOSTILE = {
    '{"format": 1, "id": "x"}\n{"format": 1}': '{"format": 1, "id": "x"} {"format": 1}',
    "<script>alert(1)</script><img src=x onerror=alert(1)>": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    'a"\\",\\u0000 \u2028\u2029\x85 b': 'a"\\",\\u0000 \u2028\u2029  b',
    "=cmd|' /C calc'!A0": "=cmd|' /C calc'!A0",
    "👩‍👩‍👧 𠮷 ￼": "👩‍👩‍👧 𠮷 ￼",
}


@pytest.fixture
def bot(bot_over: Callable[[dict[str, str | bytes]], Bot]) -> Bot:
    return bot_over({"鲸.txt": SOURCE, "sub/long.txt": LONG})


@pytest.fixture
def client(bot: Bot) -> Iterator[TestClient]:
    with TestClient(create_api(bot), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def store(bot: Bot, tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "data" / "default")


def ids(bot: Bot) -> dict[str, str]:
    return {document.ref.path: document.ref.id for document in bot.documents()}


def test_a_rating_a_comment_and_passages_are_kept_with_the_exact_quote(
    client: TestClient, bot: Bot, store: FeedbackStore
) -> None:
    start = SOURCE.index("蓝鲸站站长")
    body = {
        "question": QUESTION,
        "rating": "down",
        "comment": "应该是李四",
        "passages": [{"document": ids(bot)["鲸.txt"], "start": start, "end": len(SOURCE)}],
    }
    response = client.post("/v1/feedback", json=body)
    assert response.status_code == 201
    (kept,) = store.pending()
    assert response.json() == {"id": kept.id, "collection": "default"}
    assert (kept.question, kept.rating, kept.comment) == (QUESTION, Rating.DOWN, "应该是李四")
    (passage,) = kept.passages
    assert (passage.path, passage.start, passage.end) == ("鲸.txt", start, len(SOURCE))
    assert passage.quote == SOURCE[start:]


def test_what_a_search_gives_can_be_sent_back_as_it_is(
    client: TestClient, bot: Bot, store: FeedbackStore
) -> None:
    hit = client.post("/v1/search", json={"question": QUESTION}).json()["hits"][0]
    span = {"document": hit["document"]["id"], "start": hit["start"], "end": hit["end"]}
    assert client.post("/v1/feedback", json={"question": QUESTION, "passages": [span]}).status_code == 201
    assert store.all()[0].passages[0].quote == hit["quote"]


@pytest.mark.parametrize("said", [{"rating": "up"}, {"comment": "好"}, {"rating": "up", "comment": ""}])
def test_one_thing_said_is_enough(client: TestClient, store: FeedbackStore, said: dict[str, str]) -> None:
    assert client.post("/v1/feedback", json={"question": QUESTION, **said}).status_code == 201
    assert len(store.all()) == 1


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({}, 422, "says nothing"),
        ({"comment": " \x00\n\t "}, 422, "says nothing"),
        ({"passages": []}, 422, "says nothing"),
        ({"rating": "sideways"}, 422, "rating"),
        ({"rating": 1}, 422, "rating"),
        ({"comment": 5}, 422, "comment"),
        ({"comment": "长" * (MAX_COMMENT + 1)}, 422, "comment"),
        ({"comment": "好", "question": ""}, 422, "empty"),
        ({"comment": "好", "question": "？！"}, 422, "punctuation"),
        ({"comment": "好", "question": "长" * (MAX_CHARACTERS + 1)}, 422, "2,001"),
        ({"comment": "好", "question": None}, 422, "question"),
        ({"comment": "\ud800"}, 422, "comment"),
        ({"comment": "好", "colour": "red"}, 422, "colour"),
        ({"passages": [{"document": "none", "start": 0, "end": 1}]}, 404, "none"),
        ({"passages": [{"document": "../../etc/passwd", "start": 0, "end": 1}]}, 404, "passwd"),
        ({"passages": [{"document": "鲸.txt", "start": -1, "end": 1}]}, 422, "start"),
        ({"passages": [{"document": "鲸.txt", "start": 0, "end": 0}]}, 422, "end"),
        ({"passages": [{"document": "鲸.txt", "start": 5, "end": 5}]}, 422, "5 to 5"),
        ({"passages": [{"document": "鲸.txt", "start": 5, "end": 4}]}, 422, "5 to 4"),
        ({"passages": [{"document": "鲸.txt", "start": 0, "end": len(SOURCE) + 1}]}, 422, "no span"),
        ({"passages": [{"document": "鲸.txt", "start": 0, "end": 10**30}]}, 422, "no span"),
        ({"passages": [{"document": "鲸.txt", "start": "a", "end": 1}]}, 422, "start"),
        ({"passages": [{"document": "鲸.txt", "start": 0}]}, 422, "end"),
        ({"passages": [{"document": "鲸.txt", "start": 0, "end": 1, "quote": "x"}]}, 422, "quote"),
        ({"passages": "all"}, 422, "passages"),
        ({"passages": [{"document": "鲸.txt", "start": 0, "end": 1}] * (MAX_PASSAGES + 1)}, 422, "passages"),
        ({"passages": [{"document": "sub/long.txt", "start": 0, "end": MAX_PASSAGE + 1}]}, 422, "2,001"),
        ({"comment": "好", "collection": "none"}, 404, "no documents yet"),
        ({"comment": "好", "collection": "../etc"}, 409, "not a name"),
    ],
)
def test_what_cannot_be_kept_is_a_problem_and_leaves_nothing(
    client: TestClient,
    bot: Bot,
    store: FeedbackStore,
    tmp_path: Path,
    changed: dict[str, Any],
    status: int,
    says: str,
) -> None:
    body = {"question": QUESTION, **changed}
    known = ids(bot)
    for span in body.get("passages", []):
        if isinstance(span, dict):
            span["document"] = known.get(span["document"], span["document"])
    # Written by hand: half a surrogate pair passes Python's JSON, but not the test client's.
    response = client.post(
        "/v1/feedback", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert says in problem["detail"]
    assert problem["remedy"]
    assert "Traceback" not in response.text
    assert store.all() == []
    assert not (tmp_path / "data" / "none").exists()


@pytest.mark.parametrize(("sent", "kept"), HOSTILE.items())
def test_text_that_looks_like_markup_or_json_stays_text(
    client: TestClient, store: FeedbackStore, tmp_path: Path, sent: str, kept: str
) -> None:
    body = {"question": f"问{sent}", "comment": sent}
    assert client.post("/v1/feedback", json=body).status_code == 201
    assert client.post("/v1/feedback", json={"question": QUESTION, "rating": "up"}).status_code == 201
    first, second = store.all()
    assert (first.question, first.comment, first.rating) == (f"问{kept}", kept, None)
    assert (second.question, second.comment, second.rating) == (QUESTION, "", Rating.UP)
    text = (tmp_path / "data" / "default" / FEEDBACK_FILE).read_text(encoding="utf-8")
    assert len(text.splitlines()) == 2


def test_control_characters_are_dropped(client: TestClient, store: FeedbackStore) -> None:
    body = {"question": "湖\x00州\x1b[2J？", "comment": "看\x1b]0;pwned\x07这里\r\n{}\n"}
    assert client.post("/v1/feedback", json=body).status_code == 201
    (kept,) = store.all()
    assert kept.question == "湖 州 [2J？"
    assert kept.comment == "看 ]0;pwned 这里 {}"


def test_eight_readers_at_once_all_land_as_whole_lines(
    client: TestClient, store: FeedbackStore, tmp_path: Path
) -> None:
    def send(reader: int) -> list[int]:
        return [
            client.post(
                "/v1/feedback", json={"question": QUESTION, "comment": f"{reader}-{n} " + "长" * 900}
            ).status_code
            for n in range(10)
        ]

    with ThreadPoolExecutor(8) as readers:
        statuses = [status for each in readers.map(send, range(8)) for status in each]
    assert statuses == [201] * 80
    assert {feedback.comment.split()[0] for feedback in store.all()} == {
        f"{reader}-{n}" for reader in range(8) for n in range(10)
    }
    assert len({feedback.id for feedback in store.all()}) == 80
    assert (tmp_path / "data" / "default" / FEEDBACK_FILE).read_bytes().count(b"\n") == 80


def test_a_full_review_file_is_told_and_stays_as_it_is(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "FeedbackStore", lambda folder: FeedbackStore(folder, limit=300))
    body = {"question": QUESTION, "rating": "up"}
    assert client.post("/v1/feedback", json=body).status_code == 201
    before = (tmp_path / "data" / "default" / FEEDBACK_FILE).read_bytes()
    response = client.post("/v1/feedback", json=body)
    assert response.status_code == 503
    assert "yinju eval" in response.json()["remedy"]
    assert (tmp_path / "data" / "default" / FEEDBACK_FILE).read_bytes() == before


def test_the_route_and_its_errors_are_documented(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    operation = schema["paths"]["/v1/feedback"]["post"]
    assert set(operation["responses"]) >= {"201", "400", "404", "409", "422", "503"}
    for status in ("404", "422"):
        assert "application/problem+json" in operation["responses"][status]["content"]
    assert set(schema["components"]["schemas"]["FeedbackRequest"]["required"]) == {"question"}
    assert "GET" not in schema["paths"]["/v1/feedback"]
    assert client.get("/v1/feedback").status_code == 405
