"""The archivist at work: counts the paper, keys certificates and parcels."""

from __future__ import annotations

from sqlalchemy import select

from models.register import Certificate
from plugins.demo.adapters.visitor import Value
from plugins.demo.domain import plan
from plugins.demo.domain.cast import ARCHIVIST
from plugins.demo.domain.values import Household, Parcel
from plugins.demo.service.stage import Stage

_HOUSEHOLDS_A_BOX = 10


def count_paper(stage: Stage) -> None:
    """Write the counted pages and the box on every file, but for those that are left to be done."""
    for household in stage.village.households:
        if household.index != plan.UNCOUNTED:
            count_pages(stage, household, more=1 if household.index == plan.MISCOUNTED else 0)


def count_pages(stage: Stage, household: Household, *, more: int) -> None:
    """Write down how many pages of paper the household's file has: what was scanned at first, and so many more."""
    visitor = stage.visitor(ARCHIVIST)
    address = f"/catalogue/files/{stage.file_id(household)}/edit"
    visitor.submit(
        visitor.open(address),
        address,
        paper_pages=sum(len(file.pages) for file in stage.drawn(household).files) + more,
        box_no=f"林权{household.index // _HOUSEHOLDS_A_BOX + 1:03d}",
        location="档案库房 A 架 2 层",
        is_disputed=True if household.index == plan.DISPUTED else None,
    )


def key_certificates(stage: Stage) -> None:
    """Key every certificate with its parcels from the papers, but for one that is left to be done."""
    visitor = stage.visitor(ARCHIVIST)
    for household in stage.village.households:
        if household.index == plan.UNKEYED or _is_keyed(stage, household):
            continue
        address = f"/catalogue/files/{stage.file_id(household)}/certificate/new"
        page = visitor.submit(visitor.open(address), address, **_certificate(stage, household))
        for parcel in household.parcels:
            page = visitor.submit(page, page.path, **_parcel(stage, household, parcel))


def _is_keyed(stage: Stage, household: Household) -> bool:
    with stage.host.view() as session:
        return session.scalar(select(Certificate.id).where(Certificate.cert_no == household.cert_no)) is not None


def _certificate(stage: Stage, household: Household) -> dict[str, Value]:
    issued = household.course.issue_date
    printed = household.cert_serial is not None
    return {
        "cert_no": household.cert_no,
        "cert_serial": household.cert_serial or "",
        "application_no": household.parcels[0].application_no,
        "issue_state": household.issue_state.value,
        "issuer": f"{stage.village.county}人民政府" if printed else "",
        "issue_date": issued.isoformat() if issued else "",
        "holder_name": household.holder.name,
        "holder_type": "个人",
        "id_type": "身份证",
        "id_no": household.holder.id_no,
        "co_mode": "共同共有" if household.co_holders else "单独所有",
        "co_holders": "、".join(person.name for person in household.co_holders),
        "remark": "虚构演示数据",
    }


def _parcel(stage: Stage, household: Household, parcel: Parcel) -> dict[str, Value]:
    holder, tenure = household.holder.name, household.tenure
    return {
        "parcel_no": parcel.parcel_no,
        "group_name": f"{household.group}组",
        "location": parcel.location,
        "place_name": parcel.place_name,
        "compartment": parcel.compartment,
        "subcompartment": parcel.subcompartment,
        "area_mu": str(parcel.area_mu),
        "bound_e": parcel.bound_e,
        "bound_s": parcel.bound_s,
        "bound_w": parcel.bound_w,
        "bound_n": parcel.bound_n,
        "main_species": parcel.main_species,
        "tree_count": "" if parcel.tree_count is None else parcel.tree_count,
        "forest_category": parcel.forest_category,
        "origin": parcel.origin,
        "forest_class": parcel.forest_class,
        "plant_year": parcel.plant_year,
        "land_owner": stage.village.collective,
        "land_use_holder": holder,
        "tree_owner": holder,
        "tree_use_holder": holder,
        "acquisition": tenure.acquisition,
        "term_years": tenure.term_years,
        "term_start": tenure.term_start.isoformat(),
        "term_end": tenure.term_end.isoformat(),
        "annotation": f"{parcel.origin}林，{parcel.forest_class}，{parcel.plant_year}年造林。",
    }
