"""Avis publiés, sources, nuits, téléchargements et alertes"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NIGHTS = {
    "runs": "Passage sur les sources dont il fait partie",
    "tenders": "Passage sur les sources qui l'a apportée",
    "documents": "Dernier passage sur les sources qui l'a fait lire",
}
"""Tables that learn the night of their rows → comment of the column."""
NEW = (
    "notice_references",
    "notice_lots",
    "notice_links",
    "declared",
    "notices",
    "tender_keys",
    "night_sources",
    "downloads",
    "alert_matches",
    "sources",
    "nights",
    "locks",
    "alerts",
)
"""In the order in which nothing refers to a table that is gone."""


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("name", sa.String(), nullable=False, comment="Nom de l'alerte"),
        sa.Column("definition", sa.String(), nullable=False, comment="Ce qu'elle cherche"),
        sa.Column(
            "sha256", sa.String(), nullable=False, comment="SHA-256 de la définition : changée, l'alerte recommence"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_alerts"),
        comment="Une alerte enregistrée : ce que l'on veut apprendre au matin",
    )
    op.create_table(
        "locks",
        sa.Column("name", sa.String(), nullable=False, comment="Ce qui est réservé"),
        sa.Column(
            "owner", sa.String(), nullable=True, comment="Machine, processus et jeton de qui travaille ; vide si libre"
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True, comment="Début, en temps universel"),
        sa.Column(
            "beat_at", sa.DateTime(timezone=True), nullable=True, comment="Dernier signe de vie, en temps universel"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_locks"),
        comment="Qui travaille sur les sources ; un verrou sans signe de vie est repris",
    )
    op.create_table(
        "nights",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("command", sa.String(), nullable=False, comment="Ce qui a lancé le passage"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="Début, en temps universel"),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Fin, en temps universel ; vide si interrompu",
        ),
        sa.Column("since", sa.Date(), nullable=True, comment="Premier jour demandé ; vide pour la suite du repère"),
        sa.Column("until", sa.Date(), nullable=False, comment="Dernier jour demandé"),
        sa.Column("departements", sa.JSON(), nullable=False, comment="Départements demandés ; vide pour tous"),
        sa.PrimaryKeyConstraint("id", name="pk_nights"),
        comment="Un passage sur les sources, de nuit ou à la demande",
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.String(), nullable=False, comment="Nom de la source"),
        sa.Column("title", sa.String(), nullable=False, comment="Nom en clair"),
        sa.Column("watermark", sa.String(), nullable=True, comment="Repère : tout est enregistré jusque-là"),
        sa.Column(
            "scope",
            sa.String(),
            nullable=False,
            comment="Départements demandés quand le repère a bougé ; vide pour tous",
        ),
        sa.Column(
            "succeeded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Dernière fin sans erreur, en temps universel",
        ),
        sa.Column("error", sa.String(), nullable=True, comment="Erreur de la dernière nuit ; vide si tout va bien"),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
        comment="Une source de consultations et le point où elle en est",
    )
    op.create_table(
        "alert_matches",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("alert", sa.String(), nullable=False, comment="Alerte"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("clause", sa.String(), nullable=False, comment="Clause dans la consultation : catégorie et lot"),
        sa.Column("night_id", sa.Integer(), nullable=True, comment="Passage qui l'a listée"),
        sa.Column(
            "first_listed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Premier affichage, en temps universel",
        ),
        sa.ForeignKeyConstraint(["alert"], ["alerts.name"], name="fk_alert_matches_alert", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["night_id"], ["nights.id"], name="fk_alert_matches_night_id"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_alert_matches_tender_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_matches"),
        sa.UniqueConstraint("alert", "tender_id", "clause", name="uq_alert_matches_alert"),
        comment="Ce qu'une alerte a trouvé ; listé une seule fois",
    )
    op.create_index("ix_alert_matches_night_id", "alert_matches", ["night_id"])
    op.create_index("ix_alert_matches_tender_id", "alert_matches", ["tender_id"])
    op.create_table(
        "downloads",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column(
            "address", sa.String(), nullable=False, comment="Adresse ; nom de l'avis ou du dossier s'il n'en a pas"
        ),
        sa.Column("subject", sa.String(), nullable=False, comment="Nom de la consultation dans la source"),
        sa.Column("source", sa.String(), nullable=False, comment="Source"),
        sa.Column("tender_id", sa.Integer(), nullable=True, comment="Consultation, si elle est connue"),
        sa.Column("kind", sa.String(), nullable=False, comment="Nature du lien : dce, rc, avis, profil ou autre"),
        sa.Column("state", sa.String(), nullable=False, comment="État (lexique : download_state)"),
        sa.Column("code", sa.String(), nullable=True, comment="Code du premier problème"),
        sa.Column(
            "message", sa.String(), nullable=True, comment="Ce qui s'est passé et le remède, une ligne par problème"
        ),
        sa.Column("name", sa.String(), nullable=True, comment="Nom du fichier reçu"),
        sa.Column("sha256", sa.String(), nullable=True, comment="SHA-256 du fichier reçu"),
        sa.Column("size", sa.BigInteger(), nullable=True, comment="Taille du fichier reçu, en octets"),
        sa.Column("etag", sa.String(), nullable=False, comment="Marque de version donnée par le serveur"),
        sa.Column("last_modified", sa.String(), nullable=False, comment="Date de version donnée par le serveur"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Nombre d'essais depuis la dernière réussite"),
        sa.Column("first_night_id", sa.Integer(), nullable=False, comment="Passage qui a vu le lien en premier"),
        sa.Column("night_id", sa.Integer(), nullable=False, comment="Dernier passage qui l'a suivi"),
        sa.CheckConstraint("state IN ('ok', 'partial', 'page', 'manual', 'failed')", name=op.f("ck_downloads_state")),
        sa.ForeignKeyConstraint(["first_night_id"], ["nights.id"], name="fk_downloads_first_night_id"),
        sa.ForeignKeyConstraint(["night_id"], ["nights.id"], name="fk_downloads_night_id"),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_downloads_source"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_downloads_tender_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_downloads"),
        sa.UniqueConstraint("address", "subject", name="uq_downloads_address"),
        comment="Un lien suivi, ou ce qu'une source n'a pas pu donner ; recopié à chaque essai",
    )
    op.create_index("ix_downloads_first_night_id", "downloads", ["first_night_id"])
    op.create_index("ix_downloads_night_id", "downloads", ["night_id"])
    op.create_index("ix_downloads_source", "downloads", ["source"])
    op.create_index("ix_downloads_tender_id", "downloads", ["tender_id"])
    op.create_table(
        "night_sources",
        sa.Column("night_id", sa.Integer(), nullable=False, comment="Passage"),
        sa.Column("source", sa.String(), nullable=False, comment="Source"),
        sa.Column("run_id", sa.Integer(), nullable=False, comment="Traitement des documents"),
        sa.Column("state", sa.String(), nullable=False, comment="État (lexique : source_state)"),
        sa.Column("message", sa.String(), nullable=True, comment="Pourquoi la source a échoué, et le remède"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="Début, en temps universel"),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Fin, en temps universel ; vide si interrompu",
        ),
        sa.Column("watermark_before", sa.String(), nullable=True, comment="Repère au début"),
        sa.Column("watermark_after", sa.String(), nullable=True, comment="Repère à la fin"),
        sa.Column("items", sa.Integer(), nullable=False, comment="Avis et dossiers donnés par la source"),
        sa.Column("new_notices", sa.Integer(), nullable=False, comment="Avis nouveaux"),
        sa.Column("changed_notices", sa.Integer(), nullable=False, comment="Avis déjà connus qui ont changé"),
        sa.Column("downloads", sa.Integer(), nullable=False, comment="Fichiers téléchargés"),
        sa.Column("manual", sa.Integer(), nullable=False, comment="Dossiers à récupérer à la main"),
        sa.Column(
            "problems", sa.Integer(), nullable=False, comment="Avis ou liens dont quelque chose n'a pas pu être lu"
        ),
        sa.Column("documents", sa.Integer(), nullable=False, comment="Documents nouveaux, textes des avis compris"),
        sa.CheckConstraint("state IN ('started', 'ok', 'failed')", name=op.f("ck_night_sources_state")),
        sa.ForeignKeyConstraint(["night_id"], ["nights.id"], name="fk_night_sources_night_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_night_sources_run_id"),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_night_sources_source"),
        sa.PrimaryKeyConstraint("night_id", "source", name="pk_night_sources"),
        comment="Ce qu'une source a donné pendant un passage",
    )
    op.create_index("ix_night_sources_run_id", "night_sources", ["run_id"])
    op.create_table(
        "tender_keys",
        sa.Column("key", sa.String(), nullable=False, comment="Nom : dossier, référence, procédure ou numéro d'avis"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_tender_keys_tender_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_tender_keys"),
        comment="Tous les noms d'une consultation : deux avis qui en partagent un parlent de la même",
    )
    op.create_index("ix_tender_keys_tender_id", "tender_keys", ["tender_id"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("journal", sa.String(), nullable=False, comment="Journal : boamp, ted ou decp"),
        sa.Column("notice_id", sa.String(), nullable=False, comment="Numéro publié par le journal"),
        sa.Column("kind", sa.String(), nullable=False, comment="Nature de l'avis (lexique : notice_kind)"),
        sa.Column("version", sa.String(), nullable=True, comment="Version de l'avis"),
        sa.Column("uuid", sa.String(), nullable=True, comment="Identifiant eForms de l'avis, commun aux deux journaux"),
        sa.Column("contract_folder_id", sa.String(), nullable=True, comment="Identifiant eForms de la procédure"),
        sa.Column("buyer", sa.String(), nullable=True, comment="Acheteur"),
        sa.Column("siret", sa.String(), nullable=True, comment="SIRET de l'acheteur, 14 chiffres"),
        sa.Column(
            "buyer_reference", sa.String(), nullable=True, comment="Référence de la consultation chez l'acheteur"
        ),
        sa.Column("object", sa.String(), nullable=True, comment="Objet"),
        sa.Column("published", sa.Date(), nullable=True, comment="Date de parution"),
        sa.Column(
            "deadline", sa.DateTime(timezone=True), nullable=True, comment="Date limite de réponse, en temps universel"
        ),
        sa.Column("departements", sa.JSON(), nullable=False, comment="Départements, liste de codes"),
        sa.Column("cpv", sa.JSON(), nullable=False, comment="Codes CPV, le principal d'abord"),
        sa.Column("procedure", sa.String(), nullable=True, comment="Procédure (lexique : procedure)"),
        sa.Column("estimated_eur", sa.Double(), nullable=True, comment="Valeur estimée hors taxes, en euros"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("source", sa.String(), nullable=False, comment="Source qui a donné l'avis"),
        sa.Column("raw_path", sa.String(), nullable=False, comment="L'avis tel que reçu, conservé sous data/raw"),
        sa.Column("sha256", sa.String(), nullable=False, comment="SHA-256 de l'avis tel que reçu"),
        sa.Column("fingerprint", sa.String(), nullable=False, comment="Empreinte du code qui a lu l'avis"),
        sa.Column("document_id", sa.Integer(), nullable=True, comment="Texte de l'avis, lu comme un document"),
        sa.Column("night_id", sa.Integer(), nullable=False, comment="Nuit qui a apporté l'avis"),
        sa.CheckConstraint("journal IN ('boamp', 'ted', 'decp')", name=op.f("ck_notices_journal")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_notices_document_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["night_id"], ["nights.id"], name="fk_notices_night_id"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_notices_tender_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("journal", "notice_id", name="uq_notices_journal"),
        comment="Un avis publié, tel que son journal le donne aujourd'hui",
    )
    op.create_index("ix_notices_document_id", "notices", ["document_id"])
    op.create_index("ix_notices_night_id", "notices", ["night_id"])
    op.create_index("ix_notices_tender_id", "notices", ["tender_id"])
    op.create_table(
        "declared",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("notice_id", sa.Integer(), nullable=False, comment="Avis d'où vient la ligne"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang dans l'avis, à partir de 0"),
        sa.Column("field", sa.String(), nullable=False, comment="Champ, tel que le format le nomme"),
        sa.Column(
            "value", sa.String(), nullable=False, comment="Code publié, oui ou non ; vide pour un champ de texte"
        ),
        sa.Column("meaning", sa.String(), nullable=False, comment="Sens (lexique : meaning)"),
        sa.Column("lot", sa.String(), nullable=True, comment="Numéro du lot ; vide pour tout l'avis"),
        sa.Column("text", sa.String(), nullable=False, comment="Mots du champ"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_declared_notice_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_declared"),
        comment="Un champ où l'acheteur déclare, ou nie, une considération sociale",
    )
    op.create_index("ix_declared_notice_id", "declared", ["notice_id"])
    op.create_table(
        "notice_links",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("notice_id", sa.Integer(), nullable=False, comment="Avis d'où vient la ligne"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang dans l'avis, à partir de 0"),
        sa.Column("kind", sa.String(), nullable=False, comment="Nature : notice, documents, submission ou profile"),
        sa.Column("url", sa.String(), nullable=False, comment="Adresse"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_links_notice_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_links"),
        comment="Une adresse donnée par un avis",
    )
    op.create_index("ix_notice_links_notice_id", "notice_links", ["notice_id"])
    op.create_table(
        "notice_lots",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("notice_id", sa.Integer(), nullable=False, comment="Avis d'où vient la ligne"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang dans l'avis, à partir de 0"),
        sa.Column("number", sa.String(), nullable=False, comment="Numéro du lot"),
        sa.Column("title", sa.String(), nullable=True, comment="Intitulé du lot"),
        sa.Column("cpv", sa.JSON(), nullable=False, comment="Codes CPV, liste"),
        sa.Column("estimated_eur", sa.Double(), nullable=True, comment="Valeur estimée hors taxes, en euros"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_lots_notice_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_lots"),
        comment="Un lot décrit par un avis",
    )
    op.create_index("ix_notice_lots_notice_id", "notice_lots", ["notice_id"])
    op.create_table(
        "notice_references",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("notice_id", sa.Integer(), nullable=False, comment="Avis d'où vient la ligne"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang dans l'avis, à partir de 0"),
        sa.Column("journal", sa.String(), nullable=False, comment="Journal de l'autre avis"),
        sa.Column("reference", sa.String(), nullable=False, comment="Numéro ou identifiant de l'autre avis"),
        sa.Column(
            "relation",
            sa.String(),
            nullable=False,
            comment="Rapport : same (le même), corrects (corrigé) ou follows (antérieur)",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name="fk_notice_references_notice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_references"),
        comment="Un autre avis que celui-ci nomme",
    )
    op.create_index("ix_notice_references_notice_id", "notice_references", ["notice_id"])
    op.execute("INSERT INTO locks (name) VALUES ('sources')")  # taken and left by an update, never by two at once
    op.execute("INSERT INTO tender_keys (key, tender_id) SELECT key, id FROM tenders")
    op.add_column(
        "tenders",
        sa.Column(
            "state", sa.String(), nullable=True, comment="État selon les avis (lexique : tender_state) ; vide sans avis"
        ),
    )
    for table, comment in NIGHTS.items():
        name = f"fk_{table}_night_id"
        if op.get_context().dialect.name == "sqlite":  # to make the table again would delete what refers to it
            op.execute(f"ALTER TABLE {table} ADD COLUMN night_id INTEGER CONSTRAINT {name} REFERENCES nights (id)")
        else:
            op.add_column(table, sa.Column("night_id", sa.Integer(), nullable=True, comment=comment))
            op.create_foreign_key(name, table, "nights", ["night_id"], ["id"])
        op.create_index(f"ix_{table}_night_id", table, ["night_id"])


def downgrade() -> None:
    for table in NIGHTS:
        with op.batch_alter_table(table) as rows:
            rows.drop_index(f"ix_{table}_night_id")
            rows.drop_column("night_id")
    op.drop_column("tenders", "state")
    # Tenders that only notices told of are nothing to the version before.
    for table in NEW:
        op.drop_table(table)
    op.execute("DELETE FROM tenders WHERE NOT EXISTS (SELECT 1 FROM document_paths p WHERE p.tender_id = tenders.id)")
