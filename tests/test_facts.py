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
    "Accord-cadre 25S031": "25S031",
    "2025-R007-000-000": "2025-R007-000-000",
    "2024-06-12": None,
    "Référence : 06-08-20": None,
    "selon l'indicateur 24-EVC-3 du tableau": None,
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
    "Organisme : Eau du Bief": "Eau du Bief",
    "Acheteur : Jeanne Exemple": None,
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
    "Objet : Maintenance d'un portail en SQL. Code CPV : 72267000-4": "Maintenance d'un portail en SQL",
    "Objet : combles de la mairie de BRUMEVAL. Les travaux comprennent": "combles de la mairie de BRUMEVAL",
    "Le présent CCTP décrit les travaux de voirie de la rue Haute.": "les travaux de voirie de la rue Haute",
    "Objet : Affaire N°21M0041PA - Travaux de la rue Haute": "Travaux de la rue Haute",
    "Objet : dragage du port. le marché contient une clause d'insertion": "dragage du port",
    "Objet : golf à Soissons (02) les entreprises s'engagent à recruter": "golf à Soissons (02)",
    "Objet : prise de part dans une société ayant pour objet social la restauration": (
        "prise de part dans une société ayant pour objet social la restauration"
    ),
    "Objet : sans objet": None,
    "Objet : …………………": None,
}


@pytest.mark.parametrize(("text", "expected"), OBJECTS.items(), ids=OBJECTS)
def test_object(text: str, expected: str | None) -> None:
    assert tender_facts(*made("# CCAP", text)).object == expected


COVERS = {
    "apart": "VILLE DE BRUMEVAL\n\n# ACTE D'ENGAGEMENT\n\nLocation du linge des crèches\n\nProcédure adaptée",
    "below the title": "# ACTE D'ENGAGEMENT\n# Location du linge des crèches\n\n# 1. Contractant\n\nAgent d'entretien",
    "title in pieces": "CAHIER DES\n\nCLAUSES\n\nPARTICULIÈRES\n\nLocation du linge des crèches",
    "after a running header": "Crèche des Saules - CCTP lot 2\n\n# CCTP\n\nLocation du linge des crèches",
    "of an annex": "# ANNEXE 1 AU CCAP\n\n# Clause sociale d'insertion\n\nLocation du linge des crèches",
}


@pytest.mark.parametrize("cover", COVERS.values(), ids=COVERS)
def test_object_of_the_title_page(cover: str) -> None:
    assert tender_facts(*made(cover)).object == "Location du linge des crèches"


def test_an_object_set_in_capitals_over_several_lines_is_whole() -> None:
    cover = "# RC\n\nObjet de la consultation\n\nINFOGERANCE DU SYSTEME\n\nD'INFORMATION : RESEAUX,\n\nSUPPORT"
    assert tender_facts(*made(cover)).object == "INFOGERANCE DU SYSTEME D'INFORMATION : RESEAUX, SUPPORT"


def test_the_articles_of_a_form_name_no_object() -> None:
    assert (
        tender_facts(*made("# ACTE D'ENGAGEMENT\n\n# 1. Contractant\n\nEntreprise de nettoyage de locaux")).object
        is None
    )


def test_running_header_gives_the_reference() -> None:
    pages = [f"Ville de Brumeval - 2025-TX-014 - {n}/4\n\nLe titulaire tond le stade {n}." for n in range(1, 5)]
    assert tender_facts(*made(*pages)).reference == "2025-TX-014"


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
    "Objet : Tonte des stades du lycée de Brumeval (dpt 27)": ("27",),
    "Architecte : 7 rue Haute, 75011 Paris": (),
}


@pytest.mark.parametrize(("text", "expected"), DEPARTMENTS.items(), ids=DEPARTMENTS)
def test_departments(text: str, expected: tuple[str, ...]) -> None:
    assert tender_facts(*notice(text)).departments == expected


def test_nothing_stated_gives_nothing() -> None:
    assert tender_facts(*made("Note de calcul\n\nCharges permanentes 3,2 kN")) == Tender()
