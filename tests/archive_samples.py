"""Archives made for the tests, those that no ordinary tool would write included."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import py7zr


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zipped_raw([(name.encode(), content) for name, content in files.items()], method=method, utf8=True)


def zipped_raw(
    files: Sequence[tuple[bytes, bytes]], *, method: int = zipfile.ZIP_STORED, utf8: bool = False, attributes: int = 0
) -> bytes:
    """A ZIP whose names are these bytes, in this order, twice the same if need be; `attributes` as Unix says them."""
    made = io.BytesIO()
    places = [f"{index:0>{len(name)}}" for index, (name, _) in enumerate(files)]
    with zipfile.ZipFile(made, "w", method) as archive:
        for place, (_, content) in zip(places, files, strict=True):
            info = zipfile.ZipInfo(place)
            info.compress_type = method
            info.external_attr = attributes << 16
            archive.writestr(info, content)
    whole = made.getvalue()
    for place, (name, _) in zip(places, files, strict=True):
        for signature, at in ((b"PK\x03\x04", 30), (b"PK\x01\x02", 46)):
            whole = _rename(whole, signature, at, place.encode(), name)
    return flagged(whole, 0x800) if utf8 else whole


def _rename(whole: bytes, signature: bytes, at: int, old: bytes, new: bytes) -> bytes:
    start = whole.find(signature)
    while start >= 0:
        if whole[start + at : start + at + len(old)] == old:
            return whole[: start + at] + new + whole[start + at + len(new) :]
        start = whole.find(signature, start + 4)
    raise AssertionError(old)


def flagged(whole: bytes, flag: int) -> bytes:
    """The ZIP with a flag set on every member: 0x800 for UTF-8 names, 0x1 for encrypted."""
    changed = bytearray(whole)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = whole.find(signature)
        while start >= 0:
            bits = int.from_bytes(changed[start + at : start + at + 2], "little") | flag
            changed[start + at : start + at + 2] = bits.to_bytes(2, "little")
            start = whole.find(signature, start + 4)
    return bytes(changed)


def sevened(files: Mapping[str, bytes], *, folder: Path, password: str | None = None, hide: bool = False) -> bytes:
    path = folder / "made.7z"
    with py7zr.SevenZipFile(path, "w", password=password, header_encryption=hide) as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    content = path.read_bytes()
    path.unlink()
    return content


def rared(files: Mapping[str, bytes]) -> bytes:
    """A RAR 5 archive of stored members."""

    def number(value: int) -> bytes:
        low, high = value & 0x7F, value >> 7
        return bytes([low | 0x80]) + number(high) if high else bytes([low])

    def header(body: bytes) -> bytes:
        sized = number(len(body)) + body
        return zlib.crc32(sized).to_bytes(4, "little") + sized

    whole = b"Rar!\x1a\x07\x01\x00" + header(b"\x01\x00\x00")
    for name, content in files.items():
        told = name.encode()
        fields = (2, 2, len(content), 4, len(content), 0o100644)
        crc = zlib.crc32(content).to_bytes(4, "little")
        body = b"".join(map(number, fields)) + crc + b"\x00\x01" + number(len(told)) + told
        whole += header(body) + content
    return whole + header(b"\x05\x00\x00")
