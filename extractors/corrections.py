"""Whether what a person said of a row still meets what a reading says, and the words of the document.

A correction is about words on a page, not about a row: a row meets it when it is of the same category and its proof
on that page shares those words, whatever the rule, the length of the quote or the order of the lots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from extractors.ocr.places import displayed
from extractors.rowkeys import clause_lot_key, per_lot, quantity_key, volume_key, volume_slot, weight_key
from extractors.schema import Box, Clause, Document, Volume
from extractors.searching import words
from extractors.text import letters

Row = Clause | Volume
Action = Literal["confirm", "reject", "edit", "add"]
State = Literal["applied", "missing", "text_changed", "withdrawn"]

RULE = "correction"
"""The rule of the rows that a correction writes."""
_SHARED = 0.6
"""Part of the shorter quote that two quotes of the same words share."""
_MASKED = re.compile(r"\[(?:nom|adresse)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person said; the first evidence of `target` is the page and the words it is about."""

    id: int
    action: Action
    target: Row
    """The row as the person saw it; the row that the person adds."""
    wanted: Row | None
    """What is to be shown instead; None to show nothing."""
    same_bytes: bool
    """Whether the document is the one that the person read, rather than one that took its place."""

    @property
    def page(self) -> int:
        return self.target.evidence[0].page

    @property
    def quote(self) -> str:
        return self.target.evidence[0].quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a correction in a reading."""

    correction: Correction
    state: State
    stands: bool
    """Whether it decides what is shown: always in the bytes that the person read."""
    page: int
    """Where its words stand now."""
    row: int | None
    """Position of the row that it meets, if any."""


def resolve(corrections: Sequence[Correction], rows: Sequence[Row], texts: Mapping[int, str]) -> tuple[Outcome, ...]:
    """What becomes of each correction, given the rows of a reading and the text of its pages.

    `texts`: page → its text; empty when it is not known. A row meets one correction at most, the one it is most like;
    of two corrections that are as like, the last one.
    """
    pages = {c.id: _page(c, rows, texts) for c in corrections}
    pairs = [
        (likeness, c.id, position)
        for c in corrections
        if (page := pages[c.id]) is not None
        for position, row in enumerate(rows)
        if (likeness := _likeness(c.target, row, page=page))
    ]
    met: dict[int, int] = {}
    for _, id, position in sorted(pairs, key=lambda pair: (pair[0], pair[1], -pair[2]), reverse=True):
        if id not in met and position not in met.values():
            met[id] = position
    return tuple(_outcome(c, pages[c.id], met.get(c.id), texts) for c in corrections)


def same_values(one: Row, other: Row) -> bool:
    """Whether two rows say the same, proofs and rule apart; a bound that is not told goes with any."""
    if isinstance(one, Clause) and isinstance(other, Clause):
        return one.category == other.category and _lots(one) == _lots(other) and weight_key(one) == weight_key(other)
    if isinstance(one, Volume) and isinstance(other, Volume):
        bounds = {one.bound, other.bound} - {"unspecified"}
        same = volume_key(one) == volume_key(other) and one.phase == other.phase
        return same and one.category == other.category and len(bounds) < 2
    return False


def shared(one: str, other: str) -> float:
    """The part of the shorter text that stands in one piece in the other, from 0 to 1."""
    short, long = sorted((letters(one), letters(other)), key=len)
    if not short:
        return 0.0
    if short in long:
        return 1.0
    left, right = words(one), words(other)
    run = SequenceMatcher(None, left, right, autojunk=False).find_longest_match()
    return sum(map(len, left[run.a : run.a + run.size])) / len(short)


def holds(text: str, quote: str) -> bool:
    """Whether a page says these words; names masked in the quote may be anything."""
    whole = letters(text)
    pieces = [piece for piece in map(letters, _MASKED.split(quote)) if piece]
    return bool(pieces) and all(piece in whole for piece in pieces)


def box_of_quote(document: Document, *, page: int, quote: str) -> Box | None:
    """The box of the lines of a page that say these words; None where they are not, or in a text without places."""
    wanted = letters(quote)
    if not document.is_paged or not wanted or page > len(document.pages):
        return None
    lines = document.pages[page - 1].lines
    ends: list[int] = []
    whole = ""
    for line in lines:
        whole += letters(line.seen)
        ends.append(len(whole))
    start = whole.find(wanted)
    if start < 0:
        return None
    begins = (0, *ends)
    boxes = [
        line.bbox
        for line, first, last in zip(lines, begins, ends, strict=False)
        if first < start + len(wanted) and start < last
    ]
    return displayed(document.pages[page - 1], boxes)


def _outcome(correction: Correction, page: int | None, row: int | None, texts: Mapping[int, str]) -> Outcome:
    stands = correction.same_bytes or page is not None
    state: State = "applied"
    if page is None:
        state = "text_changed" if texts else "missing"
    elif row is None and correction.same_bytes and texts.get(page) and not _said(texts, page, correction.quote):
        state = "text_changed"
    return Outcome(
        correction=correction, state=state, stands=stands, page=correction.page if page is None else page, row=row
    )


def _page(correction: Correction, rows: Sequence[Row], texts: Mapping[int, str]) -> int | None:
    """Where the words stand: their page, or in bytes that took its place the nearest page that says them."""
    if correction.same_bytes:
        return correction.page
    quoted = letters(correction.quote)
    found = {page for page in texts if _said(texts, page, correction.quote)}
    found |= {
        e.page
        for row in rows
        if same_values(row, correction.target)
        for e in row.evidence
        if letters(e.quote) == quoted
    }
    return min(found, key=lambda page: (abs(page - correction.page), page), default=None)


def _said(texts: Mapping[int, str], page: int, quote: str) -> bool:
    """On the page, or from it to the next one."""
    return holds(texts.get(page, ""), quote) or (
        page in texts
        and holds(f"{texts[page]} {texts.get(page + 1, '')}", quote)
        and not holds(texts.get(page + 1, ""), quote)
    )


def _likeness(target: Row, row: Row, *, page: int) -> tuple[float, ...] | None:
    """How much a row is that of the correction, the most telling first; None when it is another."""
    if target.category != row.category:
        return None
    quotes = max((shared(target.evidence[0].quote, e.quote) for e in row.evidence if e.page == page), default=0.0)
    if quotes < _SHARED:
        return None
    same = same_values(target, row)
    if isinstance(target, Clause) and isinstance(row, Clause):
        return same, quotes, len(_lots(target) & _lots(row))
    if isinstance(target, Volume) and isinstance(row, Volume):
        # A quantity read again keeps its lot or its value: with neither, it is another one of the sentence.
        alike = (volume_slot(target) == volume_slot(row)) + (quantity_key(target) == quantity_key(row))
        return (same, alike, quotes) if alike else None
    return None


def _lots(clause: Clause) -> frozenset[object]:
    return frozenset(clause_lot_key(one) for one in per_lot([clause]))
