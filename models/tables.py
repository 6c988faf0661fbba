"""The tables of the store, as SQLAlchemy 2 typed classes; comments are French because analysts read them.

runs ◀─ documents ◀─ document_paths ─▶ tenders
              ▲
              └── lots, clauses(─▶ clause_lots), volumes, penalties, contacts, terms, absences, problems
                          evidence ─▶ exactly one clause, volume, penalty, contact, term or absence
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, ForeignKey, MetaData, String, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


def storable(text: str) -> str:
    """PDF text and Linux file names may hold NUL or lone surrogates, which databases refuse: keep them visible."""
    return text.replace("\x00", "").encode("utf-8", "backslashreplace").decode()


def to_json(value: object) -> str:
    """JSON that people can read in the table, storable like any text."""
    return storable(json.dumps(value, ensure_ascii=False))


def as_utc(value: datetime) -> datetime:
    """A stored time, aware: SQLite gives it back without its zone, PostgreSQL in that of the session."""
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class SafeText(TypeDecorator[str]):
    """Text that is always storable, also when compared with a stored value."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: SafeText, datetime: DateTime(timezone=True), list[str]: JSON}


def row_id() -> Mapped[Any]:
    return mapped_column(primary_key=True, comment="Identifiant interne")


def _of_document() -> Mapped[Any]:
    return mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True, comment="Document d'où vient la ligne"
    )


def _proof_of(table: str, what: str) -> Mapped[Any]:
    return mapped_column(
        ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True, comment=f"{what}, si c'est l'objet de la preuve"
    )


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = {"comment": "Un traitement lancé par une commande"}

    id: Mapped[int] = row_id()
    command: Mapped[str] = mapped_column(comment="Commande lancée")
    fingerprint: Mapped[str] = mapped_column(comment="Empreinte des règles et du code d'extraction")
    started_at: Mapped[datetime] = mapped_column(comment="Début, en temps universel")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Fin, en temps universel ; vide si interrompu")
    seen: Mapped[int] = mapped_column(default=0, comment="Nombre de fichiers trouvés")
    skipped: Mapped[int] = mapped_column(default=0, comment="Nombre de fichiers déjà traités avec la même empreinte")
    ok: Mapped[int] = mapped_column(default=0, comment="Nombre de documents lus entièrement")
    partial: Mapped[int] = mapped_column(default=0, comment="Nombre de documents lus en partie")
    failed: Mapped[int] = mapped_column(default=0, comment="Nombre de documents illisibles")
    night_id: Mapped[int | None] = mapped_column(
        ForeignKey("nights.id"), index=True, comment="Passage sur les sources dont il fait partie"
    )


class TenderRow(Base):
    __tablename__ = "tenders"
    __table_args__ = {"comment": "Une consultation : premiers faits connus parmi ceux de ses documents"}

    id: Mapped[int] = row_id()
    key: Mapped[str] = mapped_column(unique=True, comment="Clé de la consultation : dossier ou référence")
    reference: Mapped[str | None] = mapped_column(comment="Référence de la consultation")
    buyer: Mapped[str | None] = mapped_column(comment="Acheteur")
    object: Mapped[str | None] = mapped_column(comment="Objet de la consultation")
    departments: Mapped[list[str]] = mapped_column(default=list, comment="Départements, liste de codes")
    cpv: Mapped[list[str]] = mapped_column(default=list, comment="Codes CPV, liste")
    families: Mapped[list[str]] = mapped_column(default=list, comment="Familles d'achat, la principale d'abord")
    family: Mapped[str | None] = mapped_column(comment="Famille d'achat principale")
    state: Mapped[str | None] = mapped_column(comment="État selon les avis (lexique : tender_state) ; vide sans avis")
    night_id: Mapped[int | None] = mapped_column(
        ForeignKey("nights.id"), index=True, comment="Passage sur les sources qui l'a apportée"
    )


class DocumentRow(Base):
    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("status IN ('started', 'ok', 'partial', 'failed')", name="status"),
        {"comment": "Un contenu de fichier, une seule fois quel que soit le nombre de copies"},
    )

    id: Mapped[int] = row_id()
    sha256: Mapped[str] = mapped_column(
        unique=True, comment="SHA-256 du contenu ; « path: » et SHA-256 du chemin si le fichier est illisible"
    )
    size: Mapped[int] = mapped_column(BigInteger, comment="Taille en octets")
    raw_path: Mapped[str | None] = mapped_column(comment="Copie conservée sous data/raw")
    status: Mapped[str] = mapped_column(comment="État : started, ok, partial ou failed")
    fingerprint: Mapped[str | None] = mapped_column(comment="Empreinte de la dernière extraction enregistrée")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True, comment="Dernier traitement du document")
    doc_type: Mapped[str] = mapped_column(default="autre", comment="Type de document (lexique : doc_type)")
    pages: Mapped[int] = mapped_column(default=0, comment="Nombre de pages")
    seconds: Mapped[float] = mapped_column(default=0.0, comment="Durée de l'extraction, en secondes")
    reference: Mapped[str | None] = mapped_column(comment="Référence écrite dans le document")
    buyer: Mapped[str | None] = mapped_column(comment="Acheteur écrit dans le document")
    object: Mapped[str | None] = mapped_column(comment="Objet écrit dans le document")
    departments: Mapped[list[str]] = mapped_column(default=list, comment="Départements écrits dans le document")
    cpv: Mapped[list[str]] = mapped_column(default=list, comment="Codes CPV écrits dans le document")
    families: Mapped[list[str]] = mapped_column(default=list, comment="Familles d'achat, la principale d'abord")
    family: Mapped[str | None] = mapped_column(comment="Famille d'achat principale")
    night_id: Mapped[int | None] = mapped_column(
        ForeignKey("nights.id"), index=True, comment="Dernier passage sur les sources qui l'a fait lire"
    )


class DocumentPathRow(Base):
    __tablename__ = "document_paths"
    __table_args__ = {"comment": "Où le document a été trouvé ; un chemin désigne toujours son dernier contenu"}

    path: Mapped[str] = mapped_column(primary_key=True, comment="Chemin du fichier")
    name: Mapped[str] = mapped_column(comment="Nom du fichier")
    document_id: Mapped[int] = _of_document()
    tender_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenders.id"), index=True, comment="Consultation ; vide tant que le document n'est pas traité"
    )


class LotRow(Base):
    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("document_id", "number"), {"comment": "Un lot décrit par un document"})

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    number: Mapped[str] = mapped_column(comment="Numéro du lot")
    title: Mapped[str | None] = mapped_column(comment="Intitulé du lot")
    families: Mapped[list[str]] = mapped_column(default=list, comment="Familles d'achat, la principale d'abord")
    family: Mapped[str | None] = mapped_column(comment="Famille d'achat principale")


class EvidenceRow(Base):
    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint(
            " + ".join(
                f"(CASE WHEN {owner}_id IS NULL THEN 0 ELSE 1 END)"
                for owner in ("clause", "volume", "penalty", "contact", "absence", "term")
            )
            + " = 1",
            name="one_owner",
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
    page: Mapped[int] = mapped_column(comment="Page du fichier, à partir de 1")
    quote: Mapped[str] = mapped_column(comment="Citation exacte")
    x0: Mapped[float | None] = mapped_column(comment="Bord gauche, en points PDF depuis la gauche de la page")
    top: Mapped[float | None] = mapped_column(comment="Bord haut, en points PDF depuis le haut de la page")
    x1: Mapped[float | None] = mapped_column(comment="Bord droit, en points PDF depuis la gauche de la page")
    bottom: Mapped[float | None] = mapped_column(comment="Bord bas, en points PDF depuis le haut de la page")
    section: Mapped[str | None] = mapped_column(comment="Article où se trouve la citation")
    term_id: Mapped[int | None] = _proof_of("terms", "Modalité prouvée")


class ClauseRow(Base):
    __tablename__ = "clauses"
    __table_args__ = {"comment": "Une clause sociale écrite dans un document"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    category: Mapped[str] = mapped_column(comment="Catégorie (lexique : category)")
    weight_percent: Mapped[float | None] = mapped_column(comment="Poids du critère, en pour cent de la note")
    legal_refs: Mapped[list[str]] = mapped_column(default=list, comment="Articles de loi cités, liste")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé la clause")
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
    __table_args__ = {"comment": "Une quantité demandée : heures, part, postes, actions"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
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
    evidence: Mapped[list[EvidenceRow]] = relationship()


class PenaltyRow(Base):
    __tablename__ = "penalties"
    __table_args__ = {"comment": "Une pénalité attachée à la clause sociale"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    amount_eur: Mapped[float] = mapped_column(comment="Montant en euros, ou pour cent quand per vaut percent")
    per: Mapped[str] = mapped_column(comment="Ce qui est puni (lexique : penalty_per)")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé la pénalité")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class ContactRow(Base):
    __tablename__ = "contacts"
    __table_args__ = {"comment": "L'organisme qui suit la clause, jamais une personne"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    organisation: Mapped[str | None] = mapped_column(comment="Organisme")
    email: Mapped[str | None] = mapped_column(comment="Adresse électronique")
    phone: Mapped[str | None] = mapped_column(comment="Téléphone")
    role: Mapped[str] = mapped_column(comment="Rôle (lexique : role)")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class TermRow(Base):
    __tablename__ = "terms"
    __table_args__ = {"comment": "Un public, une modalité ou un rythme de suivi que la clause sociale prévoit"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    kind: Mapped[str] = mapped_column(comment="Nature : public, modality ou reporting")
    code: Mapped[str] = mapped_column(comment="Public, modalité ou rythme (lexique : public, modality, reporting)")
    confidence: Mapped[float] = mapped_column(comment="Confiance, de 0 à 1")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé la ligne")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class AbsenceRow(Base):
    __tablename__ = "absences"
    __table_args__ = {"comment": "Le document dit qu'il n'y a pas de clause de cette catégorie"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    category: Mapped[str] = mapped_column(comment="Catégorie (lexique : category)")
    rule: Mapped[str] = mapped_column(comment="Règle qui a trouvé l'absence")
    evidence: Mapped[list[EvidenceRow]] = relationship()


class ProblemRow(Base):
    __tablename__ = "problems"
    __table_args__ = {"comment": "Ce qui n'a pas été lu ou ne concorde pas"}

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = _of_document()
    stage: Mapped[str] = mapped_column(comment="Étape (lexique : stage)")
    code: Mapped[str] = mapped_column(comment="Code du problème")
    message: Mapped[str] = mapped_column(comment="Ce qui s'est passé et le remède")
    page: Mapped[int | None] = mapped_column(comment="Page du fichier, à partir de 1")


class CodeRow(Base):
    __tablename__ = "codes"
    __table_args__ = {"comment": "Le lexique : libellé français de chaque code"}

    kind: Mapped[str] = mapped_column(primary_key=True, comment="Sorte de code : category, unit, family…")
    code: Mapped[str] = mapped_column(primary_key=True, comment="Code")
    label: Mapped[str] = mapped_column(comment="Libellé")
    meaning: Mapped[str] = mapped_column(comment="Définition")


class DigestRow(Base):
    __tablename__ = "digests"
    __table_args__ = {"comment": "Version des vues et du lexique en place dans la base"}

    name: Mapped[str] = mapped_column(primary_key=True, comment="Ce qui est mesuré")
    sha256: Mapped[str] = mapped_column(comment="SHA-256 du contenu en place")
