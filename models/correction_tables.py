"""The table of what people correct: it is keyed to the evidence, so that it survives any new reading."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.tables import Base, row_id


class CorrectionRow(Base):
    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("kind IN ('clause', 'volume', 'family', 'document')", name="kind"),
        CheckConstraint("action IN ('confirm', 'reject', 'edit', 'add')", name="action"),
        CheckConstraint("state IN ('applied', 'missing', 'text_changed', 'withdrawn')", name="state"),
        {"comment": "Ce qu'une personne a confirmé, rejeté, modifié ou ajouté, rattaché aux mots qui le prouvent"},
    )

    id: Mapped[int] = row_id()
    kind: Mapped[str] = mapped_column(comment="Ce qui est corrigé (lexique : correction_kind)")
    action: Mapped[str] = mapped_column(comment="Geste (lexique : correction_action)")
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True, comment="Document qui porte la preuve"
    )
    tender_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenders.id", ondelete="SET NULL"), index=True, comment="Consultation au moment de la correction"
    )
    category: Mapped[str | None] = mapped_column(comment="Catégorie visée (lexique : category)")
    lot: Mapped[str | None] = mapped_column(comment="Lot visé ; * pour tout le marché")
    page: Mapped[int | None] = mapped_column(comment="Page de la preuve, à partir de 1")
    quote: Mapped[str | None] = mapped_column(comment="Mots de la preuve")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), comment="Ce que la lecture disait")
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), comment="Ce que la personne dit")
    author: Mapped[str] = mapped_column(comment="Étiquette de l'auteur : un rôle ou des initiales, pas un nom")
    reason: Mapped[str] = mapped_column(comment="Motif")
    created_at: Mapped[datetime] = mapped_column(comment="Date, en temps universel")
    state: Mapped[str] = mapped_column(comment="État (lexique : correction_state)")
    checked_at: Mapped[datetime] = mapped_column(comment="Dernier rapprochement avec le texte, en temps universel")
    withdrawn_at: Mapped[datetime | None] = mapped_column(comment="Retrait de la correction, en temps universel")
    origin_id: Mapped[int | None] = mapped_column(
        ForeignKey("corrections.id", ondelete="CASCADE"),
        index=True,
        comment="Première correction, quand celle-ci la reporte sur le document qui a remplacé l'autre",
    )
    replaced_by: Mapped[int | None] = mapped_column(
        ForeignKey("corrections.id", ondelete="SET NULL"),
        index=True,
        comment="Correction plus récente de la même ligne, qui compte à sa place",
    )
