"""Proofs that stand on images: they say so, quote the words as recognised, and are trusted less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from extractors.ocr.places import displayed
from extractors.schema import Box, Clause, Document, Evidence, Line, LineSpan, Page, Passage, Penalty, Term, Volume

Row = TypeVar("Row", Clause, Volume, Penalty, Term)

_MOST = 0.9
"""Confidence of the best row of an image: a person who wants only what is sure does not get it."""
_REPAIRED = 0.8
"""What is left of the confidence where the words were read otherwise than they were recognised."""


def seen_words(document: Document, passage: Passage, start: int, end: int) -> str | None:
    """passage.text[start:end] as it was recognised; None where no word of it stands on an image."""
    pieces, of_image, position = [], False, start
    for span in passage.spans:
        if span.end < start or span.start >= end:
            continue
        line = _line(document, span)
        of_image |= line.confidence is not None
        for repair in line.repairs:
            first, last = span.start + repair.start, span.start + repair.end
            if position <= first and last <= end:
                pieces += [passage.text[position:first], repair.seen]
                position = last
    return "".join((*pieces, passage.text[position:end])) if of_image else None


def seen_row(page: Page, box: Box) -> str | None:
    """The lines of an image inside a box of the upright page, as recognised, where any was repaired."""
    inside = [line for line in page.lines if _is_inside(line.bbox, box)]
    return " | ".join(line.seen for line in inside) if any(line.repairs for line in inside) else None


def trusted(document: Document, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, those whose first proof stands on an image with the confidence of its words in theirs."""
    if all(page.state != "ocr" for page in document.pages):
        return tuple(rows)
    return tuple(_trusted(document, row) for row in rows)


def _trusted(document: Document, row: Row) -> Row:
    proof = row.evidence[0]
    if proof.via is None:
        return row
    page = document.pages[proof.page - 1]
    share = _confidence(page, proof) * (_REPAIRED if proof.read_as else 1)
    return replace(row, confidence=round(min(row.confidence * share, _MOST), 3))


def _confidence(page: Page, proof: Evidence) -> float:
    """Of the words of the lines that the proof frames."""
    framed = [line for line in page.lines if proof.bbox and _is_inside(displayed(page, [line.bbox]), proof.bbox)]
    weighed = [(len(line.text), line.confidence or 0.0) for line in framed or page.lines]
    total = sum(length for length, _ in weighed)
    return sum(length * confidence for length, confidence in weighed) / total if total else 0.0


def _line(document: Document, span: LineSpan) -> Line:
    return document.pages[span.page - 1].lines[span.line]


def _is_inside(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] - 1 <= x <= outer[2] + 1 and outer[1] - 1 <= y <= outer[3] + 1
