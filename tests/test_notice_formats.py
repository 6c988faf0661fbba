"""Each shape of notice, of our own making: what it gives, and what is refused."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notice_samples import FOLDER, changed, eforms, eforms_lot, facts, fns_simple, record

from extractors.notices import eforms as eforms_reader
from extractors.notices.boamp import read_record
from extractors.notices.reader import read_xml
from extractors.notices.records import Declared, Link, NoticeError, Reference
from extractors.notices.tree import Node, parse_xml

FIELDS = [
    "id",
    "idweb",
    "objet",
    "dateparution",
    "datelimitereponse",
    "code_departement",
    "criteres",
    "gestion",
    "nature",
    "etat",
    "url_avis",
    "annonces_anterieures",
    "annonce_lie",
    "contractfolderid",
    "type_procedure",
    "nomacheteur",
]
TAGS = [
    "EFORMS",
    "ContractNotice",
    "FNSimple",
    "MAPA",
    "DSP",
    "initial",
    "lots",
    "lot",
    "OBJET",
    "LOTS",
    "LOT",
    "NUM",
    "CPV",
    "PRINCIPAL",
    "REFERENCE",
    "IDWEB",
    "cac:ProcurementProjectLot",
    "cbc:ID",
    "#text",
    "@listName",
    "MARCHE_RESERVE_OUI",
]

GOALS = """<cac:ProcurementAdditionalType>
  <cbc:ProcurementTypeCode listName="strategic-procurement">soc-obj</cbc:ProcurementTypeCode>
  <cbc:ProcurementType languageID="FRA">120 heures d'insertion</cbc:ProcurementType>
</cac:ProcurementAdditionalType><cac:ProcurementAdditionalType>
  <cbc:ProcurementTypeCode listName="social-objective">opp</cbc:ProcurementTypeCode>
</cac:ProcurementAdditionalType>"""


def test_eforms_notice() -> None:
    notice = read_xml(
        eforms(eforms_lot(1, goals=GOALS), eforms_lot(2, reserved="res-ws", text="50 heures", nuts="FRM0"))
    )

    assert facts(notice) == {
        "id": "700001-2026",
        "kind": "call",
        "folder": FOLDER,
        "siret": "21930001900011",
        "published": "2026-11-20",
        "deadline": "2026-12-21T12:00:00+01:00",
        "departements": ["93", "2A", "2B"],
        "cpv": ["45000000", "45000001", "45000002"],
        "lots": ["1", "2"],
        "procedure": "ouverte",
        "declared": [
            ["BT-06", "soc-obj", "sociale", "1"],
            ["BT-777", "", "sociale", "1"],
            ["BT-775", "opp", "sociale", "1"],
            ["BT-71", "none", "aucune", "1"],
            ["BT-736", "no", "aucune", "1"],
            ["BT-71", "res-ws", "reserve", "2"],
            ["BT-736", "no", "aucune", "2"],
            ["BT-70", "", "inconnu", "2"],
        ],
    }
    assert (notice.buyer, notice.buyer_reference, notice.object) == ("Ville d'Essai", "2026-07", "École neuve")
    assert [(lot.title, lot.estimated_eur) for lot in notice.lots] == [
        ("Travaux du lot 1", 100000),
        ("Travaux du lot 2", 200000),
    ]
    assert notice.links == (
        Link(kind="documents", url="https://marches.example.fr/?page=dce&id=7&region=11"),
        Link(kind="notice", url="https://ted.europa.eu/fr/notice/-/detail/700001-2026"),
    )
    assert notice.declared[-1] == Declared(field="BT-70", value="", meaning="inconnu", lot="2", text="50 heures")
    assert "Lot n° 2 : Travaux du lot 2\nConditions d'exécution du contrat : 50 heures\n" in notice.text


def test_eforms_notice_without_lots_speaks_of_the_whole_contract() -> None:
    notice = read_xml(eforms(eforms_lot(1, reserved="res-pub-ser")))

    assert notice.lots == ()
    assert notice.estimated_eur == 100000
    assert notice.declared[0] == Declared(field="BT-71", value="res-pub-ser", meaning="reserve", lot=None)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [pytest.param("update-add", "rectification", id="update"), pytest.param("cancel", "cancellation", id="cancel")],
)
def test_eforms_notice_that_changes_another(reason: str, kind: str) -> None:
    earlier = "bbbbbbbb-0000-4000-8000-000000000002"
    notice = read_xml(eforms(eforms_lot(1), changes=changed(f"{earlier}-01", reason)))

    assert notice.kind == kind
    assert notice.references == (Reference(journal="ted", id=earlier, relation="corrects"),)
    assert "Date limite reportée." in notice.text


def test_simple_notice_of_boamp() -> None:
    lots = [{"numLot": "01", "intitule": "Parcs"}, {"numLot": "02", "intitule": "Cimetières"}]
    notice = read_record(record("26-91551", fns_simple(lots, "Clause d&#039;insertion : 60 heures.")))

    assert facts(notice) == {
        "id": "26-91551",
        "kind": "call",
        "siret": "21930001900011",
        "published": "2026-11-20",
        "deadline": "2026-12-20T11:00:00+00:00",
        "departements": ["05", "2A"],
        "cpv": ["77310000"],
        "lots": ["1", "2"],
        "estimated": 120000,
        "declared": [["criteres", "sociaux", "sociale", None]],
    }
    assert (notice.buyer, notice.object) == ("Ville d'Essai", "Entretien d'espaces verts")
    assert [(link.kind, link.url) for link in notice.links] == [
        ("documents", "https://profil.example.fr/?id=1&region=93"),
        ("profile", "https://www.profil.example.fr"),
        ("notice", "https://www.boamp.fr/pages/avis/?q=idweb:26-91551"),
    ]
    assert "Autres informations complémentaires : Clause d'insertion : 60 heures.\n" in notice.text
    assert "Lot n° 02 : Cimetières" in notice.text
    assert "Nom" not in notice.text
    assert "example.fr" not in notice.text


def test_one_lot_that_is_no_list() -> None:
    notice = read_record(record("26-12", fns_simple({"numLot": "1", "intitule": "Parcs"}, "Néant, sans objet.")))

    assert [lot.number for lot in notice.lots] == ["1"]


def test_mapa_notice_of_boamp() -> None:
    mapa = {
        "MAPA": {
            "organisme": {"acheteurPublic": "CCAS d'Essai", "urlProfilAcheteur": "https://ccas.example.fr"},
            "initial": {
                "description": {"objet": "Repas livrés"},
                "criteres": {"critAttrib": ["Prix 60 %", "Insertion 40 %"]},
                "renseignements": {"idMarche": "M26"},
            },
        }
    }
    notice = read_record(record("26-3", mapa, objet=None, nomacheteur=None, criteres=None))

    assert (notice.buyer, notice.object, notice.buyer_reference) == ("CCAS d'Essai", "Repas livrés", "M26")
    assert notice.declared == ()
    assert "Critères d'attribution :\nCritère : Prix 60 %\nCritère : Insertion 40 %\n" in notice.text


@pytest.mark.parametrize("root", ["DSP", "DIVERS"])
def test_other_simple_shapes(root: str) -> None:
    step = {"lots": {"lot": {"numLot": "1", "description": "Crèche"}}, "objet": "Délégation de la crèche"}
    notice = read_record(record("26-4", {root: {"attribution": step}}, nature="ATTRIBUTION", objet=None))

    assert (notice.kind, notice.object, [lot.title for lot in notice.lots]) == (
        "award",
        "Délégation de la crèche",
        ["Crèche"],
    )


def test_reserved_contract_in_the_flat_shape() -> None:
    flat = {
        "IDENTITE": {"DENOMINATION": "Ville d'Essai", "CP": "20200"},
        "OBJET": {"OBJET_COMPLET": "Nettoyage", "CPV": [{"PRINCIPAL": "90910000"}, {"PRINCIPAL": "90911000"}]},
        "CONDITION_PARTICIPATION": {
            "MARCHE_RESERVE_OUI": {"ATELIERS_PROTEGES": ""},
            "PRESTATION_RESERVEE_OUI": "Architecte",
            "CONDITION_PARTICULIERE_EXECUTION": "200 heures d\x92insertion",
        },
    }
    gestion = {"INDEXATION": {"CRITERES_SOCIAUX_ENV": {"SOCIAUX": ""}}}
    notice = read_record(record("26-5", flat, gestion=json.dumps(gestion), criteres=None, code_departement=[]))

    assert notice.departements == ("2B",)
    assert notice.cpv == ("90910000", "90911000")
    assert [(d.field, d.value, d.meaning, d.text) for d in notice.declared] == [
        ("CRITERES_SOCIAUX_ENV", "SOCIAUX", "sociale", ""),
        ("MARCHE_RESERVE", "oui (ATELIERS_PROTEGES)", "reserve", ""),
        ("CONDITION_PARTICULIERE_EXECUTION", "", "inconnu", "200 heures d’insertion"),
    ]
    assert "Conditions particulières d'exécution : 200 heures d’insertion" in notice.text


def test_corrections_name_what_they_correct_and_dates_are_no_numbers() -> None:
    earlier = {"ANNONCE_ANTERIEUR": {"REFERENCE": {"IDWEB": "26-80000"}, "DATE": "26-10-2026", "NUM": "26-1"}}
    notice = read_record(
        record("26-90000", {}, etat="RECTIFICATIF", annonces_anterieures=json.dumps(earlier), annonce_lie=["26-79999"])
    )

    assert notice.kind == "rectification"
    assert notice.references == (
        Reference(journal="boamp", id="26-80000", relation="corrects"),
        Reference(journal="boamp", id="26-79999", relation="corrects"),
    )


@pytest.mark.parametrize(
    ("nature", "etat", "kind"),
    [
        pytest.param("APPEL_OFFRE", "INITIAL", "call", id="call"),
        pytest.param("APPEL_OFFRE", "RECTIFICATIF", "rectification", id="state-corrects"),
        pytest.param("RECTIFICATIF", "INITIAL", "rectification", id="nature-corrects"),
        pytest.param("ATTRIBUTION", "INITIAL", "award", id="award"),
        pytest.param("APPEL_OFFRE", "ANNULATION", "cancellation", id="cancelled"),
        pytest.param("MODIFICATION", "INITIAL", "modification", id="contract-modified"),
        pytest.param("PREINFORMATION", "INITIAL", "planning", id="planned"),
        pytest.param("AUTRE", "INITIAL", "other", id="other"),
    ],
)
def test_kind_of_a_record(nature: str, etat: str, kind: str) -> None:
    assert read_record(record("26-6", {}, nature=nature, etat=etat)).kind == kind


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><ANNONCE>&y;</ANNONCE>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><ANNONCE>&x;</ANNONCE>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(BOMB, "DTD", id="entity-bomb"),
        pytest.param(OUTSIDE, "DTD", id="external-entity"),
        pytest.param(b"<a>" * 200 + b"</a>" * 200, "niveaux", id="too-deep"),
        pytest.param(b"<ContractNotice><cbc", "XML illisible", id="cut"),
        pytest.param(b"", "XML illisible", id="empty"),
        pytest.param(b"<html/>", "racine « html »", id="another-root"),
        pytest.param(b"<TED_EXPORT/>", "TED R2.0.9", id="no-form"),
    ],
)
def test_xml_that_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(NoticeError, match=message):
        read_xml(content)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param({"objet": "x"}, "idweb", id="no-number"),
        pytest.param({"idweb": "26-1", "donnees": '{"EFORMS": {'}, "JSON illisible", id="cut-json"),
        pytest.param({"idweb": "26-1", "donnees": '{"EFORMS": {"Autre": 1}}'}, "EFORMS", id="unknown-eforms"),
        pytest.param({"idweb": "26-1", "donnees": "[" * 5000 + "]" * 5000}, "JSON", id="too-deep"),
        pytest.param("texte", "idweb", id="not-an-object"),
    ],
)
def test_record_that_is_refused(data: object, message: str) -> None:
    with pytest.raises(NoticeError, match=message):
        read_record(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TAGS) | st.text(max_size=4), inner),
    max_leaves=15,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), json_values), json_values)
def test_any_record_is_a_notice_or_refused(fields: dict[str, object], data: object) -> None:
    with contextlib.suppress(NoticeError):
        notice = read_record({"idweb": "26-1", **fields, "donnees": data})
        assert notice.notice_id
        assert isinstance(notice.text, str)


@settings(deadline=None)
@given(st.data())
def test_any_part_of_a_notice_may_be_missing(data: st.DataObject) -> None:
    def pruned(node: Node) -> Node:
        kept = [child for child in node.children if data.draw(st.integers(0, 9)) > 0]
        return replace(node, children=tuple(pruned(child) for child in kept))

    whole = parse_xml(eforms(eforms_lot(1, goals=GOALS), eforms_lot(2, text="50 heures")))

    assert eforms_reader.read(pruned(whole)).journal == "ted"


def test_dates_are_real() -> None:
    notice = read_record(record("26-7", {}, dateparution="2026-11-31", datelimitereponse="2026-12-20"))

    assert notice.published is None
    assert notice.deadline is not None
    assert notice.deadline.astimezone(UTC) == datetime(2026, 12, 20, 22, 59, tzinfo=UTC)
    assert read_record(record("26-7", {})).published == date(2026, 11, 20)
