"""`doctor`: what is installed, missing or misconfigured, and the mend."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from extractors.errors import ClausoscopeError
from flows.settings import load_settings
from flows.tools.programs import PROGRAMS, state_of

ENOUGH_DISK = 1_000_000_000
"""Bytes: room for the raw files and the database of a night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    found: str
    mend: str | None = None
    """What to do; None when all is well."""
    needed: bool = True


def checks() -> Iterator[Check]:
    """Every check, one after the other; a setting that cannot be read ends them."""
    yield _python()
    yield from _packages()
    yield _caught("Règles", _rules)
    try:
        settings = load_settings()
    except ClausoscopeError as error:
        yield Check(name="Réglages", found="refusés", mend=str(error))
        return
    yield _caught("Base de données", lambda: _database(settings.database_url))
    yield _folder("Fichiers bruts", settings.raw_dir)
    yield _folder("Exports", settings.processed_dir)
    yield _disk(settings.data_dir)
    yield _prefect()
    yield from _programs()


def _caught(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name=name, found=check())
    except ClausoscopeError as error:
        return Check(name=name, found="inutilisable", mend=str(error))


def _python() -> Check:
    mend = None if sys.version_info >= (3, 11) else "installez Python 3.11 ou plus récent"
    return Check(name="Python", found=platform.python_version(), mend=mend)


def _packages() -> Iterator[Check]:
    """What pyproject.toml asks for, against what is installed."""
    mend = "relancez make demo, ou pip install -r requirements.txt"
    for line in requires("clausoscope") or ():
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            yield Check(name=wanted.name, found="absent", mend=mend)
            continue
        right = wanted.specifier.contains(found, prereleases=True)
        yield Check(name=wanted.name, found=found, mend=None if right else f"il faut {wanted.specifier} : {mend}")


def _rules() -> str:
    """Load the rules and build what reads with them, spaCy components included."""
    from extractors.engine import get_engine
    from extractors.measures import load_measures
    from extractors.rulebook import load_rules
    from extractors.terms import load_terms

    get_engine()
    kinds = (load_rules(), load_measures("volumes"), load_measures("penalties"), load_terms())
    return f"{sum(map(len, kinds))} règles chargées"


def _database(url: str) -> str:
    from models import open_database
    from models.database import writing
    from models.errors import shown

    engine = open_database(url)
    with writing(engine) as session:
        session.connection()  # takes the write lock, writes nothing
        version = ".".join(map(str, engine.dialect.server_version_info or ()))  # known once connected
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(engine.name, engine.name)
    return f"{name} {version}, {shown(engine.url)}, à jour, accessible en écriture"


def _folder(name: str, folder: Path) -> Check:
    """Writable, or one that can be made; nothing is created to find out."""
    above = folder
    while not above.exists():
        above = above.parent
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return Check(name=name, found=f"{folder}" if above == folder else f"{folder} (sera créé)")
    mend = f"donnez le droit d'écrire dans « {above} », ou changez CLAUSOSCOPE_DATA_DIR"
    return Check(name=name, found="écriture impossible", mend=mend)


def _disk(folder: Path) -> Check:
    while not folder.exists():
        folder = folder.absolute().parent
    free = shutil.disk_usage(folder).free
    mend = None if free >= ENOUGH_DISK else "libérez de la place : il faut au moins 1 Go"
    return Check(name="Place libre", found=f"{free / 1e9:.1f} Go".replace(".", ","), mend=mend, needed=False)


def _prefect() -> Check:
    url = os.environ.get("PREFECT_API_URL")
    return Check(name="Serveur Prefect", found=url or "aucun : un serveur temporaire est démarré à chaque traitement")


def _programs() -> Iterator[Check]:
    """The optional programs: nothing stops without them, something is lost."""
    for program in PROGRAMS:
        state = state_of(program)
        yield Check(name=program.name, found=state.found, mend=state.mend, needed=False)
