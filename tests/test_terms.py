"""Publics, modalities and reporting: what a sentence names, and where in a document it counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractors.codes import codes_of
from extractors.errors import RuleError
from extractors.pipeline import extract
from extractors.schema import Term
from extractors.terms import load_terms, read_terms
from extractors.text import normalise, sentences

# ---------------------------------------------------------------- one sentence

SENTENCES: dict[str, tuple[str, set[str]]] = {
    "very-long-term": ("les demandeuses et demandeurs d’emploi de très longue durée", {"deld"}),
    "two-years-out-of-work": ("Personnes inscrites au chômage depuis plus de 24 mois", {"deld"}),
    "fewer-months": ("Demandeurs d'emploi inscrits depuis plus de 3 mois", set()),
    "over-45": ("demandeurs d'emploi de plus de 45 ans", {"senior"}),
    "senior-consultant": ("Un ingénieur senior anime l'action d'insertion.", set()),
    "rsa-and-rights-holders": ("Allocataires du revenu de solidarité active et leurs ayants droit", {"rsa"}),
    "several-benefits": ("Titulaires de l'ASS, de l'AAH ou du RSA", {"minima_sociaux", "rsa"}),
    "disabled": ("toute personne en situation de handicap inscrite à Cap emploi", {"travailleur_handicape"}),
    "disabled-declaration": ("déclaration relative à l'obligation d'emploi des travailleurs handicapés", set()),
    "house-of-the-disabled": ("orientation par la Maison départementale des personnes handicapées (MDPH)", set()),
    "youth-without-diploma": ("jeunes sortis sans diplôme du système éducatif", {"jeune"}),
    "youth-contract": ("jeunes en contrat d’engagement jeune", {"jeune"}),
    "youth-club": ("Travaux de la maison des jeunes et de la culture", set()),
    "siae-employees": ("salariés d'une entreprise d'insertion ou d'un chantier d'insertion", {"iae"}),
    "public-contract": ("Le marché public comporte une clause d'insertion par l'activité économique.", set()),
    "esat-users": ("usagers d'un ESAT, salariés d’une entreprise adaptée", {"structure_handicap"}),
    "justice": ("Personnes placées sous main de justice suivies par le SPIP", {"justice"}),
    "court-of-justice": ("La cour de justice de l'Union européenne a jugé.", set()),
    "refugees": ("bénéficiaires de la protection internationale", {"refugie"}),
    "qpv": ("jeunes résidant en QPV sans qualification", {"qpv", "jeune"}),
    "works-in-qpv": ("Le chantier se trouve dans un quartier prioritaire.", set()),
    "direct-hire": ("Le titulaire peut embaucher en contrat d’apprentissage.", {"embauche_directe"}),
    "secondment": ("par la mise à disposition de salariés d'une ETTI ou d'un GEIQ", {"mise_a_disposition"}),
    "temp-agency": ("Recours à une agence de travail temporaire d'insertion", {"mise_a_disposition"}),
    "premises": ("La mise à disposition du local est gratuite.", set()),
    "subcontracting": ("Sous-traiter tout ou partie à un atelier ou chantier d'insertion", {"sous_traitance"}),
    "subcontracting-in-general": ("La sous-traitance est soumise à l'agrément de l'acheteur.", set()),
    "joint-bid": ("co-traitance avec une régie de quartier", {"cotraitance"}),
    "monthly": ("Un tableau de bord mensuel est adressé au facilitateur.", {"month"}),
    "monthly-hours": ("Le titulaire réserve 20 heures d'insertion chaque mois.", set()),
    "quarterly": ("Le titulaire rend compte tous les trois mois des heures réalisées.", {"quarter"}),
    "half-yearly": ("Un point d'étape semestriel est fait avec le PLIE.", {"half_year"}),
    "yearly": ("Une fois par an, il remet un rapport.", {"year"}),
    "with-each-claim": ("Ces attestations accompagnent toute facture.", {"invoice"}),
    "at-the-end": ("Un état récapitulatif est remis au terme de l’accord-cadre.", {"end"}),
    "on-request": ("Les justificatifs sont transmis sur simple demande.", {"request"}),
    "green-report": ("Un bilan carbone est remis chaque année.", set()),
    "question": ("Les justificatifs sont-ils transmis chaque mois ?", set()),
}


@pytest.mark.parametrize(("text", "codes"), SENTENCES.values(), ids=SENTENCES)
def test_codes_of_a_sentence(text: str, codes: set[str]) -> None:
    assert {reading.rule.code for reading in read_terms(normalise(text).text)} == codes


DISCARDED: dict[str, tuple[str, str]] = {
    "negation-before": ("Le recours à l'intérim ne comprend aucune embauche directe.", "negation"),
    "not-eligible": ("Les allocataires du RSA ne sont pas éligibles.", "negation"),
    "without": ("sans embauche directe", "negation"),
    "quoted-law": ("L'article L. 5132-1 dispose que les travailleurs handicapés sont accompagnés.", "quoted_law"),
}


@pytest.mark.parametrize(("text", "reason"), DISCARDED.values(), ids=DISCARDED)
def test_words_that_the_context_discards(text: str, reason: str) -> None:
    (reading,) = read_terms(text)
    assert reading.rejected == reason


WORDS = [
    "RSA",
    "jeunes",
    "de",
    "16",
    "ans",
    "Mme",
    "DUPONT",
    "résidents",
    "QPV",
    "bilan",
    "annuel",
    ";",
    ",",
    "\n",
    "é",
]


@given(st.lists(st.sampled_from(WORDS)))
@example(["QPV", "Mme"])
def test_readings_are_words_of_the_sentence(words: list[str]) -> None:
    """Whatever stands before it, « RSA » is read where it is written, and no reading runs over a person."""
    text = normalise(" ".join([*words, "; les allocataires du RSA"])).text
    found = [
        text[start:end][reading.start : reading.end]
        for start, end in sentences(text)
        for reading in read_terms(text[start:end])
    ]
    assert found[-1] == "RSA"
    assert [words for words in found if words != words.strip() or "Mme" in words] == []


# ---------------------------------------------------------------- a document

CLAUSE = "ARTICLE 8 - CLAUSE SOCIALE D'INSERTION\nLe titulaire réserve 450 heures de travail à l'insertion.\n"


def terms(tmp_path: Path, text: str, name: str = "ccap.txt") -> list[Term]:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return list(extract(path).terms)


def codes(found: list[Term]) -> list[tuple[str, str]]:
    return [(term.kind, term.code) for term in found]


def test_a_clause_gives_its_terms_in_order_with_their_words(tmp_path: Path) -> None:
    text = (
        f"{CLAUSE}8.1 - Suivi\nLe titulaire transmet chaque mois à Mme Anne MARTIN les relevés d'heures.\n\n"
        "8.2 - Publics\n- les allocataires du RSA ;\n- les jeunes de moins de 26 ans, suivis par l'EPIDE ;\n\n"
        "8.3 - Modalités\nL'embauche directe ou la mise à disposition de salariés par une ETTI.\n"
    )
    found = terms(tmp_path, text)
    assert codes(found) == [
        ("public", "rsa"),
        ("public", "jeune"),
        ("modality", "embauche_directe"),
        ("modality", "mise_a_disposition"),
        ("reporting", "month"),
    ]
    quotes = [[(proof.section, proof.quote) for proof in term.evidence] for term in found]
    assert quotes[:2] == [
        [("8.2", "- les allocataires du RSA ;")],
        [("8.2", "- les jeunes de moins de 26 ans, suivis par l'EPIDE ;")],
    ]
    assert quotes[4] == [("8.1", "transmet chaque mois")]


def test_a_named_person_is_never_quoted(tmp_path: Path) -> None:
    text = f"{CLAUSE}Mme Anne MARTIN oriente les allocataires du RSA et reçoit les relevés chaque mois.\n"
    found = terms(tmp_path, text)
    assert codes(found) == [("public", "rsa"), ("reporting", "month")]
    assert [proof.quote for term in found for proof in term.evidence] == ["RSA", "relevés chaque mois"]


SPEAKING: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "under-a-sister-article": (
        "4.5 Insertion professionnelle\n4.5.1 Volume\nLe titulaire réserve 35 heures d'insertion.\n"
        "4.5.2 Public concerné\nBénéficiaires du RSA.\n4.5.6 Suivi\nUn bilan trimestriel est remis.\n",
        [("public", "rsa"), ("reporting", "quarter")],
    ),
    "same-sentence-without-title": (
        "ARTICLE 3 - EXÉCUTION\nLe titulaire confie 200 heures d'insertion à des allocataires du RSA.\n",
        [("public", "rsa")],
    ),
    "title-read-as-a-line": (
        "8 Clause d'insertion\nLe titulaire réserve 200 heures d'insertion.\n"
        "8.1 Publics\nLes allocataires du RSA.\n8.2 Suivi\nUn point d'étape a lieu une fois par trimestre.\n",
        [("public", "rsa"), ("reporting", "quarter")],
    ),
    "report-that-follows": (
        "ARTICLE 3 - EXÉCUTION\nLe titulaire réserve 200 heures d'insertion. Il en rend compte chaque semestre.\n",
        [("reporting", "half_year")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SPEAKING.values(), ids=SPEAKING)
def test_places_where_the_clause_speaks(tmp_path: Path, text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(terms(tmp_path, text)) == expected


SILENT: dict[str, str] = {
    "no-clause": "ARTICLE 2 - PUBLICS\nLe service accueille les allocataires du RSA et remet un bilan annuel.\n",
    "stated-absence": "ARTICLE 8 - CLAUSE SOCIALE\nSans objet.\nARTICLE 9\nAccueil des bénéficiaires du RSA.\n",
    "criterion-only": (
        "ARTICLE 6 - JUGEMENT DES OFFRES\nPerformance en matière d'insertion professionnelle : 10 %. "
        "Le candidat décrit l'embauche directe des allocataires du RSA.\n"
    ),
    "reservation-only": (
        "ARTICLE 1 - OBJET\nLe lot 2 est réservé aux entreprises adaptées et aux ESAT, au sens de l'article "
        "L. 2113-12 : les salariés des entreprises adaptées et les usagers des ESAT réalisent la prestation.\n"
    ),
    "report-of-the-works": (
        f"{CLAUSE}ARTICLE 9 - EXÉCUTION DES TRAVAUX\nLe titulaire remet un rapport mensuel d'avancement.\n"
    ),
    "report-of-the-environment": f"{CLAUSE}Un bilan annuel des déchets du chantier est remis.\n",
    "candidature": f"{CLAUSE}ARTICLE 5 - CANDIDATURE\nLe candidat indique s'il emploie des allocataires du RSA.\n",
    "not-eligible": f"{CLAUSE}Les allocataires du RSA ne sont pas éligibles.\n",
    "question": f"{CLAUSE}Les allocataires du RSA sont-ils éligibles ?\n",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_places_where_nothing_binds(tmp_path: Path, text: str) -> None:
    assert terms(tmp_path, text) == []


def test_a_form_of_the_candidate_says_nothing(tmp_path: Path) -> None:
    title = "DC1 - LETTRE DE CANDIDATURE\nFORMULAIRE DC1 - Désignation du mandataire par ses cotraitants\n"
    assert terms(tmp_path, f"{title}{CLAUSE}Les allocataires du RSA.\n", name="DC1.txt") == []


# ---------------------------------------------------------------- files

RULE = """
name = "essai"
kind = "public"
code = "rsa"
doc = "Essai."
sources = ["essai"]
confidence = 0.9
patterns = ["rsa"]
[[examples]]
text = "le <ent>RSA</ent>"
[[examples]]
text = "rien"
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param('kind = "public"', 'kind = "personne"', "« kind » vaut « personne »", id="kind"),
        pytest.param('code = "rsa"', 'code = "rmi"', "code « rmi » inconnu ; voir public", id="code"),
        pytest.param('["rsa"]', '["@rien"]', "liste « @rien » inconnue", id="pattern"),
        pytest.param('"rien"', '"le <ent>RSA</ent>"', "il faut un exemple", id="no-counterexample"),
    ],
)
def test_a_wrong_rule_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "essai.toml").write_text(RULE.replace(old, new), "utf-8")
    with pytest.raises(RuleError, match=message):
        load_terms(tmp_path)


def test_every_code_has_its_rule_and_one_only() -> None:
    written = [(rule.kind, rule.code) for rule in load_terms()]
    assert sorted(written) == sorted((kind, code) for kind in codes_of("term_kind") for code in codes_of(kind))
