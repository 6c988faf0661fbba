"""The tables of what the sources of a tender say together: made again from them whenever one of them changes.

tenders ◀─ consolidated ◀─ consolidated_sources · consolidated ◀─ contradictions
tenders ◀─ agreements, document_versions
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.tables import Base, row_id


def _of_consolidated() -> Mapped[int]:
    return mapped_column(ForeignKey("consolidated.id", ondelete="CASCADE"), index=True, comment="Ligne consolidée")


def _tender() -> Mapped[int]:
    return mapped_column(ForeignKey("tenders.id", ondelete="CASCADE"), index=True, comment="Consultation")


def _document(what: str) -> Mapped[int | None]:
    return mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True, comment=what)


class ConsolidatedRow(Base):
    __tablename__ = "consolidated"
    __table_args__ = (
        UniqueConstraint("tender_id", "lot", "category"),
        Index("ix_consolidated_family", "family", "tender_id", "category", "counted_hours"),
        Index("ix_consolidated_tender_id_category", "tender_id", "category", "lot", "hours"),
        {"comment": "Une clause d'une consultation : une ligne par lot et catégorie, toutes sources réunies"},
    )

    id: Mapped[int] = row_id()
    tender_id: Mapped[int] = mapped_column(ForeignKey("tenders.id", ondelete="CASCADE"), comment="Consultation")
    lot: Mapped[str] = mapped_column(comment="Numéro du lot ; * pour tout le marché")
    category: Mapped[str] = mapped_column(index=True, comment="Catégorie (lexique : category)")
    hours: Mapped[float | None] = mapped_column(index=True, comment="Heures d'insertion demandées fermement")
    hours_derived: Mapped[bool] = mapped_column(comment="Vrai si les heures sont calculées, faux si elles sont écrites")
    formula: Mapped[str | None] = mapped_column(comment="Calcul des heures, si elles sont calculées")
    weight_percent: Mapped[float | None] = mapped_column(comment="Poids du critère, en pour cent de la note")
    confidence: Mapped[float] = mapped_column(comment="Confiance de la source retenue, de 0 à 1")
    doc_type: Mapped[str] = mapped_column(comment="Type de la source retenue (lexique : doc_type)")
    document_id: Mapped[int | None] = _document("Document retenu")
    clause_id: Mapped[int | None] = mapped_column(
        ForeignKey("clauses.id", ondelete="SET NULL"), index=True, comment="Clause retenue"
    )
    volume_id: Mapped[int | None] = mapped_column(
        ForeignKey("volumes.id", ondelete="SET NULL"), index=True, comment="Volume retenu"
    )
    page: Mapped[int | None] = mapped_column(comment="Page de la preuve retenue, à partir de 1")
    quote: Mapped[str | None] = mapped_column(comment="Citation retenue")
    source_count: Mapped[int] = mapped_column(comment="Nombre de sources qui portent la clause")
    contradiction_count: Mapped[int] = mapped_column(comment="Nombre de contradictions entre sources")
    is_corrected: Mapped[bool] = mapped_column(comment="Vrai si une correction porte la ligne")
    family: Mapped[str | None] = mapped_column(comment="Famille d'achat du lot (lexique : family)")
    counted_hours: Mapped[float | None] = mapped_column(
        comment="Ce qu'elle ajoute aux heures de la consultation : du marché entier, ce que les lots ne demandent pas"
    )
    sources: Mapped[list[ConsolidatedSourceRow]] = relationship(order_by="ConsolidatedSourceRow.position")


class ConsolidatedSourceRow(Base):
    __tablename__ = "consolidated_sources"
    __table_args__ = {"comment": "Une source d'une ligne consolidée, la retenue d'abord"}

    id: Mapped[int] = row_id()
    consolidated_id: Mapped[int] = _of_consolidated()
    position: Mapped[int] = mapped_column(comment="Rang, à partir de 0 pour la source retenue")
    document_id: Mapped[int | None] = _document("Document")
    clause_id: Mapped[int | None] = mapped_column(
        ForeignKey("clauses.id", ondelete="CASCADE"), index=True, comment="Clause de ce document"
    )
    volume_id: Mapped[int | None] = mapped_column(
        ForeignKey("volumes.id", ondelete="CASCADE"), index=True, comment="Volume de ce document"
    )


class ContradictionRow(Base):
    __tablename__ = "contradictions"
    __table_args__ = {"comment": "Deux sources d'une consultation qui ne disent pas la même chose"}

    id: Mapped[int] = row_id()
    tender_id: Mapped[int] = _tender()
    consolidated_id: Mapped[int | None] = mapped_column(
        ForeignKey("consolidated.id", ondelete="CASCADE"), index=True, comment="Ligne consolidée, s'il y en a une"
    )
    lot: Mapped[str] = mapped_column(comment="Numéro du lot ; * pour tout le marché")
    category: Mapped[str] = mapped_column(comment="Catégorie (lexique : category)")
    subject: Mapped[str] = mapped_column(comment="Ce qui diffère (lexique : contradiction)")
    kept_document_id: Mapped[int | None] = _document("Document dont la valeur est retenue")
    kept_value: Mapped[str] = mapped_column(comment="Valeur retenue")
    kept_page: Mapped[int | None] = mapped_column(comment="Page de la valeur retenue")
    kept_quote: Mapped[str | None] = mapped_column(comment="Citation de la valeur retenue")
    other_document_id: Mapped[int | None] = _document("Document qui dit autre chose")
    other_value: Mapped[str] = mapped_column(comment="Autre valeur")
    other_page: Mapped[int | None] = mapped_column(comment="Page de l'autre valeur")
    other_quote: Mapped[str | None] = mapped_column(comment="Citation de l'autre valeur")


class AgreementRow(Base):
    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("tender_id", "lot", "consideration"),
        {"comment": "Une considération sociale d'une consultation : déclarée par les avis, trouvée dans les pièces"},
    )

    id: Mapped[int] = row_id()
    tender_id: Mapped[int] = mapped_column(ForeignKey("tenders.id", ondelete="CASCADE"), comment="Consultation")
    lot: Mapped[str] = mapped_column(comment="Numéro du lot si les avis déclarent par lot ; sinon *")
    consideration: Mapped[str] = mapped_column(comment="Considération (lexique : consideration)")
    declared: Mapped[str] = mapped_column(comment="Ce que les avis en déclarent (lexique : answer)")
    found: Mapped[str] = mapped_column(comment="Ce que les pièces en disent (lexique : answer)")
    result: Mapped[str] = mapped_column(index=True, comment="Déclaré comparé à trouvé (lexique : agreement)")


class DocumentVersionRow(Base):
    __tablename__ = "document_versions"
    __table_args__ = (
        UniqueConstraint("tender_id", "document_id"),
        {
            "comment": "Un document d'une consultation qui n'y compte pas : une version plus récente le remplace, "
            "ou il est la copie d'un autre"
        },
    )

    id: Mapped[int] = row_id()
    tender_id: Mapped[int] = _tender()
    path: Mapped[str] = mapped_column(comment="Chemin du document qui ne compte pas")
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"),
        index=True,
        comment="Document qui ne compte pas : ancienne version, ou copie",
    )
    replaced_by: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True, comment="Document qui compte à sa place"
    )
    replaced_at: Mapped[datetime] = mapped_column(
        comment="Quand la nouvelle version, ou la copie, est arrivée, en temps universel"
    )
    reason: Mapped[str] = mapped_column(comment="Ce qui le montre (lexique : version_reason)")
