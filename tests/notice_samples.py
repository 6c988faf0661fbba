"""Notices to test with: what the recorded ones must give, and our own in the shapes that the journals publish."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from extractors.notices.records import Notice

ROOT = Path(__file__).parents[1]
SOURCES = ROOT.parent / "shared" / "sources"
EXPECTED: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "tests/expected/notices.jsonl").open(encoding="utf-8")
]
needs_samples = pytest.mark.skipif(
    not SOURCES.is_dir(), reason="the recorded notices stand in shared/sources, beside the repository"
)

FOLDER = "11111111-2222-4333-8444-555555555555"
_SPACES = (
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" '
    'xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2" '
    'xmlns:efext="http://data.europa.eu/p27/eforms-ubl-extensions/1" '
    'xmlns:efac="http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1" '
    'xmlns:efbc="http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1"'
)


def facts(notice: Notice) -> dict[str, Any]:
    """The notice as a line of the expected file: what is empty is left out."""
    told = {
        "id": notice.notice_id,
        "kind": notice.kind,
        "folder": notice.contract_folder_id,
        "siret": notice.siret,
        "published": notice.published and notice.published.isoformat(),
        "deadline": notice.deadline and notice.deadline.isoformat(),
        "departements": list(notice.departements),
        "cpv": list(notice.cpv),
        "lots": [lot.number for lot in notice.lots],
        "procedure": notice.procedure,
        "estimated": notice.estimated_eur,
        "references": [f"{reference.journal}:{reference.id}" for reference in notice.references],
        "declared": [[d.field, d.value, d.meaning, d.lot] for d in notice.declared],
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def eforms_lot(number: int, *, reserved: str = "none", text: str = "", goals: str = "", nuts: str = "FR106") -> str:
    """A lot, with what its buyer declares."""
    condition = (
        f"""<cac:ContractExecutionRequirement><cbc:ExecutionRequirementCode listName="conditions">performance
        </cbc:ExecutionRequirementCode><cbc:Description languageID="FRA">{text}</cbc:Description>
        </cac:ContractExecutionRequirement>"""
        if text
        else ""
    )
    return f"""<cac:ProcurementProjectLot><cbc:ID schemeName="Lot">LOT-{number:04}</cbc:ID>
      <cac:TenderingTerms>
        <cac:CallForTendersDocumentReference><cac:Attachment><cac:ExternalReference>
          <cbc:URI>https://marches.example.fr/?page=dce&amp;id=7&amp;region=11</cbc:URI>
        </cac:ExternalReference></cac:Attachment></cac:CallForTendersDocumentReference>
        <cac:TendererQualificationRequest><cac:SpecificTendererRequirement>
          <cbc:TendererRequirementTypeCode listName="reserved-procurement">{reserved}</cbc:TendererRequirementTypeCode>
        </cac:SpecificTendererRequirement></cac:TendererQualificationRequest>
        <cac:ContractExecutionRequirement>
          <cbc:ExecutionRequirementCode listName="reserved-execution">no</cbc:ExecutionRequirementCode>
        </cac:ContractExecutionRequirement>{condition}
      </cac:TenderingTerms>
      <cac:TenderingProcess><cac:TenderSubmissionDeadlinePeriod>
        <cbc:EndDate>2026-12-{20 + number}+01:00</cbc:EndDate><cbc:EndTime>12:00:00+01:00</cbc:EndTime>
      </cac:TenderSubmissionDeadlinePeriod></cac:TenderingProcess>
      <cac:ProcurementProject><cbc:Name languageID="ENG">Works</cbc:Name>
        <cbc:Name languageID="FRA">Travaux du lot {number}</cbc:Name>{goals}
        <cac:RequestedTenderTotal>
          <cbc:EstimatedOverallContractAmount currencyID="EUR">{number}00000</cbc:EstimatedOverallContractAmount>
        </cac:RequestedTenderTotal>
        <cac:MainCommodityClassification>
          <cbc:ItemClassificationCode listName="cpv">4500000{number}</cbc:ItemClassificationCode>
        </cac:MainCommodityClassification>
        <cac:RealizedLocation><cac:Address>
          <cbc:CountrySubentityCode listName="nuts">{nuts}</cbc:CountrySubentityCode>
        </cac:Address></cac:RealizedLocation>
      </cac:ProcurementProject>
    </cac:ProcurementProjectLot>"""


def eforms(
    *lots: str,
    number: str = "00700001-2026",
    published: str = "2026-11-20Z",
    uuid: str = "aaaaaaaa-0000-4000-8000-000000000001",
    changes: str = "",
    folder: str = FOLDER,
) -> bytes:
    """A contract notice as TED gives it."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><ContractNotice {_SPACES}>
    <ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><efext:EformsExtension>
      {changes}
      <efac:Organizations><efac:Organization><efac:Company>
        <cac:PartyIdentification><cbc:ID>ORG-0001</cbc:ID></cac:PartyIdentification>
        <cac:PartyName><cbc:Name languageID="FRA">Ville d'Essai</cbc:Name></cac:PartyName>
        <cac:PostalAddress><cbc:PostalZone>93000</cbc:PostalZone></cac:PostalAddress>
        <cac:PartyLegalEntity><cbc:CompanyID> 219 300 019 00011</cbc:CompanyID></cac:PartyLegalEntity>
      </efac:Company></efac:Organization></efac:Organizations>
      <efac:Publication><efbc:NoticePublicationID>{number}</efbc:NoticePublicationID>
        <efbc:PublicationDate>{published}</efbc:PublicationDate></efac:Publication>
    </efext:EformsExtension></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>
    <cbc:ID schemeName="notice-id">{uuid}</cbc:ID><cbc:ContractFolderID>{folder}</cbc:ContractFolderID>
    <cbc:VersionID>01</cbc:VersionID><cbc:NoticeTypeCode listName="competition">cn-standard</cbc:NoticeTypeCode>
    <cac:ContractingParty><cac:Party><cac:PartyIdentification><cbc:ID>ORG-0001</cbc:ID></cac:PartyIdentification>
    </cac:Party></cac:ContractingParty>
    <cac:TenderingProcess><cbc:ProcedureCode>open</cbc:ProcedureCode></cac:TenderingProcess>
    <cac:ProcurementProject><cbc:ID>2026-07</cbc:ID><cbc:Name languageID="FRA">École neuve</cbc:Name>
      <cac:MainCommodityClassification><cbc:ItemClassificationCode>45000000</cbc:ItemClassificationCode>
      </cac:MainCommodityClassification></cac:ProcurementProject>
    {"".join(lots)}
    </ContractNotice>""".encode()


def changed(notice: str, reason: str = "update-add") -> str:
    """The part of an eForms notice that changes an earlier one."""
    return f"""<efac:Changes><efbc:ChangedNoticeIdentifier>{notice}</efbc:ChangedNoticeIdentifier>
      <efac:ChangeReason><cbc:ReasonCode listName="change-corrig-justification">{reason}</cbc:ReasonCode>
      <efbc:ReasonDescription languageID="FRA">Date limite reportée.</efbc:ReasonDescription></efac:ChangeReason>
    </efac:Changes>"""


def record(idweb: str, donnees: Mapping[str, object], **fields: object) -> dict[str, object]:
    """A record of the BOAMP dataset; `donnees` is JSON in a text, as published."""
    return {
        "idweb": idweb,
        "id": idweb.replace("-", "_"),
        "objet": "Entretien d&amp;#039;espaces verts",
        "dateparution": "2026-11-20",
        "datelimitereponse": "2026-12-20T11:00:00+00:00",
        "nomacheteur": "Ville d&#039;Essai",
        "code_departement": ["5", "20A"],
        "nature": "APPEL_OFFRE",
        "etat": "INITIAL",
        "criteres": ["sociaux"],
        "url_avis": f"https://www.boamp.fr/pages/avis/?q=idweb:{idweb}",
        "donnees": json.dumps(donnees),
        **fields,
    }


def fns_simple(lots: Sequence[Mapping[str, object]] | Mapping[str, object], words: str) -> dict[str, object]:
    """`donnees` of the shape FNSimple; one lot alone is an object, as converted from XML."""
    return {
        "FNSimple": {
            "organisme": {"codeIdentificationNational": "21930001900011", "cp": "05000", "ville": "GAP"},
            "initial": {
                "communication": {
                    "urlProfilAch": "www.profil.example.fr",
                    "urlDocConsul": "https://profil.example.fr/?id=1&amp;region=93",
                    "identifiantInterne": "26V01",
                    "nomContact": "Mme Prénom Nom",
                    "adresseMailContact": "prenom.nom@example.fr",
                    "telContact": "01 02 03 04 05",
                },
                "natureMarche": {
                    "intitule": "Entretien d&#039;espaces verts",
                    "description": "Tonte et taille des parcs.",
                    "valeurEstimee": {"valeur": "120000"},
                    "codeCPV": {"objetPrincipal": {"classPrincipale": "77310000"}},
                },
                "lots": {"lot": lots},
                "informComplementaire": {"autresInformComplementaire": words},
            },
        }
    }
