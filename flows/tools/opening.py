"""The programs of this machine, as `extractors` asks for them; opened once by each process that reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.tools import Tools
from flows.tools.office import LibreOffice, find_office
from flows.tools.tesseract import find_tesseract


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLimits:
    """What the settings say of the programs; it travels to the processes that read."""

    office_seconds: float = 120
    """Time of one conversion; 0: no conversion."""
    office_megabytes: float = 600
    """Memory that LibreOffice may take: more in a conversion ends it, and half of it between two renews it."""
    ocr_seconds: float = 240
    """Time of all the images of one file; 0: no recognition."""
    converted: Path | None = None
    """The folder where PDFs made of Office documents are kept; None to keep them for the life of the process."""


@cache  # one LibreOffice for the process, however many ask
def open_tools(limits: ToolLimits) -> Tools:
    """The programs found, none started yet: each starts at the first file that needs it."""
    office = find_office() if limits.office_seconds else None
    return Tools(
        converter=LibreOffice(
            office, seconds=limits.office_seconds, megabytes=limits.office_megabytes, converted=limits.converted
        )
        if office
        else None,
        recogniser=find_tesseract() if limits.ocr_seconds else None,
        ocr_seconds=limits.ocr_seconds,
    )


def mended_codes(limits: ToolLimits) -> frozenset[str]:
    """Codes of the problems that the programs found would not leave."""
    return open_tools(limits).mends
