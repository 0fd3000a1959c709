"""Questions to begin with, for collections that hold the documents which answer them."""

import json
from collections.abc import Iterable

from qa.catalogue import CataloguedDocument
from ui.page.templating import asset


def examples_for(documents: Iterable[CataloguedDocument]) -> list[str]:
    """The examples whose document, byte for byte, is among those of a collection."""
    held = {document.sha256 for document in documents}
    return [
        example["question"] for example in json.loads(asset("examples.json")) if example["sha256"] in held
    ]
