"""The tables of what arrives by itself: sources, nights, downloads, the lock of the run, alerts and their matches.

nights ◀─ night_sources ─▶ sources, runs · downloads ─▶ tenders · alerts ◀─ alert_matches ─▶ tenders
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables import Base, row_id


class SourceRow(Base):
    __tablename__ = "sources"
    __table_args__ = {"comment": "Une source de consultations et le point où elle en est"}

    name: Mapped[str] = mapped_column(primary_key=True, comment="Nom de la source")
    title: Mapped[str] = mapped_column(comment="Nom en clair")
    watermark: Mapped[str | None] = mapped_column(comment="Repère : tout est enregistré jusque-là")
    scope: Mapped[str] = mapped_column(comment="Départements demandés quand le repère a bougé ; vide pour tous")
    succeeded_at: Mapped[datetime | None] = mapped_column(comment="Dernière fin sans erreur, en temps universel")
    error: Mapped[str | None] = mapped_column(comment="Erreur de la dernière nuit ; vide si tout va bien")


class NightRow(Base):
    __tablename__ = "nights"
    __table_args__ = {"comment": "Un passage sur les sources, de nuit ou à la demande"}

    id: Mapped[int] = row_id()
    command: Mapped[str] = mapped_column(comment="Ce qui a lancé le passage")
    started_at: Mapped[datetime] = mapped_column(comment="Début, en temps universel")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Fin, en temps universel ; vide si interrompu")
    since: Mapped[date | None] = mapped_column(comment="Premier jour demandé ; vide pour la suite du repère")
    until: Mapped[date] = mapped_column(comment="Dernier jour demandé")
    departements: Mapped[list[str]] = mapped_column(comment="Départements demandés ; vide pour tous")


class NightSourceRow(Base):
    __tablename__ = "night_sources"
    __table_args__ = (
        CheckConstraint("state IN ('started', 'ok', 'failed')", name="state"),
        {"comment": "Ce qu'une source a donné pendant un passage"},
    )

    night_id: Mapped[int] = mapped_column(
        ForeignKey("nights.id", ondelete="CASCADE"), primary_key=True, comment="Passage"
    )
    source: Mapped[str] = mapped_column(ForeignKey("sources.name"), primary_key=True, comment="Source")
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True, comment="Traitement des documents")
    state: Mapped[str] = mapped_column(comment="État (lexique : source_state)")
    message: Mapped[str | None] = mapped_column(comment="Pourquoi la source a échoué, et le remède")
    started_at: Mapped[datetime] = mapped_column(comment="Début, en temps universel")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Fin, en temps universel ; vide si interrompu")
    watermark_before: Mapped[str | None] = mapped_column(comment="Repère au début")
    watermark_after: Mapped[str | None] = mapped_column(comment="Repère à la fin")
    items: Mapped[int] = mapped_column(default=0, comment="Avis et dossiers donnés par la source")
    new_notices: Mapped[int] = mapped_column(default=0, comment="Avis nouveaux")
    changed_notices: Mapped[int] = mapped_column(default=0, comment="Avis déjà connus qui ont changé")
    downloads: Mapped[int] = mapped_column(default=0, comment="Fichiers téléchargés")
    manual: Mapped[int] = mapped_column(default=0, comment="Dossiers à récupérer à la main")
    problems: Mapped[int] = mapped_column(default=0, comment="Avis ou liens dont quelque chose n'a pas pu être lu")
    documents: Mapped[int] = mapped_column(default=0, comment="Documents nouveaux, textes des avis compris")


class DownloadRow(Base):
    __tablename__ = "downloads"
    __table_args__ = (
        UniqueConstraint("address", "subject"),
        CheckConstraint("state IN ('ok', 'partial', 'page', 'manual', 'failed')", name="state"),
        {"comment": "Un lien suivi, ou ce qu'une source n'a pas pu donner ; recopié à chaque essai"},
    )

    id: Mapped[int] = row_id()
    address: Mapped[str] = mapped_column(comment="Adresse ; nom de l'avis ou du dossier s'il n'en a pas")
    subject: Mapped[str] = mapped_column(comment="Nom de la consultation dans la source")
    source: Mapped[str] = mapped_column(ForeignKey("sources.name"), index=True, comment="Source")
    tender_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenders.id", ondelete="SET NULL"), index=True, comment="Consultation, si elle est connue"
    )
    kind: Mapped[str] = mapped_column(comment="Nature du lien : dce, rc, avis, profil ou autre")
    state: Mapped[str] = mapped_column(comment="État (lexique : download_state)")
    code: Mapped[str | None] = mapped_column(comment="Code du premier problème")
    message: Mapped[str | None] = mapped_column(comment="Ce qui s'est passé et le remède, une ligne par problème")
    name: Mapped[str | None] = mapped_column(comment="Nom du fichier reçu")
    sha256: Mapped[str | None] = mapped_column(comment="SHA-256 du fichier reçu")
    size: Mapped[int | None] = mapped_column(BigInteger, comment="Taille du fichier reçu, en octets")
    etag: Mapped[str] = mapped_column(default="", comment="Marque de version donnée par le serveur")
    last_modified: Mapped[str] = mapped_column(default="", comment="Date de version donnée par le serveur")
    attempts: Mapped[int] = mapped_column(default=0, comment="Nombre d'essais depuis la dernière réussite")
    first_night_id: Mapped[int] = mapped_column(
        ForeignKey("nights.id"), index=True, comment="Passage qui a vu le lien en premier"
    )
    night_id: Mapped[int] = mapped_column(ForeignKey("nights.id"), index=True, comment="Dernier passage qui l'a suivi")


class LockRow(Base):
    __tablename__ = "locks"
    __table_args__ = {"comment": "Qui travaille sur les sources ; un verrou sans signe de vie est repris"}

    name: Mapped[str] = mapped_column(primary_key=True, comment="Ce qui est réservé")
    owner: Mapped[str | None] = mapped_column(comment="Machine, processus et jeton de qui travaille ; vide si libre")
    taken_at: Mapped[datetime | None] = mapped_column(comment="Début, en temps universel")
    beat_at: Mapped[datetime | None] = mapped_column(comment="Dernier signe de vie, en temps universel")


class AlertRow(Base):
    __tablename__ = "alerts"
    __table_args__ = {"comment": "Une alerte enregistrée : ce que l'on veut apprendre au matin"}

    name: Mapped[str] = mapped_column(primary_key=True, comment="Nom de l'alerte")
    definition: Mapped[str] = mapped_column(comment="Ce qu'elle cherche")
    sha256: Mapped[str] = mapped_column(comment="SHA-256 de la définition : changée, l'alerte recommence")


class AlertMatchRow(Base):
    __tablename__ = "alert_matches"
    __table_args__ = (
        UniqueConstraint("alert", "tender_id", "clause"),
        {"comment": "Ce qu'une alerte a trouvé ; listé une seule fois"},
    )

    id: Mapped[int] = row_id()
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.name", ondelete="CASCADE"), comment="Alerte")
    tender_id: Mapped[int] = mapped_column(
        ForeignKey("tenders.id", ondelete="CASCADE"), index=True, comment="Consultation"
    )
    clause: Mapped[str] = mapped_column(comment="Clause dans la consultation : catégorie et lot")
    night_id: Mapped[int | None] = mapped_column(ForeignKey("nights.id"), index=True, comment="Passage qui l'a listée")
    first_listed_at: Mapped[datetime] = mapped_column(comment="Premier affichage, en temps universel")
