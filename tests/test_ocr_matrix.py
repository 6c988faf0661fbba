"""Our samples, scanned at three resolutions with grain and lean, give the rows of the same PDFs (docs/OCR.md)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from measure_ocr import NOISES, rows, scanned
from scans import Scanner
from tool_marks import needs_tesseract

from extractors.pipeline import extract

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "raw" / "samples").rglob("*.pdf"))


@needs_tesseract
@pytest.mark.slow
@pytest.mark.parametrize(("dpi", "floor"), [(300, 0.98), (200, 0.95), (150, 0.85)])
def test_recall_of_scans_over_the_rows_of_the_same_pdfs(dpi: int, floor: float) -> None:
    expected: Counter[tuple[object, ...]] = Counter()
    found: Counter[tuple[object, ...]] = Counter()
    for path in SAMPLES:
        wanted = rows(extract(path))
        for noise in ("propre", "de travers"):
            scan = scanned(path, scanner=Scanner(dpi=dpi, **NOISES[noise]), words=None, name=str(path))
            expected += wanted
            found += wanted & rows(scan)
    assert found.total() / expected.total() >= floor
