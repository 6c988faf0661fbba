"""Which lots a clause or a volume binds: those named near its words, else those of its title, else the contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from extractors.lots import LotReference, lot_references, normalise_number
from extractors.schema import WHOLE_CONTRACT, Passage

ALL = (WHOLE_CONTRACT,)


def merged(references: Iterable[LotReference], every: Sequence[str] = ()) -> tuple[str, ...] | None:
    """Lots of several references together, None without any.

    « tous les lots » and « sauf le lot 2 » are the contract, the latter without its exceptions where `every` lot of
    the contract is known.
    """
    named: list[str] = []
    excepted: set[str] = set()
    whole = seen = False
    for reference in references:
        seen = True
        whole |= reference.whole
        if reference.excluded:
            excepted.update(reference.numbers)
        else:
            named.extend(n for n in reference.numbers if n not in named)
    if not seen:
        return None
    if (whole or not named) and excepted and excepted < set(every):
        return tuple(n for n in every if n not in excepted)
    named = [n for n in named if n not in excepted]  # « les lots 1 à 5, à l'exception du lot 4 »
    return ALL if whole else tuple(named) or ALL


def lots_near(
    text: str, start: int, end: int, rivals: Sequence[tuple[int, int]] = (), every: Sequence[str] = ()
) -> tuple[str, ...] | None:
    """Lots that a sentence names for its words start..end, None where it names none; `every`: those of the contract.

    `rivals` are other words of the sentence that take lots of their own: a reference then goes to the words it is
    nearest to, one that stands before being nearer than one that stands after.
    """
    references = [r for r in lot_references(text) if not r.excluded or r.numbers]
    before = [r for r in references if r.end <= start]
    if not rivals and len(references) > 2 and before:  # « lot 1 épicerie, lot 2 surgelés, lot 3 commerce équitable »
        references = before[-1:]
    if rivals:
        spans = [(start, end), *rivals]
        references = [r for r in references if min(spans, key=lambda span: _distance(r, span)) == (start, end)]
    return merged(references, () if _OTHERS_TOO.search(text) else every)


# « à l'exception du lot 2 et des lots réservés »: exceptions that have no number.
_OTHERS_TOO = re.compile(r"lots? r[ée]serv[ée]s?\b", re.IGNORECASE)


def _distance(reference: LotReference, span: tuple[int, int]) -> int:
    if reference.end <= span[0]:
        return span[0] - reference.end
    if reference.start >= span[1]:
        return reference.start - span[1] + 40
    return 0


# « Lot 3 – Déménagement : lot réservé … . L'attributaire … »: the paragraph is about its lot.
_LOT_OPENS = re.compile(
    r"\W*lots? (?:n ?°? ?)?\w{1,3}(?:(?:, ?| et | à )\w{1,3})*(?= ?[–—:-]|\. (?-i:[A-ZÀ-Ý]))", re.IGNORECASE
)
_ROW_LOT = re.compile(r"\s*(?:lots? ?(?:n ?°? ?)?)?(\d{1,3}|[A-Z])(?: {2,}|\n)", re.IGNORECASE)
_ALLOTMENT_HEADER = re.compile(r"\s*(?:n°s? ?(?:du |de )?)?lots?\b[^\n]* {2,}", re.IGNORECASE)

_OTHER_HEADER = re.compile(r"\s*(?:n ?°|num[ée]ro|r[ée]f\w*|article|question)\s* {2,}[^\W\d]", re.IGNORECASE)


def lots_of_row(passages: Sequence[Passage], passage: Passage) -> tuple[str, ...] | None:
    """The lot of a row of a table of lots: its first cell, under a header whose first cell is « Lot »."""
    row = _ROW_LOT.match(passage.text)
    if not row or "  " not in passage.text:
        return None
    above = passages[max(0, passage.index - 30) : passage.index]
    near = [p.text for p in reversed(above) if p.page in (passage.page, passage.page - 1)]
    header = next((text for text in near if _ALLOTMENT_HEADER.match(text) or _OTHER_HEADER.match(text)), "")
    return (normalise_number(row[1]),) if _ALLOTMENT_HEADER.match(header) else None


def lots_of_title(passage: Passage, intro: str = "") -> tuple[str, ...] | None:
    """Lots named by what opens the list a passage stands in, else by the titles above it, the nearest first."""
    opening = _LOT_OPENS.match(passage.text)
    for text in (opening[0] if opening else "", intro, *reversed(passage.headings)):
        if text and (lots := merged(lot_references(text))):
            return lots
    return None
