"""Answers and hits as plain text for a terminal."""

from collections.abc import Sequence

from qa.types import Answer, Citation, Duplicate, Hit, Support, WrittenSentence


def _place(path: str, section: Sequence[str], line_start: int, line_end: int, page: int | None) -> str:
    lines = f"line {line_start}" if line_start == line_end else f"lines {line_start}-{line_end}"
    where = [path, lines] if page is None else [path, f"page {page}", lines]
    return ", ".join(where) + (f"  ({' › '.join(section)})" if section else "")


def citation_place(citation: Citation) -> str:
    """Where a citation stands: file, lines, section path."""
    return _place(
        citation.document.path, citation.section, citation.line_start, citation.line_end, citation.page
    )


def hit_place(hit: Hit) -> str:
    """Where a passage stands: file, lines, section path."""
    passage = hit.passage
    return _place(hit.document.path, passage.section, passage.line_start, passage.line_end, passage.page)


def _duplicate_place(duplicate: Duplicate) -> str:
    """Where a passage that was left out stands: file, lines."""
    return _place(duplicate.document.path, (), duplicate.line_start, duplicate.line_end, None)


def answer_text(answer: Answer) -> str:
    """An answer with its citations, or a refusal with its reason, and the passages under them."""
    lines = [] if answer.query.typed is None else [f"searched as: {answer.query.text}", ""]
    if answer.notice is not None:
        lines += [f"note: {answer.notice}", ""]
    if answer.answered:
        lines += [answer.text, ""]
        doubted = [each for each in answer.sentences if each.support is Support.UNSUPPORTED]
        lines += [*map(_unsupported, doubted), ""] if doubted else []
        lines += [f"[{citation.n}] {citation_place(citation)}" for citation in answer.citations]
        lines += ["", f"confidence {answer.confidence:.2f}"]
        heading = "passages:"
    else:
        lines += [answer.reason or "", "", f"confidence {answer.confidence:.2f}"]
        heading = "nearest passages:"
    if answer.hits:
        lines += ["", heading, hits_text(answer.hits)]
    return "\n".join(lines)


def _unsupported(sentence: WrittenSentence) -> str:
    """A written sentence that the passages do not support, with what of it they do not hold."""
    return f"unsupported: {', '.join(doubt.part for doubt in sentence.doubts)}  <- {sentence.text}"


def hits_text(hits: Sequence[Hit]) -> str:
    """Passages with their places and why they were found, best first."""
    if not hits:
        return "No passage was found."
    also = hits[0].why.also
    blocks = [f"also searched for: {', '.join(also)}"] if also else []
    for hit in hits:
        ranks = [
            f"{name} rank {rank}"
            for name, rank in (("lexical", hit.why.lexical_rank), ("dense", hit.why.dense_rank))
            if rank is not None
        ]
        terms = f"; matched {', '.join(hit.why.terms)}" if hit.why.terms else ""
        why = f"score {hit.score:.2f}; {', '.join(ranks)}{terms}"
        lines = [f"{hit.rank}. {hit_place(hit)}", hit.passage.text, why]
        if hit.duplicates:
            lines.append(f"the same in {'; '.join(map(_duplicate_place, hit.duplicates))}")
        blocks.append("\n   ".join(lines))
    return "\n\n".join(blocks)
