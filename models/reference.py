"""Code lists (代码表): 林种, 证件种类, 权利人类型, 取得方式 and the rest, as versioned, replaceable data. A list that nobody
has verified is still only data: each entry says where it comes from, and an office loads its own beside the old ones.
"""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base


class CodeEntry(Base):
    """One code of one list in one version; `aliases` are other written forms, separated by ``|``."""

    __tablename__ = "code_entry"
    __table_args__ = (UniqueConstraint("version", "list_name", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    list_name: Mapped[str] = mapped_column(String(40), index=True)
    code: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int]
    label: Mapped[str]
    aliases: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    provenance: Mapped[str]
    is_current: Mapped[bool] = mapped_column(default=True)
