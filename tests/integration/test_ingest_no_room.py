"""A disk that is full to the last byte while files are parsed and PDFs are made: everything waits, says so, and goes on by itself."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from lindang.errors import NoSpace
from lindang.host import Host
from lindang.jobs import DONE, FAILED, QUEUED, JobRow, run_job
from lindang.testing import actor, client, drain, make_app
from lindang.verify import run_checks
from models.digital import LAYERED, DigitalObject
from models.intake import FILED, NO_ROOM, RECEIVED, IntakeRun
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.halting import wake
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, states, write_files

pytestmark = pytest.mark.root


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 48 MB on which the archive is to lie."""
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(data)], check=True)
    yield data
    subprocess.run(["umount", "-l", str(data)], check=True)


@pytest.fixture
def host(small_disk: Path, tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, reserve_mb=0, ocr="tesseract")
    yield made
    close(made)


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill the disk but for so many bytes; returns the file to be removed."""
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - leave)))
    return filler


def job_id(host: Host, kind: str) -> int:
    with host.view() as session:
        return session.scalars(select(JobRow.id).where(JobRow.kind == kind, JobRow.state == QUEUED)).one()


def lines_of(host: Host, kind: str) -> list[tuple[str, str, int]]:
    """Return state, reason and attempts of the jobs of a kind."""
    with host.view() as session:
        query = select(JobRow.state, JobRow.error, JobRow.attempts).where(JobRow.kind == kind)
        return [tuple(row) for row in session.execute(query)]


def a_minute_later(host: Host) -> None:
    """Let what waits for room be due, and work."""
    with host.transaction() as session:
        session.execute(update(JobRow).values(due_at=host.clock.now() - dt.timedelta(seconds=1)))
    wake(host)
    drain(host)


def take_one(host: Host, tmp_path: Path, ocr: str = "off") -> None:
    folder = write_files(tmp_path / "箱", {"0037 张三/01.jpg": jpeg(1)})
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, ocr)))


def test_a_file_for_whose_pages_there_is_no_room_waits(host: Host, small_disk: Path, tmp_path: Path) -> None:
    take_one(host, tmp_path)
    filler = fill(small_disk, leave=100_000)
    drain(host)
    assert states(host) == {"0037 张三/01.jpg": RECEIVED}
    with host.view() as session:
        assert session.scalars(select(IntakeRun.halt)).one() == NO_ROOM
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "腾出空间后自动继续" in web.get("/ingest/runs/1").text
    filler.unlink()
    a_minute_later(host)
    assert states(host) == {"0037 张三/01.jpg": FILED}


def test_a_parser_that_finds_no_room_says_nothing_of_its_file(host: Host, small_disk: Path, tmp_path: Path) -> None:
    """Also where nobody looked before: the disk fills up after the look and before the pictures are written."""
    from plugins.ingest.service.scanning import scan_stored

    take_one(host, tmp_path)
    (sha256,) = host.storage.digests()
    filler = fill(small_disk)
    with pytest.raises((NoSpace, OSError)):
        scan_stored(host, sha256)
    filler.unlink()
    assert scan_stored(host, sha256).pages


@pytest.mark.ocr
def test_a_searchable_pdf_waits_for_room_and_never_fails(host: Host, small_disk: Path, tmp_path: Path) -> None:
    take_one(host, tmp_path, ocr="tesseract")
    for kind in ("ingest.process", "ingest.recognise"):
        run_job(host, job_id(host, kind))
    drained_until_layer(host)
    layer = job_id(host, "ingest.layer")
    filler = fill(small_disk, leave=300_000)
    for _time in range(6):
        with host.transaction() as session:
            session.get_one(JobRow, layer).due_at = host.clock.now()
        run_job(host, layer)
    ((state, reason, attempts),) = lines_of(host, "ingest.layer")
    assert (state, attempts) == (QUEUED, 0), "six times without room are no failure"
    assert "磁盘" in reason
    filler.unlink()
    a_minute_later(host)
    assert [state for state, _reason, _attempts in lines_of(host, "ingest.layer")] == [DONE]
    with host.view() as session:
        assert len(session.scalars(select(DigitalObject).where(DigitalObject.role == LAYERED)).all()) == 1
        assert session.scalars(select(JobRow.kind).where(JobRow.state == FAILED)).all() == []
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []


def drained_until_layer(host: Host) -> None:
    """Let the events of reading be delivered, so that the PDF is ordered."""
    from lindang.events import Dispatcher

    dispatcher = Dispatcher(host)
    while dispatcher.run_once():
        pass


def test_a_full_disk_is_told_by_the_database_as_by_everything_else(
    host: Host, small_disk: Path, tmp_path: Path
) -> None:
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    filler = fill(small_disk)
    folder = write_files(tmp_path / "箱", {"0037 张三/01.jpg": jpeg(1)})
    with pytest.raises(NoSpace, match="磁盘"), host.uow(host.system_actor()) as uow:
        for number in range(2000):
            uow.journal("intake.received", f"intake_file:{number}", words="字" * 2000)
    answer = web.post("/ingest/", data={"name": "甲" * 20, "division": VILLAGE, "ocr": "off"})
    assert answer.status_code in (302, 507)
    filler.unlink()
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))
    drain(host)
    assert states(host) == {"0037 张三/01.jpg": FILED}
