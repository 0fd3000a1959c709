"""One server for the chat page and the HTTP API."""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import uvicorn
from fastapi import FastAPI

from embeddings.errors import YinjuError
from qa.bot import Bot
from ui.api import create_api
from ui.page.blocks import WORDS, build_page
from ui.page.gradio import gr
from ui.page.look import HEAD, THEME
from ui.page.security import SecurityHeaders
from ui.page.templating import ASSETS
from ui.settings import Settings, make_writer

_SECONDS_TO_FINISH = 1
"""Pages hold a connection open for as long as they are shown; a server that stops does not wait for them."""


class ServerError(YinjuError):
    """The server cannot listen where it is told to."""


def create_app(bot: Bot, settings: Settings) -> FastAPI:
    """The HTTP API with the chat page at ``/``. Closes the bot when it shuts down.

    To be called where an event loop runs: without one, Gradio opens several of its own and leaves them.
    """
    api = create_api(bot)
    app: FastAPI = gr.mount_gradio_app(
        api,
        build_page(bot, settings.collection),
        path="/",
        theme=THEME,
        head=HEAD,
        i18n=WORDS,
        favicon_path=str(ASSETS / "favicon.png"),
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        max_file_size="1kb",
    )
    app.add_middleware(SecurityHeaders)
    started = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with started(app) as state:
            try:
                yield state
            finally:
                bot.close()

    app.router.lifespan_context = lifespan
    return app


def _is_no_cut_stream(record: logging.LogRecord) -> bool:
    """Whether a log record tells anything else than that a stream to an open page was cut at the end."""
    cut = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut and "graceful shutdown exceeded" not in record.getMessage()


class _Server(uvicorn.Server):
    """Tells when it is ready: questions are answered from then on."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, without complaining of the pages that are still open."""
        logging.getLogger("uvicorn.error").addFilter(_is_no_cut_stream)
        await super().shutdown(sockets)


def run(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        settings: what to serve and where to listen.
        announce: called with the address, once it answers.

    Raises:
        ServerError: the address cannot be listened on.
        SettingsError, GenerationError: the LLM of the settings cannot be used.
        NotFoundError: nothing is indexed yet.
        CollectionError: the collection cannot be read.
    """
    listener = _listen(settings.host, settings.port)
    with listener, closing(Bot(settings.data, model=settings.model, writer=make_writer(settings))) as bot:
        bot.snapshot(settings.collection)  # opened before anyone asks, and complained about now
        config = uvicorn.Config(
            lambda: create_app(bot, settings),
            factory=True,
            log_level="warning",
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
        address = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}/"
        server = _Server(config, lambda: announce(f"Yinju is ready at {address} (stop with Ctrl+C)"))
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        return ServerError(
            f"Port {port} of {host} is already in use",
            "Stop the program that uses it, or choose another with --port.",
        )
    if error.errno == errno.EACCES:
        return ServerError(
            f"Listening on port {port} of {host} is not allowed",
            "Choose a port above 1023 with --port.",
        )
    return ServerError(f"{host} cannot be listened on ({error.strerror or error})", "Choose another --host.")


def _shown(host: str) -> str:
    """The host as it is written in an address that a browser on this machine can open."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
