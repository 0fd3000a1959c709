"""An OpenAI-compatible endpoint that writes: streamed, with timeouts and a retry; no error tells a secret."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from qa.errors import GenerationError, GenerationFailure
from qa.generation.prompt import Message
from qa.generation.thoughts import Thoughts

LONGEST_ANSWER = 6_000
"""Characters. A longer answer is cut: it is no answer to a question, and some models never end."""

LONGEST_THOUGHTS = 60_000
"""Characters that a model may think before it answers; one that thinks on is cut as well."""

_WHOLE = 4
"""An answer may take so many times the timeout in all."""

_CHECK = "Check the endpoint and its settings; without one, answers are quoted from the documents."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an LLM answers.

    Attributes:
        base_url: address up to and with ``/v1``.
        model: name of the model there.
        api_key: sent as bearer token; empty where none is needed.
        timeout: seconds without a word after which it is given up, above 0.

    Raises:
        GenerationError: the address is none, or holds what belongs into the key; or the key cannot be sent.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 30.0

    def __post_init__(self) -> None:
        parts = _parts(self.base_url)
        if parts.username or parts.password or parts.query:
            raise GenerationError(
                "The address of the LLM holds a user name, a password or a query",
                "Give the address alone, and the key as YINJU_LLM_API_KEY.",
            )
        if not all("!" <= character <= "~" for character in self.api_key):
            raise GenerationError(
                "The key of the LLM holds blanks or characters beyond ASCII, which no header can carry",
                "Set YINJU_LLM_API_KEY to the key alone.",
            )


def _parts(address: str) -> SplitResult:
    """The parts of an http address."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not address.isprintable() or " " in address:
        raise _no_address()
    return parts


def _no_address() -> GenerationError:
    return GenerationError(
        "The address of the LLM is no http address", "Write for example http://127.0.0.1:8080/v1."
    )


class Writer:
    """Writes through an endpoint. Safe to share between threads.

    Raises:
        GenerationError: the package ``openai`` is not installed, or does not take the address.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        try:
            import openai  # noqa: PLC0415 - takes a second, which nobody without an LLM should wait for
        except ImportError as error:
            raise GenerationError(
                "The package openai is not installed", "Run pip install 'yinju[llm]'."
            ) from error
        self._endpoint = endpoint
        self._openai = openai
        try:
            self._client = openai.OpenAI(
                base_url=endpoint.base_url,
                # The client wants one, and would otherwise take that of another service from the environment.
                api_key=endpoint.api_key or "none",
                timeout=endpoint.timeout,
                max_retries=1,
            )
        except Exception:  # noqa: BLE001 - which error is raised for a host that is none is up to its transport
            raise _no_address() from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def write(self, messages: Sequence[Message]) -> Generator[str, None, bool]:
        """The answer in pieces as they come, without the thoughts; closing the iterator ends the request.

        Returns:
            As the value of the generator: whether the answer is whole, and not cut at a limit of length.

        Raises:
            GenerationError: no whole answer has come.
        """
        ends = time.monotonic() + _WHOLE * self._endpoint.timeout
        stream = self._opened(messages)
        try:
            with stream:
                return (yield from _contents(stream, ends))
        # What the server or the transport says of it is not repeated, here and below: some repeat the key.
        except GenerationError:
            raise
        except Exception as error:  # noqa: BLE001 - a stream that breaks off raises what the transport has
            if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
                raise _failed("has not answered in time", GenerationFailure.TIMEOUT) from None
            raise _failed("has broken off in the middle", GenerationFailure.BROKEN) from None

    def _opened(self, messages: Sequence[Message]) -> Any:
        openai = self._openai
        try:
            return self._open(messages)
        except openai.APITimeoutError:
            raise _failed("has not answered in time", GenerationFailure.TIMEOUT) from None
        except openai.APIConnectionError:
            raise _failed("cannot be reached", GenerationFailure.UNREACHABLE) from None
        except openai.APIStatusError as error:
            status = error.status_code
            raise _failed(f"has answered with HTTP {status}", GenerationFailure.STATUS, status) from None
        except openai.OpenAIError:
            raise _failed("has answered with something else", GenerationFailure.BROKEN) from None

    def _open(self, messages: Sequence[Message]) -> Any:
        given: dict[str, Any] = {"model": self._endpoint.model, "messages": list(messages), "stream": True}
        try:
            return self._client.chat.completions.create(**given, temperature=0)
        except self._openai.BadRequestError:
            # Some models take no temperature.
            return self._client.chat.completions.create(**given)


def _contents(stream: Any, ends: float) -> Generator[str, None, bool]:
    """The texts of a stream's chunks without the thoughts; as value, whether it ended by itself."""
    thoughts = Thoughts()
    written = 0
    for chunk in stream:
        if time.monotonic() > ends:
            raise TimeoutError
        choice = chunk.choices[0] if chunk.choices else None
        if choice is None:
            continue
        said = thoughts.said(choice.delta.content or "")
        if said:
            yield said
        written += len(said)
        if written > LONGEST_ANSWER or thoughts.length > LONGEST_THOUGHTS:
            return False
        if choice.finish_reason is not None:
            return bool(choice.finish_reason != "length")
    raise _failed("has broken off in the middle", GenerationFailure.BROKEN)


def _failed(what: str, failure: GenerationFailure, status: int | None = None) -> GenerationError:
    return GenerationError(f"The LLM {what}", _CHECK, failure, status)
