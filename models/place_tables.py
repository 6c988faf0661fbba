"""The tables that make the views quick, and what the views look up: all made again from other rows or from lexicons.

tenders ◀─ tender_departements · tenders ◀─ tender_lots · departements · coordinations · families
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.tables import Base, row_id


def _tender() -> Mapped[int]:
    return mapped_column(ForeignKey("tenders.id", ondelete="CASCADE"), primary_key=True, comment="Consultation")


class TenderDepartementRow(Base):
    __tablename__ = "tender_departements"
    __table_args__ = {"comment": "Un département d'une consultation"}

    tender_id: Mapped[int] = _tender()
    code: Mapped[str] = mapped_column(primary_key=True, index=True, comment="Code du département")
    position: Mapped[int] = mapped_column(comment="Rang, à partir de 0 pour le premier nommé")


class TenderLotRow(Base):
    __tablename__ = "tender_lots"
    __table_args__ = {"comment": "Un lot d'une consultation, tous documents réunis ; * pour tout le marché"}

    tender_id: Mapped[int] = _tender()
    number: Mapped[str] = mapped_column(primary_key=True, comment="Numéro du lot ; * pour tout le marché")
    title: Mapped[str | None] = mapped_column(comment="Intitulé ; le premier par ordre alphabétique")
    family: Mapped[str | None] = mapped_column(
        index=True, comment="Famille d'achat du lot, sinon de la consultation (lexique : family)"
    )
    document_count: Mapped[int] = mapped_column(comment="Nombre de documents qui décrivent le lot")


class DepartementRow(Base):
    __tablename__ = "departements"
    __table_args__ = {"comment": "Le nom de chaque département"}

    code: Mapped[str] = mapped_column(primary_key=True, comment="Code du département")
    name: Mapped[str] = mapped_column(comment="Nom")


class CoordinationRow(Base):
    __tablename__ = "coordinations"
    __table_args__ = {"comment": "Qui coordonne les clauses sociales d'un département, et de quand à quand"}

    id: Mapped[int] = row_id()
    departement: Mapped[str] = mapped_column(index=True, comment="Code du département")
    name: Mapped[str] = mapped_column(comment="Nom de la coordination")
    aliases: Mapped[str | None] = mapped_column(comment="Autres graphies, séparées par des barres verticales")
    valid_from: Mapped[date | None] = mapped_column(comment="Premier jour ; vide si inconnu")
    valid_to: Mapped[date | None] = mapped_column(comment="Premier jour de la suivante ; vide si aucune n'est connue")
    certainty: Mapped[str] = mapped_column(comment="Certitude (lexique : certainty)")
    source: Mapped[str] = mapped_column(comment="D'où vient ce nom")


class FamilyRow(Base):
    __tablename__ = "families"
    __table_args__ = {"comment": "Les familles d'achat : bâtiment et travaux publics, ou non"}

    code: Mapped[str] = mapped_column(primary_key=True, comment="Famille d'achat (lexique : family)")
    is_btp: Mapped[bool] = mapped_column(comment="Vrai pour le bâtiment et les travaux publics")
