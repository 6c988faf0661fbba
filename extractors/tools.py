"""What outside programs do for a reading: make a PDF of an Office document, read the words of an image.

Only the shape stands here: `flows.tools` runs the programs, `extractors` starts none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from extractors.kinds import FileKind
from extractors.schema import Box, Problem


class Converter(Protocol):
    """Makes a PDF of an Office document (LibreOffice)."""

    def to_pdf(self, data: bytes, *, kind: FileKind, sha256: str, name: str) -> Path:
        """Where the PDF stands, made once for each content.

        Raises:
            DocumentError: locked, damaged, too slow, too big; the message, in French, says what to do next.
        """

    def made(self, sha256: str) -> Path | None:
        """The PDF of that content, where it was made before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenWord:
    """A word that was recognised on an image."""

    text: str
    bbox: Box
    """Pixels, origin at the top left of the image given."""
    confidence: float
    """0 to 1."""
    line: tuple[int, int, int]
    """Block, paragraph, line: words of one line are together, from left to right."""
    read: str | None = None
    """What the word is read as, where looking at it again showed that it is another one; None where it is `text`."""


class Recogniser(Protocol):
    """Reads the words of an image (Tesseract, `fra`)."""

    def words(self, image: bytes, *, dpi: int, seconds: float, is_block: bool = False) -> Sequence[SeenWord]:
        """The words of a PNM image; `is_block`: its lines stand under one another, there is no layout to find.

        Raises:
            OcrTimeout: it took longer than `seconds`, or than the recogniser gives one page.
            OcrFailed: the program failed; the message, in French, says what to do next.
        """

    def quarter_turns(self, image: bytes, *, dpi: int, seconds: float) -> int:
        """By how many quarters of a turn, clockwise, the image is to be turned to stand upright; 0 where unsure.

        Raises: as `words`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The outside programs at hand; None for one that is not installed or not wanted."""

    converter: Converter | None = None
    recogniser: Recogniser | None = None
    ocr_seconds: float = 240.0
    """Time that the images of one file may take, all together."""

    @property
    def mends(self) -> frozenset[str]:
        """Codes of the problems that these programs would not leave: a file that has one is worth another reading."""
        office = _OFFICE if self.converter else ()
        ocr = ("scan", "unmapped", "ocr_budget") if self.recogniser else ()
        return frozenset((*office, *ocr))

    def may_mend(self, problems: Sequence[Problem]) -> bool:
        return any(problem.code in self.mends for problem in problems)


_OFFICE = ("no_office", "office_timeout", "office_memory", "office_crashed", "office_broken")

NO_TOOLS = Tools()
