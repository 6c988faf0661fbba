"""The table of the texts that people search in; its index, `texts_index`, is of each database's own kind.

texts ─▶ exactly one of documents (a page, or a part of a long one), tenders (their objects, the titles of their lots)
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.tables import Base, row_id

SEARCH_INDEX = "texts_index"
"""SQLite: FTS5 over `texts`, kept by triggers. PostgreSQL: the words of each text, whole and as French stems."""


def is_declared(name: str | None, kind: str, _: object = None) -> bool:
    """Whether Alembic compares a table with what is declared: not the index, which is of each database's own kind."""
    return not (kind == "table" and name is not None and name.startswith(SEARCH_INDEX))


class TextRow(Base):
    __tablename__ = "texts"
    __table_args__ = (
        CheckConstraint("(document_id IS NULL) <> (tender_id IS NULL)", name="one_owner"),
        {"comment": "Un texte où l'on cherche : page d'un document, ou objets et intitulés de lots d'une consultation"},
    )

    id: Mapped[int] = row_id()
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True, comment="Document, si c'est une page"
    )
    tender_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenders.id", ondelete="CASCADE"), index=True, comment="Consultation, si ce sont ses objets et lots"
    )
    page: Mapped[int | None] = mapped_column(comment="Page du fichier, à partir de 1 ; vide pour une consultation")
    text: Mapped[str] = mapped_column(comment="Texte sur une ligne, les noms de personnes masqués")
