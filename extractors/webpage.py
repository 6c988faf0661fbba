"""HTML and RTF as they are given to read: what they hide, or would read elsewhere, is taken out."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree, html

_GONE = frozenset(("script", "link", "base", "meta", "iframe", "frame", "embed", "object", "applet", "audio", "video"))
_STRUCK = frozenset(("del", "s", "strike"))
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ELSEWHERE = ("src", "srcset", "background", "data", "poster", "longdesc", "lowsrc")
_CSS_ELSEWHERE = re.compile(r"url\s*\(|@import", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_RTF_FIELDS = re.compile(rb"INCLUDE(?=PICTURE|TEXT)", re.IGNORECASE)


def plain_page(data: bytes) -> bytes:
    """The same page in UTF-8, without pictures, frames, scripts or what no reader sees; its boxes are written as signs.

    A page that tells no encoding is in UTF-8 when it can be; nothing is left of one that cannot be read.
    """
    if not data.startswith(_UTF_16):
        data = _CONTROL.sub(b" ", data)
    try:
        page = html.document_fromstring(data, parser=html.HTMLParser(encoding=_encoding(data)))
        return _BOM + bytes(etree.tostring(_plain(page), method="html", encoding="utf-8"))
    except (etree.LxmlError, ValueError, AssertionError):
        return b""


def _plain(page: Any) -> Any:
    for element in list(page.iter()):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _GONE or not tag or _is_unseen(element, tag):
            element.drop_tree()
        elif tag == "input" and element.get("type", "").lower() in ("checkbox", "radio"):
            element.tail = f"{'☐' if element.get('checked') is None else '☑'} {element.tail or ''}"
            element.drop_tree()
        else:
            if tag == "table":
                element.set("border", "1")  # lines part its cells, whatever the page shows
            for name in _ELSEWHERE:
                element.attrib.pop(name, None)
            if _CSS_ELSEWHERE.search(element.get("style", "")):
                del element.attrib["style"]
            if tag == "style" and _CSS_ELSEWHERE.search(element.text or ""):
                element.text = ""
    return page


def _is_unseen(element: Any, tag: str) -> bool:
    """Whether it is hidden or struck out."""
    if tag == "body" or tag == "html":
        return False
    return tag in _STRUCK or element.get("hidden") is not None or bool(_HIDING.search(element.get("style", "")))


def plain_rtf(data: bytes) -> bytes:
    """The same document, whose fields ask for nothing that stands elsewhere."""
    return _RTF_FIELDS.sub(lambda name: b"X" * len(name[0]), data)


def _encoding(data: bytes) -> str | None:
    if data.startswith((_BOM, *_UTF_16)) or re.search(rb"charset|<\?xml", data[:4096], re.IGNORECASE):
        return None  # told
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"
