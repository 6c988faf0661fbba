"""Which numbers of a sentence are volumes of insertion, and what they count."""

from __future__ import annotations

import pytest
from quantity_values import V, percent, volumes

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
