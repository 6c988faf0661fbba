"""`diff`: what the new versions of the documents of a tender change, clause by clause."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time

from rich.console import Console
from rich.text import Text
from sqlalchemy import Engine

from extractors.codes import label
from flows.compare import changes_json, print_changes
from flows.differences import print_differences, printable, to_json
from flows.wording import agree
from models import TenderChanges, VersionChange, changes_since, find_tender, version_changes


def versions_of(engine: Engine, tender: str) -> tuple[VersionChange, ...]:
    """Each version of its documents against the one it replaces; StoreError for an unknown tender."""
    return version_changes(engine, find_tender(engine, tender))


def since(engine: Engine, tender: str, day: date) -> TenderChanges:
    """All its documents now against those of the beginning of a day; StoreError for an unknown tender."""
    return changes_since(engine, find_tender(engine, tender), datetime.combine(day, time(), UTC))


def versions_json(versions: Sequence[VersionChange]) -> str:
    return json.dumps(
        [
            {
                **asdict(version),
                "replaced_at": version.replaced_at.isoformat(),
                "differences": [to_json(row) for row in version.differences],
            }
            for version in versions
        ],
        indent=1,
    )


def print_versions(console: Console, versions: Sequence[VersionChange]) -> None:
    """Each pair under its names, then its differences."""
    if not versions:
        console.print("Aucune pièce de cette consultation n'a été remplacée.")
    for version in versions:
        names = version.old_path if version.old_path == version.new_path else f"{version.old_path} → {version.new_path}"
        why = f"{label('version_reason', version.reason)}, {version.replaced_at:%d/%m/%Y}"
        console.print(Text(printable(f"{names} ({why})"), style="bold"), soft_wrap=True)
        if version.differences:
            print_differences(console, version.differences, before="Avant", after="Après", named=False)
        else:
            console.print("  Rien n'a changé dans ce qui est extrait.")


def print_since(console: Console, found: TenderChanges) -> None:
    before, after = found.documents_before, found.documents_after
    console.print(agree(f"{before} pièce(s) alors", before) + agree(f", {after} pièce(s) aujourd'hui.", after))
    print_changes(console, found.differences)


def since_json(found: TenderChanges) -> str:
    return changes_json(found.differences)
