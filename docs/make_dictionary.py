"""Writes the tables of the data dictionary from their declared comments, after any change of a table."""

from __future__ import annotations

from pathlib import Path

from models import VIEWS  # noqa: F401 - importing `models` declares every table
from models.tables import Base

DICTIONARY = Path(__file__).parents[1] / "models" / "DICTIONNAIRE.md"
START = "# Tables\n"


def written() -> str:
    """The part that begins with « # Tables »."""
    sections = [
        f"## Table `{table.name}`\n\n{table.comment}.\n\n| Colonne | Sens |\n|---|---|\n"
        + "".join(f"| `{column.name}` | {column.comment} |\n" for column in table.columns)
        for _, table in sorted(Base.metadata.tables.items())
    ]
    return START + "\n" + "\n".join(sections)


if __name__ == "__main__":
    views = DICTIONARY.read_text("utf-8").split(f"\n{START}")[0]
    DICTIONARY.write_text(f"{views}\n{written()}", "utf-8")
