"""What several states of `extractors/` give on the same files: each state is a copy, read by a process of its own.

`python rule_states.py OUT PAGES FILES ROOTS…` writes the rows of the files that FILES lists, in each state,
to OUT/<name of the root>.pickle; pages already read are kept in PAGES.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path


def read_state(root: Path, pages: Path, files: list[Path], output: Path) -> None:
    """The extractions of the files in one state, but for their seconds."""
    sys.path.insert(0, str(root))
    from dataclasses import replace

    from extractors.pipeline import extract
    from extractors.schema import Timings
    from flows.page_store import DiskStore

    assert Path(sys.modules["extractors"].__file__ or "").is_relative_to(root)
    store = DiskStore(pages)
    rows = {str(file): repr(replace(extract(file, store=store), seconds=0.0, timings=Timings())) for file in files}
    output.write_bytes(pickle.dumps(rows))


def main() -> None:
    output, pages, listed, *roots = map(Path, sys.argv[1:])
    files = [Path(line) for line in listed.read_text("utf-8").splitlines()]
    import pdfplumber  # noqa: F401 - loaded once for all the states
    import spacy.lang.fr  # noqa: F401

    for root in roots:
        if not (child := os.fork()):
            read_state(root, pages, files, output / f"{root.name}.pickle")
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{root.name} : échec")


if __name__ == "__main__":
    main()
