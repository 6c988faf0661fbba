"""Les copies d'un document sous un autre format se reconnaissent à leur texte et ne comptent qu'une fois"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any], str], ...] = (
    ("kind", sa.String(), "Format du fichier, d'après ses octets : pdf, docx, xlsx…"),
    ("is_recognised", sa.Boolean(), "Vrai si des mots ont été lus sur des images"),
    (
        "word_sketch",
        sa.LargeBinary(),
        "Esquisse des mots, qui fait reconnaître les copies ; vide si rien n'a été lu",
    ),
    ("number_sketch", sa.LargeBinary(), "Esquisse des nombres, qui distingue deux pièces d'un même modèle"),
)
"""Column of `readings`, type, comment."""
TABLE_COMMENT = (
    "Un document d'une consultation qui n'y compte pas : une version plus récente le remplace, "
    "ou il est la copie d'un autre",
    "Un document d'une consultation qu'une version plus récente remplace",
)
COMMENTS = (
    ("document_versions", "path", "Chemin du document qui ne compte pas", "Chemin de l'ancienne version"),
    ("document_versions", "document_id", "Document qui ne compte pas : ancienne version, ou copie", "Ancienne version"),
    ("document_versions", "replaced_by", "Document qui compte à sa place", "Version qui la remplace"),
    (
        "document_versions",
        "replaced_at",
        "Quand la nouvelle version, ou la copie, est arrivée, en temps universel",
        "Quand la nouvelle version est arrivée, en temps universel",
    ),
    (
        "evidence",
        "page",
        "Page du fichier, à partir de 1 ; dans un tableur, rang de la feuille",
        "Page du fichier, à partir de 1",
    ),
    (
        "evidence",
        "section",
        "Article où se trouve la citation ; dans un tableur, ses cellules",
        "Article où se trouve la citation",
    ),
)
"""Table, column, comment from now on, comment before."""


def upgrade() -> None:
    for name, kind, comment in COLUMNS:
        required = isinstance(kind, sa.Boolean)
        default = sa.false() if required else None
        op.add_column("readings", sa.Column(name, kind, nullable=not required, comment=comment, server_default=default))
    _comment(0)


def downgrade() -> None:
    _comment(1)
    for name, *_ in COLUMNS:
        op.drop_column("readings", name)


def _comment(side: int) -> None:
    if op.get_bind().dialect.name != "postgresql":  # SQLite keeps no comments
        return
    op.create_table_comment("document_versions", TABLE_COMMENT[side])
    for table, column, *comments in COMMENTS:
        op.alter_column(table, column, comment=comments[side])
