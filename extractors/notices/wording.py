"""A notice's own words as one readable text: sections, labels in French, nobody named."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from extractors.notices.records import Kind
from extractors.notices.tree import Node
from extractors.persons import without_names

TITLES: dict[Kind, str] = {
    "planning": "AVIS DE PRÉINFORMATION",
    "call": "AVIS DE MARCHÉ",
    "award": "AVIS D'ATTRIBUTION",
    "modification": "AVIS DE MODIFICATION DE MARCHÉ",
    "rectification": "AVIS RECTIFICATIF",
    "cancellation": "AVIS D'ANNULATION",
    "other": "AVIS",
}
LOT_NUMBER = ("LOT_NO", "NUM", "NUM_LOT", "num", "numLot", "numeroLot")
_LOT_TITLE = ("TITLE/P", "INTITULE", "intitule")
_LOT_HEADING = frozenset({*LOT_NUMBER, "TITLE", "INTITULE", "intitule"})
_LABELS = Path(__file__).parents[1] / "lexicons" / "notice_labels.csv"
_MOBILE = re.compile(r"(?:\(?\+33\)? ?|(?<!\d)0)(?:\(0\) ?)?[67](?:[ .-]?\d\d){4}(?!\d)")
_PHONE = re.compile(r"(?:\(?\+33\)? ?|(?<!\d)0)(?:\(0\) ?)?[1-9](?:[ .-]?\d\d){4}(?!\d)")


@cache
def _labels() -> dict[str, tuple[str, str]]:
    """Tag → (section, list, field or skip; its label in French)."""
    with _LABELS.open(encoding="utf-8", newline="") as lines:
        return {row["tag"]: (row["kind"], row["label"]) for row in csv.DictReader(lines)}


def field(label: str, value: str | None) -> Iterator[str]:
    """« Label : value », or nothing."""
    if value:
        yield f"{label} : {value}"


def compose(kind: Kind, lines: Iterable[str]) -> str:
    """The text of a notice: its title, then the lines, without persons."""
    return "\n".join((TITLES[kind], *(anonymous(line) for line in lines))).strip() + "\n"


def anonymous(text: str) -> str:
    """The text without persons, nor the phones beside them, nor mobile phones; see `persons.without_names`."""
    without = without_names(text)
    return (_PHONE if without != text else _MOBILE).sub("", without)


def section(title: str) -> Iterator[str]:
    yield ""
    yield title


def described(node: Node) -> Iterator[str]:
    """Everything that a tree says, in its order, with the labels of the lexicon.

    What has no label is given when it reads as words; codes, people and addresses are left out.
    """
    kind, label = _labels().get(node.tag, ("", ""))
    if kind == "skip":
        return
    paragraphs = [child.text for child in node.children if child.tag == "P" and child.text]
    text = "\n".join([node.text, *paragraphs] if node.text else paragraphs)
    if weight := node.get("POIDS") or node.value("AC_WEIGHTING", "POIDS"):
        yield f"Critère : {text or node.value('AC_CRITERION') or 'prix'} (pondération : {weight})"
        return
    number = node.value(*LOT_NUMBER)
    inner = [child for child in node.children if child.tag != "P" and not (number and child.tag in _LOT_HEADING)]
    told = [line for child in inner for line in described(child)]
    if text and kind == "field":
        told.insert(0, f"{label} : {text}")
    elif " " in text:
        told.insert(0, text)
    if number:
        yield from section(": ".join(filter(None, (f"Lot n° {number} ", node.value(*_LOT_TITLE)))).strip())
    elif kind == "section" and told:
        yield from section(label)
    elif kind == "list" and told:
        yield f"{label} :"
    yield from told
