"""Bodies that follow the clause: their general mailbox and switchboard are kept, a natural person never is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_documents import made, notice

from extractors.contacts import find_contacts
from extractors.pipeline import extract_document
from extractors.schema import Contact, Evidence

Found = tuple[str | None, str | None, str | None]


def contacts(*texts: str) -> tuple[Contact, ...]:
    passages = [passage for text in texts for passage in notice(text)[1]]
    return find_contacts(passages, lambda p, start, end: Evidence(page=p.page, quote=p.text[start:end]))


def found(*texts: str) -> list[Found]:
    """(organisation, e-mail, phone) of each contact."""
    return [(c.organisation, c.email, c.phone) for c in contacts(*texts)]


BODIES: dict[str, tuple[str, list[Found]]] = {
    "everything": (
        "Le facilitateur de la clause d'insertion est la Maison de l'Emploi du Bassin Minier, "
        "clauses@mde-bassin.example, tél. 03 21 00 11 22.",
        [("Maison de l'Emploi du Bassin Minier", "clauses@mde-bassin.example", "03 21 00 11 22")],
    ),
    "organisation-alone": (
        "Le facilitateur désigné est le PLIE du Pays de Rance.",
        [("PLIE du Pays de Rance", None, None)],
    ),
    "capitals-at-the-end": ("Le facilitateur est la Mission Locale LYON.", [("Mission Locale LYON", None, None)]),
    "kind-at-the-end": (
        "Le facilitateur de la clause est Bocage Insertion Relais, tél. 02 61 91 74 02.",
        [("Bocage Insertion Relais", None, "02 61 91 74 02")],
    ),
    "coordinated-by": (
        "L'acheteur a mis en place une procédure d'accompagnement coordonnée par l'EPEC pour la démarche d'insertion.",
        [("EPEC", None, None)],
    ),
    "typographic-apostrophe": (
        "Le facilitateur de la clause sociale est l’association Émergence.",
        [("Émergence", None, None)],
    ),
    "mailbox-alone": ("Suivi de l'insertion : insertion@dept.example", [(None, "insertion@dept.example", None)]),
    "phone-with-dots": (
        "Guichet de la clause sociale d'insertion : 04.75.00.11.22",
        [(None, None, "04 75 00 11 22")],
    ),
    "phone-glued": ("Guichet de la clause sociale d'insertion : 0475001122", [(None, None, "04 75 00 11 22")]),
    "two-mailboxes": (
        "Accompagnement du titulaire : jean.martin@plie.example ou contact@plie.example",
        [(None, "contact@plie.example", None)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BODIES.values(), ids=BODIES)
def test_bodies_are_kept(text: str, expected: list[Found]) -> None:
    assert found(text) == expected


KINDS = (
    "Maison de l'emploi de Rance",
    "MDE de Rance",
    "MDEF du Blaisois",
    "PLIE de Rance",
    "Plan local de Rance",
    "Mission locale de Rance",
    "Mission de Développement de Rance",
    "Agence de Rance",
    "Association Rebond",
    "GIP Rance Avenir",
    "Cellule Achats de Rance",
    "Ensemble Paris Emploi Compétences",
    "Communauté urbaine de Rance",
    "Métropole de Rance",
    "Département de Rance",
    "Conseil départemental de Rance",
    "Ville de Rance",
    "Relais Chantiers",
    "CREPI Bretagne",
    "EPEC",
    "Cap emploi de Rance",
)


@pytest.mark.parametrize("body", KINDS)
def test_a_body_is_known_by_its_kind(body: str) -> None:
    assert found(f"La clause est suivie au 02 99 00 00 00 ({body}).") == [(body, None, "02 99 00 00 00")]


SILENT = {
    "no-clause": "Renseignements techniques : Maison de l'Emploi, contact@ville.example, 02 40 00 11 22",
    "no-contact": "Le titulaire réserve 300 heures d'insertion à des personnes éloignées de l'emploi.",
    "facilitator-not-named": "Un facilitateur accompagne le titulaire dans la mise en œuvre de la clause sociale.",
    "person-and-address": "Facilitatrice : Mme Jeanne DUPONT, jeanne.dupont@plie.example, 06 12 34 56 78",
    "initial-and-name": "Suivi de la clause d'insertion : j.durand@plie.example",
    "a-number-of-the-bank": "Suivi de l'insertion : SIRET 210 800 000 00011",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_nothing_is_made_up(text: str) -> None:
    assert found(text) == []


def test_the_phone_of_a_named_person_goes_with_the_address() -> None:
    text = "Facilitateur : Maison de l'Emploi d'Arles, paul.henry@mde.example, 06 12 34 56 78"
    assert found(text) == [("Maison de l'Emploi d'Arles", None, None)]


def test_the_proof_is_the_words_kept_not_the_person_beside_them() -> None:
    (contact,) = contacts("Suivi de la clause : PLIE Rance, Jeanne Dupont, clauses@plie.example, 02 99 00 00 00")
    assert [proof.quote for proof in contact.evidence] == ["PLIE Rance", "clauses@plie.example", "02 99 00 00 00"]


def test_all_of_the_lots_is_no_body() -> None:
    assert found("La clause est suivie au 02 99 00 00 00. Ensemble des lots.") == [(None, None, "02 99 00 00 00")]


def test_a_body_named_twice_is_one_contact_with_its_first_proof() -> None:
    text = "Le facilitateur de la clause est le PLIE Rance, clauses@plie.example."
    (contact,) = contacts(text, "Le facilitateur est le PLIE Rance.")
    assert contact.role == "facilitator"
    assert [proof.quote for proof in contact.evidence] == ["PLIE Rance", "clauses@plie.example"]


PERSONS: dict[str, tuple[str, str | None]] = {
    "mme": ("Facilitatrice de la clause sociale : Mme Jeanne DUPONT, {mail}, 06 12 34 56 78", None),
    "m": ("Le facilitateur est M. DUPONT Jeanne, {mail}", None),
    "madame": ("Suivi de l'insertion assuré par Madame Jeanne Dupont ({mail})", None),
    "no-title": ("Facilitatrice de la clause sociale : Jeanne Dupont, {mail}", None),
    "capitals": ("Contact : Jeanne DUPONT, accompagnement des clauses sociales, {mail}", None),
    "after-body": (
        "Facilitateur : Maison de l'Emploi du Bassin d'Orléans M. DUPONT Jeanne {mail}",
        "Maison de l'Emploi du Bassin d'Orléans",
    ),
    "glued-to-body": (
        "Facilitateur : Maison de l'Emploi du Bassin d'OrléansM. DUPONT Jeanne {mail}",
        "Maison de l'Emploi du Bassin d'Orléans",
    ),
    "glued-mme": ("Facilitateur : PLIE du Bassin d'OrléansMme Jeanne Dupont {mail}", "PLIE du Bassin d'Orléans"),
    "run-into-body": ("Facilitateur : la Maison de l'Emploi Jeanne DUPONT, {mail}", "Maison de l'Emploi"),
    "compound-run-into-body": (
        "Le facilitateur de la clause est le PLIE de Rance Jeanne-Marie DUPONT-MARTIN {mail}",
        "PLIE de Rance",
    ),
    "body-before-hyphen": ("Suivi de l'insertion : PLIE de Rance - Jeanne Dupont - {mail}", None),
    "contacter": ("Pour la clause d'insertion, contacter Jeanne Dupont au PLIE de Rance, {mail}", None),
    "aupres-de": ("Les justificatifs d'insertion sont remis auprès de Jeanne Dupont, facilitatrice, {mail}", None),
}
"""What is written, and the body that is kept of it: it is named by the words of the clause, or by an address."""
MAILBOXES = (
    "jeanne.dupont@plie.example",
    "jdupont@plie.example",
    "jdupont@insertion.example",
    "mdupont@mde.example",
    "mdedupont@mde.example",
    "csdupont@plie.example",
    "infantedupont@plie.example",
    "dupont-clauses@plie.example",
)


@pytest.mark.parametrize(("text", "body"), PERSONS.values(), ids=PERSONS)
def test_no_name_of_a_person_is_ever_kept(text: str, body: str | None) -> None:
    assert found(text.format(mail=MAILBOXES[0])) == ([(body, None, None)] if body else [])


@pytest.mark.parametrize("mail", MAILBOXES)
def test_no_mailbox_of_a_person_is_ever_kept(mail: str) -> None:
    assert found(f"Facilitateur : PLIE du Bassin d'Orléans, {mail}, 06 12 34 56 78") == [
        ("PLIE du Bassin d'Orléans", None, None)
    ]


GENERIC = ("clauses.sociales", "facilitateur", "contact", "insertion", "emploi-insertion", "accueil", "mission.sociale",
           "plie", "mlds.clause-formation", "marches", "secretariat", "service-achats", "guichet.clauses")  # fmt: skip


@pytest.mark.parametrize("local", GENERIC)
def test_general_mailboxes_are_kept(local: str) -> None:
    assert found(f"Suivi de la clause sociale : {local}@plie.example") == [(None, f"{local}@plie.example", None)]


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@given(
    first=st.text(LETTERS, min_size=3, max_size=9),
    last=st.text(LETTERS, min_size=3, max_size=12),
    dot=st.sampled_from("._-"),
)
def test_a_first_name_and_a_name_make_no_general_mailbox(first: str, last: str, dot: str) -> None:
    general = ("clause", "insertion", "contact", "facilitat", "emploi", "accueil", "info", "plie", "mission", "social",
               "sociau", "mlds", "mde",
               "secretariat", "marche", "achat", "siae", "service", "pole", "guichet", "direction",
               "public", "formation", "accompagnement",
               "commande", "mairie")  # fmt: skip
    if not any(last.startswith(word) for word in general):
        assert found(f"Suivi de la clause sociale : {first}{dot}{last}@plie.example") == []


def test_an_address_stops_where_the_next_word_is_glued() -> None:
    """Notices run their lines together: « …@mde.example » and « Conditions » are two words."""
    text = "Facilitateur de la clause : clauses@mde-orleans.frConditions de participation"
    assert found(text) in ([(None, "clauses@mde-orleans.fr", None)], [])


# ---------------------------------------------------------------- where a document says it

BODY = "Le suivi est assuré par le PLIE Rance, clauses@plie.example, au 02 61 91 74 02."


def of_document(text: str) -> list[Found]:
    document, _ = made(text)
    extraction = extract_document(replace(document, layout="text"))
    return [(c.organisation, c.email, c.phone) for c in extraction.contacts]


def test_the_facilitator_may_have_an_article_of_its_own() -> None:
    clause = "#6.1 Heures\n\nLe titulaire réserve 300 heures de travail à l'insertion de publics en difficulté."
    other = "\n\n".join(f"Le titulaire remet à l'acheteur le document numéro {n} du marché." for n in range(20))
    text = f"{clause}\n\n#6.2 Documents à remettre\n\n{other}\n\n#6.3 Coordonnées du facilitateur\n\n{BODY}"
    assert of_document(text) == [("PLIE Rance", "clauses@plie.example", "02 61 91 74 02")]


def test_without_a_clause_nobody_follows_it() -> None:
    assert of_document(f"#6.3 Coordonnées du facilitateur\n\n{BODY}") == []


def test_a_switchboard_of_another_article_is_no_contact() -> None:
    clause = "#6.1 Clause sociale\n\nLe titulaire réserve 300 heures de travail à l'insertion de publics en difficulté."
    assert (
        of_document(f"{clause}\n\n#9 Litiges\n\nLe greffe du tribunal répond au 02 99 00 11 22, accueil@juge.example.")
        == []
    )
