"""What batches did, in French for the terminal and in codes for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from extractors.codes import codes_of, label
from extractors.notices.values import PARIS
from flows.differences import printable
from flows.wording import agree
from models import BatchState


def batches_json(batches: Sequence[BatchState]) -> str:
    return json.dumps([_plain(batch) for batch in batches], indent=1, ensure_ascii=False)


def print_batch(console: Console, batch: BatchState, *, notices: int = 0) -> None:
    """One batch: its documents by state, and those that could not be read again or put back."""
    told = [f"{count} {label('batch_state', state)}" for state, count in _counts(batch)] or ["aucun document"]
    if notices:
        told.append(agree(f"{notices} avis relu(s)", notices))
    console.print(f"Lot « {batch.name} » : {', '.join(told)}.", markup=False, highlight=False)
    for state, path, message in batch.told:
        words = f"  {label('batch_state', state)} : {path} — {message}"
        console.print(printable(words), soft_wrap=True, markup=False, highlight=False)
    if batch.undone_at is None and batch.counts.get("changed"):
        console.print(f"Pour l'annuler : clausoscope reprocess --undo {batch.name}", markup=False, highlight=False)


def print_batches(console: Console, batches: Sequence[BatchState]) -> None:
    if not batches:
        console.print("Aucun lot de relecture.")
        return
    table = Table("Lot", "Début", "État", "Choix", "Documents")
    for batch in batches:
        counts = ", ".join(f"{count} {label('batch_state', state)}" for state, count in _counts(batch))
        started = f"{batch.started_at.astimezone(PARIS):%d/%m/%Y %H:%M}"
        table.add_row(batch.name, started, _where(batch), batch.selection, counts)
    console.print(table)


def _where(batch: BatchState) -> str:
    if batch.undone_at:
        return "annulé"
    return "terminé" if batch.finished_at else "interrompu ou en cours"


def _counts(batch: BatchState) -> list[tuple[str, int]]:
    return [(state, batch.counts[state]) for state in codes_of("batch_state") if batch.counts.get(state)]


def _plain(batch: BatchState) -> dict[str, Any]:
    times = {name: getattr(batch, f"{name}_at") for name in ("started", "finished", "undone")}
    return {
        "name": batch.name,
        "run": batch.id,
        **{name: time and time.isoformat() for name, time in times.items()},
        "selection": json.loads(batch.selection),
        "documents": dict(_counts(batch)),
        "told": [{"state": state, "path": path, "message": message} for state, path, message in batch.told],
    }
