"""The markup of the examples of rules: « <ent value=35 lots=1,3>35 heures d'insertion</ent> », read strictly.

A tag surrounds the words a rule must find, to the letter; its attributes say what the rule must read there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from extractors.errors import RuleError

Kind = Literal["clauses", "volumes", "penalties", "terms"]

_CODE, _NUMBER = r"[a-z_]+", r"(?:0|[1-9]\d*)(?:\.\d*[1-9])?"
_SHAPES = {
    **dict.fromkeys(("value", "value_max", "per_amount", "threshold", "amount"), _NUMBER),
    **dict.fromkeys(("rejected", "per", "phase", "bound"), _CODE),
    "lots": r"[^\s,]+(?:,[^\s,]+)*",
}
ATTRIBUTES: dict[Kind, tuple[str, ...]] = {
    "clauses": ("rejected",),
    "volumes": ("value", "value_max", "per_amount", "threshold", "per", "phase", "bound", "lots"),
    "penalties": ("amount", "per"),
    "terms": ("rejected",),
}
"""What a tag may say, by kind of rule, in the order it is written in."""

_TAG = re.compile(r"<ent(?P<attributes>(?: [^\s<>]+)*)>|(?P<close></ent>)")
_LIKE_A_TAG = re.compile(r"<\s*/?\s*ent\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Words found, text[start:end], and what was read there, as the markup writes it, in the order of ATTRIBUTES."""

    start: int
    end: int
    values: tuple[tuple[str, str], ...] = ()


def parse(example: str, *, kind: Kind) -> tuple[str, tuple[Mark, ...]]:
    """The bare text of an example and its marks; raises RuleError on a tag or an attribute that is wrong."""
    if any(not _TAG.match(example, place.start()) for place in _LIKE_A_TAG.finditer(example)):
        raise RuleError(f"balise mal écrite : « {example} » ; la forme est <ent nom=valeur>mots</ent>.")
    text, cursor = "", 0
    marks: list[Mark] = []
    opened: tuple[int, tuple[tuple[str, str], ...]] | None = None
    for tag in _TAG.finditer(example):
        text += example[cursor : tag.start()]
        cursor = tag.end()
        if not tag["close"]:
            if opened:
                raise RuleError(f"balise <ent> dans une autre : « {example} » ; fermez la première.")
            opened = len(text), _values(tag["attributes"].split(), kind)
        elif not opened:
            raise RuleError(f"</ent> sans <ent> : « {example} » ; ouvrez la balise.")
        elif opened[0] == len(text):
            raise RuleError(f"balise vide : « {example} » ; entourez les mots trouvés.")
        else:
            marks.append(Mark(opened[0], len(text), opened[1]))
            opened = None
    text += example[cursor:]
    if opened:
        raise RuleError(f"balise <ent> jamais fermée : « {example} » ; ajoutez </ent>.")
    return text, tuple(marks)


def render(text: str, marks: Iterable[Mark]) -> str:
    """The example that `parse` reads as this text and these marks."""
    pieces, cursor = [], 0
    for mark in marks:
        attributes = "".join(f" {name}={value}" for name, value in mark.values)
        pieces += [text[cursor : mark.start], f"<ent{attributes}>", text[mark.start : mark.end], "</ent>"]
        cursor = mark.end
    return "".join([*pieces, text[cursor:]])


def write(value: float | str | Sequence[str]) -> str:
    """A value as an attribute writes it: « 2000 », « 2.5 », « 1,3 »."""
    if isinstance(value, str):
        return value
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else ",".join(value)


def _values(attributes: Sequence[str], kind: Kind) -> tuple[tuple[str, str], ...]:
    values: dict[str, str] = {}
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        if name not in ATTRIBUTES[kind] or name in values:
            raise RuleError(
                f"attribut « {attribute} » inconnu ou répété ; attributs admis : {', '.join(ATTRIBUTES[kind])}."
            )
        if not re.fullmatch(_SHAPES[name], value):
            raise RuleError(f"attribut « {attribute} » mal écrit ; la forme est value=2.5, per=year, lots=1,3.")
        values[name] = value
    return tuple((name, values[name]) for name in ATTRIBUTES[kind] if name in values)
