"""Names of divisions and organisations, as lists and documents show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile
from models.handover import Batch, BatchItem
from models.place import ORG_FORESTRY, ORG_REGISTRY, Division, Org


def division_names(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Return the latest name of each division; a code that nobody described is its own name."""
    names = {code: code for code in codes}
    query = select(Division.code, Division.name).where(Division.code.in_(codes)).order_by(Division.valid_from)
    names.update(session.execute(query).all())
    return names


def counties(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (code, name) of the counties in which the actor may hand over, by code."""
    query = (
        select(Division.code, Division.name)
        .where(Division.level == "county", Division.valid_to.is_(None), actor.within(Division.code))
        .order_by(Division.code)
    )
    return list(session.execute(query).all())


def registries(session: Session, county_code: str) -> list[tuple[int, str]]:
    """Return (id, name) of the registries that receive the county's batches: its own, then those of its city."""
    query = (
        select(Org.id, Org.name, Org.division_code)
        .where(Org.kind == ORG_REGISTRY, Org.is_active)
        .order_by(Org.division_code.desc(), Org.name)
    )
    return [(org_id, name) for org_id, name, code in session.execute(query) if county_code.startswith(code[:6])]


def forestry_name(session: Session, county_code: str, fallback: str) -> str:
    """Return the name of the office that hands over: the county's forestry office, or the office of the settings."""
    query = select(Org.name).where(Org.kind == ORG_FORESTRY, Org.division_code == county_code, Org.is_active)
    return session.scalar(query.order_by(Org.id).limit(1)) or fallback


def org_name(session: Session, org_id: int) -> str:
    """Return the name of an organisation."""
    return session.get_one(Org, org_id).name


def boxes_of(session: Session, batch: Batch) -> list[tuple[str, str]]:
    """Return (box, place) of the paper of a batch's list, in the order of the boxes; files without a box are left out."""
    query = (
        select(ArchiveFile.box_no, func.max(ArchiveFile.location))
        .join(BatchItem, BatchItem.archive_file_id == ArchiveFile.id)
        .where(
            BatchItem.batch_id == batch.id,
            BatchItem.list_version == batch.list_version,
            BatchItem.state != "WITHDRAWN",
            ArchiveFile.box_no != "",
        )
        .group_by(ArchiveFile.box_no)
        .order_by(ArchiveFile.box_no)
    )
    return list(session.execute(query).all())


def year_in_office(moment: dt.datetime, zone: dt.tzinfo) -> int:
    """Return the calendar year at the office."""
    return moment.astimezone(zone).year
