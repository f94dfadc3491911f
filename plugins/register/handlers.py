"""What the register does when something happened: rows were saved or scans were filed, so the villages concerned are checked again.

Events come in batches. A few villages are checked at once; a batch that touches many (an import of a county) orders one run
of each county instead, and an order that waits already is not doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select

from lindang.events import Event
from lindang.host import Host
from lindang.plugin import Subscription
from models.events import ArchiveFileSaved, CertificatesSaved, ItemFiled
from models.register import Certificate
from plugins.register.service.checking import check_village, order_check

_AT_ONCE: Final = 3
_COUNTY_DIGITS: Final = 6
_VILLAGE_DIGITS: Final = 12


def recheck(host: Host, events: Sequence[Event]) -> None:
    """Check the villages of the events that hold certificates."""
    villages = _with_certificates(host, {event.division_code for event in events})
    if len(villages) > _AT_ONCE:
        _order(host, {code[:_COUNTY_DIGITS] for code in villages})
        return
    for code in villages:
        check_village(host, host.system_actor(), code)


def _with_certificates(host: Host, codes: Iterable[str]) -> list[str]:
    places = [code for code in codes if len(code) == _VILLAGE_DIGITS]
    query = select(Certificate.division_code).where(Certificate.division_code.in_(places)).distinct()
    with host.view() as session:
        return sorted(session.scalars(query))


def _order(host: Host, counties: Iterable[str]) -> None:
    for code in sorted(counties):
        with host.uow(host.system_actor()) as uow:
            order_check(uow, code)


CHECK_SUBSCRIPTIONS: Final = (
    Subscription(event=CertificatesSaved, name="register.check_saved", handle=recheck, batch=True),
    Subscription(event=ItemFiled, name="register.check_filed", handle=recheck, batch=True),
    Subscription(event=ArchiveFileSaved, name="register.check_file", handle=recheck, batch=True),
)
