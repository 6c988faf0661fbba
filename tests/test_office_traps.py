"""Office documents that ask for more than to be read, and a LibreOffice that hangs, swells or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import psutil
import pypdfium2 as pdfium
import pytest
from docx import Document
from office_samples import boxes_docx, linked_docx, linked_odt, macro_odt, saved
from PIL import Image
from servers import Reply, Server
from tool_marks import needs_libreoffice

from extractors.boxes import box_for
from extractors.errors import DocumentError
from extractors.formats import open_bytes
from extractors.pipeline import extract
from extractors.schema import Extraction, Source
from extractors.tools import Tools
from flows.pool import Pool, make_extract
from flows.tools.office import LibreOffice, find_office
from flows.tools.office_process import Office, new_folder, remove_folder
from flows.tools.opening import ToolLimits

pytestmark = needs_libreoffice
CLAUSE = "Le titulaire réserve 450 heures de travail à l'insertion sur la durée du marché."
Make = Callable[..., LibreOffice]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes converters, that stop with the test."""
    made: list[LibreOffice] = []

    def start(**limits: float) -> LibreOffice:
        installed = find_office()
        assert installed, "python3-uno absent : make setup-system"
        made.append(LibreOffice(installed, converted=tmp_path / "converted", **limits))
        return made[-1]

    yield start
    for converter in made:
        converter.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    """One converter for the files that harm no other."""
    installed = find_office()
    assert installed, "python3-uno absent : make setup-system"
    converter = LibreOffice(installed, converted=tmp_path_factory.mktemp("converted"))
    yield converter
    converter.close()


def docx(*lines: str) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    return saved(document)


def printed(converter: LibreOffice, data: bytes, name: str) -> pdfium.PdfDocument:
    document, drawings = open_bytes(data, Source(path=Path(name), name=name), tools=Tools(converter=converter))
    assert document.layout == "pages"
    return pdfium.PdfDocument(drawings.pdf())


def text_of(pdf: pdfium.PdfDocument) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pdf)


def widths_of_pictures(pdf: pdfium.PdfDocument) -> set[int]:
    return {i.get_px_size()[0] for page in pdf for i in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE])}


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (53, 53), "red").save(file, "png")
    return file.getvalue()


# ---------------------------------------------------------------- what documents ask for


def linked(picture: str, text: str) -> dict[str, bytes]:
    """Documents that ask for a picture and a text that stand elsewhere, by kind."""
    page = f'<html><body background="{picture}"><p>Texte</p><img src="{picture}"><iframe src="{text}"></iframe></html>'
    rich = rf'{{\rtf1 Texte {{\field{{\*\fldinst INCLUDEPICTURE "{picture}" \\d}}{{\fldrslt ancien}}}}}}'
    return {
        "docx": linked_docx(picture, text),
        "odt": linked_odt(picture, text),
        "html": page.encode(),
        "rtf": rich.encode(),
    }


@pytest.mark.parametrize("kind", ["docx", "odt", "html", "rtf"])
def test_nothing_is_fetched(kind: str, shared: LibreOffice) -> None:
    with Server({"/a.png": Reply(body=png()), "/b.html": Reply(body=b"<html>SECRET</html>")}) as server:
        pdf = printed(shared, linked(f"{server.url}/a.png", f"{server.url}/b.html")[kind], f"a.{kind}")
        assert server.asked == []
    assert "Texte" in text_of(pdf) and "SECRET" not in text_of(pdf)
    assert 53 not in widths_of_pictures(pdf)


@pytest.mark.parametrize("kind", ["docx", "odt", "html", "rtf"])
def test_files_of_the_machine_are_not_read(kind: str, shared: LibreOffice, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    (tmp_path / "secret.html").write_text("<html>SECRET</html>")
    data = linked((tmp_path / "secret.png").as_uri(), (tmp_path / "secret.html").as_uri())[kind]
    pdf = printed(shared, data, f"a.{kind}")
    assert "Texte" in text_of(pdf) and "SECRET" not in text_of(pdf)
    assert 53 not in widths_of_pictures(pdf)


def test_macros_do_not_run(shared: LibreOffice, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    assert "Document à macro" in text_of(printed(shared, macro_odt(str(proof)), "a.odt"))
    assert not proof.exists()


# ---------------------------------------------------------------- files by LibreOffice itself


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., bytes]]:
    """Writes a Word document in another format, with a password or not."""
    installed = find_office()
    assert installed, "python3-uno absent : make setup-system"
    folder = new_folder()
    office = Office(installed, folder)

    def write(data: bytes, writer: str, password: str = "") -> bytes:
        source, target = folder / "source.docx", folder / "target"
        source.write_bytes(data)
        script = Path(__file__).with_name("office_maker.py")
        command = (installed.python, "-I", script, office.pipe, source, target, writer, password)
        subprocess.run(command, check=True, timeout=60)
        return target.read_bytes()

    yield write
    office.end()
    remove_folder(folder)


@pytest.mark.parametrize(("name", "writer"), [("a.doc", "MS Word 97"), ("a.odt", "writer8")])
def test_boxes_of_other_formats_keep_their_state(
    name: str, writer: str, written: Callable[..., bytes], shared: LibreOffice
) -> None:
    data = written(boxes_docx(), writer)
    document, _ = open_bytes(data, Source(path=Path(name), name=name), tools=Tools(converter=shared))
    lines = [line.text for line in document.pages[0].lines]
    assert len(lines) == 16
    states = [(line.rpartition(" ")[2], box_for(line, len(line) - 1, len(line))) for line in lines]
    assert set(states) == {("retenue", True), ("écartée", False)}


@pytest.mark.parametrize(
    ("name", "writer"), [("a.doc", "MS Word 97"), ("a.odt", "writer8"), ("a.docx", "MS Word 2007 XML")]
)
def test_a_password_is_told(name: str, writer: str, written: Callable[..., bytes], shared: LibreOffice) -> None:
    data = written(docx(CLAUSE), writer, "secret")
    for tools in (Tools(converter=shared), Tools()):
        with pytest.raises(DocumentError) as error:
            open_bytes(data, Source(path=Path(name), name=name), tools=tools)
        assert error.value.code == "encrypted"
        assert str(error.value) == f"{name} : protégé par un mot de passe ; fournir une copie sans mot de passe"


# ---------------------------------------------------------------- LibreOffice in trouble


def read(converter: LibreOffice, path: Path) -> Extraction:
    return extract(path, tools=Tools(converter=converter))


def codes(found: Extraction) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_damaged_document_fails_and_the_next_is_read(tmp_path: Path, make: Make) -> None:
    (tmp_path / "cut.docx").write_bytes(docx(*([CLAUSE] * 500))[:-2000])
    (tmp_path / "good.docx").write_bytes(docx(CLAUSE))
    converter = make()
    cut = read(converter, tmp_path / "cut.docx")
    assert (cut.status, codes(cut)) == ("failed", ["damaged"])
    assert cut.problems[0].message == "cut.docx : document abîmé ou tronqué ; le télécharger de nouveau"
    pids = converter.pids
    assert read(converter, tmp_path / "good.docx").status == "ok"
    assert converter.pids == pids


@pytest.mark.slow
def test_a_hung_libreoffice_is_killed_and_another_reads_the_next(tmp_path: Path, make: Make) -> None:
    for name in ("first", "hung", "next"):
        (tmp_path / f"{name}.docx").write_bytes(docx(name, CLAUSE))
    converter = make(seconds=20)
    assert read(converter, tmp_path / "first.docx").status == "ok"
    stopped = converter.pids
    os.kill(stopped[0], signal.SIGSTOP)
    converter._seconds = 1
    hung = read(converter, tmp_path / "hung.docx")
    assert (hung.status, codes(hung), [v.value for v in hung.volumes]) == ("partial", ["office_timeout"], [450])
    assert "CLAUSOSCOPE_OFFICE_SECONDS" in hung.problems[0].message
    assert not any(psutil.pid_exists(pid) for pid in stopped)
    converter._seconds = 60
    assert read(converter, tmp_path / "next.docx").status == "ok"


@pytest.mark.slow
def test_a_document_that_takes_too_much_memory_ends_its_libreoffice(tmp_path: Path, make: Make) -> None:
    (tmp_path / "big.docx").write_bytes(docx(*([CLAUSE] * 600)))
    converter = make(megabytes=100)  # less than it holds at rest
    found = read(converter, tmp_path / "big.docx")
    assert (found.status, codes(found)) == ("partial", ["office_memory"])
    assert converter.pids == ()


@pytest.mark.slow
def test_a_libreoffice_that_died_is_started_again(tmp_path: Path, make: Make) -> None:
    for name in ("first", "next"):
        (tmp_path / f"{name}.docx").write_bytes(docx(name, CLAUSE))
    converter = make()
    read(converter, tmp_path / "first.docx")
    dead = converter.pids
    os.kill(dead[0], signal.SIGKILL)
    assert read(converter, tmp_path / "next.docx").status == "ok"
    assert not set(dead) & set(converter.pids)


@pytest.mark.slow
def test_a_libreoffice_that_never_starts_is_told_once(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.docx").write_bytes(docx(CLAUSE))
    installed = find_office()
    assert installed
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "soffice.bin").symlink_to("/bin/false")
    converter = LibreOffice(replace(installed, program=tmp_path / "program"))
    found = read(converter, tmp_path / "a.docx")
    assert (found.status, codes(found)) == ("partial", ["office_broken"])
    converter.close()


@pytest.mark.slow
def test_two_workers_have_a_libreoffice_each_and_leave_none(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.docx" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_bytes(docx(f"Lot {number}", CLAUSE))
    limits = ToolLimits(converted=tmp_path / "converted")
    with Pool(
        workers=2, timeout_seconds=120, pages_per_worker=1000, make_reader=partial(make_extract, None, False, limits)
    ) as pool:
        before = running()
        found = list(pool.run(paths))
        offices = running() - before
        assert len(offices) == 2
    assert [f.status for f in found] == ["ok"] * 8
    assert until(lambda: not any(office.is_running() for office in offices))


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_no_libreoffice(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(docx(CLAUSE))
    limits = ToolLimits(converted=tmp_path / "converted")
    with Pool(
        workers=1, timeout_seconds=120, pages_per_worker=1000, make_reader=partial(make_extract, None, False, limits)
    ) as pool:
        before = running()
        list(pool.run([tmp_path / "a.docx"]))
        (office,) = running() - before
        worker = office.parent()
        assert worker
        os.kill(worker.pid, signal.SIGKILL)  # it alone, not its group: as when memory runs out
        assert until(lambda: not office.is_running() or office.status() == psutil.STATUS_ZOMBIE)


def test_what_a_killed_process_left_is_removed() -> None:
    left = new_folder()
    ended = subprocess.Popen(["true"])
    ended.wait()
    theirs = left.with_name(f"clausoscope-office-{ended.pid}-left")
    (theirs / "run-1").mkdir(parents=True)
    remove_folder(new_folder())
    assert left.exists() and not theirs.exists()
    remove_folder(left)
    assert not left.exists()


def running() -> set[psutil.Process]:
    """LibreOffice at work for the processes of this one."""
    return {p for p in psutil.Process().children(recursive=True) if p.name() == "soffice.bin"}


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()
