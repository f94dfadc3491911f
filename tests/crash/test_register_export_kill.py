"""Killing the worker while an export is written: the next one begins anew, and the file is the one that nobody disturbed makes."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.host import Host
from lindang.jobs import RUNNING, JobRow
from lindang.testing import drain, make_host
from models.register_export import MADE, RegisterExportFile
from plugins.demo.domain.county import invent_county
from plugins.demo.domain.numbers import COUNTY_CODE
from plugins.register.queries.exports import export_line
from plugins.register.service.exporting import Ordered, order_export
from plugins.register.service.sealed import read_unsealed
from tests.crash.test_register_import_kill import ROOT, WORKER
from tests.support.exported import QUIET, order
from tests.support.register_county import put_county


def killed_while_writing(host: Host, data: Path, job_id: int, seconds: float) -> bool:
    """Run a worker, kill it a while after it has begun the job; says whether the job was still running then."""
    with host.transaction() as session:
        job = session.get_one(JobRow, job_id)
        begun = job.token
        job.lease_until = None if job.lease_until is None else host.clock.now()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(data)], cwd=ROOT, stdout=subprocess.PIPE)
    with worker:
        until = time.monotonic() + 60
        while _job(host, job_id).token == begun and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)
    return _job(host, job_id).state == RUNNING


def _job(host: Host, job_id: int) -> JobRow:
    with host.view() as session:
        return session.get_one(JobRow, job_id)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_export_is_made_whole_or_not_at_all(tmp_path: Path, kills: int) -> None:
    chance = random.Random(5)
    data = tmp_path / "data"
    host = make_host(data, host=QUIET)
    put_county(host, invent_county(seed=7, certificates=1_000))

    def ordered() -> Ordered:
        with host.uow(host.system_actor()) as uow:
            return order_export(uow, order(host, COUNTY_CODE))

    def finish(export_id: int) -> str:
        with host.transaction() as session:
            for job in session.scalars(select(JobRow)):
                job.lease_until = None if job.lease_until is None else host.clock.now()
        drain(host)
        with host.view() as session:
            line = export_line(session, host.system_actor(), export_id)
            count = session.scalar(select(func.count()).where(RegisterExportFile.export_id == export_id))
        assert (line.state, line.rows, count) == (MADE, 1992, 1)
        assert line.file is not None
        made = read_unsealed(host, line.file.sha256)
        assert len(made) == line.file.bytes
        return hashlib.sha256(made).hexdigest()

    undisturbed = finish(ordered().export_id)
    disturbed = ordered()
    hits = sum(killed_while_writing(host, data, disturbed.job_id, chance.uniform(0, 0.2)) for _kill in range(kills))
    assert hits
    assert finish(disturbed.export_id) == undisturbed
    assert list((data / "work" / "register").glob("export-*")) == []
    host.close()
