"""Records and helpers for the tests of the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Engine, select, text

from extractors.notices.records import Declared, Link, Notice, NoticeLot, Reference
from extractors.schema import (
    Absence,
    Clause,
    Contact,
    Evidence,
    Extraction,
    Lot,
    Penalty,
    Problem,
    Tender,
    Term,
    Volume,
)
from models import (
    Outcome,
    ReceivedNotice,
    SourceProgress,
    StartedFile,
    advance,
    finish_night,
    finish_source,
    save,
    save_notices,
    start_night,
    start_source,
)
from models.tables import Base

PROOF = Evidence(
    page=7, quote="1 heure d’insertion par tranche de 2 000 € HT", bbox=(56.5, 100.0, 540.25, 124.0), section="8.2"
)
SECOND = Evidence(page=8, quote="au-delà de 2 700 000 €", via="ocr", read_as="au delà de 2 700 000 €")


def document(number: int = 1, **changes: Any) -> Extraction:
    """A CCAP that has one row, or two, of everything."""
    record: dict[str, Any] = {
        "path": f"/dce/T1/ccap-{number}.pdf",
        "sha256": f"{number:064x}",
        "size": 1000 + number,
        "status": "ok",
        "doc_type": "ccap",
        "pages": 28,
        "tender": Tender(reference="21-048", buyer="Ville de Paris", departments=("75", "93"), cpv=("45000000",)),
        "lots": (Lot(number="1", title="Gros œuvre", families=("BAT", "TP")), Lot(number="2")),
        "families": ("NUM", "PI"),
        "clauses": (
            Clause(
                category="clause_insertion",
                lots=("1", "2"),
                legal_refs=("L2112-2", "R2113-7"),
                confidence=0.97,
                rule="heures_par_tranche",
                evidence=(PROOF, SECOND),
            ),
            Clause(category="critere_social", weight_percent=10, confidence=0.9, rule="critere", evidence=(SECOND,)),
        ),
        "volumes": (
            Volume(
                category="clause_insertion",
                lot="1",
                value=1,
                unit="hours",
                per="amount",
                per_amount_eur=2000,
                threshold_eur=2_700_000,
                bound="minimum",
                derived_hours=450.5,
                formula="901 000 / 2 000",
                confidence=0.9,
                rule="heures_par_tranche",
                evidence=(PROOF,),
            ),
        ),
        "penalties": (Penalty(amount_eur=200, per="hour", confidence=0.9, rule="penalite", evidence=(PROOF,)),),
        "contacts": (Contact(organisation="EPEC", email="a@b.fr", phone="01 02", evidence=(PROOF,)),),
        "terms": (Term(kind="public", code="rsa", confidence=0.95, rule="rsa", evidence=(PROOF, SECOND)),),
        "absences": (Absence(category="reserve_handicap_iae", rule="sans_objet", evidence=(SECOND,)),),
        "seconds": 0.25,
    }
    return Extraction(**(record | changes))


def empty(number: int = 1, **changes: Any) -> Extraction:
    """A document that says nothing."""
    nothing = dict.fromkeys(
        ("lots", "families", "clauses", "volumes", "penalties", "contacts", "terms", "absences"), ()
    )
    return document(number, **({"tender": Tender()} | nothing | changes))


def hours(value: float, *, lot: str = "*", **changes: Any) -> Volume:
    """A firm number of hours for the whole contract, unless changed."""
    wanted: dict[str, Any] = {
        "unit": "hours",
        "bound": "minimum",
        "confidence": 0.9,
        "rule": "heures",
        "evidence": (PROOF,),
    }
    return Volume(category="clause_insertion", lot=lot, value=value, **(wanted | changes))


SCANNED = Problem(stage="read", code="scan", message="Page sans texte : passez-la à l'OCR.", page=3)


NOTICE = Notice(
    journal="boamp",
    notice_id="26-91551",
    kind="call",
    contract_folder_id="11111111-2222-4333-8444-555555555555",
    references=(Reference(journal="ted", id="334786-2021", relation="same"),),
    buyer="Ville d'Essai",
    siret="21930001900011",
    buyer_reference="26V01",
    object="Entretien",
    published=date(2026, 11, 20),
    deadline=datetime(2026, 12, 20, 12, tzinfo=timezone(timedelta(hours=1))),
    departements=("05", "2A"),
    cpv=("77310000",),
    lots=(NoticeLot(number="1", title="Tonte", cpv=("77314100",), estimated_eur=1500.5),),
    procedure="adaptee",
    estimated_eur=120000,
    links=(Link(kind="notice", url="https://avis.example.fr/"), Link(kind="documents", url="https://dce.example.fr/")),
    declared=(Declared(field="criteres", value="sociaux", meaning="sociale", lot="1", text="insertion"),),
)


def night(engine: Engine, *notices: Notice, run_id: int = 1, texts: Mapping[str, str] | None = None) -> int:
    """A night of one source that gave these notices, or one that has everything, and a link that nobody can follow.

    `texts`: number of a notice → SHA-256 of the document that its text is.
    """
    given = notices or (NOTICE,)
    night_id = start_night(engine, command="nightly", since=None, until=date(2026, 11, 22), departements=("05",))
    start_source(engine, night_id=night_id, run_id=run_id, name="boamp", title="BOAMP")
    received = [
        ReceivedNotice(
            notice=notice,
            source="boamp",
            raw_path="/raw/1.json",
            sha256=f"{hash(notice):x}",
            text_sha256=(texts or {}).get(notice.notice_id, ""),
        )
        for notice in given
    ]
    counts = save_notices(engine, received, night_id=night_id, fingerprint="f1")
    link = Outcome(
        address="https://dce.example.fr/",
        subject=f"boamp:{given[0].notice_id}",
        kind="dce",
        state="manual",
        code="manual",
        message="À récupérer",
        name="dce.zip",
        size=7,
        sha256="a" * 64,
    )
    progress = SourceProgress(
        watermark="2026-11-20", items=len(given), new_notices=counts.new, changed_notices=counts.changed, manual=1
    )
    advance(engine, progress, [link], night_id=night_id, source="boamp", scope="05")
    finish_source(engine, night_id=night_id, source="boamp", error="panne")
    finish_source(engine, night_id=night_id, source="boamp", error=None)
    finish_night(engine, night_id)
    return night_id


def store(engine: Engine, *records: Extraction, run_id: int = 1, fingerprint: str = "f1", key: str = "T1") -> None:
    save(engine, records, run_id=run_id, fingerprint=fingerprint, tender_keys={r.path: key for r in records})


def started(record: Extraction, **changes: Any) -> StartedFile:
    known: dict[str, Any] = {"path": record.path, "sha256": record.sha256, "size": record.size}
    return StartedFile(**(known | changes))


def query(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def dump(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without surrogate ids and times, in order of content."""
    names = {
        table.name: [
            c
            for c in table.columns
            if c.name != "id" and not c.foreign_keys and c.name not in ("started_at", "finished_at")
        ]
        for table in Base.metadata.tables.values()
    }
    with engine.connect() as connection:
        return {
            table: sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
            for table, columns in names.items()
            if columns
        }


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())
