"""The text of an Office document without LibreOffice: its paragraphs, the rows of its tables, the state of its boxes.

What a reviewer deleted and what is hidden is left out, as when it is printed; page, place and numbering are unknown.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from lxml import etree, html
from striprtf.striprtf import rtf_to_text

from extractors.kinds import ZIP_ERRORS, FileKind

_LARGEST = 200_000_000  # bytes of XML: more is a bomb
_TICKED, _UNTICKED = "☑", "☐"
_TICKED_SYMBOLS = frozenset((0xFE, 0xFD, 0xFC, 0xFB, 0x78, 0x52, 0x53, 0x54))
_SYMBOLS = _TICKED_SYMBOLS | {0xA8, 0x6F, 0x71, 0x72, 0xA3, 0x2A, 0x70}
"""Wingdings and Wingdings 2: the boxes that `extractors.boxes` knows."""
_OFF = ("0", "false", "off", "none")
_CELL_END = " | "
_UNREAD = (*ZIP_ERRORS, etree.LxmlError, TypeError, AttributeError)
"""What a damaged document raises in the parsers."""

Element: TypeAlias = Any
"""Of lxml, which has no types."""


def office_lines(data: bytes, kind: FileKind) -> list[str]:
    """Lines of the document, cells of a row joined by « | »; none when nothing can be read."""
    try:
        text = _READERS[kind](data)
    except _UNREAD:
        return []
    lines = (" ".join(line.split()).removesuffix(_CELL_END.rstrip()).strip() for line in text.splitlines())
    return [line for line in lines if line]


def _member(data: bytes, pattern: str) -> Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = next((i for i in archive.infolist() if re.fullmatch(pattern, i.filename)), None)
        if info is None:
            raise LookupError(pattern)
        if info.file_size > _LARGEST:
            raise ValueError("too large")
        with archive.open(info) as stream:
            content = stream.read(_LARGEST)
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def _tag(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _attribute(element: Element | None, name: str) -> str | None:
    """The attribute of that local name, whatever its namespace."""
    if element is None:
        return None
    return next((str(v) for k, v in element.attrib.items() if etree.QName(str(k)).localname == name), None)


def _child(element: Element, *path: str) -> Element | None:
    found: Element | None = element
    for name in path:
        found = next((c for c in found if _tag(c) == name), None) if found is not None else None
    return found


def _is_on(element: Element | None) -> bool:
    """An empty `<w:vanish/>` is on."""
    return element is not None and (_attribute(element, "val") or "1").lower() not in _OFF


def _one_line(parts: Iterator[str]) -> str:
    return " ".join("".join(parts).split())


# ---------------------------------------------------------------- Word


def _docx(data: bytes) -> str:
    return "".join(_word(_member(data, r"word/document\d*\.xml")))


def _word(element: Element) -> Iterator[str]:
    tag = _tag(element)
    if tag in ("del", "moveFrom", "pPr", "rPr", "instrText", "Fallback", "sdtPr", "tblPr", "sectPr"):
        return
    if tag == "r" and _is_on(_child(element, "rPr", "vanish")):
        return
    if tag == "t":
        text, font = element.text or "", _attribute(_child(element.getparent(), "rPr", "rFonts"), "ascii") or ""
        yield "".join(_symbol(font, ord(char)) for char in text) if font.startswith("Wingdings") else text
    elif tag in ("tab", "br", "cr"):
        yield "\n" if tag != "tab" else "\t"
    elif tag == "noBreakHyphen":
        yield "-"
    elif tag == "sym":
        yield _symbol(_attribute(element, "font") or "", int(_attribute(element, "char") or "0", 16))
    elif tag == "fldChar" and (field := _child(element, "ffData", "checkBox")) is not None:
        since = _child(field, "checked")
        yield _TICKED if _is_on(since if since is not None else _child(field, "default")) else _UNTICKED
    elif tag == "sdt" and (checkbox := _child(element, "sdtPr", "checkbox")) is not None:
        yield _TICKED if _is_on(_child(checkbox, "checked")) else _UNTICKED
    elif tag == "tc":
        yield _one_line(part for child in element for part in _word(child)) + _CELL_END
    else:
        for child in element:
            yield from _word(child)
        if tag in ("p", "tr"):
            yield "\n"


def _symbol(font: str, char: int) -> str:
    """A box of a symbol font; its other signs are ornaments."""
    code = char & 0xFF
    if not font.startswith("Wingdings") or code not in _SYMBOLS:
        return ""
    return _TICKED if code in _TICKED_SYMBOLS else _UNTICKED


# ---------------------------------------------------------------- OpenDocument


def _odt(data: bytes) -> str:
    content = _member(data, r"content\.xml")
    bodies = [e for e in content.iter() if _tag(e) == "text" and _tag(e.getparent()) == "body"]
    return "".join(part for body in bodies[:1] for part in _open_document(body))


def _open_document(element: Element) -> Iterator[str]:
    tag = _tag(element)
    if tag in ("tracked-changes", "annotation", "forms", "sequence-decls", "title", "desc"):
        return
    if tag == "table-cell":
        yield _one_line(part for child in element for part in _with_tails(child)) + _CELL_END
        return
    if tag == "s":
        yield " " * min(int(_attribute(element, "c") or "1"), 100)
    elif tag in ("tab", "line-break"):
        yield "\n" if tag == "line-break" else "\t"
    elif tag == "fieldmark" and (_attribute(element, "type") or "").endswith("FORMCHECKBOX"):
        state = (_attribute(param, "value") for param in element if _attribute(param, "name") == "Checkbox_Checked")
        yield _TICKED if next(state, "false") == "true" else _UNTICKED
    yield element.text or ""
    for child in element:
        yield from _with_tails(child)
    if tag in ("p", "h", "table-row"):
        yield "\n"


def _with_tails(element: Element) -> Iterator[str]:
    yield from _open_document(element)
    yield element.tail or ""


# ---------------------------------------------------------------- HTML, RTF

_SILENT = frozenset(("script", "style", "head", "template", "del", "s"))
_BLOCKS = frozenset(
    ("p", "div", "li", "ul", "ol", "tr", "table", "pre", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6")
    + ("section", "article", "header", "footer")
)


def _html(data: bytes) -> str:
    return "".join(_page(html.document_fromstring(data)))


def _page(element: Element) -> Iterator[str]:
    tag = _tag(element)
    if tag not in _SILENT and tag and element.get("hidden") is None:
        if tag in ("td", "th"):
            yield _one_line(_inside(element)) + _CELL_END
        else:
            yield "\n" if tag in _BLOCKS or tag == "br" else ""
            yield from _inside(element)
            yield "\n" if tag in _BLOCKS else ""


def _inside(element: Element) -> Iterator[str]:
    # The line ends of the source are spaces
    yield re.sub(r"\s+", " ", element.text or "")
    for child in element:
        yield from _page(child)
        yield re.sub(r"\s+", " ", child.tail or "")


# « {\rtlch \v hidden} », what a reviewer deleted
_RTF_UNSEEN = re.compile(r"\{(?:\\[a-z]+-?\d* ?)*?\\(?:v|deleted)(?![a-z\d])[^{}]*\}")


def _rtf(data: bytes) -> str:
    plain: Callable[..., str] = rtf_to_text
    text = _RTF_UNSEEN.sub("", data.decode("cp1252", errors="replace"))
    return plain(text, errors="replace").replace("|", _CELL_END)


_READERS = {"docx": _docx, "odt": _odt, "html": _html, "rtf": _rtf}
