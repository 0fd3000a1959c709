"""OpenAI-compatible endpoints for tests: one that says what it is told to, and llama.cpp with a tiny random model."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from gguf import GGUFWriter

KEY = "sk-very-secret-key-31415"


@dataclass
class Script:
    """What the endpoint does with the next requests, and what it has seen.

    Attributes:
        text: what it writes, in pieces of a few characters.
        status: HTTP statuses of the first requests; after these it writes.
        waits: seconds before the first piece.
        pace: seconds between pieces.
        fault: ``broken`` (the connection is closed in the middle), ``garbled`` (no JSON), ``endless``, ``length``
            (cut at a limit), ``empty``, ``html``.
        no_temperature: whether it refuses a temperature.
        requests: bodies received, with the key as ``key``.
        left: set when a reader went away before the end.
    """

    text: str = "好[1]。"
    status: list[int] = field(default_factory=list)
    waits: float = 0.0
    pace: float = 0.0
    fault: str = ""
    no_temperature: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    base_url: str = ""


def _chunk(content: str | None, finish: str | None = None) -> str:
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


async def _events(script: Script) -> AsyncIterator[str]:
    try:
        await asyncio.sleep(script.waits)
        pieces = [script.text[at : at + 3] for at in range(0, len(script.text), 3)]
        for at, piece in enumerate(pieces):
            if at == len(pieces) // 2 and script.fault == "broken":
                raise ConnectionResetError
            if at == len(pieces) // 2 and script.fault == "garbled":
                yield "data: {nonsense\n\n"
            yield _chunk(piece)
            await asyncio.sleep(script.pace)
        while script.fault == "endless":
            yield _chunk("唉")
            await asyncio.sleep(0.01)
        yield _chunk(None, "length" if script.fault == "length" else "stop")
        yield "data: [DONE]\n\n"
    except asyncio.CancelledError:
        script.left.set()
        raise


def _app(script: Script) -> FastAPI:
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        key = request.headers.get("authorization", "")
        body = await request.json()
        script.requests.append({**body, "key": key})
        status = script.status.pop(0) if script.status else 200
        if script.no_temperature and "temperature" in body:
            status = 400
        if status != 200:
            # As some real ones do, it repeats the key.
            return JSONResponse({"error": {"message": f"no: {key}"}}, status, {"retry-after": "0"})
        if script.fault == "html":
            return Response("<html>hello</html>", media_type="text/html")
        return StreamingResponse(_events(script), media_type="text/event-stream")

    return app


@contextmanager
def stub_endpoint() -> Iterator[Script]:
    """A scripted endpoint on a loopback port."""
    script = Script()
    listener = socket.create_server(("127.0.0.1", 0))
    script.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    config = uvicorn.Config(_app(script), log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield script
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


def write_tiny_llama(file: Path) -> None:
    """A LLaMA of random weights with a byte-level vocabulary: it writes nonsense, but by the whole protocol."""
    heads, width, feed, layers, context = 4, 64, 128, 2, 4096
    # The byte alphabet of GPT-2, whose tokens need no merges but one.
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in visible]
    letters += [chr(256 + n) for n in range(256 - len(visible))]
    tokens = ["<|end|>", "<|user|>", "<|bot|>", *letters]
    rng = np.random.default_rng(0)

    writer = GGUFWriter(file, "llama")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3] + [1] * len(letters))
    writer.add_token_merges([f"{letters[0]} {letters[1]}"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_chat_template("{% for message in messages %}<|user|>{{ message.content }}{% endfor %}<|bot|>")

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, rng.normal(0, 0.2, shape).astype(np.float32))

    add("token_embd.weight", len(tokens), width)
    output = rng.normal(0, 0.2, (len(tokens), width)).astype(np.float32)
    output[:3] = 0.0  # it hardly ever ends by itself
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for at in range(layers):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{at}.{name}.weight", width, width)
        add(f"blk.{at}.ffn_gate.weight", feed, width)
        add(f"blk.{at}.ffn_up.weight", feed, width)
        add(f"blk.{at}.ffn_down.weight", width, feed)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{at}.{name}.weight", np.ones(width, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


_SERVE = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.api_keys = [sys.argv[2]]
params.n_ctx = 8192
params.n_parallel = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
time.sleep(600)
"""


@contextmanager
def llama_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """llama.cpp's server in a process of its own, so that it can be killed: its address up to ``/v1``."""
    model = folder / "tiny.gguf"
    write_tiny_llama(model)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(model), KEY], stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http"), (folder / "log").read_text()[-2000:]
            yield f"{address}/v1", process
        finally:
            process.kill()
            process.communicate()
