"""intake: long work that halts and goes on, files cut into papers, links for uploads, watched folders

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("intake_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("halt", sa.String(length=10), server_default="", nullable=False))
        batch_op.add_column(sa.Column("planned_files", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("planned_bytes", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("gathered_at", _TIME, nullable=True))
    with op.batch_alter_table("intake_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stamp", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cuts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))
        batch_op.create_index(batch_op.f("ix_intake_file_parent_id"), ["parent_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_intake_file_parent_id"), "intake_file", ["parent_id"], ["id"])
    _create_tables()
    _resize_media_type(60, 120)


def _resize_media_type(before: int, after: int) -> None:
    """Give office documents' long media types room, or take it back."""
    with op.batch_alter_table("digital_object", schema=None) as batch_op:
        batch_op.alter_column(
            "media_type",
            existing_type=sa.String(length=before),
            type_=sa.String(length=after),
            existing_nullable=False,
            postgresql_using=f"left(media_type, {after})",
        )


def _create_tables() -> None:
    op.create_table(
        "desk_claim",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["intake_file.id"], name=op.f("fk_desk_claim_file_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_desk_claim")),
    )
    op.create_table(
        "watched_folder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("looked_at", _TIME, nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_folder")),
        sa.UniqueConstraint("root", name=op.f("uq_watched_folder_root")),
    )
    op.create_table(
        "upload_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("doc_type", sa.String(length=6), nullable=False),
        sa.Column("ocr", sa.String(length=12), nullable=False),
        sa.Column("max_files", sa.Integer(), nullable=False),
        sa.Column("max_mb", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["intake_run.id"], name=op.f("fk_upload_link_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_upload_link_digest")),
    )
    with op.batch_alter_table("upload_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_link_division_code"), ["division_code"], unique=False)


def downgrade() -> None:
    """Undo."""
    _resize_media_type(120, 60)
    for table in ("upload_link", "watched_folder", "desk_claim"):
        op.drop_table(table)
    with op.batch_alter_table("intake_file", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_intake_file_parent_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_intake_file_parent_id"))
        for column in ("cuts", "parent_id", "stamp"):
            batch_op.drop_column(column)
    with op.batch_alter_table("intake_run", schema=None) as batch_op:
        for column in ("gathered_at", "planned_bytes", "planned_files", "halt"):
            batch_op.drop_column(column)
