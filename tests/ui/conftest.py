"""A real server on a loopback port, a real browser, and a watch over what either calls outside."""

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from qa.bot import Bot
from qa.generation.endpoint import Writer
from ui.settings import Settings

CHROMIUM = "/usr/bin/chromium"

# Without a sandbox, which a container's root cannot have; without the calls that Chromium makes for itself.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_outward: list[str] = []


def _is_outward(host: Any) -> bool:
    if host in {None, "", "localhost"}:
        return False
    try:
        return not ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return True


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and _is_outward(arguments[1][0]):
        _outward.append(f"connect {arguments[1]}")
    elif event == "socket.getaddrinfo" and _is_outward(arguments[0]):
        _outward.append(f"look up {arguments[0]}")


# Set before Gradio is imported anywhere: an audit hook sees what happens from here on.
sys.addaudithook(_watch)


@pytest.fixture(scope="session")
def outward() -> list[str]:
    """Every attempt of this process to reach, or to look up, another host."""
    return _outward


def _serve(bot: Bot, data: Path) -> Iterator[str]:
    from ui.server import create_app  # noqa: PLC0415 - Gradio takes seconds, which other tests need not wait for

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(data=data, port=port)
    config = uvicorn.Config(
        lambda: create_app(bot, settings), factory=True, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive(), "the server has not started"
            assert time.monotonic() < deadline, "the server takes too long to start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
    assert not thread.is_alive(), "the server does not stop"


@pytest.fixture(scope="session")
def server(seed_data: Path) -> Iterator[str]:
    """The address of a server over the seeds."""
    yield from _serve(Bot(seed_data), seed_data)


@pytest.fixture
def server_over(
    bot_over: Callable[[dict[str, str | bytes]], Bot], tmp_path: Path
) -> Iterator[Callable[..., str]]:
    """Starts a server over a folder of small files, given as name -> content."""
    running: list[Iterator[str]] = []

    def start(files: dict[str, str | bytes], writer: Writer | None = None) -> str:
        bot_over(files).close()
        running.append(_serve(Bot(tmp_path / "data", writer=writer), tmp_path / "data"))
        return next(running[-1])

    yield start
    for serving in running:
        next(serving, None)


# For one module only: while it is open, playwright's loop runs in this thread, where asyncio.run fails.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it the tests are skipped, except in CI."""
    if shutil.which(CHROMIUM) is None:
        message = f"{CHROMIUM} is missing: apt-get install --no-install-recommends chromium fonts-noto-cjk"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
