"""Document → passages: paragraphs, list items, table rows, headings, furniture, with the article they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from extractors.headings import UNNUMBERED, numbering
from extractors.ocr.places import around, displayed
from extractors.schema import Box, Document, Line, LineSpan, Page, Passage
from extractors.sheet_rows import sheet_passages

_BULLET = re.compile(
    r"(?:[•▪▫■□◦●○◆➢➤►▶✓✔✗✘☐☑☒❑❒⮚·*\uf000-\uf8ff]|[-–—]\s|o\s|\(?[a-z]\)\s|\(?\d{1,2}[)°]\s|[ivx]{1,4}\)\s)\s*\S?"
)
_SENTENCE_END = re.compile(r"[.:;!?…]\W?$")
_GOES_ON = re.compile(r"(?:,|\b(?:de|du|des|la|le|les|une?|et|ou|à|aux?|en|par|pour|sur|n°|l'|d'))\s*$", re.IGNORECASE)
_CUT_NUMBER = re.compile(r"(?s).*\d\n\d{3}\b")  # « 1↵820 heures »
_LOOSE = 1.28  # in line pitches: a wider step down starts a paragraph
_CELLS = "  "


class _Place(NamedTuple):
    page: Page
    at: int

    @property
    def line(self) -> Line:
        return self.page.lines[self.at]


def split_passages(document: Document) -> tuple[Passage, ...]:
    """Every line of the document in one passage, in reading order; spans tell where each line stands.

    The rows of a workbook are said in sentences (`extractors/sheet_rows.py`).
    """
    if document.layout == "sheets":
        return tuple(sheet_passages(document))
    passages: list[Passage] = []
    titles: list[tuple[int, str]] = []
    section: str | None = None
    top_level = 0
    for group in _groups(document):
        text, spans = _text_and_spans(group)
        role = group[0].line.role
        found = numbering(group[0].line.text.strip()) if role in ("body", "heading") else None
        if found and found.kind in ("point", "bare") and not (role == "heading" and _follows(found.number, top_level)):
            found = None
        if role == "heading":
            depth = found.depth if found else UNNUMBERED
            titles = [title for title in titles if title[0] < depth]
        if found and found.kind != "letter" and (role == "heading" or _starts_numbered_text(found.kind, found.title)):
            section = found.number
            first = found.number.split(".")[0]
            top_level = int(first) if first.isdigit() else 0
        passages.append(
            Passage(
                index=len(passages),
                text=text,
                spans=spans,
                role=role,
                section=section if role in ("body", "heading") else None,
                headings=tuple(title for _, title in titles) if role in ("body", "heading") else (),
            )
        )
        if role == "heading":
            titles.append((depth, " ".join(text.split())))
    return tuple(passages)


def _follows(number: str, top_level: int) -> bool:
    """« 1. » inside article 8 counts a list: a single number is an article only where the count goes on."""
    return number.isdigit() and top_level < int(number) <= top_level + 3


def _starts_numbered_text(kind: str, title: str) -> bool:
    """« 8.2.2 Le titulaire remet… »: a paragraph that carries its own number."""
    return kind == "decimal" and title[:1].isupper()


def _text_and_spans(group: Sequence[_Place]) -> tuple[str, tuple[LineSpan, ...]]:
    spans, start = [], 0
    for page, index in group:
        end = start + len(page.lines[index].text)
        spans.append(LineSpan(start=start, end=end, page=page.number, line=index))
        start = end + 1
    return "\n".join(place.line.text for place in group), tuple(spans)


# ---------------------------------------------------------------- where passages begin


def _groups(document: Document) -> Iterator[list[_Place]]:
    """The lines of each passage; a paragraph cut by the end of a page comes before the furniture that cuts it."""
    current: list[_Place] = []
    waiting: list[list[_Place]] = []
    for page in document.pages:
        pitch = _pitch(page)
        right = max((line.bbox[2] for line in page.lines if line.role == "body"), default=0.0)
        for index, line in enumerate(page.lines):
            if not line.text.strip():
                if not document.is_paged and current:
                    yield from (current, *waiting)
                    current, waiting = [], []
                continue
            place = _Place(page, index)
            if line.role == "furniture":
                waiting.append([place])
                continue
            if current and not _starts(current[-1], place, pitch=pitch, right=right, is_paged=document.is_paged):
                current.append(place)
                continue
            if current:
                yield current
            yield from waiting
            current, waiting = [place], []
    if current:
        yield current
    yield from waiting


def _starts(before: _Place, place: _Place, *, pitch: float, right: float, is_paged: bool) -> bool:
    """Whether the line starts a new passage after the line before it."""
    last, line = before.line, place.line
    if line.role != last.role or line.role == "toc":
        return True
    if line.role == "heading":
        return numbering(line.text) is not None or not _near(last, line, pitch)
    if _BULLET.match(line.text):
        return True
    ended = _SENTENCE_END.search(last.text.rstrip()) is not None
    opens = line.text.lstrip()[:1]
    if not is_paged:  # the fields of a notice stand one a line; a wrapped line goes on in lower case
        goes_on = _GOES_ON.search(last.text) or _CUT_NUMBER.match(f"{last.text}\n{line.text}")
        return ended or _starts_item(line.text) or not (opens.islower() or goes_on)
    if before.page is not place.page or line.bbox[1] < last.bbox[1] - 0.5 * pitch:
        return ended or not opens.islower()
    if _CELLS in line.text:
        return True
    if _CELLS in last.text and not opens.islower() and line.bbox[0] < last.bbox[0] + 8:
        return True
    if line.bbox[1] - last.bbox[1] > _LOOSE * max(pitch, 1.15 * (last.bbox[3] - last.bbox[1])):
        return True
    if _starts_item(line.text) and (ended or last.bbox[2] < 0.85 * right):
        return True
    return ended and not opens.islower() and last.bbox[2] < 0.88 * right


def _starts_item(text: str) -> bool:
    found = numbering(text.strip())
    return found is not None and found.title[:1].isupper() and found.kind in ("decimal", "point", "article")


def _near(last: Line, line: Line, pitch: float) -> bool:
    height = last.bbox[3] - last.bbox[1]
    return 0 <= line.bbox[1] - last.bbox[1] <= _LOOSE * max(pitch, 1.25 * height) and (
        abs(line.bbox[3] - line.bbox[1] - height) <= 0.06 * max(height, 1)
    )


def _pitch(page: Page) -> float:
    """The ordinary step from one line to the next, in points."""
    steps = [b.bbox[1] - a.bbox[1] for a, b in pairwise(page.lines) if a.role == b.role == "body"]
    usual = [step for step in steps if 4 < step < 30]
    if not usual:
        return 14.0
    middle = median(usual)
    # Half-way between lines and paragraphs: keep to the lines
    return median([step for step in usual if step <= middle * 1.05])


# ---------------------------------------------------------------- boxes


def box_of(document: Document, passage: Passage, start: int, end: int, *, page: int | None = None) -> Box | None:
    """Box of the lines that hold passage.text[start:end], on one page (that of `start` unless told), as displayed."""
    number = passage.page_at(start) if page is None else page
    box = upright_box(document, passage, start, end, page=number)
    return displayed(document.pages[number - 1], [box]) if box else None


def upright_box(document: Document, passage: Passage, start: int, end: int, *, page: int | None = None) -> Box | None:
    """The same where lines lie flat, as their own boxes do."""
    number = passage.page_at(start) if page is None else page
    lines = document.pages[number - 1].lines
    boxes = [
        lines[span.line].bbox
        for span in passage.spans
        if span.page == number and span.start < max(end, start + 1) and start < span.end + 1
    ]
    if not boxes or not document.is_paged:
        return None
    return around(boxes)
