"""Totals as a picture: hours, and the number of clauses beside them, so that no big works hide the rest."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from extractors.words import number
from flows.files import cannot_write
from flows.tables import NAMES, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET, HOURS, CLAUSES = "#1d2433", "#6b7280", "#1f6f8b", "#e08e45"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": QUIET,
    "svg.fonttype": "none",
    "svg.hashsalt": "clausoscope",
}
WIDTH, TITLE = 10.5, 0.5
"""Inches."""
LONGEST_LABEL = 38
"""Characters."""


def draw_totals(totals: pd.DataFrame, by: str, path: Path, *, top: int) -> None:
    """The `top` first totals of `models.queries.hours_by` in a .png or .svg file.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib import rc_context  # makes folders of its own as it is imported
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    shown = totals.head(top)
    labels = [_short(label_of(row, by)) for row in shown.itertuples()]
    with rc_context(STYLE):
        height = 1.2 + 0.36 * max(len(shown), 2)
        room = ConstrainedLayoutEngine(rect=(0.01, 0.02, 0.98, 1 - 0.02 - TITLE / height), wspace=0.06)
        figure = Figure(figsize=(WIDTH, height), facecolor="white", layout=room)
        hours, clauses = figure.subplots(1, 2, sharey=True, width_ratios=(1.6, 1))
        _bars(hours, labels, shown["heures"], title="Heures d'insertion demandées", colour=HOURS)
        _bars(clauses, labels, shown["nb_clauses"], title="Clauses (lot × catégorie)", colour=CLAUSES)
        title = f"Clauses sociales par {NAMES[by][0].lower() + NAMES[by][1:]}"
        figure.text(0.015, 1 - 0.15 / height, title, size=15, weight="bold", va="top")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Without its date, the same figures give the same file.
            figure.savefig(path, dpi=160, metadata={"Date": None} if path.suffix == ".svg" else None)
        except OSError as error:
            raise cannot_write(path, error) from error


def _short(label: str) -> str:
    """Without what stands in brackets, and cut between words."""
    short = textwrap.shorten(re.sub(r"\s*\(.*", "", label), LONGEST_LABEL, placeholder="…")
    return re.sub(r"(?:,| et| de)+…$", "…", short)


def _bars(axes: Axes, labels: list[str], values: pd.Series[Any], *, title: str, colour: str) -> None:
    lengths = [float(value) for value in values.fillna(0)]
    places = range(len(labels))
    axes.barh(places, lengths, color=colour, height=0.68)
    longest = max(lengths, default=0) or 1
    for place, length in zip(places, lengths, strict=True):
        told = number(round(length)) if length else "–"
        axes.text(length + longest * 0.015, place, told, va="center", size=9, color=INK if length else QUIET)
    axes.set_xlim(0, longest * 1.16)
    axes.set_ylim(len(labels) - 0.4, -0.6)  # the first on top
    axes.set_yticks(places, labels)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_title(title, loc="left", size=10.5, color=QUIET, pad=6)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color("#d6dae1")
