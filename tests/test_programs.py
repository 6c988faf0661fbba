"""What `doctor` says of the optional programs: there, absent, without French, and how each comes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tool_marks import needs_libreoffice, needs_tesseract

from flows.doctor import checks
from flows.tools.programs import LIBREOFFICE, PROGRAMS, TESSERACT, Program, state_of

MAKEFILE = Path(__file__).parents[1] / "Makefile"


@pytest.mark.parametrize(
    ("program", "version"),
    [
        pytest.param(LIBREOFFICE, "2", marks=needs_libreoffice, id="libreoffice"),
        pytest.param(TESSERACT, "5.", marks=needs_tesseract, id="tesseract"),
    ],
)
def test_a_program_that_is_there_tells_its_version(program: Program, version: str) -> None:
    state = state_of(program)
    assert state.mend is None
    assert version in state.found and str(shutil.which(program.command)) in state.found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.command)
def test_an_absent_program_tells_what_is_lost_and_how_it_comes(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (check,) = (check for check in checks() if check.name == program.name)
    assert (check.found, check.needed) == ("absent", False)
    assert check.mend == (
        f"sans lui, {program.lost} ; installez-le : make setup-system, ou apt-get install {' '.join(program.packages)}"
    )


@needs_tesseract
def test_a_recogniser_without_french_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    state = state_of(TESSERACT)
    assert state.found.endswith("sans « fra »")
    assert state.mend is not None and "tesseract-ocr-fra" in state.mend


def test_a_program_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "soffice"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert state_of(LIBREOFFICE).found == f"{broken} ne répond pas"


def test_a_libreoffice_that_cannot_be_driven_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lone = tmp_path / "soffice"
    lone.write_text("#!/bin/sh\necho LibreOffice 7.4.7.2\n")
    lone.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    state = state_of(LIBREOFFICE)
    assert state.found == "7.4.7.2, sans python3-uno"
    assert state.mend is not None and "python3-uno" in state.mend


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.command)
def test_the_set_up_installs_what_doctor_names(program: Program) -> None:
    words = MAKEFILE.read_text("utf-8").split()
    assert [package for package in program.packages if package not in words] == []
