"""Imports point one way, and importing does nothing."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("extractors", "models", "flows")
FORBIDDEN = {
    "extractors": {"models", "flows", "prefect", "sqlalchemy", "alembic", "typer", "rich", "pandas", "httpx"},
    "models": {"flows", "prefect", "typer", "rich", "pdfplumber", "pypdfium2", "spacy"},
    "flows": {"pdfplumber", "pypdfium2", "spacy", "alembic"},
}  # fmt: skip
FILES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in FILES
    # Alembic runs the migrations, and LibreOffice's own Python its driver: nobody imports them
    if "migrations" not in path.parts and path.stem != "office_driver"
]
FLOWS = ("flows.ingest", "flows.nightly", "flows.reprocess")
"""What imports Prefect."""
AUDITED_IMPORT = """
import importlib, json, os, sys
touched = []
def audit(event, args):
    if event == "open" and isinstance(args[0], str):
        mode, flags = args[1], args[2]
        if set(mode or "") & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            touched.append(args[0])
    elif event in ("os.mkdir", "os.rename", "os.remove", "socket.connect", "subprocess.Popen"):
        touched.append(str(args[0]))
sys.addaudithook(audit)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps({"touched": touched, "loaded": sorted(sys.modules)}))
"""


def imported(path: Path) -> set[str]:
    """Top-level names of everything the file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} : relative import"
            names.add((node.module or "").partition(".")[0])
    return names


def import_in(folder: Path, *modules: str) -> dict[str, list[str]]:
    """What importing the modules touched and loaded, in a new process started in `folder`."""
    clean = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PREFECT_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, "-c", AUDITED_IMPORT, *modules],
        cwd=folder,
        env={**os.environ, **clean},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    assert imported(path) & FORBIDDEN[layer] == set()


def test_importing_touches_nothing(tmp_path: Path) -> None:
    modules = [name for name in MODULES if name not in FLOWS]

    assert import_in(tmp_path, *modules)["touched"] == []
    assert list(tmp_path.iterdir()) == []


def test_importing_the_flows_only_makes_the_folder_of_prefect(tmp_path: Path) -> None:
    assert import_in(tmp_path, *FLOWS)["touched"] == [str(tmp_path / "home")]


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        pytest.param(
            ("flows.cli", "flows.extract"), {"prefect", "sqlalchemy", "spacy", "pandas", "pdfplumber"}, id="cli-extract"
        ),
        pytest.param(("flows.pool",), {"prefect", "sqlalchemy", "pydantic", "typer", "rich"}, id="worker-process"),
        pytest.param(("flows.night", "flows.source_night"), {"prefect", "spacy", "pdfplumber"}, id="night"),
        pytest.param(("extractors.pipeline",), {"prefect", "sqlalchemy", "pandas"}, id="pipeline"),
    ],
)
def test_light_modules_stay_light(modules: tuple[str, ...], heavy: set[str], tmp_path: Path) -> None:
    assert heavy & set(import_in(tmp_path, *modules)["loaded"]) == set()
