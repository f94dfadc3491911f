"""Which engine a person wished for: the choice made for the run that a file or an item came from."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.intake import FILED, IntakeFile, IntakeRun
from plugins.ingest.domain.targets import Target


def wanted_engine(session: Session, target: Target) -> str:
    """Return the engine wished for; empty for an item that came by another way than the intake."""
    if target.engine:
        return target.engine
    query = select(IntakeRun.profile).join(IntakeFile, IntakeFile.run_id == IntakeRun.id)
    if target.is_desk_file:
        query = query.where(IntakeFile.id == target.id)
    else:
        query = query.where(IntakeFile.item_id == target.id, IntakeFile.state == FILED)
    profile = session.scalars(query.limit(1)).first()
    return str(profile.get("ocr") or "") if profile else ""
