"""A worker with four hands is killed while it files households: whatever is left half done, 案卷号 follow the folders."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.host import Host
from lindang.jobs import QUEUED, RUNNING, JobRow
from lindang.testing import drain
from lindang.verify import run_checks
from models.archive import ArchiveFile, Item
from models.intake import FILED
from plugins.ingest.service.folders import folder_draft, take_folder
from tests.ingest_kit import VILLAGE, archive, close, encoded, states, write_files, written_page

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = tuple(f"{number:04d} 户主" for number in range(1, 13))
FILES = 3
SETTINGS = {"workers": 4, "lease_seconds": 5}
PATIENCE_SECONDS = 60
WORKER = """
import sys
from pathlib import Path
from lindang.testing import make_host
from lindang.worker import run_worker
from tests.ingest_kit import OTHERS
run_worker(make_host(Path(sys.argv[1]), host={"disabled": list(OTHERS), "workers": 4, "lease_seconds": 5}, ingest={"ocr": "off"}))
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, host=SETTINGS)
    yield made
    close(made)


def acknowledge(host: Host, root: Path) -> None:
    """Take the households in without working on them; the first pages are large, so that later ones are done sooner."""
    papers = {}
    for place, folder in enumerate(FOLDERS):
        for number in range(1, FILES + 1):
            size = {"width": 1654, "height": 2339} if number == 1 and place % 3 == 0 else {}
            papers[f"{folder}/{number:02d}-材料.jpg"] = encoded(written_page(place * FILES + number, **size))
    folder = write_files(root / "箱1", papers)
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))


def count(host: Host, *states: str) -> int:
    query = select(func.count()).select_from(JobRow)
    with host.view() as session:
        return session.scalar(query.where(JobRow.kind == "ingest.process", JobRow.state.in_(states))) or 0


def kill_at_work(host: Host, pause: float) -> int:
    """Start a worker, kill it a moment after it holds a job; returns how many it held when it died."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(host.data_dir)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with worker:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not count(host, RUNNING) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(pause)
        worker.send_signal(signal.SIGKILL)
    held = count(host, RUNNING)
    release(host)
    return held


def release(host: Host) -> None:
    """Let the leases of the dead worker be over at once."""
    with host.transaction() as session:
        for job in session.scalars(select(JobRow).where(JobRow.state == RUNNING)):
            job.lease_until = host.clock.now()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_numbers_follow_the_folders_when_workers_are_killed(host: Host, tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    acknowledge(host, tmp_path)
    interrupted = 0
    for _kill in range(kills):
        if count(host, QUEUED, RUNNING):
            interrupted += kill_at_work(host, chance.uniform(0, 0.4))
    assert interrupted > 0
    drain(host)
    assert set(states(host).values()) == {FILED}
    query = select(ArchiveFile.file_no, ArchiveFile.folder_name, Item.item_no, Item.source_name)
    query = query.join(Item, Item.archive_file_id == ArchiveFile.id).order_by(ArchiveFile.file_no, Item.item_no)
    with host.view() as session:
        found = [tuple(row) for row in session.execute(query)]
    assert found == [
        (place, folder, number, f"{number:02d}-材料.jpg")
        for place, folder in enumerate(FOLDERS, start=1)
        for number in range(1, FILES + 1)
    ]
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []
