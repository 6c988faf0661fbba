"""The README is run: its commands, queries and snippets work as printed, in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from extractors.codes import all_codes
from extractors.rulebook import load_rules
from flows.cli import app
from flows.exits import MEANINGS
from flows.night_settings import NightSettings
from flows.report_settings import ReportSettings
from flows.settings import PREFIX, Settings
from flows.sources.settings import SourceSettings
from models import VIEWS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
BIN = Path(sys.executable).parent
SETTINGS = (Settings, NightSettings, SourceSettings, ReportSettings)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


DEMO, *COMMANDS = [line for block in blocks("console") for line in block.splitlines()]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a user has after a clone, in which the first command of the README has been run."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, folder)
    shutil.copytree(ROOT / "data" / "raw" / "samples", folder / "data" / "raw" / "samples")
    (folder / ".venv").symlink_to(BIN.parent)
    assert DEMO == "make demo"
    # « -o » : the virtualenv is ready, nothing to install
    done = run([*shlex.split(DEMO), "-o", ".venv/bin/.ready"], folder)
    assert "Clauses" in done.stdout
    return folder


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "MAKE", "MFLAGS"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env=settings | {"PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("command", COMMANDS)
def test_command_works(checkout: Path, command: str, prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: `make demo` has run the script itself, and has done without a Prefect server."""
    script, *arguments = shlex.split(command)
    assert script == "clausoscope"
    monkeypatch.chdir(checkout)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("query", blocks("sql"))
def test_query_gives_rows(checkout: Path, query: str) -> None:
    with sqlite3.connect(checkout / "data" / "clausoscope.db") as database:
        assert database.execute(query).fetchall()


@pytest.mark.parametrize("snippet", blocks("python"))
def test_python_snippet_prints(checkout: Path, snippet: str) -> None:
    assert run([sys.executable, "-c", snippet], checkout).stdout.strip()


def test_every_command_is_told() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert [
        name for name in commands if f"`clausoscope {name} " not in README and f"`clausoscope {name}`" not in README
    ] == []


@pytest.mark.parametrize("page", [README, CHANGELOG], ids=["README", "CHANGELOG"])
def test_every_relative_link_exists(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", page) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_code_is_in_the_lexicon() -> None:
    kinds = {"category", "doc_type", "unit", "per", "phase", "bound", "penalty_per", "status", "family"}
    lexicon = README.partition("## Lexique")[2].partition("\n## ")[0]
    assert [code.code for code in all_codes() if code.kind in kinds and f"`{code.code}`" not in lexicon] == []


def test_every_setting_is_told_with_its_default() -> None:
    rows = dict(re.findall(rf"^\| `({PREFIX}\w+)` \| `?([^|`]+)`? \|", README, flags=re.MULTILINE))
    fields = {name: field for kind in SETTINGS for name, field in kind.model_fields.items()}
    assert set(rows) == {PREFIX + name.upper() for name in fields}
    for name, field in fields.items():
        if field.default_factory is None:
            assert rows[PREFIX + name.upper()].strip() == shown(field.default), name


def shown(default: object) -> str:
    """A default as the README writes it, which is also how its variable would be set."""
    if isinstance(default, bool):
        return str(default).lower()
    return (",".join(default) if isinstance(default, tuple) else str(default)) or "vide"


def test_every_exit_code_is_told() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", README, flags=re.MULTILINE)
    assert {int(code): meaning.replace("`", "") for code, meaning in rows} == {
        code.value: meaning for code, meaning in MEANINGS.items()
    }


@pytest.mark.parametrize("page", [README, CHANGELOG], ids=["README", "CHANGELOG"])
def test_every_view_is_told(page: str) -> None:
    assert [view for view in VIEWS if f"`{view}`" not in page] == []


def test_rule_of_the_readme_is_accepted(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    (tmp_path / "commerce_equitable.toml").write_text(block, "utf-8")
    (rule,) = load_rules(tmp_path)
    assert [("<ent>" in example.text) for example in rule.examples] == [True, False]
