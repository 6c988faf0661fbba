"""What recognition does to numbers, units and a few words, put right where it is sure: `lexicons/ocr.toml`.

A number that is not sure is not given: it is read as « … », and its page is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.errors import RuleError
from extractors.schema import Repair
from extractors.tomlfiles import load_toml, record

OCR_FILE = Path(__file__).parents[1] / "lexicons" / "ocr.toml"
UNSURE = "…"
"""What a number that may be another one is read as."""

_DIGITS = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "|": "1"})
_TOKEN = re.compile(r"(?<![\w'’-])(?:[dlnDLNqQ]['’])?(?P<word>[^\W_]{4,})(?![\w'’-])")
# What looks alike on paper, the longest first: « msertion », « lnsertion », « heurcs », « soclale »
_ALIKE = (
    ("rn", "m"),
    ("in", "m"),
    ("ln", "m"),
    ("1n", "m"),
    ("ni", "m"),
    ("1", "l"),
    ("i", "l"),
    ("t", "l"),
    ("f", "l"),
)
_Edit = tuple[int, int, str]
"""Start and end in the line as recognised, and what is read there."""
_ACCENTS = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRule:
    """One kind of damage, as the lexicon gives it."""

    name: str
    pattern: str
    read: str = ""
    digits: bool = False
    matches: tuple[tuple[str, str], ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    units: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    rules: tuple[tuple[re.Pattern[str], RepairRule], ...]
    words: Mapping[str, str]
    """Outline of a word → the word."""
    unit: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    """The lexicon; RuleError where it is wrong, or where an example does not hold."""
    data = load_toml(OCR_FILE, keys=("number", "repair", "word"))
    numbers = record(Numbers, data["number"], where=f"{OCR_FILE.name} [number]")
    rules = [record(RepairRule, table, where=f"{OCR_FILE.name} [[repair]]") for table in data["repair"]]
    groups = [record(Words, table, where=f"{OCR_FILE.name} [[word]]") for table in data["word"]]
    words = {outline(word): word for group in groups for word in group.words}
    found = Lexicon(
        rules=tuple((re.compile(rule.pattern), rule) for rule in rules),
        words=words,
        unit=re.compile(rf" ?(?:{numbers.units})"),
    )
    for pattern, rule in found.rules:
        wrong = [seen for seen, read in rule.matches if _applied(seen, pattern, rule)[0] != read]
        wrong += [text for text in rule.never if _applied(text, pattern, rule)[0] != text]
        if wrong:
            raise RuleError(f"{OCR_FILE.name} : {rule.name} lit mal « {wrong[0]} » ; corrigez le motif ou l'exemple.")
    return found


def unit() -> re.Pattern[str]:
    """What follows a number that counts something."""
    return lexicon().unit


def repaired(text: str, others: Sequence[_Edit] = ()) -> tuple[str, tuple[Repair, ...]]:
    """The line as it is read, and where that is not as it was recognised.

    `others`: words that another look showed to be other ones: start, end, and what they are.
    """
    known = lexicon()
    edits = list(others)
    for pattern, rule in known.rules:
        edits += _free(_applied(text, pattern, rule)[1], edits)
    edits += _free(_words(text, known), edits)
    repairs, pieces, position, length = [], [], 0, 0
    for start, end, read in sorted(edits):
        pieces += [text[position:start], read]
        length += start - position
        repairs.append(Repair(start=length, end=length + len(read), seen=text[start:end]))
        length += len(read)
        position = end
    return "".join((*pieces, text[position:])), tuple(repairs)


def _free(wanted: Sequence[_Edit], edits: Sequence[_Edit]) -> list[_Edit]:
    """Those that touch nothing that is read otherwise already."""
    return [edit for edit in wanted if not any(edit[0] < end and start < edit[1] for start, end, _ in edits)]


def _applied(text: str, pattern: re.Pattern[str], rule: RepairRule) -> tuple[str, list[_Edit]]:
    edits = []
    for match in pattern.finditer(text):
        read = match[0].translate(_DIGITS) if rule.digits else match.expand(rule.read)
        if read != match[0]:
            edits.append((match.start(), match.end(), read))
    whole = text
    for start, end, read in reversed(edits):
        whole = whole[:start] + read + whole[end:]
    return whole, edits


def _words(text: str, known: Lexicon) -> list[_Edit]:
    edits = []
    for match in _TOKEN.finditer(text):
        word = match["word"].lower()
        meant = known.words.get(outline(word))
        if meant and meant.translate(_ACCENTS) != word.translate(_ACCENTS):
            edits.append((*match.span("word"), meant))
    return edits


def outline(word: str) -> str:
    """What is left of a word when letters that look alike are one."""
    word = word.lower().translate(_ACCENTS)
    for seen, like in _ALIKE:
        word = word.replace(seen, like)
    return word.replace("c", "e").replace("0", "o")
