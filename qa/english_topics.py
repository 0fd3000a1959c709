"""The phrases of an English question that name something, told by its function words, capitals and quotes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

_TOKEN = regex.compile(r"\"[^\"]+\"|“[^”]+”|[\p{L}\p{N}][\p{L}\p{N}.'’&/-]*|[^\s\p{L}\p{N}]")
_DO = frozenset("do does did can could will would should may might must".split())
_ARTICLES = frozenset("the a an".split())
_JOINTS = frozenset("of the and for in on at de".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
_FUNCTION = frozenset(
    "what which who whom whose when where why how do does did can could will would should may might must is "
    "are was were be been has have had a an the and or but so of in on at to for by with from as into about "
    "over after before between during than then that this these those it its they them their he him his she "
    "her there here i you we me my your our us not no up out off many much long far old large big deep high "
    "often also now still yet according".split()
)
_IRREGULAR = frozenset(
    "held made taken took given gave brought built sold paid spent sent set put known knew shown said "
    "told found left won dealt grown grew become became begun began come came got gone went written "
    "wrote seen saw done kept led lost met read run ran signed agreed freed guaranteed bred fed fled "
    "fell fallen rose risen spoke spoken chose chosen drew drawn drove driven bought taught caught "
    "thought felt stood wore worn".split()
)
_REGULAR = regex.compile(r".*[aeiouy].*(?<!e)ed")
"""Of a past tense or participle; seed, speed, bed and shed are none."""

_NOT_VERBS = frozenset(
    "watershed hundred sacred naked wicked rugged kindred infrared biped moped seabed riverbed lakebed "
    "reedbed testbed flatbed seedbed bloodshed woodshed cowshed".split()
)


def english_topic(question: str) -> str:
    """The first two phrases that name something, names before others; empty where there is none."""
    tokens = _tokens(question)
    runs = list(_noun_runs(tokens))
    # A capital at the beginning of the question says nothing.
    named = [run for run in runs if any(tokens[at].is_name for at in range(*run) if at)]
    return ", ".join(_with_article(question, tokens, run) for run in (named or runs)[:2])


def english_pieces(question: str) -> list[tuple[int, int]]:
    """Where the phrases that name something stand, ends exclusive."""
    tokens = _tokens(question)
    return [(tokens[start].start, tokens[end - 1].end) for start, end in _noun_runs(tokens)]


def is_past(word: str) -> bool:
    """Whether a lower-case English word has the form of a past tense or participle: planted, held."""
    return word in _IRREGULAR or (word not in _NOT_VERBS and _REGULAR.fullmatch(word) is not None)


def _tokens(question: str) -> list["_Token"]:
    return [_Token(each[0], each.start(), each.end()) for each in _TOKEN.finditer(question)]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def is_name(self) -> bool:
        return self.text[0].isupper() or self.text[0] in '"“'

    @property
    def ends_run(self) -> bool:
        return self.lower in _FUNCTION or not (self.text[0].isalnum() or self.text[0] in '"“')


def _with_article(question: str, tokens: Sequence[_Token], run: tuple[int, int]) -> str:
    start, end = run
    if start and tokens[start - 1].lower == "the":
        start -= 1
    return question[tokens[start].start : tokens[end - 1].end]


def _noun_runs(tokens: Sequence[_Token]) -> Iterator[tuple[int, int]]:
    """Runs of words that may name something, ends exclusive: no verbs, no dates, not what is asked for."""
    at = 0
    while at < len(tokens):
        if tokens[at].ends_run or _is_verb(tokens, at):
            at += 1
            continue
        start, asked = at, _is_asked(tokens, at)
        while at < len(tokens) and not (tokens[at].ends_run or _is_verb(tokens, at)):
            at += 1
            if not asked:
                at = _over_joint(tokens, start, at)
        end = at
        if _follows_do(tokens, start) and end - start > 1 and not tokens[end - 1].is_name:
            end -= 1
        if not asked and not _is_date(tokens[start:end]):
            yield start, end


def _is_verb(tokens: Sequence[_Token], at: int) -> bool:
    before = tokens[at - 1].lower if at else ""
    if tokens[at].is_name or before in _ARTICLES:
        return False
    return before == "to" or is_past(tokens[at].lower)


def _is_asked(tokens: Sequence[_Token], start: int) -> bool:
    """Whether a run is the "companies" of "how many companies"."""
    before = [token.lower for token in tokens[max(0, start - 2) : start]]
    return before[-1:] in (["which"], ["what"]) or before in (["how", "many"], ["how", "much"])


def _follows_do(tokens: Sequence[_Token], start: int) -> bool:
    """Whether a run follows "did", and so ends in the verb."""
    at = start - 1
    while at >= 0 and tokens[at].lower in _ARTICLES:
        at -= 1
    return at >= 0 and tokens[at].lower in _DO


def _over_joint(tokens: Sequence[_Token], start: int, at: int) -> int:
    """Past "of the", "in" and the like where a name follows, as in "restoration of Yuquan Mountain Park"."""
    over = at
    definite = tokens[start].is_name or (tokens[start - 1 : start] and tokens[start - 1].lower in _ARTICLES)
    if over < len(tokens) and tokens[over].lower != "of" and not definite:
        return at
    while over < len(tokens) and tokens[over].lower in _JOINTS:
        over += 1
    return over if over < len(tokens) and tokens[over].is_name else at


def _is_date(tokens: Sequence[_Token]) -> bool:
    return all(token.text.isdigit() or token.lower in _MONTHS for token in tokens)
