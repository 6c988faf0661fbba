"""Which numbers of a sentence are volumes, what they count, and for which lot."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.quantities import Reading, blotted, read_volumes
from extractors.text import normalise

INSERTION = frozenset({"clause_insertion"})


@dataclass(frozen=True)
class V:
    """A volume that must be read: all that is scored, and its phase."""

    value: float
    unit: str = "hours"
    to: float | None = None
    per: str = "contract"
    euros: float | None = None
    above: float | None = None
    phase: str | None = None
    lots: tuple[str, ...] | None = None


def shown(reading: Reading) -> V:
    return V(
        value=reading.value,
        unit=reading.measure.unit,
        to=reading.value_max,
        per=reading.per,
        euros=reading.per_amount,
        above=reading.threshold,
        phase=reading.phase,
        lots=reading.lots,
    )


def volumes(text: str, about: frozenset[str] = INSERTION, *, intro: str = "", following: str = "") -> list[V]:
    return [shown(r) for r in read_volumes(normalise(text).text, about=about, intro=intro, following=following)]


def percent(value: float, **details: object) -> V:
    return V(value, "percent_of_hours", **details)  # type: ignore[arg-type]


HOURS: dict[str, tuple[str, list[V]]] = {
    "plain": ("Le titulaire réserve 450 heures de travail à l'insertion.", [V(450)]),
    "space": ("Le titulaire réalise 1 200 heures d'insertion.", [V(1200)]),
    "nbsp": ("Le titulaire réalise 1\u00a0200\u00a0heures d’insertion.", [V(1200)]),
    "dot": ("Le titulaire réalise 109.000 heures d'insertion.", [V(109_000)]),
    "no-mark": ("Près de 11500 heures d'insertion doivent être réalisées.", [V(11_500)]),
    "glued": ("Le titulaire réalise 254h d'insertion.", [V(254)]),
    "capital": ("Le titulaire réalise 35 H d'insertion.", [V(35)]),
    "decimals": ("Le titulaire réalise 87,5 heures d'insertion.", [V(87.5)]),
    "one-in-words": ("Le titulaire réalise deux cents heures d'insertion.", [V(200)]),
    "words-and-digits": ("Le titulaire réalise mille cinq cents (1 500) heures d'insertion.", [V(1500)]),
    "large": ("Une convention pour 240 000 heures d'insertion à réaliser.", [V(240_000)]),
    "million": ("Il réserve 1,1 million d'heures en insertion.", [V(1_100_000)]),
    "clause-of": ("Clause d'insertion sociale de 200 h", [V(200)]),
    "clause-in-brackets": ("clause d'insertion sociale (200 h)", [V(200)]),
    "label": ("Nombre d'heures d'insertion à réaliser : 315", [V(315)]),
    "label-with-unit": ("Volume horaire d'insertion minimal : 1 600 h", [V(1600)]),
    "label-cells": ("Nombre d'heures d'insertion | 315", [V(315)]),
    "public-before": ("Les personnes éloignées de l'emploi effectuent au moins 640 heures.", [V(640)]),
    "confier": ("Le titulaire confie 780 heures de travail à des personnes éloignées de l'emploi.", [V(780)]),
    "year-before": ("En 2025, 70 000 heures d'insertion devront être réalisées.", [V(70_000)]),
    "range": ("Entre 2 800 et 3 200 heures d'insertion sont réservées.", [V(2800, to=3200)]),
    "range-de-a": ("Le titulaire réalise de 900 à 1 100 heures d'insertion.", [V(900, to=1100)]),
    "quoted-article": (
        "En application de l'article L. 2112-2, le titulaire réalise 300 heures d'insertion.",
        [V(300)],
    ),
    "quoted-ccag": ("Conformément à l'article 16.1.2 du CCAG-TIC, il réalise 90 heures d'insertion.", [V(90)]),
}

PERIODS: dict[str, tuple[str, list[V]]] = {
    "par-an": ("Le titulaire réalise 120 heures d'insertion par an.", [V(120, per="year")]),
    "annuelles": ("Le titulaire réalise 120 heures annuelles d'insertion.", [V(120, per="year")]),
    "slash-an": ("Le titulaire réalise 120 h/an d'insertion.", [V(120, per="year")]),
    "chaque-annee": ("Chaque année, le titulaire réalise 120 heures d'insertion.", [V(120, per="year")]),
    "structures": (
        "Un objectif de 19 100 heures par an réalisées par des structures d'insertion.",
        [V(19_100, per="year")],
    ),
    "total-of-seven-years": (
        "Un objectif de 700 000 heures d'insertion pour l'ensemble des sept années de travaux.",
        [V(700_000)],
    ),
    "par-mois": ("Le titulaire réalise 10 heures d'insertion par mois.", [V(10, per="month")]),
    "mensuel": ("Volume mensuel d'insertion : 40 heures", [V(40, per="month")]),
    "order": ("5 heures d'insertion par bon de commande.", [V(5, per="order")]),
    "order-above": (
        "5 heures d'insertion par bon de commande supérieur à 20 000 € HT.",
        [V(5, per="order", above=20_000)],
    ),
    "order-first": (
        "Pour tout bon de commande supérieur à 30 000 € HT, le titulaire réserve 10 heures à l'insertion.",
        [V(10, per="order", above=30_000)],
    ),
    "subsequent": ("70 heures d'insertion par marché subséquent.", [V(70, per="subsequent_contract")]),
    "subsequent-above": (
        "70 heures d'insertion par marché subséquent dont le montant dépasse 90 000 € HT.",
        [V(70, per="subsequent_contract", above=90_000)],
    ),
    "firm-part": ("Tranche ferme : 300 heures d'insertion", [V(300, phase="firm")]),
    "optional-part": ("Tranche optionnelle : 120 heures d'insertion", [V(120, phase="optional")]),
    "conditional-part": ("Tranche conditionnelle n° 1 : 120 heures d'insertion", [V(120, phase="optional")]),
    "both-parts": (
        "Le titulaire réserve à l'insertion 300 heures en tranche ferme et 120 heures en tranche optionnelle.",
        [V(300, phase="firm"), V(120, phase="optional")],
    ),
    "renewal": ("À chaque reconduction, le titulaire réalise 60 heures d'insertion.", [V(60, phase="renewal")]),
    "first-period-and-renewal": (
        "Période initiale : 200 heures d'insertion, puis 100 heures à chaque reconduction.",
        [V(200, phase="firm"), V(100, phase="renewal")],
    ),
}

PERCENTS: dict[str, tuple[str, list[V]]] = {
    "hours": ("Réserver au moins 10 % des heures travaillées aux personnes éloignées de l'emploi.", [percent(10)]),
    "hours-of-work": ("Réserver 5 % des heures de travail à des personnes en insertion.", [percent(5)]),
    "glued": ("Réserver un minimum de 7% des heures travaillées à l'insertion.", [percent(7)]),
    "passive": ("7% des heures travaillées sont réservées au public éloigné de l'emploi.", [percent(7)]),
    "a-minima": ("Réserver aux habitants des quartiers a minima 5% des heures travaillées.", [percent(5)]),
    "number-of-hours": ("Réserver 5 % du nombre d'heures de travail à des personnes en insertion.", [percent(5)]),
    "total-hours": ("L'insertion représente 5 % du nombre total d'heures travaillées.", [percent(5)]),
    "time": ("Consacrer 6 % du temps total de travail à des publics en insertion.", [percent(6)]),
    "labour": ("Consacrer 6 % de la main-d'œuvre à des publics en insertion.", [percent(6)]),
    "words": ("Réserver dix pour cent des heures travaillées à l'insertion.", [percent(10)]),
    "words-and-digits": ("Réserver dix pour cent (10 %) des heures travaillées à l'insertion.", [percent(10)]),
    "decimals": ("Réserver 2,50 % des heures travaillées à l'insertion.", [percent(2.5)]),
    "rate": ("Taux d'insertion : 2,50 %", [percent(2.5)]),
    "production": ("Clause d'insertion sociale: 10% des heures de production", [percent(10)]),
    "in-brackets": ("Clause d'insertion sociale obligatoire (10% des heures)", [percent(10)]),
    "imposes": ("Le CCAP impose 5% des heures travaillées à un public éloigné de l'emploi.", [percent(5)]),
    "range-a": ("Réserver 2 à 5 % du nombre d'heures de travail à des personnes en insertion.", [percent(2, to=5)]),
    "range-entre": ("Entre 5 et 10 % des heures travaillées sont réservées à l'insertion.", [percent(5, to=10)]),
    "two-units": (
        "Réserver à l'insertion au moins 5 % des heures travaillées et 10 % des emplois créés.",
        [percent(5), V(10, "percent_of_jobs")],
    ),
    "ellipsis": (
        "Réserver à l'insertion 5% des heures travaillées dans les opérations de l'ANRU et 10% dans le cadre de "
        "la gestion urbaine de proximité.",
        [percent(5), percent(10)],
    ),
    "jobs": ("Le titulaire réserve 10 % des emplois créés à des demandeurs d'emploi.", [V(10, "percent_of_jobs")]),
    "people": ("L'embauche de 5% de personnes en parcours d'insertion professionnelle.", [V(5, "percent_of_jobs")]),
    "amount": ("Consacrer 3 % du montant du marché à l'insertion.", [V(3, "percent_of_amount")]),
    "before": ("Réserver 10 % des heures travaillées à l'insertion, contre 5 % auparavant.", [percent(10)]),
}

RATES: dict[str, tuple[str, list[V]]] = {
    "one-per-tranche-above": (
        "1h d’insertion à réaliser par tranche de 2 000 Euros facturée, à partir d’un seuil de déclenchement de "
        "2 700 000 Euros facturés",
        [V(1, per="amount", euros=2000, above=2_700_000)],
    ),
    "broken-over-lines": (
        "1h d’insertion à réaliser par tranche de 2 000 Euros\nfacturée, à partir d’un seuil\nde déclenchement de\n"
        "2 700 000 Euros facturés",
        [V(1, per="amount", euros=2000, above=2_700_000)],
    ),
    "single-lot": (
        "Lot unique : 35 H d'insertion par tranche de 100 000 € de commandes facturées",
        [V(35, per="amount", euros=100_000, lots=("*",))],
    ),
    "pro-rata": (
        "35 heures d'insertion par tranche de 100 000 € HT de commandes facturées cumulées.",
        [V(35, per="amount", euros=100_000)],
    ),
    "minimum": (
        "À hauteur minimum de 35 heures d'insertion par tranche de 50 000 € HT de travaux.",
        [V(35, per="amount", euros=50_000)],
    ),
    "pour": ("Une heure d'insertion pour 1 000 € HT facturés.", [V(1, per="amount", euros=1000)]),
    "words": ("Une heure d'insertion par tranche de mille cinq cents euros.", [V(1, per="amount", euros=1500)]),
    "tranche-first": (
        "Par tranche de 25 000 € HT facturés, 10 heures d'insertion sont réalisées.",
        [V(10, per="amount", euros=25_000)],
    ),
    "k-euros": ("12 heures d'insertion par tranche de 10 k€ HT.", [V(12, per="amount", euros=10_000)]),
    "au-dela": (
        "12 heures d'insertion par tranche de 10 000 € HT, au-delà de 90 000 € HT de commandes.",
        [V(12, per="amount", euros=10_000, above=90_000)],
    ),
    "million-trigger": (
        "1 heure d'insertion par tranche de 2 000 € à partir de 2,7 M€ facturés.",
        [V(1, per="amount", euros=2000, above=2_700_000)],
    ),
    "lot-of-a-rate": (
        "Le lot 2 comporte 35 heures d'insertion par tranche de 50 000 € HT.",
        [V(35, per="amount", euros=50_000, lots=("2",))],
    ),
}

LOTS: dict[str, tuple[str, list[V]]] = {
    "lot-colon": ("Lot 1 : 78 heures d'insertion", [V(78, lots=("1",))]),
    "lot-number-colon": ("Lot n° 03 : 350 h d'insertion", [V(350, lots=("3",))]),
    "lot-letter": ("Lot A : 600 heures d'insertion", [V(600, lots=("A",))]),
    "pour-le-lot": ("Le titulaire réalise 78 heures d'insertion pour le lot 1.", [V(78, lots=("1",))]),
    "lot-subject": ("Le titulaire du lot 4 réalise 78 heures d'insertion.", [V(78, lots=("4",))]),
    "two-after": (
        "78 heures d'insertion pour le lot 1 et 120 heures pour le lot 2.",
        [V(78, lots=("1",)), V(120, lots=("2",))],
    ),
    "two-before": (
        "Lot 1 : 78 heures d'insertion, lot 2 : 120 heures d'insertion",
        [V(78, lots=("1",)), V(120, lots=("2",))],
    ),
    "in-brackets": (
        "L'insertion concerne les lots 1 (300 heures), 2 (150 heures) et 3 (80 heures).",
        [V(300, lots=("1",)), V(150, lots=("2",)), V(80, lots=("3",))],
    ),
    "respectively-hours-first": (
        "Le titulaire réserve respectivement 240, 180 et 95 heures d'insertion pour les lots 1, 3 et 5.",
        [V(240, lots=("1",)), V(180, lots=("3",)), V(95, lots=("5",))],
    ),
    "respectively-lots-first": (
        "Pour les lots 1, 2 et 3, il réserve respectivement 100, 200 et 300 heures à l'insertion.",
        [V(100, lots=("1",)), V(200, lots=("2",)), V(300, lots=("3",))],
    ),
    "each-of-two-lots": ("300 heures d'insertion pour chacun des lots 1 et 2.", [V(300, lots=("1", "2"))]),
    "every-lot": ("Tous les lots : 100 heures d'insertion", [V(100, lots=("*",))]),
    "all-but-one": ("Tous les lots sauf le lot 3 : 100 heures d'insertion", [V(100, lots=("*",))]),
    "range-of-lots": ("Lots 1 à 3 : 100 heures d'insertion", [V(100, lots=("1", "2", "3"))]),
    "percent-by-lot": (
        "Réserver à l'insertion 12 % des heures travaillées pour le lot 1 et 8 % pour le lot 2.",
        [percent(12, lots=("1",)), percent(8, lots=("2",))],
    ),
    "percent-lot-first": (
        "Le lot 2 réserve 5 % des heures travaillées à l'insertion.",
        [percent(5, lots=("2",))],
    ),
    "no-lot": ("Le titulaire réalise 78 heures d'insertion.", [V(78)]),
}

SAID_TWICE: dict[str, tuple[str, list[V]]] = {
    "soit-per-year": ("600 heures d'insertion, soit 120 heures par an.", [V(600)]),
    "in-brackets-per-year": ("600 heures d'insertion (soit 120 heures par an).", [V(600)]),
    "yearly-then-total": ("60 heures annuelles d'insertion (120 heures par période de 2 ans).", [V(60, per="year")]),
    "full-time-equivalent": ("30 201 heures d'insertion (soit 16,6 ETP).", [V(30_201)]),
    "full-time-equivalent-comma": (
        "1,1 million d'heures en insertion, soit 600 équivalents temps plein.",
        [V(1_100_000)],
    ),
    "of-which": ("600 heures d'insertion, dont 200 heures la première année.", [V(600)]),
    "of-which-work-study": (
        "130 000 heures de travail – dont 25 000 en alternance – consacrées à l'insertion.",
        [V(130_000)],
    ),
    "instead-of": ("Au lieu de 300 heures d'insertion, lire 450 heures d'insertion.", [V(450)]),
    "goes-from-to": ("Le nombre d'heures d'insertion passe de 300 heures à 450 heures.", [V(450)]),
    "initially": ("Le volume d'insertion, initialement de 300 heures, est porté à 450 heures.", [V(450)]),
    "and-not": ("Le titulaire réalise 450 heures d'insertion et non 300 heures.", [V(450)]),
    "replaced": ("« 300 heures d'insertion » est remplacé par « 450 heures d'insertion ».", [V(450)]),
    "part-of-them": ("600 heures d'insertion, 30 % de ces heures étant réalisées en alternance.", [V(600)]),
}

READ = {
    f"{group}-{name}": case
    for group, cases in (
        ("hours", HOURS),
        ("periods", PERIODS),
        ("percents", PERCENTS),
        ("rates", RATES),
        ("lots", LOTS),
        ("twice", SAID_TWICE),
    )
    for name, case in cases.items()
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_volumes(text: str, expected: list[V]) -> None:
    assert volumes(text) == expected


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
