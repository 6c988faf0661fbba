"""BOAMP notices of the flat shape: XML files of 2015 to 2023 (`ANNONCE`), and the same data in JSON."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.departements import departements, from_nuts, from_postal
from extractors.notices import wording
from extractors.notices.build import IDWEB, boamp_kind, links, lot_numbers, reserved, ted_number
from extractors.notices.records import Declared, Kind, Link, Notice, NoticeLot, Reference, Relation
from extractors.notices.tree import Node
from extractors.notices.values import amount, cpv, day, moment, siret, unique

_PROCEDURES = {
    "OUVERT": "ouverte",
    "RESTREINT": "restreinte",
    "NEGOCIE": "negociee",
    "PROCEDURE_ADAPTE": "adaptee",
    "DIALOGUE_COMPETITIF": "dialogue",
    "PARTENARIAT_INNOVATION": "innovation",
}
_TOTALS = ("CARACTERISTIQUES/VALEUR_TOTALE", "CARACTERISTIQUES/VALEUR")


def read(management: Node, data: Node) -> Notice:
    """The notice of its two parts, `GESTION` (how it was published) and `DONNEES` (what it says)."""
    index = management.first("INDEXATION") or Node("")
    identity = data.first("IDENTITE") or Node("")
    subject = data.first("OBJET") or Node("")
    kind = _kind(management)
    lots = _lots(subject)
    buyer = identity.value("DENOMINATION")
    parts = (subject, *subject.at("LOTS/LOT"))
    return Notice(
        journal="boamp",
        notice_id=(management.value("REFERENCE/IDWEB") or "").strip(),
        kind=kind,
        references=_references(management, data, kind),
        buyer=buyer,
        siret=siret(identity.value("CODE_IDENT_NATIONAL")),
        buyer_reference=subject.value("REF_MARCHE") or data.value("CONDITION_ADMINISTRATIVE/REFERENCE_MARCHE"),
        object=subject.value("TITRE_MARCHE") or index.value("RESUME_OBJET") or subject.value("OBJET_COMPLET"),
        published=day(index.value("DATE_PUBLICATION")),
        deadline=moment(
            index.value("DATE_LIMITE_REPONSE")
            or data.value("CONDITION_DELAI/RECEPT_OFFRES", "CONDITION_DELAI/RECEPT_CANDIDATURES")
        ),
        departements=unique((*_performed(index, parts), *departements(index.values("DEP_PUBLICATION"))))
        or from_postal(identity.value("CP") or ""),
        cpv=cpv(code for part in parts for code in (*part.values("CPV/PRINCIPAL"), *part.values("CPV/SUPPLEMENTAIRE"))),
        lots=lots,
        procedure=_procedure(data),
        estimated_eur=_euros(subject, *_TOTALS, *(() if lots else ("LOTS/LOT/VALEUR",))),
        links=_links(management, identity, data),
        declared=(*declared_index(index), *reserved(data), *_conditions(data)),
        text=wording.compose(kind, (*wording.field("Acheteur", buyer), *wording.described(data))),
    )


def declared_index(index: Node) -> Iterator[Declared]:
    """What the journal indexed as « critères sociaux »."""
    if index.has("CRITERES_SOCIAUX_ENV/SOCIAUX"):
        yield Declared(field="CRITERES_SOCIAUX_ENV", value="SOCIAUX", meaning="sociale")


def references_in(tree: Node, relation: Relation) -> Iterator[Reference]:
    """The earlier notices that a tree names: `REFERENCE/IDWEB`, and the number in the European journal.

    Dates there look like numbers of notices: nothing else is read.
    """
    for earlier in tree.walk("REFERENCE"):
        for idweb in earlier.values("IDWEB"):
            if IDWEB.fullmatch(idweb.strip()):
                yield Reference(journal="boamp", id=idweb.strip(), relation=relation)
    for published in tree.walk("PUBLICATION_JOUE"):
        number = ted_number(f"{published.value('NUM_ANNONCE')}-{published.value('ANNEE')}")
        if number:
            yield Reference(journal="ted", id=number, relation=relation)


def _kind(management: Node) -> Kind:
    stated = management.first("REFERENCE/TYPE_AVIS") or Node("")
    nature = next((node.tag for part in stated.at("NATURE") for node in part.children), "")
    state = next((node.tag for part in stated.at("STATUT") for node in part.children), "")
    return boamp_kind(nature, state)


def _references(management: Node, data: Node, kind: Kind) -> tuple[Reference, ...]:
    relation: Relation = "corrects" if kind in ("rectification", "cancellation") else "follows"
    trees = (*management.at("MARCHE"), *data.at("PUBLICATION_ANTERIEURE"))
    return tuple(dict.fromkeys(found for tree in trees for found in references_in(tree, relation)))


def _performed(index: Node, parts: tuple[Node, ...]) -> tuple[str, ...]:
    stated = departements(index.values("DEP_PRESTATION"))
    nuts = [code for part in parts for path in ("CODE_NUTS", "LIEU_EXEC_LIVR/CODE_NUTS") for code in part.values(path)]
    return stated or unique(found for code in nuts for found in from_nuts(code))


def _lots(subject: Node) -> tuple[NoticeLot, ...]:
    """The lots; a contract that is not divided gives one `LOT` without number, which is none."""
    lots = subject.at("LOTS/LOT")
    if len(lots) < 2 and (subject.has("DIV_EN_LOTS/NON") or not any(lot.value("NUM") for lot in lots)):
        return ()
    numbers = lot_numbers([lot.value("NUM") or str(place) for place, lot in enumerate(lots, 1)])
    return tuple(
        NoticeLot(
            number=number,
            title=lot.value("INTITULE", "DESCRIPTION"),
            cpv=cpv((*lot.values("CPV/PRINCIPAL"), *lot.values("CPV/SUPPLEMENTAIRE"))),
            estimated_eur=_euros(lot, "VALEUR"),
        )
        for number, lot in zip(numbers, lots, strict=True)
    )


def _procedure(data: Node) -> str | None:
    tags = [node.tag for stated in data.at("PROCEDURE/TYPE_PROCEDURE") for node in stated.children]
    return _PROCEDURES.get(tags[0], "autre") if tags else None


def _euros(part: Node, *paths: str) -> float | None:
    found = (node for path in paths for node in part.at(path) if node.get("DEVISE") in ("EUR", ""))
    return next((amount(node.text) for node in found), None)


def _links(management: Node, identity: Node, data: Node) -> tuple[Link, ...]:
    documents = [
        address.value("URL")
        for address in data.at("RENSEIGNEMENTS_COMPLEMENTAIRES/ADRESSES_COMPLEMENTAIRES/ADRESSE")
        if address.has("TYPE/DOCUMENTS")
    ]
    return links(
        [
            *(("documents", url) for url in (*identity.values("URL_DOCUMENT"), *documents)),
            *(("documents", url) for url in management.values("MARCHE/URL_CONSULTATION")),
            *(("submission", url) for url in identity.values("URL_PARTICIPATION")),
            *(("profile", url) for url in identity.values("URL_PROFIL_ACHETEUR")),
        ]
    )


def _conditions(data: Node) -> Iterator[Declared]:
    for text in data.values("CONDITION_PARTICIPATION/CONDITION_PARTICULIERE_EXECUTION"):
        words = wording.anonymous(text)
        yield Declared(field="CONDITION_PARTICULIERE_EXECUTION", value="", meaning="inconnu", text=words)
