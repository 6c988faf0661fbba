"""What downloads leave on the disk: once the rows are stored, only a download that was cut is of use."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flows.retrieve import CONTENTS
from flows.sources.base import Item

STALE_PARTS = timedelta(days=30)
"""A download cut so long ago is not taken up again."""


def unpacked(item: Item, fetched: Path) -> set[Path]:
    """The folders in which the source laid the archives of the item."""
    return {
        folder
        for file in item.files
        for folder in file.path.parents
        if folder.suffix == CONTENTS and folder.is_relative_to(fetched)
    }


def clean(folder: Path, kept: Sequence[Path] = ()) -> None:
    """Delete what is in the folder, and the folder itself when nothing of it is kept."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path in kept:
            continue
        with contextlib.suppress(OSError):  # a folder that is not empty; the next night cleans what is left
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def forget_parts(fetched: Path) -> None:
    """Delete the downloads that no night has taken up again."""
    limit = time.time() - STALE_PARTS.total_seconds()
    for path in fetched.rglob("*"):
        with contextlib.suppress(OSError):
            if path.suffix in (".part", ".proof") and path.stat().st_mtime < limit:
                path.unlink()
