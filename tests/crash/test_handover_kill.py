"""Checking, signing, sending, the receipt, the answer, a reply workbook and feedback are killed at every statement, every file
operation and every commit, and started again.

A child process does the job and kills itself (SIGKILL) at its n-th event; the parent then opens the same folder, lets the job
run again, and looks: the batch is sent once, with one package, and every invariant holds. The children are forks, so that one
run of the test covers all places in seconds.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import event, select

from lindang.host import Host
from lindang.jobs import QUEUED, JobRow
from lindang.testing import FixedClock, drain
from lindang.verify import run_checks
from models.archive import Item
from models.handover import Batch, BatchItem, BatchTransition, Feedback, Reply, ReplyLine, TransferDoc
from plugins.handover.adapters.reply_book import read_reply_book
from plugins.handover.queries.replies import reply_workbook
from plugins.handover.service.checking import start_check
from plugins.handover.service.feedback import FeedbackEntry, file_feedback
from plugins.handover.service.replies import note_reply, take_reply
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, sign_batch
from tests.handover_kit import (
    Village,
    answered,
    checked,
    drafted,
    handover_host,
    people,
    received,
    scan_feedback,
    sent_batch,
    signed,
    village,
)

FILE_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.chmod", "os.mkdir"}
Act = Callable[[Host], None]
"""What the killed process does: run what waits, or sign."""

CI_STEP = 8
"""In the short version every eighth place is tried, beginning at another one each time the list of places changes."""


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
    if job in LATER:
        batch_id = sent_batch(world)
        if job == "feedback":
            answered(world, received(world, batch_id))
            scan_feedback(world.host, 1)
        if job == "reply":
            _bring_reply(world, batch_id)
        return
    batch_id = signed(world, checked(world, drafted(world)))
    with world.host.uow(world.people.drafter) as uow:
        start_sending(uow, batch_id, version=world.batch(batch_id).version, carriers="盘", boxes="1")


def _bring_reply(world: Village, batch_id: int) -> None:
    """Let the registry's workbook lie there, read and not taken over: both items accepted, and a line of another batch."""
    batch = world.batch(batch_id)
    with world.host.view() as session:
        book = openpyxl.load_workbook(io.BytesIO(reply_workbook(session, batch)))
    items, about = book["逐件答复"], book["批次"]
    for row in (2, 3):
        items.cell(row, 10, "接收")
    items.append([None, "141124-2020-YJ077-0001", *[None] * 7, "接收"])
    counted = {"清点本数": batch.cert_count, "清点电子文件数": batch.file_count, "清单核对码": batch.manifest_sha256}
    for name, value in about.iter_rows(max_col=2):
        if name.value in counted:
            value.value = counted[name.value]
    out = io.BytesIO()
    book.save(out)
    blob = world.host.storage.put_bytes(out.getvalue())
    with world.host.uow(world.people.drafter) as uow:
        note_reply(uow, batch_id, blob, "答复.xlsx")


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


def answer_what_waits(host: Host) -> None:
    """Receive and answer the batch as the registry does on its pages, from wherever it stands."""
    with host.view() as session:
        batch = session.scalars(select(Batch)).one()
    world = Village(host, batch.registry_org_id, people(host, batch.registry_org_id), ())
    if batch.state == "SENT":
        received(world, batch.id)
    if world.batch(batch.id).state == "RECEIVED":
        answered(world, batch.id)
    drain(host)


def take_what_waits(host: Host) -> None:
    """Take the reply workbook over, unless that is done."""
    with host.view() as session:
        batch = session.scalars(select(Batch)).one()
        reply = session.scalars(select(Reply)).one()
    if reply.taken_at is None:
        book = read_reply_book(host.storage.read(reply.sha256))
        with host.uow(people(host, batch.registry_org_id).drafter) as uow:
            take_reply(uow, reply.id, book, version=batch.version)
    drain(host)


def file_what_waits(host: Host) -> None:
    """File the paper that lies on the desk, unless that is done."""
    with host.view() as session:
        paper = session.scalar(select(Item.id).where(Item.doc_type == "D18"))
        is_filed = session.scalar(select(Feedback.id)) is not None
        registry_id = session.scalars(select(Batch.registry_org_id)).one()
    if not is_filed and paper is not None:
        with host.uow(people(host, registry_id).archivist) as uow:
            file_feedback(uow, paper, 1, FeedbackEntry(kind="F4", is_final=True))
    drain(host)


ACTS: dict[str, Act] = {
    "sign": sign_what_waits,
    "answer": answer_what_waits,
    "reply": take_what_waits,
    "feedback": file_what_waits,
}
"""What is done by a person and not by a waiting job."""
LATER = ("answer", "reply", "feedback")


def assert_answered_once(host: Host) -> None:
    with host.view() as session:
        actions = Counter(session.scalars(select(BatchTransition.action)))
        states = set(session.scalars(select(BatchItem.state)))
    assert (actions["receive"], actions["answer"], states) == (1, 1, {"ACCEPTED"})


def assert_taken_once(host: Host) -> None:
    with host.view() as session:
        actions = Counter(session.scalars(select(BatchTransition.action)))
        answers = list(session.scalars(select(BatchItem.answer)))
        lines = list(session.scalars(select(ReplyLine.code)))
    assert (actions["record_receipt"], answers, lines) == (1, ["accept"] * 2, ["141124-2020-YJ077-0001"])


def assert_filed_once(host: Host) -> None:
    with host.view() as session:
        papers = session.scalars(select(Feedback)).all()
        states = sorted(session.scalars(select(BatchItem.state)))
    assert [paper.feedback_no for paper in papers] == ["141124-2020-YJ001-FK0001"]
    assert states == ["ACCEPTED", "FEEDBACK_FILED"]


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
    ("job", "assert_done"),
    [
        ("send", assert_sent_once),
        ("check", assert_checked_once),
        ("sign", assert_signed_once),
        ("answer", assert_answered_once),
        ("reply", assert_taken_once),
        ("feedback", assert_filed_once),
    ],
)
@pytest.mark.parametrize("every", [CI_STEP, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_anywhere_it_is_done_once(
    tmp_path: Path, job: str, assert_done: Callable[[Host], None], every: int
) -> None:
    origin = prepared(tmp_path, job)
    untouched = tmp_path / "untouched"
    shutil.copytree(origin, untouched)
    act = ACTS.get(job, drain)
    every = every * 3 if every > 1 and job in LATER else every
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
