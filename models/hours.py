"""Hours that a tender asks firmly, from the rows of `v_volumes` of its documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from extractors.schema import WHOLE_CONTRACT

Key = tuple[int, str]
"""Tender and category."""


def hours_by_lot(volumes: Sequence[Row[Any]]) -> Mapping[Key, Mapping[str, float]]:
    """By tender and category, what each lot is asked; « * » is the whole contract.

    Documents of a tender repeat each other, or differ: of each lot, the one that asks most counts. A figure that is
    derived counts where the same document states none.
    """
    stated: defaultdict[tuple[Any, ...], dict[tuple[Any, ...], float]] = defaultdict(dict)
    derived: defaultdict[tuple[Any, ...], dict[tuple[Any, ...], float]] = defaultdict(dict)
    for row in volumes:
        place = row.consultation_id, row.categorie, row.lot, row.document_id
        if states_hours(row):
            stated[place][row.valeur, row.seuil_eur, row.phase] = row.valeur
        elif derives_hours(row):
            derived[place][row.heures_derivees, row.formule, row.phase] = row.heures_derivees
    lots: defaultdict[Key, dict[str, float]] = defaultdict(dict)
    for (tender, category, lot, _), values in (derived | stated).items():
        known = lots[tender, category]
        known[lot] = max(known.get(lot, 0), sum(values.values()))
    return lots


def total_hours(lots: Mapping[str, float]) -> float:
    """What is asked for the whole contract, or for its lots together where that is more."""
    return max(lots.get(WHOLE_CONTRACT, 0), sum(hours for lot, hours in lots.items() if lot != WHOLE_CONTRACT))


def states_hours(volume: Row[Any]) -> bool:
    """Whether a row of `v_volumes` asks firmly for hours over the whole contract."""
    return volume.unite == "hours" and volume.par == "contract" and _is_firm(volume)


def derives_hours(volume: Row[Any]) -> bool:
    """Whether a row of `v_volumes` asks firmly for what the document's own numbers turn into hours."""
    return volume.heures_derivees is not None and _is_firm(volume)


def _is_firm(volume: Row[Any]) -> bool:
    return volume.phase in (None, "firm") and volume.borne != "maximum"
