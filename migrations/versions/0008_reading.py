"""ingest: how sure a machine was of a number it read

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; numbers that are there keep the weight they had in the vote."""
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confidence", sa.Integer(), nullable=False, server_default="100"))


def downgrade() -> None:
    """Undo; in place, for making the table anew would break what refers to it."""
    op.execute("ALTER TABLE identifier DROP COLUMN confidence")
