"""Taking in a folder is killed at every system call that changes something, and done again.

Whatever the moment: no file is lost, none is filed twice, the spoilt one is in the failed lane with its reason, every
invariant holds, and doing it once more changes nothing. CI tries a slice of the points; ``make crash`` tries all of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select, text

from lindang.auth import system_actor
from lindang.host import Host
from lindang.jobs import JobRow
from lindang.testing import FixedClock, drain, make_host
from lindang.verify import run_checks
from models.archive import Fonds, Item
from models.digital import MASTER, DigitalObject
from models.intake import FAILED, FILED, IntakeFile
from models.place import Division
from plugins.ingest.domain.reasons import ReasonCode
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.halting import wake
from plugins.ingest.service.receive import retry_file
from tests.crash import harness
from tests.crash.harness import Point

pytestmark = [pytest.mark.root, pytest.mark.timeout(900)]

COUNTY, VILLAGE = "141124", "141124102205"
KILLED_AT_LEAST = 0.8


def _papers(folder: Path) -> None:
    """Put one household with two scans and a cut-off one into the folder."""
    home = folder / "0312-王建国"
    home.mkdir(parents=True)
    for number, words in enumerate(("application", "contract"), 1):
        image = Image.new("L", (620, 877), 245)
        ImageDraw.Draw(image).text((60, 60), words, fill=20)
        image.save(home / f"0{number}-{words}.jpg", dpi=(75, 75))
    whole = (home / "01-application.jpg").read_bytes()
    (home / "03-cut.jpg").write_bytes(whole[: len(whole) // 3])


def _archive(folder: Path) -> None:
    host = make_host(folder)
    with host.uow(system_actor()) as uow:
        uow.session.add(Division(code=COUNTY, name="示范县", level="county"))
        uow.session.add(Division(code=VILLAGE, name="柳树沟村", level="village", parent_code=VILLAGE[:9]))
        if uow.session.scalar(select(Fonds.id).where(Fonds.division_code == COUNTY)) is None:
            uow.session.add(Fonds(code="0123", name="示范县林业局", creator="示范县林业局", division_code=COUNTY))
    drain(host)
    host.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an archive that has taken in nothing yet, and the papers beside it."""
    folder = tmp_path_factory.mktemp("kill")
    _archive(folder / "data")
    _papers(folder / "papers")
    return folder


def _command(folder: Path) -> list[str]:
    options = ["--county", COUNTY, "--village", VILLAGE, "--ocr", "off", "--wait", "--json"]
    return ["-m", "lindang", "--data", str(folder / "data"), "ingest", "folder", str(folder / "papers"), *options]


def _copy(prepared: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(prepared, target)
    return target


def _recover(folder: Path) -> Host:
    """Open the archive after the dead command's leases ran out, and finish what waits, as the worker would.

    A file whose reader was killed lies in the failed lane although it is sound: there a person has it read once more.
    """
    host = make_host(folder / "data", clock=FixedClock(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)))
    drain(host)
    with host.uow(system_actor()) as uow:
        lost = (IntakeFile.state == FAILED) & (IntakeFile.reason_code != ReasonCode.TRUNCATED)
        for file_id in uow.session.scalars(select(IntakeFile.id).where(lost)).all():
            retry_file(uow, file_id)
    drain(host)
    return host


def _take_in_again(host: Host, folder: Path) -> None:
    """Do what the command does, in this process: starting Python anew for every point would take hours."""
    papers = folder / "papers"
    list(take_folder(host, system_actor(), papers, folder_draft(papers, VILLAGE, "off")))
    drain(host)


def _state(host: Host) -> str:
    """Return a digest of every row that a person or a later command could see."""
    with host.view() as session:
        tables = [name for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        rows = [
            (name, [tuple(row) for row in session.execute(text(f'SELECT * FROM "{name}" ORDER BY 1'))])
            for name in sorted(tables)
            if name != "job"
        ]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def assert_whole(host: Host) -> None:
    """Everything that came in is there once, and nothing is half there."""
    with host.view() as session:
        states = Counter(session.scalars(select(IntakeFile.state)))
        items = list(session.scalars(select(Item)))
        masters = list(session.scalars(select(DigitalObject.sha256).where(DigitalObject.role == MASTER)))
        reason = session.scalar(select(IntakeFile.reason).where(IntakeFile.state == FAILED))
        unfinished = list(session.scalars(select(JobRow.kind).where(JobRow.state.in_(("queued", "running")))))
    assert states == {FILED: 2, FAILED: 1}
    assert [item.item_no for item in sorted(items, key=lambda item: item.item_no)] == [1, 2]
    assert len(set(masters)) == len(masters) == 2
    assert reason
    assert unfinished == []
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []


def _kill_and_recover(prepared: Path, target: Path, point: Point) -> bool:
    """Return whether the kill hit: the last calls of a kind are not made in every run."""
    folder = _copy(prepared, target)
    hit = harness.kill_at(point, _command(folder), target.with_suffix(".trace"))
    host = _recover(folder)
    _take_in_again(host, folder)
    assert_whole(host)
    before = _state(host)
    _take_in_again(host, folder)
    assert _state(host) == before
    host.close()
    return hit


def assert_most(hits: list[bool]) -> None:
    """A test that kills nothing proves nothing."""
    assert hits.count(True) >= KILLED_AT_LEAST * len(hits)


def _points(prepared: Path, tmp_path: Path) -> list[Point]:
    return harness.points(_command(_copy(prepared, tmp_path / "count")), tmp_path / "trace")


def test_a_kill_at_a_slice_of_the_calls_loses_nothing(prepared: Path, tmp_path: Path) -> None:
    chosen = list(harness.some(_points(prepared, tmp_path)))
    assert len(chosen) >= len(harness.CALLS) - 2
    assert_most([_kill_and_recover(prepared, tmp_path / "victim", point) for point in chosen])


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_kill_at_every_call_loses_nothing(prepared: Path, tmp_path: Path) -> None:
    assert_most([_kill_and_recover(prepared, tmp_path / "victim", point) for point in _points(prepared, tmp_path)])


def test_a_full_disk_accepts_nothing_and_says_so(prepared: Path, tmp_path: Path) -> None:
    folder = _copy(prepared, tmp_path / "full")
    fsyncs = [point for point in _points(prepared, tmp_path) if point.call == "fsync"]
    hits = []
    for point in (fsyncs[len(fsyncs) // 2], fsyncs[-1]):
        folder = _copy(prepared, tmp_path / "full")
        hits.append(harness.fail_at(point, _command(folder), tmp_path / "full.trace"))
        host = _recover(folder)
        _take_in_again(host, folder)
        wake(host)  # what stood still for want of room; the worker looks every minute
        drain(host)
        assert_whole(host)
        host.close()
    assert hits[0]
