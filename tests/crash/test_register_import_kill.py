"""Killing the worker while an import is read and written: the next one goes on, and no row is there twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.jobs import JobRow
from lindang.testing import drain, make_host
from models.register import Certificate, Parcel, RegisterEntry
from models.register_import import APPLIED, APPLYING, CHECKED, GOOD_ROWS, RegisterImport, RegisterImportRow
from plugins.catalogue.service.reference import load_divisions
from plugins.register.service.importing import order_apply, take_file
from plugins.register.service.sealed import keep_sealed
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY

ROOT = Path(__file__).resolve().parents[2]
VILLAGES = [f"1411241022{n:02d}" for n in range(10, 22)]
DIVISIONS = "code,name,level,parent\n141124,临水县,county,\n141124102,柳林镇,town,141124\n" + "".join(
    f"{code},第{code[-2:]}村,village,141124102\n" for code in VILLAGES
)
ROWS = 60
WORKER = """
import sys
from pathlib import Path
from lindang.testing import drain, make_host
print("ready", flush=True)
drain(make_host(Path(sys.argv[1]), host={"disabled": ["ingest", "search", "handover", "demo"], "lease_seconds": 5}))
"""


def killed_worker(data: Path, seconds: float) -> None:
    """Run a worker, kill it after a while, and let its lease run out."""
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(data)], cwd=ROOT, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    with worker:
        worker.stdout.readline()
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_import_goes_on_and_never_doubles(tmp_path: Path, kills: int) -> None:
    chance = random.Random(11)
    data = tmp_path / "data"
    host = make_host(data, host={"disabled": ["ingest", "search", "handover", "demo"]})
    sheets = {
        f"第{code[-2:]}村": [made.row(place * ROWS + n, village=code) for n in range(ROWS)]
        for place, code in enumerate(VILLAGES)
    }
    path = made.workbook(tmp_path / "a.xlsx", sheets, title=())
    with host.uow(host.system_actor()) as uow:
        load_divisions(uow, DIVISIONS.encode(), source="test")
    blob = keep_sealed(host, path)
    with host.uow(host.system_actor()) as uow:
        import_id = take_file(uow, COUNTY, "a.xlsx", blob).id

    def state() -> str:
        with host.view() as session:
            return session.get_one(RegisterImport, import_id).state

    def finish() -> None:
        with host.transaction() as session:
            for job in session.scalars(select(JobRow)):
                job.lease_until = None if job.lease_until is None else host.clock.now()
        drain(host)

    for _kill in range(kills):
        killed_worker(data, chance.uniform(0.2, 1.5))
    finish()
    assert state() == CHECKED
    with host.uow(host.system_actor()) as uow:
        order_apply(uow, import_id, GOOD_ROWS)
    assert state() == APPLYING
    for _kill in range(kills):
        killed_worker(data, chance.uniform(0.2, 1.5))
    finish()
    assert state() == APPLIED
    total = ROWS * len(VILLAGES)
    with host.view() as session:
        for table in (RegisterImportRow, Certificate, Parcel, RegisterEntry):
            assert session.scalar(select(func.count()).select_from(table)) == total, table
        assert session.get_one(RegisterImport, import_id).counts["rows"] == total
    host.close()
