"""What stands on a page above its text: values and boxes of a form, notes typed on it, words that were struck out.

pdfium leaves annotations out of the text of a page. Typed notes (FreeText) are words of the page; comments (sticky
notes, highlights) are not: a reader of the page does not see them, and they are no words of the contract.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extractors.layout import Piece
from extractors.schema import Box

TICKED, UNTICKED = "☒", "☐"
STRUCK = "[rayé]"
"""Stands for words that a person struck out."""

_HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13
_ON_THE_PAGE = frozenset({raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STRIKEOUT})
_BUTTONS = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_CHOICES = frozenset({raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
_FILLERS = frozenset("._…‥☐□")
"""What is printed where a value is to come: a value typed there covers it."""
_GONE = "\x1e"  # cleaned away with the control characters
_FIRST_MARK = 0x10F000  # private characters stand for values until the lines are made
_STRUCK_MARK = chr(0x10FFFD)
_MAX_FIELDS = 0xE00
_SAME_ROW = 0.5  # share of the smaller height
_NEAR_BOX = 40.0  # points between a box and the words at its right

ToDisplay = Callable[[float, float, float, float], Box]


@dataclass(frozen=True, slots=True)
class Field:
    """Words that a person typed on the page, or the state of a box."""

    text: str
    bbox: Box
    is_box: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """What stands above the text of one page."""

    fields: tuple[Field, ...]
    struck: tuple[Box, ...]
    has_widgets: bool


def page_overlay(pdf: pdfium.PdfDocument, page: pdfium.PdfPage, to_display: ToDisplay) -> Overlay | None:
    """What stands above the text of the page; None on the ordinary page, where nothing does."""
    count = raw.FPDFPage_GetAnnotCount(page)
    if count <= 0:
        return None
    form = pdf.formenv.raw if pdf.formenv else None
    fields: list[Field] = []
    struck: list[Box] = []
    widgets = False
    for index in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind not in _ON_THE_PAGE or raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            widgets = widgets or kind == raw.FPDF_ANNOT_WIDGET
            if kind == raw.FPDF_ANNOT_STRIKEOUT:
                struck += _quads(annotation, to_display)
            elif len(fields) < _MAX_FIELDS and (found := _field(form, annotation, kind, to_display)):
                fields.append(found)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return Overlay(tuple(fields), tuple(struck), widgets) if fields or struck or widgets else None


def _field(form: Any, annotation: Any, kind: int, to_display: ToDisplay) -> Field | None:
    """The words or the box that an annotation shows; None for an empty field, a push button, a signature."""
    box = _rectangle(annotation, to_display)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        text = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    elif form is None:
        return None
    else:
        of_form = raw.FPDFAnnot_GetFormFieldType(form, annotation)
        if of_form in _BUTTONS:
            return Field(TICKED if raw.FPDFAnnot_IsChecked(form, annotation) else UNTICKED, box, is_box=True)
        text = ""
        if of_form in _CHOICES:
            chosen = range(max(0, raw.FPDFAnnot_GetOptionCount(form, annotation)))
            text = "\n".join(
                _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, option)
                for option in chosen
                if raw.FPDFAnnot_IsOptionSelected(form, annotation, option)
            )
        is_secret = raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD
        if not text and (of_form in _CHOICES or (of_form == raw.FPDF_FORMFIELD_TEXTFIELD and not is_secret)):
            text = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    text = "\n".join(line.strip() for line in re.split(r"[\r\n\u2028\u2029]+", text) if line.strip())
    return Field(text, box) if text else None


def _string(ask: Callable[..., int], *about: Any) -> str:
    """A text of pdfium, asked for twice: its length in bytes, then its content."""
    size = ask(*about, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(*about, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace")


def _rectangle(annotation: Any, to_display: ToDisplay) -> Box:
    at = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, at)
    return to_display(at.left, at.top, at.right, at.bottom)


def _quads(annotation: Any, to_display: ToDisplay) -> Iterator[Box]:
    points = raw.FS_QUADPOINTSF()
    for index in range(raw.FPDFAnnot_CountAttachmentPoints(annotation)):
        if raw.FPDFAnnot_GetAttachmentPoints(annotation, index, points):
            xs, ys = (points.x1, points.x2, points.x3, points.x4), (points.y1, points.y2, points.y3, points.y4)
            yield to_display(min(xs), max(ys), max(xs), min(ys))


# ---------------------------------------------------------------- words that are covered


def marked(textpage: pdfium.PdfTextPage, text: str, overlay: Overlay, to_display: ToDisplay) -> str:
    """The text of the page, as long as it was, with one mark for the words struck out and for each value that covers
    dots or an empty box; `placed` gives each mark its words."""
    characters = list(text)
    x0, x1, y0, y1 = (ctypes.c_double() for _ in range(4))
    inside: dict[int, list[int]] = {}
    for index, character in enumerate(text):
        if character.isspace() or not raw.FPDFText_GetCharBox(textpage, index, x0, x1, y0, y1):
            continue
        left, top, right, bottom = to_display(x0.value, y1.value, x1.value, y0.value)
        x, y = (left + right) / 2, (top + bottom) / 2
        if any(_holds(box, x, y) for box in overlay.struck):
            characters[index] = _STRUCK_MARK
        elif character in _FILLERS:
            for rank, field in enumerate(overlay.fields):
                if _holds(field.bbox, x, y):
                    inside.setdefault(rank, []).append(index)
    for rank, covered in inside.items():
        first, last = _whole_run(text, covered[0], covered[-1])
        characters[first : last + 1] = [chr(_FIRST_MARK + rank), *[_GONE] * (last - first)]
    # One mark for all the words struck out together
    joined = re.sub(rf"{_STRUCK_MARK}[\s{_STRUCK_MARK}]*{_STRUCK_MARK}", _one_mark, "".join(characters))
    assert len(joined) == len(text)
    return joined


def _one_mark(found: re.Match[str]) -> str:
    """A mark, then nothing, but for the ends of lines."""
    return _STRUCK_MARK + "".join(c if c in "\r\n" else _GONE for c in found[0][1:])


def _whole_run(text: str, first: int, last: int) -> tuple[int, int]:
    """The dots that go on beyond the field on either side; a lone one ends a sentence."""
    dots = text[first]
    before, after = first, last
    while before and text[before - 1] == dots:
        before -= 1
    while after + 1 < len(text) and text[after + 1] == dots:
        after += 1
    return (before if first - before > 1 else first), (after if after - last > 1 else last)


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


# ---------------------------------------------------------------- words beside their labels


def placed(pieces: Sequence[Piece], overlay: Overlay) -> list[Piece]:
    """The pieces of the page with the values and boxes among them, each beside its label."""
    found: list[Piece] = []
    shown: set[int] = set()
    for piece in pieces:
        text = piece.text.replace(_STRUCK_MARK, STRUCK)
        for rank, field in enumerate(overlay.fields):
            if (mark := chr(_FIRST_MARK + rank)) in text:
                shown.add(rank)
                words = field.text.replace("\n", " ").replace("\\", r"\\")
                text = re.sub(rf" ?{mark} ?", f" {words} ", text).strip()
        found.append(piece._replace(text=text))
    rows = max((piece.row for piece in found), default=0)
    fields = [field for rank, field in enumerate(overlay.fields) if rank not in shown]
    # From top to bottom and left to right: two values of one line come in their order.
    for field in sorted(fields, key=lambda f: (round((f.bbox[1] + f.bbox[3]) / 8), f.bbox[0])):
        rows = _insert(found, field, rows)
    return found


def _insert(pieces: list[Piece], field: Field, rows: int) -> int:
    """Put a value among the pieces; the number of the last row."""
    x0, top, x1, bottom = field.bbox
    lines = field.text.split("\n")
    if len(lines) == 1:
        here = [(i, piece) for i, piece in enumerate(pieces) if _shared(piece, field.bbox) > _SAME_ROW]
        left = max(((i, p) for i, p in here if p.x1 <= x0 + 3), key=lambda found: found[1].x1, default=None)
        # A box may stand over the sign printed in its place.
        edge = x0 - 4 if field.is_box else x1 - 3
        right = min(((i, p) for i, p in here if p.x0 >= edge), key=lambda found: found[1].x0, default=None)
        if right and (left is None or (field.is_box and right[1].x0 - x1 < min(_NEAR_BOX, x0 - left[1].x1 + 1))):
            index, beside = right
        elif left and left[1].text.endswith(":"):
            # « Heures : » and its value are one sentence, however far the field stands
            index, beside = left
            pieces[index] = beside._replace(text=f"{beside.text} {field.text}", x1=x1)
            return rows
        elif left:
            index, beside = left[0] + 1, left[1]
        else:
            return _below(pieces, field, lines, rows)
        pieces.insert(index, Piece(field.text, x0, beside.top, x1, beside.bottom, beside.row))
        return rows
    return _below(pieces, field, lines, rows)


def _below(pieces: list[Piece], field: Field, lines: Sequence[str], rows: int) -> int:
    """Put a value on rows of its own, before the first piece that stands lower."""
    x0, top, x1, bottom = field.bbox
    height = (bottom - top) / len(lines)
    index = next((i for i, piece in enumerate(pieces) if piece.top > top + height / 2), len(pieces))
    for number, line in enumerate(lines):
        rows += 1
        at = top + number * height
        pieces.insert(index + number, Piece(line, x0, at, x1, at + height, rows))
    return rows


def _shared(piece: Piece, box: Box) -> float:
    """Share of the smaller height that both cover."""
    shared = min(piece.bottom, box[3]) - max(piece.top, box[1])
    return shared / max(min(piece.height, box[3] - box[1]), 0.1)
