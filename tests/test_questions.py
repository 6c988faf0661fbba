"""The ten questions of docs/QUESTIONS.md and the figures of views, on a database where each is counted by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from known_database import fill
from sqlalchemy import Engine

from models import open_database, read_view
from models.readonly import run_query

QUESTIONS = re.findall(
    r"^## (\d+)\. .+?^```sql\n(.*?)^```\n\n\S",
    (Path(__file__).parents[1] / "docs" / "QUESTIONS.md").read_text("utf-8"),
    flags=re.DOTALL | re.MULTILINE,
)
INSERTION = "Clause d'insertion"
ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "1": [
        ("NET", "Nettoyage et propreté", 1, 2, 12000.0),
        ("EV", "Espaces verts, espaces naturels et milieu rural (entretien)", 3, 6, 1200.0),
    ],
    "2": [
        ("CREPI Île-de-France", 1, None),
        ("Conseil départemental de la Seine-Saint-Denis", 1, 12000.0),
        ("EPEC", 2, 13200.0),
        ("Initiatives 77", 1, 400.0),
        ("MEI Melun Val de Seine", 1, 300.0),
    ],
    "3": [("T2", "Département", "Nettoyage", pd.Timestamp("2026-09-20"), 12000.0)],
    "4": [
        ("77", "T3", "1", "Désherbage", "Réservé au handicap (EA et ESAT)", 4),
        (None, "T6", "*", None, "Réservé au handicap et à l'insertion", 4),
    ],
    "5": [(3, 1, pytest.approx(100 / 3))],
    "6": [("T1", "1", "Heures", "700 h", "ccap-1.pdf", 4, "600 h", "rc-7.pdf", 2)],
    "7": [
        ("2018-03", "Antérieure", 1),
        ("2026-09", "Considération sociale trouvée", 2),
        ("2026-10", "Aucune trouvée", 1),
        ("2026-10", "Considération sociale trouvée", 1),
        ("2026-10", "À préciser", 1),
    ],
    "8": [("Département", 1, 15.0, 15.0), ("Ville de Paris", 1, 5.0, 5.0)],
    "9": [("2026-09", "BAT", 700.0), ("2026-09", "EV", 500.0), ("2026-09", "NET", 12000.0), ("2026-10", "EV", 400.0)],
    "10": [(2, "T2", "ccap-2.pdf", 3, "Confirmer", INSERTION, "Vu au RC", "Texte changé")],
}


@pytest.fixture
def known(database_url: str) -> Engine:
    engine = open_database(database_url)
    fill(engine)
    return engine


def test_ten_questions_are_told() -> None:
    assert [number for number, _ in QUESTIONS] == list(ANSWERS)


@pytest.mark.parametrize(("number", "query"), QUESTIONS, ids=[f"question-{number}" for number, _ in QUESTIONS])
def test_answer(known: Engine, number: str, query: str) -> None:
    answer = run_query(known, query)
    rows = [tuple(None if pd.isna(v) else v for v in row) for row in answer.itertuples(index=False)]
    assert rows == ANSWERS[number]


FIGURES: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "v_activite": (
        "mois, nb_consultations, nb_avec_clause, nb_clauses, nb_reservees, heures",
        [("2018-03", 1, 1, 3, 1, 300.0), ("2026-09", 2, 2, 5, 0, 13200.0), ("2026-10", 3, 2, 3, 1, 400.0)],
    ),
    "v_departements": (
        "departement, coordination, certitude, nb_consultations, nb_avec_clause, heures",
        [
            ("75", "EPEC", "Dernière connue", 2, 2, 13200.0),
            ("77", "MEI Melun Val de Seine", "Attestée", 1, 1, 300.0),
            ("77", "Initiatives 77", "Dernière connue", 1, 1, 400.0),
            ("92", "CREPI Île-de-France", "Dernière connue", 1, 0, None),
            ("93", "Conseil départemental de la Seine-Saint-Denis", "Dernière connue", 1, 1, 12000.0),
        ],
    ),
    "v_acheteurs": (
        "acheteur, nb_consultations, nb_avec_clause, nb_reservees, heures, poids_moyen_pourcent",
        [
            ("Département", 1, 1, 0, 12000.0, 15.0),
            ("Ville de Melun", 1, 1, 0, 400.0, None),
            ("Ville de Paris", 3, 2, 1, 1500.0, 5.0),
        ],
    ),
    "v_lots": (
        "consultation, lot, famille, btp",
        [("T1", "1", "BAT", True), ("T1", "2", "EV", False)]
        + [("T3", "1", "EV", False), ("T3", "2", "EV", False), ("T4", "1", "EV", False)],
    ),
    "v_preuves": (
        "fichier, libelle_nature, categorie, page, citation",
        [
            (f"ccap-{number}.pdf", *proof)
            for number in (1, 2, 3)
            for proof in (
                ("Clause", "clause_insertion", 3, INSERTION),
                ("Volume", "clause_insertion", 4, f"{100 * number} heures"),
            )
        ],
    ),
    "v_versions": (
        "consultation, ancien_chemin, chemin, libelle_motif, nb_clauses_avant, nb_clauses_apres",
        [("T1", "/dce/rc-7.pdf", "/dce/ccap-1.pdf", "Nom de version", 0, 1)],
    ),
    "v_traitements": (
        "traitement, commande, nb_fichiers, nb_lectures_en_vigueur, nom_lot, nb_choisis, nb_a_relire, nb_changes",
        [(1, "ingest", 7, 7, None, 0, 0, 0), (2, "reprocess", 0, 0, "automne", 2, 1, 1)],
    ),
}
"""View → columns, and its rows counted by hand."""


@pytest.mark.parametrize("view", FIGURES)
def test_figures_of_the_view(known: Engine, view: str) -> None:
    columns, expected = FIGURES[view]
    found = read_view(known, view)[columns.split(", ")]
    assert [tuple(None if pd.isna(v) else v for v in row) for row in found.itertuples(index=False)] == expected
