"""What every format of archive has in common: a list of members, and how those that are wanted are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    index: int
    """Its rank in the archive: names are not unique."""
    name: str
    """As written there."""
    size: int
    """Bytes once unpacked, as announced."""
    packed: int | None
    """Bytes in the archive; None where the format does not tell."""
    is_folder: bool = False
    is_link: bool = False
    is_encrypted: bool = False


class Reader(Protocol):
    @property
    def members(self) -> tuple[Member, ...]: ...

    def extract(self, targets: Mapping[int, Path]) -> tuple[int, ...]:
        """Write the members, by rank, each to its path (whose folder exists); gives those that are damaged.

        No member gets more bytes than it announced.

        Raises:
            OSError: the disk refuses.
        """

    def close(self) -> None: ...
