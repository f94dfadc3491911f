"""handover: the papers of a batch as they were filed

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "batch_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("paper_no", sa.String(length=60), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filed_at", _TIME, nullable=False),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_paper_batch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_batch_paper_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_paper")),
        sa.UniqueConstraint("batch_id", "list_version", "kind", name=op.f("uq_batch_paper_batch_id_list_version_kind")),
        sa.UniqueConstraint("item_id", name=op.f("uq_batch_paper_item_id")),
        sa.UniqueConstraint("paper_no", name=op.f("uq_batch_paper_paper_no")),
    )
    with op.batch_alter_table("batch_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_paper_batch_id"), ["batch_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("batch_paper")
