"""The registry's numbers (不动产单元号, 不动产权证号): the `registry_confirmed` layer, written beside what the certificate
says and proved by a feedback paper. A number that is corrected stays as a former value.

Source: domain reference 2.5 (forms of the numbers), 2.9 R39 and R40, 3.5 I9 (unique among current rows).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from lindang.errors import Fault
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.handover import BatchItem, Feedback
from models.identifiers import KEYED, number_row
from models.numbers import parse_title_no, parse_unit_no
from models.register import Parcel
from models.registry_values import PARCEL_CODE, confirm_value, is_taken, taken_words
from plugins.handover.queries.desk import TITLE_NO, UNIT_NO


def refuse_numbers(
    uow: UnitOfWork, batch_item: BatchItem, unit_numbers: Mapping[int, str], title_cert_no: str
) -> list[Fault]:
    """Return what is wrong with the numbers: their form, their county, or that they stand elsewhere already."""
    parcels = set(uow.session.scalars(select(Parcel.id).where(Parcel.certificate_id == batch_item.certificate_id)))
    faults = []
    for parcel_id, raw in _given(unit_numbers).items():
        fault = _unit_fault(uow, batch_item, parcel_id, raw) if parcel_id in parcels else _("宗地不属于这本林权证")
        if fault:
            faults.append(Fault(f"unit_no_{parcel_id}", fault))
    units = [unit.code for raw in _given(unit_numbers).values() if (unit := parse_unit_no(raw))]
    faults += [
        Fault(UNIT_NO, _("两宗地填了同一个不动产单元号：%(no)s", no=no)) for no in set(units) if units.count(no) > 1
    ]
    title_fault = _title_fault(uow, batch_item, title_cert_no) if title_cert_no.strip() else ""
    return [*faults, Fault(TITLE_NO, title_fault)] if title_fault else faults


def write_numbers(
    uow: UnitOfWork,
    feedback: Feedback,
    batch_item: BatchItem,
    unit_numbers: Mapping[int, str],
    title_cert_no: str,
) -> None:
    """Write the numbers that a feedback proves; a number that already stands is left alone."""
    uow.session.flush()
    for parcel_id, raw in _given(unit_numbers).items():
        unit = parse_unit_no(raw)
        if unit is not None and _replace(uow, feedback, "parcel", parcel_id, field=UNIT_NO, value=unit.code):
            _replace(uow, feedback, "parcel", parcel_id, field=PARCEL_CODE, value=unit.parcel_code)
            _findable(uow, feedback, batch_item, UNIT_NO, unit.code)
    title = parse_title_no(title_cert_no) if title_cert_no.strip() else None
    if title is not None and _replace(
        uow, feedback, "certificate", batch_item.certificate_id, field=TITLE_NO, value=title.norm
    ):
        _findable(uow, feedback, batch_item, TITLE_NO, title_cert_no.strip())


def _given(unit_numbers: Mapping[int, str]) -> dict[int, str]:
    return {parcel_id: raw for parcel_id, raw in unit_numbers.items() if raw.strip()}


def _unit_fault(uow: UnitOfWork, batch_item: BatchItem, parcel_id: int, raw: str) -> str:
    unit = parse_unit_no(raw)
    if unit is None:
        return _("不动产单元号不是 28 位的规定格式")
    if unit.county != batch_item.division_code[:6]:
        return _("不动产单元号不属于本县")
    return _taken(uow, UNIT_NO, unit.code, "parcel", parcel_id)


def _title_fault(uow: UnitOfWork, batch_item: BatchItem, raw: str) -> str:
    title = parse_title_no(raw)
    if title is None:
        return _("不动产权证号不是规定格式")
    return _taken(uow, TITLE_NO, title.norm, "certificate", batch_item.certificate_id)


def _taken(uow: UnitOfWork, field: str, value: str, kind: str, object_id: int) -> str:
    return taken_words(value) if is_taken(uow.session, field, value, kind, object_id) else ""


def _replace(uow: UnitOfWork, feedback: Feedback, kind: str, object_id: int, *, field: str, value: str) -> bool:
    """Make `value` the one that stands, proved by the feedback."""
    return confirm_value(uow, kind, object_id, field=field, value=value, feedback_id=feedback.id)


def _findable(uow: UnitOfWork, feedback: Feedback, batch_item: BatchItem, kind: str, raw: str) -> None:
    uow.session.add(
        number_row(
            kind,
            raw,
            source=KEYED,
            division_code=batch_item.division_code,
            item_id=feedback.item_id,
            archive_file_id=batch_item.archive_file_id,
            certificate_id=batch_item.certificate_id,
        )
    )
