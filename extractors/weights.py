"""The weight of an award criterion, in percent or in points of 100."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.numbers import parse_number
from extractors.schema import Finding, Passage
from extractors.text import normalise

_WEIGHT = re.compile(
    r"(?:ponder\w+|weighting|coefficient|note[e]? sur|sur|fixe a)\b[ :]{0,3}(?P<after>\d{1,3}(?:[.,]\d+)?)"
    r"|(?<=[a-z)] )(?P<last>\d{1,2})$"
    r"|(?P<before>\d{1,3}(?:[.,]\d+)?) ?(?:%|points?\b|pts?\b|/ ?100\b)"
)


def weight_near(passages: Sequence[Passage], passage: Passage, finding: Finding) -> float | None:
    """The weight stated nearest after the words of a criterion, else before them on the line, else on the next."""
    view = normalise(passage.text)
    start = next((i for i, offset in enumerate(view.offsets) if offset >= finding.end), len(view.folded))
    if found := _WEIGHT.search(view.folded, start, start + 250):
        return _value(found)
    before = list(_WEIGHT.finditer(normalise(passage.text[: finding.end]).folded))
    if before:
        return _value(before[-1])
    following = passages[passage.index + 1 : passage.index + 3]
    for other in following:
        if found := _WEIGHT.search(normalise(other.text).folded[:120]):
            return _value(found)
    return None


def _value(found: re.Match[str]) -> float:
    return parse_number(found["after"] or found["last"] or found["before"])
