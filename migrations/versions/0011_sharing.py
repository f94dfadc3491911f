"""sharing: agencies, their keys, every query with what it showed, and what the office gives out and takes in

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sharing_agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("prefixes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("field_groups", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("daily_quota", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("daily_quota >= 0", name=op.f("ck_sharing_agency_daily_quota")),
        sa.ForeignKeyConstraint(["org_id"], ["org.id"], name=op.f("fk_sharing_agency_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_agency")),
        sa.UniqueConstraint("org_id", name=op.f("uq_sharing_agency_org_id")),
    )
    with op.batch_alter_table("sharing_agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_agency_division_code"), ["division_code"], unique=False)

    op.create_table(
        "sharing_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("faults", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_delivery_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_delivery")),
    )
    with op.batch_alter_table("sharing_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_delivery_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_delivery_division_code"), ["division_code"], unique=False)

    op.create_table(
        "sharing_excerpt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("excerpt_no", sa.String(length=40), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("file_mark", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_excerpt_agency_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_sharing_excerpt_certificate_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_sharing_excerpt_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_excerpt")),
        sa.UniqueConstraint("code", name=op.f("uq_sharing_excerpt_code")),
        sa.UniqueConstraint("excerpt_no", name=op.f("uq_sharing_excerpt_excerpt_no")),
        sa.UniqueConstraint("file_mark", name=op.f("uq_sharing_excerpt_file_mark")),
        sa.UniqueConstraint("item_id", name=op.f("uq_sharing_excerpt_item_id")),
    )
    with op.batch_alter_table("sharing_excerpt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_excerpt_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_excerpt_certificate_id"), ["certificate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_excerpt_division_code"), ["division_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_excerpt_sha256"), ["sha256"], unique=False)

    op.create_table(
        "sharing_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_no", sa.String(length=40), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.String(length=12), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("totals", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_list_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_list")),
        sa.UniqueConstraint(
            "agency_id", "county_code", "month", name=op.f("uq_sharing_list_agency_id_county_code_month")
        ),
        sa.UniqueConstraint("list_no", name=op.f("uq_sharing_list_list_no")),
    )
    with op.batch_alter_table("sharing_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_list_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_list_county_code"), ["county_code"], unique=False)

    op.create_table(
        "sharing_query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("asked", sa.String(length=120), nullable=False),
        sa.Column("asked_digest", sa.String(length=64), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("page_no", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_query_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_query")),
    )
    with op.batch_alter_table("sharing_query", schema=None) as batch_op:
        batch_op.create_index("ix_sharing_query_agency_at", ["agency_id", "at"], unique=False)
        batch_op.create_index("ix_sharing_query_asked_digest", ["asked_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_query_division_code"), ["division_code"], unique=False)

    op.create_table(
        "sharing_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_token_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_sharing_token_digest")),
    )
    with op.batch_alter_table("sharing_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_token_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "sharing_usage",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_usage_agency_id")),
        sa.PrimaryKeyConstraint("agency_id", "day", name=op.f("pk_sharing_usage")),
    )
    op.create_table(
        "sharing_inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_no", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("cert_no", sa.String(length=120), nullable=False),
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.Column("parcel_no", sa.String(length=60), nullable=False),
        sa.Column("unit_no", sa.String(length=28), nullable=False),
        sa.Column("title_no", sa.String(length=80), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.Column("parcel_id", sa.Integer(), nullable=True),
        sa.Column("batch_item_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["sharing_agency.id"], name=op.f("fk_sharing_inbox_agency_id")),
        sa.ForeignKeyConstraint(["batch_item_id"], ["batch_item.id"], name=op.f("fk_sharing_inbox_batch_item_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_sharing_inbox_certificate_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["sharing_delivery.id"], name=op.f("fk_sharing_inbox_delivery_id")),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_sharing_inbox_parcel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_inbox")),
        sa.UniqueConstraint("agency_id", "digest", name=op.f("uq_sharing_inbox_agency_id_digest")),
    )
    with op.batch_alter_table("sharing_inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_inbox_case_no"), ["case_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_inbox_certificate_id"), ["certificate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_inbox_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index("ix_sharing_inbox_place", ["division_code", "state"], unique=False)

    op.create_table(
        "sharing_list_doc",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["sharing_list.id"], name=op.f("fk_sharing_list_doc_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_list_doc")),
        sa.UniqueConstraint("list_id", "kind", name=op.f("uq_sharing_list_doc_list_id_kind")),
    )
    with op.batch_alter_table("sharing_list_doc", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_list_doc_sha256"), ["sha256"], unique=False)

    op.create_table(
        "sharing_query_hit",
        sa.Column("query_id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_sharing_query_hit_certificate_id")
        ),
        sa.ForeignKeyConstraint(["query_id"], ["sharing_query.id"], name=op.f("fk_sharing_query_hit_query_id")),
        sa.PrimaryKeyConstraint("query_id", "certificate_id", name=op.f("pk_sharing_query_hit")),
    )
    with op.batch_alter_table("sharing_query_hit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_query_hit_certificate_id"), ["certificate_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("sharing_query_hit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_query_hit_certificate_id"))

    op.drop_table("sharing_query_hit")
    with op.batch_alter_table("sharing_list_doc", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_list_doc_sha256"))

    op.drop_table("sharing_list_doc")
    with op.batch_alter_table("sharing_inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_sharing_inbox_place")
        batch_op.drop_index(batch_op.f("ix_sharing_inbox_delivery_id"))
        batch_op.drop_index(batch_op.f("ix_sharing_inbox_certificate_id"))
        batch_op.drop_index(batch_op.f("ix_sharing_inbox_case_no"))

    op.drop_table("sharing_inbox")
    op.drop_table("sharing_usage")
    with op.batch_alter_table("sharing_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_token_agency_id"))

    op.drop_table("sharing_token")
    with op.batch_alter_table("sharing_query", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_query_division_code"))
        batch_op.drop_index("ix_sharing_query_asked_digest")
        batch_op.drop_index("ix_sharing_query_agency_at")

    op.drop_table("sharing_query")
    with op.batch_alter_table("sharing_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_list_county_code"))
        batch_op.drop_index(batch_op.f("ix_sharing_list_agency_id"))

    op.drop_table("sharing_list")
    with op.batch_alter_table("sharing_excerpt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_excerpt_sha256"))
        batch_op.drop_index(batch_op.f("ix_sharing_excerpt_division_code"))
        batch_op.drop_index(batch_op.f("ix_sharing_excerpt_certificate_id"))
        batch_op.drop_index(batch_op.f("ix_sharing_excerpt_agency_id"))

    op.drop_table("sharing_excerpt")
    with op.batch_alter_table("sharing_delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_delivery_division_code"))
        batch_op.drop_index(batch_op.f("ix_sharing_delivery_agency_id"))

    op.drop_table("sharing_delivery")
    with op.batch_alter_table("sharing_agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_agency_division_code"))

    op.drop_table("sharing_agency")
