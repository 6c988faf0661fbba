"""The tables of the store, as SQLAlchemy 2 typed classes; comments are French because analysts read them.

tenders ◀─ document_paths ─▶ documents ◀─ readings (one is current, the rows of `finding_tables` hang on it) ─▶ runs
runs ◀─ batch_documents ─▶ documents
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
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


CURRENT: dict[str, Any] = {"sqlite_where": text("is_current"), "postgresql_where": text("is_current")}


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
    name: Mapped[str | None] = mapped_column(unique=True, comment="Nom du lot de relecture ; vide pour les autres")
    selection: Mapped[str | None] = mapped_column(comment="Ce que le lot de relecture a choisi, en JSON")
    undone_at: Mapped[datetime | None] = mapped_column(comment="Annulation du lot, en temps universel")


class BatchDocumentRow(Base):
    __tablename__ = "batch_documents"
    __table_args__ = (
        CheckConstraint("state IN ('todo', 'same', 'changed', 'failed', 'gone', 'undone', 'kept')", name="state"),
        {"comment": "Un document choisi par un lot de relecture"},
    )

    run_id: Mapped[int] = mapped_column(
        ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, comment="Traitement qui porte le lot"
    )
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True, comment="Document choisi"
    )
    state: Mapped[str] = mapped_column(comment="État (lexique : batch_state)")
    previous_reading_id: Mapped[int | None] = mapped_column(
        ForeignKey("readings.id", ondelete="SET NULL"), comment="Lecture courante avant le lot"
    )
    message: Mapped[str | None] = mapped_column(comment="Pourquoi il n'a pas pu être relu ou rétabli, et le remède")
    previous_texts: Mapped[bytes | None] = mapped_column(
        comment="Texte des pages avant le lot, compressé, s'il l'a changé en changeant ses lignes"
    )


class TenderRow(Base):
    __tablename__ = "tenders"
    __table_args__ = {"comment": "Une consultation : premiers faits connus parmi ceux de ses documents"}

    id: Mapped[int] = row_id()
    key: Mapped[str] = mapped_column(unique=True, comment="Clé de la consultation : dossier ou référence")
    reference: Mapped[str | None] = mapped_column(comment="Référence de la consultation")
    buyer: Mapped[str | None] = mapped_column(index=True, comment="Acheteur")
    object: Mapped[str | None] = mapped_column(comment="Objet de la consultation")
    departments: Mapped[list[str]] = mapped_column(default=list, comment="Départements, liste de codes")
    cpv: Mapped[list[str]] = mapped_column(default=list, comment="Codes CPV, liste")
    families: Mapped[list[str]] = mapped_column(default=list, comment="Familles d'achat, la principale d'abord")
    family: Mapped[str | None] = mapped_column(comment="Famille d'achat principale")
    state: Mapped[str | None] = mapped_column(comment="État selon les avis (lexique : tender_state) ; vide sans avis")
    night_id: Mapped[int | None] = mapped_column(
        ForeignKey("nights.id"), index=True, comment="Passage sur les sources qui l'a apportée"
    )
    published: Mapped[date | None] = mapped_column(index=True, comment="Parution du premier avis")
    deadline: Mapped[datetime | None] = mapped_column(comment="Date limite de réponse en vigueur, en temps universel")
    declared: Mapped[str | None] = mapped_column(comment="Ce que les avis déclarent (lexique : declared)")
    agreement: Mapped[str | None] = mapped_column(comment="Déclaré comparé à trouvé (lexique : agreement)")
    obligation: Mapped[str | None] = mapped_column(
        comment="Situation au regard de l'article L2112-2-1 (lexique : obligation)"
    )
    obligation_reason: Mapped[str | None] = mapped_column(comment="Ce qui fonde cette situation : date, montant, seuil")
    day: Mapped[date | None] = mapped_column(
        index=True, comment="Jour qui la date : parution du premier avis, sinon arrivée dans la base"
    )
    clause_count: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Nombre de clauses : lot × catégorie"
    )
    reserved_count: Mapped[int] = mapped_column(default=0, server_default="0", comment="Nombre de lots réservés")
    hours: Mapped[float | None] = mapped_column(index=True, comment="Heures demandées fermement, lots réunis")


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
    fingerprint: Mapped[str | None] = mapped_column(
        comment="Empreinte des règles dont la lecture courante est à jour ; vide tant que rien n'est lu"
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True, comment="Dernier traitement du document")
    night_id: Mapped[int | None] = mapped_column(
        ForeignKey("nights.id"), index=True, comment="Dernier passage sur les sources qui l'a fait lire"
    )


class ReadingRow(Base):
    __tablename__ = "readings"
    __table_args__ = (
        UniqueConstraint("document_id", "run_id"),
        Index("uq_readings_current", "document_id", unique=True, **CURRENT),
        CheckConstraint("status IN ('ok', 'partial', 'failed')", name="status"),
        {"comment": "Ce qu'un traitement a lu d'un document ; les lectures passées sont gardées"},
    )

    id: Mapped[int] = row_id()
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), comment="Document lu")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True, comment="Traitement qui a lu")
    is_current: Mapped[bool] = mapped_column(comment="Vrai pour la lecture que montrent les vues")
    fingerprint: Mapped[str] = mapped_column(comment="Empreinte des règles et du code d'extraction")
    status: Mapped[str] = mapped_column(comment="État : ok, partial ou failed")
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
    replaces_earlier: Mapped[bool] = mapped_column(
        default=False, comment="Vrai si la première page dit qu'il annule et remplace une version"
    )
    read_families: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="Familles que disait la lecture, quand une correction les a remplacées"
    )
    kind: Mapped[str | None] = mapped_column(comment="Format du fichier, d'après ses octets : pdf, docx, xlsx…")
    is_recognised: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="Vrai si des mots ont été lus sur des images"
    )
    word_sketch: Mapped[bytes | None] = mapped_column(
        comment="Esquisse des mots, qui fait reconnaître les copies ; vide si rien n'a été lu"
    )
    number_sketch: Mapped[bytes | None] = mapped_column(
        comment="Esquisse des nombres, qui distingue deux pièces d'un même modèle"
    )


class DocumentPathRow(Base):
    __tablename__ = "document_paths"
    __table_args__ = {"comment": "Où le document a été trouvé ; un chemin désigne toujours son dernier contenu"}

    path: Mapped[str] = mapped_column(primary_key=True, comment="Chemin du fichier")
    name: Mapped[str] = mapped_column(comment="Nom du fichier")
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True, comment="Document d'où vient la ligne"
    )
    tender_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenders.id"), index=True, comment="Consultation ; vide tant que le document n'est pas traité"
    )


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
