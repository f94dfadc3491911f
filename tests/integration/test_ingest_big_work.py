"""Long deliveries: they halt and go on by word, for want of room, and without their disk; nothing is read or filed twice."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from lindang.cli import cli
from lindang.host import Host
from lindang.jobs import QUEUED, JobRow, run_job
from lindang.journal import JournalRow
from lindang.testing import FixedClock, actor, client, drain, make_app, make_host
from models.archive import ArchiveFile, Item
from models.digital import PageText
from models.intake import FILED, NO_ROOM, NO_SOURCE, PAUSED, RECEIVED, SORTING, IntakeRun
from plugins.ingest.domain.pace import Pace, expected_pages, window_minutes
from plugins.ingest.queries.progress import progress_of
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.gathering import open_gathering
from plugins.ingest.service.halting import pause_run, resume_run, wake
from plugins.ingest.tools import reader_of
from tests.ingest_kit import COUNTY, OTHERS, VILLAGE, archive, close, households, jpeg, rows, states, write_files

ORDERED = [
    "0037 张三/01-林权登记申请表.jpg",
    "0037 张三/02-林地承包合同.jpg",
    "0038 李四/D05 勘界表.jpg",
    "0038 李四/D11_林权证.jpg",
]


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Return a folder of two households, written an hour ago."""
    return aged(write_files(tmp_path / "移动硬盘", households()))


def aged(folder: Path) -> Path:
    """Let the files of a folder be an hour old."""
    then = time.time() - 3600
    for path in folder.rglob("*.jpg"):
        os.utime(path, (then, then))
    return folder


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, reserve_mb=0)
    yield made
    close(made)


def start(host: Host, folder: Path) -> int:
    """Open a run over a folder."""
    with host.uow(host.system_actor()) as uow:
        return open_gathering(uow, folder_draft(folder, VILLAGE, "off")).id


def run_of(host: Host, run_id: int) -> IntakeRun:
    with host.view() as session:
        return session.get_one(IntakeRun, run_id)


def stored_reads(host: Host) -> int:
    """Return how many files were acknowledged so far, ever."""
    with host.view() as session:
        query = select(func.count()).where(JournalRow.action == "intake.received")
        return session.scalar(query) or 0


def test_a_paused_delivery_does_nothing_until_it_goes_on(host: Host, disk: Path) -> None:
    run_id = start(host, disk)
    with host.uow(host.system_actor()) as uow:
        pause_run(uow, run_id)
    drain(host)
    assert rows(host) == {}
    with host.uow(host.system_actor()) as uow:
        resume_run(uow, run_id)
    drain(host)
    assert states(host) == dict.fromkeys(ORDERED, FILED)
    assert run_of(host, run_id).gathered_at is not None
    assert (run_of(host, run_id).planned_files, run_of(host, run_id).halt) == (4, "")


def test_files_that_wait_when_it_is_paused_keep_their_order(host: Host, tmp_path: Path) -> None:
    outcomes = list(
        take_folder(
            host,
            host.system_actor(),
            write_files(tmp_path / "箱", households()),
            folder_draft(tmp_path / "箱", VILLAGE, "off"),
        )
    )
    assert len(outcomes) == 4
    with host.view() as session:
        run_id = session.scalars(select(IntakeRun.id)).one()
    with host.uow(host.system_actor()) as uow:
        pause_run(uow, run_id)
    drain(host)
    assert set(states(host).values()) == {RECEIVED}
    wake(host)
    drain(host)
    assert set(states(host).values()) == {RECEIVED}, "what a person paused only a person resumes"
    with host.uow(host.system_actor()) as uow:
        resume_run(uow, run_id)
    drain(host)
    with host.view() as session:
        names = session.scalars(select(Item.source_name).order_by(Item.archive_file_id, Item.item_no)).all()
    assert list(names) == [name.rpartition("/")[2] for name in ORDERED]


def test_without_room_it_waits_and_goes_on_by_itself(tmp_path: Path, disk: Path) -> None:
    more_than_free = shutil.disk_usage(tmp_path).free // 2**20 + 50_000
    tight = archive(tmp_path, reserve_mb=more_than_free)
    run_id = start(tight, disk)
    drain(tight)
    assert (run_of(tight, run_id).halt, rows(tight)) == (NO_ROOM, {})
    wake(tight)
    assert run_of(tight, run_id).halt == NO_ROOM
    close(tight)
    ample = make_host(tmp_path / "data", host={"disabled": list(OTHERS)}, ingest={"ocr": "off", "reserve_mb": 0})
    wake(ample)
    drain(ample)
    assert states(ample) == dict.fromkeys(ORDERED, FILED)
    close(ample)


def test_without_room_what_was_received_waits_too(tmp_path: Path) -> None:
    more_than_free = shutil.disk_usage(tmp_path).free // 2**20 + 50_000
    tight = archive(tmp_path, reserve_mb=more_than_free)
    folder = write_files(tmp_path / "箱", {"0037 张三/01.jpg": jpeg(1)})
    list(take_folder(tight, tight.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))
    drain(tight)
    assert states(tight) == {"0037 张三/01.jpg": RECEIVED}
    with tight.view() as session:
        assert session.scalars(select(IntakeRun.halt)).one() == NO_ROOM
    web = client(make_app(tight), actor(tight, ["archivist"], prefixes=[COUNTY]))
    assert "腾出空间后自动继续" in web.get("/ingest/runs/1").text
    close(tight)


@pytest.mark.root
def test_a_disk_that_fills_up_while_it_runs_is_waited_for(tmp_path: Path, disk: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(data)], check=True)
    try:
        host = archive(tmp_path, reserve_mb=24)
        run_id = start(host, disk)
        run_first(host, "ingest.gather")
        assert set(states(host).values()) == {RECEIVED}
        filler = data / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(data).free - 20 * 2**20))
        drain(host)
        wake(host)
        assert (run_of(host, run_id).halt, set(states(host).values())) == (NO_ROOM, {RECEIVED})
        filler.unlink()
        wake(host)
        drain(host)
        assert states(host) == dict.fromkeys(ORDERED, FILED)
        close(host)
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


def run_first(host: Host, kind: str) -> None:
    """Run the one waiting job of a kind."""
    with host.view() as session:
        job_id = session.scalars(select(JobRow.id).where(JobRow.kind == kind, JobRow.state == QUEUED)).one()
    run_job(host, job_id)


def test_an_unplugged_disk_is_waited_for(host: Host, disk: Path) -> None:
    away = disk.rename(disk.parent / "拔下")
    disk.mkdir()  # the place where it is mounted stays, empty
    run_id = start(host, disk)
    drain(host)
    assert run_of(host, run_id).halt == NO_SOURCE
    disk.rmdir()
    wake(host)
    assert run_of(host, run_id).halt == NO_SOURCE
    away.rename(disk)
    wake(host)
    drain(host)
    assert states(host) == dict.fromkeys(ORDERED, FILED)


def test_after_a_stop_in_the_middle_nothing_is_taken_twice(host: Host, disk: Path) -> None:
    second = disk / "0038 李四"
    kept = second.rename(disk.parent / "第二户")
    run_id = start(host, disk)
    drain(host)
    with host.transaction() as session:  # as after a power cut: the first household is in, the end was not reached
        session.get_one(IntakeRun, run_id).gathered_at = None
    kept.rename(second)
    first = disk / ORDERED[0]
    written = first.stat().st_mtime_ns
    os.utime(first, ns=(written - 10**10, written))  # older than the writing: any reading would renew it
    marked = first.stat().st_atime_ns
    wake(host)
    drain(host)
    assert states(host) == dict.fromkeys(ORDERED, FILED)
    assert stored_reads(host) == 4
    assert first.stat().st_atime_ns == marked, "a finished file was read again"


WORK = """
import sys
from pathlib import Path
from lindang.testing import drain, make_host
from plugins.ingest.service.halting import wake
host = make_host(Path(sys.argv[1]), host={"disabled": ["accounts", "search", "handover", "demo"]},
                 ingest={"ocr": "off", "reserve_mb": 0})
wake(host)
print("working", flush=True)
drain(host)
"""


@pytest.mark.timeout(120)
def test_killed_again_and_again_it_files_everything_once(host: Host, tmp_path: Path) -> None:
    papers = {f"{n:04d} 户{'甲乙丙丁戊己庚辛'[n]}/{k:02d}.jpg": jpeg(n * 10 + k) for n in range(6) for k in range(3)}
    disk = aged(write_files(tmp_path / "移动硬盘", papers))
    run_id = start(host, disk)
    for seconds in (0.4, 0.9):
        worker = subprocess.Popen([sys.executable, "-c", WORK, str(tmp_path / "data")], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(seconds)
        worker.kill()
        worker.wait()
        worker.stdout.close()
        assert list(states(host).values()).count(FILED) < len(papers), "killed too late to tell anything"
        with host.transaction() as session:  # the lease of a killed worker runs out
            session.execute(update(JobRow).values(lease_until=host.clock.now() - dt.timedelta(seconds=1), attempts=0))
    wake(host)
    drain(host)
    assert states(host) == dict.fromkeys(papers, FILED)
    assert stored_reads(host) == len(papers)
    assert run_of(host, run_id).gathered_at is not None
    with host.view() as session:
        codes = session.execute(select(Item.source_name, ArchiveFile.file_no, Item.item_no).join(ArchiveFile)).all()
    assert sorted((file_no, item_no) for _name, file_no, item_no in codes) == [
        (n, k) for n in range(1, 7) for k in range(1, 4)
    ]


def test_a_household_that_is_being_written_is_left_for_the_next_round(host: Host, disk: Path) -> None:
    fresh = disk / "0038 李四/D11_林权证.jpg"
    os.utime(fresh)
    run_id = start(host, disk)
    drain(host)
    assert sorted(rows(host)) == ORDERED[:2]
    assert run_of(host, run_id).gathered_at is None
    with host.view() as session:
        so_far = progress_of(session, run_id, host.clock.now())
    assert (so_far.is_gathering, so_far.is_running, so_far.files_done, so_far.files) == (True, True, 2, 4)
    aged(disk)
    wake(host)
    drain(host)
    assert states(host) == dict.fromkeys(ORDERED, FILED)


def test_two_machines_with_the_same_disk_file_everything_once(host: Host, disk: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(disk, tmp_path / "另一台" / "移动硬盘"))
    faults: list[Exception] = []

    def feed(folder: Path) -> None:
        try:
            list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            faults.append(error)

    threads = [threading.Thread(target=feed, args=(folder,)) for folder in (disk, copy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain(host)
    assert faults == []
    with host.view() as session:
        assert session.scalar(select(func.count(Item.id))) == 4


def test_the_page_tells_pace_and_end(host: Host, disk: Path) -> None:
    run_id = start(host, disk)
    drain(host)
    now = host.clock.now()
    with host.view() as session:
        done = progress_of(session, run_id, now)
    assert (done.files_done, done.files, done.filing.done, done.filing.total, done.filing.recent) == (4, 4, 4, 4, 4)
    assert done.filing.end(now) is None
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "已处理 4 页" in web.get(f"/ingest/runs/{run_id}").text
    assert web.post(f"/ingest/runs/{run_id}/pause").status_code == 302
    assert run_of(host, run_id).halt == PAUSED
    assert "接着做" in web.get(f"/ingest/runs/{run_id}").text
    assert web.post(f"/ingest/runs/{run_id}/resume").status_code == 302
    assert web.post(f"/ingest/runs/{run_id}/resume").status_code == 409


def test_the_end_follows_from_the_pace() -> None:
    now = FixedClock().now()
    assert Pace(100, 400, 50, 10.0).end(now) == now + dt.timedelta(minutes=60)
    assert Pace(100, 400, 0, 10.0).end(now) is None
    assert expected_pages(0, 9, pages=0, files_parsed=0) == 9
    assert expected_pages(30, 6, pages=30, files_parsed=3) == 90
    assert expected_pages(30, 0, pages=30, files_parsed=3) == 30, "a file without a page, which failed, adds none"
    assert window_minutes(now - dt.timedelta(minutes=4), now) == 4.0
    assert window_minutes(now - dt.timedelta(hours=9), now) == 10.0


def test_only_folders_of_the_settings_can_be_chosen_at_the_page(tmp_path: Path, disk: Path) -> None:
    secret = write_files(tmp_path / "别处", {"0001 外/01.jpg": jpeg(9)})
    host = archive(tmp_path, sources=[{"name": "移动硬盘", "path": str(disk)}], reserve_mb=0)
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "从移动硬盘或网络盘收件" in web.get("/ingest/").text
    form = {"source": "移动硬盘", "division": VILLAGE, "ocr": "off"}
    for subfolder in ("../别处", str(secret), "没有"):
        answer = web.post("/ingest/gather", data={**form, "subfolder": subfolder})
        assert answer.status_code == 400, subfolder
    assert web.post("/ingest/gather", data={**form, "source": "别的"}).status_code == 400
    assert web.post("/ingest/gather", data={**form, "subfolder": "0037 张三"}).status_code == 302
    drain(host)
    assert len(rows(host)) == 2
    close(host)


def test_recognition_steps_back_for_people() -> None:
    said = "import os\nfrom lindang.limits import step_back\nstep_back({})\nprint(os.nice(0))"
    told = [
        int(subprocess.run([sys.executable, "-c", said.format(n)], check=True, capture_output=True, text=True).stdout)
        for n in (0, 5)
    ]
    assert told == [os.nice(0), min(19, os.nice(0) + 5)]


def command(host: Host, *arguments: str) -> str:
    """Run ``lindang ingest …`` on the host's archive; returns what it printed."""
    settings = {
        "LINDANG__PLUGINS__INGEST__OCR": "off",
        "LINDANG__HOST__DISK_RESERVE_MB": "0",
        "LINDANG__HOST__DATABASE_URL": host.settings.host.database_url,
    }
    wanted = ["--data", str(host.data_dir), "ingest", *arguments]
    result = CliRunner(env=settings).invoke(cli, wanted, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_line_opens_pauses_resumes_and_tells(host: Host, disk: Path) -> None:
    run_id = json.loads(command(host, "gather", str(disk), "--division", VILLAGE, "--ocr", "off", "--stack", "--json"))[
        "run"
    ]
    assert run_of(host, run_id).profile["stack"] is True
    command(host, "pause", str(run_id))
    told = json.loads(command(host, "progress", str(run_id), "--json"))
    assert (told["halt"], told["running"], told["files_done"]) == (PAUSED, False, 0)
    command(host, "resume", str(run_id))
    drain(host)
    told = json.loads(command(host, "progress", str(run_id), "--json"))
    assert (told["halt"], told["files"], told["pages"], told["running"]) == ("", 4, 4, False)
    assert set(states(host).values()) == {SORTING}


@pytest.mark.ocr
def test_the_reading_process_runs_at_the_priority_of_the_settings(tmp_path: Path) -> None:
    host = archive(tmp_path, ocr="tesseract", ocr_nice=7)
    reader = reader_of(host, "tesseract")
    page = tmp_path / "page.jpg"
    page.write_bytes(jpeg(1))
    reader.read(page, 75)
    (child,) = reader._idle
    assert child.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(19, os.nice(0) + 7)
    reader.close()
    close(host)


@pytest.mark.ocr
def test_pages_passed_over_in_a_pause_are_read_afterwards(tmp_path: Path) -> None:
    host = archive(tmp_path, ocr="tesseract", reserve_mb=0)
    folder = write_files(tmp_path / "箱", {"0037 张三/01.jpg": jpeg(1)})
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, "auto")))
    run_first(host, "ingest.process")
    with host.uow(host.system_actor()) as uow:
        pause_run(uow, 1)
    drain(host)
    with host.view() as session:
        assert session.scalar(select(func.count(PageText.id))) == 0
    with host.uow(host.system_actor()) as uow:
        resume_run(uow, 1)
    drain(host)
    with host.view() as session:
        assert session.scalars(select(PageText.engine)).all() == ["tesseract"]
    reader_of(host, "tesseract").close()
    close(host)
