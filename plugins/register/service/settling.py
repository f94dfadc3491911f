"""Settling a row that two people keyed differently: the ruling, and the row's new version, in one unit of work."""

from __future__ import annotations

from collections.abc import Mapping

from lindang.errors import Fault, Faults
from lindang.i18n import _, local_time
from lindang.uow import UnitOfWork
from models.register import Parcel
from plugins.register.domain.row import CellFault, read_row
from plugins.register.domain.staging import Mark, going_back
from plugins.register.queries.keying import grid_row
from plugins.register.queries.labels import written_codes
from plugins.register.service.rows import RowToSave, save_rows
from plugins.register.service.second import Ruling, settled_cells
from plugins.register.words import remedy, sentence

SETTLED = "settled"


def settle(uow: UnitOfWork, entry_id: int, rulings: Mapping[int, Ruling], version: int) -> None:
    """Settle every difference of a row; what the first keying had wrong is corrected in the register.

    Raises:
        Faults: a value that was ruled right cannot stand in the register, an earlier state of the certificate among them.
        NotFound, Forbidden, BadInput, StaleVersion: see `second.settled_cells`.
    """
    entry, changes = settled_cells(uow, entry_id, rulings, version)
    if not changes:
        return
    parcel = uow.session.get_one(Parcel, entry.parcel_id)
    cells = {**grid_row(uow.session, uow.actor, parcel.id).cells, **changes}
    reading = read_row(
        {key: text for key, text in cells.items() if text}, written_codes(uow.session), today=local_time(uow.now).date()
    )
    faults: list[CellFault | Mark] = list(reading.faults)
    if "issue_state" in changes and (back := going_back(parcel.certificate.issue_state, reading.row)):
        faults.append(back)
    if faults:
        raise Faults(
            _("裁定的内容不能入册"),
            [Fault(fault.field, sentence(fault.code, fault.facts), remedy(fault.code)) for fault in faults],
        )
    row = RowToSave(
        row=reading.row,
        sources=dict.fromkeys(changes, SETTLED),
        parcel_id=parcel.id,
        reason=_("双人录入裁定"),
    )
    save_rows(uow, parcel.division_code, [row])
