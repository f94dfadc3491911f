"""The whole office, web server and worker, is killed at random moments while it takes folders and uploads in.

A moment is drawn by first drawing which kind of work is to be interrupted. Whatever was killed: what a client was told is
there, once and whole; every file ends filed or failed with its reason; every invariant holds; no half file is left.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import json
import os
import random
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.host import Host
from lindang.jobs import DONE, QUEUED, RUNNING, JobRow
from lindang.testing import drain, make_host
from lindang.verify import run_checks
from models.archive import Page
from models.digital import LAYERED, MASTER, DigitalObject, PageText
from models.intake import FAILED, FILED, IntakeFile, IntakeRun
from models.place import Division
from models.quality import PageQuality
from plugins.ingest.service.folders import folder_draft
from plugins.ingest.service.gathering import open_gathering
from plugins.ingest.service.halting import wake
from tests.crash.nursery import Nursery, kill
from tests.ingest_kit import DIVISIONS, VILLAGE, close, encoded, write_files, written_page
from tests.support.people import admit_one, token_of

pytestmark = [pytest.mark.ocr, pytest.mark.timeout(4 * 3600)]

KINDS = ("ingest.gather", "ingest.process", "ingest.recognise", "ingest.layer", "ingest.quality")
UPLOAD = "upload"
"""What a kill is to interrupt: a kind of work, or the web server while it receives."""
SETTINGS = {
    "host": {"disabled": ["search", "handover", "demo"], "workers": 2, "lease_seconds": 5},
    "ingest": {"ocr": "off", "reserve_mb": 0, "stable_seconds": 1},
}
PATIENCE_SECONDS = 20.0
MOST_WAITING = 8
"""No more work is given while more than this waits: every kind of work is to have its turn."""
CHECK_EVERY = 50
"""After so many kills all is finished and looked at, and then goes on."""
READ_EVERY = 3
"""Every third folder is read, layered and judged; the others are only filed."""


@dataclass
class Outside:
    """What the world outside knows: papers given, by digest, and uploads that were acknowledged."""

    sound: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    told: dict[int, str] = field(default_factory=dict)
    waiting: list[tuple[str, bytes]] = field(default_factory=list)
    run: int | None = None

    def paper(self, seed: int, *, is_cut: bool = False) -> bytes:
        """Return a paper nobody has given before."""
        data = encoded(written_page(seed % 200, width=300, height=424), quality=60, comment=f"paper {seed}".encode())
        data = data[: len(data) // 2] if is_cut else data
        (self.cut if is_cut else self.sound).add(hashlib.sha256(data).hexdigest())
        return data


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = make_host(tmp_path / "data", host=SETTINGS["host"], ingest=SETTINGS["ingest"])
    with made.transaction() as session:
        for code, name, level, parent in DIVISIONS:
            session.add(Division(code=code, name=name, level=level, parent_code=parent, valid_to=None))
    yield made
    close(made)


@pytest.fixture
def nursery(host: Host, tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(host.data_dir, SETTINGS, tmp_path / "office.log")
    yield made
    made.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def give_folder(host: Host, world: Outside, root: Path, number: int) -> None:
    """Put a folder of two households on the disk and order it to be taken in, which is acknowledged here and now."""
    seed = 10 * number
    papers = {f"甲{number:04d} 户/{k:02d}.jpg": world.paper(seed + k) for k in range(2)}
    papers[f"乙{number:04d} 户/01.jpg"] = world.paper(seed + 2, is_cut=number % 4 == 0)
    folder = write_files(root / f"箱{number:04d}", papers)
    then = time.time() - 3600
    for path in folder.rglob("*.jpg"):
        os.utime(path, (then, then))
    engine = "tesseract" if number % READ_EVERY == 0 else "off"
    with host.uow(host.system_actor()) as uow:
        open_gathering(uow, folder_draft(folder, VILLAGE, engine))


class Uploader(threading.Thread):
    """A client that sends its files one after the other until the office is gone; what it was told, it remembers."""

    def __init__(self, world: Outside, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self._world, self._port, self._token = world, port, token
        self.gone = threading.Event()

    def run(self) -> None:
        while self._world.waiting and not self.gone.is_set():
            name, data = self._world.waiting[0]
            try:
                answer = self._send(name, data)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
                continue
            self._world.told[answer["id"]] = hashlib.sha256(data).hexdigest()
            self._world.run = answer["run"]
            self._world.waiting.pop(0)

    def _send(self, name: str, data: bytes) -> dict[str, int]:
        values = {"relative_path": name, "division": VILLAGE, "ocr": "off"}
        values |= {"run": str(self._world.run)} if self._world.run else {}
        border = secrets.token_hex(8)
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in values.items()
        ]
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        parts += [head.encode(), b"Content-Type: image/jpeg\r\n\r\n", data, f"\r\n--{border}--\r\n".encode()]
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            headers = {
                "Authorization": f"Bearer {self._token}",
                "Content-Type": f"multipart/form-data; boundary={border}",
            }
            line.request("POST", "/api/v1/ingest/uploads", b"".join(parts), headers)
            response = line.getresponse()
            body = response.read()
        finally:
            line.close()
        assert response.status == 201, (response.status, body[:300])
        answer: dict[str, int] = json.loads(body)
        return answer


def choice_of(host: Host) -> list[str]:
    """Return what may be interrupted next: the kinds of work that wait, and receiving."""
    with host.view() as session:
        waiting = set(session.scalars(select(JobRow.kind).where(JobRow.state == QUEUED)))
    return [UPLOAD, *(kind for kind in KINDS if kind in waiting)]


def held(host: Host, kind: str) -> bool:
    """Say whether a worker is at work of a kind."""
    with host.view() as session:
        query = select(func.count()).where(JobRow.kind == kind, JobRow.state == RUNNING)
        return bool(session.scalar(query.where(JobRow.lease_until > host.clock.now())))


def await_work(host: Host, kind: str, world: Outside) -> None:
    """Wait until work of the kind is being done, or an upload has been told of, or patience is over."""
    told, until = len(world.told), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if len(world.told) > told if kind == UPLOAD else held(host, kind):
            return
        time.sleep(0.01)


def interrupted(host: Host) -> Counter[str]:
    """Return which kinds of work the dead office held; their leases are over now."""
    with host.transaction() as session:
        jobs = list(session.scalars(select(JobRow).where(JobRow.state == RUNNING)))
        for job in jobs:
            job.lease_until = host.clock.now() - dt.timedelta(seconds=1)
        return Counter(job.kind for job in jobs)


@pytest.mark.parametrize("kills", [3, pytest.param(500, marks=pytest.mark.slow)])
def test_an_office_killed_at_random_loses_nothing(host: Host, nursery: Nursery, tmp_path: Path, kills: int) -> None:
    chance, world, port = random.Random(kills), Outside(), free_port()
    token = token_of(host, admit_one(host, "dangan", "archivist"))
    hit: Counter[str] = Counter()
    for number in range(kills):
        if backlog(host) < MOST_WAITING:
            give_folder(host, world, tmp_path, number)
            world.waiting += [(f"丙{number:04d} 户/{k:02d}.jpg", world.paper(10 * number + 5 + k)) for k in range(2)]
        group = nursery.open(port)
        uploader = Uploader(world, port, token)
        uploader.start()
        await_work(host, chance.choice(choice_of(host)), world)
        time.sleep(chance.uniform(0, 0.3))
        kill(group)
        uploader.gone.set()
        uploader.join()
        hit += interrupted(host)
        if (number + 1) % CHECK_EVERY == 0:
            finish(host)
            assert_nothing_lost(host, world)
            print(f"{number + 1} kills, interrupted {dict(hit)}, {len(world.told)} uploads told of", flush=True)  # noqa: T201 - an hour's work tells how far it is
    finish(host)
    assert_nothing_lost(host, world)
    assert hit["ingest.process"]
    assert world.told


def backlog(host: Host) -> int:
    """Return how many jobs wait."""
    with host.view() as session:
        return session.scalar(select(func.count()).where(JobRow.state == QUEUED)) or 0


def finish(host: Host) -> None:
    """Work until nothing is left, as the next worker would: time passes, and what was to be tried again later is due."""
    wake(host)
    while backlog(host):
        with host.transaction() as session:
            for job in session.scalars(select(JobRow).where(JobRow.state == QUEUED)):
                job.due_at = min(job.due_at, host.clock.now())
        drain(host)


def assert_nothing_lost(host: Host, world: Outside) -> None:
    """Everything that was given is there once, and nothing is half there."""
    unsent = {hashlib.sha256(data).hexdigest() for _name, data in world.waiting}
    with host.view() as session:
        rows = list(session.scalars(select(IntakeFile)))
        masters = Counter(session.scalars(select(DigitalObject.sha256).where(DigitalObject.role == MASTER)))
        left = session.scalars(select(JobRow.kind).where(JobRow.state != DONE, JobRow.kind.startswith("ingest."))).all()
        is_open = session.scalars(
            select(IntakeRun.id).where(IntakeRun.root != "", IntakeRun.gathered_at.is_(None))
        ).all()
    by_id = {row.id: row for row in rows}
    assert {file_id: by_id[file_id].sha256 for file_id in world.told} == world.told
    wanted = world.sound - unsent
    missing = wanted - masters.keys()
    assert not missing, Counter((row.state, row.reason) for row in rows if row.sha256 in missing)
    assert masters.keys() <= world.sound
    assert set(masters.values()) == {1}, "filed twice"
    assert {row.sha256 for row in rows if row.state == FAILED} == world.cut
    assert all(row.reason for row in rows if row.state == FAILED)
    assert Counter(row.sha256 for row in rows if row.state == FILED) == masters
    assert (list(left), list(is_open)) == ([], [])
    assert_whole_readings(host)
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []
    for path in (host.data_dir / "objects").glob("[0-9a-f][0-9a-f]/*/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, "a half file"


def assert_whole_readings(host: Host) -> None:
    """Every page that is to be read has one text, its paper one searchable PDF, and every page one judgement."""
    with host.view() as session:
        runs = [run.id for run in session.scalars(select(IntakeRun)) if run.profile.get("ocr") == "tesseract"]
        filed = IntakeFile.run_id.in_(runs) & (IntakeFile.state == FILED)
        items = session.scalars(select(IntakeFile.item_id).where(filed)).all()
        pages = session.scalars(select(Page.id).where(Page.item_id.in_(items))).all()
        texts = Counter(session.scalars(select(PageText.page_id).where(PageText.is_current)))
        layers = Counter(
            session.scalars(
                select(DigitalObject.item_id).where(DigitalObject.role == LAYERED, DigitalObject.is_current)
            )
        )
        judged = Counter(session.scalars(select(PageQuality.page_id).where(PageQuality.is_current)))
        every = session.scalars(select(Page.id)).all()
    assert items
    assert texts == Counter(pages)
    assert layers == Counter(items)
    assert judged == Counter(every)
