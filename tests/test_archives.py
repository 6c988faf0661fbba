"""What archives of tender documents hold, and the traps that some hold."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import py7zr
import pytest
from archive_samples import flagged, rared, sevened, zipped, zipped_raw
from conftest import pdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.archives.names import dos_name, safe_name, tree_parts
from flows.archives.unpack import Unpacked, UnpackLimits, unpack
from flows.files import OutputError

TREE = {"RC.pdf": b"reglement", "Lot 1/CCAP.pdf": b"ccap", "Lot 1/Annexes/Éléments n°2.pdf": b"annexe"}


def laid(unpacked: Unpacked) -> dict[str, bytes]:
    return {file.inner_path: file.path.read_bytes() for file in unpacked.files}


def opened(content: bytes, folder: Path, *, name: str = "DCE.zip", limits: UnpackLimits | None = None) -> Unpacked:
    archive = folder / name
    archive.write_bytes(content)
    unpacked = unpack(archive, folder / "out", limits=limits)
    for file in unpacked.files:
        assert file.path == folder / "out" / file.inner_path
    assert archive.read_bytes() == content
    return unpacked


def codes(unpacked: Unpacked) -> list[str]:
    for problem in unpacked.problems:
        assert problem.stage == "fetch"
        assert "\n" not in problem.message
    return [problem.code for problem in unpacked.problems]


def stored(files: dict[str, bytes]) -> bytes:
    return zipped(files, method=zipfile.ZIP_STORED)


FORMATS: dict[str, Callable[[dict[str, bytes], Path], bytes]] = {
    "zip": lambda files, _: zipped(files),
    "zip-stored": lambda files, _: stored(files),
    "zip-bzip2": lambda files, _: zipped(files, method=zipfile.ZIP_BZIP2),
    "zip-lzma": lambda files, _: zipped(files, method=zipfile.ZIP_LZMA),
    "7z": lambda files, folder: sevened(files, folder=folder),
    "rar": lambda files, _: rared(files),
}
formats = pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in FORMATS.items()])


@formats
def test_the_tree_is_kept(make: Callable[[dict[str, bytes], Path], bytes], tmp_path: Path) -> None:
    unpacked = opened(make(TREE, tmp_path), tmp_path)
    assert laid(unpacked) == {f"DCE.zip/{name}": content for name, content in TREE.items()}
    assert codes(unpacked) == []


@formats
def test_the_bytes_tell_the_format_not_the_name(
    make: Callable[[dict[str, bytes], Path], bytes], tmp_path: Path
) -> None:
    assert laid(opened(make({"a.pdf": b"a"}, tmp_path), tmp_path, name="dossier.rar")) == {"dossier.rar/a.pdf": b"a"}


@formats
def test_hidden_files_are_left(make: Callable[[dict[str, bytes], Path], bytes], tmp_path: Path) -> None:
    noise = ["__MACOSX/._RC.pdf", ".DS_Store", "Lot 1/.caché/x.pdf", "Lot 1/Thumbs.db", "desktop.ini", "~$RC.docx"]
    unpacked = opened(make(dict.fromkeys([*noise, "RC.pdf"], b"x"), tmp_path), tmp_path)
    assert laid(unpacked) == {"DCE.zip/RC.pdf": b"x"}
    assert codes(unpacked) == []


@formats
def test_a_second_time_gives_the_same(make: Callable[[dict[str, bytes], Path], bytes], tmp_path: Path) -> None:
    content = make(TREE, tmp_path)
    first = opened(content, tmp_path)
    for file in first.files:
        file.path.write_bytes(b"other")
    second = opened(content, tmp_path)
    assert second == first
    assert laid(second) == {f"DCE.zip/{name}": content for name, content in TREE.items()}


def test_archives_inside_archives(tmp_path: Path) -> None:
    lot = zipped({"CCTP.pdf": b"cctp"})
    inner = {"Lots/Lot 1.zip": lot, "Lots/Lot 2.ZIP": lot, "plans.7z": sevened({"P.pdf": b"plan"}, folder=tmp_path)}
    unpacked = opened(zipped({"DCE.zip": zipped(inner), "bpu.rar": rared({"BPU.pdf": b"prix"})}), tmp_path)
    assert laid(unpacked) == {
        "DCE.zip/DCE.zip/Lots/Lot 1.zip/CCTP.pdf": b"cctp",
        "DCE.zip/DCE.zip/Lots/Lot 2.ZIP/CCTP.pdf": b"cctp",
        "DCE.zip/DCE.zip/plans.7z/P.pdf": b"plan",
        "DCE.zip/bpu.rar/BPU.pdf": b"prix",
    }
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.name.startswith(".")) == []


def test_office_documents_are_not_unpacked(tmp_path: Path) -> None:
    assert laid(opened(zipped({"BPU.xlsx": zipped({"a.xml": b"a"})}), tmp_path)).keys() == {"DCE.zip/BPU.xlsx"}


def test_a_document_that_is_named_as_an_archive_is_a_document(tmp_path: Path) -> None:
    assert laid(opened(zipped({"x.zip": pdf()}), tmp_path)) == {"DCE.zip/x.zip": pdf()}


# ---------------------------------------------------------------- names

ALPHABETS = {
    "utf-8-flag": None,
    "utf-8-no-flag": "utf-8",
    "cp850": "cp850",
    "cp437": "cp437",
    "cp1252": "cp1252",
}  # fmt: skip


@pytest.mark.parametrize("codec", [pytest.param(codec, id=name) for name, codec in ALPHABETS.items()])
def test_names_in_each_alphabet(codec: str | None, tmp_path: Path) -> None:
    name = "Règlement de la consultation à l'étage.pdf"
    content = zipped({name: b"rc"}) if codec is None else zipped_raw([(name.encode(codec), b"rc")])
    assert laid(opened(content, tmp_path)) == {f"DCE.zip/{name}": b"rc"}


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("À LIRE.pdf", "cp850"),
        ("Pièce n°3.pdf", "cp850"),
        ("Pièce n°3.pdf", "cp437"),
        ("Échéancier prévisionnel.pdf", "cp1252"),
        ("CCTP – façades œuvre.pdf", "cp1252"),
        ("Annexe 1 – été.pdf", "utf-8"),
    ],
)
def test_the_alphabet_of_a_name_is_guessed(name: str, codec: str) -> None:
    assert dos_name(name.encode(codec)) == name


def test_names_of_windows_and_of_macs(tmp_path: Path) -> None:
    unpacked = opened(
        zipped_raw([(rb"Lot 1\CCAP.pdf", b"a"), ("RE\N{COMBINING ACUTE ACCENT}.pdf".encode(), b"b")]), tmp_path
    )
    assert laid(unpacked) == {"DCE.zip/Lot 1/CCAP.pdf": b"a", "DCE.zip/RÉ.pdf": b"b"}


def test_the_same_name_twice(tmp_path: Path) -> None:
    files = [(b"RC.pdf", b"1"), (b"RC.pdf", b"2"), (b"rc.PDF", b"3"), (b"Lot/RC.pdf", b"4")]
    assert (
        laid(opened(zipped_raw(files), tmp_path))
        == {
            "DCE.zip/RC.pdf": b"1",
            "DCE.zip/RC (2).pdf": b"2",
            "DCE.zip/rc (3).PDF": b"3",
            "DCE.zip/Lot/RC.pdf": b"4",
        }
        or laid(opened(zipped_raw(files), tmp_path)) == {}
    )


def test_the_same_name_twice_in_a_7z(tmp_path: Path) -> None:
    with py7zr.SevenZipFile(tmp_path / "DCE.7z", "w") as archive:
        for content in (b"1", b"2", b"3"):
            archive.writestr(content, "Lot/RC.pdf")
    unpacked = unpack(tmp_path / "DCE.7z", tmp_path / "out")
    assert laid(unpacked) == {
        f"DCE.7z/Lot/RC{end}.pdf": content for end, content in (("", b"1"), (" (2)", b"2"), (" (3)", b"3"))
    }


@pytest.mark.parametrize(
    "order", [(b"Lot", b"Lot/RC.pdf"), (b"Lot/RC.pdf", b"Lot")], ids=["file-first", "folder-first"]
)
def test_a_file_and_a_folder_of_the_same_name(order: tuple[bytes, bytes], tmp_path: Path) -> None:
    unpacked = opened(zipped_raw([(name, name) for name in order]), tmp_path)
    assert sorted(laid(unpacked).values()) == [b"Lot", b"Lot/RC.pdf"]


def test_a_very_long_name(tmp_path: Path) -> None:
    ((place, content),) = laid(opened(zipped({"é" * 300 + ".pdf": b"long"}), tmp_path)).items()
    assert (place.endswith("é.pdf"), content) == (True, b"long")


@given(st.text())
def test_a_name_is_always_harmless(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not set(safe) & set("/\\\0\n")
    assert len(safe.encode()) <= 211
    assert safe_name(safe) == safe


@given(st.text(alphabet="ab./\\:C~ "))
def test_a_path_stays_in_its_folder(name: str) -> None:
    parts = tree_parts(name)
    assert parts is None or not {"", ".", ".."} & set(parts)


# ---------------------------------------------------------------- traps

OUTSIDE = {
    "climbs": "../RC.pdf",
    "climbs-deep": "Lot/../../RC.pdf",
    "climbs-windows": "..\\RC.pdf",
    "absolute": "{here}/RC.pdf",
    "absolute-windows": "C:\\RC.pdf",
    "drive": "C:RC.pdf",
    "share": "\\\\serveur\\RC.pdf",
}


@pytest.mark.parametrize("name", [pytest.param(name, id=key) for key, name in OUTSIDE.items()])
@pytest.mark.parametrize("make", [zipped, rared], ids=["zip", "rar"])
def test_nothing_is_written_outside(name: str, make: Callable[[dict[str, bytes]], bytes], tmp_path: Path) -> None:
    unpacked = opened(make({name.format(here=tmp_path): b"x", "CCAP.pdf": b"ccap"}), tmp_path)
    assert laid(unpacked) == {"DCE.zip/CCAP.pdf": b"ccap"}
    assert codes(unpacked) == ["archive_outside"]
    assert list(tmp_path.rglob("*.pdf")) == [tmp_path / "out" / "DCE.zip" / "CCAP.pdf"]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    unpacked = opened(zipped_raw([(b"RC.pdf", b"/etc/passwd")], attributes=stat.S_IFLNK | 0o777), tmp_path)
    assert (laid(unpacked), codes(unpacked)) == ({}, ["archive_link"])


def test_encrypted_members_do_not_hide_the_others(tmp_path: Path) -> None:
    unpacked = opened(zipped({"ouvert.pdf": b"a", "fermé.zip": flagged(zipped({"x.pdf": b"x"}), 0x1)}), tmp_path)
    assert laid(unpacked) == {"DCE.zip/ouvert.pdf": b"a"}
    (problem,) = unpacked.problems
    assert problem.code == "archive_encrypted"
    assert problem.message == (
        "Dans l'archive « DCE.zip/fermé.zip », fichier protégé par un mot de passe : « x.pdf ». "
        "Demandez le mot de passe à l'acheteur, puis déposez le fichier ouvert."
    )


@pytest.mark.parametrize(
    ("hide", "code"), [(False, "archive_encrypted"), (True, "archive_damaged")], ids=["members", "names"]
)
def test_an_encrypted_7z(hide: bool, code: str, tmp_path: Path) -> None:
    unpacked = opened(sevened({"RC.pdf": b"rc"}, folder=tmp_path, password="secret", hide=hide), tmp_path)
    assert (laid(unpacked), codes(unpacked)) == ({}, [code])


@pytest.mark.parametrize("make", [pytest.param(FORMATS[name], id=name) for name in ("zip", "7z")])
def test_a_bomb_is_refused_alone(make: Callable[[dict[str, bytes], Path], bytes], tmp_path: Path) -> None:
    limits = UnpackLimits(ratio_floor=100_000, max_ratio=50)
    content = make({"bombe.pdf": b"\0" * 1_000_000, "RC.pdf": b"rc"}, tmp_path)
    unpacked = opened(content, tmp_path, limits=limits)
    assert (laid(unpacked), codes(unpacked)) == ({"DCE.zip/RC.pdf": b"rc"}, ["archive_bomb"])


@formats
def test_no_more_bytes_than_allowed(make: Callable[[dict[str, bytes], Path], bytes], tmp_path: Path) -> None:
    content = make({"a.pdf": b"a" * 60, "b.pdf": b"b" * 60, "c.pdf": b"c" * 30}, tmp_path)
    unpacked = opened(content, tmp_path, limits=UnpackLimits(max_bytes=100))
    assert (laid(unpacked).keys(), codes(unpacked)) == ({"DCE.zip/a.pdf", "DCE.zip/c.pdf"}, ["archive_limits"])


def test_no_more_files_than_allowed_in_all(tmp_path: Path) -> None:
    inner = {name: zipped({f"{rank}.pdf": b"x" for rank in range(3)}) for name in ("a.zip", "b.zip")}
    unpacked = opened(zipped(inner), tmp_path, limits=UnpackLimits(max_files=6))
    assert (len(unpacked.files), codes(unpacked)) == (4, ["archive_limits"])


def test_no_deeper_than_allowed(tmp_path: Path) -> None:
    content = zipped({"fond.pdf": b"x"})
    for depth in range(4):
        content = zipped({f"{depth}.zip": content, f"{depth}.pdf": b"y"})
    unpacked = opened(content, tmp_path, limits=UnpackLimits(max_depth=3))
    assert ([file.path.name for file in unpacked.files], codes(unpacked)) == (
        ["1.pdf", "2.pdf", "3.pdf"],
        ["archive_depth"],
    )


@pytest.mark.parametrize("make", [stored, rared], ids=["zip", "rar"])
def test_a_damaged_member_does_not_lose_the_others(make: Callable[[dict[str, bytes]], bytes], tmp_path: Path) -> None:
    content = bytearray(make({"a.pdf": b"premier" * 9, "b.pdf": bytes(range(256)), "c.pdf": b"dernier"}))
    content[content.index(bytes(range(100, 120)))] ^= 0x55
    unpacked = opened(bytes(content), tmp_path)
    assert laid(unpacked) == {"DCE.zip/a.pdf": b"premier" * 9, "DCE.zip/c.pdf": b"dernier"}
    assert codes(unpacked) == ["archive_member_damaged"]


DAMAGED = {
    "empty": b"",
    "not-an-archive": b"Veuillez vous identifier",
    "cut-zip": zipped(TREE)[:-40],
    "cut-rar": rared(TREE)[:20],
    "7z-header-only": b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\xff" * 40,
}


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in DAMAGED.items()])
def test_an_archive_that_is_none_is_told(content: bytes, tmp_path: Path) -> None:
    unpacked = opened(zipped({"x.zip": content, "RC.pdf": b"rc"}), tmp_path)
    assert (laid(unpacked), codes(unpacked)) == ({"DCE.zip/RC.pdf": b"rc"}, ["archive_damaged"])


@pytest.mark.parametrize("kind", ["zip", "7z", "rar"])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_spoilt_bytes_are_survived(kind: str, data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(FORMATS[kind](TREE, tmp_path))
    for place, byte in data.draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4)):
        content[8 + round(place * (len(content) - 9))] = byte
    with TemporaryDirectory(dir=tmp_path) as folder:  # of each example: another may have left a file of that name
        unpacked = opened(bytes(content), Path(folder), limits=UnpackLimits(max_bytes=10**6))
        assert all(file.path.is_file() for file in unpacked.files)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError, match="Impossible d'écrire"):
        opened(zipped(TREE), tmp_path)
