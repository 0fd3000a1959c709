"""What a collection holds, for ``yinju status``."""

from pathlib import Path

from qa.collection import collection_folder, open_snapshot
from ui.schemas import DocumentSummary, StatusReport


def status_report(data: Path, collection: str) -> StatusReport:
    """Collect the figures of a collection.

    Raises:
        NotFoundError: nothing is indexed there yet.
    """
    folder = collection_folder(data, collection)
    snapshot = open_snapshot(folder)
    manifest = snapshot.manifest
    return StatusReport(
        collection=collection,
        folder=str(folder),
        generation=manifest.generation,
        model=manifest.model,
        dimension=manifest.dimension,
        dense=manifest.dense,
        passages=manifest.passages,
        bytes_on_disk=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        roots=snapshot.catalogue.roots(),
        documents=[DocumentSummary.from_catalogue(document) for document in snapshot.catalogue.documents()],
    )


def status_text(report: StatusReport) -> str:
    """The report for a person: a line on the collection, a line a document, its warnings under it."""
    summary = (
        f"{report.collection}: {len(report.documents)} documents, {report.passages} passages, "
        f"{report.bytes_on_disk / 1e6:.1f} MB, generation {report.generation}, "
        f"model {report.model} ({report.dimension} dimensions, {report.dense})"
    )
    lines = [summary, *(f"  from {root}" for root in report.roots)]
    for document in report.documents:
        lines.append(
            f"  {document.id}  {document.path}  {document.title}  {document.characters:,} characters, "
            f"{document.passages} passages, {document.encoding}, {document.added_at}"
        )
        lines += [f"      warning: {warning}" for warning in document.warnings]
    return "\n".join(lines)
