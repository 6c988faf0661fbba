"""What documents are keyed by: one hash over all of `extractors/`, so that a changed rule can never meet stale rows."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def fingerprint(folder: Path = FOLDER) -> str:
    """16 hexadecimal digits over the code, rules and lexicons of the folder, whatever the machine."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".toml", ".csv", ".txt", ".json")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def path_key(path: Path) -> str:
    """Stands for the sha256 of a file that cannot be read; never `done`, so such a file is tried at every run."""
    return "path:" + hashlib.sha256(str(path).encode("utf-8", "backslashreplace")).hexdigest()
