"""A table of corrections, such as an export of v_clauses with a column for the gesture: each line by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Engine

from extractors.errors import ClausoscopeError, CorrectionError
from extractors.text import fold
from flows.correct import COLUMNS, Values, add, edit, needed, number, set_family
from flows.files import InputNotFound, reason
from models import RowName, Signature, complete_document, confirm_row, find_document, reject_row

GESTURES = {
    "confirmer": "confirm",
    "rejeter": "reject",
    "modifier": "edit",
    "ajouter": "add",
    "famille": "family",
    "complet": "done",
}
"""Gestures of a table, in French; their names on the command line do too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a table gave: the numbers of the corrections, and the lines that were refused."""

    numbers: tuple[int, ...]
    refused: tuple[tuple[int, str], ...] = field(default=())
    """Line of the file, and why in one sentence."""


def correct_from(engine: Engine, path: Path, *, author: str | None, reason_given: str | None) -> Recorded:
    """Record every line that bears a gesture, each by itself: one that is refused loses no other.

    The table is an export of v_clauses or v_volumes with the columns `geste`, `auteur` and `motif`; `author` and
    `reason_given` stand where these are empty.

    Raises:
        InputNotFound: the file cannot be read, or has no column `geste`.
    """
    numbers: list[int] = []
    refused: list[tuple[int, str]] = []
    seen: set[tuple[str, str, str]] = set()
    for line, cells in _lines(path):
        gesture = fold(cells.get("geste", ""))
        row = (
            ("clause", cells.get("clause_id", "")) if cells.get("clause_id") else ("volume", cells.get("volume_id", ""))
        )
        if not gesture or (row[1] and (gesture, *row) in seen):  # a clause of three lots is three lines
            continue
        seen.add((gesture, *row))
        try:
            by = Signature(author=cells.get("auteur") or author or "", reason=cells.get("motif") or reason_given or "")
            numbers.append(_apply(engine, GESTURES.get(gesture, gesture), cells, by))
        except ClausoscopeError as error:
            refused.append((line, str(error)))
    return Recorded(numbers=tuple(numbers), refused=tuple(refused))


def _apply(engine: Engine, gesture: str, cells: Mapping[str, str], by: Signature) -> int:
    given = Values(**{name: cells.get(column) for name, column in COLUMNS.items()})
    document = cells.get("document_id") or cells.get("chemin", "")
    match gesture:
        case "confirm":
            return confirm_row(engine, _named(cells), by)
        case "reject":
            return reject_row(engine, _named(cells), by)
        case "edit":
            name = _named(cells)
            # In an export the lots of a clause are on several lines: those of one line are not all of them.
            return edit(engine, name, replace(given, lots=cells.get("lots")) if name.kind == "clause" else given, by)
        case "add":
            page = needed(number(cells.get("page")))
            given = replace(given, lots=cells.get("lots") or given.lots)
            return add(engine, document, given, page=int(page), quote=cells.get("citation", ""), by=by)
        case "family":
            families = cells.get("famille") or cells.get("familles", "")
            tender = cells.get("consultation", "")
            return set_family(engine, families, by, tender=tender, lot=cells.get("lot", ""), document=document)
        case "done":
            return complete_document(engine, find_document(engine, document), by)
        case _:
            raise CorrectionError(f"Geste « {gesture} » inconnu : {', '.join(GESTURES)}.")


def _named(cells: Mapping[str, str]) -> RowName:
    for kind in ("clause", "volume"):
        number = cells.get(f"{kind}_id", "")
        if number:
            if not number.isdigit():
                raise CorrectionError(f"« {number} » n'est pas un numéro de ligne.")
            return RowName(kind=kind, id=int(number))
    raise CorrectionError("Ligne sans numéro : gardez la colonne clause_id ou volume_id de l'export.")


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputNotFound(f"« {path} » illisible ({reason(error)}) : vérifiez le chemin.") from error
    except UnicodeDecodeError as error:
        raise InputNotFound(f"« {path} » n'est pas en UTF-8 : enregistrez-le en « CSV UTF-8 ».") from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", restkey="")
    if "geste" not in (reader.fieldnames or ()):
        raise InputNotFound(
            f"« {path} » n'a pas de colonne « geste » : ajoutez-la à un export de v_clauses ou v_volumes."
        )
    return [
        (reader.line_num, {name: (value or "").strip() for name, value in cells.items() if name}) for cells in reader
    ]
