"""Which amounts of a sentence about the social clause are penalties, and for what."""

from __future__ import annotations

import pytest

from extractors.quantities import read_penalties
from extractors.text import normalise

PENALTIES: dict[str, tuple[str, list[tuple[float, str]]]] = {
    "hour": ("Il sera appliqué une pénalité de 200 euros par heure d'insertion non réalisée.", [(200, "hour")]),
    "hour-glued": ("50€ par nombre d'heures non réalisées", [(50, "hour")]),
    "hour-slash": ("Pénalité de 80 €/heure non réalisée.", [(80, "hour")]),
    "hour-words-and-digits": ("Une pénalité de trente (30) euros par heure d'insertion non effectuée.", [(30, "hour")]),
    "hour-words-then-digits": ("Une pénalité de cinquante euros (50 €) par heure non réalisée.", [(50, "hour")]),
    "hour-multiplied": ("Le nombre d'heures non réalisées est multiplié par 30 euros.", [(30, "hour")]),
    "hour-decimals": ("Pénalité : 12,50 € par heure d'insertion non réalisée.", [(12.5, "hour")]),
    "day": ("Une pénalité égale à 75 euros par jour de retard à compter de la mise en demeure.", [(75, "day")]),
    "day-calendar": ("Pénalité de 100 € HT par jour calendaire de retard.", [(100, "day")]),
    "day-open": ("50 € par jour ouvré de retard en cas de non transmission des justificatifs.", [(50, "day")]),
    "day-and-document": ("100€ par jour de retard et par document", [(100, "day")]),
    "action": ("500€ par action non réalisée", [(500, "action")]),
    "document": ("Pénalité de 25 € par document non remis.", [(25, "document")]),
    "meeting": ("500 € si l'interlocuteur est absent lors de la réunion spécifique de suivi.", [(500, "meeting")]),
    "meeting-each": ("Pénalité de 150 € par absence à une réunion.", [(150, "meeting")]),
    "breach": ("Une pénalité forfaitaire de 1 500 € est appliquée en cas de manquement.", [(1500, "breach")]),
    "breach-each": ("Pénalité de 1 500 € par manquement constaté.", [(1500, "breach")]),
    "percent": ("Une pénalité égale à 10 % du montant non consacré à l'insertion est appliquée.", [(10, "percent")]),
    "two": (
        "Pénalité de 60 € par heure non réalisée et de 100 € par jour de retard dans la remise des justificatifs.",
        [(60, "hour"), (100, "day")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), PENALTIES.values(), ids=PENALTIES)
def test_penalties(text: str, expected: list[tuple[float, str]]) -> None:
    found = sorted(read_penalties(normalise(text).folded), key=lambda penalty: penalty[1])
    assert [(amount, per) for _, _, _, amount, per in found] == expected


NO_PENALTY = {
    "no-amount": "Faute de quoi le titulaire sera soumis à des pénalités.",
    "ceiling-formula": "Nombre d'heures non réalisées, multiplié par 4 et par le plafond de la sécurité sociale.",
    "environment": "Pénalités liées aux clauses environnementales : 50 € par jour de retard.",
    "undeclared-work": "Une pénalité de 200 € par jour est appliquée en cas de travail dissimulé.",
    "hourly-rate": "Taux horaire : on peut estimer le coût entre 25 et 30 euros de l'heure.",
    "hourly-cost": "Le coût moyen est estimé entre 25 et 30 euros de l'heure.",
    "rate": "1 heure d'insertion par tranche de 2 000 € facturés.",
    "contract-amount": "Le montant du marché est de 90 000 € HT.",
    "delivery": "Retard de livraison : 50 € par jour.",
}


@pytest.mark.parametrize("text", NO_PENALTY.values(), ids=NO_PENALTY)
def test_amounts_that_are_no_penalty(text: str) -> None:
    assert read_penalties(normalise(text).folded) == []
