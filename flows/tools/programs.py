"""The outside programs that help, each optional: which are there, what is lost without them, how they come."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

from flows.tools.office import find_office

SETUP = "make setup-system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    name: str
    command: str
    ask: tuple[str, ...]
    """Arguments by which it tells its version."""
    packages: tuple[str, ...]
    """Of Debian and Ubuntu."""
    lost: str
    """In French: what is not read without it."""
    needs: str = ""
    """A word that `ask_needs` must print: a language, for instance."""
    ask_needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What was found of a program."""

    found: str
    mend: str | None = None


LIBREOFFICE = Program(
    name="LibreOffice",
    command="soffice",
    ask=("--version",),
    packages=("libreoffice-writer-nogui", "libreoffice-calc-nogui", "python3-uno"),
    lost="les .doc ne sont pas lus, les .docx, .odt, .rtf et .html le sont sans page ni case dessinée",
)
TESSERACT = Program(
    name="Tesseract",
    command="tesseract",
    ask=("--version",),
    packages=("tesseract-ocr", "tesseract-ocr-fra", "tesseract-ocr-osd"),
    lost="les pages numérisées et les images ne sont pas lues",
    needs="fra",
    ask_needs=("--list-langs",),
)
PDFTOTEXT = Program(
    name="pdftotext",
    command="pdftotext",
    ask=("-v",),
    packages=("poppler-utils",),
    lost="make bench ne peut pas comparer",
)
PROGRAMS = (LIBREOFFICE, TESSERACT, PDFTOTEXT)


def state_of(program: Program) -> State:
    """Whether it is there and answers, with the command that installs it where it does not."""
    mend = f"sans lui, {program.lost} ; installez-le : {SETUP}, ou apt-get install {' '.join(program.packages)}"
    path = shutil.which(program.command)
    if path is None:
        return State(found="absent", mend=mend)
    answer = _asked(path, program.ask)
    if answer is None:
        return State(found=f"{path} ne répond pas", mend=mend)
    if program.needs and program.needs not in (_asked(path, program.ask_needs) or "").split():
        return State(found=f"{_version(answer)}, sans « {program.needs} »", mend=mend)
    if program is LIBREOFFICE and find_office() is None:
        return State(found=f"{_version(answer)}, sans python3-uno", mend=mend)
    return State(found=f"{_version(answer)}, {path}")


def _asked(path: str, arguments: tuple[str, ...]) -> str | None:
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout + done.stderr


def _version(answer: str) -> str:
    found = re.search(r"\d+(?:\.\d+)+", answer)
    return found[0] if found else "version inconnue"
