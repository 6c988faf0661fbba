"""Premières tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("kind", sa.String(), nullable=False, comment="Sorte de code : category, unit, family…"),
        sa.Column("code", sa.String(), nullable=False, comment="Code"),
        sa.Column("label", sa.String(), nullable=False, comment="Libellé"),
        sa.Column("meaning", sa.String(), nullable=False, comment="Définition"),
        sa.PrimaryKeyConstraint("kind", "code", name="pk_codes"),
        comment="Le lexique : libellé français de chaque code",
    )
    op.create_table(
        "digests",
        sa.Column("name", sa.String(), nullable=False, comment="Ce qui est mesuré"),
        sa.Column("sha256", sa.String(), nullable=False, comment="SHA-256 du contenu en place"),
        sa.PrimaryKeyConstraint("name", name="pk_digests"),
        comment="Version des vues et du lexique en place dans la base",
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("command", sa.String(), nullable=False, comment="Commande lancée"),
        sa.Column("fingerprint", sa.String(), nullable=False, comment="Empreinte des règles et du code d'extraction"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="Début, en temps universel"),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Fin, en temps universel ; vide si interrompu",
        ),
        sa.Column("seen", sa.Integer(), nullable=False, comment="Nombre de fichiers trouvés"),
        sa.Column(
            "skipped", sa.Integer(), nullable=False, comment="Nombre de fichiers déjà traités avec la même empreinte"
        ),
        sa.Column("ok", sa.Integer(), nullable=False, comment="Nombre de documents lus entièrement"),
        sa.Column("partial", sa.Integer(), nullable=False, comment="Nombre de documents lus en partie"),
        sa.Column("failed", sa.Integer(), nullable=False, comment="Nombre de documents illisibles"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        comment="Un traitement lancé par une commande",
    )
    op.create_table(
        "tenders",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("key", sa.String(), nullable=False, comment="Clé de la consultation : dossier ou référence"),
        sa.Column("reference", sa.String(), nullable=True, comment="Référence de la consultation"),
        sa.Column("buyer", sa.String(), nullable=True, comment="Acheteur"),
        sa.Column("object", sa.String(), nullable=True, comment="Objet de la consultation"),
        sa.Column("departments", sa.JSON(), nullable=False, comment="Départements, liste de codes"),
        sa.Column("cpv", sa.JSON(), nullable=False, comment="Codes CPV, liste"),
        sa.Column("families", sa.JSON(), nullable=False, comment="Familles d'achat, la principale d'abord"),
        sa.Column("family", sa.String(), nullable=True, comment="Famille d'achat principale"),
        sa.PrimaryKeyConstraint("id", name="pk_tenders"),
        sa.UniqueConstraint("key", name="uq_tenders_key"),
        comment="Une consultation : premiers faits connus parmi ceux de ses documents",
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column(
            "sha256",
            sa.String(),
            nullable=False,
            comment="SHA-256 du contenu ; « path: » et SHA-256 du chemin si le fichier est illisible",
        ),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="Taille en octets"),
        sa.Column("raw_path", sa.String(), nullable=True, comment="Copie conservée sous data/raw"),
        sa.Column("status", sa.String(), nullable=False, comment="État : started, ok, partial ou failed"),
        sa.Column("fingerprint", sa.String(), nullable=True, comment="Empreinte de la dernière extraction enregistrée"),
        sa.Column("run_id", sa.Integer(), nullable=False, comment="Dernier traitement du document"),
        sa.Column("doc_type", sa.String(), nullable=False, comment="Type de document (lexique : doc_type)"),
        sa.Column("pages", sa.Integer(), nullable=False, comment="Nombre de pages"),
        sa.Column("seconds", sa.Double(), nullable=False, comment="Durée de l'extraction, en secondes"),
        sa.Column("reference", sa.String(), nullable=True, comment="Référence écrite dans le document"),
        sa.Column("buyer", sa.String(), nullable=True, comment="Acheteur écrit dans le document"),
        sa.Column("object", sa.String(), nullable=True, comment="Objet écrit dans le document"),
        sa.Column("departments", sa.JSON(), nullable=False, comment="Départements écrits dans le document"),
        sa.Column("cpv", sa.JSON(), nullable=False, comment="Codes CPV écrits dans le document"),
        sa.Column("families", sa.JSON(), nullable=False, comment="Familles d'achat, la principale d'abord"),
        sa.Column("family", sa.String(), nullable=True, comment="Famille d'achat principale"),
        sa.CheckConstraint("status IN ('started', 'ok', 'partial', 'failed')", name=op.f("ck_documents_status")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_documents_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("sha256", name="uq_documents_sha256"),
        comment="Un contenu de fichier, une seule fois quel que soit le nombre de copies",
    )
    op.create_index("ix_documents_run_id", "documents", ["run_id"])
    op.create_table(
        "absences",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("category", sa.String(), nullable=False, comment="Catégorie (lexique : category)"),
        sa.Column("rule", sa.String(), nullable=False, comment="Règle qui a trouvé l'absence"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_absences_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
        comment="Le document dit qu'il n'y a pas de clause de cette catégorie",
    )
    op.create_index("ix_absences_document_id", "absences", ["document_id"])
    op.create_table(
        "clauses",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("category", sa.String(), nullable=False, comment="Catégorie (lexique : category)"),
        sa.Column("weight_percent", sa.Double(), nullable=True, comment="Poids du critère, en pour cent de la note"),
        sa.Column("legal_refs", sa.JSON(), nullable=False, comment="Articles de loi cités, liste"),
        sa.Column("confidence", sa.Double(), nullable=False, comment="Confiance, de 0 à 1"),
        sa.Column("rule", sa.String(), nullable=False, comment="Règle qui a trouvé la clause"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_clauses_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_clauses"),
        comment="Une clause sociale écrite dans un document",
    )
    op.create_index("ix_clauses_document_id", "clauses", ["document_id"])
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("organisation", sa.String(), nullable=True, comment="Organisme"),
        sa.Column("email", sa.String(), nullable=True, comment="Adresse électronique"),
        sa.Column("phone", sa.String(), nullable=True, comment="Téléphone"),
        sa.Column("role", sa.String(), nullable=False, comment="Rôle (lexique : role)"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_contacts_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        comment="L'organisme qui suit la clause, jamais une personne",
    )
    op.create_index("ix_contacts_document_id", "contacts", ["document_id"])
    op.create_table(
        "document_paths",
        sa.Column("path", sa.String(), nullable=False, comment="Chemin du fichier"),
        sa.Column("name", sa.String(), nullable=False, comment="Nom du fichier"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column(
            "tender_id",
            sa.Integer(),
            nullable=True,
            comment="Consultation ; vide tant que le document n'est pas traité",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_paths_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_document_paths_tender_id"),
        sa.PrimaryKeyConstraint("path", name="pk_document_paths"),
        comment="Où le document a été trouvé ; un chemin désigne toujours son dernier contenu",
    )
    op.create_index("ix_document_paths_document_id", "document_paths", ["document_id"])
    op.create_index("ix_document_paths_tender_id", "document_paths", ["tender_id"])
    op.create_table(
        "lots",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("number", sa.String(), nullable=False, comment="Numéro du lot"),
        sa.Column("title", sa.String(), nullable=True, comment="Intitulé du lot"),
        sa.Column("families", sa.JSON(), nullable=False, comment="Familles d'achat, la principale d'abord"),
        sa.Column("family", sa.String(), nullable=True, comment="Famille d'achat principale"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_lots_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_lots"),
        sa.UniqueConstraint("document_id", "number", name="uq_lots_document_id"),
        comment="Un lot décrit par un document",
    )
    op.create_index("ix_lots_document_id", "lots", ["document_id"])
    op.create_table(
        "penalties",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column(
            "amount_eur", sa.Double(), nullable=False, comment="Montant en euros, ou pour cent quand per vaut percent"
        ),
        sa.Column("per", sa.String(), nullable=False, comment="Ce qui est puni (lexique : penalty_per)"),
        sa.Column("confidence", sa.Double(), nullable=False, comment="Confiance, de 0 à 1"),
        sa.Column("rule", sa.String(), nullable=False, comment="Règle qui a trouvé la pénalité"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_penalties_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_penalties"),
        comment="Une pénalité attachée à la clause sociale",
    )
    op.create_index("ix_penalties_document_id", "penalties", ["document_id"])
    op.create_table(
        "problems",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("stage", sa.String(), nullable=False, comment="Étape (lexique : stage)"),
        sa.Column("code", sa.String(), nullable=False, comment="Code du problème"),
        sa.Column("message", sa.String(), nullable=False, comment="Ce qui s'est passé et le remède"),
        sa.Column("page", sa.Integer(), nullable=True, comment="Page du fichier, à partir de 1"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_problems_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_problems"),
        comment="Ce qui n'a pas été lu ou ne concorde pas",
    )
    op.create_index("ix_problems_document_id", "problems", ["document_id"])
    op.create_table(
        "volumes",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("category", sa.String(), nullable=False, comment="Catégorie (lexique : category)"),
        sa.Column("lot", sa.String(), nullable=False, comment="Numéro du lot ; * pour tout le marché"),
        sa.Column("value", sa.Double(), nullable=False, comment="Valeur, ou bas de la fourchette"),
        sa.Column("value_max", sa.Double(), nullable=True, comment="Haut de la fourchette"),
        sa.Column("unit", sa.String(), nullable=False, comment="Unité (lexique : unit)"),
        sa.Column("per", sa.String(), nullable=False, comment="Période ou assiette (lexique : per)"),
        sa.Column("per_amount_eur", sa.Double(), nullable=True, comment="Tranche, en euros, quand per vaut amount"),
        sa.Column("threshold_eur", sa.Double(), nullable=True, comment="Seuil de déclenchement, en euros"),
        sa.Column("phase", sa.String(), nullable=True, comment="Tranche ou reconduction (lexique : phase)"),
        sa.Column("bound", sa.String(), nullable=False, comment="Nature de la valeur (lexique : bound)"),
        sa.Column("derived_hours", sa.Double(), nullable=True, comment="Heures calculées à partir de nombres écrits"),
        sa.Column("formula", sa.String(), nullable=True, comment="Calcul des heures dérivées"),
        sa.Column("confidence", sa.Double(), nullable=False, comment="Confiance, de 0 à 1"),
        sa.Column("rule", sa.String(), nullable=False, comment="Règle qui a trouvé le volume"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_volumes_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_volumes"),
        comment="Une quantité demandée : heures, part, postes, actions",
    )
    op.create_index("ix_volumes_document_id", "volumes", ["document_id"])
    op.create_table(
        "clause_lots",
        sa.Column("clause_id", sa.Integer(), nullable=False, comment="Clause"),
        sa.Column("lot", sa.String(), nullable=False, comment="Numéro du lot ; * pour tout le marché"),
        sa.ForeignKeyConstraint(["clause_id"], ["clauses.id"], name="fk_clause_lots_clause_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("clause_id", "lot", name="pk_clause_lots"),
        comment="Les lots que la clause engage",
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("clause_id", sa.Integer(), nullable=True, comment="Clause prouvée, si c'est l'objet de la preuve"),
        sa.Column("volume_id", sa.Integer(), nullable=True, comment="Volume prouvé, si c'est l'objet de la preuve"),
        sa.Column("penalty_id", sa.Integer(), nullable=True, comment="Pénalité prouvée, si c'est l'objet de la preuve"),
        sa.Column("contact_id", sa.Integer(), nullable=True, comment="Contact prouvé, si c'est l'objet de la preuve"),
        sa.Column("absence_id", sa.Integer(), nullable=True, comment="Absence prouvée, si c'est l'objet de la preuve"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang de la preuve, à partir de 0"),
        sa.Column("page", sa.Integer(), nullable=False, comment="Page du fichier, à partir de 1"),
        sa.Column("quote", sa.String(), nullable=False, comment="Citation exacte"),
        sa.Column("x0", sa.Double(), nullable=True, comment="Bord gauche, en points PDF depuis la gauche de la page"),
        sa.Column("top", sa.Double(), nullable=True, comment="Bord haut, en points PDF depuis le haut de la page"),
        sa.Column("x1", sa.Double(), nullable=True, comment="Bord droit, en points PDF depuis la gauche de la page"),
        sa.Column("bottom", sa.Double(), nullable=True, comment="Bord bas, en points PDF depuis le haut de la page"),
        sa.Column("section", sa.String(), nullable=True, comment="Article où se trouve la citation"),
        sa.CheckConstraint(
            "(CASE WHEN clause_id IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN volume_id IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN penalty_id IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN contact_id IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN absence_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_evidence_one_owner"),
        ),
        sa.ForeignKeyConstraint(["absence_id"], ["absences.id"], name="fk_evidence_absence_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["clause_id"], ["clauses.id"], name="fk_evidence_clause_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_evidence_contact_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["penalty_id"], ["penalties.id"], name="fk_evidence_penalty_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name="fk_evidence_volume_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        comment="Les mots qui prouvent une ligne ; la preuve 0 est la principale",
    )
    op.create_index("ix_evidence_absence_id", "evidence", ["absence_id"])
    op.create_index("ix_evidence_clause_id", "evidence", ["clause_id"])
    op.create_index("ix_evidence_contact_id", "evidence", ["contact_id"])
    op.create_index("ix_evidence_penalty_id", "evidence", ["penalty_id"])
    op.create_index("ix_evidence_volume_id", "evidence", ["volume_id"])


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_table("clause_lots")
    op.drop_table("volumes")
    op.drop_table("problems")
    op.drop_table("penalties")
    op.drop_table("lots")
    op.drop_table("document_paths")
    op.drop_table("contacts")
    op.drop_table("clauses")
    op.drop_table("absences")
    op.drop_table("documents")
    op.drop_table("tenders")
    op.drop_table("runs")
    op.drop_table("digests")
    op.drop_table("codes")
