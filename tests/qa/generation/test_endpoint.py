"""Writing through an endpoint: llama.cpp's own server for the protocol, a scripted one for what goes wrong."""

import logging
import subprocess
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.errors import GenerationError, GenerationFailure
from qa.generation.endpoint import Endpoint, Writer
from tests.endpoints import KEY, Script, llama_server

ASKED = [{"role": "user", "content": "湖州有多少种生物？"}]


@pytest.fixture
def llama(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with llama_server(tmp_path) as server:
        yield server


@pytest.fixture
def writer(stub: Script) -> Iterator[Writer]:
    writer = Writer(Endpoint(stub.base_url, "stub", KEY, timeout=2))
    yield writer
    writer.close()


def written(writer: Writer) -> tuple[str, bool]:
    pieces, text = writer.write(ASKED), ""
    while True:
        try:
            text += next(pieces)
        except StopIteration as end:
            return text, end.value


# -- llama.cpp


def test_a_real_server_streams_and_is_left_in_the_middle(llama: tuple[str, subprocess.Popen[str]]) -> None:
    writer = Writer(Endpoint(llama[0], "tiny", KEY))
    pieces = writer.write(ASKED)
    assert all(next(pieces) for _ in range(3))
    pieces.close()
    # It has one slot only: a second answer begins because the first request is over.
    again = writer.write(ASKED)
    assert next(again)
    again.close()
    writer.close()


def test_a_real_server_that_is_killed_in_the_middle(llama: tuple[str, subprocess.Popen[str]]) -> None:
    address, process = llama
    writer = Writer(Endpoint(address, "tiny", KEY))
    pieces = writer.write(ASKED)
    next(pieces)
    process.kill()
    with pytest.raises(GenerationError) as raised:
        list(pieces)
    assert raised.value.failure in {GenerationFailure.BROKEN, GenerationFailure.UNREACHABLE}
    writer.close()


def test_a_real_server_refuses_a_wrong_key(llama: tuple[str, subprocess.Popen[str]]) -> None:
    writer = Writer(Endpoint(llama[0], "tiny", "sk-wrong"))
    with pytest.raises(GenerationError, match="HTTP 401") as raised:
        written(writer)
    assert "sk-wrong" not in str(raised.value)
    writer.close()


# -- scripted


def test_pieces_come_in_order_with_the_key_as_bearer_token(stub: Script, writer: Writer) -> None:
    stub.text = "湖州有8460种生物[1]。"
    assert written(writer) == (stub.text, True)
    (request,) = stub.requests
    assert (request["model"], request["key"], request["messages"]) == ("stub", f"Bearer {KEY}", ASKED)


def test_without_a_key_that_of_another_service_is_not_sent(
    stub: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    writer = Writer(Endpoint(stub.base_url, "stub"))
    written(writer)
    writer.close()
    assert KEY not in stub.requests[0]["key"]


def test_one_failure_is_tried_again_and_two_are_not(stub: Script, writer: Writer) -> None:
    stub.status = [500]
    assert written(writer) == (stub.text, True)
    stub.status = [500, 500]
    with pytest.raises(GenerationError, match="HTTP 500") as raised:
        written(writer)
    assert (raised.value.failure, raised.value.status) == (GenerationFailure.STATUS, 500)
    assert len(stub.requests) == 4


def test_a_model_that_takes_no_temperature_is_asked_without(stub: Script, writer: Writer) -> None:
    stub.no_temperature = True
    assert written(writer) == (stub.text, True)
    assert ["temperature" in request for request in stub.requests] == [True, False]


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("broken", GenerationFailure.BROKEN),
        ("garbled", GenerationFailure.BROKEN),
        ("html", GenerationFailure.BROKEN),
    ],
)
def test_what_is_no_whole_answer_is_an_error(
    stub: Script, writer: Writer, fault: str, failure: GenerationFailure
) -> None:
    stub.fault, stub.text = fault, "湖州有8460种生物[1]。"
    with pytest.raises(GenerationError) as raised:
        written(writer)
    assert raised.value.failure is failure


def test_a_slow_server_is_given_up(stub: Script) -> None:
    stub.waits = 5
    writer = Writer(Endpoint(stub.base_url, "stub", timeout=0.2))
    with pytest.raises(GenerationError) as raised:
        written(writer)
    assert raised.value.failure is GenerationFailure.TIMEOUT
    writer.close()


def test_nobody_listening_is_an_error() -> None:
    writer = Writer(Endpoint("http://127.0.0.1:9/v1", "stub", KEY, timeout=1))
    with pytest.raises(GenerationError) as raised:
        written(writer)
    assert raised.value.failure is GenerationFailure.UNREACHABLE
    writer.close()


def test_an_endless_answer_is_cut_and_an_answer_cut_by_the_server_is_told(
    stub: Script, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.fault = "length"
    assert written(writer) == (stub.text, False)
    monkeypatch.setattr("qa.generation.endpoint.LONGEST_ANSWER", 20)
    stub.fault = "endless"
    text, whole = written(writer)
    # The piece that passes the limit, of one character here, is the last.
    assert (len(text), whole) == (21, False)
    assert stub.left.wait(5)


def test_thoughts_are_no_part_of_the_length_of_an_answer(
    stub: Script, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.generation.endpoint.LONGEST_ANSWER", 20)
    stub.text = f"<think>{'想' * 50}</think>湖州有8460种生物[1]。"
    assert written(writer) == ("湖州有8460种生物[1]。", True)


def test_endless_thinking_is_cut_too(stub: Script, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.generation.endpoint.LONGEST_THOUGHTS", 20)
    stub.text, stub.fault = "<think>", "endless"
    assert written(writer) == ("", False)
    assert stub.left.wait(5)


def test_an_answer_that_drips_on_and_on_is_given_up(stub: Script) -> None:
    stub.fault = "endless"
    writer = Writer(Endpoint(stub.base_url, "stub", timeout=0.2))
    with pytest.raises(GenerationError) as raised:
        written(writer)
    assert raised.value.failure is GenerationFailure.TIMEOUT
    writer.close()


def test_closing_ends_the_request(stub: Script, writer: Writer) -> None:
    stub.fault = "endless"
    pieces = writer.write(ASKED)
    next(pieces)
    assert not stub.left.is_set()
    pieces.close()
    assert stub.left.wait(5)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_the_key_is_in_no_error_and_no_log(
    stub: Script, writer: Writer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    stub.status = [status] * 2
    with caplog.at_level(logging.DEBUG), pytest.raises(GenerationError) as raised:
        written(writer)
    # As a log would print it, with the errors that it came from.
    assert KEY not in "".join(traceback.format_exception(raised.value))
    assert KEY not in repr(raised.value)
    assert KEY not in caplog.text
    assert KEY not in repr(Endpoint(stub.base_url, "stub", KEY))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8080",
        "ftp://host/v1",
        "http://",
        "http://:8080/v1",
        "http://[bad/v1",
        "http://host:abc/v1",
        "http://host:99999/v1",
        "http://my host/v1",
        "http://host/v1\n",
        "http://％/v1",
        "http://a:hush@host/v1",
        "http://host/v1?key=hush",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(address: str) -> None:
    with pytest.raises(GenerationError) as raised:
        Writer(Endpoint(address, "stub"))
    assert raised.value.remedy
    assert "\n" not in str(raised.value)
    assert "hush" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("key", ["钥匙-hush", "sk-hush\n", "hush hush", "sk-hush\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(GenerationError, match="YINJU_LLM_API_KEY") as raised:
        Endpoint("http://127.0.0.1:8080/v1", "stub", key)
    assert "hush" not in "".join(traceback.format_exception(raised.value))
