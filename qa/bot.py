"""The one place where the parts are put together: a data folder in, answers out."""

import threading
from collections.abc import Sequence
from pathlib import Path

from qa.answering import answer
from qa.catalogue import CataloguedDocument
from qa.collection import Snapshot, collection_folder, open_snapshot
from qa.confidence import shipped_calibration
from qa.conversation import stand_alone
from qa.errors import NotFoundError, QuestionError
from qa.feedback import Feedback, FeedbackStore, Rating, check_feedback, mark
from qa.generation.endpoint import Writer
from qa.generation.writing import Pieces, write
from qa.generations import Manifest, current_generation
from qa.layout import DEFAULT_COLLECTION
from qa.queries import make_query, without_controls
from qa.retrieval import retrieve
from qa.types import Answer, Document, Hit, Mode, Turn
from qa.understanding import understand

DEFAULT_K = 5
MAX_K = 100


class Bot:
    """Answers questions over the collections of one data folder. Safe to share between threads.

    A collection is opened at its first question and again whenever a newer generation has become the
    live one, so a server takes up a new index without a restart.
    """

    def __init__(self, data: Path, *, model: str | None = None, writer: Writer | None = None) -> None:
        self._data = data
        self._model = model
        self._writer = writer
        self._snapshots: dict[str, Snapshot] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all collections, and the connections of the writer."""
        with self._lock:
            for snapshot in self._snapshots.values():
                snapshot.catalogue.close()
            self._snapshots.clear()
        if self._writer is not None:
            self._writer.close()

    def search(
        self,
        question: str,
        *,
        k: int = DEFAULT_K,
        collection: str = DEFAULT_COLLECTION,
        mode: Mode = Mode.HYBRID,
    ) -> list[Hit]:
        """The ``k`` best passages for a question.

        Raises:
            QuestionError: the question cannot be searched, or k is not in 1..MAX_K.
            NotFoundError: the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        query = make_query(question)
        snapshot = self.snapshot(collection)
        return retrieve(snapshot, understand(snapshot, query), k=_checked(k), mode=mode)

    def ask(
        self,
        question: str,
        *,
        k: int = DEFAULT_K,
        collection: str = DEFAULT_COLLECTION,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """Answer a question with cited sentences, or refuse; with a writer, it writes the answer.

        Args:
            question: as typed; a follow-up question is written out before it is searched.
            k: number of passages.
            collection: the collection to ask.
            history: the earlier turns of the conversation, oldest first.

        Raises:
            QuestionError: the question cannot be searched, or k is not in 1..MAX_K.
            NotFoundError: the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        *_, last = self.ask_in_pieces(question, k=k, collection=collection, history=history)
        assert isinstance(last, Answer)
        return last

    def ask_in_pieces(
        self,
        question: str,
        *,
        k: int = DEFAULT_K,
        collection: str = DEFAULT_COLLECTION,
        history: Sequence[Turn] = (),
    ) -> Pieces:
        """As :meth:`ask`: what is being written, unchecked and piece by piece; the answer comes last.

        Closing the generator ends the writing.

        Raises:
            QuestionError: the question cannot be searched, or k is not in 1..MAX_K. It is raised before the
                first piece, as all errors are.
            NotFoundError: the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        query = make_query(question)
        snapshot = self.snapshot(collection)
        query = understand(snapshot, stand_alone(snapshot, history, query))
        found = answer(snapshot, query, shipped_calibration(), k=_checked(k))
        return write(snapshot, found, self._writer)

    def documents(self, collection: str = DEFAULT_COLLECTION) -> Sequence[CataloguedDocument]:
        """The documents of a collection, by path.

        Raises:
            NotFoundError: the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        return self.snapshot(collection).catalogue.documents()

    def document(self, document_id: str, collection: str = DEFAULT_COLLECTION) -> Document:
        """One document with its source.

        Raises:
            NotFoundError: no document of that id is in the collection, or the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        found = self.snapshot(collection).catalogue.document(document_id)
        if found is None:
            raise _no_document(document_id, collection)
        return found

    def listed_document(self, document_id: str, collection: str = DEFAULT_COLLECTION) -> CataloguedDocument:
        """One document as listed, without its source.

        Raises:
            NotFoundError: no document of that id is in the collection, or the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        for listed in self.documents(collection):
            if listed.ref.id == document_id:
                return listed
        raise _no_document(document_id, collection)

    def record_feedback(
        self,
        question: str,
        *,
        rating: Rating | None = None,
        comment: str = "",
        passages: Sequence[tuple[str, int, int]] = (),
        collection: str = DEFAULT_COLLECTION,
    ) -> Feedback:
        """Keep what a reader says about the answer to a question, for a person to review.

        Args:
            question: the question that was asked.
            rating: whether the answer helped.
            comment: a few words; control characters and line ends become spaces.
            passages: spans that the reader calls right, as (document id, start, end) in its source.
            collection: the collection that was asked.

        Raises:
            QuestionError: the question cannot be searched, a span is not in its document, nothing at all
                is said, or a limit of qa.feedback is passed.
            NotFoundError: a document or the collection is not there.
            CollectionError: the collection does not fit this program.
            FeedbackError: the file of feedback is full or cannot be written.
        """
        asked = make_query(question).text
        check_feedback(rating, without_controls(comment), len(passages))
        self.snapshot(collection)  # complains of a collection that is not there
        documents = {document_id: self.document(document_id, collection) for document_id, _, _ in passages}
        marked = [mark(documents[document_id], start, end) for document_id, start, end in passages]
        store = FeedbackStore(collection_folder(self._data, collection))
        return store.record(asked, rating, without_controls(comment), marked)

    def manifest(self, collection: str = DEFAULT_COLLECTION) -> Manifest:
        """What the live index of a collection was made with.

        Raises:
            NotFoundError: the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        return self.snapshot(collection).manifest

    def snapshot(self, collection: str = DEFAULT_COLLECTION) -> Snapshot:
        """The live generation of a collection, opened.

        Raises:
            NotFoundError: the collection is not there.
            CollectionError: the collection does not fit this program.
        """
        folder = collection_folder(self._data, collection)
        live = current_generation(folder)
        snapshot = self._snapshots.get(collection)
        if snapshot is not None and snapshot.manifest.generation == live:
            return snapshot
        with self._lock:
            snapshot = self._snapshots.get(collection)
            if snapshot is None or snapshot.manifest.generation != live:
                # The old snapshot is left to the searches that hold it, and closed with the last of them.
                snapshot = open_snapshot(folder, model=self._model)
                self._snapshots[collection] = snapshot
            return snapshot


def _no_document(document_id: str, collection: str) -> NotFoundError:
    return NotFoundError(
        f"There is no document {document_id!r} in the collection {collection!r}",
        "List the documents to see their ids.",
    )


def _checked(k: int) -> int:
    if not 1 <= k <= MAX_K:
        raise QuestionError(f"k is {k}", f"Ask for 1 to {MAX_K} passages.")
    return k
