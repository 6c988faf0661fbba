"""Hours derived from the numbers of a document: the figure, its formula, and silence where a number is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.pipeline import extract

CLAUSE = "8 CLAUSE SOCIALE D'INSERTION\n\n"

YEARLY = "Le titulaire réserve 120 heures d'insertion par an."

CASES = {
    "per year, duration in years": (
        f"{YEARLY}\n\nLa durée du marché est de quatre (4) ans.",
        [(480, "120 h/an × 4 ans (p. 1)")],
    ),
    "per year, duration in months": (
        f"{YEARLY}\n\nL'accord-cadre est conclu pour une durée de 18 mois.",
        [(180, "120 h/an × 1,5 an (p. 1)")],
    ),
    "per month": (
        "Le titulaire réserve 20 heures d'insertion par mois.\n\nDurée : 2 ans",
        [(480, "20 h/mois × 24 mois (p. 1)")],
    ),
    "may be renewed": (
        f"{YEARLY}\n\nLa durée du marché est de 1 an, reconductible trois fois.",
        [(None, None)],
    ),
    "may not be renewed": (
        f"{YEARLY}\n\nLa durée du marché est de 3 ans. Il n'est pas reconductible.",
        [(360, "120 h/an × 3 ans (p. 1)")],
    ),
    "two durations": (
        f"{YEARLY}\n\nLa durée du marché est de 3 ans. La durée du contrat est de 4 ans.",
        [(None, None)],
    ),
    "no duration": ("Le titulaire réserve 120 heures d'insertion par an.", [(None, None)]),
    "duration of the guarantee": (
        f"{YEARLY}\n\nLa durée de garantie des travaux est de 2 ans.",
        [(None, None)],
    ),
    "percent of stated hours": (
        "Le titulaire réserve 5 % des heures travaillées à l'insertion.\n\n"
        "Le nombre total d'heures de travail est estimé à 12 000 heures.",
        [(600, "5 % × 12 000 h (p. 1)")],
    ),
    "percent alone": ("Le titulaire réserve 5 % des heures travaillées à l'insertion.", [(None, None)]),
    "percent, hours said by the document": (
        "Le titulaire réserve 5 % des heures travaillées à l'insertion, soit 420 heures.",
        [(420, "dit par le document, p. 1")],
    ),
    "per year, total said by the document": (
        "Le titulaire réserve 120 heures d'insertion par an, soit 360 heures sur la durée du marché.",
        [(360, "dit par le document, p. 1")],
    ),
    "per amount": (
        "Le titulaire réserve une heure d'insertion par tranche de 2 000 € HT.\n\n"
        "Le montant estimé du marché est de 900 000 € HT.",
        [(450, "1 h × 900 000 € / 2 000 € (p. 1)")],
    ),
    "per amount above a trigger": (
        "Le titulaire réserve 1 heure d'insertion par tranche de 2 000 € HT au-delà de 100 000 € HT.\n\n"
        "Le montant estimé du marché est de 900 000 € HT.",
        [(400, "1 h × (900 000 € − 100 000 €) / 2 000 € (p. 1)")],
    ),
    "per amount, a part of a tranche": (
        "Le titulaire réserve une heure d'insertion par tranche de 2 000 € HT.\n\n"
        "Le montant estimé du marché est de 900 500 € HT.",
        [(None, None)],
    ),
    "per amount, pro rata": (
        "Le titulaire réserve 10 heures d'insertion par tranche de 50 000 € HT, au prorata.\n\n"
        "Le montant estimé du marché est de 1 225 000 € HT.",
        [(245, "10 h × 1 225 000 € / 50 000 € (p. 1)")],
    ),
    "per amount, with taxes": (
        "Le titulaire réserve une heure d'insertion par tranche de 2 000 € HT.\n\n"
        "Le montant estimé du marché est de 900 000 € TTC.",
        [(None, None)],
    ),
    "per amount, of a year": (
        "Le titulaire réserve une heure d'insertion par tranche de 2 000 € HT.\n\n"
        "Le montant estimé annuel du marché est de 900 000 € HT.",
        [(None, None)],
    ),
    "of a work contract": (
        f"{YEARLY}\n\nLa durée du contrat de travail est de 12 mois minimum.",
        [(None, None)],
    ),
    "years and months": (f"{YEARLY}\n\nLa durée du marché est de 2 ans et 6 mois.", [(None, None)]),
    "of another lot": (f"{YEARLY}\n\nLa durée du marché du lot 2 est de 3 ans.", [(None, None)]),
    "at most": (
        f"{YEARLY}\n\nLe marché est conclu pour une période de 12 mois. Sa durée totale ne peut excéder 48 mois.",
        [(None, None)],
    ),
    "hours of a year": (
        "Le titulaire réserve 5 % des heures travaillées à l'insertion.\n\n"
        "Le nombre total d'heures de travail est estimé à 8 000 heures par an.",
        [(None, None)],
    ),
    "per amount, only a maximum": (
        "Le titulaire réserve 1 heure d'insertion par tranche de 2 000 € HT.\n\n"
        "Le montant maximum du marché est de 900 000 € HT.",
        [(None, None)],
    ),
    "full-time equivalents": (
        "Le titulaire affecte 2 équivalents temps plein en insertion au marché.\n\n"
        "Pour ce calcul, un ETP représente 1 607 heures.",
        [(3214, "2 ETP × 1 607 h (p. 1)")],
    ),
    "full-time equivalents alone": (
        "Le titulaire affecte 2 équivalents temps plein en insertion au marché.",
        [(None, None)],
    ),
    "absolute hours need none": (
        "Le titulaire réserve 300 heures d'insertion.\n\nLa durée du marché est de 3 ans.",
        [(None, None)],
    ),
    "a range has no single figure": (
        "Le titulaire réserve de 100 à 120 heures d'insertion par an.\n\nLa durée du marché est de 3 ans.",
        [(None, None)],
    ),
    "each lot": (
        "Lot 1 : 100 heures d'insertion par an\n\nLot 2 : 50 heures d'insertion par an\n\n"
        "La durée du marché est de 2 ans.",
        [(200, "100 h/an × 2 ans (p. 1)"), (100, "50 h/an × 2 ans (p. 1)")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_hours_are_derived_only_from_what_is_stated(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]
    path = tmp_path / "ccap.txt"
    path.write_text(CLAUSE + text, "utf-8")
    assert [(volume.derived_hours, volume.formula) for volume in extract(path).volumes] == expected
