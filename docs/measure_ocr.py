"""Measures what is read of scans, for docs/OCR.md.

    python docs/measure_ocr.py matrix                   our samples, scanned at three resolutions, against the PDFs
    python docs/measure_ocr.py round GOLD PREDICTIONS   annotated documents (paths start at the folder above that of
                                                        GOLD), scanned at 200 dpi and read again

`--words FOLDER` keeps the words of each image, so that a change of what follows the recognition is measured in minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from scans import Scanner  # noqa: E402

from extractors.output import to_dict  # noqa: E402
from extractors.pipeline import extract  # noqa: E402
from extractors.rowkeys import clause_lot_key, per_lot, volume_key  # noqa: E402
from extractors.schema import Extraction, Source  # noqa: E402
from extractors.tools import Recogniser, SeenWord, Tools  # noqa: E402
from flows.tools.tesseract import find_tesseract  # noqa: E402

NOISES = {
    "propre": {},
    "grain": {"grain": 18.0},
    "points": {"specks": 0.004},
    "de travers": {"degrees": 1.5, "grain": 8.0},
    "à l'envers": {"degrees": 180.0},
    "sur le côté": {"degrees": 90.0},
}
"""Label → what the scanner does to the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recogniser whose answers are kept in a folder."""

    inner: Recogniser
    folder: Path

    def words(self, image: bytes, *, dpi: int, seconds: float, is_block: bool = False) -> Sequence[SeenWord]:
        kind = "block" if is_block else "words"
        ask = partial(self.inner.words, image, dpi=dpi, seconds=seconds, is_block=is_block)
        return self._kept(kind, image, dpi, ask)

    def quarter_turns(self, image: bytes, *, dpi: int, seconds: float) -> int:
        return self._kept("turns", image, dpi, lambda: self.inner.quarter_turns(image, dpi=dpi, seconds=seconds))

    def _kept(self, kind, image, dpi, ask):  # type: ignore[no-untyped-def]
        path = self.folder / f"{kind}-{dpi}-{hashlib.sha256(image).hexdigest()}"
        if not path.exists():
            path.write_bytes(pickle.dumps(ask()))
        return pickle.loads(path.read_bytes())


def tools(words: Path | None) -> Tools:
    recogniser = find_tesseract()
    if recogniser is None:
        raise SystemExit("Tesseract ou son français manque : make setup-system")
    patient = replace(recogniser, page_seconds=600)
    return Tools(recogniser=Kept(inner=patient, folder=words) if words else patient, ocr_seconds=1e6)


def rows(extraction: Extraction) -> Counter[tuple[object, ...]]:
    """Clauses by lot, volumes and penalties of a document, to be compared."""
    found: Counter[tuple[object, ...]] = Counter()
    found.update(("clause", *map(str, (clause_lot_key(one),))) for one in per_lot(extraction.clauses))
    found.update(("volume", str(volume_key(one)), one.category) for one in extraction.volumes)
    found.update(("penalty", one.amount_eur, one.per) for one in extraction.penalties)
    return found


def scanned(path: Path, *, scanner: Scanner, words: Path | None, name: str) -> Extraction:
    """What is read of a PDF once scanned."""
    with tempfile.TemporaryDirectory() as folder:
        target = scanner.scan(path, Path(folder) / path.name)
        return extract(Source(path=target, name=name), tools=tools(words))


def matrix(words: Path | None, jobs: int, noises: Sequence[str]) -> None:
    """Recall by resolution and noise, over the rows of the same documents read as PDFs."""
    files = sorted((ROOT / "data" / "raw" / "samples").rglob("*.pdf"))
    expected = {path: rows(extract(path)) for path in files}
    print("| | " + " | ".join(f"{dpi} dpi" for dpi in (300, 200, 150)) + " |\n|---|---:|---:|---:|")
    with ProcessPoolExecutor(jobs) as pool:
        for label, noise in NOISES.items():
            if noises and label not in noises:
                continue
            cells = []
            for dpi in (300, 200, 150):
                read = partial(_rows_of_scan, scanner=Scanner(dpi=dpi, **noise), words=words)
                found = dict(zip(files, pool.map(read, files), strict=True))
                hits = sum((expected[path] & found[path]).total() for path in files)
                extra = sum((found[path] - expected[path]).total() for path in files)
                cells.append(f"{hits / sum(e.total() for e in expected.values()):.3f} ({extra} en trop)")
                for path in files:
                    for row in (expected[path] - found[path]).elements():
                        print("   manque", label, dpi, path.name, row, file=sys.stderr)
                    for row in (found[path] - expected[path]).elements():
                        print("   en trop", label, dpi, path.name, row, file=sys.stderr)
            print(f"| {label} | " + " | ".join(cells) + " |", flush=True)


def _rows_of_scan(path: Path, *, scanner: Scanner, words: Path | None) -> Counter[tuple[object, ...]]:
    return rows(scanned(path, scanner=scanner, words=words, name=str(path)))


def round_trip(gold: Path, target: Path, words: Path | None, jobs: int) -> None:
    """Predictions for the documents of a gold file once scanned, those with volumes first, as JSON lines."""
    answers = [json.loads(line) for line in gold.read_text("utf-8").splitlines() if line.strip()]
    files = {a["file"]: bool(a["volumes"]) for a in answers if (a["file"] or "").endswith(".pdf")}
    ordered = sorted(files, key=lambda name: not files[name])
    started = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool, target.open("w", encoding="utf-8") as out:
        for name, line in zip(ordered, pool.map(partial(_line, gold=gold, words=words), ordered), strict=True):
            out.write(line + "\n")
            out.flush()
            print(f"{time.monotonic() - started:6.0f} s  {name}", file=sys.stderr)


def _line(name: str, *, gold: Path, words: Path | None) -> str:
    found = scanned(gold.parents[1] / name, scanner=Scanner(dpi=200), words=words, name=name)
    return json.dumps(to_dict(found), ensure_ascii=False)


def _arguments() -> Iterator[argparse.ArgumentParser]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("matrix", "round"))
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--words", type=Path)
    parser.add_argument("--noise", action="append", default=[], choices=NOISES)
    parser.add_argument("--jobs", type=int, default=2)
    yield parser


if __name__ == "__main__":
    given = next(_arguments()).parse_args()
    if given.words:
        given.words.mkdir(parents=True, exist_ok=True)
    if given.what == "matrix":
        matrix(given.words, given.jobs, given.noise)
    else:
        round_trip(*given.files, given.words, given.jobs)
