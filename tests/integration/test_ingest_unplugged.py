"""A disk that is pulled out while it is being read: every read fails, the run stands still and says so, and goes on by itself."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lindang.host import Host
from lindang.testing import actor, client, drain, make_app
from models.intake import FILED, NO_SOURCE, RECEIVED, IntakeRun
from plugins.ingest.service.folders import folder_draft
from plugins.ingest.service.gathering import open_gathering
from plugins.ingest.service.halting import wake
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, rows, states, write_files

pytestmark = pytest.mark.root

PULL_OUT = 0x8004587D
"""The call that makes a file system answer every read and write with an input/output error (EXT4_IOC_SHUTDOWN)."""
PAPERS = {f"{number:04d} 户{number}/01.jpg": jpeg(number) for number in range(1, 41)}


class Plug:
    """A disk image that can be pulled out and put back in."""

    def __init__(self, image: Path, place: Path) -> None:
        self._image, self.place = image, place

    def put_in(self) -> None:
        subprocess.run(["mount", "-o", "loop", str(self._image), str(self.place)], check=True)

    def pull_out(self) -> None:
        """Let every read fail from now on, as a bus does whose disk has gone."""
        descriptor = os.open(self.place, os.O_RDONLY)
        fcntl.ioctl(descriptor, PULL_OUT, struct.pack("I", 2))
        os.close(descriptor)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=False)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Plug]:
    """Give a disk with forty households, written an hour ago."""
    image, place = tmp_path / "disk.img", tmp_path / "移动硬盘"
    place.mkdir()
    with image.open("wb") as out:
        out.truncate(16 * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    plug = Plug(image, place)
    plug.put_in()
    write_files(place, PAPERS)
    then = time.time() - 3600
    for path in place.rglob("*.jpg"):
        os.utime(path, (then, then))
    plug.unmount()
    plug.put_in()
    yield plug
    plug.unmount()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, reserve_mb=0)
    yield made
    close(made)


def test_a_disk_pulled_out_while_it_is_read_is_waited_for(host: Host, disk: Plug) -> None:
    with host.uow(host.system_actor()) as uow:
        run_id = open_gathering(uow, folder_draft(disk.place, VILLAGE, "off")).id
    worker = threading.Thread(target=drain, args=(host,))
    worker.start()
    until = time.monotonic() + 60
    while len(rows(host)) < 3 and time.monotonic() < until:
        time.sleep(0.005)
    disk.pull_out()
    worker.join()
    taken = len(rows(host))
    assert 3 <= taken < len(PAPERS)
    wake(host)
    with host.view() as session:
        assert session.get_one(IntakeRun, run_id).halt == NO_SOURCE
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "接好后自动继续" in web.get(f"/ingest/runs/{run_id}").text
    assert set(states(host).values()) <= {RECEIVED, FILED}, (
        "what was taken in before waits with the rest, and is no failure"
    )
    disk.unmount()
    disk.put_in()
    wake(host)
    drain(host)
    assert states(host) == dict.fromkeys(PAPERS, FILED)
