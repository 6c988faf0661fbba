"""What corrections make of the rows: applied in the transaction that changes what is current, so that they always win.

A row that is rejected or replaced is hidden, not deleted; one that is confirmed is marked; what a person wrote is a row
of the rule `correction`. Applying again gives the same rows, whatever was applied before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from extractors.corrections import RULE, Correction, Outcome, resolve, same_values
from extractors.schema import Clause, Volume
from models.bulk import chunks
from models.correction_tables import CorrectionRow
from models.finding_tables import ClauseRow, LotRow, VolumeRow
from models.readings import rows_of
from models.records import from_plain, save_finding, stated_of
from models.tables import DocumentPathRow, ReadingRow, TenderRow
from models.texts import page_texts

IN_FORCE = (CorrectionRow.withdrawn_at.is_(None), CorrectionRow.replaced_by.is_(None))


def apply_corrections(session: Session, document_ids: Collection[int]) -> None:
    """Apply to the current readings of these documents what was corrected of them; to be called when they change."""
    session.flush()
    for chunk in chunks(document_ids):
        corrected = select(CorrectionRow).where(CorrectionRow.document_id.in_(chunk)).order_by(CorrectionRow.id)
        by_document: defaultdict[int, list[CorrectionRow]] = defaultdict(list)
        for row in session.scalars(corrected):
            if row.document_id is not None:
                by_document[row.document_id].append(row)
        for document_id, rows in by_document.items():
            query = select(ReadingRow).where(ReadingRow.document_id == document_id, ReadingRow.is_current)
            if reading := session.scalar(query):
                _apply(session, reading, rows)
    session.flush()


def correct_families(session: Session, tender_ids: Collection[int]) -> None:
    """Give these tenders, and their lots, the families that a person said; to be called when they were filled."""
    for chunk in chunks(tender_ids):
        of_tenders = select(CorrectionRow).where(
            CorrectionRow.tender_id.in_(chunk), CorrectionRow.kind == "family", CorrectionRow.document_id.is_(None)
        )
        by_tender: defaultdict[int, list[CorrectionRow]] = defaultdict(list)
        for row in session.scalars(of_tenders.order_by(CorrectionRow.id)):
            if row.tender_id is not None:
                by_tender[row.tender_id].append(row)
        for tender_id, rows in by_tender.items():
            _correct_tender(session, session.get_one(TenderRow, tender_id), rows)


def carry_over(session: Session, replaced: Collection[tuple[int, int]]) -> None:
    """Report on each document what was corrected of the one that it replaces: pairs of numbers (old, new)."""
    now = datetime.now(UTC)
    corrected = {
        document_id
        for chunk in chunks({old for old, _ in replaced})
        for document_id in session.scalars(
            select(CorrectionRow.document_id).where(CorrectionRow.document_id.in_(chunk), *IN_FORCE)
        )
    }
    for old, new in sorted(pair for pair in replaced if pair[0] in corrected):
        standing = select(CorrectionRow).where(
            CorrectionRow.document_id == old, CorrectionRow.kind != "document", *IN_FORCE
        )
        known = set(session.scalars(select(CorrectionRow.origin_id).where(CorrectionRow.document_id == new)))
        own = set(session.scalars(select(CorrectionRow.id).where(CorrectionRow.document_id == new)))
        for row in session.scalars(standing.order_by(CorrectionRow.id)).all():
            origin = row.origin_id or row.id
            if origin in known | own:  # the file came back to these bytes
                continue
            session.add(
                CorrectionRow(
                    kind=row.kind,
                    action=row.action,
                    document_id=new,
                    tender_id=row.tender_id,
                    category=row.category,
                    lot=row.lot,
                    page=row.page,
                    quote=row.quote,
                    before=row.before,
                    after=row.after,
                    author=row.author,
                    reason=row.reason,
                    created_at=row.created_at,
                    state="missing",
                    checked_at=now,
                    origin_id=origin,
                )
            )
        session.flush()
        _replace_in(session, new)
    apply_corrections(session, {new for _, new in replaced})


def _replace_in(session: Session, document_id: int) -> None:
    """What replaced a correction on another version replaces it here too: they are about one row."""
    standing = select(CorrectionRow).where(CorrectionRow.document_id == document_id, *IN_FORCE)
    here = {row.origin_id or row.id: row for row in session.scalars(standing)}
    older, newer = aliased(CorrectionRow), aliased(CorrectionRow)
    old_origin, new_origin = (func.coalesce(one.origin_id, one.id) for one in (older, newer))
    links = select(old_origin, new_origin).join(newer, newer.id == older.replaced_by).order_by(newer.id)
    following: dict[int, int] = {}
    wanted = set(here)
    while wanted:
        pairs = session.execute(links.where(old_origin.in_(wanted), old_origin < new_origin)).tuples().all()
        following.update(pairs)
        wanted = {new for _, new in pairs} - set(following)
    for origin, row in here.items():
        latest = following.get(origin)
        while latest is not None and latest not in here:
            latest = following.get(latest)
        if latest is not None:
            row.replaced_by = here[latest].id


def correction_of(row: CorrectionRow) -> Correction:
    """The record of a correction of a clause or a volume."""
    before = from_plain(row.kind, row.before) if row.before else None
    after = from_plain(row.kind, row.after) if row.after else None
    target = before or after
    assert target is not None  # `add` has what it adds, the others what they change
    return Correction(
        id=row.id,
        action=row.action,  # type: ignore[arg-type]
        target=target,
        wanted={"confirm": before, "reject": None}.get(row.action, after),
        same_bytes=row.origin_id is None,
    )


def _apply(session: Session, reading: ReadingRow, rows: Sequence[CorrectionRow]) -> None:
    texts = page_texts(session, reading.document_id)
    standing = [row for row in rows if row.withdrawn_at is None and row.replaced_by is None]
    clauses, volumes = ([row for row in standing if row.kind == kind] for kind in ("clause", "volume"))
    _apply_to(session, reading, rows_of(session, ClauseRow, reading.id), clauses, texts)
    _apply_to(session, reading, rows_of(session, VolumeRow, reading.id), volumes, texts)
    _correct_document(reading, [row for row in standing if row.kind == "family"])
    for correction in standing:
        if correction.kind in ("family", "document"):
            correction.state, correction.checked_at = "applied", datetime.now(UTC)


def _apply_to(
    session: Session,
    reading: ReadingRow,
    rows: Sequence[ClauseRow] | Sequence[VolumeRow],
    standing: Sequence[CorrectionRow],
    texts: Mapping[int, str],
) -> None:
    written = {row.correction_id: row for row in rows if row.rule == RULE}
    found = [row for row in rows if row.rule != RULE]
    for row in found:
        row.correction_id = row.hidden_by = None
    by_id = {row.id: row for row in standing}
    kept: set[int] = set()
    for outcome in resolve([correction_of(row) for row in standing], [stated_of(row) for row in found], texts):
        _note(by_id[outcome.correction.id], outcome)
        met = None if outcome.row is None else found[outcome.row]
        if (wanted := _wanted(outcome, met)) is not None:
            kept.add(_write(session, wanted, written.get(outcome.correction.id), outcome, reading_id=reading.id))
    session.flush()
    for row in written.values():
        if row.id not in kept:
            session.execute(delete(type(row)).where(type(row).id == row.id))


def _note(row: CorrectionRow, outcome: Outcome) -> None:
    row.state, row.page, row.checked_at = outcome.state, outcome.page, datetime.now(UTC)


def _wanted(outcome: Outcome, met: ClauseRow | VolumeRow | None) -> Clause | Volume | None:
    """Mark or hide the row that the correction meets; the row to write, None when there is none."""
    correction = outcome.correction
    if not outcome.stands:
        return None
    wanted = correction.wanted
    if met is not None:
        if wanted is not None and same_values(stated_of(met), wanted):
            met.correction_id = correction.id
            return None
        met.hidden_by = correction.id
    if wanted is None:
        return None
    proofs = stated_of(met).evidence if met is not None else correction.target.evidence
    if met is None and outcome.page != correction.page:  # boxes are those of the page where they were seen
        proofs = tuple(replace(proof, page=outcome.page, bbox=None) for proof in proofs[:1])
    return replace(wanted, rule=RULE, confidence=1.0, evidence=proofs)


def _write(
    session: Session,
    wanted: Clause | Volume,
    had: ClauseRow | VolumeRow | None,
    outcome: Outcome,
    *,
    reading_id: int,
) -> int:
    """The number of the row that the correction writes, kept as long as it says the same."""
    if had is not None and stated_of(had) == wanted:
        return int(had.id)
    return save_finding(session, wanted, reading_id=reading_id, correction_id=outcome.correction.id)


# ---------------------------------------------------------------- families


def _correct_document(reading: ReadingRow, standing: Sequence[CorrectionRow]) -> None:
    _set_families(reading, _families(standing))


def _correct_tender(session: Session, tender: TenderRow, rows: Sequence[CorrectionRow]) -> None:
    now = datetime.now(UTC)
    standing = [row for row in rows if row.withdrawn_at is None and row.replaced_by is None]
    by_lot: dict[str, list[CorrectionRow]] = {}
    for row in standing:
        row.checked_at = now
        if row.lot is None:
            row.state = "applied"
        else:
            by_lot.setdefault(row.lot, []).append(row)
    if (families := _families(row for row in standing if row.lot is None)) is not None:
        tender.families, tender.family = families, next(iter(families), None)
    numbers = {row.lot for row in rows if row.lot is not None}
    if not numbers:
        return
    query = (
        select(LotRow)
        .join(ReadingRow, ReadingRow.id == LotRow.reading_id)
        .join(DocumentPathRow, DocumentPathRow.document_id == ReadingRow.document_id)
        .where(
            ReadingRow.is_current,
            DocumentPathRow.tender_id == tender.id,
            LotRow.number.in_(numbers),
        )
    )
    lots = session.scalars(query).unique().all()
    for lot in lots:
        _set_families(lot, _families(by_lot.get(lot.number, ())))
    described = {lot.number for lot in lots}
    for row in standing:
        if row.lot is not None:
            row.state = "applied" if row.lot in described else "missing"


def _families(standing: Iterable[CorrectionRow]) -> list[str] | None:
    """What the last of these corrections says, None when there is none."""
    said = [row.after["families"] for row in standing if row.after]
    return list(said[-1]) if said else None


def _set_families(row: ReadingRow | LotRow, families: list[str] | None) -> None:
    """Replace what was read, which is kept aside, or put it back."""
    if row.read_families is not None:
        row.families, row.read_families = row.read_families, None
    if families is not None:
        row.read_families, row.families = row.families, families
    row.family = next(iter(row.families), None)
