"""The state of `extractors/` at one fingerprint, kept so that a later state can tell what changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extractors.fingerprint import FOLDER, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Which code and lexicons there are, by their digests, and the rules to the letter."""

    parts: Mapping[str, str]
    """Path relative to `extractors/` → digest."""
    rules: Mapping[str, str]
    """« clauses/heures_insertion » → text of the file."""


def read_catalogue(folder: Path = FOLDER) -> Catalogue:
    """The present state of a folder of extractors."""
    rules = {
        path.relative_to(folder / "rules").with_suffix("").as_posix(): path.read_text("utf-8")
        for path in sorted(folder.glob("rules/*/*.toml"))
    }
    return Catalogue(parts=parts(folder), rules=rules)


def dump_catalogue(catalogue: Catalogue) -> bytes:
    return json.dumps({"parts": dict(catalogue.parts), "rules": dict(catalogue.rules)}, ensure_ascii=False).encode()


def load_catalogue(data: bytes) -> Catalogue | None:
    """The catalogue that `dump_catalogue` wrote; None for any other bytes."""
    try:
        kept = json.loads(data)
        return Catalogue(parts=dict(kept["parts"]), rules=dict(kept["rules"]))
    except (ValueError, TypeError, LookupError):
        return None
