"""Outlook messages made for the tests: a compound file ([MS-CFB]) whose storages hold properties ([MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
Tree = Mapping[str, "bytes | Tree"]


def outlook(
    subject: str,
    body: str = "",
    *,
    html: bytes = b"",
    sent: datetime | None = None,
    files: Sequence[tuple[str, bytes | Tree]] = (),
    embedded: bool = False,
) -> Tree:
    """The storage of a message; an attached file is its bytes, or the storage of a message."""
    texts = {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: "Jean DUPONT", **({0x1000: body} if body else {})}
    attached = {f"__attach_version1.0_#{number:08X}": _attached(*file) for number, file in enumerate(files)}
    header = struct.pack("<8x4I", 0, len(files), 0, len(files)) + (b"" if embedded else bytes(8))
    return _properties(header, texts, {0x1013: html} if html else {}, sent) | attached


def msg(tree: Tree) -> bytes:
    """The file of a message."""
    return _Compound().written(tree)


def _attached(name: str, content: bytes | Tree) -> Tree:
    binary = {0x3701: content} if isinstance(content, bytes) else {}
    made = _properties(bytes(8), {0x3707: name}, binary, None, method=1 if binary else 5)
    return made if isinstance(content, bytes) else made | {"__substg1.0_3701000D": content}


def _properties(
    header: bytes, texts: Mapping[int, str], binary: Mapping[int, bytes], sent: datetime | None, method: int = 0
) -> dict[str, bytes | Tree]:
    values = [(pid, 0x001F, text.encode("utf-16-le")) for pid, text in texts.items()]
    values += [(pid, 0x0102, content) for pid, content in binary.items()]
    listed = b"".join(struct.pack("<HHIII", kind, pid, 6, len(value), 0) for pid, kind, value in values)
    listed += struct.pack("<HHIQ", 0x0003, 0x3FDE, 6, 65001) + struct.pack("<HHIQ", 0x0003, 0x3705, 6, method)
    if sent:
        ticks = int((sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
        listed += struct.pack("<HHIQ", 0x0040, 0x0039, 6, ticks)
    streams: dict[str, bytes | Tree] = {f"__substg1.0_{pid:04X}{kind:04X}": value for pid, kind, value in values}
    return {"__properties_version1.0": header + listed} | streams


@dataclass
class _Compound:
    sectors: list[bytes] = field(default_factory=list)
    fat: list[int] = field(default_factory=list)
    mini: bytearray = field(default_factory=bytearray)
    mini_fat: list[int] = field(default_factory=list)
    entries: list[bytearray] = field(default_factory=list)

    def written(self, tree: Tree) -> bytes:
        root = self._entry("Root Entry", 5)
        self._children(root, tree)
        self._point(root, self._store(bytes(self.mini)), len(self.mini))
        mini_start = self._store(struct.pack(f"<{len(self.mini_fat)}I", *self.mini_fat))
        directory = self._store(b"".join(self.entries))
        count = next(n for n in range(1, 100) if n * 128 >= len(self.sectors) + n)
        places = range(len(self.sectors), len(self.sectors) + count)
        self.fat += [_FAT] * count + [_FREE] * (count * 128 - len(self.fat) - count)
        table = struct.pack(f"<{len(self.fat)}I", *self.fat)
        mini_count = -(-4 * len(self.mini_fat) // _SECTOR)
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
        head += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
        head += struct.pack("<9I", 0, count, directory, 0, _CUTOFF, mini_start, mini_count, _END, 0)
        head += struct.pack("<109I", *places, *[_FREE] * (109 - count))
        return head + b"".join(self.sectors) + table

    def _children(self, parent: int, tree: Tree) -> None:
        """Siblings are linked as a list, in the order of the format: shorter names first."""
        before = None
        for name in sorted(tree, key=lambda name: (len(name), name.upper())):
            content = tree[name]
            index = self._entry(name, 2 if isinstance(content, bytes) else 1)
            struct.pack_into(
                "<I", self.entries[parent if before is None else before], 76 if before is None else 72, index
            )
            before = index
            if isinstance(content, bytes):
                self._point(index, self._keep(content), len(content))
            else:
                self._children(index, content)

    def _entry(self, name: str, kind: int) -> int:
        raw = name.encode("utf-16-le")
        entry = bytearray(raw + bytes(64 - len(raw)))
        entry += struct.pack("<HBB3I", len(raw) + 2, kind, 1, _FREE, _FREE, _FREE) + bytes(36)
        entry += struct.pack("<IQ", _END, 0)
        self.entries.append(entry)
        return len(self.entries) - 1

    def _point(self, index: int, start: int, size: int) -> None:
        struct.pack_into("<IQ", self.entries[index], 116, start, size)

    def _keep(self, content: bytes) -> int:
        """Short streams stand in the stream of the root."""
        if len(content) >= _CUTOFF:
            return self._store(content)
        start, count = len(self.mini_fat), -(-len(content) // _MINI)
        self.mini += content + bytes(-len(content) % _MINI)
        self.mini_fat += [*range(start + 1, start + count), _END][:count]
        return start if count else _END

    def _store(self, content: bytes) -> int:
        start, count = len(self.sectors), -(-len(content) // _SECTOR)
        padded = content + bytes(-len(content) % _SECTOR)
        self.sectors += [padded[i : i + _SECTOR] for i in range(0, len(padded), _SECTOR)]
        self.fat += [*range(start + 1, start + count), _END][:count]
        return start if count else _END
