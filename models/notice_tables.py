"""The tables of published notices, of what their buyers declare, and of the names under which a tender is known.

tenders ◀─ tender_keys · tenders ◀─ notices ◀─ notice_lots, notice_links, notice_references, declared
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.tables import Base, row_id


def _of_notice() -> Mapped[int]:
    return mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True, comment="Avis d'où vient la ligne")


def _position() -> Mapped[int]:
    return mapped_column(comment="Rang dans l'avis, à partir de 0")


class TenderKeyRow(Base):
    __tablename__ = "tender_keys"
    __table_args__ = {"comment": "Tous les noms d'une consultation : deux avis qui en partagent un parlent de la même"}

    key: Mapped[str] = mapped_column(primary_key=True, comment="Nom : dossier, référence, procédure ou numéro d'avis")
    tender_id: Mapped[int] = mapped_column(
        ForeignKey("tenders.id", ondelete="CASCADE"), index=True, comment="Consultation"
    )


class NoticeRow(Base):
    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("journal", "notice_id"),
        CheckConstraint("journal IN ('boamp', 'ted', 'decp')", name="journal"),
        {"comment": "Un avis publié, tel que son journal le donne aujourd'hui"},
    )

    id: Mapped[int] = row_id()
    journal: Mapped[str] = mapped_column(comment="Journal : boamp, ted ou decp")
    notice_id: Mapped[str] = mapped_column(comment="Numéro publié par le journal")
    kind: Mapped[str] = mapped_column(comment="Nature de l'avis (lexique : notice_kind)")
    version: Mapped[str | None] = mapped_column(comment="Version de l'avis")
    uuid: Mapped[str | None] = mapped_column(comment="Identifiant eForms de l'avis, commun aux deux journaux")
    contract_folder_id: Mapped[str | None] = mapped_column(comment="Identifiant eForms de la procédure")
    buyer: Mapped[str | None] = mapped_column(comment="Acheteur")
    siret: Mapped[str | None] = mapped_column(comment="SIRET de l'acheteur, 14 chiffres")
    buyer_reference: Mapped[str | None] = mapped_column(comment="Référence de la consultation chez l'acheteur")
    object: Mapped[str | None] = mapped_column(comment="Objet")
    published: Mapped[date | None] = mapped_column(comment="Date de parution")
    deadline: Mapped[datetime | None] = mapped_column(comment="Date limite de réponse, en temps universel")
    departements: Mapped[list[str]] = mapped_column(comment="Départements, liste de codes")
    cpv: Mapped[list[str]] = mapped_column(comment="Codes CPV, le principal d'abord")
    procedure: Mapped[str | None] = mapped_column(comment="Procédure (lexique : procedure)")
    estimated_eur: Mapped[float | None] = mapped_column(comment="Valeur estimée hors taxes, en euros")
    tender_id: Mapped[int] = mapped_column(ForeignKey("tenders.id"), index=True, comment="Consultation")
    source: Mapped[str] = mapped_column(comment="Source qui a donné l'avis")
    raw_path: Mapped[str] = mapped_column(comment="L'avis tel que reçu, conservé sous data/raw")
    sha256: Mapped[str] = mapped_column(comment="SHA-256 de l'avis tel que reçu")
    fingerprint: Mapped[str] = mapped_column(comment="Empreinte du code qui a lu l'avis")
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL"), index=True, comment="Texte de l'avis, lu comme un document"
    )
    night_id: Mapped[int] = mapped_column(ForeignKey("nights.id"), index=True, comment="Nuit qui a apporté l'avis")
    lots: Mapped[list[NoticeLotRow]] = relationship(order_by="NoticeLotRow.position", cascade="all, delete-orphan")
    links: Mapped[list[NoticeLinkRow]] = relationship(order_by="NoticeLinkRow.position", cascade="all, delete-orphan")
    references: Mapped[list[NoticeReferenceRow]] = relationship(
        order_by="NoticeReferenceRow.position", cascade="all, delete-orphan"
    )
    declared: Mapped[list[DeclaredRow]] = relationship(order_by="DeclaredRow.position", cascade="all, delete-orphan")


class NoticeLotRow(Base):
    __tablename__ = "notice_lots"
    __table_args__ = {"comment": "Un lot décrit par un avis"}

    id: Mapped[int] = row_id()
    notice_id: Mapped[int] = _of_notice()
    position: Mapped[int] = _position()
    number: Mapped[str] = mapped_column(comment="Numéro du lot")
    title: Mapped[str | None] = mapped_column(comment="Intitulé du lot")
    cpv: Mapped[list[str]] = mapped_column(comment="Codes CPV, liste")
    estimated_eur: Mapped[float | None] = mapped_column(comment="Valeur estimée hors taxes, en euros")


class NoticeLinkRow(Base):
    __tablename__ = "notice_links"
    __table_args__ = {"comment": "Une adresse donnée par un avis"}

    id: Mapped[int] = row_id()
    notice_id: Mapped[int] = _of_notice()
    position: Mapped[int] = _position()
    kind: Mapped[str] = mapped_column(comment="Nature : notice, documents, submission ou profile")
    url: Mapped[str] = mapped_column(comment="Adresse")


class NoticeReferenceRow(Base):
    __tablename__ = "notice_references"
    __table_args__ = {"comment": "Un autre avis que celui-ci nomme"}

    id: Mapped[int] = row_id()
    notice_id: Mapped[int] = _of_notice()
    position: Mapped[int] = _position()
    journal: Mapped[str] = mapped_column(comment="Journal de l'autre avis")
    reference: Mapped[str] = mapped_column(comment="Numéro ou identifiant de l'autre avis")
    relation: Mapped[str] = mapped_column(comment="Rapport : same (le même), corrects (corrigé) ou follows (antérieur)")


class DeclaredRow(Base):
    __tablename__ = "declared"
    __table_args__ = {"comment": "Un champ où l'acheteur déclare, ou nie, une considération sociale"}

    id: Mapped[int] = row_id()
    notice_id: Mapped[int] = _of_notice()
    position: Mapped[int] = _position()
    field: Mapped[str] = mapped_column(comment="Champ, tel que le format le nomme")
    value: Mapped[str] = mapped_column(comment="Code publié, oui ou non ; vide pour un champ de texte")
    meaning: Mapped[str] = mapped_column(comment="Sens (lexique : meaning)")
    lot: Mapped[str | None] = mapped_column(comment="Numéro du lot ; vide pour tout l'avis")
    text: Mapped[str] = mapped_column(comment="Mots du champ")
