"""The ten questions of docs/QUESTIONS.md, answered on a small database where each answer is counted by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from known_database import fill
from sqlalchemy import Engine

from models import open_database
from models.readonly import run_query

QUESTIONS = re.findall(
    r"^## (\d+)\. .+?^```sql\n(.*?)^```\n\n\S", (Path(__file__).parents[1] / "docs" / "QUESTIONS.md").read_text("utf-8"),
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
