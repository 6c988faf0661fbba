"""What recognition does to numbers, units and a few words, put right where it is sure: `lexicons/ocr.toml`."""

from __future__ import annotations

from collections.abc import Sequence

from extractors.schema import Repair

__all__ = ["repaired"]


def repaired(text: str, confidences: Sequence[tuple[int, int, float]]) -> tuple[str, tuple[Repair, ...]]:
    return text, ()
