"""Writing a package is killed at every statement, every file operation and every commit, and gone on with.

As in ``test_handover_kill``: a fork kills itself at its n-th event; then the job runs again on what is left. The package is whole,
the one that nobody disturbed makes, and noted once.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import drain
from models.packages import WRITTEN, TransferPackage
from plugins.handover.service.packing import PackageOrder, order_package, place_of
from plugins.handover.service.receiving import inspect
from tests.crash.test_handover_kill import assert_sound, recover, run_and_die
from tests.handover_kit import sent_batch, village

CI_STEP = 18


def prepared(folder: Path) -> Path:
    """Make a folder in which a package is ordered; the host that made it is closed."""
    world = village(folder / "origin", 2)
    batch_id = sent_batch(world)
    with world.host.uow(world.people.drafter) as uow:
        order_package(uow, batch_id, PackageOrder(layout="dat93", target="here"))
    world.host.close()
    return folder / "origin"


def assert_written_once(host: Host) -> str:
    with host.view() as session:
        package = session.scalars(select(TransferPackage)).one()
        actions = Counter(session.scalars(select(JournalRow.action)))
    assert package.state == WRITTEN
    assert actions["batch.packaged"] == 1
    inspected = inspect(place_of(host, package))
    assert inspected.found.problems == []
    assert inspected.digest == package.digest
    return package.digest


@pytest.mark.parametrize("every", [CI_STEP, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_anywhere_the_package_becomes_whole(tmp_path: Path, every: int) -> None:
    origin = prepared(tmp_path)
    untouched = tmp_path / "untouched"
    shutil.copytree(origin, untouched)
    places = run_and_die(untouched, 0, drain)
    assert places > 50
    host = recover(untouched)
    undisturbed = assert_written_once(host)
    host.close()
    killed = 0
    for at in range(1 + places % every, places + 1, every):
        folder = tmp_path / f"at{at}"
        shutil.copytree(origin, folder)
        killed += run_and_die(folder, at, drain) == 0
        host = recover(folder)
        assert assert_written_once(host) == undisturbed
        assert_sound(host)
        host.close()
        shutil.rmtree(folder)
    assert killed >= places // every - 1
