"""PDF or text → Document: the text of every page with pdfium, in reading order, and what could not be read."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from ctypes import c_double
from itertools import groupby, pairwise
from pathlib import Path
from threading import Lock

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extractors.errors import DamagedPdf, DocumentError, EmptyFile, EncryptedPdf, TooBig, XfaForm
from extractors.forms import marked, page_overlay, placed
from extractors.labels import label_lines
from extractors.layout import Piece, reading_order
from extractors.ocr.soup import POOR, is_soup, is_unlikely
from extractors.schema import Box, Document, Line, Page, PageState, Problem

PDFIUM = Lock()  # pdfium keeps global state: one caller at a time in a process

_MOST_BYTES = 10**9
"""Of a file that is opened: it stands whole in memory."""
_GAP = 1.3  # in line heights: the least gap that may part two columns
_HYPHEN_MARKS = re.compile("[\x02\ufffe](?:\r?\n)?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff]")
_LETTERHEAD = 600  # characters: a head and a foot of text around a scan have fewer
_WHOLE_PAGE = 0.7  # share of the page: its text is what an earlier recognition left
_XFA = frozenset({raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND})
_XFA_MEND = "formulaire XFA, que seul Acrobat affiche : l'ouvrir dans Acrobat et l'imprimer en PDF"
_WAITING = re.compile(r"(?i)please wait|veuillez patienter|adobe (?:acrobat )?reader")
_MESSAGES = {
    "scan": "image sans texte : installer Tesseract (OCR) par make setup-system puis relire le fichier",
    "unmapped": "texte illisible (police sans table Unicode) : demander l'original, ou installer Tesseract (OCR) par "
    "make setup-system puis relire le fichier",
}


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a file, called `name` where they cannot be read; raises DocumentError then."""
    try:
        if (size := path.stat().st_size) > _MOST_BYTES:
            message = f"{size / 1e6:.0f} Mo, {_MOST_BYTES // 10**6} au plus ; le découper"
            raise TooBig(f"{Path(name).name} : {message}")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"{Path(name).name} : lecture impossible ({reason}) ; vérifier le chemin et les droits"
        raise DocumentError(message) from error


def pdf_document(data: bytes, name: str) -> Document:
    """The pages of a PDF of that path; raises DocumentError when there is none to read."""
    with PDFIUM:
        pages, problems = _read_pdf(data, Path(name).name)
    return Document(
        path=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=tuple(label_lines(pages)),
        problems=tuple(problems),
    )


def text_document(data: bytes, name: str) -> Document:
    """A text of that path, as one page."""
    return Document(
        path=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=tuple(label_lines([_text_page(data)])),
        kind="txt",
        layout="text",
    )


def _text_page(data: bytes) -> Page:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    lines = tuple(Line(text=_CONTROL.sub("", line), bbox=(0, 0, 0, 0)) for line in text.splitlines())
    return Page(number=1, width=0, height=0, lines=lines, state="text" if text.strip() else "empty")


# ---------------------------------------------------------------- PDF


def _read_pdf(data: bytes, name: str) -> tuple[list[Page], list[Problem]]:
    pdf = _open(data, name)
    try:
        if len(pdf) == 0:
            raise EmptyFile(f"{name} : PDF sans page ; le télécharger de nouveau")
        pages, problems = [], []
        if b"%%EOF" not in data[-4096:]:
            message = "fichier tronqué, des pages peuvent manquer : le télécharger de nouveau"
            problems.append(Problem(stage="read", code="truncated", message=message))
        form = _open_form(pdf)
        filled = False
        for number in range(1, len(pdf) + 1):
            try:
                page, has_fields = _read_page(pdf, number)
                filled = filled or has_fields
                pages.append(page)
            except pdfium.PdfiumError:
                pages.append(Page(number=number, width=0, height=0, lines=(), state="empty"))
                message = f"page {number} illisible : télécharger de nouveau le fichier ou le réparer"
                problems.append(Problem(stage="read", code="damaged_page", message=message, page=number))
        if form in _XFA and not filled:
            if len(pages) == 1 and _WAITING.search(pages[0].text):
                raise XfaForm(f"{name} : {_XFA_MEND}")
            problems.append(Problem(stage="read", code="xfa", message=_XFA_MEND))
        return pages, problems + state_problems(pages)
    finally:
        pdf.close()


def _open(data: bytes, name: str) -> pdfium.PdfDocument:
    # pypdfium2 takes a document without pages for one that failed, with the error code of an earlier file
    handle = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not handle:
        if raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise EncryptedPdf(f"{name} : PDF protégé par un mot de passe ; fournir une copie sans mot de passe")
        raise DamagedPdf(f"{name} : PDF abîmé ou tronqué ; le télécharger de nouveau")
    return pdfium.PdfDocument(handle)


def _open_form(pdf: pdfium.PdfDocument) -> int:
    """The kind of form that a PDF is, once its fields can be asked for; before any of its pages is loaded."""
    form: int = pdf.get_formtype()
    if form != raw.FORMTYPE_NONE:
        logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of XFA, which we tell ourselves
        pdf.init_forms()
    return form


def _read_page(pdf: pdfium.PdfDocument, number: int) -> tuple[Page, bool]:
    """The page, and whether it holds fields of a form."""
    page = pdf[number - 1]
    try:
        textpage = page.get_textpage()
        try:
            text = _text_by_index(textpage)
            to_display = _to_display(page)
            overlay = page_overlay(pdf, page, to_display)
            shown = marked(textpage, text, overlay, to_display) if overlay else text
            pieces = list(_pieces(textpage, shown, to_display))
            lines = reading_order(placed(pieces, overlay) if overlay else pieces)
        finally:
            textpage.close()
        width, height = page.get_size()
        state = _state(page, text, lines, height)
    finally:
        page.close()
    placed_lines = tuple(Line(text=line.text, bbox=(line.x0, line.top, line.x1, line.bottom)) for line in lines)
    read = Page(number=number, width=width, height=height, lines=placed_lines, state=state)
    return read, overlay is not None and overlay.has_widgets


def _text_by_index(textpage: pdfium.PdfTextPage) -> str:
    """The text of the page such that text[i] is pdfium's character i."""
    count = textpage.count_chars()
    text: str = textpage.get_text_range() if count else ""
    if len(text) == count:
        return text
    # pdfium left out or added characters: ask for them one by one
    codes = (raw.FPDFText_GetUnicode(textpage, i) for i in range(count))
    return "".join("\ufffd" if 0xD800 <= code < 0xE000 else chr(code) for code in codes)


def _to_display(page: pdfium.PdfPage) -> Callable[[float, float, float, float], Box]:
    """From PDF user space (left, top, right, bottom) to the page as displayed, origin at the top left."""
    left, bottom, right, top = page.get_bbox()
    rotation = page.get_rotation()
    if rotation == 90:
        return lambda x0, y1, x1, y0: (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
    if rotation == 180:
        return lambda x0, y1, x1, y0: (right - x1, y0 - bottom, right - x0, y1 - bottom)
    if rotation == 270:
        return lambda x0, y1, x1, y0: (top - y1, right - x1, top - y0, right - x0)
    return lambda x0, y1, x1, y0: (x0 - left, top - y1, x1 - left, top - y0)


def _pieces(textpage: pdfium.PdfTextPage, text: str, to_display: Callable[..., Box]) -> Iterable[Piece]:
    """The lines of pdfium, split where a gap is wide enough to part columns or cells."""
    handle = textpage.raw
    x0, y1, x1, y0 = (c_double() for _ in range(4))
    loose = raw.FS_RECTF()
    start = 0
    for row, line in enumerate(_lines(text)):
        end = start + len(line)
        content = line.strip("\r\n \t\x02\ufffe")
        if content:
            boxes = []
            # One rectangle per text object: far fewer calls than one per character
            for i in range(raw.FPDFText_CountRects(handle, start, len(line))):
                raw.FPDFText_GetRect(handle, i, x0, y1, x1, y0)
                boxes.append(to_display(x0.value, y1.value, x1.value, y0.value))
            if boxes:
                first = start + line.index(content[0])
                raw.FPDFText_GetLooseCharBox(handle, first, loose)
                font = to_display(loose.left, loose.top, loose.right, loose.bottom)
                yield from _split_at_gaps(handle, line, start, boxes, font, row, to_display)
        start = end


def _lines(text: str) -> list[str]:
    """Lines with their ends, also after pdfium's mark of a hyphen at the end of a line."""
    return [line for line in re.split("(?<=\n)|(?<=[\x02\ufffe])(?!\r?\n)", text) if line]


def _split_at_gaps(
    handle: object, line: str, start: int, boxes: list[Box], font: Box, row: int, to_display: Callable[..., Box]
) -> Iterable[Piece]:
    size = font[3] - font[1]
    widest = max(11.0, _GAP * size)
    gaps = [i for i in range(1, len(boxes)) if not -widest < boxes[i][0] - boxes[i - 1][2] < widest]
    cuts = _places(handle, line, start, [boxes[i][0] for i in gaps], to_display) if gaps else []
    if len(cuts) != len(gaps):
        cuts, gaps = [], []
    for (begin, end), (first, last) in zip(
        pairwise([0, *cuts, len(line)]), pairwise([0, *gaps, len(boxes)]), strict=True
    ):
        if text := _clean(line[begin:end]):
            inside = boxes[first:last]
            top, bottom = min(b[1] for b in inside), max(b[3] for b in inside)
            if top > font[1] - 0.4 * size and bottom < font[3] + 0.4 * size:
                # The height of the font, as pdfplumber gives, not that of the ink: an accent makes no line taller
                top, bottom = font[1], font[3]
            yield Piece(text, min(b[0] for b in inside), top, max(b[2] for b in inside), bottom, row)


def _places(handle: object, line: str, start: int, lefts: Sequence[float], to_display: Callable[..., Box]) -> list[int]:
    """Where in the line stand the words whose left edges are `lefts`, in the order of the line."""
    x0, x1, y0, y1 = (c_double() for _ in range(4))
    places: list[int] = []
    for space in re.finditer(r"\s+(?=\S)", line):
        if len(places) == len(lefts):
            break
        raw.FPDFText_GetCharBox(handle, start + space.end(), x0, x1, y0, y1)
        left = to_display(x0.value, y1.value, x1.value, y0.value)[0]
        if abs(left - lefts[len(places)]) < 0.5:
            places.append(space.end())
    return places


def _clean(text: str) -> str:
    """The text of the line without control characters; pdfium's hyphen marks become hyphens."""
    return _CONTROL.sub("", _HYPHEN_MARKS.sub("-", text)).strip(" \t\n")


# ---------------------------------------------------------------- state of a page


def _state(page: pdfium.PdfPage, text: str, lines: Sequence[Piece], height: float) -> PageState:
    visible = sum(len(line.text) for line in lines)
    if is_soup(text) or (is_unlikely(text, below=POOR) and _image_share(page) > _WHOLE_PAGE):
        return "unmapped"
    if visible >= _LETTERHEAD:
        return "text"
    body = sum(len(line.text) for line in lines if line.top > 0.12 * height and line.bottom < 0.88 * height)
    if body < 20 and _image_share(page) > (0.5 if visible else 0.2):
        return "scan"
    return "text" if visible else "empty"


def _image_share(page: pdfium.PdfPage) -> float:
    """Share of the page that images cover; strips of one scan add up."""
    width, height = page.get_size()
    area = 0.0
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = image.get_bounds()
        area += abs((right - left) * (top - bottom))
    return float(area / max(width * height, 1.0))


def state_problems(pages: Sequence[Page]) -> list[Problem]:
    """What pages without words to read are told by, with the mend."""
    problems = []
    for state, group in groupby(pages, key=lambda page: page.state):
        if state in _MESSAGES:
            numbers = [page.number for page in group]
            where = f"page {numbers[0]}" if len(numbers) == 1 else f"pages {numbers[0]} à {numbers[-1]}"
            problems.append(Problem(stage="read", code=state, message=f"{where} : {_MESSAGES[state]}", page=numbers[0]))
    return problems
