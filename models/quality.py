"""The image quality of pages: what was measured, what the rules say of it, and what a person decided.

Measured again when a page gets a new image: the row of the former image stays and is no longer current. The findings follow
the limits in force and the document type; a person's decision stays as long as the image.

Source: DA/T 31—2017 as far as the domain reference 4.2 knows it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

GOOD, LOOK, REDO = "good", "look", "redo"
"""Verdicts: 合格; 待看, a person should look; 应重扫, the paper should be scanned again."""


class PageQuality(Base):
    """The quality of one image of a page. ``look`` holds the figures of ``PageLook``, empty for a page born digital.

    ``alike_page_id`` is an earlier page of the same 案卷 that shows the same paper; ``compared_at`` says that it was looked for.
    ``findings`` is a list of ``{code, severity, values}``; ``verdict`` is the rules' alone. ``accepted_at`` is set when a
    person accepted the image as the best there is (原件如此).
    """

    __tablename__ = "page_quality"
    __table_args__ = (
        Index(
            "uq_page_quality_current",
            "page_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        Index("ix_page_quality_division_code_verdict", "division_code", "verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode)
    is_current: Mapped[bool] = mapped_column(default=True)
    look: Mapped[dict[str, Any]]
    imprint: Mapped[str] = mapped_column(String(64), default="")
    view_sha256: Mapped[str] = mapped_column(Sha256, index=True)
    compared_at: Mapped[dt.datetime | None]
    alike_page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    verdict: Mapped[str] = mapped_column(String(4), default=GOOD)
    findings: Mapped[list[Any]]
    limits_key: Mapped[str] = mapped_column(String(16), default="")
    measured_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    accepted_by: Mapped[str] = mapped_column(default="")
    accepted_by_id: Mapped[int | None]
    accepted_reason: Mapped[str] = mapped_column(Text, default="")
