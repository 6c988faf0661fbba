"""Publics, modalités et rythmes de suivi de la clause"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWNERS = ("clause", "volume", "penalty", "contact", "absence")


def upgrade() -> None:
    op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document d'où vient la ligne"),
        sa.Column("kind", sa.String(), nullable=False, comment="Nature : public, modality ou reporting"),
        sa.Column(
            "code",
            sa.String(),
            nullable=False,
            comment="Public, modalité ou rythme (lexique : public, modality, reporting)",
        ),
        sa.Column("confidence", sa.Double(), nullable=False, comment="Confiance, de 0 à 1"),
        sa.Column("rule", sa.String(), nullable=False, comment="Règle qui a trouvé la ligne"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_terms_document_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_terms"),
        comment="Un public, une modalité ou un rythme de suivi que la clause sociale prévoit",
    )
    op.create_index("ix_terms_document_id", "terms", ["document_id"])
    term = sa.Column("term_id", sa.Integer(), nullable=True, comment="Modalité prouvée, si c'est l'objet de la preuve")
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_constraint(op.f("ck_evidence_one_owner"), type_="check")
        evidence.add_column(term)
        evidence.create_check_constraint(op.f("ck_evidence_one_owner"), _one_of((*OWNERS, "term")))
        evidence.create_foreign_key("fk_evidence_term_id", "terms", ["term_id"], ["id"], ondelete="CASCADE")
        evidence.create_index("ix_evidence_term_id", ["term_id"])


def downgrade() -> None:
    op.execute("DELETE FROM evidence WHERE term_id IS NOT NULL")
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_index("ix_evidence_term_id")
        evidence.drop_constraint("fk_evidence_term_id", type_="foreignkey")
        evidence.drop_constraint(op.f("ck_evidence_one_owner"), type_="check")
        evidence.drop_column("term_id")
        evidence.create_check_constraint(op.f("ck_evidence_one_owner"), _one_of(OWNERS))
    op.drop_table("terms")


def _one_of(owners: tuple[str, ...]) -> str:
    return " + ".join(f"(CASE WHEN {owner}_id IS NULL THEN 0 ELSE 1 END)" for owner in owners) + " = 1"
