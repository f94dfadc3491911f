"""Sending and checking are killed at every statement, every file operation and every commit, and started again.

A child process does the job and kills itself (SIGKILL) at its n-th event; the parent then opens the same folder, lets the job
run again, and looks: the batch is sent once, with one package, and every invariant holds. The children are forks, so that one
run of the test covers all places in seconds.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, select

from lindang.host import Host
from lindang.jobs import QUEUED, JobRow
from lindang.testing import FixedClock, drain
from lindang.verify import run_checks
from models.handover import Batch, BatchItem, BatchTransition, TransferDoc
from plugins.handover.service.checking import start_check
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, sign_batch
from tests.handover_kit import Village, checked, drafted, handover_host, people, signed, village

FILE_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.chmod", "os.mkdir"}
Act = Callable[[Host], None]
"""What the killed process does: run what waits, or sign."""

CI_STEP = 5
"""In the short version every fifth place is tried, beginning at another one each time the list of places changes."""


def prepared(folder: Path, job: str) -> Path:
    """Make a folder in which the job waits; the host that made it is closed."""
    world = village(folder / "origin", 2)
    _start(world, job)
    world.host.close()
    return folder / "origin"


def _start(world: Village, job: str) -> None:
    if job == "sign":
        checked(world, drafted(world))
        return
    if job == "check":
        batch_id = drafted(world)
        with world.host.uow(world.people.drafter) as uow:
            start_check(uow, batch_id, version=world.batch(batch_id).version)
        return
    batch_id = signed(world, checked(world, drafted(world)))
    with world.host.uow(world.people.drafter) as uow:
        start_sending(uow, batch_id, version=world.batch(batch_id).version, carriers="盘", boxes="1")


class _Killer:
    """Counts statements, commits and file operations below a folder, and kills the process at a chosen one."""

    def __init__(self, host: Host, folder: Path, at: int) -> None:
        self._folder, self._at, self.count = str(folder), at, 0
        event.listen(host.engine, "before_cursor_execute", self._step)
        event.listen(host.engine, "commit", self._step)
        sys.addaudithook(self._audit)

    def _audit(self, name: str, args: tuple[object, ...]) -> None:
        if name in FILE_EVENTS and str(args[0]).startswith(self._folder):
            self._step()

    def _step(self, *_args: object) -> None:
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def run_and_die(folder: Path, at: int, act: Act) -> int:
    """Run the waiting job in a child that kills itself at its `at`-th event (0 = never).

    Returns the number of events when the child came to its end, 0 when it was killed.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        host = handover_host(folder, FixedClock())
        killer = _Killer(host, folder, at)
        act(host)
        os.write(write, str(killer.count).encode())
        os._exit(0)
    os.close(write)
    _pid, status = os.waitpid(child, 0)
    counted = os.read(read, 32)
    os.close(read)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return 0
    assert os.WEXITSTATUS(status) == 0
    return int(counted)


def recover(folder: Path, act: Act = drain) -> Host:
    """Open the folder again, after the dead worker's lease ran out, and let the job finish."""
    clock = FixedClock()
    clock.advance(seconds=120)
    host = handover_host(folder, clock)
    act(host)
    return host


def sign_what_waits(host: Host) -> None:
    """Sign the checked batch, if there is one, as the second person does on the page."""
    with host.view() as session:
        found = session.execute(select(Batch.id, Batch.version, Batch.registry_org_id).where(Batch.state == "CHECKED"))
        waiting = found.first()
    if waiting is None:
        return
    signer = people(host, waiting.registry_org_id).signer
    made = make_documents(host, signer, waiting.id)
    with host.uow(signer) as uow:
        sign_batch(uow, waiting.id, version=waiting.version, documents=made)


def assert_signed_once(host: Host) -> None:
    with host.view() as session:
        batch = session.scalars(select(Batch)).one()
        actions = Counter(session.scalars(select(BatchTransition.action)))
        kinds = Counter(session.scalars(select(TransferDoc.kind)))
    assert batch.state == "SIGNED"
    assert batch.manifest_sha256
    assert actions["sign"] == 1
    assert kinds["manifest"] == kinds["list_xlsx"] == 1


def assert_sent_once(host: Host) -> None:
    with host.view() as session:
        batch = session.scalars(select(Batch)).one()
        actions = Counter(session.scalars(select(BatchTransition.action)))
        kinds = Counter(session.scalars(select(TransferDoc.kind)))
        states = set(session.scalars(select(BatchItem.state)))
    assert (batch.state, states) == ("SENT", {"SENT"})
    assert actions["send"] == actions["confirm_sent"] == 1
    assert kinds["package"] == 1


def assert_checked_once(host: Host) -> None:
    with host.view() as session:
        batch = session.scalars(select(Batch)).one()
        actions = Counter(session.scalars(select(BatchTransition.action)))
    assert (batch.state, batch.cert_count, batch.file_count) == ("CHECKED", 2, 4)
    assert actions["pass_check"] == 1


def assert_sound(host: Host) -> None:
    # the schema's own revision is not this test's business: its tables were made without migrations
    broken = [(one.code, one.violations) for one in run_checks(host) if one.violations and one.code != "I9"]
    assert broken == []
    with host.view() as session:
        assert session.scalar(select(JobRow.id).where(JobRow.state == QUEUED)) is None


@pytest.mark.parametrize(
    ("job", "assert_done"), [("send", assert_sent_once), ("check", assert_checked_once), ("sign", assert_signed_once)]
)
@pytest.mark.parametrize("every", [CI_STEP, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_anywhere_it_is_done_once(
    tmp_path: Path, job: str, assert_done: Callable[[Host], None], every: int
) -> None:
    origin = prepared(tmp_path, job)
    untouched = tmp_path / "untouched"
    shutil.copytree(origin, untouched)
    act = sign_what_waits if job == "sign" else drain
    places = run_and_die(untouched, 0, act)
    assert places > 20
    killed = 0
    for at in range(1 + places % every, places + 1, every):
        folder = tmp_path / f"at{at}"
        shutil.copytree(origin, folder)
        killed += run_and_die(folder, at, act) == 0
        host = recover(folder, act)
        assert_done(host)
        assert_sound(host)
        host.close()
        shutil.rmtree(folder)
    assert killed >= places // every - 1


def test_a_job_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    origin = prepared(tmp_path, "send")
    host = recover(origin)
    with host.uow(host.system_actor()) as uow:
        uow.enqueue("handover.send", "1")
    drain(host)
    assert_sent_once(host)
    host.close()
