"""The weight of an award criterion, wherever its number stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structure_documents import made, notice

from extractors.pipeline import extract_document
from extractors.schema import Clause

RC = "#REGLEMENT DE LA CONSULTATION\n\n#ARTICLE 4 - CRITERES DE JUGEMENT DES OFFRES\n\n"
CRITERION = "Performances en matière d'insertion professionnelle des publics en difficulté"


def clauses(text: str) -> tuple[Clause, ...]:
    """Clauses of a regulation with titles; there is no file behind it to look at closer."""
    document, _ = made(RC + text)
    return extract_document(replace(document, layout="text")).clauses


WEIGHTS: dict[str, tuple[str, float | None]] = {
    "brackets": (f"Critère 3 : {CRITERION} (10 %)", 10),
    "colon": (f"{CRITERION} : 15 %", 15),
    "points": (f"{CRITERION} : 20 points", 20),
    "pondere": (f"{CRITERION}, pondéré à 15 %", 15),
    "pondere-pour": (f"{CRITERION}, pondéré pour 15 % de la note finale", 15),
    "out-of-hundred": (f"{CRITERION} : 5/100", 5),
    "decimals": (f"{CRITERION} : 7,5 %", 7.5),
    "before": (f"10 % : {CRITERION}", 10),
    "list": (f"Prix des prestations : 60 %\n\nValeur technique : 30 %\n\n{CRITERION} : 10 %", 10),
    "first-of-a-list": (f"{CRITERION} : 10 %\n\nPrix des prestations : 60 %\n\nValeur technique : 30 %", 10),
    "one-line": (f"Critères pondérés : prix 60 % ; valeur technique 30 % ; {CRITERION.lower()} 10 %.", 10),
    "one-line-first": (f"Critères pondérés : {CRITERION.lower()} 10 % ; prix 60 % ; valeur technique 30 %.", 10),
    "table-row": (f"Critères  Pondération\n\nPrix  60 %\n\nValeur technique  30 %\n\n{CRITERION}  10 %", 10),
    "not-stated": (f"Les offres sont jugées sur le critère suivant : {CRITERION.lower()}.", None),
}


@pytest.mark.parametrize(("text", "expected"), WEIGHTS.values(), ids=WEIGHTS)
def test_weight_of_a_social_criterion(text: str, expected: float | None) -> None:
    assert [c.weight_percent for c in clauses(text) if c.category == "critere_social"] == [expected]


def test_criteria_of_a_notice_that_does_not_call_them_so() -> None:
    document, _ = notice(
        f"Les offres sont jugées selon : prix 60 % ; valeur technique 30 % ; {CRITERION.lower()} 10 %."
    )
    assert [(c.category, c.weight_percent) for c in extract_document(document).clauses] == [("critere_social", 10)]


def test_a_weight_is_no_volume() -> None:
    document, _ = notice(f"Critères de jugement des offres : {CRITERION.lower()} (15 %), prix (85 %).")
    extraction = extract_document(document)
    assert [clause.weight_percent for clause in extraction.clauses] == [15]
    assert extraction.volumes == ()


def test_an_insertion_clause_has_no_weight() -> None:
    document, _ = notice("Le titulaire réserve 10 % des heures travaillées à l'insertion de publics en difficulté.")
    assert [(c.category, c.weight_percent) for c in extract_document(document).clauses] == [("clause_insertion", None)]
