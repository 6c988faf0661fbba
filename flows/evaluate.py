"""`evaluate`: known answers in, figures out; the documents are extracted here unless their extractions are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractors.answers import AnswerError, Gold, read_extractions, read_gold
from extractors.codes import label
from extractors.evaluate import BANDS, Bands, Counts, Measures, Scores, Share, pair, score
from extractors.rowkeys import rounded
from extractors.schema import Extraction
from flows.differences import PARTS, print_differences, printable, to_json
from flows.extract import open_pool, track
from flows.files import InputNotFound, hash_file, reason
from flows.settings import load_settings
from flows.wording import agree
from models import open_database, shown_extractions

By = Literal["category", "buyer"]
Record = TypeVar("Record")

COUNTS = ("clauses", "clauses_by_lot", "volumes", "volumes_value_unit", "penalties", "absent")
LEFT_OUT = ("clauses", "volumes")
SHARES = ("silence", "family_top1", "doc_type", "evidence_page", "criterion_weight")


def evaluate(gold_files: Sequence[Path], *, predictions: Path | None, workers: int | None) -> Scores:
    """Figures of the answers of every gold file, against `predictions` or what is extracted now.

    Raises:
        InputNotFound, AnswerError, SettingsError, RuleError: with the next action in one line.
    """
    placed = _placed(gold_files)
    if predictions is not None:
        return score(pair([gold for gold, _ in placed], load(predictions, read_extractions)))
    return score(_extract(placed, workers=workers))


def evaluate_stored(gold_files: Sequence[Path]) -> Scores:
    """The same against what the database shows of these files, corrections included.

    Raises:
        InputNotFound, AnswerError, SettingsError, StoreError: with the next action in one line.
    """
    placed = [(gold, _find(gold.file, path) if gold.file else None) for gold, path in _placed(gold_files)]
    contents = {path: hash_file(path) for _, path in placed if path}
    shown = shown_extractions(open_database(load_settings().database_url), set(contents.values()))
    return score((gold, shown.get(contents[path]) if path else None) for gold, path in placed)


def _placed(gold_files: Sequence[Path]) -> list[tuple[Gold, Path]]:
    placed = [(gold, path) for path in gold_files for gold in load(path, read_gold)]
    if not placed:
        raise InputNotFound("Aucune réponse dans ces fichiers : donnez au moins un document annoté.")
    return placed


def load(path: Path, read: Callable[..., tuple[Record, ...]]) -> tuple[Record, ...]:
    """The records of a file of JSON lines.

    Raises:
        InputNotFound, AnswerError: the file cannot be read, or one of its lines.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise InputNotFound(f"« {path} » illisible ({reason(error)}) : vérifiez le chemin.") from error
    except UnicodeDecodeError as error:
        raise AnswerError(f"« {path} » n'est pas du texte en UTF-8 : donnez des lignes de JSON.") from error
    return read(lines, name=str(path))


def _extract(placed: Sequence[tuple[Gold, Path]], *, workers: int | None) -> list[tuple[Gold, Extraction | None]]:
    with TemporaryDirectory(prefix="clausoscope-") as folder, open_pool(load_settings(), workers=workers) as pool:
        paths = [
            _find(gold.file, gold_file) if gold.file else _write(gold, Path(folder, str(index)))
            for index, (gold, gold_file) in enumerate(placed)
        ]
        known = [path for path in paths if path]
        found = iter(track(pool.run(known), total=len(known)))
        return [(gold, next(found) if path else None) for (gold, _), path in zip(placed, paths, strict=True)]


def _find(file: str, gold_file: Path) -> Path | None:
    """The file below the nearest folder above the gold file that holds it."""
    candidates = (folder / file for folder in gold_file.resolve().parents)
    return next((path for path in candidates if path.is_file()), None)


def _write(gold: Gold, folder: Path) -> Path:
    """The text as a document of its own; its name, which the type of a document is read from, is the id."""
    folder.mkdir()
    path = folder / f"{gold.id.replace('/', '_')}.txt"
    path.write_text(gold.text or "", "utf-8", errors="replace")
    return path


# ---------------------------------------------------------------- for programs


def scores_json(scores: Scores, *, misses: bool) -> str:
    """Shares and F1 between 0 and 1, four decimals; null where nothing was to be judged."""
    total = scores.total
    result: dict[str, Any] = {name: _figures(getattr(total, name)) for name in COUNTS}
    result |= {name: rounded(getattr(total, name).value) for name in SHARES}
    result |= {
        "silent_documents": total.silence.total,
        "documents": scores.documents,
        "not_in_output": len(scores.missing),
        "missing": scores.missing,
        "unreadable": scores.unreadable,
        "by_category": {row.category: _figures(row.clauses) for row in scores.by_category},
        "by_buyer": [
            {"buyer": row.buyer, "documents": row.documents}
            | {name: _figures(getattr(row.measures, name)) for name in COUNTS}
            | {"left_out": {name: _figures(getattr(row.left_out, name)) for name in LEFT_OUT}}
            for row in scores.by_buyer
        ],
        "left_out": {name: _figures(getattr(scores.left_out, name)) for name in LEFT_OUT},
        "calibration": {"clauses": _band_rows(total.clause_bands), "volumes": _band_rows(total.volume_bands)},
    }
    if misses:
        result["misses"] = [to_json(row) for row in scores.misses]
    return json.dumps(result, indent=1)


def _figures(counts: Counts) -> dict[str, Any]:
    rates = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    return {name: rounded(rate) for name, rate in rates.items()} | {"tp": counts.tp, "fp": counts.fp, "fn": counts.fn}


def _band_rows(bands: Bands) -> list[dict[str, Any]]:
    shares = (bands.high, bands.middle, bands.low)
    return [
        {"from": low, "rows": share.total, "right": rounded(share.value)}
        for low, share in zip(BANDS, shares, strict=True)
    ]


# ---------------------------------------------------------------- for people


def print_scores(console: Console, scores: Scores, *, by: By, misses: bool) -> None:
    """Tables of the figures, by category and by buyer too when asked for, the calibration, and every miss."""
    total = scores.total
    console.print(_counts_table("Mesure", [(PARTS[name], getattr(total, name)) for name in COUNTS]))
    rows = [(label("category", row.category), row.clauses) for row in scores.by_category]
    console.print(_counts_table("Clauses par catégorie", rows))
    console.print(_shares_table(total))
    if by == "buyer":
        _print_buyers(console, scores)
    if misses and scores.misses:
        print_differences(console, scores.misses, before="Attendu", after="Trouvé")
    documents = agree(f"{scores.documents} document(s)", scores.documents)
    console.print(f"{documents}, dont {total.silence.total} sans clause attendue.")


def _counts_table(title: str, rows: Iterable[tuple[str, Counts]]) -> Table:
    table = _table(title, "Précision", "Rappel", "F1", "Justes", "En trop", "Manqués")
    for name, counts in rows:
        rates = map(_rate, (counts.precision, counts.recall, counts.f1))
        table.add_row(name, *rates, str(counts.tp), str(counts.fp), str(counts.fn))
    return table


def _print_buyers(console: Console, scores: Scores) -> None:
    """Buyers with an error, or that would have one had they not been seen; the worst first."""
    table = _table(
        "Acheteur", "Documents", "F1 des clauses", "F1 des volumes", "Silence", "Non vu : clauses", "Non vu : volumes"
    )
    flawed = [row for row in scores.by_buyer if not all(_perfect(m) for m in (row.measures, row.left_out))]
    for row in sorted(flawed, key=lambda row: (row.left_out.clauses.f1, row.left_out.volumes.f1)):
        measures, left = row.measures, row.left_out
        rates = (measures.clauses.f1, measures.volumes.f1, measures.silence.value, left.clauses.f1, left.volumes.f1)
        table.add_row(Text(printable(row.buyer or "non dit")), str(row.documents), *map(_rate, rates))
    if flawed:
        console.print(table)
    others = len(scores.by_buyer) - len(flawed)
    console.print(agree(f"{others} acheteur(s) sans erreur ni perte.", others))
    clauses, volumes = (_rate(getattr(scores.left_out, name).f1) for name in LEFT_OUT)
    console.print(f"Validation croisée par acheteur : F1 des clauses {clauses}, F1 des volumes {volumes}.")
    console.print("« Non vu » : chaque acheteur jugé avec les seules règles confirmées chez un autre.", style="dim")


def _perfect(measures: Measures) -> bool:
    return measures.clauses.f1 == 1 and measures.volumes.f1 == 1 and measures.silence.value in (None, 1)


def _shares_table(total: Measures) -> Table:
    table = _table("Mesure", "Part juste", "Justes", "Sur")
    rows: list[tuple[str, Share]] = [(PARTS[name], getattr(total, name)) for name in SHARES]
    for name, bands in (("Clauses", total.clause_bands), ("Volumes", total.volume_bands)):
        rows.append((f"{name} de confiance ≥ 0,9", bands.high))
        rows.append((f"{name} de confiance 0,8 à 0,9", bands.middle))
        rows.append((f"{name} de confiance < 0,8", bands.low))
    for title, share in rows:
        table.add_row(title, _rate(share.value), str(share.right), str(share.total))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(first)
    for title in others:
        table.add_column(title, justify="right")
    return table


def _rate(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}".replace(".", ",")
