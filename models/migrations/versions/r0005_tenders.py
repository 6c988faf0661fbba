"""Ce que les sources d'une consultation disent ensemble : lignes consolidées, contradictions, versions"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FACTS = (
    ("published", sa.Date(), "Parution du premier avis"),
    ("deadline", sa.DateTime(timezone=True), "Date limite de réponse en vigueur, en temps universel"),
    ("declared", sa.String(), "Ce que les avis déclarent (lexique : declared)"),
    ("agreement", sa.String(), "Déclaré comparé à trouvé (lexique : agreement)"),
    ("obligation", sa.String(), "Situation au regard de l'article L2112-2-1 (lexique : obligation)"),
    ("obligation_reason", sa.String(), "Ce qui fonde cette situation : date, montant, seuil"),
)
"""What a tender learns of itself: column, type, comment."""


def upgrade() -> None:
    op.create_table(
        "consolidated",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("lot", sa.String(), nullable=False, comment="Numéro du lot ; * pour tout le marché"),
        sa.Column("category", sa.String(), nullable=False, comment="Catégorie (lexique : category)"),
        sa.Column("hours", sa.Double(), nullable=True, comment="Heures d'insertion demandées fermement"),
        sa.Column(
            "hours_derived",
            sa.Boolean(),
            nullable=False,
            comment="Vrai si les heures sont calculées, faux si elles sont écrites",
        ),
        sa.Column("formula", sa.String(), nullable=True, comment="Calcul des heures, si elles sont calculées"),
        sa.Column("weight_percent", sa.Double(), nullable=True, comment="Poids du critère, en pour cent de la note"),
        sa.Column("confidence", sa.Double(), nullable=False, comment="Confiance de la source retenue, de 0 à 1"),
        sa.Column("doc_type", sa.String(), nullable=False, comment="Type de la source retenue (lexique : doc_type)"),
        sa.Column("document_id", sa.Integer(), nullable=True, comment="Document retenu"),
        sa.Column("clause_id", sa.Integer(), nullable=True, comment="Clause retenue"),
        sa.Column("volume_id", sa.Integer(), nullable=True, comment="Volume retenu"),
        sa.Column("page", sa.Integer(), nullable=True, comment="Page de la preuve retenue, à partir de 1"),
        sa.Column("quote", sa.String(), nullable=True, comment="Citation retenue"),
        sa.Column("source_count", sa.Integer(), nullable=False, comment="Nombre de sources qui portent la clause"),
        sa.Column(
            "contradiction_count", sa.Integer(), nullable=False, comment="Nombre de contradictions entre sources"
        ),
        sa.Column("is_corrected", sa.Boolean(), nullable=False, comment="Vrai si une correction porte la ligne"),
        sa.ForeignKeyConstraint(["clause_id"], ["clauses.id"], name="fk_consolidated_clause_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_consolidated_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_consolidated_tender_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.id"], name="fk_consolidated_volume_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_consolidated"),
        sa.UniqueConstraint("tender_id", "lot", "category", name="uq_consolidated_tender_id"),
        comment="Une clause d'une consultation : une ligne par lot et catégorie, toutes sources réunies",
    )
    op.create_index("ix_consolidated_category", "consolidated", ["category"])
    op.create_index("ix_consolidated_clause_id", "consolidated", ["clause_id"])
    op.create_index("ix_consolidated_document_id", "consolidated", ["document_id"])
    op.create_index("ix_consolidated_hours", "consolidated", ["hours"])
    op.create_index("ix_consolidated_volume_id", "consolidated", ["volume_id"])
    op.create_table(
        "consolidated_sources",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("consolidated_id", sa.Integer(), nullable=False, comment="Ligne consolidée"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang, à partir de 0 pour la source retenue"),
        sa.Column("document_id", sa.Integer(), nullable=True, comment="Document"),
        sa.Column("clause_id", sa.Integer(), nullable=True, comment="Clause de ce document"),
        sa.Column("volume_id", sa.Integer(), nullable=True, comment="Volume de ce document"),
        sa.ForeignKeyConstraint(
            ["clause_id"], ["clauses.id"], name="fk_consolidated_sources_clause_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volumes.id"], name="fk_consolidated_sources_volume_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["consolidated_id"], ["consolidated.id"], name="fk_consolidated_sources_consolidated_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_consolidated_sources_document_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consolidated_sources"),
        comment="Une source d'une ligne consolidée, la retenue d'abord",
    )
    op.create_index("ix_consolidated_sources_clause_id", "consolidated_sources", ["clause_id"])
    op.create_index("ix_consolidated_sources_consolidated_id", "consolidated_sources", ["consolidated_id"])
    op.create_index("ix_consolidated_sources_document_id", "consolidated_sources", ["document_id"])
    op.create_index("ix_consolidated_sources_volume_id", "consolidated_sources", ["volume_id"])
    op.create_table(
        "contradictions",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("consolidated_id", sa.Integer(), nullable=True, comment="Ligne consolidée, s'il y en a une"),
        sa.Column("lot", sa.String(), nullable=False, comment="Numéro du lot ; * pour tout le marché"),
        sa.Column("category", sa.String(), nullable=False, comment="Catégorie (lexique : category)"),
        sa.Column("subject", sa.String(), nullable=False, comment="Ce qui diffère (lexique : contradiction)"),
        sa.Column("kept_document_id", sa.Integer(), nullable=True, comment="Document dont la valeur est retenue"),
        sa.Column("kept_value", sa.String(), nullable=False, comment="Valeur retenue"),
        sa.Column("kept_page", sa.Integer(), nullable=True, comment="Page de la valeur retenue"),
        sa.Column("kept_quote", sa.String(), nullable=True, comment="Citation de la valeur retenue"),
        sa.Column("other_document_id", sa.Integer(), nullable=True, comment="Document qui dit autre chose"),
        sa.Column("other_value", sa.String(), nullable=False, comment="Autre valeur"),
        sa.Column("other_page", sa.Integer(), nullable=True, comment="Page de l'autre valeur"),
        sa.Column("other_quote", sa.String(), nullable=True, comment="Citation de l'autre valeur"),
        sa.ForeignKeyConstraint(
            ["consolidated_id"], ["consolidated.id"], name="fk_contradictions_consolidated_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_document_id"], ["documents.id"], name="fk_contradictions_other_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_contradictions_tender_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["kept_document_id"], ["documents.id"], name="fk_contradictions_kept_document_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contradictions"),
        comment="Deux sources d'une consultation qui ne disent pas la même chose",
    )
    op.create_index("ix_contradictions_consolidated_id", "contradictions", ["consolidated_id"])
    op.create_index("ix_contradictions_kept_document_id", "contradictions", ["kept_document_id"])
    op.create_index("ix_contradictions_other_document_id", "contradictions", ["other_document_id"])
    op.create_index("ix_contradictions_tender_id", "contradictions", ["tender_id"])
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("lot", sa.String(), nullable=False, comment="Numéro du lot si les avis déclarent par lot ; sinon *"),
        sa.Column("consideration", sa.String(), nullable=False, comment="Considération (lexique : consideration)"),
        sa.Column("declared", sa.String(), nullable=False, comment="Ce que les avis en déclarent (lexique : answer)"),
        sa.Column("found", sa.String(), nullable=False, comment="Ce que les pièces en disent (lexique : answer)"),
        sa.Column("result", sa.String(), nullable=False, comment="Déclaré comparé à trouvé (lexique : agreement)"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_agreements_tender_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_agreements"),
        sa.UniqueConstraint("tender_id", "lot", "consideration", name="uq_agreements_tender_id"),
        comment="Une considération sociale d'une consultation : déclarée par les avis, trouvée dans les pièces",
    )
    op.create_index("ix_agreements_result", "agreements", ["result"])
    op.create_table(
        "document_versions",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("path", sa.String(), nullable=False, comment="Chemin de l'ancienne version"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Ancienne version"),
        sa.Column("replaced_by", sa.Integer(), nullable=False, comment="Version qui la remplace"),
        sa.Column(
            "replaced_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Quand la nouvelle version est arrivée, en temps universel",
        ),
        sa.Column("reason", sa.String(), nullable=False, comment="Ce qui le montre (lexique : version_reason)"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_versions_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tenders.id"], name="fk_document_versions_tender_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["documents.id"], name="fk_document_versions_replaced_by", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_versions"),
        sa.UniqueConstraint("tender_id", "document_id", name="uq_document_versions_tender_id"),
        comment="Un document d'une consultation qu'une version plus récente remplace",
    )
    op.create_index("ix_document_versions_document_id", "document_versions", ["document_id"])
    op.create_index("ix_document_versions_replaced_by", "document_versions", ["replaced_by"])
    op.create_index("ix_document_versions_tender_id", "document_versions", ["tender_id"])
    says = "Vrai si la première page dit qu'il annule et remplace une version"
    op.add_column(
        "readings",
        sa.Column("replaces_earlier", sa.Boolean(), nullable=False, server_default=sa.false(), comment=says),
    )
    for name, kind, comment in FACTS:
        op.add_column("tenders", sa.Column(name, kind, nullable=True, comment=comment))
    op.create_index("ix_tenders_published", "tenders", ["published"])


def downgrade() -> None:
    op.execute("DELETE FROM digests WHERE name = 'consolidation'")
    op.drop_column("readings", "replaces_earlier")
    op.drop_index("ix_tenders_published", "tenders")
    for name, *_ in FACTS:
        op.drop_column("tenders", name)
    for table in ("document_versions", "agreements", "contradictions", "consolidated_sources", "consolidated"):
        op.drop_table(table)
