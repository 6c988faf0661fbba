"""The report of a run: a table on the terminal, the same in Markdown for Prefect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractors.codes import label
from extractors.schema import Clause
from extractors.words import lots, number
from flows.run import Report
from flows.wording import agree, place_of, problem, quote
from models import RunSummary

SHOWN_CLAUSES = 40


def _counts(summary: RunSummary) -> list[tuple[str, int]]:
    return [
        ("Fichiers trouvés", summary.seen),
        ("Déjà traités", summary.skipped),
        *((label("status", status), getattr(summary, status)) for status in ("ok", "partial", "failed")),
    ]


def _families(summary: RunSummary) -> list[tuple[str, str, str]]:
    """« — » rather than 0: hours may be asked in another unit, or by year."""
    return [
        (total.label, str(total.clauses), number(total.hours) if total.hours else "—") for total in summary.families
    ]


def _other_volumes(count: int) -> str:
    words = "Hors de ces heures, {} volume(s) dans une autre unité ou par période : clausoscope export v_volumes"
    return agree(words.format(count), count)


def _problems(summary: RunSummary) -> list[str]:
    return [f"{p.path} : {problem(p.message, path=p.path, page=p.page)}" for p in summary.problems]


def _clauses(rows: Sequence[tuple[str, Clause]]) -> Table:
    table = Table(title="Clauses trouvées", title_justify="left")
    for name, ratio in (("Document", 3), ("Clause", 3), ("Lots", 2), ("Page", 2), ("Citation", 6)):
        table.add_column(name, ratio=ratio, overflow="fold", justify="right" if name == "Page" else "left")
    for path, clause in rows:
        proof = clause.evidence[0]
        place = "/".join(Path(path).parts[-2:])
        words = quote(proof.quote, length=80)
        cells = (place, label("category", clause.category), lots(clause.lots), place_of(proof), words)
        table.add_row(*map(Text, cells))
    return table


def print_report(console: Console, report: Report) -> None:
    """Clauses found, documents by status, clauses and hours by family, and every problem with its mend."""
    summary = report.summary
    if report.clauses:
        console.print(_clauses(report.clauses[:SHOWN_CLAUSES]))
    if len(report.clauses) > SHOWN_CLAUSES:
        hidden = len(report.clauses) - SHOWN_CLAUSES
        console.print(agree(f"… et {hidden} autre(s) : clausoscope export v_clauses", hidden))
    documents = Table(title=f"Traitement n° {summary.run_id}", title_justify="left")
    documents.add_column("Documents")
    documents.add_column("Nombre", justify="right")
    for name, count in _counts(summary):
        documents.add_row(name, str(count))
    console.print(documents)
    if summary.families:
        families = Table(title="Par famille d'achat", title_justify="left")
        families.add_column("Famille")
        families.add_column("Clauses", justify="right")
        families.add_column("Heures", justify="right")
        for row in _families(summary):
            families.add_row(*row)
        console.print(families)
    if summary.unconverted_volumes:
        console.print(_other_volumes(summary.unconverted_volumes))
    for line in _problems(summary):
        console.print(Text(f"• {line}"), style="yellow", soft_wrap=True)
    for line in _lasted(report):
        console.print(line, soft_wrap=True)


def _lasted(report: Report) -> list[str]:
    """What a limit of time left unread, then where the time went."""
    lines = []
    if count := report.put_off:
        words = agree(f"{count} document(s) reporté(s)", count)
        lines.append(f"{words}, le temps de leur consultation écoulé : relancez la commande pour la suite.")
    spent = report.timings
    stages = (
        ("lecture", spent.read),
        ("conversion", spent.convert),
        ("reconnaissance", spent.recognise),
        ("règles", spent.match),
        ("enregistrement", report.store_seconds),
    )
    told = ", ".join(f"{name} {number(round(seconds, 1))} s" for name, seconds in stages)
    return [*lines, f"Temps par étape : {told}."]


def markdown(report: Report) -> str:
    summary = report.summary
    lines = ["| Documents | Nombre |", "|---|---:|", *(f"| {name} | {count} |" for name, count in _counts(summary))]
    lines += ["", "| Famille | Clauses | Heures |", "|---|---:|---:|"]
    lines += [f"| {' | '.join(row)} |" for row in _families(summary)]
    lines += ["", *(f"- {line}" for line in _problems(summary))]
    lines += ["", *_lasted(report)]
    return "\n".join(lines)
