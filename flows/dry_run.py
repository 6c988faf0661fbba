"""`reprocess --dry-run`: the rows that reading again would gain, lose or change, before anything is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from rich.console import Console

from extractors.compare import compare
from extractors.rowkeys import Difference
from flows.again import choose, in_batches, read_again
from flows.compare import counts_of, print_changes
from flows.differences import printable, to_json
from flows.extract import open_pool, track
from flows.settings import load_settings
from flows.wording import agree
from models import Selection, current_extractions, open_database, says_the_same


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What reading a selection again would do."""

    read: int
    left: int
    """Documents that no change of the rules can touch."""
    changed: int
    """Documents that would get a new reading."""
    failed: tuple[tuple[str, str], ...]
    """Path and reason of those that cannot be read again: they would keep what they have."""
    differences: tuple[Difference, ...]
    """Rows gained, lost and changed; other facts of a changed document (terms, contacts, places) are not told."""


def dry_run(selection: Selection, *, workers: int | None) -> DryRun:
    """Read a selection again and compare; raises StoreError, RuleError, SettingsError."""
    settings = load_settings()
    engine = open_database(settings.database_url)
    choice = choose(engine, settings, selection)
    failed: list[tuple[str, str]] = []
    differences: list[Difference] = []
    changed = 0
    with open_pool(settings, workers=workers, keep_pages=True) as pool:
        batches = in_batches(choice.to_read, settings.batch_size)
        for documents in track(batches, total=-(-len(choice.to_read) // settings.batch_size)):
            stored = current_extractions(engine, [document.sha256 for document in documents])
            for result in read_again(pool, documents):
                if result.extraction is None:
                    failed.append((result.document.path, result.error or ""))
                    continue
                before = stored.get(result.document.sha256)
                if before and says_the_same(before, result.extraction):
                    continue
                changed += 1
                old = [replace(before, path=result.document.path)] if before else []
                differences += compare(old, [result.extraction])
    return DryRun(
        read=len(choice.to_read),
        left=len(choice.left),
        changed=changed,
        failed=tuple(failed),
        differences=tuple(differences),
    )


def dry_run_json(found: DryRun) -> str:
    documents = {"read": found.read, "left": found.left, "changed": found.changed, "failed": dict(found.failed)}
    rows = [to_json(row) for row in found.differences]
    return json.dumps({"documents": documents, "counts": counts_of(found.differences), "differences": rows}, indent=1)


def print_dry_run(console: Console, found: DryRun) -> None:
    """The differences with their words, then what the documents come to."""
    print_changes(console, found.differences)
    for path, message in found.failed:
        console.print(printable(f"{path} : {message}"), soft_wrap=True, markup=False, style="red")
    told = [
        agree(f"{found.read} document(s) relu(s)", found.read),
        f"{found.changed} à changer",
        agree(f"{found.left} que rien ne touche", found.left),
    ]
    if found.failed:
        told.append(agree(f"{len(found.failed)} document(s) impossible(s) à relire", len(found.failed)))
    console.print(f"{', '.join(told)}. Rien n'est écrit.")
