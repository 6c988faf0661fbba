"""Whether a document says on its first page that it replaces an earlier version of itself."""

from __future__ import annotations

import re

from extractors.schema import Document
from extractors.text import fold

_OPENING = 2000
"""Characters of the first page that are its title and its preamble."""
_VERSION = (
    r"(?:versions?|documents?|pieces?|cahiers?|reglements?|rc|c\.?c\.?a\.?p|c\.?c\.?t\.?p|ccp|dce|dossiers?|actes?|annexes?|precedent"
    r"|celui|celle)\b"
)
_REPLACES = re.compile(
    rf"\bannule(?:nt)? et remplace(?:nt)?\b(?= (?:(?:l[ae]|les|tous|toute?) )?{_VERSION}|\W{{0,3}}$)", re.MULTILINE
)


def replaces_earlier(document: Document) -> bool:
    """« Ce document annule et remplace la version du 3 octobre »; another contract that is replaced is none."""
    if not document.pages:
        return False
    words = fold(document.pages[0].text[:_OPENING])
    return _REPLACES.search(words) is not None or _REPLACES.search(" ".join(words.split())) is not None
