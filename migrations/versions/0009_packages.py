"""handover: the papers of a batch as they were filed, the packages written for it, and the packages that came in

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


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
    op.create_table(
        "transfer_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("layout", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("carrier_bytes", sa.BigInteger(), nullable=False),
        sa.Column("with_sm3", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("carriers", _JSON, nullable=False),
        sa.Column("ordered_at", _TIME, nullable=False),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("written_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_transfer_package_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_package")),
    )
    with op.batch_alter_table("transfer_package", schema=None) as batch_op:
        for column in ("batch_id", "division_code"):
            batch_op.create_index(batch_op.f(f"ix_transfer_package_{column}"), [column], unique=False)
    _create_received()


def _create_received() -> None:
    op.create_table(
        "received_package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.String(length=10), nullable=False),
        sa.Column("batch_no", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("from_org", sa.String(), nullable=False),
        sa.Column("to_org", sa.String(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("volumes", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_package")),
        sa.UniqueConstraint("digest", name=op.f("uq_received_package_digest")),
    )
    op.create_table(
        "received_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_received_file_item_id")),
        sa.ForeignKeyConstraint(["package_id"], ["received_package.id"], name=op.f("fk_received_file_package_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_file")),
        sa.UniqueConstraint("package_id", "path", name=op.f("uq_received_file_package_id_path")),
    )
    for table, columns in (
        ("received_package", ("batch_no", "division_code")),
        ("received_file", ("item_id", "package_id", "sha256")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("received_file")
    op.drop_table("received_package")
    op.drop_table("transfer_package")
    op.drop_table("batch_paper")
