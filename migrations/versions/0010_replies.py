"""handover: reply workbooks of the registry, and their lines that found no item

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        sa.Column("read_by", sa.String(), nullable=False),
        sa.Column("taken_at", _TIME, nullable=True),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_reply_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("batch_id", "list_version", "sha256", name=op.f("uq_reply_batch_id_list_version_sha256")),
    )
    op.create_table(
        "reply_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("code", "archival_code", "cert_no", "answer", "reason", "note", "problem")
        ),
        sa.Column("batch_item_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("settled_note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_reply_line_batch_id")),
        sa.ForeignKeyConstraint(["batch_item_id"], ["batch_item.id"], name=op.f("fk_reply_line_batch_item_id")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_line_reply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_line")),
        sa.UniqueConstraint("reply_id", "row_no", name=op.f("uq_reply_line_reply_id_row_no")),
    )
    for table, columns in _INDEXES.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


_INDEXES = {
    "reply": ("batch_id", "division_code", "sha256"),
    "reply_line": ("reply_id", "batch_id", "division_code"),
}


def downgrade() -> None:
    """Undo."""
    op.drop_table("reply_line")
    op.drop_table("reply")
