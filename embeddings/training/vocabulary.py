"""The tokenizer: a Unigram model that is given its vocabulary outright.

A Unigram language model (Kudo 2018, "Subword Regularization") cuts a text into the pieces whose joint
probability is highest. Its usual training starts from all substrings, which does not end in useful time on
text without spaces; words counted by a segmenter are a better start, so the vocabulary is counted, not
learned.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import rjieba
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from embeddings.errors import TrainingError
from embeddings.training.settings import TrainingSettings

UNKNOWN: Final = "[UNK]"
UNKNOWN_ID: Final = 0

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_LETTERS: Final = re.compile(r"[a-z]+")
_WORD_CHARACTERS: Final = range(2, 6)
_PIECE_LETTERS: Final = range(2, 7)
_SHORTEST_INNER_PIECE: Final = 3
_LONGEST_ENGLISH_WORD: Final = 24
# Terms of the lexicons carry the questions in other words, so they count as if they stood in that many texts.
_WRITTEN_COUNT: Final = 5


def build_tokenizer(texts: Iterable[str], written: Iterable[str], settings: TrainingSettings) -> Tokenizer:
    """Count a vocabulary and make the tokenizer that cuts by it.

    The vocabulary holds the most frequent Chinese words of two to five characters as rjieba cuts them, every
    Chinese character seen, the most frequent English words, the most frequent letter n-grams of the English
    words outside the vocabulary, single letters and digits. Scores are log frequencies. The tokenizer itself
    brings text to NFKC and lower case, takes punctuation out and sets every digit apart. What it does not
    know (other scripts) becomes :data:`UNKNOWN`, id 0.

    Args:
        texts: folded texts.
        written: folded words and phrases that count for more than a text.
        settings: the sizes of the vocabulary.

    Returns:
        The tokenizer; it adds no special tokens and neither pads nor cuts off.

    Raises:
        TrainingError: the texts have no words at all.
    """
    han: Counter[str] = Counter()
    latin: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    _count(texts, 1, han, latin, seen)
    _count(written, _WRITTEN_COUNT, han, latin, seen)
    words = _most(han, settings.words, lambda word: len(word) in _WORD_CHARACTERS)
    english = _most(latin, settings.english_words, lambda word: 1 < len(word) <= _LONGEST_ENGLISH_WORD)
    if not words and not english:
        raise TrainingError("The training data has no words", "Check that the files hold text.")
    pieces = _most(_letter_pieces(latin, english), settings.letter_pieces, lambda piece: piece not in english)
    counts: Counter[str] = Counter({character: max(1, han[character]) for character in seen})
    counts.update(dict.fromkeys("abcdefghijklmnopqrstuvwxyz0123456789", 1))
    counts.update(words)
    counts.update(english)
    counts.update(pieces)
    total = math.log(counts.total())
    scored = sorted(((token, math.log(count) - total) for token, count in counts.items()), key=_by_score)
    tokenizer = Tokenizer(Unigram([(UNKNOWN, scored[-1][1]), *scored], unk_id=UNKNOWN_ID))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"[^\p{L}\p{N}]+"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True)]
    )
    return tokenizer


def _by_score(entry: tuple[str, float]) -> tuple[float, str]:
    return -entry[1], entry[0]


def _count(
    texts: Iterable[str], times: int, han: Counter[str], latin: Counter[str], seen: Counter[str]
) -> None:
    for text in texts:
        for run in _HAN.findall(text):
            seen.update(run)
            for word in rjieba.cut(run):
                han[word] += times
        for word in _LETTERS.findall(text):
            latin[word] += times


def _most(counts: Counter[str], size: int, fits: Callable[[str], bool]) -> dict[str, int]:
    """The most frequent fitting entries; ties go by spelling, not by the order of counting."""
    ranked = sorted(((-count, word) for word, count in counts.items() if fits(word)))
    return {word: -count for count, word in ranked[:size]}


def _letter_pieces(latin: Counter[str], english: Mapping[str, int]) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for word, count in latin.items():
        if word not in english:
            for size in _PIECE_LETTERS:
                for start in range(len(word) - size + 1):
                    pieces[word[start : start + size]] += count
    return pieces


def inner_tokens(tokenizer: Tokenizer) -> list[tuple[int, ...]]:
    """For each token, the ids of the tokens inside it.

    A Chinese word has its characters and the shorter words within it; an English word has the words and
    n-grams of at least three letters within it. The rows of the list follow the ids.
    """
    vocabulary = tokenizer.get_vocab()
    inner: list[tuple[int, ...]] = [()] * len(vocabulary)
    for token, number in vocabulary.items():
        if number != UNKNOWN_ID and len(token) > 1:
            least = 1 if _HAN.match(token) else _SHORTEST_INNER_PIECE
            found = {
                vocabulary[token[start : start + size]]
                for size in range(least, len(token))
                for start in range(len(token) - size + 1)
                if token[start : start + size] in vocabulary
            }
            inner[number] = tuple(sorted(found))
    return inner
