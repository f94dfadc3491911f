"""The catalogue's invariants: silent on a sound archive, and each one finds the fault planted for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.plugin import Violation
from lindang.verify import run_checks
from models.archive import Item
from models.digital import DigitalObject, Identifier, PageText
from models.register import Certificate
from plugins.catalogue.checks import CHECKS
from tests.support.catalogue_world import World, household, keyed, make_world, paper


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    file = household(made)
    paper(made, file, pages=2)
    keyed(made, file)
    yield made
    made.host.close()


def violations(world: World) -> dict[str, tuple[Violation, ...]]:
    """Return what the catalogue's checks find, by code, reading every byte."""
    mine = {check.code for check in CHECKS}
    results = run_checks(world.host, deep=True)
    return {result.code: result.violations for result in results if result.code in mine and result.violations}


def test_a_sound_archive_has_no_violation_and_checking_changes_nothing(world: World) -> None:
    before = (world.host.data_dir / "lindang.db").read_bytes()
    assert violations(world) == {}
    assert (world.host.data_dir / "lindang.db").read_bytes() == before


def _master(world: World) -> Path:
    with world.host.view() as session:
        row = session.scalars(select(DigitalObject).where(DigitalObject.role == "master").limit(1)).one()
    path = world.host.storage.path(row.sha256)
    path.chmod(0o600)
    return path


def _lose_blob(world: World) -> None:
    _master(world).unlink()


def _cut_blob(world: World) -> None:
    path = _master(world)
    path.write_bytes(path.read_bytes()[:-1])


def _change_byte(world: World) -> None:
    path = _master(world)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))


def _retire_view(world: World) -> None:
    with world.host.transaction() as session:
        session.scalars(select(DigitalObject).where(DigitalObject.role == "view").limit(1)).one().is_current = False


def _forget_number(world: World) -> None:
    with world.host.transaction() as session:
        session.scalars(select(Identifier).where(Identifier.kind == "cert_no")).one().is_current = False


def _misplace_item(world: World) -> None:
    with world.host.transaction() as session:
        session.scalars(select(Item)).one().division_code = "141124102206"


def _plain_number_in_a_remark(world: World) -> None:
    with world.host.transaction() as session:
        session.scalars(select(Certificate)).one().remark = "身份证 141124197001010017"


def _plain_number_in_a_text(world: World) -> None:
    with world.host.transaction() as session:
        session.add(
            PageText(page_id=1, engine="t", text="证号 14112419700101 0017", words=[], made_at=world.clock.now())
        )


def _lose_digest(world: World) -> None:
    with world.host.transaction() as session:
        session.scalars(select(Certificate)).one().id_no_hash = ""


def _skip_a_code(world: World) -> None:
    with world.host.transaction() as session:
        item = session.scalars(select(Item)).one()
        item.archival_code = item.archival_code.removesuffix("001") + "002"


@pytest.mark.parametrize(
    ("plant", "code"),
    [
        (_lose_blob, "I1"),
        (_cut_blob, "I1"),
        (_change_byte, "I1d"),
        (_retire_view, "K1"),
        (_skip_a_code, "K2"),
        (_forget_number, "K3"),
        (_misplace_item, "K4"),
        (_lose_digest, "K5"),
        (_plain_number_in_a_remark, "I11"),
        (_plain_number_in_a_text, "I11"),
    ],
)
def test_each_check_finds_its_planted_fault(world: World, plant: Callable[[World], None], code: str) -> None:
    plant(world)
    assert code in violations(world)
