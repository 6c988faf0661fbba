"""Numbers, lots, clauses, volumes and penalties in French words."""

from __future__ import annotations

import re

from extractors.codes import label
from extractors.numbers import written
from extractors.schema import WHOLE_CONTRACT, Clause, Penalty, Volume


def number(value: float) -> str:
    """1234.5 → « 1 234,5 », with no-break spaces."""
    return written(value).replace(" ", "\N{NO-BREAK SPACE}")


def lots(numbers: tuple[str, ...]) -> str:
    if WHOLE_CONTRACT in numbers:
        return "tout le marché"
    return f"lot{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def clause(row: Clause) -> str:
    """« Critère social (lot 2, 10 %) »."""
    weight = f", {number(row.weight_percent)} %" if row.weight_percent is not None else ""
    return f"{label('category', row.category)} ({lots(row.lots)}{weight})"


def volume(row: Volume) -> str:
    """« 1 heure par tranche de 2 000 €, au-delà de 2 700 000 €, minimum »."""
    span = number(row.value) + (f" à {number(row.value_max)}" if row.value_max is not None else "")
    period = label("per", row.per) if row.per_amount_eur is None else f"par tranche de {number(row.per_amount_eur)} €"
    unit = label("unit", row.unit)
    if max(row.value, row.value_max or 0) < 2:  # « heures de formation » → « heure de formation »
        unit = re.sub(r"^(\w+)s\b", r"\1", unit)
    words = [f"{span} {unit} {period}"]
    if row.threshold_eur is not None:
        words.append(f"au-delà de {number(row.threshold_eur)} €")
    if row.phase is not None:
        words.append(label("phase", row.phase))
    if row.bound != "unspecified":
        words.append(label("bound", row.bound))
    if row.derived_hours is not None:
        words.append(f"soit {number(row.derived_hours)} heures ({row.formula})")
    return ", ".join(words)


def penalty(row: Penalty) -> str:
    """« 60 € par heure »."""
    unit = "%" if row.per == "percent" else f"€ {label('penalty_per', row.per)}"
    return f"{number(row.amount_eur)} {unit}"
