"""What a new archive begins with: the shipped reference tables and one fonds. Never replaces what an office has loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from lindang.host import Host
from lindang.uow import UnitOfWork
from models.archive import ChecklistRule, Fonds, SchemeNode
from models.data import CHECKLIST, CODE_LISTS, SCHEME
from models.reference import CodeEntry
from plugins.catalogue.service.reference import Loaded, add_fonds, load_checklist, load_codes, load_scheme

_SHIPPED: Final[tuple[tuple[Any, Path, Callable[..., Loaded]], ...]] = (
    (SchemeNode, SCHEME, load_scheme),
    (ChecklistRule, CHECKLIST, load_checklist),
    (CodeEntry, CODE_LISTS, load_codes),
)


def seed(host: Host) -> None:
    """Load what is not there yet."""
    actor = host.system_actor(channel="setup")
    with host.view() as session:
        lacking = [(file, load) for table, file, load in _SHIPPED if session.scalar(select(table.id).limit(1)) is None]
        has_fonds = session.scalar(select(Fonds.id).limit(1)) is not None
    if not lacking and has_fonds:
        return
    with host.uow(actor) as uow:
        for file, load in lacking:
            load(uow, file.read_bytes())
        if not has_fonds:
            _first_fonds(uow)


def _first_fonds(uow: UnitOfWork) -> None:
    office = uow.host.settings.host.office_name
    code = uow.host.settings.plugin("catalogue").fonds_code
    add_fonds(uow, code=code, name=f"{office}全宗", creator=office, division_code="")
