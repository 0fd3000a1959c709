"""The HTTP API over a real bot, in process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.bot import Bot
from qa.types import Turn
from ui.api import create_api
from ui.schemas import MAX_MESSAGE, MAX_MESSAGES, Message, turns_of


@pytest.fixture(scope="module")
def client(seed_bot: Bot) -> Iterator[TestClient]:
    with TestClient(create_api(seed_bot), raise_server_exceptions=False) as client:
        yield client


def source_of(client: TestClient, document: dict[str, Any]) -> str:
    return client.get(f"/v1/documents/{document['id']}/source").text


def test_search_gives_hits_whose_quotes_are_slices_of_the_served_source(client: TestClient) -> None:
    body = client.post("/v1/search", json={"question": "湖州有多少种生物？", "k": 3}).json()
    assert body["question"] == "湖州有多少种生物？"
    assert [hit["rank"] for hit in body["hits"]] == [1, 2, 3]
    for hit in body["hits"]:
        assert source_of(client, hit["document"])[hit["start"] : hit["end"]] == hit["quote"]
        assert set(hit["why"]) == {"lexical_rank", "dense_rank", "terms", "scores", "also"}
        assert hit["why"]["also"] == []


@pytest.mark.parametrize("route", ["search", "ask"])
def test_what_was_searched_for_besides_is_told(client: TestClient, route: str) -> None:
    body = client.post(f"/v1/{route}", json={"question": "朱环的种群数量是多少？"}).json()
    hits = body["hits" if route == "search" else "passages"]
    assert body["question"] == "朱环的种群数量是多少？"
    assert hits
    assert all(hit["why"]["also"] == ["朱鹮"] for hit in hits)


def test_a_follow_up_is_answered_from_the_history_and_says_what_was_searched(client: TestClient) -> None:
    history = [
        {"role": "user", "content": "深圳能源的能源生态园到2021年累计处理了多少生活垃圾？"},
        {"role": "assistant", "content": "截至2021年，项目累计处理生活垃圾3063万吨。 [1]"},
    ]
    body = client.post("/v1/ask", json={"question": "节约了多少土地？", "history": history}).json()
    assert body["question"] == "节约了多少土地？"
    assert body["searched_as"] == "深圳能源的能源生态园：节约了多少土地？"
    assert any("127万平方米" in passage["text"] for passage in body["passages"])
    other = client.post("/v1/ask", json={"question": "湖州有多少种生物？", "history": history}).json()
    assert (other["question"], other["searched_as"]) == ("湖州有多少种生物？", None)
    assert client.post("/v1/ask", json={"question": "节约了多少土地？"}).json()["searched_as"] is None
    # A refusal has no text, and a question may have none that can be searched.
    history += [{"role": "user", "content": "？"}, {"role": "assistant", "content": ""}]
    again = client.post("/v1/ask", json={"question": "节约了多少土地？", "history": history}).json()
    assert again["searched_as"] == body["searched_as"]


@pytest.mark.parametrize(
    ("history", "place"),
    [
        ([{"role": "system", "content": "你好"}], "history.0.role"),
        ([{"role": "user"}], "history.0.content"),
        ([{"role": "user", "content": "长" * (MAX_MESSAGE + 1)}], "history.0.content"),
        ([{"role": "user", "content": "你好", "name": "x"}], "history.0.name"),
        ([{"role": "user", "content": "你好"}] * (MAX_MESSAGES + 1), "history"),
        ("你好", "history"),
    ],
)
def test_a_history_that_does_not_fit_is_a_problem_that_names_the_place(
    client: TestClient, history: Any, place: str
) -> None:
    response = client.post("/v1/ask", json={"question": "它有多少种？", "history": history})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert repr(place) in response.json()["detail"]


def test_messages_become_turns_whatever_their_order() -> None:
    said = [("assistant", "a"), ("user", "b"), ("user", "c"), ("assistant", "d"), ("assistant", "e")]
    turns = turns_of([Message(role=role, content=content) for role, content in said])
    assert turns == [Turn("b"), Turn("c", "d")]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_search_takes_the_mode(client: TestClient, mode: str) -> None:
    response = client.post("/v1/search", json={"question": "竹林碳汇", "mode": mode})
    assert response.status_code == 200
    assert response.json()["hits"]


def test_ask_answers_with_exact_citations(client: TestClient) -> None:
    body = client.post("/v1/ask", json={"question": "湖州全域生物物种达到多少种？"}).json()
    assert body["answered"] is True
    assert "8460" in body["answer"]
    assert body["mode"] == "extractive"
    assert 0 <= body["confidence"] <= 1
    for citation in body["citations"]:
        assert (
            source_of(client, citation["document"])[citation["start"] : citation["end"]] == citation["quote"]
        )


def test_ask_refuses_with_a_reason_and_the_nearest_passages(client: TestClient) -> None:
    body = client.post("/v1/ask", json={"question": "红烧肉怎么做才好吃？"}).json()
    assert body["answered"] is False
    assert body["reason"]
    assert body["answer"] == ""
    assert body["citations"] == []
    assert body["passages"]


def test_documents_are_listed_told_and_given(client: TestClient) -> None:
    listed = client.get("/v1/documents").json()["documents"]
    assert len(listed) == 5
    for document in listed:
        assert client.get(f"/v1/documents/{document['id']}").json() == document
        response = client.get(f"/v1/documents/{document['id']}/source")
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert len(response.text) == document["characters"]


def test_the_source_is_the_file_byte_for_byte(client: TestClient) -> None:
    folder = Path(__file__).resolve().parents[2] / "seeds" / "documents"
    for document in client.get("/v1/documents").json()["documents"]:
        served = client.get(f"/v1/documents/{document['id']}/source").content
        assert served == (folder / document["path"]).read_bytes()


def test_health_and_readiness(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert (ready["status"], ready["documents"]) == ("ready", 5)
    with TestClient(create_api(Bot(tmp_path)), raise_server_exceptions=False) as empty:
        assert empty.get("/healthz").status_code == 200
        assert empty.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/v1/ask", {"question": ""}, 422, "empty"),
        ("POST", "/v1/ask", {"question": "？？！"}, 422, "punctuation"),
        ("POST", "/v1/ask", {"question": "😀"}, 422, "symbols"),
        ("POST", "/v1/ask", {"question": "\x00"}, 422, "empty"),
        ("POST", "/v1/ask", {"question": "湖" * 100_000}, 422, "100,000"),
        ("POST", "/v1/ask", {}, 422, "question"),
        ("POST", "/v1/ask", {"question": 5}, 422, "question"),
        ("POST", "/v1/ask", {"question": "湖州", "k": 0}, 422, "'k'"),
        ("POST", "/v1/ask", {"question": "湖州", "colour": "red"}, 422, "colour"),
        ("POST", "/v1/ask", {"question": "湖州", "collection": "../etc"}, 409, "not a name"),
        ("POST", "/v1/ask", {"question": "湖州", "collection": "none"}, 404, "no documents yet"),
        ("POST", "/v1/search", {"question": "湖州", "mode": "magic"}, 422, "mode"),
        ("GET", "/v1/documents/nothing", None, 404, "nothing"),
        ("GET", "/v1/documents/nothing/source", None, 404, "nothing"),
        ("GET", "/v1/nothing", None, 404, "Not Found"),
        ("DELETE", "/v1/ask", None, 405, "Method Not Allowed"),
    ],
)
def test_errors_are_problem_json(
    client: TestClient, method: str, path: str, body: object, status: int, says: str
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert says in problem["detail"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"", b"[]", b'"x"'])
def test_bodies_that_are_no_object_are_problems_too(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


def test_every_route_and_its_errors_are_in_openapi(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {
        "/v1/search",
        "/v1/ask",
        "/v1/documents",
        "/v1/documents/{document_id}",
        "/v1/documents/{document_id}/source",
        "/healthz",
        "/readyz",
    } <= set(paths)
    for name, methods in paths.items():
        for operation in methods.values():
            if name.startswith("/v1/") and "{path}" not in name:
                assert "application/problem+json" in operation["responses"]["422"]["content"], name


def test_the_docs_page_loads_from_this_server_only(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "https://" not in page.replace("https://github.com", "")
    assert "//cdn" not in page
