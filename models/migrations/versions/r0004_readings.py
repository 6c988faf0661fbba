"""Lectures gardées, lots de relecture et corrections : les lignes d'un document pendent à une lecture"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHILDREN = ("clauses", "volumes", "penalties", "contacts", "terms", "absences", "problems", "lots")
FACTS = "doc_type, pages, seconds, reference, buyer, object, departments, cpv, families, family"
WRITTEN: tuple[tuple[str, sa.types.TypeEngine[Any], bool, str], ...] = (
    ("doc_type", sa.String(), False, "Type de document (lexique : doc_type)"),
    ("pages", sa.Integer(), False, "Nombre de pages"),
    ("seconds", sa.Double(), False, "Durée de l'extraction, en secondes"),
    ("reference", sa.String(), True, "Référence écrite dans le document"),
    ("buyer", sa.String(), True, "Acheteur écrit dans le document"),
    ("object", sa.String(), True, "Objet écrit dans le document"),
    ("departments", sa.JSON(), False, "Départements écrits dans le document"),
    ("cpv", sa.JSON(), False, "Codes CPV écrits dans le document"),
    ("families", sa.JSON(), False, "Familles d'achat, la principale d'abord"),
    ("family", sa.String(), True, "Famille d'achat principale"),
)
"""What a reading says of its document: column, type, may be empty, comment."""
EMPTY = {"doc_type": "'autre'", "pages": "0", "seconds": "0", "departments": "'[]'", "cpv": "'[]'", "families": "'[]'"}
CURRENT = sa.text("is_current")
IS_UP_TO_DATE = "Empreinte des règles dont la lecture courante est à jour ; vide tant que rien n'est lu"


def upgrade() -> None:
    _create_readings()
    _create_corrections()
    _create_batches()
    # The rows of a document become those of its first reading, which takes the number of the document.
    op.execute(
        f"""
        INSERT INTO readings (id, document_id, run_id, is_current, fingerprint, status, {FACTS})
        SELECT d.id, d.id, d.run_id, {_true()}, d.fingerprint,
               CASE WHEN d.status <> 'started' THEN d.status
                    WHEN EXISTS (SELECT 1 FROM problems p WHERE p.document_id = d.id) THEN 'partial' ELSE 'ok' END,
               {FACTS}
        FROM documents d WHERE d.fingerprint IS NOT NULL"""
    )
    _count_on("readings")
    for table in CHILDREN:
        with op.batch_alter_table(table) as rows:
            rows.drop_constraint(f"fk_{table}_document_id", type_="foreignkey")
            if table == "lots":
                rows.drop_constraint("uq_lots_document_id", type_="unique")
            rows.drop_index(f"ix_{table}_document_id")
            rows.alter_column(
                "document_id",
                new_column_name="reading_id",
                existing_type=sa.Integer(),
                existing_nullable=False,
                comment="Lecture d'où vient la ligne",
            )
        with op.batch_alter_table(table) as rows:
            rows.create_foreign_key(f"fk_{table}_reading_id", "readings", ["reading_id"], ["id"], ondelete="CASCADE")
            rows.create_index(f"ix_{table}_reading_id", ["reading_id"])
            if table == "lots":
                rows.create_unique_constraint("uq_lots_reading_id", ["reading_id", "number"])
            if table in ("clauses", "volumes"):
                for name, comment in (
                    (
                        "correction_id",
                        "Correction qui confirme ou a écrit la ligne ; vide si elle vient de la seule lecture",
                    ),
                    ("hidden_by", "Correction qui rejette ou remplace la ligne ; vide si la ligne compte"),
                ):
                    rows.add_column(sa.Column(name, sa.Integer(), nullable=True, comment=comment))
                    rows.create_foreign_key(f"fk_{table}_{name}", "corrections", [name], ["id"], ondelete="SET NULL")
                    rows.create_index(f"ix_{table}_{name}", [name])
    with op.batch_alter_table("documents") as documents:
        for name, *_ in WRITTEN:
            documents.drop_column(name)
        documents.alter_column("fingerprint", existing_type=sa.String(), existing_nullable=True, comment=IS_UP_TO_DATE)


def downgrade() -> None:
    """Documents get back the rows of their current reading; what earlier readings said is lost, and corrections."""
    with op.batch_alter_table("documents") as documents:
        for name, kind, nullable, comment in WRITTEN:
            default = EMPTY.get(name)
            documents.add_column(
                sa.Column(name, kind, nullable=nullable, comment=comment, server_default=default and sa.text(default))
            )
    for name, *_ in WRITTEN:
        found = f"SELECT r.{name} FROM readings r WHERE r.document_id = documents.id AND r.is_current"
        op.execute(f"UPDATE documents SET {name} = ({found}) WHERE EXISTS ({found})")
    with op.batch_alter_table("documents") as documents:
        for name in EMPTY:
            documents.alter_column(name, server_default=None)
        documents.alter_column(
            "fingerprint",
            existing_type=sa.String(),
            existing_nullable=True,
            comment="Empreinte de la dernière extraction enregistrée",
        )
    for table in ("clauses", "volumes"):
        op.execute(f"DELETE FROM {table} WHERE rule = 'correction'")
    op.execute("DELETE FROM evidence WHERE clause_id NOT IN (SELECT id FROM clauses)")
    op.execute("DELETE FROM evidence WHERE volume_id NOT IN (SELECT id FROM volumes)")
    op.execute("DELETE FROM clause_lots WHERE clause_id NOT IN (SELECT id FROM clauses)")
    for table in CHILDREN:
        past = f"SELECT id FROM {table} WHERE reading_id IN (SELECT id FROM readings WHERE NOT is_current)"
        owner = {"clauses": "clause", "volumes": "volume", "penalties": "penalty", "contacts": "contact"}
        owner |= {"terms": "term", "absences": "absence"}
        if table in owner:
            op.execute(f"DELETE FROM evidence WHERE {owner[table]}_id IN ({past})")
        if table == "clauses":
            op.execute(f"DELETE FROM clause_lots WHERE clause_id IN ({past})")
        op.execute(f"DELETE FROM {table} WHERE id IN ({past})")
        with op.batch_alter_table(table) as rows:
            if table in ("clauses", "volumes"):
                for name in ("correction_id", "hidden_by"):
                    rows.drop_index(f"ix_{table}_{name}")
                    rows.drop_constraint(f"fk_{table}_{name}", type_="foreignkey")
                    rows.drop_column(name)
            if table == "lots":
                rows.drop_constraint("uq_lots_reading_id", type_="unique")
            rows.drop_constraint(f"fk_{table}_reading_id", type_="foreignkey")
            rows.drop_index(f"ix_{table}_reading_id")
            rows.alter_column(
                "reading_id",
                new_column_name="document_id",
                existing_type=sa.Integer(),
                existing_nullable=False,
                comment="Document d'où vient la ligne",
            )
        op.execute(
            f"UPDATE {table} SET document_id = (SELECT r.document_id FROM readings r WHERE r.id = {table}.document_id)"
        )
        with op.batch_alter_table(table) as rows:
            rows.create_foreign_key(f"fk_{table}_document_id", "documents", ["document_id"], ["id"], ondelete="CASCADE")
            rows.create_index(f"ix_{table}_document_id", ["document_id"])
            if table == "lots":
                rows.create_unique_constraint("uq_lots_document_id", ["document_id", "number"])
    op.drop_table("batch_documents")
    op.drop_table("corrections")
    op.drop_table("readings")
    with op.batch_alter_table("runs") as runs:
        runs.drop_constraint("uq_runs_name", type_="unique")
        for name in ("name", "selection", "undone_at"):
            runs.drop_column(name)


def _create_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document lu"),
        sa.Column("run_id", sa.Integer(), nullable=False, comment="Traitement qui a lu"),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="Vrai pour la lecture que montrent les vues"),
        sa.Column("fingerprint", sa.String(), nullable=False, comment="Empreinte des règles et du code d'extraction"),
        sa.Column("status", sa.String(), nullable=False, comment="État : ok, partial ou failed"),
        *(sa.Column(name, kind, nullable=nullable, comment=comment) for name, kind, nullable, comment in WRITTEN),
        sa.CheckConstraint("status IN ('ok', 'partial', 'failed')", name=op.f("ck_readings_status")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_readings_document_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_readings_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("document_id", "run_id", name="uq_readings_document_id"),
        comment="Ce qu'un traitement a lu d'un document ; les lectures passées sont gardées",
    )
    op.create_index("ix_readings_run_id", "readings", ["run_id"])
    op.create_index(
        "uq_readings_current",
        "readings",
        ["document_id"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )


def _create_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column(
            "kind", sa.String(), nullable=False, comment="Ce qui est corrigé : clause, volume ou family (famille)"
        ),
        sa.Column("action", sa.String(), nullable=False, comment="Geste (lexique : correction_action)"),
        sa.Column("document_id", sa.Integer(), nullable=True, comment="Document qui porte la preuve"),
        sa.Column("tender_id", sa.Integer(), nullable=True, comment="Consultation au moment de la correction"),
        sa.Column("category", sa.String(), nullable=True, comment="Catégorie visée (lexique : category)"),
        sa.Column("lot", sa.String(), nullable=True, comment="Lot visé ; * pour tout le marché"),
        sa.Column("page", sa.Integer(), nullable=True, comment="Page de la preuve, à partir de 1"),
        sa.Column("quote", sa.String(), nullable=True, comment="Mots de la preuve"),
        sa.Column("before", sa.JSON(), nullable=True, comment="Ce que la lecture disait"),
        sa.Column("after", sa.JSON(), nullable=True, comment="Ce que la personne dit"),
        sa.Column(
            "author",
            sa.String(),
            nullable=False,
            comment="Étiquette de l'auteur : un rôle ou des initiales, pas un nom",
        ),
        sa.Column("reason", sa.String(), nullable=False, comment="Motif"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="Date, en temps universel"),
        sa.Column("state", sa.String(), nullable=False, comment="État (lexique : correction_state)"),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Dernier rapprochement avec le texte, en temps universel",
        ),
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Retrait de la correction, en temps universel",
        ),
        sa.CheckConstraint("kind IN ('clause', 'volume', 'family')", name=op.f("ck_corrections_kind")),
        sa.CheckConstraint("action IN ('confirm', 'reject', 'edit', 'add')", name=op.f("ck_corrections_action")),
        sa.CheckConstraint(
            "state IN ('applied', 'missing', 'text_changed', 'withdrawn')", name=op.f("ck_corrections_state")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_corrections_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_corrections_tender_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        comment="Ce qu'une personne a confirmé, rejeté, modifié ou ajouté, rattaché aux mots qui le prouvent",
    )
    op.create_index("ix_corrections_document_id", "corrections", ["document_id"])
    op.create_index("ix_corrections_tender_id", "corrections", ["tender_id"])


def _create_batches() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(
            sa.Column("name", sa.String(), nullable=True, comment="Nom du lot de relecture ; vide pour les autres")
        )
        runs.add_column(
            sa.Column("selection", sa.String(), nullable=True, comment="Ce que le lot de relecture a choisi, en JSON")
        )
        runs.add_column(
            sa.Column(
                "undone_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="Annulation du lot, en temps universel",
            )
        )
        runs.create_unique_constraint("uq_runs_name", ["name"])
    op.create_table(
        "batch_documents",
        sa.Column("run_id", sa.Integer(), nullable=False, comment="Traitement qui porte le lot"),
        sa.Column("document_id", sa.Integer(), nullable=False, comment="Document choisi"),
        sa.Column("state", sa.String(), nullable=False, comment="État (lexique : batch_state)"),
        sa.Column("previous_reading_id", sa.Integer(), nullable=True, comment="Lecture courante avant le lot"),
        sa.Column(
            "message",
            sa.String(),
            nullable=True,
            comment="Pourquoi il n'a pas pu être relu ou rétabli, et le remède",
        ),
        sa.CheckConstraint(
            "state IN ('todo', 'same', 'changed', 'failed', 'undone', 'kept')", name=op.f("ck_batch_documents_state")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_batch_documents_document_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["previous_reading_id"],
            ["readings.id"],
            name="fk_batch_documents_previous_reading_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_batch_documents_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "document_id", name="pk_batch_documents"),
        comment="Un document choisi par un lot de relecture",
    )
    op.create_index("ix_batch_documents_document_id", "batch_documents", ["document_id"])


def _true() -> str:
    return "TRUE" if op.get_context().dialect.name == "postgresql" else "1"


def _count_on(table: str) -> None:
    """PostgreSQL numbers from its own counter, which does not see the numbers that were given."""
    if op.get_context().dialect.name == "postgresql":
        following = f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}"
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({following}), false)")
