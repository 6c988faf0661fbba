"""Tesseract: the words of an image, each with its place and confidence; one process per page, killed when late."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from extractors.errors import OcrFailed, OcrTimeout
from extractors.tools import SeenWord

LANGUAGE = "fra"
PAGE_SECONDS = 60.0
"""Time of one page: an ordinary one takes two or three."""
_AUTOMATIC = "3"  # page segmentation: columns are found, lines are put in order again by us
_ONE_BLOCK = "6"
_ORIENTATION = "0"
_SURE = 1.5  # confidence of Tesseract in an orientation; upright prose gets 5 and more
_LIST_SECONDS = 20
_COLUMNS = (
    "level",
    "page",
    "block",
    "paragraph",
    "line",
    "word",
    "left",
    "top",
    "width",
    "height",
    "confidence",
    "text",
)
_WORD_LEVEL = "5"


@dataclass(frozen=True, slots=True)
class Tesseract:
    """A recogniser for `extractors`; `program` is its path, `can_turn` whether it knows orientations (`osd`)."""

    program: str
    can_turn: bool = True
    page_seconds: float = PAGE_SECONDS

    def words(self, image: bytes, *, dpi: int, seconds: float, is_block: bool = False) -> Sequence[SeenWord]:
        layout = _ONE_BLOCK if is_block else _AUTOMATIC
        output = self._run(image, "-l", LANGUAGE, "--psm", layout, "tsv", dpi=dpi, seconds=seconds)
        return tuple(_words(output))

    def quarter_turns(self, image: bytes, *, dpi: int, seconds: float) -> int:
        if not self.can_turn:
            return 0
        try:
            output = self._run(image, "-l", "osd", "--psm", _ORIENTATION, dpi=dpi, seconds=seconds)
        except OcrFailed:  # too few letters to tell
            return 0
        turn = re.search(r"Rotate: (\d+)", output)
        sure = re.search(r"Orientation confidence: ([\d.]+)", output)
        if turn is None or sure is None or float(sure[1]) < _SURE:
            return 0
        return int(turn[1]) // 90 % 4

    def _run(self, image: bytes, *options: str, dpi: int, seconds: float) -> str:
        limit = min(seconds, self.page_seconds)
        command = [self.program, "stdin", "stdout", "--dpi", str(dpi), *options]
        try:
            done = subprocess.run(
                command,
                input=image,
                capture_output=True,
                timeout=max(limit, 0.1),
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # its threads fight those of the other readers
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OcrTimeout(f"reconnaissance abandonnée après {limit:.0f} s : lire cette page à l'œil") from error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OcrFailed(
                f"Tesseract ne démarre pas ({reason}) : make setup-system puis clausoscope doctor"
            ) from error
        if done.returncode:
            raise OcrFailed(f"Tesseract a échoué (code {done.returncode}) : clausoscope doctor, puis relire le fichier")
        return done.stdout.decode("utf-8", "replace")


def find_tesseract() -> Tesseract | None:
    """Tesseract with French, None where either is not installed."""
    program = shutil.which("tesseract")
    languages = _languages(program) if program else frozenset()
    return Tesseract(program, can_turn="osd" in languages) if program and LANGUAGE in languages else None


@cache
def _languages(program: str) -> frozenset[str]:
    """The languages installed with that program."""
    try:
        done = subprocess.run(
            [program, "--list-langs"], capture_output=True, timeout=_LIST_SECONDS, text=True, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(done.stdout.split())


def _words(output: str) -> Iterator[SeenWord]:
    """The words of the table that Tesseract prints: one row per block, line and word."""
    rows = csv.DictReader(output.split("\n")[1:], fieldnames=_COLUMNS, delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        if row["level"] != _WORD_LEVEL or not (text := (row["text"] or "").strip()):
            continue
        left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
        yield SeenWord(
            text=text,
            bbox=(left, top, left + width, top + height),
            confidence=max(0.0, float(row["confidence"]) / 100),
            line=(int(row["block"]), int(row["paragraph"]), int(row["line"])),
        )
