"""Recherche dans les textes ; corrections reportées, remplacées, ou de tout un document"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = {"new": "'clause', 'volume', 'family', 'document'", "old": "'clause', 'volume', 'family'"}
KIND_COMMENTS = {
    "new": "Ce qui est corrigé (lexique : correction_kind)",
    "old": "Ce qui est corrigé : clause, volume ou family (famille)",
}
LINKS = (
    (
        "origin_id",
        "CASCADE",
        "Première correction, quand celle-ci la reporte sur le document qui a remplacé l'autre",
    ),
    ("replaced_by", "SET NULL", "Correction plus récente de la même ligne, qui compte à sa place"),
)
"""From a correction to another: column, what becomes of it with the other, comment."""
READ_FAMILIES = "Familles que disait la lecture, quand une correction les a remplacées"

SQLITE_INDEX = (
    """CREATE VIRTUAL TABLE texts_index USING fts5(
        text, content='texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
        INSERT INTO texts_index (rowid, text) VALUES (new.id, new.text);
    END""",
    """CREATE TRIGGER texts_deleted AFTER DELETE ON texts BEGIN
        INSERT INTO texts_index (texts_index, rowid, text) VALUES ('delete', old.id, old.text);
    END""",
    """CREATE TRIGGER texts_changed AFTER UPDATE ON texts BEGIN
        INSERT INTO texts_index (texts_index, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO texts_index (rowid, text) VALUES (new.id, new.text);
    END""",
)
POSTGRESQL_INDEX = (
    """CREATE TABLE texts_index (
        id INTEGER PRIMARY KEY REFERENCES texts (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)""",
    "CREATE INDEX ix_texts_index_words ON texts_index USING gin (words)",
)


def upgrade() -> None:
    with op.batch_alter_table("corrections") as corrections:
        _kinds(corrections, "new", before="old")
        for name, ondelete, comment in LINKS:
            corrections.add_column(sa.Column(name, sa.Integer(), nullable=True, comment=comment))
            corrections.create_foreign_key(f"fk_corrections_{name}", "corrections", [name], ["id"], ondelete=ondelete)
            corrections.create_index(f"ix_corrections_{name}", [name])
    for table in ("readings", "lots"):
        op.add_column(table, sa.Column("read_families", sa.JSON(), nullable=True, comment=READ_FAMILIES))
    op.create_table(
        "texts",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=True, comment="Document, si c'est une page"),
        sa.Column("tender_id", sa.Integer(), nullable=True, comment="Consultation, si ce sont ses objets et lots"),
        sa.Column(
            "page", sa.Integer(), nullable=True, comment="Page du fichier, à partir de 1 ; vide pour une consultation"
        ),
        sa.Column("text", sa.String(), nullable=False, comment="Texte sur une ligne, les noms de personnes masqués"),
        sa.CheckConstraint("(document_id IS NULL) <> (tender_id IS NULL)", name=op.f("ck_texts_one_owner")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_texts_document_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_texts_tender_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
        comment="Un texte où l'on cherche : page d'un document, ou objets et intitulés de lots d'une consultation",
    )
    op.create_index("ix_texts_document_id", "texts", ["document_id"])
    op.create_index("ix_texts_tender_id", "texts", ["tender_id"])
    for statement in POSTGRESQL_INDEX if _is_postgresql() else SQLITE_INDEX:
        op.execute(statement)


def downgrade() -> None:
    """Documents lose their mark « complet », and readings and lots the families that a correction had replaced
    (`read_families`): those that it says stay. A correction that another replaces is withdrawn, one carried is kept.
    The texts to search in go; `clausoscope search --rebuild` makes them again.
    """
    if not _is_postgresql():
        for trigger in ("texts_added", "texts_deleted", "texts_changed"):
            op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE texts_index")
    op.drop_table("texts")
    for table in ("readings", "lots"):
        with op.batch_alter_table(table) as rows:
            rows.drop_column("read_families")
    op.execute("UPDATE corrections SET replaced_by = NULL, origin_id = NULL WHERE kind = 'document'")
    op.execute(
        "UPDATE corrections SET state = 'withdrawn', withdrawn_at = checked_at, replaced_by = NULL, origin_id = NULL "
        "WHERE replaced_by IS NOT NULL AND withdrawn_at IS NULL"
    )
    op.execute("DELETE FROM corrections WHERE kind = 'document'")
    with op.batch_alter_table("corrections") as corrections:
        for name, *_ in LINKS:
            corrections.drop_index(f"ix_corrections_{name}")
            corrections.drop_constraint(f"fk_corrections_{name}", type_="foreignkey")
            corrections.drop_column(name)
        _kinds(corrections, "old", before="new")


def _kinds(corrections: BatchOperations, which: str, *, before: str) -> None:
    corrections.drop_constraint(op.f("ck_corrections_kind"), type_="check")
    corrections.create_check_constraint(op.f("ck_corrections_kind"), f"kind IN ({KINDS[which]})")
    corrections.alter_column(
        "kind",
        existing_type=sa.String(),
        existing_nullable=False,
        comment=KIND_COMMENTS[which],
        existing_comment=KIND_COMMENTS[before],
    )


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
