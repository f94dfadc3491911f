"""What a county declares (上报基数): certificates, parcels, area, with the document that says so. A new version stands beside the old;
what is declared and what is counted are never mixed.

Source: domain reference, lines 3 and 7 (declared baselines against computed numerators).
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from sqlalchemy import func, insert, select, update

from lindang.errors import BadInput, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import Item
from models.codes import normalise_code
from models.events import BaselineDeclared
from models.identifiers import cert_key
from models.place import Division
from models.register import BaselineLine, RegisterBaseline
from plugins.register.adapters.workbook import ReaderLimits, reading
from plugins.register.domain.declared import WORDS, Declared, DeclaredFault, DeclaredLine, read_declared
from plugins.register.domain.workbook import WorkbookRefused
from plugins.register.service.checking import order_check

_SHOWN_FAULTS: Final = 200
_COUNTY_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineDraft:
    """What a person declares; ``item_code`` is the archival code of the document, if it is filed here."""

    division_code: str
    certificates: int
    parcels: int
    area_mu: Decimal | None
    document: str
    declared_on: dt.date | None = None
    item_code: str = ""


def read_list(data: bytes, file_name: str, division_code: str) -> tuple[DeclaredLine, ...]:
    """Read a list from a spreadsheet or CSV file, in a limited process and outside of any unit of work.

    Raises:
        BadInput: the file cannot be read.
        Faults: lines of it are wrong, with their numbers.
    """
    with tempfile.TemporaryDirectory(prefix="lindang-list-") as folder:
        path = Path(folder) / f"list{Path(file_name).suffix.lower()}"
        path.write_bytes(data)
        try:
            with reading(path, Path(folder), ReaderLimits()) as book:
                declared = next((read_declared(sheet.rows, division_code) for sheet in book.sheets), Declared((), ()))
        except WorkbookRefused as refused:
            raise BadInput(refused.message, where="roll", remedy=refused.remedy) from refused
    if declared.faults:
        raise Faults(_("清册没有载入"), [_fault(fault) for fault in declared.faults[:_SHOWN_FAULTS]])
    return declared.lines


def _fault(fault: DeclaredFault) -> Fault:
    words = str(WORDS[fault.reason])
    message = words % {"value": fault.value} if "%(" in words else words
    return Fault(_("第 %(n)s 行", n=fault.line_no) if fault.line_no else _("清册"), message)


def declare_baseline(uow: UnitOfWork, draft: BaselineDraft, lines: Sequence[DeclaredLine] = ()) -> RegisterBaseline:
    """Put a division's declared numbers in force; the version before stays. The county is checked anew.

    Raises:
        NotFound: the division or the document is not there (for this actor).
        Faults: something is missing or impossible.
    """
    _refuse(uow, draft)
    mine = RegisterBaseline.division_code == draft.division_code
    last = uow.session.scalar(select(func.max(RegisterBaseline.baseline_no)).where(mine)) or 0
    uow.session.execute(update(RegisterBaseline).where(mine, RegisterBaseline.is_current).values(is_current=False))
    baseline = RegisterBaseline(
        division_code=draft.division_code,
        baseline_no=last + 1,
        certificates=draft.certificates,
        parcels=draft.parcels,
        area_mu=draft.area_mu,
        document=draft.document.strip(),
        item_id=_item_id(uow, draft.item_code),
        declared_on=draft.declared_on,
        at=uow.now,
        by=uow.actor.name,
    )
    uow.session.add(baseline)
    uow.session.flush()
    _add_lines(uow, baseline, lines)
    uow.journal(
        "baseline.declared",
        f"baseline:{baseline.id}",
        division=draft.division_code,
        version=baseline.baseline_no,
        certificates=draft.certificates,
        parcels=draft.parcels,
        area_mu="" if draft.area_mu is None else str(draft.area_mu),
        document=baseline.document,
        lines=len(lines),
    )
    uow.emit(BaselineDeclared(baseline_id=baseline.id, division_code=draft.division_code))
    if uow.actor.covers(draft.division_code[:_COUNTY_DIGITS]):
        order_check(uow, draft.division_code[:_COUNTY_DIGITS])
    else:
        order_check(uow, draft.division_code)
    return baseline


def _refuse(uow: UnitOfWork, draft: BaselineDraft) -> None:
    known = select(Division.id).where(Division.code == draft.division_code, uow.actor.within(Division.code)).limit(1)
    if len(draft.division_code) < _COUNTY_DIGITS or uow.session.scalar(known) is None:
        raise NotFound(_("没有这个区划"))
    faults = []
    if not draft.document.strip():
        faults.append(Fault("document", _("请写明依据的文件名称")))
    if draft.certificates < 0 or draft.parcels < 0 or (draft.area_mu is not None and draft.area_mu < 0):
        faults.append(Fault("certificates", _("基数不能是负数")))
    if faults:
        raise Faults(_("基数没有登记"), faults)


def _item_id(uow: UnitOfWork, item_code: str) -> int | None:
    if not item_code.strip():
        return None
    mine = uow.actor.within(Item.division_code)
    found = uow.session.scalar(select(Item.id).where(Item.archival_code == normalise_code(item_code), mine))
    if found is None:
        raise Faults(_("基数没有登记"), [Fault("item_code", _("没有这个件档号"))])
    return found


def _add_lines(uow: UnitOfWork, baseline: RegisterBaseline, lines: Sequence[DeclaredLine]) -> None:
    rows = [
        {
            "baseline_id": baseline.id,
            "division_code": line.division_code or baseline.division_code,
            "line_no": line.line_no,
            "cert_no": line.cert_no,
            "cert_key": cert_key(line.cert_no),
            "holder_name": line.holder_name,
            "parcels": line.parcels,
            "area_mu": line.area_mu,
        }
        for line in lines
    ]
    if rows:
        uow.session.execute(insert(BaselineLine), rows)
