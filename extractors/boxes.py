"""Tick-boxes in the text: Unicode signs, Wingdings letters in the private area, brackets."""

from __future__ import annotations

import re

_TICKED = "☑☒✓✔✗✘🗹🗷■\uf0fe\uf0fd\uf078\uf052\uf053\uf054\uf0fc\uf0fb\uf04e\uf06e"
_UNTICKED = "☐□▢❏❑❒⬜\uf0a8\uf06f\uf071\uf072\uf0a3\uf02a\uf070"
_BOX = re.compile(rf"(?P<on>[{_TICKED}]|\[ ?[xX] ?\])|(?P<off>[{_UNTICKED}]|\[ ?\])")


def box_before(text: str, offset: int) -> bool | None:
    """State of the box that governs the words at `offset`: the last one before them, None without a box."""
    state = None
    for match in _BOX.finditer(text, 0, offset):
        state = match["on"] is not None
    return state


def has_box(text: str) -> bool:
    return bool(_BOX.search(text))
