"""The fingerprint follows code, rules and lexicons, and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from extractors.fingerprint import FOLDER, fingerprint

FILES = {
    "code.py": "A = 1\nB = 2\n",
    "rules/clauses/insertion.toml": 'name = "insertion"\n',
    "lexicons/context.csv": "group;pattern\n",
    "lexicons/lists.toml": "publics = []\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return tmp_path / "package"


def fresh(folder: Path) -> str:
    fingerprint.cache_clear()
    return fingerprint(folder)


def test_it_is_sixteen_hexadecimal_digits() -> None:
    value = fresh(FOLDER)
    assert len(value) == 16 and set(value) <= set("0123456789abcdef")
    assert fresh(FOLDER) == value


@pytest.mark.parametrize("name", FILES)
def test_it_changes_with_a_file(folder: Path, name: str) -> None:
    before = fresh(folder)
    path = folder / name
    path.write_text(path.read_text("utf-8") + "# plus\n", "utf-8", newline="\n")
    assert fresh(folder) != before


@pytest.mark.parametrize("name", FILES)
def test_it_changes_when_a_file_goes_or_is_renamed(folder: Path, name: str) -> None:
    before = fresh(folder)
    path = folder / name
    renamed = path.rename(path.with_stem("autre"))
    after = fresh(folder)
    renamed.unlink()
    assert len({before, after, fresh(folder)}) == 3


def test_it_changes_with_a_new_rule(folder: Path) -> None:
    before = fresh(folder)
    (folder / "rules" / "clauses" / "reserve.toml").write_text('name = "reserve"\n', "utf-8")
    assert fresh(folder) != before


def test_text_moved_from_a_file_to_another_is_a_change(folder: Path) -> None:
    before = fresh(folder)
    (folder / "code.py").write_text("A = 1\n", "utf-8")
    (folder / "code2.py").write_text("B = 2\n", "utf-8")
    assert fresh(folder) != before


def test_line_endings_and_dates_change_nothing(folder: Path) -> None:
    before = fresh(folder)
    for name, text in FILES.items():
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode())
        os.utime(folder / name, (0, 0))
    assert fresh(folder) == before


def test_the_place_on_the_disk_changes_nothing(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "ailleurs" / "paquet")
    assert fresh(copy) == fresh(folder)


@pytest.mark.parametrize("name", ["__pycache__/code.cpython-311.pyc", ".DS_Store", "notes.md", "code.py~"])
def test_other_files_change_nothing(folder: Path, name: str) -> None:
    before = fresh(folder)
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x00")
    assert fresh(folder) == before


def test_every_file_that_rules_are_read_from_counts() -> None:
    """A lexicon of another suffix would change rows without a trace."""
    kinds = {path.suffix for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert kinds <= {".py", ".toml", ".csv", ".txt", ".json"}
