"""A record of the BOAMP dataset: what the portal indexes, around `donnees` in one of its five shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from extractors.departements import departements
from extractors.notices import boamp_flat, boamp_simple, eforms, wording
from extractors.notices.build import IDWEB, boamp_kind, links
from extractors.notices.records import Declared, Kind, Notice, NoticeError, Reference, Relation
from extractors.notices.tree import Node, from_json, parse_json
from extractors.notices.values import day, moment, unique

_PROCEDURES = {
    "OUVERT": "ouverte",
    "RESTREINT": "restreinte",
    "NEGOCIE": "negociee",
    "PROCEDURE_ADAPTE": "adaptee",
    "DIALOGUE_COMPETITIF": "dialogue",
}


def read_record(record: object) -> Notice:
    """The notice of one record as decoded from the JSON of the API.

    The record wins for numbers, dates and buyer; `donnees` for lots, values, links and words.

    Raises:
        NoticeError: without number, or `donnees` cannot be read.
    """
    tree = from_json("record", record)
    idweb = (tree.value("idweb") or (tree.value("id") or "").replace("_", "-")).strip()
    if not idweb:
        raise NoticeError("Enregistrement BOAMP sans « idweb » : ignorez-le, ou demandez-le de nouveau.")
    management = _inner(tree, "gestion")
    said = _said(_inner(tree, "donnees"), management)
    kind = _kind(tree, said.kind)
    return replace(
        said,
        journal="boamp",
        notice_id=idweb,
        kind=kind,
        contract_folder_id=tree.value("contractfolderid") or said.contract_folder_id,
        references=unique_references((*_references(tree, management, kind, idweb), *said.references)),
        buyer=tree.value("nomacheteur") or said.buyer,
        object=tree.value("objet") or said.object,
        published=day(tree.value("dateparution")) or said.published,
        deadline=moment(tree.value("datelimitereponse")) or said.deadline,
        departements=unique((*_departements(tree), *said.departements)),
        procedure=_PROCEDURES.get(tree.value("type_procedure") or "") or said.procedure,
        links=links(
            [*((link.kind, link.url) for link in said.links), *(("notice", url) for url in tree.values("url_avis"))]
        ),
        declared=_declared(tree, management, said),
        text=_titled(said.text, said.kind, kind) or wording.compose(kind, wording.field("Objet", tree.value("objet"))),
    )


def unique_references(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Each notice once, as it is first named."""
    return tuple({(r.journal, r.id): r for r in reversed(references)}.values())[::-1]


def _inner(tree: Node, name: str) -> Node:
    """A field that holds JSON as text, or the JSON itself."""
    field = tree.first(name)
    if field is None or not field.text:
        return field or Node(name)
    return parse_json(name, field.text)


def _said(data: Node, management: Node) -> Notice:
    """What `donnees` says, by its shape."""
    if (root := data.first("EFORMS")) is not None:
        inner = next((node for node in root.children if node.tag in eforms.ROOTS), None)
        if inner is None:
            raise NoticeError("« EFORMS » sans avis connu dans « donnees » : demandez l'avis de nouveau.")
        return eforms.read(inner)
    for child in data.children:
        if child.tag in boamp_simple.ROOTS:
            return boamp_simple.read(child)
    return boamp_flat.read(management, data)


def _kind(tree: Node, said: Kind) -> Kind:
    kind = boamp_kind(tree.value("nature") or "", tree.value("etat") or "")
    return said if kind == "other" else kind


def _departements(tree: Node) -> tuple[str, ...]:
    fields = ("code_departement_prestation", "code_departement")
    return unique(found for field in fields for found in departements(tree.values(field)))


def _references(tree: Node, management: Node, kind: Kind, idweb: str) -> Iterator[Reference]:
    relation: Relation = "corrects" if kind in ("rectification", "cancellation") else "follows"
    yield from boamp_flat.references_in(_inner(tree, "annonces_anterieures"), relation)
    for part in management.at("MARCHE"):
        yield from boamp_flat.references_in(part, relation)
    for linked in tree.values("annonce_lie"):
        if IDWEB.fullmatch(linked.strip()) and linked.strip() != idweb:
            yield Reference(journal="boamp", id=linked.strip(), relation=relation)


def _declared(tree: Node, management: Node, said: Notice) -> tuple[Declared, ...]:
    """`criteres` and what the journal indexed are one and the same flag: it is told once."""
    flags = [word for text in tree.values("criteres") for word in text.lower().replace(",", " ").split()]
    index = management.first("INDEXATION") or Node("")
    own = [found for found in said.declared if found.field != "CRITERES_SOCIAUX_ENV"]
    if "sociaux" in flags:
        return (Declared(field="criteres", value="sociaux", meaning="sociale"), *own)
    return (*boamp_flat.declared_index(index), *own)


def _titled(text: str, said: Kind, kind: Kind) -> str:
    """The text under the title of the kind that the journal gives."""
    return text if said == kind else text.replace(wording.TITLES[said], wording.TITLES[kind], 1)
