"""Purchase families, from CPV codes and from words."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from structure_documents import notice

from extractors.facts import document_families, notice_descriptors, tender_facts
from extractors.families import families_of, words
from extractors.lotlist import find_lots

SHARED = Path(__file__).parents[1].parent / "shared"

TITLES = {
    "Construction d'un groupe scolaire de huit classes": "BAT",
    "Réfection de la couverture de l'église Saint-Aubin": "BAT",
    "Remplacement des menuiseries extérieures du collège": "BAT",
    "Maintenance des ascenseurs de l'office": "BAT",
    "Désamiantage et démolition de l'ancienne caserne": "BAT",
    "Location de bâtiments modulaires pour l'école": "BAT",
    "Travaux de voirie et réseaux divers, programme annuel": "TP",
    "Aménagement de la rue des Tilleuls et de ses trottoirs": "TP",
    "Renouvellement des canalisations d'eau potable": "TP",
    "Travaux d'éclairage public": "TP",
    "Réparation du pont sur la Vire": "TP",
    "Fourniture et pose de mobilier urbain": "TP",
    "Entretien des espaces verts communaux": "EV",
    "Élagage et abattage d'arbres": "EV",
    "Débroussaillage des sentiers de randonnée": "EV",
    "Fourniture de végétaux et de plants": "EV",
    "Nettoyage des locaux administratifs": "NET",
    "Nettoyage des vitres des bâtiments": "NET",
    "Fourniture de produits d'entretien": "NET",
    "Balayage mécanique des chaussées": "NET",
    "Dératisation et désinsectisation des écoles": "NET",
    "Collecte des ordures ménagères en porte-à-porte": "DEC",
    "Gestion du haut de quai des déchèteries": "DEC",
    "Traitement des déchets verts": "DEC",
    "Fourniture de composteurs individuels": "DEC",
    "Préparation et livraison de repas en liaison froide": "RES",
    "Prestations de traiteur pour les cérémonies": "RES",
    "Fourniture de denrées alimentaires": "RES",
    "Achat de pain et de viennoiseries": "RES",
    "Refonte du site internet de la région": "NUM",
    "Acquisition de postes de travail et de serveurs": "NUM",
    "Tierce maintenance applicative du portail des aides": "NUM",
    "Services de téléphonie mobile": "NUM",
    "Infogérance des serveurs": "NUM",
    "Mission de maîtrise d'œuvre pour la construction d'une médiathèque": "PI",
    "Assistance à maîtrise d'ouvrage pour un contrat de nettoyage": "PI",
    "Assurance dommages aux biens": "PI",
    "Étude de faisabilité d'une voie verte": "PI",
    "Contrôle technique pour la réhabilitation du gymnase": "PI",
    "Fouilles archéologiques préventives": "PI",
    "Impression du magazine municipal": "COM",
    "Location et pose des illuminations de fin d'année": "COM",
    "Achat d'objets publicitaires": "COM",
    "Fourniture de papier et de fournitures de bureau": "BUR",
    "Émission de titres restaurant": "BUR",
    "Mise à disposition de personnel intérimaire": "BUR",
    "Fourniture de mobilier scolaire": "MOB",
    "Acquisition de jeux et de jouets pour les crèches": "MOB",
    "Achat d'instruments de musique": "MOB",
    "Fourniture de vêtements de travail et d'EPI": "TEX",
    "Location et entretien du linge hospitalier": "TEX",
    "Gardiennage des bâtiments de l'université": "SEC",
    "Télésurveillance des sites municipaux": "SEC",
    "Vérification des extincteurs": "SEC",
    "Transport scolaire des élèves": "TRA",
    "Prestations de déménagement des services": "TRA",
    "Acquisition de véhicules utilitaires": "TRA",
    "Fourniture de médicaments": "SAN",
    "Réservation de berceaux en crèche": "SAN",
    "Fourrière animale": "SAN",
    "Actions de formation continue des agents": "FOR",
    "Prestations d'insertion sociale et professionnelle ayant pour support des travaux de peinture": "FOR",
    "Accompagnement vers l'emploi des allocataires du RSA": "FOR",
    "Organisation de séjours de vacances pour enfants": "CUL",
    "Gestion d'une aire d'accueil des gens du voyage": "CUL",
    "Programmation de spectacles de rue": "CUL",
    "Fourniture et acheminement d'électricité": "FLU",
    "Livraison de fioul domestique": "FLU",
    "Achat de granulés de bois": "FLU",
    "Fourniture de quincaillerie et d'outillage": "IND",
    "Acquisition d'un groupe électrogène": "IND",
    "Achat d'un microscope électronique": "IND",
    "Délégation de service public du stationnement": "IMM",
    "Contrat de concession pour l'exploitation d'un casino": "IMM",
}


@pytest.mark.parametrize(("title", "family"), TITLES.items(), ids=TITLES)
def test_family_of_a_title(title: str, family: str) -> None:
    assert families_of(title)[:1] == (family,)


def test_every_family_has_an_example() -> None:
    assert len(set(TITLES.values())) == 20


CODES = {
    "demolition": (["45110000"], "BAT"),
    "water works": (["45240000"], "TP"),
    "meals": (["55523100"], "RES"),
    "cleaning": (["90911200"], "NET"),
    "chemicals": (["24000000"], "IND"),
    "vouchers": (["30199770"], "BUR"),
    "prefabricated buildings": (["44211000"], "BAT"),
    "hire of plant": (["45500000"], "TP"),
    "insertion": (["75231240"], "FOR"),
    "main code first": (["79713000", "90910000"], "SEC"),
}


@pytest.mark.parametrize(("codes", "family"), CODES.values(), ids=CODES)
def test_family_of_a_code(codes: list[str], family: str) -> None:
    assert families_of("", codes)[0] == family


def test_a_precise_code_beats_the_title() -> None:
    assert families_of("Travaux dans les bâtiments communaux", ["77310000"])[0] == "EV"


def test_a_vague_code_leaves_the_title_to_decide() -> None:
    assert families_of("Travaux de voirie", ["45000000"])[0] == "TP"
    assert families_of("Travaux de plâtrerie", ["45000000"])[0] == "BAT"


def test_lots_weigh_when_the_title_is_vague() -> None:
    assert families_of("Marché annuel", lot_titles=["Tonte", "Élagage"])[0] == "EV"


def test_who_may_bid_is_not_what_is_bought() -> None:
    reserved = "Tonte des stades - lot 2 réservé à une structure d'insertion professionnelle"
    assert families_of(reserved) == families_of("Tonte des stades")


def test_for_whom_one_buys_is_not_what_is_bought() -> None:
    assert families_of("Location de véhicules pour les besoins du service d'archéologie")[0] == "TRA"


def test_the_body_speaks_when_the_title_says_too_little() -> None:
    vague = "Prestations pour la ville"
    assert families_of(vague, body="L'entreprise tond les pelouses et taille les haies des espaces verts.")[0] == "EV"
    assert families_of("Gardiennage des parcs", body="Tonte des pelouses et des espaces verts")[0] == "SEC"


@pytest.mark.parametrize("title", ["", "Marché 2024-12", "Lot 1", "Prestations de service"], ids=str)
def test_nothing_said_gives_no_family(title: str) -> None:
    assert families_of(title) == ()


def test_words_do_not_depend_on_case_accents_and_plurals() -> None:
    assert words("Les TRAVAUX d’Étanchéité des toitures") == words("travaux d'etancheite de la toiture")


def test_descriptors_of_a_notice_count() -> None:
    document, passages = notice("Marché à bons de commande 2024\nDescripteurs BOAMP : Voirie, Terrassement")
    assert notice_descriptors(passages) == ("Voirie", "Terrassement")
    assert document_families(tender_facts(document, passages), (), passages)[0] == "TP"


def test_a_title_takes_less_than_a_millisecond() -> None:
    families_of("premier titre")
    started = time.perf_counter()
    for title in TITLES:
        families_of(title)
    assert (time.perf_counter() - started) / len(TITLES) < 0.001


@pytest.mark.skipif(not SHARED.exists(), reason="the annotated titles stand in shared/, beside the repository")
def test_annotated_titles() -> None:
    rows = [json.loads(line) for line in (SHARED / "gold" / "dev_families.jsonl").open(encoding="utf-8")]
    found = [families_of(re.sub(r"^Objet : ", "", row["text"]))[:1] for row in rows]
    right = sum(bool(f) and f[0] in row["families_ok"] for f, row in zip(found, rows, strict=True))
    assert right / len(rows) >= 0.92


@pytest.mark.skipif(not SHARED.exists(), reason="the annotated notices stand in shared/, beside the repository")
def test_annotated_notices() -> None:
    right = total = 0
    for line in (SHARED / "gold" / "dev_texts.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        if not row["families"]:
            continue
        document, passages = notice(row["text"])
        lots = find_lots(document, passages)
        found = document_families(tender_facts(document, passages), lots, passages)
        total += 1
        right += found[:1] == tuple(row["families"][:1])
    assert right / total >= 0.9
