"""Ce que les vues des analystes cherchent vite : lots et départements des consultations, coordinations, familles"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS: tuple[tuple[str, str, sa.types.TypeEngine[Any], str], ...] = (
    ("tenders", "day", sa.Date(), "Jour qui la date : parution du premier avis, sinon arrivée dans la base"),
    ("tenders", "clause_count", sa.Integer(), "Nombre de clauses : lot × catégorie"),
    ("tenders", "reserved_count", sa.Integer(), "Nombre de lots réservés"),
    ("tenders", "hours", sa.Double(), "Heures demandées fermement, lots réunis"),
    ("consolidated", "family", sa.String(), "Famille d'achat du lot (lexique : family)"),
    (
        "consolidated",
        "counted_hours",
        sa.Double(),
        "Ce qu'elle ajoute aux heures de la consultation : du marché entier, ce que les lots ne demandent pas",
    ),
)
"""Table, column, type, comment."""
INDEXES = (
    ("ix_tenders_day", "tenders", ("day",)),
    ("ix_tenders_buyer", "tenders", ("buyer",)),
    ("ix_tenders_hours", "tenders", ("hours",)),
    ("ix_consolidated_family", "consolidated", ("family", "tender_id", "category", "counted_hours")),
    ("ix_consolidated_tender_id_category", "consolidated", ("tender_id", "category", "lot", "hours")),
)
"""Name, table and columns of the plain indexes."""
OWNERS = ("clause_id", "volume_id", "penalty_id", "contact_id", "absence_id", "term_id")
"""Of a proof: whose index now tells also which of its proofs."""
CORRECTED = tuple((table, column) for table in ("clauses", "volumes") for column in ("correction_id", "hidden_by"))
"""Whose index now holds only the few rows that have a correction."""


def upgrade() -> None:
    _create_places()
    _create_lexicons()
    for table, name, kind, comment in COLUMNS:
        required = isinstance(kind, sa.Integer)
        default = "0" if required else None
        op.add_column(table, sa.Column(name, kind, nullable=not required, comment=comment, server_default=default))
    for index, table, columns in INDEXES:
        op.create_index(index, table, list(columns))
    for owner in OWNERS:
        op.drop_index(f"ix_evidence_{owner}", "evidence")
        op.create_index(f"ix_evidence_{owner}", "evidence", [owner, "position"], unique=True)
    for table, column in CORRECTED:
        op.drop_index(f"ix_{table}_{column}", table)
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=some, postgresql_where=some)
    if op.get_bind().dialect.name == "postgresql":  # how many volumes ask so many hours: it would guess a third
        op.execute(
            "CREATE STATISTICS st_volumes_hours"
            " ON (CASE WHEN unit = 'hours' AND per = 'contract' THEN value ELSE derived_hours END) FROM volumes"
        )
    _fill()


def _create_places() -> None:
    op.create_table(
        "tender_departements",
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("code", sa.String(), nullable=False, comment="Code du département"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Rang, à partir de 0 pour le premier nommé"),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tenders.id"], name="fk_tender_departements_tender_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tender_id", "code", name="pk_tender_departements"),
        comment="Un département d'une consultation",
    )
    op.create_index("ix_tender_departements_code", "tender_departements", ["code"])
    op.create_table(
        "tender_lots",
        sa.Column("tender_id", sa.Integer(), nullable=False, comment="Consultation"),
        sa.Column("number", sa.String(), nullable=False, comment="Numéro du lot ; * pour tout le marché"),
        sa.Column("title", sa.String(), nullable=True, comment="Intitulé ; le premier par ordre alphabétique"),
        sa.Column(
            "family",
            sa.String(),
            nullable=True,
            comment="Famille d'achat du lot, sinon de la consultation (lexique : family)",
        ),
        sa.Column("document_count", sa.Integer(), nullable=False, comment="Nombre de documents qui décrivent le lot"),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name="fk_tender_lots_tender_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tender_id", "number", name="pk_tender_lots"),
        comment="Un lot d'une consultation, tous documents réunis ; * pour tout le marché",
    )
    op.create_index("ix_tender_lots_family", "tender_lots", ["family"])


def _create_lexicons() -> None:
    op.create_table(
        "departements",
        sa.Column("code", sa.String(), nullable=False, comment="Code du département"),
        sa.Column("name", sa.String(), nullable=False, comment="Nom"),
        sa.PrimaryKeyConstraint("code", name="pk_departements"),
        comment="Le nom de chaque département",
    )
    op.create_table(
        "coordinations",
        sa.Column("id", sa.Integer(), nullable=False, comment="Identifiant interne"),
        sa.Column("departement", sa.String(), nullable=False, comment="Code du département"),
        sa.Column("name", sa.String(), nullable=False, comment="Nom de la coordination"),
        sa.Column("aliases", sa.String(), nullable=True, comment="Autres graphies, séparées par des barres verticales"),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="Premier jour ; vide si inconnu"),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="Premier jour de la suivante ; vide si aucune n'est connue"
        ),
        sa.Column("certainty", sa.String(), nullable=False, comment="Certitude (lexique : certainty)"),
        sa.Column("source", sa.String(), nullable=False, comment="D'où vient ce nom"),
        sa.PrimaryKeyConstraint("id", name="pk_coordinations"),
        comment="Qui coordonne les clauses sociales d'un département, et de quand à quand",
    )
    op.create_index("ix_coordinations_departement", "coordinations", ["departement"])
    op.create_table(
        "families",
        sa.Column("code", sa.String(), nullable=False, comment="Famille d'achat (lexique : family)"),
        sa.Column("is_btp", sa.Boolean(), nullable=False, comment="Vrai pour le bâtiment et les travaux publics"),
        sa.PrimaryKeyConstraint("code", name="pk_families"),
        comment="Les familles d'achat : bâtiment et travaux publics, ou non",
    )


def _fill() -> None:
    """What `models.places` keeps up from now on, for the tenders that are there."""
    op.execute(
        """
        INSERT INTO tender_lots (tender_id, number, title, family, document_count)
        SELECT told.tender_id, told.number, MIN(told.title), COALESCE(MIN(told.family), MIN(t.family)),
               COUNT(DISTINCT told.described_by)
        FROM (
            SELECT p.tender_id, l.number, l.title, l.family, r.document_id AS described_by
            FROM document_paths p
            JOIN readings r ON r.document_id = p.document_id AND r.is_current
            JOIN lots l ON l.reading_id = r.id
            WHERE NOT EXISTS (
                SELECT 1 FROM document_versions n WHERE n.tender_id = p.tender_id AND n.document_id = p.document_id
            )
            UNION ALL
            SELECT p.tender_id, x.lot, NULL, NULL, NULL
            FROM document_paths p
            JOIN readings r ON r.document_id = p.document_id AND r.is_current
            JOIN clauses c ON c.reading_id = r.id
            JOIN clause_lots x ON x.clause_id = c.id
            UNION ALL
            SELECT p.tender_id, v.lot, NULL, NULL, NULL
            FROM document_paths p
            JOIN readings r ON r.document_id = p.document_id AND r.is_current
            JOIN volumes v ON v.reading_id = r.id
            UNION ALL
            SELECT id, '*', NULL, NULL, NULL FROM tenders
        ) told
        JOIN tenders t ON t.id = told.tender_id
        GROUP BY told.tender_id, told.number"""
    )
    op.execute(
        """
        UPDATE consolidated AS c SET
            family = (SELECT l.family FROM tender_lots l WHERE l.tender_id = c.tender_id AND l.number = c.lot),
            counted_hours = CASE WHEN c.lot <> '*' OR c.hours IS NULL THEN c.hours ELSE (
                SELECT CASE WHEN c.hours > COALESCE(SUM(o.hours), 0) THEN c.hours - COALESCE(SUM(o.hours), 0) ELSE 0 END
                FROM consolidated o WHERE o.tender_id = c.tender_id AND o.category = c.category AND o.lot <> '*'
            ) END"""
    )
    op.execute(
        """
        UPDATE tenders AS t SET
            clause_count = (SELECT COUNT(*) FROM consolidated c WHERE c.tender_id = t.id),
            reserved_count = (
                SELECT COUNT(DISTINCT c.lot) FROM consolidated c
                WHERE c.tender_id = t.id AND SUBSTR(c.category, 1, 8) = 'reserve_'
            ),
            hours = (SELECT SUM(c.counted_hours) FROM consolidated c WHERE c.tender_id = t.id)"""
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            """
            SELECT t.id, t.departments, t.published, MIN(r.started_at) AS read_at
            FROM tenders t
            LEFT JOIN document_paths p ON p.tender_id = t.id
            LEFT JOIN documents d ON d.id = p.document_id
            LEFT JOIN runs r ON r.id = d.run_id
            GROUP BY t.id"""
        ).columns(departments=sa.JSON(), published=sa.Date(), read_at=sa.DateTime(timezone=True))
    ).all()
    departements = [
        {"tender": row.id, "code": code, "position": position}
        for row in rows
        for position, code in enumerate(dict.fromkeys(row.departments))
    ]
    days = [
        {"tender": row.id, "day": row.published or row.read_at.date()} for row in rows if row.published or row.read_at
    ]
    if departements:
        connection.execute(sa.text("INSERT INTO tender_departements VALUES (:tender, :code, :position)"), departements)
    if days:
        connection.execute(
            sa.text("UPDATE tenders SET day = :day WHERE id = :tender").bindparams(
                sa.bindparam("day", type_=sa.Date())
            ),
            days,
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP STATISTICS st_volumes_hours")
    for owner in OWNERS:
        op.drop_index(f"ix_evidence_{owner}", "evidence")
        op.create_index(f"ix_evidence_{owner}", "evidence", [owner])
    for table, column in CORRECTED:
        op.drop_index(f"ix_{table}_{column}", table)
        op.create_index(f"ix_{table}_{column}", table, [column])
    for index, table, _ in INDEXES:
        op.drop_index(index, table)
    for table, name, *_ in COLUMNS:
        op.drop_column(table, name)
    for table in ("families", "coordinations", "departements", "tender_lots", "tender_departements"):
        op.drop_table(table)
