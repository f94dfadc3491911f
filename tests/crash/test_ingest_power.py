"""A power cut at any moment of taking in a folder: the archive opens, and what it acknowledged is there, whole and once.

The trace holds the database, its log and the stored objects. Scratch folders are left out, and so is what SQLite maps into
memory and makes anew. The same program without fsync, and with a database that does not wait for the disk, must be caught.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from lindang.errors import LindangError
from lindang.host import Host
from lindang.testing import FixedClock, drain, make_host
from lindang.verify import run_checks
from models.digital import MASTER, DigitalObject
from models.intake import FAILED, FILED, IntakeFile
from plugins.ingest.domain.reasons import ReasonCode
from plugins.ingest.service.folders import folder_draft, take_folder
from tests.crash.power import Call, Disk, calls_of
from tests.ingest_kit import OTHERS, VILLAGE, archive, close, jpeg, rows, write_files

pytestmark = [pytest.mark.root, pytest.mark.timeout(3600)]

APART = ("work/", "lindang.db-shm", "queue.db-shm", "worker.alive", "worker.lock")
TAKER = """
import os, sys
from pathlib import Path
import lindang.db
from lindang.testing import drain, make_host
from plugins.ingest.service.folders import folder_draft, take_folder
from tests.ingest_kit import OTHERS, VILLAGE, close, states
# CARE
def tell(state, path):
    os.write(1, f"{state} {path}\\n".encode())

host = make_host(Path(sys.argv[1]), host={"disabled": list(OTHERS)}, ingest={"ocr": "off"})
papers = Path(sys.argv[2])
for outcome in take_folder(host, host.system_actor(), papers, folder_draft(papers, VILLAGE, "off")):
    tell("received", outcome.relative_path)
drain(host)
for path, state in states(host).items():
    tell(state, path)
close(host)
"""
CARELESS = {
    "no fsync": "os.fsync = lambda descriptor: None",
    "a database that does not wait for the disk": """
careful = lindang.db._prepare_sqlite
def careless(connection, record):
    careful(connection, record)
    connection.execute("PRAGMA synchronous=NORMAL")
lindang.db._prepare_sqlite = careless
""",
}
PAPERS = {
    "0037 张三/01-林权登记申请表.jpg": jpeg(1),
    "0037 张三/02-林地承包合同.jpg": jpeg(2),
    "0038 李四/01-截断.jpg": jpeg(3)[:4000],
    "0038 李四/02-林权证.jpg": jpeg(4),
}
DIGESTS = {name: hashlib.sha256(data).hexdigest() for name, data in PAPERS.items()}
Traced = tuple[Disk, list[Call]]


def traced(tmp_path: Path, care: str = "") -> Traced:
    """Take the papers in under strace; returns the disk as it was before, and all that was done to it."""
    close(archive(tmp_path))
    papers, data = write_files(tmp_path / "papers", PAPERS), tmp_path / "data"
    disk = Disk(data)
    program = TAKER.replace("# CARE", care)
    return disk, calls_of(["-c", program, str(data), str(papers)], data, tmp_path / "trace", apart_from=APART)


def cuts_of(case: Traced, folder: Path, moments: set[int], draw: random.Random) -> list[tuple[Path, dict[str, str]]]:
    """Return what cuts at some moments leave, each with what was acknowledged by then: the state told of each file."""
    disk, calls = case
    told: dict[str, str] = {}
    left = []
    for number, call in enumerate(calls):
        disk.apply(call)
        if call.name == "say":
            found = re.findall(r"(\w+) (.+)\n", call.data.decode())
            told |= {path: state for state, path in found}
        if number in moments:
            left.append((folder / f"cut{number}", dict(told)))
            disk.after_cut(left[-1][0], draw)
    return left


def opened(left: Path) -> Host:
    """Open what a cut left, after the leases of the dead have run out."""
    clock = FixedClock(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
    return make_host(left, clock=clock, host={"disabled": list(OTHERS)}, ingest={"ocr": "off"})


def broken_promises(left: Path, told: dict[str, str]) -> list[str]:
    """Return what was acknowledged and is not there, or is not whole; a database that cannot be opened is told as one."""
    try:
        host = opened(left)
        found = rows(host)
        broken = [path for path in told if path not in found or found[path].sha256 != DIGESTS[path]]
        broken += [path for path, state in told.items() if state == FILED and found[path].state != FILED]
        for path in set(told) & found.keys():
            if hashlib.sha256(host.storage.read(DIGESTS[path])).hexdigest() != DIGESTS[path]:
                broken.append(f"not whole: {path}")
        close(host)
    except (DatabaseError, LindangError, KeyError) as error:
        return [repr(error)]
    return broken


def carries_jobs(host: Host) -> bool:
    """Say whether the carrier of job ids still takes them and hands them on, as the worker needs it."""
    host.queue.send(0)
    with sqlite3.connect(host.data_dir / "queue.db") as carrier:
        (state,) = carrier.execute("PRAGMA integrity_check").fetchone()
    return bool(state == "ok")


def goes_on_with(left: Path, papers: Path) -> None:
    """Take the same papers in once more over what a cut left: all is there once, nothing half, nothing wrong."""
    host = opened(left)
    assert carries_jobs(host)
    drain(host)
    list(take_folder(host, host.system_actor(), papers, folder_draft(papers, VILLAGE, "off")))
    drain(host)
    with host.view() as session:
        states = Counter(map(tuple, session.execute(select(IntakeFile.state, IntakeFile.reason_code))))
        masters = sorted(session.scalars(select(DigitalObject.sha256).where(DigitalObject.role == MASTER)))
    assert states == {(FILED, ""): 3, (FAILED, ReasonCode.TRUNCATED): 1}
    assert masters == sorted(digest for name, digest in DIGESTS.items() if "截断" not in name)
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []
    close(host)


@pytest.mark.parametrize(
    "cuts", [4, pytest.param(50, marks=pytest.mark.slow), pytest.param(500, marks=pytest.mark.slow)]
)
def test_after_a_power_cut_all_that_was_acknowledged_is_there(tmp_path: Path, cuts: int) -> None:
    case, draw = traced(tmp_path), random.Random(cuts)
    told_of = [number for number, call in enumerate(case[1]) if call.name == "say"]
    assert len(told_of) == 2 * len(PAPERS)
    before, after = range(told_of[0]), range(told_of[0], len(case[1]))
    moments = {*draw.sample(before, min(len(before), cuts // 3)), *draw.sample(after, min(len(after), cuts))}
    for left, told in cuts_of(case, tmp_path, moments, draw):
        assert broken_promises(left, told) == [], left.name
        goes_on_with(left, tmp_path / "papers")


@pytest.mark.slow
@pytest.mark.parametrize("care", CARELESS)
def test_a_program_without_care_is_caught(tmp_path: Path, care: str) -> None:
    case, draw = traced(tmp_path, CARELESS[care]), random.Random(3)
    told_of = [number for number, call in enumerate(case[1]) if call.name == "say"]
    moments = set(draw.sample(range(told_of[0], len(case[1])), 40))
    assert any(broken_promises(left, told) for left, told in cuts_of(case, tmp_path, moments, draw))
