"""The HTTP API: FastAPI routes over one bot. Errors are problem+json (RFC 9457)."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from embeddings.errors import YinjuError
from qa.bot import Bot
from qa.errors import CollectionError, NotFoundError, QuestionError
from qa.generation.writing import Pieces
from qa.layout import DEFAULT_COLLECTION
from qa.types import Answer
from ui.schemas import (
    AskRequest,
    AskResponse,
    DocumentList,
    DocumentSummary,
    FeedbackRequest,
    FeedbackResponse,
    Health,
    PieceModel,
    Problem,
    Readiness,
    SearchRequest,
    SearchResponse,
    turns_of,
)

_PROBLEM_TYPE = "application/problem+json"

_STATUS_OF: dict[type[YinjuError], HTTPStatus] = {
    QuestionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    CollectionError: HTTPStatus.CONFLICT,
}

Collection = Annotated[str, Query(description="Name of the collection.")]


def _problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the errors of a route."""
    return {
        int(status): {
            "description": status.phrase,
            "content": {_PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


_FAILING = (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
_READING = _problems(HTTPStatus.NOT_FOUND, *_FAILING)
_ASKING = _problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, *_FAILING)


def _problem(status: HTTPStatus, detail: str, remedy: str | None = None) -> JSONResponse:
    body = Problem(title=status.phrase, status=int(status), detail=detail, remedy=remedy)
    return JSONResponse(body.model_dump(exclude_none=True), status_code=int(status), media_type=_PROBLEM_TYPE)


def _event(piece: str | Answer) -> bytes:
    """A piece of an answer, or the answer, as a server-sent event."""
    written = isinstance(piece, str)
    model = PieceModel(text=piece) if isinstance(piece, str) else AskResponse.of(piece)
    return format_sse_event(event="piece" if written else "answer", data_str=model.model_dump_json())


class _Events(EventSourceResponse):
    """An answer as server-sent events: what is being written, then the object given without a stream."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(map(_event, pieces))
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; when the reader has gone, the writing ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pieces.close()


def _answer(bot: Bot, request: AskRequest) -> AskResponse | EventSourceResponse:
    question, k, collection = request.question, request.k, request.collection
    history = turns_of(request.history)
    if request.stream:
        return _Events(bot.ask_in_pieces(question, k=k, collection=collection, history=history))
    return AskResponse.of(bot.ask(question, k=k, collection=collection, history=history))


def _routes(bot: Bot) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/search", responses=_ASKING, tags=["questions"])
    def search(request: SearchRequest) -> SearchResponse:
        """Find the passages for a question."""
        hits = bot.search(request.question, k=request.k, collection=request.collection, mode=request.mode)
        return SearchResponse.of(request.question, hits)

    @router.post(
        "/v1/ask",
        response_model=AskResponse,
        responses={int(HTTPStatus.OK): {"content": {"text/event-stream": {}}}, **_ASKING},
        tags=["questions"],
    )
    def ask(request: AskRequest) -> AskResponse | EventSourceResponse:
        """Answer a question with cited sentences, or refuse and say why; with `stream`, as it is written."""
        return _answer(bot, request)

    @router.post("/v1/feedback", status_code=HTTPStatus.CREATED, responses=_ASKING, tags=["questions"])
    def feedback(request: FeedbackRequest) -> FeedbackResponse:
        """Keep what a reader says about an answer: a rating, a comment, the right passages."""
        kept = bot.record_feedback(
            request.question,
            rating=request.rating,
            comment=request.comment,
            passages=[(span.document, span.start, span.end) for span in request.passages],
            collection=request.collection,
        )
        return FeedbackResponse(id=kept.id, collection=request.collection)

    @router.get("/v1/documents", responses=_READING, tags=["documents"])
    def documents(collection: Collection = DEFAULT_COLLECTION) -> DocumentList:
        """List the documents of a collection."""
        listed = [DocumentSummary.from_catalogue(document) for document in bot.documents(collection)]
        return DocumentList(collection=collection, documents=listed)

    @router.get("/v1/documents/{document_id}", responses=_READING, tags=["documents"])
    def document(document_id: str, collection: Collection = DEFAULT_COLLECTION) -> DocumentSummary:
        """Tell about one document."""
        return DocumentSummary.from_catalogue(bot.listed_document(document_id, collection))

    @router.get(
        "/v1/documents/{document_id}/source",
        responses={int(HTTPStatus.OK): {"content": {"text/plain": {}}}, **_READING},
        response_class=PlainTextResponse,
        tags=["documents"],
    )
    def source(document_id: str, collection: Collection = DEFAULT_COLLECTION) -> PlainTextResponse:
        """Give a document's source, untouched: what all offsets count in, as code points of this text."""
        text = bot.document(document_id, collection).source
        # Never shown as a page, whatever the text holds.
        return PlainTextResponse(text, headers={"X-Content-Type-Options": "nosniff"})

    @router.get("/healthz", tags=["operation"])
    def healthz() -> Health:
        """Tell that the server is up."""
        return Health()

    @router.get(
        "/readyz",
        responses=_problems(HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
        tags=["operation"],
    )
    def readyz() -> Readiness:
        """Tell that the default collection can be searched."""
        try:
            manifest = bot.manifest()
        except NotFoundError as error:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
        return Readiness(
            documents=manifest.documents,
            passages=manifest.passages,
            generation=manifest.generation,
            model=manifest.model,
        )

    return router


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(YinjuError)
    def ours(_: Request, error: Exception) -> Response:
        status = next(
            (status for kind, status in _STATUS_OF.items() if isinstance(error, kind)),
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
        problem, remedy = (
            (error.problem, error.remedy) if isinstance(error, YinjuError) else (str(error), None)
        )
        return _problem(status, problem, remedy)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        if first.get("type") == "json_invalid":
            return _problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "The request body is not JSON",
                'Send a JSON object such as {"question": "湖州有多少种生物？"}.',
            )
        return _problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"The field {place!r} does not fit: {first['msg']}" if place else f"The request: {first['msg']}",
            "The fields of every route are described at /docs.",
        )

    @app.exception_handler(HTTPException)
    def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _problem(HTTPStatus(error.status_code), str(error.detail))


def create_api(bot: Bot) -> FastAPI:
    """An application that answers from ``bot``."""
    # The stock /docs page loads its scripts from another host; this one serves its own copy.
    app = FastAPIOffline(
        title="Yinju",
        summary="Ask your documents, get the passages that prove the answer.",
        version="1",
        redoc_url=None,
    )
    app.include_router(_routes(bot))
    _handle_errors(app)
    return app
