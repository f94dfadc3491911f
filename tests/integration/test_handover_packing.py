"""A package from the batch's page: ordered, written in the background, gone on with after a break, taken away as one file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lindang.jobs import FAILED, JobRow
from lindang.testing import client, drain, make_app
from models.packages import WRITTEN, TransferPackage
from plugins.handover.packaging.writer import DAT93
from plugins.handover.service.packages import PackagePlan, pack
from tests.handover_kit import Village, checked, drafted, sent_batch, village
from tests.integration.test_handover_frozen import packed
from tests.integration.test_handover_packages import files_of


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return tmp_path / "盘"


@pytest.fixture
def world(tmp_path: Path, disk: Path) -> Iterator[Village]:
    made = village(tmp_path / "archive", 2, package_targets=[{"name": "移交硬盘", "path": str(disk)}])
    sent_batch(made)
    yield made
    made.host.close()


@pytest.fixture
def officer(world: Village) -> FlaskClient:
    return client(make_app(world.host), world.people.drafter)


def order(officer: FlaskClient, status: int = 302, **form: str) -> str:
    answer = officer.post("/handover/batches/1/packages", data={"target": "here", "layout": "dat93", **form})
    assert answer.status_code == status, answer.get_data(as_text=True)[-800:]
    return answer.get_data(as_text=True)


def rows(world: Village) -> list[TransferPackage]:
    with world.host.view() as session:
        return list(session.scalars(select(TransferPackage).order_by(TransferPackage.id)))


def test_a_package_is_written_in_the_background_and_can_be_taken_away(
    world: Village, officer: FlaskClient, tmp_path: Path
) -> None:
    assert "/handover/batches/1/packages" in officer.get("/handover/batches/1").get_data(as_text=True)
    order(officer)
    page = officer.get("/handover/batches/1/packages").get_data(as_text=True)
    assert "正在制作 141124-2020-YJ001-dat93" in page
    assert "HX-Refresh" not in officer.get("/handover/batches/1/packages/progress").headers
    assert officer.get("/handover/batches/1/packages/1.zip").status_code == 409
    drain(world.host)
    [package] = rows(world)
    direct = packed(world, tmp_path / "直接做的")
    assert (package.state, package.digest, package.files) == (WRITTEN, direct.digest, direct.files)
    assert officer.get("/handover/batches/1/packages/progress").headers["HX-Refresh"] == "true"
    page = officer.get("/handover/batches/1/packages").get_data(as_text=True)
    assert "已核对" in page
    assert package.digest[:16] in page
    answer = officer.get("/handover/batches/1/packages/1.zip")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        assert archive.testzip() is None
        told = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert told == files_of(tmp_path / "直接做的")


def test_a_disk_that_is_not_there_is_named_and_the_same_order_goes_on_later(
    world: Village, officer: FlaskClient, disk: Path
) -> None:
    order(officer, target="移交硬盘", layout="bagit")
    drain(world.host)
    page = officer.get("/handover/batches/1/packages").get_data(as_text=True)
    assert "没有插上" in page
    assert "没有做成" in page
    with world.host.view() as session:
        assert [job.state for job in session.scalars(select(JobRow).where(JobRow.kind == "handover.package"))] == [
            FAILED
        ]
    disk.mkdir()
    order(officer, target="移交硬盘", layout="bagit")
    drain(world.host)
    assert [package.state for package in rows(world)] == ["ordered", WRITTEN]
    assert (disk / "141124-2020-YJ001-bagit" / "bagit.txt").is_file()
    page = officer.get("/handover/batches/1/packages").get_data(as_text=True)
    assert "没有插上" not in page, "what was mended is no alarm any more"


def test_it_is_not_ordered_twice_at_once_and_orders_of_another_form_go_elsewhere(
    world: Village, officer: FlaskClient
) -> None:
    order(officer)
    assert "正在写" in order(officer, status=409)
    order(officer, carrier_mb="4000")
    drain(world.host)
    assert len({package.folder for package in rows(world)}) == 2
    order(officer)  # once written it may be read again
    drain(world.host)
    assert [package.state for package in rows(world)] == [WRITTEN] * 3
    assert rows(world)[0].digest == rows(world)[2].digest


def test_a_job_that_was_broken_off_goes_on(world: Village, officer: FlaskClient) -> None:
    place = world.host.data_dir / "packages" / "141124-2020-YJ001-dat93"

    def break_off(done: int, _all: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(world.host, world.people.drafter, "141124-2020-YJ001", place, PackagePlan(layout=DAT93), on_file=break_off)
    there = {path: (place / path).stat().st_ino for path in files_of(place)}
    missing = next(path for path in ("说明文件.TXT", "目录文件.XML") if path not in there)
    (place / f"{missing}.part").write_text("写了一半")
    order(officer)
    drain(world.host)
    assert rows(world)[0].state == WRITTEN
    written = files_of(place)
    assert not [path for path in written if path.endswith(".part")]
    kept = {path for path, inode in there.items() if path in written and (place / path).stat().st_ino == inode}
    assert kept == there.keys() - {".lindang-package"}


def test_what_cannot_be_is_refused(world: Village, officer: FlaskClient) -> None:
    order(officer, status=422, target="不存在的盘")
    order(officer, status=422, layout="tar")
    order(officer, status=422, carrier_mb="-1")
    draft = village(world.host.data_dir.parent / "second", 1)
    checked(draft, drafted(draft))
    page = client(make_app(draft.host), draft.people.drafter).get("/handover/batches/1/packages").get_data(as_text=True)
    assert "签发以后才能做移交包" in page
    assert not re.search(r"开始制作", page)
    draft.host.close()
