"""The report that a night of the command line writes: the sample tenders and their clauses are named in its files."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.settings import PREFIX

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from flows.cli import main; main()", "sources", "simulate", "--night"]
SCHOOL = "Ville de Saint-Aubin-les-Prés – Réhabilitation et extension du groupe scolaire des Tilleuls"
GARDENS = (
    "Département de la Haute-Orne-et-Loire – Entretien des espaces verts des collèges et des bâtiments départementaux"
)
CLEANING = "Communauté d'agglomération Val de Lorbe – Nettoyage des locaux et de la vitrerie"
SOFTWARE = "Agence de l'eau Garance-Estérel – Tierce maintenance applicative et évolutions du portail des usagers"
FURNITURE = "SDIS de la Vallonnière – Fourniture, livraison et montage de mobilier de bureau et de casernement"
HIRE = "Ville de Saint-Aubin-les-Prés – Location de structures mobiles"
CLAUSES = {
    (SCHOOL, "Clause d'insertion", "lot 1 (Gros oeuvre, démolitions, maçonnerie)", "1 260"),
    (SCHOOL, "Clause d'insertion", "lot 2 (Charpente bois, couverture, étanchéité)", "420"),
    (SCHOOL, "Clause d'insertion", "lot 4 (Plâtrerie, isolation, peinture)", "780"),
    (SCHOOL, "Clause d'insertion", "lot 6 (Aménagement de la cour et espaces plantés)", "140"),
    (GARDENS, "Critère social", "tout le marché", "—"),
    (GARDENS, "Réservé au handicap (EA et ESAT)", "lot 2 (Maisons départementales et centres routiers)", "—"),
    (GARDENS, "Réservé à l'insertion (SIAE)", "lot 3 (Abords des collèges du secteur sud)", "—"),
    (CLEANING, "Clause d'insertion", "lot 1 (Nettoyage des bureaux et des équipements sportifs)", "—"),
    (CLEANING, "Clause d'insertion", "lot 2 (Nettoyage des médiathèques et des écoles de musique)", "—"),
    (SOFTWARE, "Clause d'insertion", "tout le marché", "—"),
    (SOFTWARE, "Condition sociale d'exécution", "tout le marché", "—"),
}
STATES = {
    (SCHOOL, "Ouverte", "oui"),
    (GARDENS, "Ouverte", "oui"),
    (CLEANING, "Ouverte", "oui"),
    (SOFTWARE, "Ouverte", "oui"),
    (FURNITURE, "Ouverte", "non"),
    (HIRE, "Annulée", "non"),
}


def rows_of_markdown(words: str, title: str) -> list[list[str]]:
    """The rows of a table, links as their text."""
    section = words.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [
        [_plain(re.sub(r"\[(.*?)\]\(.*?\)", r"\1", cell)) for cell in line.strip("|").split(" | ")] for line in lines
    ]


def rows_of_html(words: str, title: str) -> list[list[str]]:
    """The same of the page."""
    body = words.split(f">{title}</h2>", 1)[1].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    lines = re.findall(r"<tr .*?</tr>", body, flags=re.DOTALL)
    return [
        [_plain(html.unescape(re.sub(r"<[^>]+>", "", cell))) for cell in re.findall(r"<td.*?</td>", line, re.DOTALL)]
        for line in lines
    ]


def _plain(cell: str) -> str:
    return " ".join(cell.replace("\\", "").split())


@pytest.fixture(scope="module")
def files(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Suffix → the report of the night."""
    folder = tmp_path_factory.mktemp("nuit")
    told = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    told |= {"PYTHONPATH": str(ROOT), "PREFECT_API_URL": prefect_server}
    done = subprocess.run(COMMAND, cwd=folder, env=told, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = (folder / "data" / "simulation" / "processed" / "reports").iterdir()
    return {path.suffix: path.read_text("utf-8") for path in written}


@pytest.mark.parametrize(
    ("suffix", "rows"), [pytest.param(".md", rows_of_markdown, id="md"), pytest.param(".html", rows_of_html, id="html")]
)
def test_every_tender_and_clause_of_the_night_is_in_its_report(
    suffix: str, rows: Callable[[str, str], list[list[str]]], files: dict[str, str]
) -> None:
    words = files[suffix]
    clauses = rows(words, "Clauses nouvelles")
    assert Counter((row[0], row[2], row[3], row[5]) for row in clauses) == Counter(CLAUSES)
    assert all("«" in row[6] and "p. " in row[6] for row in clauses)
    assert Counter((row[0], row[3], row[5]) for row in rows(words, "Consultations nouvelles")) == Counter(STATES)
    assert {row[0] for row in rows(words, "Vos alertes")} == {
        "Hors du bâtiment",
        "Insertion, 500 heures ou plus",
        "Lots réservés en Seine-Saint-Denis",
    }
    assert [row[0] for row in rows(words, "À récupérer à la main")] == [FURNITURE]
