"""Notices of the European journal from 2014 to 2023, in the schema R2.0.9."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.departements import from_nuts
from extractors.notices import wording
from extractors.notices.build import links, lot_numbers, places, ted_number, ted_page, ted_reference
from extractors.notices.records import Declared, Kind, Link, Notice, NoticeError, NoticeLot, Reference, Relation
from extractors.notices.tree import Node
from extractors.notices.values import amount, cpv, day, moment, siret, unique

_KINDS: dict[str, Kind] = {
    "0": "planning",
    "1": "rectification",
    "2": "rectification",
    "3": "call",
    "7": "award",
    "D": "call",
    "H": "call",
    "I": "call",
    "J": "award",
    "K": "modification",
    "O": "call",
    "R": "award",
    "V": "award",
    "Y": "call",
}
"""By code of TD_DOCUMENT_TYPE, where the form does not say more."""
_TYPES: dict[str, Kind] = {
    "PRI_ONLY": "planning",
    "PRI_REDUCING_TIME_LIMITS": "planning",
    "PRI_CALL_COMPETITION": "call",
    "PER_ONLY": "planning",
    "PER_REDUCING_TIME_LIMITS": "planning",
    "PER_CALL_COMPETITION": "call",
    "QSU_ONLY": "planning",
    "QSU_CALL_COMPETITION": "call",
    "CONTRACT": "call",
    "AWARD_CONTRACT": "award",
    "CONCESSION_AWARD_CONTRACT": "award",
}
_PROCEDURES = {
    "PT_OPEN": "ouverte",
    "PT_RESTRICTED": "restreinte",
    "PT_COMPETITIVE_NEGOTIATION": "negociee",
    "PT_NEGOTIATED_WITH_PRIOR_CALL": "negociee",
    "PT_INVOLVING_NEGOTIATION": "negociee",
    "PT_COMPETITIVE_DIALOGUE": "dialogue",
    "PT_INNOVATION_PARTNERSHIP": "innovation",
    "PT_AWARD_CONTRACT_WITHOUT_CALL": "sans_publicite",
    "PT_AWARD_CONTRACT_WITHOUT_PUBLICATION": "sans_publicite",
    "PT_AWARD_CONTRACT_WITH_PRIOR_PUBLICATION": "autre",
    "PT_COMPETITIVE_TENDERING": "autre",
}
_RESERVED = ("RESTRICTED_SHELTERED_WORKSHOP", "RESTRICTED_SHELTERED_PROGRAM", "RESERVED_ORGANISATIONS_SERVICE_MISSION")


def read(root: Node) -> Notice:
    """The notice of a TED_EXPORT tree, in the words of the original form.

    Raises:
        NoticeError: the root is another, or there is no form.
    """
    forms = root.first("FORM_SECTION")
    if root.tag != "TED_EXPORT" or forms is None or not forms.children:
        raise NoticeError(f"Racine « {root.tag} » sans formulaire TED R2.0.9 : vérifiez le format de l'avis.")
    form = next((f for f in forms.children if f.get("CATEGORY") == "ORIGINAL"), forms.children[0])
    coded = root.first("CODED_DATA_SECTION") or Node("")
    body = form.first("CONTRACTING_BODY/ADDRESS_CONTRACTING_BODY") or Node("")
    contract = form.first("OBJECT_CONTRACT") or Node("")
    parts = contract.at("OBJECT_DESCR")
    lots = _lots(parts) if len(parts) > 1 or contract.has("LOT_DIVISION") else ()
    estimated = _euros(contract, "VAL_ESTIMATED_TOTAL")
    number = ted_number(root.get("DOC_ID"))
    kind = _kind(form, coded)
    buyer = body.value("OFFICIALNAME")
    return Notice(
        journal="ted",
        notice_id=number or root.get("DOC_ID"),
        kind=kind,
        references=_references(form, coded, kind),
        buyer=buyer,
        siret=siret(body.value("NATIONALID")),
        buyer_reference=contract.value("REFERENCE_NUMBER"),
        object=contract.value("TITLE/P"),
        published=day(coded.value("REF_OJS/DATE_PUB")),
        deadline=moment(form.value("PROCEDURE/DATE_RECEIPT_TENDERS"), form.value("PROCEDURE/TIME_RECEIPT_TENDERS")),
        departements=_departements(parts, coded, body),
        cpv=unique(code for part in (contract, *parts) for code in _cpv(part)),
        lots=lots,
        procedure=_procedure(form),
        estimated_eur=estimated if estimated or lots or not parts else _euros(parts[0], "VAL_OBJECT"),
        links=_links(form, body, number),
        declared=tuple(_declared(form)),
        text=wording.compose(kind, (*wording.field("Acheteur", buyer), *wording.described(form))),
    )


def _kind(form: Node, coded: Node) -> Kind:
    stated = form.first("NOTICE")
    by_type = _TYPES.get(stated.get("TYPE")) if stated else None
    document = coded.first("CODIF_DATA/TD_DOCUMENT_TYPE")
    return by_type or (_KINDS.get(document.get("CODE"), "other") if document else "other")


def _references(form: Node, coded: Node, kind: Kind) -> tuple[Reference, ...]:
    numbers = (
        *form.values("PROCEDURE/NOTICE_NUMBER_OJ"),
        *form.values("COMPLEMENTARY_INFO/NOTICE_NUMBER_OJ"),
        *coded.values("NOTICE_DATA/REF_NOTICE/NO_DOC_OJS"),
    )
    relation: Relation = "corrects" if kind == "rectification" else "follows"
    return tuple(dict.fromkeys(r for number in numbers for r in ted_reference(number, relation)))


def _departements(parts: tuple[Node, ...], coded: Node, body: Node) -> tuple[str, ...]:
    performance = [node.get("CODE") for part in parts for node in part.at("NUTS")]
    performance = performance or [node.get("CODE") for node in coded.at("NOTICE_DATA/PERFORMANCE_NUTS")]
    found = unique(d for code in performance for d in from_nuts(code))
    return found or places((body,), nuts="NUTS", postal="POSTAL_CODE", country="COUNTRY", code="CODE")


def _cpv(part: Node) -> tuple[str, ...]:
    return cpv(node.get("CODE") for kind in ("CPV_MAIN", "CPV_ADDITIONAL") for node in part.at(f"{kind}/CPV_CODE"))


def _lots(parts: tuple[Node, ...]) -> tuple[NoticeLot, ...]:
    numbers = lot_numbers([part.value("LOT_NO") or part.get("ITEM") for part in parts])
    return tuple(
        NoticeLot(number=number, title=part.value("TITLE/P"), cpv=_cpv(part), estimated_eur=_euros(part, "VAL_OBJECT"))
        for number, part in zip(numbers, parts, strict=True)
    )


def _euros(part: Node, tag: str) -> float | None:
    return next((amount(node.text) for node in part.at(tag) if node.get("CURRENCY") == "EUR"), None)


def _procedure(form: Node) -> str | None:
    procedure = form.first("PROCEDURE")
    tags = [node.tag for node in procedure.walk() if node.tag.startswith("PT_")] if procedure else []
    return _PROCEDURES.get(tags[0], "autre") if tags else None


def _links(form: Node, body: Node, number: str | None) -> tuple[Link, ...]:
    return links(
        [
            *(("documents", url) for url in form.values("CONTRACTING_BODY/URL_DOCUMENT")),
            *(("submission", url) for url in form.values("CONTRACTING_BODY/URL_PARTICIPATION")),
            *(("profile", url) for url in body.values("URL_BUYER")),
            *ted_page(number),
        ]
    )


def _declared(form: Node) -> Iterator[Declared]:
    for part in form.at("LEFTI"):
        for node in part.children:
            if node.tag in _RESERVED:
                yield Declared(field=node.tag, value="oui", meaning="reserve")
            elif node.tag == "PERFORMANCE_CONDITIONS":
                text = "\n".join((*filter(None, (node.text,)), *node.values("P")))
                yield Declared(field=node.tag, value="", meaning="inconnu", text=wording.anonymous(text))
