"""The words of an e-mail: its HTML as lines of text, and a message that is quoted without the people it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

# Headers of a message that is answered or sent on: who wrote and to whom
_QUOTED_START = re.compile(r"[>\s*_]*(?:De|From|Expéditeur)[\s*_]*:", re.IGNORECASE)
_QUOTED_END = re.compile(r"[>\s*_]*(?:Objet|Subject|Sujet)[\s*_]*:", re.IGNORECASE)
_QUOTED_KEPT = re.compile(
    r"[>\s*_]*(?:Objet|Subject|Sujet|Envoyé|Sent|Date|Pièces jointes|Attachments)\b", re.IGNORECASE
)
_QUOTED_REACH = 12
# « Cordialement, », then who signs
_CLOSING = re.compile(
    r"(?P<words>[>\s*_]*(?:(?:bien|très)\s+)?(?:cordialement|respectueusement|sincèrement)"
    r"|[>\s*_]*(?:best |kind )?regards|.*\b(?:salutations|sentiments)\b[^,]*|--\s*$)(?P<name>[\s,.!*_].{0,60})?",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?![^,]*\d ?(?:h\b|heures?|%|€)|.*\blots?\b).{0,60}(?<![.:;!?])", re.IGNORECASE)
"""A line of a signature; sentences, titles and numbers that count are none."""
_SIGNATURE = 8
_GREETING = re.compile(r"(?P<words>[>\s]*(?:Bonjour|Bonsoir|Chère?))\s+[^.;:]{1,40}?[,!]?\s*")
_WROTE = re.compile(r"[>\s]*(?:Le|On) .{5,120}(?:a écrit|wrote)\s*:\s*")
_BLOCKS = frozenset({"blockquote", "br", "dd", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"})
_TITLE = re.compile("h[1-6]")
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_STRUCK = frozenset({"del", "s", "strike"})


class _Words(HTMLParser):
    """The text of a page of a message: a line for each block, a space between cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._struck = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self._struck |= tag in _STRUCK
        self._part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._struck &= tag not in _STRUCK
        if tag not in _CELLS:
            self._part(tag)

    def handle_data(self, data: str) -> None:
        if not (self._silent or self._struck):
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _part(self, tag: str) -> None:
        if tag in _BLOCKS or _TITLE.fullmatch(tag):
            self.pieces.append("\n")
            self._struck = False  # a tag that nobody closed must not silence the rest
        elif tag in _CELLS:
            self.pieces.append("  ")


def html_text(html: str) -> str:
    """The text of an HTML message, a line for each block."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)


def without_people(lines: Sequence[str]) -> Iterator[str]:
    """The lines, without those that say who wrote a message, signed it or answered one that is quoted, and to whom."""
    until = -1
    signed = 0  # lines that a signature may still take
    for number, line in enumerate(lines):
        if closing := _CLOSING.fullmatch(line):
            signed = _SIGNATURE
            yield closing["words"].rstrip()
            continue
        if signed and line.strip():
            if _SIGNED.fullmatch(line.strip()) and not _QUOTED_START.match(line):
                signed -= 1
                continue
            signed = 0
        if greeting := _GREETING.fullmatch(line):
            line = f"{greeting['words']},"
        if _QUOTED_START.match(line):
            ahead = range(number + 1, min(number + _QUOTED_REACH, len(lines)))
            until = next((i for i in ahead if _QUOTED_END.match(lines[i])), until)
        if (number < until and not _QUOTED_KEPT.match(line)) or _WROTE.fullmatch(line):
            continue
        yield line.rstrip()
