"""intake: the image quality of pages

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; pages that are there are judged by ``lindang ingest quality``."""
    op.create_table(
        "page_quality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("look", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("imprint", sa.String(length=64), nullable=False),
        sa.Column("view_sha256", sa.String(length=64), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alike_page_id", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=4), nullable=False),
        sa.Column("findings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("limits_key", sa.String(length=16), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alike_page_id"], ["page.id"], name=op.f("fk_page_quality_alike_page_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_page_quality_item_id")),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_page_quality_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_quality")),
    )
    with op.batch_alter_table("page_quality", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_quality_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_quality_page_id"), ["page_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_quality_view_sha256"), ["view_sha256"], unique=False)
        batch_op.create_index("ix_page_quality_division_code_verdict", ["division_code", "verdict"], unique=False)
        batch_op.create_index(
            "uq_page_quality_current",
            ["page_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("page_quality", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_page_quality_current",
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )
        batch_op.drop_index("ix_page_quality_division_code_verdict")
        batch_op.drop_index(batch_op.f("ix_page_quality_view_sha256"))
        batch_op.drop_index(batch_op.f("ix_page_quality_page_id"))
        batch_op.drop_index(batch_op.f("ix_page_quality_item_id"))

    op.drop_table("page_quality")
