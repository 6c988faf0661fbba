"""One folder of everything that goes wrong: each file is recorded with its reason, and the good one is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import big_dce
import every_format as made
import pytest
from conftest import pdf
from sqlalchemy import text
from test_containers import bomb
from test_kinds import OPEN_TEXT, open_document
from tool_marks import needs_libreoffice, needs_tesseract

from flows.run import Run
from flows.settings import load_settings
from models import open_database


def ten_thousand() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(10_000):
            archive.writestr(f"plan {number:05}.dwg", b"x")
    return stream.getvalue()


FILES = {
    "RC.pdf": pdf(),
    "menteur.pdf": made.workbook("RC"),
    "menteur.docx": pdf(lines=("RÈGLEMENT DE LA CONSULTATION", "Objet : construction d'une école.")),
    "protégé.odt": open_document(OPEN_TEXT, '<manifest><encryption-data x="1"/></manifest>'),
    "abîmé.xlsx": made.workbook("RC")[:900],
    "bombe.zip": bomb(),
    "énorme.zip": ten_thousand(),
    "lent.docx": big_dce.long_word(40, seed=1),
    "numérisé.pdf": big_dce.noisy_scan(2, seed=1, dpi=100),
}


@pytest.mark.slow
@needs_libreoffice
@needs_tesseract
def test_each_is_recorded_and_none_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dce"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", f"sqlite:///{tmp_path}/base.db")
    monkeypatch.setenv("CLAUSOSCOPE_OFFICE_SECONDS", "0.02")  # less than any conversion takes
    monkeypatch.setenv("CLAUSOSCOPE_OCR_SECONDS", "0.01")

    with Run(load_settings(), [folder], workers=1) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        run.finish()

    engine = open_database(load_settings().database_url)
    with engine.connect() as connection:
        sql = "SELECT d.fichier, d.etat, p.code FROM v_documents d LEFT JOIN v_problemes p USING (document_id)"
        told = {str(file): (state, code) for file, state, code in connection.execute(text(sql))}
    assert told == {
        "RC.pdf": ("ok", None),
        "menteur.pdf": ("ok", None),
        "menteur.docx": ("ok", None),
        "protégé.odt": ("failed", "encrypted"),
        "abîmé.xlsx": ("failed", "damaged"),
        "bombe.zip": ("failed", "archive_more"),
        "énorme.zip": ("partial", "archive_limits"),
        "lent.docx": ("partial", "office_timeout"),
        "numérisé.pdf": ("partial", "ocr_timeout"),
    }
