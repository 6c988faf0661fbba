"""A normalised view of a text that never edits it: matching reads the view, evidence quotes the source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

_LIGATURES = {"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ﬆ": "st", "œ": "oe", "Œ": "OE", "æ": "ae"}
_APOSTROPHES = "’‘ʼ´`′\x91\x92"  # the last two: cp1252 bytes read as Latin-1
_SPACE = r"[\s\u00a0\u2000-\u200b\u202f\u205f\u2060\ufeff]"
_HYPHENS = "-\u2010\u2011\u00ad"
# A word cut at the end of a line keeps its hyphen when the hyphen belongs to it.
_COMPOUND = (
    "sous|non|co|socio|mi|demi|semi|auto|vice|ci|au|avant|après|ex|entre|porte|celle|celui|peut|dit|est|rendez|contre"
)
_SPECIAL = re.compile(
    rf"(?P<cut>(?<=[^\W\d_])[{_HYPHENS}]{_SPACE}*\n{_SPACE}*(?=[a-zà-ÿ]))"
    rf"|(?P<lost>(?<![^\W\d_])[dlDL](?=(?:insertion|emploi|ex[ée]cution|apprenti|action)))"
    rf"|(?P<soft>\u00ad)|(?P<cells>(?<=\S) {{2,}}(?=\S))"
    rf"|(?P<space>{_SPACE}{{2,}}|(?! ){_SPACE})"  # not the single space: nearly every space is one
    rf"|(?P<hyphen>[\u2010\u2011])|(?P<quote>[{_APOSTROPHES}])|(?P<ligature>[{''.join(_LIGATURES)}])|(?P<marked>.[\u0300-\u036f]+)"
)
_COMPOUND_BEFORE = re.compile(rf"\b(?:{_COMPOUND})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """`text` as it should read on one line; `offsets[i]` is where its character i stands in the source."""

    text: str
    folded: str
    """`text` in lower case without accents, same length."""
    offsets: tuple[int, ...]
    source: str

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that view characters start..end come from."""
        stop = self.offsets[end - 1] + 1 if end > start else self.offsets[start]
        while end > start and stop < len(self.source) and unicodedata.combining(self.source[stop]):
            stop += 1
        return self.offsets[start], stop


@lru_cache(maxsize=16)  # a long passage is asked for again for each of its findings
def normalise(source: str) -> View:
    """View: single spaces, « | » between cells, straight apostrophes, whole words, open ligatures, whole accents."""
    pieces: list[str] = []
    offsets: list[int] = []
    position = 0

    def emit(piece: str, at: int, step: int) -> None:
        pieces.append(piece)
        offsets.extend(range(at, at + len(piece)) if step else (at,) * len(piece))

    for match in _SPECIAL.finditer(source):
        start = match.start()
        emit(source[position:start], position, 1)
        kind, found = match.lastgroup, match[0]
        if kind == "cut":
            if _COMPOUND_BEFORE.search(source, max(0, start - 8), start):
                emit("-", start, 0)
        elif kind == "lost":  # « dinsertion »: the form or the font lost its apostrophe
            emit(found + "'", start, 0)
        elif kind == "cells":
            emit(" | ", start, 0)
        elif kind == "space":
            emit(" ", start, 0)
        elif kind == "hyphen":
            emit("-", start, 0)
        elif kind == "quote":
            emit("'", start, 0)
        elif kind == "ligature":
            emit(_LIGATURES[found], start, 0)
        elif kind == "marked":
            emit(unicodedata.normalize("NFC", found)[:1], start, 0)
        position = match.end()
    emit(source[position:], position, 1)
    offsets.append(len(source))
    text = "".join(pieces)
    return View(text, fold(text), tuple(offsets), source)


_CUT = re.compile(rf"(?<=[^\W\d_])[{_HYPHENS}]{_SPACE}*\n{_SPACE}*")


def joined(text: str) -> str:
    """The text on one line with words made whole: a cheap stand-in for the view, without offsets."""
    return " ".join(_CUT.sub("", text).split()) if "\n" in text or "\u00a0" in text else text


_PLAIN = str.maketrans({**_LIGATURES, **dict.fromkeys(_APOSTROPHES, "'"), "\u2010": "-", "\u2011": "-", "\u00ad": ""})


def one_line(text: str) -> str:
    """The text of a view without its offsets, a third of the work: single spaces, whole words, open ligatures."""
    text = _CUT.sub(_mended, text) if "\n" in text else text
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return " ".join(text.split())


def _mended(cut: re.Match[str]) -> str:
    return "-" if _COMPOUND_BEFORE.search(cut.string, max(0, cut.start() - 8), cut.start()) else ""


@cache
def _folds() -> dict[int, str]:
    """Latin, Greek and Cyrillic letters → their lower case without accents, where that is one character."""
    folds = {}
    for code in range(0x1F00):
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if len(base) == 1 and base != chr(code):
            folds[code] = base
    return folds


@cache
def _folded_bytes() -> bytes:
    """The same for the 256 bytes of Windows-1252, in which nearly all French is written: ten times faster."""
    folds, table = _folds(), bytearray(range(256))
    for byte in table:
        if character := bytes([byte]).decode("cp1252", "ignore"):
            table[byte] = folds.get(ord(character), character).encode("cp1252")[0]
    return bytes(table)


def fold(text: str) -> str:
    """Lower case without accents, character by character, so that offsets hold."""
    if text.isascii():
        return text.lower()
    try:
        return text.encode("cp1252").translate(_folded_bytes()).decode("cp1252")
    except UnicodeEncodeError:
        return text.translate(_folds())


_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789"
_DROPPED = bytes(sorted({*range(256)} - {*_KEPT}))


def letters(text: str) -> str:
    """The folded letters and digits alone: what stands in a view stands here too, however the file cuts or joins it."""
    if not text.isascii():
        for ligature, plain in _LIGATURES.items():
            text = text.replace(ligature, plain)
    return fold(text).encode("ascii", "ignore").translate(None, _DROPPED).decode("ascii")


_SPACED = bytes(code if code in _KEPT else 32 for code in range(128)) + b" " * 128


def words(text: str) -> list[bytes]:
    """The words and numbers of a text, folded, in ASCII: the same whatever the file, its fonts and its punctuation."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        for ligature, plain in _LIGATURES.items():
            text = text.replace(ligature, plain)
    return text.encode("cp1252", "replace").translate(_folded_bytes()).translate(_SPACED).split()


# A point ends a sentence also where the buyer's form lost the space after it (« prestations.La consultation »),
# but not inside « L. 2113-12 », « n. 3 », « C.C.A.P. », « art. 4 », « 1.4 ».
_SENTENCE_END = re.compile(
    r"(?<=[a-zà-ÿ)»\"%€])(?<!\bart)(?<!\bcf)(?<!\bp)(?<!\bal)(?<!\betc)(?<!\bM)(?<!\bn)\."
    r"(?:(?= *[A-ZÀ-ÝŒ«])|(?= [•\-–0-9(]))"
    r"|(?<=\d)\.(?= ?[A-ZÀ-Ý][a-zà-ÿ'])"
    r"|(?<=[A-Z]{2})\.(?= [A-ZÀ-Ý])"
    r"|(?<=\.[A-Z])\.(?= [A-ZÀ-Ý][a-zà-ÿ])"
    r"|[;!?](?= |$)"
    r"|(?= [-–] ?(?:lot|Lot|LOT) )"
    r"|(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý](?:[a-zà-ÿ]{3}|[a-zà-ÿ]{1,2}[ ']))(?<!\bMc)(?<!\bMac)"
    r"|(?= [•▪▫◦➢►✓☐☒☑❑\uf000-\uf8ff] )"
)


_LONGEST_SENTENCE = 4000  # what is read together costs more than its length


def _ends(text: str) -> Iterator[int]:
    """Where sentences end; what runs on for longer than any sentence is cut at a space."""
    start = 0
    for end in (*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)):
        while end - start > _LONGEST_SENTENCE:
            start = max(text.rfind(" ", start, start + _LONGEST_SENTENCE), start + _LONGEST_SENTENCE // 2)
            yield start
        yield end
        start = end


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of a view text, without the space before them; a list item cut by « ; » is one."""
    start = 0
    for end in _ends(text):
        if words := text[start:end].lstrip():
            yield end - len(words), end
        start = end
