"""What happens on the page: a reader arrives, asks, opens a place in a document, or gives feedback."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from embeddings.errors import YinjuError
from qa.bot import Bot
from qa.conversation import MAX_KEPT, turn_of
from qa.errors import NotFoundError, QuestionError
from qa.queries import MAX_CHARACTERS, make_query
from qa.types import Answer, Turn
from ui.page.examples import examples_for
from ui.page.feedback import GivenFeedback, Reply
from ui.page.gradio import gr
from ui.page.places import Place, quote_digest
from ui.page.templating import render
from ui.page.turns import answered_turn, failed_turn, searching_turn, writing_turn
from ui.page.viewer import closed_viewer, viewer
from ui.strings import CHINESE, Strings, strings_for

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN_STATES = 0.15
"""What is being written is shown anew so often at most."""

Update = tuple[Any, Any, str, Any]
"""New values of the question box, the conversation, the notice and the earlier turns."""


class Handlers:
    """The page's side of one collection of a bot. Holds nothing of any reader."""

    def __init__(self, bot: Bot, collection: str) -> None:
        self._bot = bot
        self._collection = collection

    def welcome(self, request: gr.Request) -> str:
        """What a reader finds on arriving: what can be asked here, and examples."""
        strings = _strings(request)
        try:
            manifest = self._bot.manifest(self._collection)
            examples = examples_for(self._bot.documents(self._collection))
        except YinjuError as error:
            sentence = strings.nothing_indexed if isinstance(error, NotFoundError) else str(error)
            return render("welcome.html", strings=strings, sentence=sentence, examples=())
        return render(
            "welcome.html",
            strings=strings,
            sentence="",
            documents=manifest.documents,
            passages=manifest.passages,
            examples=examples,
        )

    def ask(self, question: str, history: Sequence[Turn], request: gr.Request) -> Iterator[Update]:
        """Answer what stands in the question box; a question that cannot be asked is left there to mend."""
        strings = _strings(request)
        try:
            asked = make_query(question).text
        except QuestionError as error:
            yield gr.skip(), gr.skip(), _notice(_mend(question, error, strings)), gr.skip()
            return
        turn = f"turn-{uuid4().hex}"
        yield "", searching_turn(turn, asked, strings), "", gr.skip()
        for shown, answer in self._states(turn, asked, history, strings):
            turns = gr.skip() if answer is None else [*history, turn_of(answer)][-MAX_KEPT:]
            yield gr.skip(), shown, "", turns

    def ask_example(
        self, history: Sequence[Turn], event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Answer the example that was chosen, as if it had been typed."""
        yield from self.ask(str(event.question), history, request)

    def open_document(self, place: dict[str, Any], request: gr.Request) -> str:
        """The document viewer at a place."""
        strings = _strings(request)
        try:
            wanted = Place.model_validate(place)
            document = self._bot.document(wanted.document, self._collection)
        except (NotFoundError, ValidationError):
            return closed_viewer(strings.place_gone, strings)
        except YinjuError as error:
            return closed_viewer(str(error), strings)
        return viewer(document, wanted, strings)

    def give_feedback(self, given: dict[str, Any], request: gr.Request) -> Reply:
        """Keep what a reader says about an answer, and tell whether it is kept."""
        strings = _strings(request)
        try:
            said = GivenFeedback.model_validate(given)
            if said.place is not None and not self._still_there(said.place):
                return Reply(noted=False, sentence=strings.place_moved)
            self._bot.record_feedback(
                said.question,
                rating=said.rating,
                comment=said.comment,
                passages=said.spans,
                collection=self._collection,
            )
        except NotFoundError:
            return Reply(noted=False, sentence=strings.place_gone)
        except (ValidationError, YinjuError) as error:
            # What is wrong, a full disk for instance, is the operator's to mend; the reader gets a sentence.
            _log.warning("Feedback from the page was not kept: %s", str(error).splitlines()[0])
            return Reply(noted=False, sentence=strings.not_noted)
        return Reply(noted=True, sentence=strings.noted)

    def _still_there(self, place: Place) -> bool:
        """Whether a place still holds the words that the reader was shown."""
        source = self._bot.document(place.document, self._collection).source
        return quote_digest(source[place.start : place.end]) == place.digest

    def _states(
        self, turn: str, question: str, history: Sequence[Turn], strings: Strings
    ) -> Iterator[tuple[str, Answer | None]]:
        """The turn as it is being written, where it is, and at the end, with its answer if there is one."""
        try:
            written, shown = "", 0.0
            for piece in self._bot.ask_in_pieces(question, collection=self._collection, history=history):
                if isinstance(piece, Answer):
                    yield answered_turn(turn, piece, strings), piece
                    return
                written += piece
                if time.monotonic() - shown > _SECONDS_BETWEEN_STATES:
                    shown = time.monotonic()
                    yield writing_turn(turn, question, written, strings), None
        except YinjuError as error:
            yield failed_turn(turn, question, str(error), strings), None
        except Exception:  # noqa: BLE001 - logged in full just below
            # The border to the reader: the log gets the trace, the page a sentence.
            _log.exception("A question from the page was not answered")
            yield failed_turn(turn, question, strings.went_wrong, strings), None


def _strings(request: gr.Request) -> Strings:
    return strings_for(request.headers.get("accept-language"))


def _notice(sentence: str) -> str:
    return render("notice.html", sentence=sentence)


def _mend(question: str, error: QuestionError, strings: Strings) -> str:
    """The bot's objection in the reader's language; the bot itself speaks English only."""
    if strings is not CHINESE:
        return str(error)
    if not question.strip():
        return strings.empty_question
    if len(question.strip()) > MAX_CHARACTERS:
        return strings.long_question.format(limit=MAX_CHARACTERS)
    return strings.wordless_question
