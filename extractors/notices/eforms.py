"""eForms notices (UBL), from TED's XML or from the JSON of BOAMP: both are the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from extractors.notices import wording
from extractors.notices.build import links, lot_number, places, ted_number, ted_page, ted_reference
from extractors.notices.records import Declared, Kind, Link, Meaning, Notice, NoticeError, NoticeLot, Reference
from extractors.notices.tree import Node
from extractors.notices.values import amount, cpv, day, moment, siret, unique

ROOTS = frozenset({"ContractNotice", "ContractAwardNotice", "PriorInformationNotice"})
_EXTENSION = "UBLExtensions/UBLExtension/ExtensionContent/EformsExtension"
_FORMS: dict[str, Kind] = {
    "planning": "planning",
    "competition": "call",
    "result": "award",
    "dir-awa-pre": "award",
    "cont-modif": "modification",
}
_PROCEDURES = {
    "open": "ouverte",
    "restricted": "restreinte",
    "neg-w-call": "negociee",
    "neg-wo-call": "sans_publicite",
    "comp-dial": "dialogue",
    "innovation": "innovation",
}
_STRATEGIC: dict[str, Meaning] = {"none": "aucune", "soc-obj": "sociale"}
_RESERVED: dict[str, Meaning] = {"none": "aucune", "res-ws": "reserve", "res-pub-ser": "reserve"}
_EXECUTION: dict[str, Meaning] = {"yes": "reserve", "true": "reserve", "no": "aucune", "false": "aucune"}
_PERIODS = (
    "TenderSubmissionDeadlinePeriod",
    "ParticipationRequestReceptionPeriod",
    f"{_EXTENSION}/InterestExpressionReceptionPeriod",
)
_WEIGHTS = {"per-exa": "%", "poi-exa": "points"}


def read(root: Node) -> Notice:
    """The notice of a UBL tree; its number is the publication's where stated, else its UUID and version.

    Raises:
        NoticeError: the root is none of eForms.
    """
    if root.tag not in ROOTS:
        raise NoticeError(f"Racine « {root.tag} » inconnue des eForms : vérifiez le format de l'avis.")
    extension = root.first(_EXTENSION) or Node("")
    uuid, version = root.value("ID"), root.value("VersionID")
    project = root.first("ProcurementProject") or Node("")
    lots = [lot for lot in root.at("ProcurementProjectLot") if _scheme(lot) in ("Lot", "Part", "")]
    divided = len(lots) > 1 or any(_number(lot) not in ("0", "1") for lot in lots)
    buyer = _buyer(root, extension)
    kind = _kind(root, extension)
    deadlines = [found for lot in lots for period in _periods(lot) if (found := _end(period))]
    company = buyer.first("Company") or Node("")
    name = _words(company, "PartyName/Name")
    notice_id = ted_number(extension.value("Publication/NoticePublicationID"))
    return Notice(
        journal="ted",
        notice_id=notice_id or "-".join(filter(None, (uuid, version))),
        kind=kind,
        version=version,
        uuid=uuid,
        contract_folder_id=root.value("ContractFolderID"),
        references=_references(root, extension, lots),
        buyer=name,
        siret=siret(company.value("PartyLegalEntity/CompanyID")),
        buyer_reference=project.value("ID"),
        object=_words(project, "Name"),
        published=day(extension.value("Publication/PublicationDate")),
        deadline=min(deadlines, default=None),
        departements=_departements(project, lots) or _located(company.at("PostalAddress")),
        cpv=unique(code for part in (project, *_projects(lots)) for code in _cpv(part)),
        lots=tuple(_lot(lot) for lot in lots) if divided else (),
        procedure=_procedure(root.value("TenderingProcess/ProcedureCode")),
        estimated_eur=_estimated(project) or (None if divided else _estimated_of(lots)),
        links=_links(root, lots, notice_id),
        declared=tuple(found for lot in lots for found in _declared(lot, _number(lot) if divided else None)),
        text=wording.compose(kind, _text(root, project, lots, name, divided)),
    )


def _kind(root: Node, extension: Node) -> Kind:
    changes = extension.first("Changes")
    if changes is not None:
        reasons = (*changes.values("ChangeReason/ReasonCode"), *changes.values("Change/ChangeReason/ReasonCode"))
        return "cancellation" if "cancel" in reasons else "rectification"
    code = root.first("NoticeTypeCode")
    return _FORMS.get(code.get("listName"), "other") if code else "other"


def _scheme(lot: Node) -> str:
    identifier = lot.first("ID")
    return identifier.get("schemeName") if identifier else ""


def _number(lot: Node) -> str:
    return lot_number(lot.value("ID") or "")


def _projects(lots: list[Node]) -> Iterator[Node]:
    for lot in lots:
        yield from lot.at("ProcurementProject")


def _buyer(root: Node, extension: Node) -> Node:
    """The organisation of the first buyer (the lead of a group)."""
    wanted = root.value("ContractingParty/Party/PartyIdentification/ID")
    organisations = extension.at("Organizations/Organization")
    found = (o for o in organisations if wanted and wanted in o.values("Company/PartyIdentification/ID"))
    return next(found, Node(""))


def _references(root: Node, extension: Node, lots: list[Node]) -> tuple[Reference, ...]:
    changed = extension.values("Changes/ChangedNoticeIdentifier")
    earlier = [id for part in (root, *lots) for id in part.values("TenderingProcess/NoticeDocumentReference/ID")]
    found = [r for id in changed for r in ted_reference(id, "corrects")]
    found += [r for id in earlier for r in ted_reference(id, "follows")]
    return tuple(dict.fromkeys(found))


def _departements(project: Node, lots: list[Node]) -> tuple[str, ...]:
    return _located(a for part in (project, *_projects(lots)) for a in part.at("RealizedLocation/Address"))


def _located(addresses: Iterable[Node]) -> tuple[str, ...]:
    return places(addresses, nuts="CountrySubentityCode", postal="PostalZone", country="Country/IdentificationCode")


def _cpv(project: Node) -> tuple[str, ...]:
    kinds = ("MainCommodityClassification", "AdditionalCommodityClassification")
    return cpv(code for kind in kinds for code in project.values(f"{kind}/ItemClassificationCode"))


def _estimated(project: Node) -> float | None:
    """BT-27, where it is in euros."""
    stated = project.at("RequestedTenderTotal/EstimatedOverallContractAmount")
    return next((amount(node.text) for node in stated if node.get("currencyID") in ("EUR", "")), None)


def _estimated_of(lots: list[Node]) -> float | None:
    return next((_estimated(project) for project in _projects(lots)), None)


def _periods(lot: Node) -> Iterator[Node]:
    for path in _PERIODS:
        yield from lot.at(f"TenderingProcess/{path}")


def _end(period: Node) -> datetime | None:
    return moment(period.value("EndDate"), period.value("EndTime"))


def _procedure(code: str | None) -> str | None:
    return _PROCEDURES.get(code, "autre") if code else None


def _links(root: Node, lots: list[Node], number: str | None) -> tuple[Link, ...]:
    terms = [part for lot in lots for part in lot.at("TenderingTerms")]
    documents = "CallForTendersDocumentReference/Attachment/ExternalReference/URI"
    return links(
        [
            *(("documents", url) for part in terms for url in part.values(documents)),
            *(("submission", url) for part in terms for url in part.values("TenderRecipientParty/EndpointID")),
            *(("profile", url) for url in root.values("ContractingParty/BuyerProfileURI")),
            *ted_page(number),
        ]
    )


def _lot(lot: Node) -> NoticeLot:
    project = lot.first("ProcurementProject") or Node("")
    return NoticeLot(
        number=_number(lot), title=_words(project, "Name"), cpv=_cpv(project), estimated_eur=_estimated(project)
    )


def _declared(lot: Node, number: str | None) -> Iterator[Declared]:
    """The social fields of a lot: BT-06 and BT-777, BT-775, BT-71, BT-736, BT-70."""

    def stated(field: str, value: str, meaning: Meaning, text: str = "") -> Declared:
        return Declared(field=field, value=value, meaning=meaning, lot=number, text=wording.anonymous(text))

    for goal in lot.at("ProcurementProject/ProcurementAdditionalType"):
        for code in goal.at("ProcurementTypeCode"):
            if code.get("listName") == "strategic-procurement" and code.text:
                meaning = _STRATEGIC.get(code.text, "inconnu")
                yield stated("BT-06", code.text, meaning)
                if text := _words(goal, "ProcurementType"):
                    yield stated("BT-777", "", meaning, text)
            elif code.get("listName") == "social-objective" and code.text:
                yield stated("BT-775", code.text, "aucune" if code.text == "none" else "sociale")
    for code in lot.at(
        "TenderingTerms/TendererQualificationRequest/SpecificTendererRequirement/TendererRequirementTypeCode"
    ):
        if code.get("listName") == "reserved-procurement" and code.text:
            yield stated("BT-71", code.text, _RESERVED.get(code.text, "inconnu"))
    for requirement in lot.at("TenderingTerms/ContractExecutionRequirement"):
        for code in requirement.at("ExecutionRequirementCode"):
            if code.get("listName") == "reserved-execution" and code.text:
                yield stated("BT-736", code.text, _EXECUTION.get(code.text, "inconnu"))
            elif code.get("listName") == "conditions" and (text := _words(requirement, "Description")):
                yield stated("BT-70", "", "inconnu", text)


def _words(node: Node, path: str) -> str | None:
    """The text at the path: that in French where there are several languages, else all that there is."""
    nodes = [found for found in node.at(path) if found.text]
    french = [found for found in nodes if found.get("languageID") == "FRA"]
    return "\n".join(unique(found.text for found in french or nodes)) or None


def _text(root: Node, project: Node, lots: list[Node], buyer: str | None, divided: bool) -> Iterator[str]:
    yield from wording.field("Acheteur", buyer)
    yield from wording.section("OBJET DU MARCHÉ")
    yield from wording.field("Intitulé", _words(project, "Name"))
    yield from _project_text(project)
    for path, label in (
        ("TenderingProcess", "Caractéristiques de la procédure"),
        ("TenderingTerms/ProcurementLegislationDocumentReference", "Dispositions applicables"),
    ):
        part = root.first(path)
        if part:
            yield from wording.field(label, _words(part, "Description") or _words(part, "DocumentDescription"))
    changes = root.first(f"{_EXTENSION}/Changes")
    if changes:
        yield from wording.section("MODIFICATIONS")
        for node in changes.walk("ReasonDescription", "ChangeDescription"):
            yield from (node.text,) if node.text else ()
    told = set(_project_text(project))
    for lot in lots:
        inner = lot.first("ProcurementProject") or Node("")
        if divided:
            yield from wording.section(f"Lot n° {_number(lot)} : {_words(inner, 'Name') or ''}".strip(" :"))
            yield from _project_text(inner)
        else:  # the only lot says the procedure's words again
            yield from (line for line in _project_text(inner) if line not in told)
        yield from _terms_text(lot.first("TenderingTerms") or Node(""))


def _project_text(project: Node) -> Iterator[str]:
    yield from wording.field("Description", _words(project, "Description"))
    for goal in project.at("ProcurementAdditionalType"):
        yield from wording.field("Achat stratégique", _words(goal, "ProcurementType"))
    yield from wording.field("Options", _words(project, "ContractExtension/OptionsDescription"))
    yield from wording.field("Reconduction", _words(project, "ContractExtension/Renewal/Period/Description"))
    yield from wording.field("Lieu d'exécution", _words(project, "RealizedLocation/Description"))
    yield from wording.field("Informations complémentaires", _words(project, "Note"))


def _terms_text(terms: Node) -> Iterator[str]:
    yield from wording.field("Forme juridique", _words(terms, "TendererQualificationRequest/CompanyLegalForm"))
    yield from wording.field("Financement", _words(terms, "PaymentTerms/Note"))
    for requirement in terms.at("ContractExecutionRequirement"):
        yield from wording.field("Conditions d'exécution du contrat", _words(requirement, "Description"))
    criteria = list(_criteria(terms))
    if criteria:
        yield "Critères d'attribution :"
        yield from criteria
    for criterion in terms.at(f"{_EXTENSION}/SelectionCriteria"):
        words = ". ".join(filter(None, (_words(criterion, "Name"), _words(criterion, "Description"))))
        yield from wording.field("Critère de sélection", words)


def _criteria(terms: Node) -> Iterator[str]:
    for criterion in terms.at("AwardingTerms/AwardingCriterion/SubordinateAwardingCriterion"):
        words = ". ".join(filter(None, (_words(criterion, "Name"), _words(criterion, "Description"))))
        weight = criterion.first(f"{_EXTENSION}/AwardCriterionParameter")
        number = re.sub(r"\.0+$", "", (weight.value("ParameterNumeric") if weight else None) or "")
        unit = _WEIGHTS.get((weight.value("ParameterCode") if weight else None) or "")
        shown = (f"{number} {unit}" if unit else f"pondération : {number}") if number else ""
        if words:
            yield f"- {words}{f' ({shown})' if shown else ''}"
