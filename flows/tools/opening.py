"""The programs of this machine, as `extractors` asks for them; opened once by each process that reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extractors.tools import Tools
from flows.tools.tesseract import find_tesseract


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLimits:
    """What the settings say of the programs; it travels to the processes that read."""

    office_seconds: float = 120
    """Time of one conversion; 0: no conversion."""
    ocr_seconds: float = 240
    """Time of all the images of one file; 0: no recognition."""
    converted: Path | None = None
    """The folder where PDFs made of Office documents are kept; None to keep them for the life of the process."""


def open_tools(limits: ToolLimits) -> Tools:
    """The programs found, none started yet: each starts at the first file that needs it."""
    return Tools(
        recogniser=find_tesseract() if limits.ocr_seconds else None,
        ocr_seconds=limits.ocr_seconds,
    )


def mended_codes(limits: ToolLimits) -> frozenset[str]:
    """Codes of the problems that the programs found would not leave."""
    return open_tools(limits).mends
