"""Les preuves disent si elles ont été lues sur une image, et comment, quand la reconnaissance les avait abîmées"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = (
    ("via", "Lu par reconnaissance de caractères (ocr) ; vide pour un texte"),
    ("read_as", "La citation telle que les règles l'ont lue, quand la reconnaissance l'avait abîmée"),
)
"""Column of `evidence`, comment."""


def upgrade() -> None:
    for name, comment in COLUMNS:
        op.add_column("evidence", sa.Column(name, sa.String(), nullable=True, comment=comment))


def downgrade() -> None:
    for name, _ in COLUMNS:
        op.drop_column("evidence", name)
