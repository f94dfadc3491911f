"""案卷号 follow the order of the household folders however many workers finish in whatever order; nothing waits for ever."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang import jobs
from lindang.host import Host
from lindang.jobs import JobRow
from models.archive import ArchiveFile, Item
from models.intake import FAILED, FILED, RECEIVED
from plugins.ingest.service.folders import folder_draft, take_folder
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, states, write_files

FOLDERS = ("0002 李四", "0010 王五", "0011 赵六", "0101 孙七")
"""In natural order; sorted as plain text 0101 would still be last, 2 and 10 would not stand so without their zeros."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path)
    yield made
    close(made)


def acknowledge(host: Host, root: Path, files: dict[str, bytes], division: str = VILLAGE) -> list[int]:
    """Take files in without working on them; returns the ids of their jobs, in the order of the names."""
    folder = write_files(root / "箱1", files)
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, division, "off")))
    with host.view() as session:
        query = select(JobRow.id).where(JobRow.kind == "ingest.process").order_by(JobRow.id)
        return list(session.scalars(query))


def two_papers_each(folders: tuple[str, ...] = FOLDERS) -> dict[str, bytes]:
    names = [f"{folder}/{number:02d}-材料.jpg" for folder in folders for number in (1, 2)]
    return {name: jpeg(seed) for seed, name in enumerate(names)}


def numbered(host: Host) -> list[tuple[int, str | None]]:
    with host.view() as session:
        query = select(ArchiveFile.file_no, ArchiveFile.folder_name).order_by(ArchiveFile.file_no)
        return [(number, name) for number, name in session.execute(query)]


def item_names(host: Host) -> list[tuple[str | None, int, str]]:
    with host.view() as session:
        query = (
            select(ArchiveFile.folder_name, Item.item_no, Item.source_name)
            .join(ArchiveFile, ArchiveFile.id == Item.archive_file_id)
            .order_by(ArchiveFile.file_no, Item.item_no)
        )
        return [(folder, number, name) for folder, number, name in session.execute(query)]


def test_folders_are_numbered_in_their_order_when_the_worker_takes_them_backwards(host: Host, tmp_path: Path) -> None:
    for job_id in reversed(acknowledge(host, tmp_path, two_papers_each())):
        jobs.run_job(host, job_id)
    assert numbered(host) == list(enumerate(FOLDERS, start=1))
    assert item_names(host) == [(folder, number, f"{number:02d}-材料.jpg") for folder in FOLDERS for number in (1, 2)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_four_workers_at_once_number_without_gaps_in_the_order_of_the_folders(
    host: Host, tmp_path: Path, seed: int
) -> None:
    folders = tuple(f"{number:04d} 户主" for number in range(1, 9))
    queued = acknowledge(host, tmp_path, two_papers_each(folders))
    random.Random(seed).shuffle(queued)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda job_id: jobs.run_job(host, job_id), queued))
    assert set(states(host).values()) == {FILED}
    assert numbered(host) == list(enumerate(folders, start=1))


def test_a_later_folder_waits_only_until_the_earlier_one_has_its_number(host: Host, tmp_path: Path) -> None:
    first, second, third, fourth = acknowledge(host, tmp_path, two_papers_each(FOLDERS[:2]))
    jobs.run_job(host, third)
    assert numbered(host) == []
    jobs.run_job(host, first)
    assert numbered(host) == [(1, FOLDERS[0]), (2, FOLDERS[1])]
    jobs.run_job(host, fourth)
    assert list(states(host).values()) == [FILED, RECEIVED, FILED, FILED]
    jobs.run_job(host, second)
    assert set(states(host).values()) == {FILED}


def test_a_folder_in_which_nothing_can_be_read_takes_no_number_and_holds_up_nobody(host: Host, tmp_path: Path) -> None:
    files = two_papers_each(FOLDERS[:2]) | {f"{FOLDERS[0]}/01-材料.jpg": b"x", f"{FOLDERS[0]}/02-材料.jpg": b"y"}
    for job_id in reversed(acknowledge(host, tmp_path, files)):
        jobs.run_job(host, job_id)
    assert list(states(host).values()) == [FAILED, FAILED, FILED, FILED]
    assert numbered(host) == [(1, FOLDERS[1])]


def test_villages_of_one_county_count_each_for_itself(host: Host, tmp_path: Path) -> None:
    paths = ("阳坡村/0002 李四", "王家沟村/0001 王五", "阳坡村/0001 张三")
    files = {f"{path}/01-材料.jpg": jpeg(seed) for seed, path in enumerate(paths)}
    for job_id in reversed(acknowledge(host, tmp_path, files, COUNTY)):
        jobs.run_job(host, job_id)
    with host.view() as session:
        query = select(ArchiveFile.division_code, ArchiveFile.file_no, ArchiveFile.folder_name)
        found = {tuple(row) for row in session.execute(query)}
    assert found == {
        ("141124102205", 1, "0001 张三"),
        ("141124102205", 2, "0002 李四"),
        ("141124102206", 1, "0001 王五"),
    }


def test_files_that_waited_for_a_job_that_failed_for_good_are_caught_up_with(host: Host, tmp_path: Path) -> None:
    first, *others = acknowledge(host, tmp_path, two_papers_each(FOLDERS[:2]))
    for job_id in others:
        jobs.run_job(host, job_id)
    assert set(states(host).values()) == {RECEIVED}
    with host.uow(host.system_actor()) as uow:
        uow.session.get_one(JobRow, first).state = jobs.FAILED
        catching_up = uow.enqueue("ingest.catch_up", "")
    jobs.run_job(host, catching_up)
    assert list(states(host).values()) == [RECEIVED, FILED, FILED, FILED]
    assert numbered(host) == [(1, FOLDERS[0]), (2, FOLDERS[1])]
