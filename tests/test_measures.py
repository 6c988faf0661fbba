"""The table of figures of the README is what `make evaluate` writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import make_measures as measures
import pytest

ROOT = Path(__file__).parents[1]
GOLD = ROOT.parent / "shared" / "gold"


def test_only_what_stands_between_the_marks_is_rewritten() -> None:
    readme = f"avant\n{measures.START}vieux\n{measures.END}après\n"
    assert measures.written(readme, "| neuf |\n") == f"avant\n{measures.START}\n| neuf |\n\n{measures.END}après\n"


def test_a_readme_without_marks_is_refused() -> None:
    with pytest.raises(SystemExit, match="marques"):
        measures.written("avant, après", "| neuf |\n")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "docs" / "make_measures.py"), str(tmp_path / "absent")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Donnez le dossier des jeux annotés : make evaluate GOLD=DOSSIER.\n"


@pytest.mark.slow
@pytest.mark.skipif(not GOLD.is_dir(), reason="the annotated sets stand in shared/, beside the repository")
def test_the_readme_shows_the_figures_of_these_rules() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert measures.written(readme, measures.figures(GOLD)) == readme
