"""The analysts' notebook: its cells run one after the other, and it is kept without what a machine printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from known_database import fill

from models import open_database

NOTEBOOK = json.loads((Path(__file__).parents[1] / "docs" / "analyse.ipynb").read_text("utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_no_output_is_kept() -> None:
    assert [(cell["outputs"], cell["execution_count"]) for cell in CODE] == [([], None)] * len(CODE)


def test_the_cells_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'base.db'}"
    fill(open_database(url))
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", url)
    names: dict[str, Any] = {}
    for cell in CODE:
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    assert list(names["familles"]["famille"].dropna()) == ["NET", "EV", "BAT"]
    assert len(names["clauses"]) == 7
    assert names["hors_btp"]["heures"].sum() == 13200
    assert names["croise"].loc["2026-09", "NET"] == 12000
