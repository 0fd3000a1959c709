"""Does a reply hold the answer? Comparisons of short texts, blind to width, script, case and spacing."""

import regex

from embeddings.folding import fold

_BARE = regex.compile(r"[^\p{L}\p{N}]+")
_UNIT = regex.compile(r"\p{Han}|[^\p{Han}\W_]+")


def bare(text: str) -> str:
    """Letters and digits only, folded (NFKC, Simplified, lower case)."""
    return str(_BARE.sub("", fold(text)))


def contains_answer(reply: str, answers: tuple[str, ...], *, in_parts: bool) -> float:
    """How much of the gold answers a reply holds, 0..1.

    An answer is held when its letters and digits stand in those of the reply, in one run. With
    ``in_parts``, the share of the answers that are held; else 1 when any is, as with the answers of SQuAD.
    An empty reply scores 0.

    Raises:
        ValueError: there are no answers; the metric is then undefined.
    """
    if not answers:
        raise ValueError("without gold answers it is undefined whether a reply holds them")
    within = bare(reply)
    held = [bool(bare(answer)) and bare(answer) in within for answer in answers]
    return sum(held) / len(held) if in_parts else float(any(held))


def _units(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for unit in _UNIT.findall(fold(text)):
        counts[unit] = counts.get(unit, 0) + 1
    return counts


def character_f1(reply: str, answers: tuple[str, ...], *, in_parts: bool) -> float:
    """Overlap of a reply with the gold answers, 0..1, counted in Han characters and other whole words.

    F1 = 2 P R / (P + R), where P is the share of the reply's units that stand in the answer and R the share
    of the answer's that stand in the reply, as multisets (Rajpurkar et al. 2016, with characters in place
    of words for Chinese). The best of the answers counts; with ``in_parts`` they are taken together. An
    empty reply scores 0. A whole sentence quoted for a short answer scores low: that is its length, not
    an error.

    Raises:
        ValueError: there are no answers.
    """
    if not answers:
        raise ValueError("without gold answers F1 is undefined")
    given = _units(reply)
    best = 0.0
    for answer in (" ".join(answers),) if in_parts else answers:
        wanted = _units(answer)
        common = sum(min(count, given.get(unit, 0)) for unit, count in wanted.items())
        if common:
            precision, recall = common / sum(given.values()), common / sum(wanted.values())
            best = max(best, 2 * precision * recall / (precision + recall))
    return best
