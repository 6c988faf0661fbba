"""A large tender as buyers publish them: 60 files, 600 pages, 200 MB, archives inside archives, every format."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import every_format as made
import numpy as np
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

PAGES_OF_A_CCTP = 40
SENTENCES = (
    "Le titulaire fournit les plans d'exécution dans un délai de trois semaines.",
    "Les réseaux existants sont repérés avant toute intervention, de 8h00 à 17h00.",
    "L'insertion des fourreaux dans les voiles est réservée avant coulage.",
    "Les déchets sont triés et évacués vers une filière agréée.",
    "La garantie de parfait achèvement court pendant douze mois.",
)


def long_pdf(pages: int, *, seed: int) -> bytes:
    """A technical document without any clause."""
    chosen = random.Random(seed)
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(60, 780, f"Article {number} - Prescriptions techniques")
        canvas.setFont("Helvetica", 10)
        for line in range(48):
            canvas.drawString(60, 755 - 14 * line, chosen.choice(SENTENCES))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def long_word(pages: int, *, seed: int) -> bytes:
    chosen = random.Random(seed)
    document = docx.Document()
    document.add_heading("Cahier des clauses techniques particulières", 0)
    for number in range(1, pages + 1):
        document.add_heading(f"Article {number}", 1)
        for _ in range(20):
            document.add_paragraph(chosen.choice(SENTENCES))
        document.add_page_break()
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def noisy_scan(pages: int, *, seed: int, dpi: int = 200) -> bytes:
    """Pages as an office scanner in full quality gives them: grey, noisy, heavy (about 3 MB each)."""
    noise = np.random.default_rng(seed)
    pictures = []
    clean = [Image.open(io.BytesIO(picture)) for picture in made.pictures(long_pdf(min(pages, 4), seed=seed), dpi=dpi)]
    for number in range(pages):
        grey = np.asarray(clean[number % len(clean)].convert("L"), dtype=np.int16)
        grain = noise.normal(0, 9, grey.shape).astype(np.int16)
        pictures.append(Image.fromarray(np.clip(grey + grain, 0, 255).astype(np.uint8)))
    return picture_pdf(pictures, dpi=dpi)


def picture_pdf(pictures: list[Image.Image], *, dpi: int) -> bytes:
    """One picture a page, losslessly kept."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1, pageCompression=1)
    for picture in pictures:
        canvas.drawInlineImage(picture, 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def members() -> Iterator[tuple[str, bytes]]:
    """Name in the tender and bytes; the clauses stand in the CCAP (.docx), the RC (.pdf) and the AE (.xlsx)."""
    yield "1 - RC.pdf", made.pdf("RC")
    yield "2 - CCAP.docx", made.word("CCAP", made.control_box)
    yield "2 - CCAP (copie).pdf", made.pdf("CCAP")
    yield "Annexes/Décision signée.pdf", noisy_scan(8, seed=1)
    yield "Annexes/Diagnostic amiante.pdf", noisy_scan(30, seed=2)
    yield "Annexes/Étude de sol.pdf", noisy_scan(30, seed=3)
    for lot in range(1, 11):
        yield f"Lot {lot:02}/CCTP lot {lot}.pdf", long_pdf(PAGES_OF_A_CCTP, seed=lot)
        yield f"Lot {lot:02}/DPGF lot {lot}.xlsx", made.workbook("CCAP" if lot == 1 else "RC")
        yield f"Lot {lot:02}/Note lot {lot}.docx", long_word(8, seed=100 + lot)
        yield f"Lot {lot:02}/Photo lot {lot}.png", photo(seed=lot)
    for number in range(1, 11):
        yield f"Formulaires/DC{number}.pdf", long_pdf(4, seed=200 + number)
    yield "Site.html", made.web_page("RC")
    yield "Mail de l'acheteur.eml", made.mail({"Avenant au RC.pdf": long_pdf(3, seed=300)})
    yield "Plans/plan masse.dwg", bytes(500_000)
    yield "Abîmé.pdf", long_pdf(3, seed=301)[:900]


def photo(*, seed: int) -> bytes:
    """A picture without words, heavy."""
    stream = io.BytesIO()
    grain = np.random.default_rng(seed).integers(0, 255, (700, 1000, 3), dtype=np.uint8)
    Image.fromarray(grain).save(stream, "PNG")
    return stream.getvalue()


def write_dce(path: Path) -> dict[str, int]:
    """The archive, a folder « Lot NN » being an archive inside it; how many files of each suffix it holds."""
    counts: dict[str, int] = {}
    inner: dict[str, dict[str, bytes]] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members():
            suffix = name.rpartition(".")[2]
            counts[suffix] = counts.get(suffix, 0) + 1
            folder = name.partition("/")[0]
            if folder.startswith("Lot "):
                inner.setdefault(folder, {})[name.partition("/")[2]] = data
            else:
                archive.writestr(name, data)
        for folder, files in inner.items():
            archive.writestr(f"{folder}.zip", made.zipped(files))
    return counts
