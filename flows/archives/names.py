"""Names that strangers gave to files: read in the right alphabet, and harmless on this disk."""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 200
"""Of one name on disk; systems allow 255, and we add to some."""
_FRENCH = frozenset("éèêëàâäçîïôöùûüÿœæÉÈÊËÀÂÄÇÎÏÔÖÙÛÜŒÆ°’‘“”«»–—…€ ")
_DOS_CODECS = ("cp850", "cp1252", "cp437")
_NOISE = re.compile(r"__MACOSX|\..*|~\$.*|Thumbs\.db|desktop\.ini", re.IGNORECASE)


def safe_name(name: str) -> str:
    """One component of a path, without what a disk or a terminal could take for something else.

    Never empty: « document » stands for a name that holds nothing.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in last).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = clean, "", ""
    room = MAX_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix or "document"


def tree_parts(name: str) -> tuple[str, ...] | None:
    """The path of a member, part by part; None when it tries to leave the folder it is unpacked in."""
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in parts or "\0" in path or not parts:
        return None
    return tuple(safe_name(part) for part in parts)


def is_noise(name: str) -> bool:
    """Hidden files, and those that systems leave in archives."""
    return any(_NOISE.fullmatch(part) for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))


def dos_name(raw: bytes) -> str:
    """The name of a ZIP member that does not say its alphabet: UTF-8, or the DOS or Windows code page of its maker."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return max((raw.decode(codec, errors="replace") for codec in _DOS_CODECS), key=_likeness)


def _likeness(name: str) -> int:
    """How much of a French name it is: its accented letters, less the signs that nobody writes."""
    return sum(1 if char in _FRENCH else -1 for char in name if not char.isascii())
