"""Purchase families, from CPV codes and from words."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from learn_families import WRITTEN, Notice, held_back, learn, read_notices
from structure_documents import notice

from extractors.facts import document_families, notice_descriptors, tender_facts
from extractors.families import descriptor_families, families_of, phrase_key, words
from extractors.lotlist import find_lots

SHARED = Path(__file__).parents[1].parent / "shared"
NOTICES = SHARED / "corpus" / "boamp_labels_2019_2020.csv.gz"

TITLES = {
    "Construction d'un groupe scolaire de huit classes": "BAT",
    "Réfection de la couverture de l'église Saint-Aubin": "BAT",
    "Remplacement des menuiseries extérieures du collège": "BAT",
    "Maintenance des ascenseurs de l'office": "BAT",
    "Désamiantage et démolition de l'ancienne caserne": "BAT",
    "Location de bâtiments modulaires pour l'école": "BAT",
    "Extension et mise aux normes de la salle polyvalente, lot charpente": "BAT",
    "Réhabilitation thermique de 48 logements collectifs": "BAT",
    "Peinture des cages d'escalier": "BAT",
    "Travaux de voirie et réseaux divers, programme annuel": "TP",
    "Aménagement de la rue des Tilleuls et de ses trottoirs": "TP",
    "Renouvellement des canalisations d'eau potable": "TP",
    "Travaux d'éclairage public": "TP",
    "Réparation du pont sur la Vire": "TP",
    "Fourniture et pose de mobilier urbain": "TP",
    "Pose d'enrobés sur les chemins communaux": "TP",
    "Reconstruction du mur de soutènement du quai": "TP",
    "Création d'une voie verte entre les deux bourgs": "TP",
    "Entretien des espaces verts communaux": "EV",
    "Élagage et abattage d'arbres": "EV",
    "Débroussaillage des sentiers de randonnée": "EV",
    "Fourniture de végétaux et de plants": "EV",
    "Fauchage des accotements et taille des haies": "EV",
    "Tonte des terrains de football": "EV",
    "Lutte contre les chenilles processionnaires dans les pins du parc": "EV",
    "Nettoyage des locaux administratifs": "NET",
    "Nettoyage des vitres des bâtiments": "NET",
    "Fourniture de produits d'entretien": "NET",
    "Balayage mécanique des chaussées": "NET",
    "Dératisation et désinsectisation des écoles": "NET",
    "Ménage quotidien des bureaux et des sanitaires": "NET",
    "Fourniture de papier toilette et de savon": "NET",
    "Collecte des ordures ménagères en porte-à-porte": "DEC",
    "Gestion du haut de quai des déchèteries": "DEC",
    "Traitement des déchets verts": "DEC",
    "Fourniture de composteurs individuels": "DEC",
    "Tri et valorisation des encombrants": "DEC",
    "Enlèvement des bennes de gravats en déchèterie": "DEC",
    "Préparation et livraison de repas en liaison froide": "RES",
    "Prestations de traiteur pour les cérémonies": "RES",
    "Fourniture de denrées alimentaires": "RES",
    "Achat de pain et de viennoiseries": "RES",
    "Achat de viande fraîche pour la cuisine centrale": "RES",
    "Portage de repas à domicile": "RES",
    "Refonte du site internet de la région": "NUM",
    "Acquisition de postes de travail et de serveurs": "NUM",
    "Tierce maintenance applicative du portail des aides": "NUM",
    "Services de téléphonie mobile": "NUM",
    "Infogérance des serveurs": "NUM",
    "Licences bureautiques et abonnements logiciels": "NUM",
    "Reprise et hébergement des données du logiciel de paie": "NUM",
    "Mission de maîtrise d'œuvre pour la construction d'une médiathèque": "PI",
    "Assistance à maîtrise d'ouvrage pour un contrat de nettoyage": "PI",
    "Assurance dommages aux biens": "PI",
    "Étude de faisabilité d'une voie verte": "PI",
    "Contrôle technique pour la réhabilitation du gymnase": "PI",
    "Fouilles archéologiques préventives": "PI",
    "Coordination de la sécurité et de la protection de la santé du chantier": "PI",
    "Relevés topographiques des berges": "PI",
    "Audit des comptes de la régie": "PI",
    "Impression du magazine municipal": "COM",
    "Location et pose des illuminations de fin d'année": "COM",
    "Achat d'objets publicitaires": "COM",
    "Conception graphique et impression d'affiches": "COM",
    "Organisation du salon des métiers": "COM",
    "Tir du feu d'artifice du 14 juillet": "COM",
    "Fourniture de papier et de fournitures de bureau": "BUR",
    "Émission de titres restaurant": "BUR",
    "Mise à disposition de personnel intérimaire": "BUR",
    "Achat de cartouches d'encre et de toners": "BUR",
    "Recours au travail temporaire pour les services techniques": "BUR",
    "Ramettes de papier et petites fournitures administratives": "BUR",
    "Fourniture de mobilier scolaire": "MOB",
    "Acquisition de jeux et de jouets pour les crèches": "MOB",
    "Achat d'instruments de musique": "MOB",
    "Lits médicalisés et matelas de l'internat": "MOB",
    "Achat de manuels scolaires": "MOB",
    "Rayonnages mobiles pour la réserve": "MOB",
    "Fourniture de vêtements de travail et d'EPI": "TEX",
    "Location et entretien du linge hospitalier": "TEX",
    "Chaussures de sécurité des agents techniques": "TEX",
    "Habillement de la police municipale": "TEX",
    "Blanchissage des draps de l'hôpital": "TEX",
    "Gardiennage des bâtiments de l'université": "SEC",
    "Télésurveillance des sites municipaux": "SEC",
    "Vérification des extincteurs": "SEC",
    "Rondes de nuit et accueil filtrage du siège": "SEC",
    "Installation de caméras de vidéoprotection": "SEC",
    "Transport scolaire des élèves": "TRA",
    "Prestations de déménagement des services": "TRA",
    "Acquisition de véhicules utilitaires": "TRA",
    "Entretien et réparation des véhicules légers": "TRA",
    "Fourniture de pneumatiques": "TRA",
    "Navettes en autocar vers la piscine": "TRA",
    "Fourniture de médicaments": "SAN",
    "Réservation de berceaux en crèche": "SAN",
    "Fourrière animale": "SAN",
    "Consultations de médecine préventive des agents": "SAN",
    "Réactifs et consommables pour le laboratoire d'hématologie": "SAN",
    "Prothèses de hanche et de genou": "SAN",
    "Actions de formation continue des agents": "FOR",
    "Prestations d'insertion sociale et professionnelle ayant pour support des travaux de peinture": "FOR",
    "Accompagnement vers l'emploi des allocataires du RSA": "FOR",
    "Cours de français langue étrangère pour primo-arrivants": "FOR",
    "Bilans de compétences des agents": "FOR",
    "Chantier d'insertion pour la rénovation du lavoir": "FOR",
    "Organisation de séjours de vacances pour enfants": "CUL",
    "Gestion d'une aire d'accueil des gens du voyage": "CUL",
    "Programmation de spectacles de rue": "CUL",
    "Classes de découverte à la montagne": "CUL",
    "Scénographie de l'exposition permanente du musée": "CUL",
    "Accueil de loisirs des mercredis": "CUL",
    "Fourniture et acheminement d'électricité": "FLU",
    "Livraison de fioul domestique": "FLU",
    "Achat de granulés de bois": "FLU",
    "Fourniture de gaz naturel et services associés": "FLU",
    "Carburants en vrac pour les dépôts": "FLU",
    "Fourniture de fioul et de gazole non routier": "FLU",
    "Fourniture de quincaillerie et d'outillage": "IND",
    "Acquisition d'un groupe électrogène": "IND",
    "Achat d'un microscope électronique": "IND",
    "Acquisition d'une mini-pelle": "IND",
    "Achat de sel de déneigement": "IND",
    "Fourniture de visserie et d'outillage à main": "IND",
    "Délégation de service public du stationnement": "IMM",
    "Contrat de concession pour l'exploitation d'un casino": "IMM",
    "Concession de service public du réseau d'eau": "IMM",
    "Gestion locative du parc de logements": "IMM",
    "Affermage des halles et marchés": "IMM",
}


def lexicon(name: str) -> list[dict[str, str]]:
    with WRITTEN.with_name(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


FAMILIES = {row["family_code"] for row in lexicon("families.csv")}


def annotated_titles() -> list[dict[str, Any]]:
    lines = (SHARED / "gold" / "dev_families.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(("title", "family"), TITLES.items(), ids=TITLES)
def test_family_of_a_title(title: str, family: str) -> None:
    assert families_of(title)[:1] == (family,)


def test_every_family_has_three_examples() -> None:
    examples = Counter(TITLES.values())
    assert set(examples) == FAMILIES
    assert min(examples.values()) >= 3


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


DESCRIPTORS = {
    "one family": (["Blanchissage"], "TEX"),
    "in capitals, without accents": (["ELECTRICITE (TRAVAUX)"], "BAT"),
    "cut at its comma": (["Electricité", "gaz (fourniture)"], "FLU"),
    "cut twice": (["Mission d'ordonnancement", "pilotage", "coordination (OPC)"], "PI"),
    "vague beside clear": (["Prestations de services", "Gardiennage"], "SEC"),
    "ambiguous, settled by another": (["Vitrerie", "Nettoyage de locaux"], "NET"),
    "a word that is no descriptor": (["Élagage d'arbres d'alignement"], "EV"),
}


@pytest.mark.parametrize(("descriptors", "family"), DESCRIPTORS.values(), ids=DESCRIPTORS)
def test_family_of_descriptors(descriptors: list[str], family: str) -> None:
    assert families_of("Marché 2024-12", descriptors=descriptors)[:1] == (family,)


def test_a_vague_descriptor_says_nothing() -> None:
    assert families_of("", descriptors=["Prestations de services", "Maintenance"]) == ()


def test_an_ambiguous_descriptor_names_its_families() -> None:
    assert set(families_of("", descriptors=["Contrôle d'accès"])) == {"BAT", "SEC"}


def test_descriptors_are_mapped_once_each() -> None:
    rows = lexicon("descripteurs.csv")
    assert len(rows) == len({row["code"] for row in rows}) == len(descriptor_families()) == 366
    for row in rows:
        named = (row["family"] or row["ambiguous"]).split("|")
        assert bool(row["family"]) != bool(row["ambiguous"]), row
        assert named == ["*"] or set(named) <= FAMILIES, row
        assert len(named) == 1 or row["ambiguous"], row


def test_trade_words_are_written_once_for_families_that_exist() -> None:
    rows = lexicon("families_keywords.csv")
    assert {row["family"] for row in rows} == FAMILIES
    written = Counter((phrase_key(row["keyword"]), row["family"]) for row in rows)
    assert [key for key, times in written.items() if times > 1 or not key[0]] == []


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


NEEDS_SHARED = pytest.mark.skipif(
    not SHARED.exists(), reason="the annotated notices and titles stand in shared/, beside the repository"
)


@NEEDS_SHARED
def test_annotated_titles() -> None:
    """Nothing of them is learned: see `docs/learn_families.py`."""
    rows = annotated_titles()
    found = [families_of(row["text"].removeprefix("Objet : "))[:1] for row in rows]
    right = sum(bool(f) and f[0] in row["families_ok"] for f, row in zip(found, rows, strict=True))
    assert right / len(rows) >= 0.88


@pytest.fixture(scope="module")
def notices() -> list[Notice]:
    apart = {row["id"].removeprefix("fam-") for row in annotated_titles()}
    return list(read_notices(NOTICES, apart, [row["text"].removeprefix("Objet : ") for row in annotated_titles()]))


@NEEDS_SHARED
@pytest.mark.slow
def test_a_title_kept_apart_is_never_learned_under_any_number(notices: list[Notice]) -> None:
    rows = annotated_titles()
    assert {notice.id for notice in notices} & {row["id"].removeprefix("fam-") for row in rows} == set()
    titles = {phrase_key(row["text"].removeprefix("Objet : ")) for row in rows}
    assert {phrase_key(notice.object) for notice in notices} & titles == set()


@NEEDS_SHARED
@pytest.mark.slow
def test_the_learned_words_are_what_the_command_writes(notices: list[Notice]) -> None:
    assert learn(notice for notice in notices if not held_back(notice)) == WRITTEN.read_text(encoding="utf-8")


@NEEDS_SHARED
@pytest.mark.slow
def test_notices_held_back(notices: list[Notice]) -> None:
    kept = [notice for notice in notices if held_back(notice)]
    right = sum(families_of(notice.object)[:1] == (notice.family,) for notice in kept)
    assert len(kept) == 30141
    assert right / len(kept) >= 0.84


@NEEDS_SHARED
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
