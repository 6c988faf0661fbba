"""Volumes of other clauses, numbers that are none, and what the context of a number says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantity_values import INSERTION, V, shown, volumes

from extractors.quantities import blotted, read_volumes
from extractors.text import normalise

OTHER: dict[str, tuple[str, str, list[V]]] = {
    "action-a-year": ("action_sociale", "1 action par année d'exécution du marché.", [V(1, "actions", per="year")]),
    "action-a-year-among": (
        "action_sociale",
        "SOIT 1 action par an parmi celles décrites ci-dessous",
        [V(1, "actions", per="year")],
    ),
    "workshops": ("action_sociale", "Le titulaire anime deux ateliers par an.", [V(2, "actions", per="year")]),
    "training": (
        "formation_scolaire",
        "Le volume horaire minimal exigé est de 150 heures de stage.",
        [V(150, "training_hours")],
    ),
    "training-firm": (
        "formation_scolaire",
        "Le titulaire accueille en stage des jeunes sous statut scolaire pour 300 heures, pendant la période ferme.",
        [V(300, "training_hours", phase="firm")],
    ),
    "apprentices": ("alternance", "Le titulaire emploie deux apprentis.", [V(2, "persons")]),
    "people": (
        "clause_insertion",
        "Le titulaire embauche au moins 3 personnes éloignées de l'emploi.",
        [V(3, "persons")],
    ),
    "full-time": ("clause_insertion", "Le titulaire emploie 2 ETP en parcours d'insertion.", [V(2, "fte")]),
}


@pytest.mark.parametrize(("category", "text", "expected"), OTHER.values(), ids=OTHER)
def test_volumes_of_other_clauses(category: str, text: str, expected: list[V]) -> None:
    readings = read_volumes(normalise(text).text, about={category})
    assert [shown(reading) for reading in readings] == expected
    assert {reading.measure.category for reading in readings} == {category}


TRAPS = {
    "penalty": "Il sera appliqué une pénalité de 200 euros par heure d'insertion non réalisée.",
    "below-the-trigger": "En deçà de ce montant, l'obligation de réalisation des heures d'insertion ne s'applique pas.",
    "trigger-alone": "Le montant total minimum à atteindre par le titulaire est de 2 700 000 € HT.",
    "refers-back": "Au minimum à hauteur des objectifs horaires d'insertion fixés ci-dessus.",
    "counting-period": "Les heures d'insertion des CDI sont comptabilisées pour une période maximale de 4 ans.",
    "months-in-words": "Ces données d'insertion sont gardées quarante-huit (48) mois à partir du premier (1er) jour.",
    "article": "Conformément à l'article 16.1.2 du CCAG-TIC, le titulaire réalise une action d'insertion.",
    "article-l": "L'article L. 2113-13 permet de réserver des lots à l'insertion.",
    "criterion": "Performances d'insertion des publics en difficulté, pondéré pour 15 % de la note finale.",
    "share-of-lots": "26 lots de travaux, soit 24 % des lots, comportent une clause d'insertion.",
    "clock": "Le facilitateur de l'insertion reçoit de 9 h 00 à 17H00.",
    "clock-words": "Le guichet d'insertion est ouvert de 9 heures à 12 heures.",
    "around-the-clock": "Le titulaire des prestations d'insertion est joignable 24h/24 et 7j/7.",
    "week": "La personne en insertion est employée 35 heures hebdomadaires.",
    "delay": "Le titulaire répond au facilitateur de l'insertion dans un délai de 48 heures.",
    "delay-open": "Le titulaire informe le facilitateur de l'insertion sous 48 heures ouvrées.",
    "small-firms": "25% du montant des marchés est rendu accessible aux TPE, PME et structures de l'économie sociale.",
    "hourly-cost": "Le coût moyen d'une heure d'insertion est estimé entre 25 et 30 euros de l'heure.",
    "labour-share": "La part de main d'œuvre est de 70% pour la peinture intérieure, de 50% pour la maçonnerie.",
    "new-staff": "La part d'insertion est calculée sur le personnel nouvellement affecté au marché.",
    "half-day": "Animer une demi-journée (3h) de face à face sur l'insertion.",
    "hours-of-an-action": "Accueillir en stage ou en immersion une personne sur une durée minimum de 35 heures.",
    "blank": "Le volume horaire minimal d'insertion exigé est de ……… heures.",
    "blank-underscores": "Le titulaire réalise ______ heures d'insertion.",
    "question": "Les 300 heures d'insertion sont-elles obligatoires pour chaque lot ?",
    "achieved": "700 000 heures d'insertion ont été réalisées depuis 2015.",
    "achieved-in-a-year": "97 000 heures d'insertion ont été effectuées en 2023.",
    "weighting-of-hours": "Une heure réalisée en CDI compte pour 1,5 heure d'insertion.",
    "meeting": "Une réunion de 2 heures est consacrée à la clause d'insertion.",
    "phone": "Le facilitateur de l'insertion répond au 06 17 67 43 34.",
    "advance": "Une avance de 10 % du montant du marché est versée au titulaire de la clause d'insertion.",
    "vat": "Le taux de TVA des heures d'insertion est de 20 %.",
    "retention": "Une retenue de garantie de 5 % est appliquée aux travaux d'insertion.",
    "duration": "Le marché d'insertion dure 12 mois, reconductible 3 fois.",
    "date": "Les heures d'insertion sont déclarées avant le 15 du mois, et au 31 décembre 2025.",
    "tranche-beyond": "Toute tranche facturée au-delà du seuil des 2 700 000 € HT entraîne l'exécution d'une heure "
    "d'insertion supplémentaire.",
    "lot-number": "La clause d'insertion concerne le lot n° 12.",
    "no-number": "Le titulaire réserve des heures de travail à l'insertion.",
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS)
def test_numbers_that_are_no_volume(text: str) -> None:
    assert volumes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Le titulaire intervient 300 heures par an.",
        "Le forfait comprend 40 heures de formation.",
        "Le prestataire réalise 5 % des heures de nuit.",
        "Il emploie deux apprentis boulangers pour la soirée.",
    ],
    ids=["hours", "training", "percent", "persons"],
)
def test_hours_of_a_passage_about_nothing_social_are_no_volume(text: str) -> None:
    assert [v for v in volumes(text, frozenset()) if v.unit != "persons"] == []


def test_insertion_in_the_sentence_itself_is_enough() -> None:
    assert volumes("Le titulaire réalise 300 heures d'insertion.", frozenset()) == [V(300)]


def test_what_opens_a_list_gives_its_period_and_its_trigger() -> None:
    assert volumes("- 40 heures d'insertion", intro="Le titulaire réalise chaque année :") == [V(40, per="year")]
    intro = "Pour chaque bon de commande d'un montant supérieur à 50 000 € HT :"
    assert volumes("- 40 heures d'insertion", intro=intro) == [V(40, per="order", above=50_000)]


def test_the_next_sentence_gives_the_trigger() -> None:
    following = "L'obligation s'applique à partir de 90 000 € HT facturés."
    rate = "Le titulaire réalise 1 heure d'insertion par tranche de 2 000 € HT."
    assert volumes(rate, following=following) == [V(1, per="amount", euros=2000, above=90_000)]
    assert volumes("Le titulaire réalise 300 heures d'insertion.", following=following) == [V(300)]


BOUNDS = {
    "minimum": "Le titulaire réalise au minimum 300 heures d'insertion.",
    "minimum a-minima": "Le titulaire réalise a minima 300 heures d'insertion.",
    "minimum at-least": "Le titulaire réalise au moins 300 heures d'insertion.",
    "maximum": "Le titulaire réalise au maximum 300 heures d'insertion.",
    "target": "L'objectif est de 300 heures d'insertion.",
    "unspecified": "Le titulaire réalise 300 heures d'insertion.",
}


@pytest.mark.parametrize(("bound", "text"), BOUNDS.items(), ids=BOUNDS)
def test_bound(bound: str, text: str) -> None:
    (reading,) = read_volumes(text, about=INSERTION)
    assert reading.bound == bound.split()[0]


@given(
    hours=st.integers(25, 99_999),
    lot=st.integers(1, 40),
    other=st.integers(25, 9_999),
    form=st.sampled_from(["{} heures", "{} h", "{}h", "{} heures de travail"]),
)
def test_hours_go_to_the_lot_they_stand_with(hours: int, lot: int, other: int, form: str) -> None:
    first, second = (form.format(f"{n:,}".replace(",", " ")) for n in (hours, other))
    assert volumes(f"Lot {lot} : {first} d'insertion ; lot {lot + 1} : {second} d'insertion") == [
        V(hours, lots=(str(lot),)),
        V(other, lots=(str(lot + 1),)),
    ]


@given(text=st.text("heures d'insertion par an 0123456789 ,.%€()lot:;\n", max_size=80))
def test_readings_stand_in_order_inside_the_sentence(text: str) -> None:
    view = normalise(text).text
    assert len(blotted(view)) == len(view)
    readings = read_volumes(view, about=INSERTION)
    assert all(0 <= r.start < r.end <= len(view) for r in readings)
    assert all(a.end <= b.start for a, b in zip(readings, readings[1:], strict=False))
