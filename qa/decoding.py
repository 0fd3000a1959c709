"""Bytes to text: the whole file, one codec, nothing replaced."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from qa.errors import DocumentError

_REMEDY = "Save the file as UTF-8 text and try again."
#: Double-byte characters whose second byte is an ASCII letter: usual in accented Latin text, rare in Chinese.
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_LETTER_PAIR = re.compile(rb"[\x81-\xfe][A-Za-z]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LETTER = re.compile(rb"[A-Za-z]")
_HIGH = re.compile(rb"[\x80-\xff]")
_LETTER_PAIR_SHARE = 0.6
_UTF8_SHARE = 0.9
_CLEARLY = 1.15
_CONTROL_SHARE = 0.02
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
#: Everyday characters, those of both scripts and those of one; enough to tell one codec from another.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政"
    "美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员"
    "這個們來為國說時會對經過發後裡動進還樣開從實軍無與長機戰頭體見東門員當沒現點業將兩間問應學麼們書電"
    "北京市省县区城江湖海县镇村院。，、；：？！（）《》「」“”"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded file.

    Attributes:
        text: every character of the file, byte-order mark aside; line ends as they were.
        encoding: the codec's name: utf-8, utf-8-sig, utf-16, gb18030 or big5.
    """

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Decode a whole text file.

    UTF-8 (with or without byte-order mark) and UTF-16 with its mark are certain when they decode. What
    remains is a question between GB18030 and Big5, which both decode nearly anything: the text that
    reads more like Chinese wins.

    Args:
        data: the file's bytes.

    Returns:
        The text and the codec that decoded all of it.

    Raises:
        DocumentError: the file is empty, binary, or in none of these encodings.
    """
    if not data.strip():
        raise DocumentError("The file is empty", "Add text to it, or leave it out.")
    text, encoding = _decode(data)
    if not text.strip("\ufeff \t\r\n\f\v\u3000\xa0"):
        raise DocumentError("The file holds nothing but blanks", "Add text to it, or leave it out.")
    if "\0" in text or len(_CONTROL.findall(text)) > max(8, _CONTROL_SHARE * len(text)):
        raise DocumentError("The file is binary, not text", _REMEDY)
    return Decoded(text, encoding)


def _decode(data: bytes) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise DocumentError("The file is UTF-32, which is not read", _REMEDY)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise DocumentError("The file says it is UTF-16 but does not decode", _REMEDY) from error
    if b"\0" in data:
        raise DocumentError("The file is binary, not text", _REMEDY)
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig" or _mostly_utf8(data):
            raise DocumentError(f"The file is UTF-8 but broken at byte {error.start}", _REMEDY) from error
    candidates = {}
    for name in ("gb18030", "big5"):
        try:
            candidates[name] = data.decode(name)
        except UnicodeDecodeError:
            continue
    if not candidates or _looks_like_accents(data):
        raise DocumentError("The file is in none of UTF-8, UTF-16, GB18030 and Big5", _REMEDY)
    name = _choose(data, candidates)
    return candidates[name], name


def _mostly_utf8(data: bytes) -> bool:
    """Whether nearly all bytes above ASCII sit in sound UTF-8 sequences: damage, not another codec."""
    sound = sum(len(sequence) for sequence in _UTF8_SEQUENCE.findall(data))
    return sound > _UTF8_SHARE * len(_HIGH.findall(data))


def _looks_like_accents(data: bytes) -> bool:
    """Whether this is Latin text: bytes above ASCII mostly lead into ASCII letters, and those abound."""
    pairs = _PAIR.findall(data)
    lettered = len(_LETTER_PAIR.findall(data))
    letters = len(_LETTER.findall(data)) - lettered
    return lettered > _LETTER_PAIR_SHARE * len(pairs) and letters > len(pairs)


def _choose(data: bytes, candidates: dict[str, str]) -> str:
    if len(candidates) == 1:
        return next(iter(candidates))
    scores = {name: _common_share(text) + _everyday_share(text, name) for name, text in candidates.items()}
    best, second = sorted(scores, key=lambda name: scores[name], reverse=True)
    # Everyday characters decide clearly on anything longer than a few words.
    if scores[best] > _CLEARLY * scores[second]:
        return best
    match = from_bytes(data, cp_isolation=list(candidates)).best()
    return match.encoding if match is not None and match.encoding in candidates else best


def _common_share(text: str) -> float:
    """Share of the most frequent characters among those above ASCII, 0..1."""
    above = [character for character in text if character > "\x7f"]
    return sum(character in _COMMON for character in above) / len(above) if above else 0.0


def _everyday_share(text: str, encoding: str) -> float:
    """Share of characters in the codec's own block of everyday ones and punctuation, 0..1."""
    above = [character.encode(encoding) for character in text if character > "\x7f"]
    last = 0xD7 if encoding == "gb18030" else 0xC6
    least_trail = 0xA1 if encoding == "gb18030" else 0x40
    everyday = sum(len(pair) == 2 and 0xA1 <= pair[0] <= last and pair[1] >= least_trail for pair in above)  # noqa: PLR2004
    return everyday / len(above) if above else 0.0
