"""Names of natural persons are told from those of places and bodies, and never kept in a quote or as a buyer."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.persons import names_person, without_names
from extractors.pipeline import extract

TEXTS = {
    "title": ("Contact : Mme Jeanne Dupont, 02 61 00 11 22", "Contact : [nom], 02 61 00 11 22"),
    "title glued": ("auprès de M. Martin pour le suivi", "auprès de [nom] pour le suivi"),
    "title of an office": ("Monsieur le Maire signe le marché.", "Monsieur le Maire signe le marché."),
    "initial": ("Contact : Mme A. Essai, Rance", "Contact : [nom], Rance"),
    "title in capitals": ("MME DUPONT JEANNE", "[nom]"),
    "office in capitals": ("MONSIEUR LE MAIRE DE RANCE", "MONSIEUR LE MAIRE DE RANCE"),
    "glued before": ("PLIE du Bassin d'OrléansM. DUPONT", "PLIE du Bassin d'Orléans[nom]"),
    "glued after": ("suivi par M.Dupont", "suivi par [nom]"),
    "letters of a body": ("S.E.M. Ville Nouvelle et M.J.C. Rance", "S.E.M. Ville Nouvelle et M.J.C. Rance"),
    "surname in capitals": ("Clément COQUERY, chargé de projets", "[nom], chargé de projets"),
    "surname first": ("Suivi : DUPONT Jean", "Suivi : [nom]"),
    "compound first name": ("Anne-Marie LEGRAND assure le suivi", "[nom] assure le suivi"),
    "to be called": ("Facilitatrice : Nadia Benali", "Facilitatrice : [nom]"),
    "nobody to call": (
        "Selon la méthode Thomas Edison, le titulaire réserve",
        "Selon la méthode Thomas Edison, le titulaire réserve",
    ),
    "school": ("Extension du collège Jean MOULIN", "Extension du collège Jean MOULIN"),
    "hospital": ("Acheteur : EPS Paul Guiraud", "Acheteur : EPS Paul Guiraud"),
    "street": ("12 rue Pierre SEMARD, facilitateur : PLIE", "12 rue Pierre SEMARD, facilitateur : PLIE"),
    "body": ("La Maison de l'Emploi du Bassin Minier", "La Maison de l'Emploi du Bassin Minier"),
    "personal address": ("écrire à jean.dupont@plie.example", "écrire à [adresse]"),
    "compound name's address": ("écrire à marie-jeanne.petit@plie.example", "écrire à [adresse]"),
    "initial's address": ("écrire à jdupont@plie.example", "écrire à [adresse]"),
    "address run into a word": ("jdupont@plie.exampleConditions", "[adresse]Conditions"),
    "general address": ("écrire à clauses.insertion@plie.example", "écrire à clauses.insertion@plie.example"),
    "two persons": ("Mme Dupont et M. Durand", "[nom] et [nom]"),
    "no name": ("le titulaire réserve 300 heures à l'insertion", "le titulaire réserve 300 heures à l'insertion"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_names_are_hidden(case: str) -> None:
    text, expected = TEXTS[case]
    assert without_names(text) == expected


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("DUPONT Jean", True),
        ("Jean Dupont", True),
        ("VILLE DE PARIS", False),
        ("Paris Habitat", False),
        ("Jean", False),
    ],
)
def test_a_person_is_told_from_a_body(text: str, person: bool) -> None:
    assert names_person(text) is person


def test_nothing_that_is_stored_names_anybody(tmp_path: Path) -> None:
    path = tmp_path / "avis.txt"
    path.write_text(
        "Acheteur : DUPONT Jean\nObjet : entretien des espaces verts\n\n"
        "Le titulaire réserve 300 heures d'insertion, validées par Mme Claire Martin, facilitatrice, "
        "claire.martin@plie.example.\n",
        "utf-8",
    )
    extraction = extract(path)
    assert extraction.tender.buyer is None
    assert [volume.value for volume in extraction.volumes] == [300]
    (quote,) = {evidence.quote for clause in extraction.clauses for evidence in clause.evidence}
    assert quote == "Le titulaire réserve 300 heures d'insertion, validées par [nom], facilitatrice, [adresse]."
