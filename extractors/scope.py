"""Which lots a clause or a volume binds: those named near its words, else those of its title, else the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from extractors.lots import LotReference, lot_references
from extractors.schema import WHOLE_CONTRACT, Passage

ALL = (WHOLE_CONTRACT,)


def merged(references: Iterable[LotReference]) -> tuple[str, ...] | None:
    """Lots of several references together; « sauf le lot 2 » and « tous les lots » are the contract; else None."""
    numbers: list[str] = []
    seen = False
    for reference in references:
        seen = True
        if reference.whole:
            return ALL
        if not reference.excluded:
            numbers.extend(n for n in reference.numbers if n not in numbers)
    if not seen:
        return None
    return tuple(numbers) or ALL


def lots_near(text: str, start: int, end: int, rivals: Sequence[tuple[int, int]] = ()) -> tuple[str, ...] | None:
    """Lots that a sentence names for its words start..end, None where it names none.

    `rivals` are other words of the sentence that take lots of their own: a reference then goes to the words it is
    nearest to, one that stands before being nearer than one that stands after.
    """
    references = [r for r in lot_references(text) if not r.excluded or r.numbers]
    if rivals:
        spans = [(start, end), *rivals]
        references = [r for r in references if min(spans, key=lambda span: _distance(r, span)) == (start, end)]
    return merged(references)


def _distance(reference: LotReference, span: tuple[int, int]) -> int:
    if reference.end <= span[0]:
        return span[0] - reference.end
    if reference.start >= span[1]:
        return reference.start - span[1] + 40
    return 0


def lots_of_title(passage: Passage, intro: str = "") -> tuple[str, ...] | None:
    """Lots named by what opens the list a passage stands in, else by the titles above it, the nearest first."""
    for text in (intro, *reversed(passage.headings)):
        if text and (lots := merged(lot_references(text))):
            return lots
    return None
