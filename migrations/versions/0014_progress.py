"""progress: counts of places, days of counties, 附件1 reports, plans, responsible persons

Revision ID: 0014
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_COUNTS = ("pages", "files", "parcels", "certificates", "checked_parcels", "checked_certificates")
_HANDED_OVER = ("sent", "accepted", "fed_back")


def upgrade() -> None:
    """Apply."""
    _counts()
    _reports()
    _plans_and_persons()


def _counts() -> None:
    op.create_table(
        "place_progress",
        sa.Column("division_code", sa.String(length=12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*_COUNTS, *_HANDED_OVER, "marks", "seen_marks")),
        sa.Column("counted_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("division_code", name=op.f("pk_place_progress")),
    )
    op.create_table(
        "county_day",
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("pages", "files", "parcels", "sent")),
        sa.PrimaryKeyConstraint("county_code", "day", name=op.f("pk_county_day")),
    )


def _reports() -> None:
    op.create_table(
        "progress_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("report_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("values", _JSON, nullable=False),
        sa.Column("rule_version", sa.String(length=20), nullable=False),
        sa.Column("data_sha256", sa.String(length=64), nullable=False),
        sa.Column("filled_by", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("filled_on", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=6), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", _TIME, nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
        sa.UniqueConstraint(
            "division_code", "period", "report_no", name=op.f("uq_progress_report_division_code_period_report_no")
        ),
    )
    _index("progress_report", "ix_progress_report_division_code", "division_code")
    _index("progress_report", "ix_progress_report_period", "period")
    _unique("progress_report", "uq_progress_report_waiting", ("division_code", "period"), "state = 'SUBMITTED'")


def _plans_and_persons() -> None:
    op.create_table(
        "progress_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("plan_no", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("totals", _JSON, nullable=False),
        sa.Column("targets", _JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_plan")),
        sa.UniqueConstraint("division_code", "plan_no", name=op.f("uq_progress_plan_division_code_plan_no")),
    )
    _index("progress_plan", "ix_progress_plan_division_code", "division_code")
    _unique("progress_plan", "uq_progress_plan_current", ("division_code",), "is_current")
    op.create_table(
        "liaison_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liaison_person")),
    )
    _index("liaison_person", "ix_liaison_person_division_code", "division_code")
    _unique("liaison_person", "uq_liaison_person_current", ("division_code", "kind"), "valid_to IS NULL")


def _index(table: str, name: str, column: str) -> None:
    op.create_index(op.f(name), table, [column], unique=False)


def _unique(table: str, name: str, columns: tuple[str, ...], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, list(columns), unique=True, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    """Undo."""
    for table in ("liaison_person", "progress_plan", "progress_report", "county_day", "place_progress"):
        op.drop_table(table)
