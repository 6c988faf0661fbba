"""Corrections in French words, for the terminal."""

from __future__ import annotations

from extractors.codes import label
from extractors.schema import Clause, Evidence, Volume
from extractors.words import clause, lots, volume
from flows.wording import proof
from models import StoredCorrection

Said = Clause | Volume | tuple[str, ...] | None


def about(one: StoredCorrection) -> str:
    """« Clause d'insertion (lot 1), p. 7 « 300 heures » »; « lot 2 : Bâtiment »."""
    if one.kind == "document":
        return "tout le document"
    if one.kind == "family":
        return ("lot " + one.lot + " : " if one.lot else "") + _said(one.before)
    target = one.before if isinstance(one.before, Clause | Volume) else one.after
    return _said(target) + proof((Evidence(page=one.page or 1, quote=one.quote or ""),))


def change(one: StoredCorrection) -> str:
    """« → 450 heures », for what was edited."""
    return f" → {_said(one.after)}" if one.action == "edit" else ""


def _said(said: Said) -> str:
    match said:
        case None:
            return "—"
        case Clause():
            return clause(said)
        case Volume():
            return f"{volume(said)} ({lots((said.lot,))})"
        case families:
            return ", ".join(label("family", family) for family in families)
