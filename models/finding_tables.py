"""The tables of what a document says: lots, clauses, volumes and what goes with them, each with its proofs.

readings ◀─ lots, clauses(─▶ clause_lots), volumes, penalties, contacts, terms, absences, problems
                evidence ─▶ exactly one clause, volume, penalty, contact, term or absence
clauses, volumes ─▶ corrections
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.tables import Base, row_id


def _of_reading() -> Mapped[Any]:
    return mapped_column(
        ForeignKey("readings.id", ondelete="CASCADE"), index=True, comment="Lecture d'où vient la ligne"
    )


def _correction() -> Mapped[Any]:
    return mapped_column(
        ForeignKey("corrections.id", ondelete="SET NULL"),
        comment="Correction qui confirme ou a écrit la ligne ; vide si elle vient de la seule lecture",
    )


def _hidden_by() -> Mapped[Any]:
    return mapped_column(
        ForeignKey("corrections.id", ondelete="SET NULL"),
        comment="Correction qui rejette ou remplace la ligne ; vide si la ligne compte",
    )


def _of_corrections(table: str) -> tuple[Index, ...]:
    """Few rows are corrected: an index of all of them would look like the best one to find those that are not."""
    columns = ("correction_id", "hidden_by")
    given = {column: text(f"{column} IS NOT NULL") for column in columns}
    return tuple(
        Index(f"ix_{table}_{column}", column, sqlite_where=given[column], postgresql_where=given[column])
        for column in columns
    )


def _proof_of(table: str, what: str) -> Mapped[Any]:
    return mapped_column(
        ForeignKey(f"{table}.id", ondelete="CASCADE"), comment=f"{what}, si c'est l'objet de la preuve"
    )


class LotRow(Base):
    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("reading_id", "number"), {"comment": "Un lot décrit par un document"})

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    number: Mapped[str] = mapped_column(comment="Numéro du lot")
    title: Mapped[str | None] = mapped_column(comment="Intitulé du lot")
    families: Mapped[list[str]] = mapped_column(default=list, comment="Familles d'achat, la principale d'abord")
    family: Mapped[str | None] = mapped_column(comment="Famille d'achat principale")
    read_families: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="Familles que disait la lecture, quand une correction les a remplacées"
    )


_OWNERS = ("clause", "volume", "penalty", "contact", "absence", "term")
"""What a proof may prove."""


class EvidenceRow(Base):
    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint(
            " + ".join(f"(CASE WHEN {owner}_id IS NULL THEN 0 ELSE 1 END)" for owner in _OWNERS) + " = 1",
            name="one_owner",
        ),
        *(
            # Unique: a database leaves the proof aside when it is not asked for.
            Index(f"ix_evidence_{owner}_id", f"{owner}_id", "position", unique=True)
            for owner in _OWNERS
        ),
        {"comment": "Les mots qui prouvent une ligne ; la preuve 0 est la principale"},
    )

    id: Mapped[int] = row_id()
    clause_id: Mapped[int | None] = _proof_of("clauses", "Clause prouvée")
    volume_id: Mapped[int | None] = _proof_of("volumes", "Volume prouvé")
    penalty_id: Mapped[int | None] = _proof_of("penalties", "Pénalité prouvée")
    contact_id: Mapped[int | None] = _proof_of("contacts", "Contact prouvé")
    absence_id: Mapped[int | None] = _proof_of("absences", "Absence prouvée")
    position: Mapped[int] = mapped_column(comment="Rang de la preuve, à partir de 0")
    page: Mapped[int] = mapped_column(comment="Page du fichier, à partir de 1 ; dans un tableur, rang de la feuille")
    quote: Mapped[str] = mapped_column(comment="Citation exacte")
    x0: Mapped[float | None] = mapped_column(comment="Bord gauche, en points PDF depuis la gauche de la page")
    top: Mapped[float | None] = mapped_column(comment="Bord haut, en points PDF depuis le haut de la page")
    x1: Mapped[float | None] = mapped_column(comment="Bord droit, en points PDF depuis la gauche de la page")
    bottom: Mapped[float | None] = mapped_column(comment="Bord bas, en points PDF depuis le haut de la page")
    section: Mapped[str | None] = mapped_column(
        comment="Article où se trouve la citation ; dans un tableur, ses cellules"
    )
    term_id: Mapped[int | None] = _proof_of("terms", "Modalité prouvée")
    via: Mapped[str | None] = mapped_column(comment="Lu par reconnaissance de caractères (ocr) ; vide pour un texte")
    read_as: Mapped[str | None] = mapped_column(
        comment="La citation telle que les règles l'ont lue, quand la reconnaissance l'avait abîmée"
    )


class ClauseRow(Base):
    __tablename__ = "clauses"
    __table_args__ = (*_of_corrections("clauses"), {"comment": "Une clause sociale écrite dans un document"})

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    category: Mapped[str] = mapped_column(comment="Catégorie (lexique : category)")
    weight_percent: Mapped[float | None] = mapped_column(comment="Poids du critère, en pour cent de la note")
    legal_refs: Mapped[list[str]] = mapped_column(default=list, comment="Articles de loi cités, liste")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé la clause")
    correction_id: Mapped[int | None] = _correction()
    hidden_by: Mapped[int | None] = _hidden_by()
    lots: Mapped[list[ClauseLotRow]] = relationship()
    evidence: Mapped[list[EvidenceRow]] = relationship()


class ClauseLotRow(Base):
    __tablename__ = "clause_lots"
    __table_args__ = {"comment": "Les lots que la clause engage"}

    clause_id: Mapped[int] = mapped_column(
        ForeignKey("clauses.id", ondelete="CASCADE"), primary_key=True, comment="Clause"
    )
    lot: Mapped[str] = mapped_column(primary_key=True, comment="Numéro du lot ; * pour tout le marché")


class VolumeRow(Base):
    __tablename__ = "volumes"
    __table_args__ = (
        *_of_corrections("volumes"),
        {"comment": "Une quantité demandée : heures, part, postes, actions"},
    )

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    category: Mapped[str] = mapped_column(comment="Catégorie (lexique : category)")
    lot: Mapped[str] = mapped_column(comment="Numéro du lot ; * pour tout le marché")
    value: Mapped[float] = mapped_column(comment="Valeur, ou bas de la fourchette")
    value_max: Mapped[float | None] = mapped_column(comment="Haut de la fourchette")
    unit: Mapped[str] = mapped_column(comment="Unité (lexique : unit)")
    per: Mapped[str] = mapped_column(comment="Période ou assiette (lexique : per)")
    per_amount_eur: Mapped[float | None] = mapped_column(comment="Tranche, en euros, quand per vaut amount")
    threshold_eur: Mapped[float | None] = mapped_column(comment="Seuil de déclenchement, en euros")
    phase: Mapped[str | None] = mapped_column(comment="Tranche ou reconduction (lexique : phase)")
    bound: Mapped[str] = mapped_column(comment="Nature de la valeur (lexique : bound)")
    derived_hours: Mapped[float | None] = mapped_column(comment="Heures calculées à partir de nombres écrits")
    formula: Mapped[str | None] = mapped_column(comment="Calcul des heures dérivées")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé le volume")
    correction_id: Mapped[int | None] = _correction()
    hidden_by: Mapped[int | None] = _hidden_by()
    evidence: Mapped[list[EvidenceRow]] = relationship()


class PenaltyRow(Base):
    __tablename__ = "penalties"
    __table_args__ = {"comment": "Une pénalité attachée à la clause sociale"}

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    amount_eur: Mapped[float] = mapped_column(comment="Montant en euros, ou pour cent quand per vaut percent")
    per: Mapped[str] = mapped_column(comment="Ce qui est puni (lexique : penalty_per)")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé la pénalité")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class ContactRow(Base):
    __tablename__ = "contacts"
    __table_args__ = {"comment": "L'organisme qui suit la clause, jamais une personne"}

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    organisation: Mapped[str | None] = mapped_column(comment="Organisme")
    email: Mapped[str | None] = mapped_column(comment="Adresse électronique")
    phone: Mapped[str | None] = mapped_column(comment="Téléphone")
    role: Mapped[str] = mapped_column(comment="Rôle (lexique : role)")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class TermRow(Base):
    __tablename__ = "terms"
    __table_args__ = {"comment": "Un public, une modalité ou un rythme de suivi que la clause sociale prévoit"}

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    kind: Mapped[str] = mapped_column(comment="Nature : public, modality ou reporting")
    code: Mapped[str] = mapped_column(comment="Public, modalité ou rythme (lexique : public, modality, reporting)")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé la ligne")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class AbsenceRow(Base):
    __tablename__ = "absences"
    __table_args__ = {"comment": "Le document dit qu'il n'y a pas de clause de cette catégorie"}

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    category: Mapped[str] = mapped_column(comment="Catégorie (lexique : category)")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé l'absence")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class ProblemRow(Base):
    __tablename__ = "problems"
    __table_args__ = {"comment": "Ce qui n'a pas été lu ou ne concorde pas"}

    id: Mapped[int] = row_id()
    reading_id: Mapped[int] = _of_reading()
    stage: Mapped[str] = mapped_column(comment="Étape (lexique : stage)")
    code: Mapped[str] = mapped_column(comment="Code du problème")
    message: Mapped[str] = mapped_column(comment="Ce qui s'est passé et le remède")
    page: Mapped[int | None] = mapped_column(comment="Page du fichier, à partir de 1")
