"""Make the pictures of the README from the real output on a sample: `.venv/bin/python docs/make_pictures.py`."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdfium2 as pdfium
from PIL import ImageDraw
from rich.console import Console

from extractors.pipeline import extract
from extractors.schema import Box, Clause, Extraction, Penalty, Volume
from flows.summary import print_summary

ROOT = Path(__file__).parents[1]
SAMPLE = Path("data/raw/samples/C1_ecole/CCAP.pdf")
SCALE = 1.6
MARGIN = 24  # points kept above and below the evidence


def terminal_picture(extraction: Extraction) -> str:
    """What the terminal shows, as SVG; without the web fonts that Rich asks for, which a page may not load."""
    console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True)
    print_summary(console, extraction)
    svg = console.export_svg(title=f"clausoscope extract {SAMPLE}", unique_id="clausoscope")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def evidence_boxes(extraction: Extraction, page: int) -> list[Box]:
    """Boxes of everything proved on this page."""
    rows: list[Clause | Volume | Penalty] = [*extraction.clauses, *extraction.volumes, *extraction.penalties]
    return [item.bbox for row in rows for item in row.evidence if item.page == page and item.bbox]


def draw_evidence(path: Path, *, page: int, boxes: list[Box], target: Path) -> None:
    """The part of the page that holds the boxes, with the boxes drawn."""
    with pdfium.PdfDocument(path) as document:
        opened = document[page - 1]
        picture = opened.render(scale=SCALE).to_pil().convert("RGB")
        opened.close()
    draw = ImageDraw.Draw(picture)
    for box in boxes:
        draw.rectangle([SCALE * side for side in box], outline=(200, 30, 30), width=2)
    top = SCALE * (min(box[1] for box in boxes) - MARGIN)
    bottom = SCALE * (max(box[3] for box in boxes) + MARGIN)
    picture.crop((0, max(0, int(top)), picture.width, int(bottom))).quantize(32).save(target, optimize=True)


def main() -> None:
    extraction = extract(SAMPLE)
    (ROOT / "docs" / "extract.svg").write_text(terminal_picture(extraction), "utf-8")
    page = extraction.volumes[0].evidence[0].page
    boxes = evidence_boxes(extraction, page)
    draw_evidence(ROOT / SAMPLE, page=page, boxes=boxes, target=ROOT / "docs" / "preuve.png")


if __name__ == "__main__":
    main()
