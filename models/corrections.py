"""What people correct: confirm, reject, edit or add a clause or a volume, set families, declare a document complete.

Every function is one transaction: the correction is recorded, then applied as it will be after any new reading. They
raise CorrectionError, one line in French, when what is asked cannot be, and StoreError; nothing was changed then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from extractors.codes import label
from extractors.correction_checks import Signature, check_families, check_row
from extractors.corrections import RULE, Action, Row, holds
from extractors.errors import CorrectionError
from extractors.persons import without_names
from extractors.schema import Clause
from models.corrected_rows import IN_FORCE, apply_corrections, correction_of
from models.correction_list import Kind, paths_of
from models.correction_tables import CorrectionRow
from models.database import writing
from models.errors import storage_errors
from models.finding_tables import ClauseRow, LotRow, VolumeRow
from models.gold import frozen
from models.readings import extractions_of, rows_of
from models.records import stated_of, to_plain
from models.tables import DocumentPathRow, DocumentRow, ReadingRow, TenderRow
from models.tenders import fill_tenders
from models.texts import page_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class RowName:
    """A row as the views name it: `clause_id` of v_clauses, `volume_id` of v_volumes."""

    kind: Literal["clause", "volume"]
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPlace:
    """What families are set of: a document, or a tender, or one lot of it."""

    document_id: int | None = None
    tender_id: int | None = None
    lot: str | None = None


# ---------------------------------------------------------------- rows


def read_row(engine: Engine, name: RowName) -> Row:
    """What the row says today, as its proofs tell; CorrectionError when there is none of this number."""
    with storage_errors(engine.url), Session(engine) as session:
        return stated_of(_row(session, name))


def confirm_row(engine: Engine, name: RowName, by: Signature) -> int:
    """Say that a row is right: it stays as it is, whatever is read later. The number of the correction."""
    with writing(engine) as session:
        return _correct(session, _row(session, name), "confirm", by)


def reject_row(engine: Engine, name: RowName, by: Signature) -> int:
    """Say that a row is wrong: it is hidden."""
    with writing(engine) as session:
        return _correct(session, _row(session, name), "reject", by)


def edit_row(engine: Engine, name: RowName, wanted: Row, by: Signature) -> int:
    """Show `wanted` (made of `read_row` by `replace`) instead of a row; its proofs stay those of the row."""
    checked = check_row(wanted)
    with writing(engine) as session:
        return _correct(session, _row(session, name), "edit", by, after=checked)


def add_row(engine: Engine, document_id: int, row: Row, by: Signature) -> int:
    """Write a row that was not found; its only evidence is the page and the words that prove it.

    The words must be on the page as it was read; a page without text (a scan) takes them as given.
    """
    if len(row.evidence) != 1 or not row.evidence[0].quote.strip():
        raise CorrectionError("Preuve manquante : donnez la page et les mots qui prouvent la ligne.")
    proof = replace(row.evidence[0], quote=without_names(" ".join(row.evidence[0].quote.split())))
    added = replace(check_row(row), rule=RULE, confidence=1.0, evidence=(proof,))
    with writing(engine) as session:
        document = _document(session, document_id)
        reading = _reading(session, document)
        texts = page_texts(session, document_id)
        if not 1 <= proof.page <= max(reading.pages, 1):
            raise CorrectionError(f"Page {proof.page} refusée : le document a {reading.pages} page(s).")
        if texts.get(proof.page) and not holds(texts[proof.page] + " " + texts.get(proof.page + 1, ""), proof.quote):
            raise CorrectionError(
                f"Ces mots ne sont pas à la page {proof.page} : copiez-les tels qu'ils y sont écrits."
            )
        return _record(session, by, action="add", document=document, target=added, after=added)


def set_families(engine: Engine, place: FamilyPlace, families: Sequence[str], by: Signature) -> int:
    """Set the purchase families, the main one first, of a tender, of one of its lots, or of a document."""
    wanted = list(check_families(families))
    with writing(engine) as session:
        before = _families_of(session, place)
        older = select(CorrectionRow.id).where(
            CorrectionRow.kind == "family",
            CorrectionRow.document_id == place.document_id,
            CorrectionRow.lot == place.lot,
            *([] if place.document_id is not None else [CorrectionRow.tender_id == place.tender_id]),
            *IN_FORCE,
        )
        row = CorrectionRow(
            kind="family",
            action="confirm" if wanted == before else "edit",
            document_id=place.document_id,
            tender_id=place.tender_id,
            lot=place.lot,
            before={"families": before},
            after={"families": wanted},
        )
        return _save(session, row, by, replaces=session.scalars(older).all())


def complete_document(engine: Engine, document_id: int, by: Signature) -> int:
    """Say that what is shown of a document is right and complete: each of its rows is confirmed, and it makes gold."""
    with writing(engine) as session:
        document = _document(session, document_id)
        reading = _reading(session, document)
        rows: list[ClauseRow | VolumeRow] = [*rows_of(session, ClauseRow, reading.id)]
        for shown in (*rows, *rows_of(session, VolumeRow, reading.id)):
            if shown.hidden_by is None and shown.correction_id is None:
                _correct(session, shown, "confirm", by, refresh=False)
        older = select(CorrectionRow.id).where(
            CorrectionRow.kind == "document", CorrectionRow.document_id == document_id, *IN_FORCE
        )
        said = frozen(extractions_of(session, [document.sha256], side="shown")[document.sha256])
        row = CorrectionRow(kind="document", action="confirm", document_id=document_id, after=said)
        return _save(session, row, by, replaces=session.scalars(older).all())


def withdraw(engine: Engine, correction_id: int) -> None:
    """Withdraw a correction, also from the documents on which it was carried; what it replaced counts again."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        row = session.get(CorrectionRow, correction_id)
        if row is None or row.withdrawn_at is not None:
            raise CorrectionError(f"Correction {correction_id} inconnue ou déjà retirée : voyez « corrections list ».")
        origin = row.origin_id or row.id
        family = (CorrectionRow.id == origin) | (CorrectionRow.origin_id == origin)
        documents: set[int] = set()
        tenders: set[int] = set()
        for one in session.scalars(select(CorrectionRow).where(family, CorrectionRow.withdrawn_at.is_(None))).all():
            one.withdrawn_at, one.checked_at, one.state = now, now, "withdrawn"
            session.flush()
            session.execute(
                update(CorrectionRow).where(CorrectionRow.replaced_by == one.id).values(replaced_by=one.replaced_by)
            )
            documents |= {one.document_id} - {None}  # type: ignore[arg-type]
            tenders |= {one.tender_id} - {None}  # type: ignore[arg-type]
        _refresh(session, documents, tenders)


# ---------------------------------------------------------------- rows of the database


def _correct(
    session: Session,
    row: ClauseRow | VolumeRow,
    action: Action,
    by: Signature,
    *,
    after: Row | None = None,
    refresh: bool = True,
) -> int:
    reading = session.get_one(ReadingRow, row.reading_id)
    document = session.get_one(DocumentRow, reading.document_id)
    older_id = row.hidden_by or row.correction_id
    older = session.get(CorrectionRow, older_id) if older_id is not None else None
    while older is not None and older.replaced_by is not None:  # the row may be of an older reading
        older = session.get(CorrectionRow, older.replaced_by)
    target = stated_of(row)
    if not target.evidence:
        raise CorrectionError(f"La ligne {row.id} n'a pas de preuve : ajoutez-la plutôt, avec sa page et ses mots.")
    if after is not None and type(after) is not type(target):
        raise CorrectionError("Une clause ne se change pas en volume : rejetez l'une et ajoutez l'autre.")
    if older is not None and row.rule == RULE:  # what a person wrote: the words it is about are those of the first one
        seen = correction_of(older)
        if action == "confirm":
            after = target
            action = "add" if older.action == "add" else "edit"
        target = seen.target
    if after is not None:
        after = replace(after, rule=RULE, confidence=1.0, evidence=target.evidence)
    return _record(
        session,
        by,
        action=action,
        document=document,
        target=target,
        after=after,
        replaces=[] if older is None else [older.id],
        refresh=refresh,
    )


def _record(
    session: Session,
    by: Signature,
    *,
    action: Action,
    document: DocumentRow,
    target: Row,
    after: Row | None = None,
    replaces: Collection[int] = (),
    refresh: bool = True,
) -> int:
    proof = target.evidence[0]
    kind: Kind = "clause" if isinstance(target, Clause) else "volume"
    row = CorrectionRow(
        kind=kind,
        action=action,
        document_id=document.id,
        category=target.category,
        lot=", ".join(target.lots) if isinstance(target, Clause) else target.lot,
        page=proof.page,
        quote=proof.quote,
        before=None if action == "add" else to_plain(target),
        after=None if after is None else to_plain(after),
    )
    return _save(session, row, by, replaces=replaces, refresh=refresh)


def _save(
    session: Session, row: CorrectionRow, by: Signature, *, replaces: Collection[int] = (), refresh: bool = True
) -> int:
    row.author, row.reason = by.author.strip(), without_names(by.reason.strip())
    row.created_at = row.checked_at = datetime.now(UTC)
    row.state = "applied"
    if row.document_id is not None:
        row.tender_id = paths_of(session, {row.document_id}).get(row.document_id, (None, None))[1]
    session.add(row)
    session.flush()
    session.execute(update(CorrectionRow).where(CorrectionRow.id.in_(replaces)).values(replaced_by=row.id))
    if refresh:
        documents = set() if row.document_id is None else {row.document_id}
        _refresh(session, documents, set() if row.tender_id is None else {row.tender_id})
    return int(row.id)


def _refresh(session: Session, document_ids: Collection[int], tender_ids: Collection[int]) -> None:
    """Apply again what is corrected of these documents, then what their tenders are."""
    apply_corrections(session, document_ids)
    query = select(DocumentPathRow.tender_id).where(DocumentPathRow.document_id.in_(document_ids))
    fill_tenders(session, {id for id in (*tender_ids, *session.scalars(query)) if id is not None})


def _row(session: Session, name: RowName) -> ClauseRow | VolumeRow:
    row = session.get(ClauseRow, name.id) if name.kind == "clause" else session.get(VolumeRow, name.id)
    if row is None:
        what = label("correction_kind", name.kind)
        raise CorrectionError(f"{what} {name.id} : numéro inconnu ; prenez {name.kind}_id dans v_{name.kind}s.")
    return row


def _document(session: Session, document_id: int) -> DocumentRow:
    document = session.get(DocumentRow, document_id)
    if document is None:
        raise CorrectionError(f"Document {document_id} inconnu : prenez document_id dans v_documents.")
    return document


def _reading(session: Session, document: DocumentRow) -> ReadingRow:
    query = select(ReadingRow).where(ReadingRow.document_id == document.id, ReadingRow.is_current)
    reading = session.scalar(query)
    if reading is None:
        raise CorrectionError(f"Document {document.id} jamais lu : relancez « clausoscope ingest » avant de corriger.")
    return reading


def _families_of(session: Session, place: FamilyPlace) -> list[str]:
    if place.document_id is not None:
        return list(_reading(session, _document(session, place.document_id)).families)
    tender = None if place.tender_id is None else session.get(TenderRow, place.tender_id)
    if tender is None:
        raise CorrectionError(f"Consultation {place.tender_id} inconnue : prenez consultation_id dans v_documents.")
    if place.lot is None:
        return list(tender.families)
    query = (
        select(LotRow)
        .join(ReadingRow, ReadingRow.id == LotRow.reading_id)
        .join(DocumentPathRow, DocumentPathRow.document_id == ReadingRow.document_id)
        .where(ReadingRow.is_current, DocumentPathRow.tender_id == tender.id, LotRow.number == place.lot)
    )
    lots = session.scalars(query).all()
    if not lots:
        raise CorrectionError(f"Lot {place.lot} inconnu dans cette consultation : voyez v_lots.")
    return list(next((lot.families for lot in lots if lot.families), []))
