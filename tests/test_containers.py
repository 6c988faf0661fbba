"""What stands inside files given to `extract` and `ingest`: archives, e-mails, PDFs with embedded files."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from archive_samples import flagged, rared, sevened, zipped, zipped_raw
from conftest import pdf
from databases import Sqlite
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import text
from typer.testing import CliRunner

from extractors.attachments import attachments_of, holds_files
from extractors.mails import Attachment
from flows.archives.unpack import UnpackLimits
from flows.cli import app
from flows.containers import Contents, laying_folder, open_up
from flows.exits import ExitCode
from flows.retrieve import CONTENTS, documents_of
from flows.run import Run
from flows.settings import Settings, load_settings
from models import open_database

HOURS = "Le titulaire réserve {} heures de travail à l'insertion."


def document(hours: int) -> bytes:
    return pdf(lines=(HOURS.format(hours),))


def mail(**files: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Pièces du marché"
    message.set_content("Veuillez trouver ci-joint les pièces.")
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    if files:
        message.set_boundary(f"partie-{sum(map(len, files.values()))}")
    return message.as_bytes()


def portfolio(files: Mapping[str, bytes], *, words: str = "Règlement") -> bytes:
    made = pdfium.PdfDocument(pdf(lines=(words,)))
    for name, content in files.items():
        made.new_attachment(name).set_data(content)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def pinned(name: str, content: bytes) -> bytes:
    """A PDF with a file pinned to its page by an annotation."""
    written = io.BytesIO()
    canvas = Canvas(written)
    canvas.drawString(60, 760, "Règlement")
    stream = PDFStream(PDFDictionary({"Type": PDFName("EmbeddedFile")}), content)
    where = canvas._doc.Reference(stream)
    spec = PDFDictionary({"Type": PDFName("Filespec"), "F": PDFString(name), "EF": PDFDictionary({"F": where})})
    note = PDFDictionary({"Type": PDFName("Annot"), "Subtype": PDFName("FileAttachment"), "FS": spec})
    note["Rect"] = PDFArray([60, 700, 80, 720])
    canvas._addAnnotation(note)
    canvas.save()
    return written.getvalue()


# ---------------------------------------------------------------- what is inside


def opened(content: bytes, folder: Path, *, name: str = "DCE.zip", limits: UnpackLimits | None = None) -> Contents:
    path = folder / name
    path.write_bytes(content)
    return open_up(path, name=name, folder=folder / "laid", limits=limits)


def laid(contents: Contents) -> dict[str, bytes]:
    return {file.inner_path: file.path.read_bytes() for file in contents.files}


def in_turn(depth: int, name: str = "RC.pdf") -> bytes:
    """A document in an archive, in an archive…"""
    content = zipped({name: b"fond"})
    for number in range(depth - 1, 0, -1):
        content = zipped({f"{number}.zip": content})
    return content


A, B = document(10), document(20)
HELD: dict[str, tuple[str, bytes, dict[str, bytes]]] = {
    "archive": ("DCE.zip", zipped({"Lot 1/CCAP.pdf": A, "RC.pdf": B}), {"Lot 1/CCAP.pdf": A, "RC.pdf": B}),
    "archive-named-otherwise": ("DCE.bin", zipped({"RC.pdf": A}), {"RC.pdf": A}),
    "mail": ("m.eml", mail(**{"CCAP.pdf": A}), {"": mail(**{"CCAP.pdf": A}), "CCAP.pdf": A}),
    "two-of-a-name": (
        "m.eml", mail(**{"CCAP.pdf": A, "ccap.PDF": B}),
        {"": mail(**{"CCAP.pdf": A, "ccap.PDF": B}), "CCAP.pdf": A, "ccap (2).PDF": B},
    ),
    "archive-in-a-mail": ("m.eml", mail(**{"DCE.zip": zipped({"RC.pdf": A})}),
                          {"": mail(**{"DCE.zip": zipped({"RC.pdf": A})}), "DCE.zip/RC.pdf": A}),
    "name-out-of-the-folder": ("m.eml", mail(**{"../../x.pdf": A}), {"": mail(**{"../../x.pdf": A}), "x.pdf": A}),
    "alone": ("RC.pdf", A, {"": A}),
    "no-archive-but-its-name": ("DCE.zip", A, {"": A}),
    "office-named-as-an-archive": ("DCE.zip", zipped({"[Content_Types].xml": b"x", "word/document.xml": b"x"}),
                                   {"": zipped({"[Content_Types].xml": b"x", "word/document.xml": b"x"})}),
    "lying-member": ("DCE.zip", zipped({"a.zip": A, "b.pdf": zipped({"RC.pdf": B})}), {"a.zip": A, "b.pdf/RC.pdf": B}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "inside"), [pytest.param(*case, id=key) for key, case in HELD.items()])
def test_each_document_is_laid_with_its_place(
    name: str, content: bytes, inside: dict[str, bytes], tmp_path: Path
) -> None:
    contents = opened(content, tmp_path, name=name)
    assert laid(contents) == {f"{name}/{place}".rstrip("/"): held for place, held in inside.items()}
    assert contents.problems == ()
    assert contents.opened == (list(inside) != [""])
    assert (tmp_path / "laid").exists() == contents.opened


def test_files_of_a_pdf_stand_beside_it(tmp_path: Path) -> None:
    content = portfolio({"annexe sociale.pdf": A, "DCE.zip": zipped({"CCAP.pdf": B})})
    contents = opened(content, tmp_path, name="RC.pdf")
    assert laid(contents) == {
        "RC.pdf": content,
        "RC.pdf/annexe sociale.pdf": A,
        "RC.pdf/DCE.zip/CCAP.pdf": B,
    }


PDFS = {
    "embedded": (portfolio({"a.pdf": A, "b.pdf": B}), [("a.pdf", A), ("b.pdf", B)]),
    "pinned": (pinned("a.pdf", A), [("a.pdf", A)]),
    "accents": (portfolio({"Éléments n°2 — été.pdf": A}), [("Éléments n°2 — été.pdf", A)]),
    "none": (A, []),
    "cut": (portfolio({"a.pdf": A})[:-300], []),
}


@pytest.mark.parametrize(("content", "expected"), [pytest.param(*case, id=key) for key, case in PDFS.items()])
def test_files_embedded_in_a_pdf(content: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert attachments_of(content, "RC.pdf") == tuple(Attachment(name=name, content=held) for name, held in expected)
    assert holds_files(content, "RC.pdf") == (b"/CheckSum" in content or b"/EmbeddedFile" in content)


def test_a_source_gives_what_its_messages_hold(tmp_path: Path) -> None:
    (tmp_path / "question.eml").write_bytes(mail(**{"CCAP.pdf": A, "winmail.dat": b"x"}))
    files, problems = documents_of(tmp_path / "question.eml", name="question.eml", folder=tmp_path / "laid")
    assert [file.inner_path for file in files] == ["question.eml", "question.eml/CCAP.pdf"]
    assert [problem.code for problem in problems] == ["attachment"]
    assert CONTENTS in str(files[1].path.parent)


# ---------------------------------------------------------------- traps


def bomb(levels: int = 3, width: int = 3) -> bytes:
    """Archives of archives, each with several of the next, down to 60 MB of zeros: 42.zip, smaller."""
    content = zipped({"0.pdf": bytes(60 * 2**20)})
    for _ in range(levels):
        content = zipped({f"{number}.zip": content for number in range(width)})
    return content


def locked(name: str = "secret.pdf") -> bytes:
    return flagged(zipped({name: A}), 0x1)


TRAPS: dict[str, tuple[bytes, str, UnpackLimits | None, list[str], list[str]]] = {
    "locked": (locked(), "DCE.zip", None, ["archive_encrypted"], []),
    "damaged": (b"PK\x03\x04 rien", "DCE.zip", None, ["archive_damaged"], []),
    "empty": (zipped({}), "DCE.zip", None, ["archive_empty"], []),
    "outside": (zipped_raw([(b"../x.pdf", A), (b"RC.pdf", B)]), "DCE.zip", None, ["archive_outside"], ["RC.pdf"]),
    "too-deep": (in_turn(6), "DCE.zip", None, ["archive_depth"], []),
    "deep-enough": (in_turn(5), "DCE.zip", None, [], ["1.zip/2.zip/3.zip/4.zip/RC.pdf"]),
    "too-deep-in-mails": (mail(**{"a.eml": mail(**{"b.eml": mail(**{"c.pdf": A})})}), "m.eml",
                          UnpackLimits(max_depth=2), ["archive_depth"], ["", "a.eml", "a.eml/b.eml"]),
    "too-deep-in-a-mail": (mail(**{"a.zip": in_turn(5)}), "m.eml", None, ["archive_depth"], [""]),
    "too-many": (mail(**{"a.pdf": A, "b.pdf": B}), "m.eml", UnpackLimits(max_files=1), ["archive_limits"],
                 ["", "a.pdf"]),
    "too-many-in-all": (mail(**{"a.zip": zipped({"1.pdf": A}), "b.zip": zipped({"2.pdf": B})}), "m.eml",
                        UnpackLimits(max_files=3), ["archive_limits"], ["", "a.zip/1.pdf"]),
    "too-large": (mail(**{"a.pdf": A, "b.pdf": B}), "m.eml", UnpackLimits(max_bytes=len(A)), ["archive_limits"],
                  ["", "a.pdf"]),
    "empty-attachment": (mail(**{"a.pdf": b"", "b.pdf": B}), "m.eml", None, ["attachment"], ["", "b.pdf"]),
    "winmail": (mail(**{"winmail.dat": b"x"}), "m.eml", None, ["attachment"], [""]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "name", "limits", "codes", "places"), [pytest.param(*case, id=key) for key, case in TRAPS.items()]
)
def test_what_could_not_be_had_is_told_and_the_rest_is_laid(
    content: bytes, name: str, limits: UnpackLimits | None, codes: list[str], places: list[str], tmp_path: Path
) -> None:
    contents = opened(content, tmp_path, name=name, limits=limits)
    assert [problem.code for problem in contents.problems] == codes
    assert all("\n" not in problem.message and problem.message.endswith(".") for problem in contents.problems)
    assert [file.inner_path for file in contents.files] == [f"{name}/{place}".rstrip("/") for place in places]
    assert sorted(tmp_path.iterdir()) == sorted({tmp_path / name, *tmp_path.glob("laid")})


def test_a_bomb_of_archives_is_told_without_being_unpacked(tmp_path: Path) -> None:
    contents = opened(bomb(), tmp_path)
    assert contents.files == ()
    assert [problem.code for problem in contents.problems] == [*["archive_bomb"] * 20, "archive_more"]
    assert sum(path.stat().st_size for path in (tmp_path / "laid").rglob("*") if path.is_file()) == 0


def test_a_message_in_another_is_named_by_its_subject_without_people(tmp_path: Path) -> None:
    message, inner = EmailMessage(), EmailMessage()
    inner["Subject"] = "Question de Mme Dupont"
    inner.set_content("Combien d'heures ?")
    message.add_attachment(inner)
    contents = opened(message.as_bytes(), tmp_path, name="m.eml")
    assert [file.inner_path for file in contents.files] == ["m.eml", "m.eml/Question de [nom].eml"]


def test_a_message_of_many_empty_files_tells_of_some(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("Bonjour")
    for content in (b"", B) * 30:
        message.add_attachment(content, maintype="application", subtype="pdf", filename="a.pdf")
    contents = opened(message.as_bytes(), tmp_path, name="m.eml")
    assert [problem.code for problem in contents.problems] == [*["attachment"] * 20, "archive_more"]
    assert "10 autres pièces" in contents.problems[-1].message
    assert [file.inner_path for file in contents.files] == ["m.eml", *(f"m.eml/a ({2 * n}).pdf" for n in range(1, 31))]


def test_an_archive_of_too_many_files_gives_those_allowed(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(10_000):
            archive.writestr(f"{number:05}.pdf", b"x")
    contents = opened(made.getvalue(), tmp_path, limits=UnpackLimits(max_files=50))
    assert len(contents.files) == 50
    assert [(problem.code, problem.message.count("«")) for problem in contents.problems] == [("archive_limits", 4)]


# ---------------------------------------------------------------- extract


def extracted(*paths: Path) -> tuple[int, list[dict[str, Any]], str]:
    arguments = ["extract", "--jsonl", "--workers", "0", *map(str, paths)]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


@pytest.fixture
def tenders(tmp_path: Path) -> Path:
    """Two tenders: an archive at the root, and a folder that holds an archive and an e-mail."""
    folder = tmp_path / "dossiers"
    (folder / "21-048").mkdir(parents=True)
    lot = zipped({"Lot 1/CCAP.pdf": A, "copie/CCAP.pdf": A, "plan.dwg": b"x"})
    (folder / "DCE.zip").write_bytes(zipped({"RC.pdf": B, "lots.zip": lot, "secret.pdf": b""}))
    (folder / "21-048" / "pièces.zip").write_bytes(sevened({"CCAP.pdf": document(30)}, folder=tmp_path))
    (folder / "21-048" / "question.eml").write_bytes(mail(**{"RC.pdf": document(40), "winmail.dat": b"x"}))
    return folder


def test_extract_reads_what_is_inside(tenders: Path) -> None:
    code, rows, stderr = extracted(tenders)
    found = {
        row["document"]["path"].removeprefix(f"{tenders}/"): [volume["value"] for volume in row["volumes"]]
        for row in rows
    }
    assert found == {
        "21-048/pièces.zip/CCAP.pdf": [30],
        "21-048/question.eml": [],
        "21-048/question.eml/RC.pdf": [40],
        "21-048/question.eml/winmail.dat": [],
        "DCE.zip/RC.pdf": [20],
        "DCE.zip/lots.zip/Lot 1/CCAP.pdf": [10],
        "DCE.zip/lots.zip/copie/CCAP.pdf": [10],
        "DCE.zip/secret.pdf": [],
    }
    failed = {row["document"]["path"].rpartition("/")[2] for row in rows if row["document"]["status"] == "failed"}
    assert (code, failed) == (ExitCode.SOME_FAILED, {"winmail.dat", "secret.pdf"})
    assert stderr.startswith("clausoscope : 1 fichier laissé de côté : format non lu.\n")


MADE: dict[str, Callable[[Path], bytes]] = {
    "zip": lambda _: zipped({"Lot 1/CCAP n°1.pdf": A}),
    "7z": lambda folder: sevened({"Lot 1/CCAP n°1.pdf": A}, folder=folder),
    "rar": lambda _: rared({"Lot 1/CCAP n°1.pdf": A}),
    "zip-of-windows": lambda _: zipped_raw([("Lot 1\\CCAP n°1.pdf".encode("cp850"), A)]),
}


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in MADE.items()])
def test_an_archive_of_any_format_is_given_alone(make: Callable[[Path], bytes], tmp_path: Path) -> None:
    path = tmp_path / "DCE.zip"
    path.write_bytes(make(tmp_path))
    code, (row,), _ = extracted(path)
    assert (code, row["document"]["path"]) == (ExitCode.OK, f"{path}/Lot 1/CCAP n°1.pdf")
    assert [volume["value"] for volume in row["volumes"]] == [10]


def test_a_damaged_archive_is_a_failed_record(tmp_path: Path) -> None:
    (tmp_path / "DCE.zip").write_bytes(b"PK\x03\x04 rien")
    (tmp_path / "RC.pdf").write_bytes(A)
    code, (bad, good), _ = extracted(tmp_path)
    assert (bad["document"]["status"], [problem["code"] for problem in bad["document"]["problems"]]) == (
        "failed", ["archive_damaged"],
    )  # fmt: skip
    assert (good["document"]["status"], code) == ("ok", ExitCode.SOME_FAILED)


def test_an_archive_that_keeps_a_secret_is_partial(tmp_path: Path) -> None:
    (tmp_path / "DCE.zip").write_bytes(zipped({"clos.zip": locked(), "RC.pdf": A}))
    code, rows, _ = extracted(tmp_path / "DCE.zip")
    assert {row["document"]["path"]: row["document"]["status"] for row in rows} == {
        f"{tmp_path}/DCE.zip/RC.pdf": "ok",
        f"{tmp_path}/DCE.zip": "partial",
    }
    assert code == ExitCode.OK


def test_an_archive_without_documents_is_told(tmp_path: Path) -> None:
    (tmp_path / "DCE.zip").write_bytes(zipped({"plan.dwg": b"x"}))
    result = CliRunner().invoke(app, ["extract", str(tmp_path / "DCE.zip")])
    assert result.exit_code == ExitCode.INPUT_NOT_FOUND


def test_the_cover_of_a_portfolio_gives_nothing(tmp_path: Path) -> None:
    cover = "For the best experience, open this PDF portfolio in Acrobat X or Adobe Reader X, or later."
    (tmp_path / "DCE.pdf").write_bytes(portfolio({"CCAP.pdf": A}, words=cover))
    _, rows, _ = extracted(tmp_path)
    assert [[volume["value"] for volume in row["volumes"]] for row in rows] == [[], [10]]
    assert rows[0]["clauses"] == []


# ---------------------------------------------------------------- ingest


@pytest.fixture
def settings(tmp_path: Path, sqlite: Sqlite, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", sqlite.create(tmp_path, "base", migrated=True))
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUSOSCOPE_WORKERS", "0")
    return load_settings()


def run_all(settings: Settings, *paths: Path) -> int:
    """A run, without Prefect; how many documents it read or recorded."""
    count = 0
    with Run(settings, paths, workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
            count += len(batch)
        run.finish()
    return count


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_database(settings.database_url).connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def stored(settings: Settings) -> list[str]:
    return sorted(str(path.relative_to(settings.data_dir)) for path in settings.data_dir.rglob("*") if path.is_file())


def test_ingest_groups_what_is_inside_by_tender(tenders: Path, settings: Settings) -> None:
    run_all(settings, tenders)
    rows = query(settings, "SELECT chemin, consultation, etat FROM v_documents ORDER BY chemin")
    assert [(str(path).removeprefix(f"{tenders}/"), tender, status) for path, tender, status in rows] == [
        ("21-048/pièces.zip/CCAP.pdf", "21-048", "ok"),
        ("21-048/question.eml", "21-048", "ok"),
        ("21-048/question.eml/RC.pdf", "21-048", "ok"),
        ("21-048/question.eml/winmail.dat", "21-048", "failed"),
        ("DCE.zip/RC.pdf", "DCE.zip", "ok"),
        ("DCE.zip/lots.zip/Lot 1/CCAP.pdf", "DCE.zip", "ok"),
        ("DCE.zip/secret.pdf", "DCE.zip", "failed"),
    ]


def test_what_is_inside_is_kept_and_read_once(tenders: Path, settings: Settings) -> None:
    assert run_all(settings, tenders) == 7
    kept = stored(settings)
    assert not [path for path in kept if path.startswith("fetched")]
    assert run_all(settings, tenders) == 0
    assert stored(settings) == kept

    (tenders / "DCE.zip").rename(tenders / "DCE (1).zip")
    assert run_all(settings, tenders) == 0
    assert stored(settings) == kept


def test_archives_of_one_name_given_alone_are_two_tenders(tmp_path: Path, settings: Settings) -> None:
    for folder, hours in (("a", 10), ("b", 20)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "DCE.zip").write_bytes(
            zipped({"CCAP.pdf": document(hours), "RC.pdf": document(hours + 1)})
        )
    run_all(settings, tmp_path / "a" / "DCE.zip", tmp_path / "b" / "DCE.zip")
    assert query(settings, "SELECT count(DISTINCT consultation), count(*) FROM v_documents") == [(2, 4)]


def test_a_partial_archive_is_recorded_with_the_mend(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "DCE.zip").write_bytes(zipped({"clos.zip": locked(), "RC.pdf": A}))
    run_all(settings, tmp_path / "DCE.zip")
    rows = query(settings, "SELECT etat, code, message FROM v_problemes")
    (status, code, message) = rows[0]
    assert (len(rows), status, code) == (1, "partial", "archive_encrypted")
    assert "Demandez le mot de passe à l'acheteur" in message


def test_what_a_killed_run_laid_is_removed(tmp_path: Path) -> None:
    parent = tmp_path / "fetched" / "ingest"
    (parent / "999999999-mort" / "0").mkdir(parents=True)
    alive = parent / f"{os.getpid()}-vif"
    alive.mkdir()
    with laying_folder(parent) as folder:
        folder.mkdir()
        assert set(parent.iterdir()) == {alive, folder}
    assert list(parent.iterdir()) == [alive]
