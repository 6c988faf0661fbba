"""Facts of the consultation, where a document states them."""

from __future__ import annotations

import pytest
from structure_documents import made, notice

from extractors.facts import tender_facts
from extractors.schema import Tender

REFERENCES = {
    "Référence : 2024-DST-017": "2024-DST-017",
    "Marché n° 23-F-0112": "23-F-0112",
    "Consultation n° : 25/NUM/33": "25/NUM/33",
    "Numéro de consultation : 21_BRV_048": "21_BRV_048",
    "Affaire n°24S0031": "24S0031",
    "Accord-cadre à bons de commande 2023-RH-17": "2023-RH-17",
    "Numéro de la consultation : 2021-TX-ACP-0026 Réfection d'une cour": "2021-TX-ACP-0026",
    "Marché n° ……………": None,
    "Marché public 2024": None,
    "N° SIRET : 21330063500017": None,
    "arrêté du 30 mars 2021, JORF n° 0078": None,
}


@pytest.mark.parametrize(("line", "expected"), REFERENCES.items(), ids=REFERENCES)
def test_reference(line: str, expected: str | None) -> None:
    assert tender_facts(*made(f"# CCAP\n\n{line}")).reference == expected


BUYERS = {
    "Acheteur : Ville de Brumeval, 3 place du Marché, 29000 Quimper": "Ville de Brumeval",
    "Pouvoir adjudicateur :\n\nSyndicat mixte du Haut-Bief\n12 rue des Saules": "Syndicat mixte du Haut-Bief",
    "Maître d'ouvrage : Communauté de communes des Trois Vaux": "Communauté de communes des Trois Vaux",
    "Nom et adresse officiels de l'organisme acheteur : CCI du Marais.": "CCI du Marais",
    "Pouvoir adjudicateur : Monsieur le Maire": None,
    "Pouvoir adjudicateur : Madame la présidente du Syndicat des eaux du Bief": "Syndicat des eaux du Bief",
    "Acheteur : Mme Jeanne Exemple": None,
    "Profil d'acheteur : https://exemple.fr": None,
}


@pytest.mark.parametrize(("text", "expected"), BUYERS.items(), ids=BUYERS)
def test_buyer(text: str, expected: str | None) -> None:
    assert tender_facts(*made(f"# CCAP\n\n{text}")).buyer == expected


def test_buyer_of_the_title_page() -> None:
    assert tender_facts(*made("VILLE DE BRUMEVAL\n\n# CCAP\n\nTonte des stades")).buyer == "VILLE DE BRUMEVAL"


OBJECTS = {
    "Objet : Nettoyage des écoles de la ville": "Nettoyage des écoles de la ville",
    "Objet de la consultation : fourniture de sel de déneigement.": "fourniture de sel de déneigement",
    "Objet du marché\n\nLe marché a pour objet la tonte des stades. Il dure un an.": "la tonte des stades",
    "Le présent accord-cadre a pour objet de confier la collecte des cartons.": "la collecte des cartons",
    "Objet  Acquisition de véhicules électriques": "Acquisition de véhicules électriques",
    "Objet : sans objet": None,
    "Objet : …………………": None,
}


@pytest.mark.parametrize(("text", "expected"), OBJECTS.items(), ids=OBJECTS)
def test_object(text: str, expected: str | None) -> None:
    assert tender_facts(*made("# CCAP", text)).object == expected


def test_object_of_the_title_page() -> None:
    cover = (
        "VILLE DE BRUMEVAL\n\n# ACTE D'ENGAGEMENT\n\nLocation et entretien du linge des crèches\n\nProcédure adaptée"
    )
    assert tender_facts(*made(cover)).object == "Location et entretien du linge des crèches"


def test_the_object_of_a_notice_drops_its_number() -> None:
    text = "Objet du marché : Numéro de la consultation : 2020-14 LUTTE CONTRE LES MOUSTIQUES"
    assert tender_facts(*notice(text)).object == "LUTTE CONTRE LES MOUSTIQUES"


CPV = {
    "CPV : 45112500 45233120": ("45112500", "45233120"),
    "Code CPV principal : 90910000-9": ("90910000",),
    "Codes CPV\n\n77310000-6 Plantation\n\n77340000-5 Élagage": ("77310000", "77340000"),
    "CPV - Objet principal : 60130000.\nObjets supplémentaires : 34110000": ("60130000", "34110000"),
    "Le numéro CPV est le 722 67000": ("72267000",),
    "Mobilier 39160000-1 pour les écoles": ("39160000",),
    "Compte 45233140 du budget": (),
    "SIRET 21330063500017, le 20210512": (),
    "CPV : 20210512": (),
}


@pytest.mark.parametrize(("text", "expected"), CPV.items(), ids=CPV)
def test_cpv(text: str, expected: tuple[str, ...]) -> None:
    assert tender_facts(*made("# CCAP", text)).cpv == expected


DEPARTMENTS = {
    "Département(s) de publication : 38, 73": ("38", "73"),
    "Département(s) de publication : 971": ("971",),
    "Dépt. : 2A": ("2A",),
    "Acheteur : Ville de Brumeval, 1 place Foch, 05100 Briançon": ("05",),
    "Acheteur : Ville de Brumeval, 20200 Bastia": ("2B",),
    "Acheteur : Conseil départemental de la Loire-Atlantique": ("44",),
    "Lieu d'exécution : 97410 Saint-Pierre": ("974",),
    "Architecte : 7 rue Haute, 75011 Paris": (),
}


@pytest.mark.parametrize(("text", "expected"), DEPARTMENTS.items(), ids=DEPARTMENTS)
def test_departments(text: str, expected: tuple[str, ...]) -> None:
    assert tender_facts(*notice(text)).departments == expected


def test_nothing_stated_gives_nothing() -> None:
    assert tender_facts(*made("Note de calcul\n\nCharges permanentes 3,2 kN")) == Tender()
