"""Written answers on every face: the HTTP API, the command line, the page, and `yinju eval --llm`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect
from program import ROOT, yinju
from typer.testing import CliRunner

from qa.bot import Bot
from qa.errors import NotFoundError
from qa.generation.endpoint import Endpoint, Writer
from qa.types import Turn
from tests.endpoints import KEY, Script
from ui.api import create_api
from ui.cli import app
from ui.page.gradio import gr
from ui.page.handlers import Handlers
from ui.settings import Settings, SettingsError, load_settings, make_writer
from ui.strings import CHINESE

QUESTION = "湖州全域生物物种达到多少种？"
EARLIER = "青流计划是什么？"
FOLLOW_UP = "有多少商家参与？"
WRITTEN_OUT = "青流计划：有多少商家参与？"
WRITTEN = "湖州全域有生物8460种[1]。其中国家重点保护物种有999种[1]。"


@pytest.fixture
def writer(stub: Script) -> Iterator[Writer]:
    stub.text = WRITTEN
    writer = Writer(Endpoint(stub.base_url, "stub", KEY, timeout=5))
    yield writer
    writer.close()


@pytest.fixture
def client(seed_data: Path, writer: Writer) -> Iterator[TestClient]:
    bot = Bot(seed_data, writer=writer)
    with TestClient(create_api(bot)) as client:
        yield client
    bot.close()


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    """The server-sent events of a stream: name and data."""
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block
    ]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def llm(stub: Script) -> dict[str, str]:
    return {"YINJU_LLM_BASE_URL": stub.base_url, "YINJU_LLM_MODEL": "stub", "YINJU_LLM_API_KEY": KEY}


# -- HTTP


def test_the_api_gives_sentences_with_verdicts_and_citations(client: TestClient) -> None:
    body = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert (body["answered"], body["mode"], body["notice"]) == (True, "llm", None)
    assert [sentence["support"] for sentence in body["sentences"]] == ["supported", "unsupported"]
    assert body["answer"].endswith("（未获引文支持）")
    assert body["sentences"][1]["doubts"] == [{"kind": "figure", "part": "999种"}]
    numbers = {citation["n"]: citation for citation in body["citations"]}
    for sentence in body["sentences"]:
        for number in sentence["citations"]:
            citation = numbers[number]
            source = client.get(f"/v1/documents/{citation['document']['id']}/source").text
            assert source[citation["start"] : citation["end"]] == citation["quote"]
    assert KEY not in json.dumps(body)


def test_the_api_streams_pieces_and_then_the_same_answer(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    *pieces, (name, answer) = events(response.text)
    assert name == "answer"
    assert {name for name, _ in pieces} == {"piece"}
    assert "".join(str(data["text"]) for _, data in pieces) == WRITTEN
    assert answer == client.post("/v1/ask", json={"question": QUESTION}).json()


def test_a_stream_without_an_llm_is_one_answer(seed_bot: Bot) -> None:
    with TestClient(create_api(seed_bot)) as client:
        ((name, answer),) = events(client.post("/v1/ask", json={"question": QUESTION, "stream": True}).text)
    assert (name, answer["mode"], answer["sentences"]) == ("answer", "extractive", [])


@pytest.mark.parametrize("stream", [False, True])
def test_a_follow_up_is_written_out_for_the_llm_too(client: TestClient, stub: Script, stream: bool) -> None:
    stub.text = "共有超过30万商家参与[1]。"
    history = [{"role": "user", "content": EARLIER}]
    response = client.post("/v1/ask", json={"question": FOLLOW_UP, "history": history, "stream": stream})
    body = events(response.text)[-1][1] if stream else response.json()
    assert (body["question"], body["searched_as"], body["mode"]) == (FOLLOW_UP, WRITTEN_OUT, "llm")
    assert f"<question>{WRITTEN_OUT}</question>" in stub.requests[0]["messages"][1]["content"]


def test_what_is_wrong_with_a_question_is_said_before_the_stream(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "？！", "stream": True})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_a_fallback_is_told_by_the_api(client: TestClient, stub: Script) -> None:
    stub.status = [500, 500]
    body = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert (body["answered"], body["mode"], body["sentences"]) == (True, "extractive", [])
    assert "HTTP 500" in body["notice"]
    assert KEY not in json.dumps(body)


def test_a_reader_who_leaves_ends_the_writing(
    server_over: Callable[..., str], stub: Script, writer: Writer
) -> None:
    stub.fault = "endless"
    address = server_over({"a.txt": "河长每周巡查一次河道。"}, writer=writer)
    with (
        httpx2.Client() as client,
        client.stream(
            "POST", f"{address}/v1/ask", json={"question": "河长多久巡查一次河道？", "stream": True}
        ) as response,
    ):
        assert next(response.iter_lines()) == "event: piece"
        assert not stub.left.is_set()
    assert stub.left.wait(10)


# -- command line


def test_ask_prints_the_text_and_marks_what_is_unsupported(
    tmp_path: Path, seed_data: Path, stub: Script
) -> None:
    stub.text = WRITTEN
    done = yinju("ask", QUESTION, "--data", str(seed_data), cwd=tmp_path, **llm(stub))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("湖州全域有生物8460种。 [1] 其中国家重点保护物种有999种。")
    assert lines[0].endswith("（未获引文支持）")
    assert lines[2] == "unsupported: 999种  <- 其中国家重点保护物种有999种。"
    assert KEY not in done.stdout + done.stderr


def test_ask_says_when_it_falls_back_and_can_leave_the_llm_out(
    tmp_path: Path, seed_data: Path, stub: Script
) -> None:
    stub.status = [401]
    fallen = yinju("ask", QUESTION, "--data", str(seed_data), cwd=tmp_path, **llm(stub))
    assert fallen.stdout.startswith("note: ")
    assert "HTTP 401" in fallen.stdout
    assert "8460" in fallen.stdout
    assert KEY not in fallen.stdout + fallen.stderr
    without = yinju("ask", QUESTION, "--no-llm", "--data", str(seed_data), cwd=tmp_path, **llm(stub))
    assert "note: " not in without.stdout
    assert len(stub.requests) == 1


def test_ask_says_what_was_searched_and_that_it_fell_back(
    tmp_path: Path, seed_data: Path, stub: Script
) -> None:
    stub.status = [401]
    file = tmp_path / "history.json"
    file.write_text(json.dumps([{"role": "user", "content": EARLIER}]), encoding="utf-8")
    arguments = ("ask", FOLLOW_UP, "--history", str(file), "--data", str(seed_data))
    lines = yinju(*arguments, cwd=tmp_path, **llm(stub)).stdout.splitlines()
    assert lines[0] == f"searched as: {WRITTEN_OUT}"
    assert lines[2].startswith("note: ")
    assert "30万" in lines[4]


def test_eval_tells_shares_of_sentences(tmp_path: Path, seed_data: Path, stub: Script) -> None:
    entries = (ROOT / "seeds" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [entry for entry in entries if json.loads(entry)["split"] == "tune"][:3]
    (tmp_path / "few.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    stub.text = "湖州的月球基地有999座[1]。"
    done = yinju("eval", "few.jsonl", "--llm", "--json", "--data", str(seed_data), cwd=tmp_path, **llm(stub))
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)["runs"][0]["overall"]["metrics"]
    assert metrics["written"]["mean"] == metrics["unsupported"]["mean"] == 1.0
    assert metrics["supported"]["mean"] == metrics["uncited"]["mean"] == 0.0
    plain = yinju("eval", "few.jsonl", "--data", str(seed_data), cwd=tmp_path, **llm(stub))
    assert "sentences unsupported" not in plain.stdout


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"YINJU_LLM_MODEL": "stub"}, "both an address and the name"),
        ({"YINJU_LLM_BASE_URL": "localhost", "YINJU_LLM_MODEL": "stub"}, "no http address"),
        ({"YINJU_LLM_BASE_URL": "http://a:hush@h/v1", "YINJU_LLM_MODEL": "stub"}, "YINJU_LLM_API_KEY"),
        ({"YINJU_LLM_TIMEOUT": "0"}, "llm_timeout"),
    ],
)
def test_settings_that_do_not_fit_are_one_error(tmp_path: Path, variables: dict[str, str], says: str) -> None:
    done = yinju("ask", QUESTION, cwd=tmp_path, **variables)
    assert done.returncode == 2
    assert says in done.stderr
    assert "hush" not in done.stderr
    assert "Traceback" not in done.stderr


def test_eval_with_an_llm_wants_one(tmp_path: Path) -> None:
    done = yinju("eval", "few.jsonl", "--llm", cwd=tmp_path)
    assert done.returncode == 2
    assert "No LLM is set" in done.stderr


@pytest.mark.parametrize("question", [QUESTION, "？！"])
def test_ask_closes_its_connections(
    seed_data: Path, stub: Script, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    writer = Writer(Endpoint(stub.base_url, "stub"))
    monkeypatch.setattr("ui.cli.make_writer", lambda _: writer)
    CliRunner().invoke(app, ["ask", question, "--data", str(seed_data)])
    assert len(stub.requests) == (question == QUESTION)
    assert writer._client.is_closed()


def test_eval_closes_its_connections(
    tmp_path: Path, seed_data: Path, stub: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = (ROOT / "seeds" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "one.jsonl").write_text(entries[0], encoding="utf-8")
    writer = Writer(Endpoint(stub.base_url, "stub"))
    monkeypatch.setattr("ui.cli.make_writer", lambda _: writer)
    done = CliRunner().invoke(app, ["eval", str(tmp_path / "one.jsonl"), "--llm", "--data", str(seed_data)])
    assert done.exit_code == 0, done.output
    assert stub.requests
    assert writer._client.is_closed()


def test_a_server_that_cannot_start_closes_its_connections(
    tmp_path: Path, stub: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui import server  # noqa: PLC0415 - Gradio takes seconds, which other tests need not wait for

    writer = Writer(Endpoint(stub.base_url, "stub"))
    monkeypatch.setattr(server, "make_writer", lambda _: writer)
    with pytest.raises(NotFoundError):
        server.run(Settings(data=tmp_path, port=0), announce=print)
    assert writer._client.is_closed()


def test_the_key_is_hidden_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINJU_LLM_API_KEY", KEY)
    settings = load_settings(llm_base_url="http://127.0.0.1:1/v1")
    assert KEY not in f"{settings}{settings!r}{settings.model_dump_json()}"
    with pytest.raises(SettingsError):
        make_writer(settings)


# -- page


def test_the_page_keeps_only_what_is_supported_as_conversation(
    seed_data: Path, writer: Writer, stub: Script
) -> None:
    stub.text = WRITTEN
    bot = Bot(seed_data, writer=writer)
    request = gr.Request(headers={})
    *_, (_, shown, _, turns) = Handlers(bot, "default").ask(QUESTION, [], request)
    assert "999种" in shown
    assert turns == [Turn(QUESTION, "湖州全域有生物8460种。 [1]", searched=True)]
    bot.close()


def test_the_page_shows_what_is_being_written_and_then_marks_it(
    server_over: Callable[..., str], browser: Browser, stub: Script, writer: Writer
) -> None:
    stub.text = "河长每周巡查一次河道[1]。他们每次带999人[1]。"
    stub.pace = 0.15
    address = server_over({"a.txt": "河长每周巡查一次河道。"}, writer=writer)
    page = browser.new_page(locale="zh-CN")
    page.goto(address)
    page.locator("#question textarea").fill("河长多久巡查一次河道？")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.writing .status")).to_have_text(CHINESE.writing)
    expect(page.locator(".turn.writing .words")).to_contain_text("河长每")
    turn = page.locator(".turn.answered")
    expect(turn.locator(".words")).to_have_count(2)
    expect(turn.locator(".words.unsupported")).to_have_text("他们每次带999人。")
    expect(turn.locator(".doubt")).to_contain_text("999人")
    expect(turn.locator(".citations blockquote").first).to_have_text("河长每周巡查一次河道。")
    turn.locator(".chip").first.click()
    expect(page.locator("dialog.viewer mark").first).to_have_text("河长每周巡查一次河道。")
    page.close()


def test_the_page_says_when_it_fell_back(
    server_over: Callable[..., str], browser: Browser, stub: Script, writer: Writer
) -> None:
    stub.status = [503, 503]
    address = server_over({"a.txt": "河长每周巡查一次河道。"}, writer=writer)
    page = browser.new_page(locale="zh-CN")
    page.goto(address)
    page.locator("#question textarea").fill("河长多久巡查一次河道？")
    page.keyboard.press("Enter")
    expect(page.locator(".turn .notice")).to_contain_text("HTTP 503")
    expect(page.locator(".turn .answer p").first).to_contain_text("河长每周巡查一次河道。")
    page.close()


def test_the_page_keeps_the_conversation_while_answers_are_written(
    server_over: Callable[..., str], browser: Browser, stub: Script, writer: Writer
) -> None:
    stub.text = "河长每周巡查一次河道[1]。"
    stub.pace = 0.15
    address = server_over({"a.txt": "河长每周巡查一次河道。河长由镇长担任。"}, writer=writer)
    page = browser.new_page(locale="zh-CN")
    page.goto(address)
    page.locator("#question textarea").fill("河长多久巡查一次河道？")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.answered")).to_have_count(1)
    stub.status = [503, 503]
    page.locator("#question textarea").fill("由谁担任？")
    page.keyboard.press("Enter")
    turn = page.locator(".turn.answered").nth(1)
    expect(turn.locator(".searched-as")).to_have_text("按“河长：由谁担任？”检索")
    expect(turn.locator(".notice")).to_contain_text("HTTP 503")
    page.close()
