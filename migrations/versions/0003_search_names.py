"""search: names and places of the register as keys

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_term")),
        sa.UniqueConstraint("sort", "text", name=op.f("uq_search_term_sort_text")),
    )
    op.create_table(
        "search_key",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "key",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["search_term.id"], name=op.f("fk_search_key_term_id")),
        sa.PrimaryKeyConstraint("kind", "key", "term_id", name=op.f("pk_search_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("search_key", schema=None) as batch_op:
        batch_op.create_index("ix_search_key_term_id", ["term_id"], unique=False)

    op.create_table(
        "search_name",
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_search_name_certificate_id")),
        sa.ForeignKeyConstraint(["term_id"], ["search_term.id"], name=op.f("fk_search_name_term_id")),
        sa.PrimaryKeyConstraint("term_id", "certificate_id", "parcel_id", name=op.f("pk_search_name")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("search_name", schema=None) as batch_op:
        batch_op.create_index("ix_search_name_certificate_id", ["certificate_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("search_name", schema=None) as batch_op:
        batch_op.drop_index("ix_search_name_certificate_id")

    op.drop_table("search_name")
    with op.batch_alter_table("search_key", schema=None) as batch_op:
        batch_op.drop_index("ix_search_key_term_id")

    op.drop_table("search_key")
    op.drop_table("search_term")
