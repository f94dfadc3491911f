"""What travels between offices: the papers of a batch as they were filed.

Source: domain reference 1.3 (YJ01, one 卷 per batch), 3.4 (documents).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, Sha256


class BatchPaper(Base):
    """A paper of a batch as it was filed: one 件 of the batch's 卷, with its number and the digest of its first file."""

    __tablename__ = "batch_paper"
    __table_args__ = (UniqueConstraint("batch_id", "list_version", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    list_version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    paper_no: Mapped[str] = mapped_column(String(60), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), unique=True)
    sha256: Mapped[str] = mapped_column(Sha256)
    filed_at: Mapped[dt.datetime]
    filed_by: Mapped[str]
