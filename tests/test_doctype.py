"""Which piece of the tender a document is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from structure_documents import made, notice

from extractors.doctype import document_type
from extractors.formats import read_file
from extractors.passages import split_passages

SHARED = Path(__file__).parents[1].parent / "shared"

COVERS = {
    "rc": (
        "rc",
        "VILLE DE BRUMEVAL\n# RÈGLEMENT DE LA CONSULTATION\nFourniture de sel\nPièces : CCAP, CCTP, acte d'engagement",
    ),
    "rc, short form": ("rc", "Syndicat des eaux\n# Règlement de consultation (RC)\nMarché de travaux"),
    "rc, misspelt": ("rc", "# REGLEMENT DE LA CONSULATION\nAchat de bancs"),
    "ccap over three lines": ("ccap", "# CAHIER DES\n# CLAUSES ADMINISTRATIVES\n# PARTICULIÈRES\nNettoyage des écoles"),
    "ccap, letters": ("ccap", "Département\n# C.C.A.P.\nEntretien des haies"),
    "cctp": ("cctp", "# Cahier des clauses techniques particulières\nLot 3 : plomberie"),
    "cctp, charges": ("cctp", "# CAHIER DES CHARGES\nRefonte d'un site"),
    "ccp": ("ccp", "# CAHIER DES CLAUSES PARTICULIÈRES\nvalant CCAP et CCTP"),
    "ccap as cctp": ("ccp", "# CCAP valant CCTP\nGardiennage des parcs"),
    "ae": ("ae", "Ville de Brumeval\n# ACTE D'ENGAGEMENT\nVu le cahier des clauses administratives particulières"),
    "ae, form": ("ae", "# ATTRI1\nActe d'engagement"),
    "notice": (
        "avis",
        "# AVIS D'APPEL PUBLIC À LA CONCURRENCE\nNom et adresse officiels de l'organisme acheteur : Ville",
    ),
    "notice of award": ("avis", "# Avis d'attribution\nDépartement(s) de publication : 29"),
    "bpu": ("bpu", "# BORDEREAU DES PRIX UNITAIRES\nLot 1"),
    "dpgf": ("dpgf", "# DÉCOMPOSITION DU PRIX GLOBAL ET FORFAITAIRE\nLot 4 – Peinture"),
    "dqe": ("dpgf", "# Détail quantitatif estimatif\nLot 2"),
    "dc1": ("dc", "MARCHÉS PUBLICS\n# LETTRE DE CANDIDATURE\nDC1"),
    "dc2": ("dc", "# DC2\nDÉCLARATION DU CANDIDAT INDIVIDUEL"),
    "dc4": ("dc", "# DÉCLARATION DE SOUS-TRAITANCE\nDC4"),
    "dume": ("dc", "# Document unique de marché européen\nPartie I"),
    "qr": ("qr", "# Questions / Réponses\nQuestion 1 : le CCAP prévoit-il une avance ?"),
    "qr, sentence": ("qr", "# RÉPONSES AUX QUESTIONS DES CANDIDATS\nMarché 24-07"),
    "annex": ("annexe_sociale", "# ANNEXE 2 AU CCAP\n# Clause sociale d'insertion\nMarché 24-07"),
    "annex, title first": ("annexe_sociale", "# Annexe relative à l'insertion par l'activité économique\nLot 1"),
    "frame": ("cadre_reponse", "# CADRE DE RÉPONSE TECHNIQUE\nÀ compléter par le candidat"),
    "frame of memoir": ("cadre_reponse", "# Cadre de mémoire technique\nNom du candidat : ……"),
    "memoir": ("memoire", "Société Pommeraie\n# MÉMOIRE TECHNIQUE\nNos engagements"),
    "guide": ("guide", "# GUIDE PRATIQUE\nà l'usage des acheteurs\nClauses sociales"),
    "nothing": ("autre", "Note de calcul\nCharges permanentes 3,2 kN"),
}


@pytest.mark.parametrize(("expected", "cover"), COVERS.values(), ids=COVERS)
def test_title_of_the_first_page(expected: str, cover: str) -> None:
    assert document_type(*made(cover)) == expected


def test_a_mention_is_no_title() -> None:
    cover = "# ACTE D'ENGAGEMENT\nAprès avoir lu le\ncahier des clauses administratives particulières\nje m'engage"
    assert document_type(*made(cover)) == "ae"


def test_running_header_decides_without_a_title() -> None:
    pages = [f"CCAP – marché 24-07 – {n}/4\n\nLe titulaire exécute les prestations du mois {n}." for n in range(1, 5)]
    assert document_type(*made(*pages)) == "ccap"


def test_articles_decide_without_title_and_header() -> None:
    page = "\n\n".join(
        ["# Article 1 - Jugement des offres", "Le prix compte.", "# Article 2 - Contenu des plis", "Un mémoire."]
        + ["# Article 3 - Conditions de participation", "Les candidats."]
    )
    assert document_type(*made(page)) == "rc"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2024-07_RC_v2.pdf", "rc"),
        ("CCAP.pdf", "ccap"),
        ("Acte_d_engagement-lot1.pdf", "ae"),
        ("CCTP-annexe1-plans.pdf", "autre"),
        ("annexe_clause_sociale.pdf", "annexe_sociale"),
        ("scan0001.pdf", "autre"),
    ],
    ids=str,
)
def test_file_name_is_the_last_resort(name: str, expected: str) -> None:
    assert document_type(*made("", path=name)) == expected


def test_the_title_beats_the_file_name() -> None:
    assert document_type(*made("# ACTE D'ENGAGEMENT", path="CCAP.pdf")) == "ae"


TEXTS = {
    "fields": ("avis", "Objet : tonte des stades\nClause sociale d'insertion : 200 heures"),
    "mention": ("avis", "Le CCAP précise les conditions."),
    "a guide is bought": ("avis", "Objet : Guide pratique du tri, impression et livraison"),
    "buyer speaks": ("avis", "Tonte des stades\nNotre profil d'acheteur reçoit les plis, notre collectivité répond."),
    "title": ("rc", "RÈGLEMENT DE LA CONSULTATION\nArticle 1 - Objet"),
    "title and lot": ("ae", "ACTE D'ENGAGEMENT – Lot n° 3 : Peinture des écoles\nLe signataire s'engage."),
    "letters and object": ("cctp", "CCTP Denrées – lot 5 : le café provient de filières équitables."),
    "memoir": ("memoire", "Mémoire technique – Chapitre 2 : nos moyens\nSix agents."),
    "bidder speaks": ("memoire", "Notre entreprise emploie neuf apprentis. Nous avons réalisé 800 heures d'insertion."),
    "vade-mecum": ("guide", "Vade-mecum de l'acheteur – Fiche 2\nL'acheteur peut réserver un lot."),
    "sheet": ("guide", "Fiche pratique à l'usage des acheteurs : calibrer la clause"),
    "article of a contract": ("ccap", "ARTICLE 7 : CLAUSE SOCIALE\n7.1 Le titulaire réserve 90 heures."),
    "article of a competition": (
        "rc",
        "Article 3.2. Conditions propres au lot 5\nLe candidat justifie de son agrément.",
    ),
    "obligation": ("ccap", "Le titulaire réalise 70 heures d'insertion."),
    "criterion": ("rc", "Critère n° 2 : insertion des publics éloignés, 15 points"),
    "question": ("qr", "Question n° 4 : le lot 2 est-il concerné ?\nRéponse : oui."),
    "pledge": ("ae", "Je soussigné m'engage à réaliser 90 heures d'insertion."),
}


@pytest.mark.parametrize(("expected", "text"), TEXTS.values(), ids=TEXTS)
def test_a_text_file_is_a_notice_unless_it_opens_otherwise(expected: str, text: str) -> None:
    assert document_type(*notice(text)) == expected


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        pytest.param(
            "autre", "Objet : Consultation 26-114\nBonjour, le lot 1 comporte 90 heures d'insertion.", id="mail"
        ),
        pytest.param("qr", "Question n° 4 : le lot 2 est-il concerné ?\nRéponse : oui.", id="answer"),
    ],
)
def test_an_e_mail_is_no_notice(expected: str, text: str) -> None:
    document, passages = notice(text)
    assert document_type(replace(document, kind="eml"), passages) == expected


@pytest.mark.skipif(not SHARED.exists(), reason="the annotated documents stand in shared/, beside the repository")
def test_annotated_documents() -> None:
    wrong = []
    for gold in ("dev_documents", "dev_composed"):
        for line in (SHARED / "gold" / f"{gold}.jsonl").open(encoding="utf-8"):
            row = json.loads(line)
            document = read_file(SHARED / row["file"])
            if document_type(document, split_passages(document)) != row["doc_type"]:
                wrong.append(row["id"])
    assert len(wrong) <= 1, wrong
