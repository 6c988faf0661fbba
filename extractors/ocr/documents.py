"""The pages of a document that are images, read within a time; those that are not say why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from extractors.drawings import Drawings
from extractors.errors import DocumentError, OcrFailed, OcrTimeout
from extractors.labels import label_lines
from extractors.ocr.images import Grey
from extractors.ocr.pages import read_image
from extractors.ocr.repairs import UNSURE
from extractors.schema import Document, Page, Problem
from extractors.tools import Tools

ImageOf = Callable[[int], tuple[Grey, int]]
"""Number of a page → its image and the resolution of it; raises DocumentError."""
_LEFT = 1.0  # seconds: too few to begin a page
_POOR = 0.6  # mean confidence of a page that a person should look at
IMAGE_PROBLEMS = frozenset({"scan", "unmapped", "ocr_budget"})
"""Problems of pages that wait to be read: the pages themselves are kept, and read later."""
_MESSAGES = {
    "ocr_budget": "image non lue, le temps de reconnaissance est épuisé : relancez, au besoin avec "
    "CLAUSOSCOPE_OCR_SECONDS plus grand",
    "ocr_number": "nombre reconnu avec trop peu de certitude, non retenu : vérifier à l'œil",
    "ocr_poor": "image peu lisible, lue avec peu de certitude : vérifier à l'œil",
}


def with_images_read(document: Document, drawings: Drawings, image_of: ImageOf, tools: Tools) -> Document:
    """The document with its images read; `drawings` gets what is drawn on them. As it is without a recogniser."""
    waiting = [page for page in document.pages if page.state in ("scan", "unmapped")]
    if tools.recogniser is None or not waiting:
        return document
    deadline = time.monotonic() + tools.ocr_seconds
    read: dict[int, Page] = {}
    told: dict[int, tuple[str, str]] = {}
    for page in waiting:
        left = deadline - time.monotonic()
        if left < min(_LEFT, tools.ocr_seconds / 2):
            told[page.number] = ("ocr_budget", _MESSAGES["ocr_budget"])
            continue
        try:
            image, dpi = image_of(page.number)
            found = read_image(image, dpi=dpi, number=page.number, recogniser=tools.recogniser, seconds=left)
        except (OcrTimeout, OcrFailed) as error:
            out_of_time = isinstance(error, OcrTimeout) and read and time.monotonic() >= deadline - _LEFT
            code = "ocr_budget" if out_of_time else error.code
            told[page.number] = (code, _MESSAGES.get(code) or str(error))
            continue
        except DocumentError as error:
            told[page.number] = ("ocr_failed", str(error))
            continue
        read[page.number] = found.page
        drawings.geometry[page.number] = found.geometry
        drawings.drawn[page.number] = (bool(found.geometry.checkboxes), bool(found.geometry.tables))
        drawings.grown = True
        if found.confidence < _POOR:
            told[page.number] = ("ocr_poor", _MESSAGES["ocr_poor"])
        elif _has_unsure_number(found.page):
            told[page.number] = ("ocr_number", _MESSAGES["ocr_number"])
    pages = [read.get(page.number) or _unlabelled(page) for page in document.pages]
    kept = [problem for problem in document.problems if problem.code not in IMAGE_PROBLEMS]
    return replace(document, pages=tuple(label_lines(pages)), problems=(*kept, *_problems(told)))


def _has_unsure_number(page: Page) -> bool:
    return any(line.text[r.start : r.end] == UNSURE for line in page.lines for r in line.repairs)


def _unlabelled(page: Page) -> Page:
    """The roles of its lines depend on the other pages: they are given again."""
    if all(line.role == "body" for line in page.lines):
        return page
    return replace(page, lines=tuple(replace(line, role="body") for line in page.lines))


def _problems(told: Mapping[int, tuple[str, str]]) -> Iterator[Problem]:
    """One problem for the pages in a row that have the same."""
    numbered = enumerate(sorted(told.items()))
    for (_, (code, message)), group in groupby(numbered, key=lambda item: (item[1][0] - item[0], item[1][1])):
        numbers = [number for _, (number, _) in group]
        where = f"page {numbers[0]}" if len(numbers) == 1 else f"pages {numbers[0]} à {numbers[-1]}"
        yield Problem(stage="read", code=code, message=f"{where} : {message}", page=numbers[0])
