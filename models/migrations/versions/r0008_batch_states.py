"""Lots de relecture : documents dont le fichier n'est plus là, texte des pages avant le lot"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = {
    "new": "'todo', 'same', 'changed', 'failed', 'gone', 'undone', 'kept'",
    "old": "'todo', 'same', 'changed', 'failed', 'undone', 'kept'",
}
PREVIOUS_TEXTS = "Texte des pages avant le lot, compressé, s'il l'a changé en changeant ses lignes"


def upgrade() -> None:
    op.add_column(
        "batch_documents", sa.Column("previous_texts", sa.LargeBinary(), nullable=True, comment=PREVIOUS_TEXTS)
    )
    _states("new")


def downgrade() -> None:
    """A document that was gone could not be read again; the texts that an undo would give back are lost."""
    op.execute("UPDATE batch_documents SET state = 'failed' WHERE state = 'gone'")
    _states("old")
    with op.batch_alter_table("batch_documents") as documents:
        documents.drop_column("previous_texts")


def _states(which: str) -> None:
    with op.batch_alter_table("batch_documents") as documents:
        documents.drop_constraint(op.f("ck_batch_documents_state"), type_="check")
        documents.create_check_constraint(op.f("ck_batch_documents_state"), f"state IN ({STATES[which]})")
