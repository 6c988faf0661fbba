"""What documents are keyed by: one hash over all of `extractors/`, so that a changed rule can never meet stale rows."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent
Kind = Literal["pages", "passages", "volumes"]
"""What is kept of a file that was read: see `pagecache.py`, `passagecache.py` and `volumecache.py`."""
_READERS = ("pypdfium2", "pdfplumber", "pdfminer.six", "pillow", "python-calamine")
_SUFFIXES = (".py", ".toml", ".csv", ".txt", ".json")


@cache
def fingerprint(folder: Path = FOLDER) -> str:
    """16 hexadecimal digits over the code, rules and lexicons of the folder, whatever the machine."""
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(_content(path) + b"\0")
    return digest.hexdigest()[:16]


@cache
def parts(folder: Path = FOLDER) -> Mapping[str, str]:
    """The same hash file by file, by path relative to the folder: which of them changed."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(_content(path)).hexdigest()[:16] for path in _files(folder)
    }


def combined(digests: Iterable[str]) -> str:
    """One hash of 16 hexadecimal digits for several, in their order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]


@cache
def code_behind(*modules: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """The files of these modules of `extractors` and of all those of `extractors` that they import, sorted."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        place = folder.joinpath(*waiting.pop().split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        name = file.relative_to(folder).as_posix()
        if name in found or not file.exists():  # a name that a module defines is no module
            continue
        found.add(name)
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "extractors":
                module = (node.module or "").partition(".")[2]
                waiting += [module] if module else []
                waiting += [".".join(filter(None, (module, alias.name))) for alias in node.names]
    return tuple(sorted(found))


@cache
def files_behind(*modules: str, folder: Path = FOLDER) -> frozenset[str]:
    """The code behind these modules, and the lexicons that it names; a lexicon that no code names is behind all."""
    code = code_behind(*modules, folder=folder)
    texts = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.py")}
    lexicons = (name for name in parts(folder) if name.startswith("lexicons/") and not name.endswith(".py"))

    def is_read(lexicon: str) -> bool:
        named = [name for name, text in texts.items() if Path(lexicon).name in text]
        return not named or not set(named).isdisjoint(code)

    return frozenset((*code, *filter(is_read, lexicons)))


@cache
def reader_version() -> str:
    """Of what decides the pages of a file: our code that reads, its lexicons, and the libraries it reads with."""
    code = sorted(files_behind("formats", "pagecache"))
    return combined([*(f"{name} {parts()[name]}" for name in code), *(f"{lib} {version(lib)}" for lib in _READERS)])


@cache
def passages_version() -> str:
    """Of what decides the passages of a file."""
    code = code_behind("passages", "passagecache")
    return combined([reader_version(), *(f"{name} {parts()[name]}" for name in code)])


@cache
def volumes_version() -> str:
    """Of what decides, but for the rules, in which sentences of a file volumes are looked for: all that reads it."""
    known = parts()
    return combined([passages_version(), *(f"{name} {known[name]}" for name in sorted(files_behind("pipeline")))])


def path_key(path: Path) -> str:
    """Stands for the sha256 of a file that cannot be read; never `done`, so such a file is tried at every run."""
    return "path:" + hashlib.sha256(str(path).encode("utf-8", "backslashreplace")).hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES)


def _content(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")
