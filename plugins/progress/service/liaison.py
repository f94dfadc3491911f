"""Naming a 分管领导 or 联络员: one of each for a county or city; the one before stays in the list with a last day.

Source: work plan 2020, 四(三): 明确一名分管领导和一名联络人员.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lindang.errors import Fault, Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.progress import LEADER, LIAISON, LiaisonPerson
from plugins.progress.queries.liaison import current_person
from plugins.progress.queries.places import find_unit

_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDraft:
    """Who it is, of which unit, since when."""

    division_code: str
    kind: str
    name: str
    phone: str
    valid_from: dt.date
    office: str = ""


def name_person(uow: UnitOfWork, draft: PersonDraft) -> LiaisonPerson:
    """Put a person in charge from a day on; the former one's last day is the day before.

    Raises:
        NotFound: the unit is out of scope.
        Faults: something is missing, or the day is not after the former one's first day.
    """
    unit = find_unit(uow.session, uow.actor, draft.division_code)
    former = current_person(uow.session, unit.code, draft.kind)
    faults = list(_faults(draft, former))
    if faults:
        raise Faults(_("人员没有登记"), faults)
    if former is not None:
        former.valid_to = draft.valid_from - dt.timedelta(days=1)
        uow.session.flush()
    person = LiaisonPerson(
        division_code=unit.code,
        kind=draft.kind,
        name=draft.name.strip(),
        office=draft.office.strip(),
        phone=draft.phone.strip(),
        valid_from=draft.valid_from,
        at=uow.now,
        by=uow.actor.name,
    )
    uow.session.add(person)
    uow.session.flush()
    uow.journal(
        "liaison_person.named", f"liaison_person:{person.id}", division=unit.code, kind=draft.kind, name=person.name
    )
    return person


def _faults(draft: PersonDraft, former: LiaisonPerson | None) -> list[Fault]:
    faults = []
    if draft.kind not in {LEADER, LIAISON}:
        faults.append(Fault("kind", _("请选择分管领导或联络员")))
    if not 0 < len(draft.name.strip()) <= _LONGEST:
        faults.append(Fault("name", _("请填写姓名")))
    if not 0 < len(draft.phone.strip()) <= _LONGEST:
        faults.append(Fault("phone", _("请填写联系电话")))
    if former is not None and draft.valid_from <= former.valid_from:
        day = former.valid_from.isoformat()
        faults.append(Fault("valid_from", _("现任从 %(day)s 起任职，请填写更晚的日期", day=day)))
    return faults
