"""What the handover asks of the database, on SQLite and on PostgreSQL: a number of the registry stands in one place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from lindang.auth import system_actor
from lindang.errors import Conflict
from lindang.host import Host
from models.handover import BatchItem, Feedback
from models.register import RegistryValue
from plugins.handover.service.registry_values import write_numbers

UNIT, OTHER_UNIT = "141124102005JE00012L00000001", "141124102005JE00012L00000002"


def confirm(host: Host, parcel_id: int, unit: str) -> str:
    """Write the unit number that a feedback paper proves for a parcel; returns the refusal, or nothing."""
    try:
        with host.uow(system_actor()) as uow:
            write_numbers(uow, Feedback(), BatchItem(division_code="141124102205"), {parcel_id: unit}, "")
    except Conflict as refused:
        return refused.message
    return ""


def standing(host: Host, unit: str) -> list[int]:
    with host.view() as session:
        query = select(RegistryValue.object_id).where(RegistryValue.value == unit, RegistryValue.is_current)
        return list(session.scalars(query))


def test_a_number_confirmed_for_two_parcels_at_once_stands_at_one_and_the_other_is_told(host: Host) -> None:
    gate = Barrier(2)

    def together(parcel_id: int) -> str:
        gate.wait()
        return confirm(host, parcel_id, UNIT)

    with ThreadPoolExecutor(2) as pool:
        refusals = sorted(pool.map(together, (1, 2)))
    assert refusals == ["", f"{UNIT} 已登记在另一宗地或另一本证上"]
    assert len(standing(host, UNIT)) == 1


def test_a_number_that_was_corrected_is_free_for_the_parcel_it_belongs_to(host: Host) -> None:
    assert [confirm(host, 1, UNIT), confirm(host, 1, OTHER_UNIT), confirm(host, 2, UNIT)] == ["", "", ""]
    assert (standing(host, UNIT), standing(host, OTHER_UNIT)) == ([2], [1])


def test_only_the_registrys_numbers_are_unique(host: Host) -> None:
    """Two parcels of one 宗地代码: the code is part of both unit numbers and may stand twice."""
    assert [confirm(host, 1, UNIT), confirm(host, 2, OTHER_UNIT)] == ["", ""]
    assert standing(host, "141124102005JE00012") == [1, 2]
