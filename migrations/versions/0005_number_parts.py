"""search: numbers by their middle, by their serial, and by ranges of code points; names of two characters with one left open

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT_A_TIME = 5000
_COMPARED = {"norm": 120, "key": 80, "digits_reversed": 80, "skeleton": 120}


def upgrade() -> None:
    """Apply, and derive what the numbers that are there lack; their pieces are written by the search, meanwhile they wait."""
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.add_column(sa.Column("serial_no", sa.BigInteger(), nullable=True))
    op.create_table(
        "identifier_part",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identifier_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["identifier_id"], ["identifier.id"], name=op.f("fk_identifier_part_identifier_id")),
        sa.PrimaryKeyConstraint("part", "identifier_id", name=op.f("pk_identifier_part")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "identifier_unsplit",
        sa.Column("identifier_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["identifier_id"], ["identifier.id"], name=op.f("fk_identifier_unsplit_identifier_id")),
        sa.PrimaryKeyConstraint("identifier_id", name=op.f("pk_identifier_unsplit")),
    )
    op.execute("INSERT INTO identifier_unsplit (identifier_id) SELECT id FROM identifier WHERE kind != 'id_no'")
    _collate(' COLLATE "C"')
    _derive()
    _open_names_of_two()
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.create_index("ix_identifier_serial_no", ["serial_no"], unique=False)


def _collate(collation: str) -> None:
    """Let PostgreSQL compare by code point, as SQLite does."""
    if op.get_bind().dialect.name == "postgresql":
        for name, length in _COMPARED.items():
            op.execute(f"ALTER TABLE identifier ALTER COLUMN {name} TYPE VARCHAR({length}){collation}")


def _derive() -> None:
    connection, last_id = op.get_bind(), 0
    query = sa.text("SELECT id, key FROM identifier WHERE id > :last AND kind != 'id_no' ORDER BY id LIMIT :n")
    serial = sa.text("UPDATE identifier SET serial_no = :serial WHERE id = :id")
    while rows := connection.execute(query, {"last": last_id, "n": _AT_A_TIME}).all():
        last_id = rows[-1].id
        serials = [{"id": row.id, "serial": int(end)} for row in rows if _is_number(end := row.key.rpartition("|")[2])]
        if serials:
            connection.execute(serial, serials)


def _open_names_of_two() -> None:
    """Write the keys of names of two characters with each of them left open."""
    names = "SELECT 'open', {key}, id FROM search_term WHERE sort = 'name' AND length(text) = 2"
    for key in ("substr(text, 1, 1) || :open", ":open || substr(text, 2, 1)"):
        statement = f"INSERT INTO search_key (kind, key, term_id) {names.format(key=key)}"
        op.get_bind().execute(sa.text(statement), {"open": "\x1f"})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def downgrade() -> None:
    """Undo."""
    op.drop_table("identifier_unsplit")
    op.drop_table("identifier_part")
    op.execute("DELETE FROM search_key WHERE kind = 'open' AND length(key) = 2")
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.drop_index("ix_identifier_serial_no")
        batch_op.drop_column("serial_no")
    _collate("")
