"""What makes a line a heading, and the number it carries."""

from __future__ import annotations

import re
from typing import NamedTuple

from extractors.schema import Line

_LONGEST = 140

_NAMED = re.compile(
    r"(?P<name>A(?:RTICLE|rticle|NNEXE|nnexe)|C(?:HAPITRE|hapitre)|T(?:ITRE|itre)|P(?:ARTIE|artie)|S(?:ECTION|ection))"
    r"\b\s*(?:[nN]\s?[°o]\s*)?"
    r"(?P<number>\d{1,3}(?:[.\-]\d{1,2}){0,4}|(?:[IVXLC]{1,6}|[A-Z])\b(?!\.?\s?\d))?(?:er|ère|bis|ter)?\s*"
    r"(?P<sep>[-–—:./)|]*)\s*(?P<title>.*)$"
)
_DECIMAL = re.compile(
    r"(?P<number>(?:[A-Z]\.|[IVX]{1,5}\.)?\d{1,3}(?:\.\d{1,2}){0,5})"
    r"(?P<sep>\s*[.)\-–—:°/]+\s*|\s+(?=\S)|(?=[A-ZÀ-Ý][a-zà-ÿ]))(?P<title>\D.*|\d{1,3}\D.*)$"
)
_ROMAN = re.compile(
    r"(?P<number>[IVX]{1,5}(?:\.[A-H](?!\w))?|[A-H])(?P<sep>\s*[.)\-–—]+\s*|\s*[/:]\s+)(?P<title>\S.*)$"
)
_AMOUNT = re.compile(
    r"\d\s*(?:€|%|euros?\b|HT\b|TTC\b|h\b|heures?\b|m²|ml\b|kg\b|jours?\b)|\d{2}[/.]\d{2}[/.]\d{2,4}|\d{3}$", re.I
)
_RUN_IN = re.compile(r"\s:\s+[^\W\d_A-ZÀ-Ý]|\s?:\s\S+.*[,;]$")
_SUBJECT = re.compile(r"(?:Les?|L['’]|La)\s?(?:titulaires?|entreprises?|prestataires?|attributaires?)\b", re.IGNORECASE)
_LINKING = re.compile(
    r"(?:\b(?:de|du|des|d|et|à|la|le|les|l|en|au|aux|pour|par|sur|ou|un|une)|[-–—,’'/])$", re.IGNORECASE
)

DEPTHS = {"titre": 0, "chapitre": 0, "partie": 0, "annexe": 0, "section": 1, "article": 2}
UNNUMBERED = 9


class Numbering(NamedTuple):
    """The number at the start of a line, its depth among titles (0 outermost) and the title after it."""

    number: str
    depth: int
    title: str
    kind: str


def numbering(text: str) -> Numbering | None:
    """The number that starts the line; None for a line that starts otherwise."""
    if named := _NAMED.match(text):
        name = named["name"].lower()
        if not named["number"] and name != "annexe":
            return None
        if named["title"] and not named["sep"] and not _starts_title(named["title"]):
            return None
        number = (named["number"] or "").replace("-", ".")
        label = number if name == "article" else f"{name} {number}".strip()
        depth = DEPTHS[name] + (number.count(".") if name == "article" else 0)
        return Numbering(label, depth, named["title"], name)
    if decimal := _DECIMAL.match(text):
        number = decimal["number"]
        if number.startswith("0") and "." not in number:
            return None
        kind = "decimal" if "." in number else ("point" if decimal["sep"].strip() else "bare")
        return Numbering(number, 2 + number.count("."), decimal["title"], kind)
    if roman := _ROMAN.match(text):
        number = roman["number"]
        kind = "roman" if re.fullmatch(r"[IVX]+(?:\.[A-H])?", number) else "letter"
        return Numbering(number, 1 + number.count(".") if kind == "roman" else 8, roman["title"], kind)
    return None


def _starts_title(title: str) -> bool:
    return title[:1].isupper() or title[:1] in '«"“'


def is_heading(line: Line, following: Line | None, *, body_height: float, right: float) -> bool:
    """A short line that starts with a number or is set apart by capitals or size, and that is no sentence."""
    text = line.text.strip()
    if not 3 <= len(text) <= _LONGEST or text[-1] in ";,":
        return False
    height = line.bbox[3] - line.bbox[1]
    large = bool(body_height) and height > 1.06 * body_height
    cells = "  " in text
    capitals = _in_capitals(text)
    if found := numbering(text):
        marked = large or (capitals and not cells)
        return _is_numbered_heading(found, text, line, following, marked=marked, right=right)
    if cells or text[-1] in ".:" or text[0].isdigit() or _AMOUNT.search(text) or len(text) > 100:
        return False
    letters = sum(c.isalpha() for c in text)
    if capitals:
        return letters >= 6 and letters > 0.6 * len(text.replace(" ", ""))
    return large and height > 1.15 * body_height and letters >= 4 and text[0].isupper()


def _is_numbered_heading(
    found: Numbering, text: str, line: Line, following: Line | None, *, marked: bool, right: float
) -> bool:
    title = found.title
    runs_on = following is not None and following.text[:1].islower() and line.bbox[2] >= 0.8 * right
    if found.kind in DEPTHS:
        # A line that ends a sentence is a reference to an article, not its title; in a decision, « Article 1. » opens
        # the sentence that it numbers
        is_sentence = _SUBJECT.match(title) or _AMOUNT.search(title) or _RUN_IN.search(title)
        return not (title.endswith(".") and len(title) > 60) and not (runs_on and not marked and is_sentence)
    if not _starts_title(title) or sum(c.isalpha() for c in title) < 3:
        return False
    if _AMOUNT.search(title) or _RUN_IN.search(title):
        return False
    if found.kind in ("bare", "point") and "  " in text and not marked:
        return False
    if title[-1] in ".:" and not (marked and len(title) < 80):
        return found.kind == "decimal" and len(title) <= 60
    return marked or (found.kind != "bare" and not runs_on)


def wraps_heading(line: Line, following: Line, *, body_height: float) -> bool:
    """The second line of a heading that did not fit on one."""
    text, more = line.text.strip(), following.text.strip()
    if not more or len(more) > 70 or more[-1] in ".;:," or numbering(more):
        return False
    height, next_height = line.bbox[3] - line.bbox[1], following.bbox[3] - following.bbox[1]
    if abs(height - next_height) > 0.06 * max(height, 1) or following.bbox[1] - line.bbox[3] > 0.6 * max(height, 1):
        return False
    if _in_capitals(text) and _in_capitals(more):
        return bool(_LINKING.search(text))
    set_apart = bool(body_height) and abs(height - body_height) > 0.03 * body_height
    return set_apart and (more[0].islower() or bool(_LINKING.search(text)))


def _in_capitals(text: str) -> bool:
    return text.upper() == text and text.lower() != text
