"""The rules of every fingerprint that wrote rows, kept under `data/processed/rules`, to tell what changed since.

Where one is missing, all the documents that it read are read again.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path

from extractors.catalogue import Catalogue, dump_catalogue, load_catalogue, read_catalogue
from extractors.fingerprint import fingerprint
from flows.settings import Settings


def archive_rules(settings: Settings) -> None:
    """Keep the rules of today, if they are not yet; a disk that is full keeps none, and stops nothing."""
    place = _place(settings, fingerprint())
    if place.exists():
        return
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(zlib.compress(dump_catalogue(read_catalogue())))
        partial.replace(place)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()


def archived_rules(settings: Settings, of: str) -> Catalogue | None:
    """The rules of a fingerprint; None when they were not kept, or are damaged."""
    try:
        return load_catalogue(zlib.decompress(_place(settings, of).read_bytes()))
    except (OSError, zlib.error):
        return None


def _place(settings: Settings, of: str) -> Path:
    return settings.processed_dir / "rules" / f"{of}.json.z"
