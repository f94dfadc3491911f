"""Derivatives are made again from the originals: the same bytes, what was lost or damaged is whole again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from lindang.cli import cli
from lindang.host import Host
from lindang.jobs import DONE, JobRow
from lindang.testing import drain, make_host
from lindang.verify import run_checks
from models.archive import Page
from models.digital import LAYERED, MASTER, THUMB, VIEW, DigitalObject
from models.quality import PageQuality
from plugins.ingest.service.derivatives import order_derivatives
from tests.ingest_kit import COUNTY, OTHER_COUNTY, archive, close, encoded, take, write_files, written_page
from tests.integration.test_ingest_layers import read


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path)
    pages = encoded(written_page(1), "TIFF", save_all=True, append_images=[written_page(2)], dpi=(75, 75))
    take(made, write_files(tmp_path / "箱", {"0037 王建国/01-申请表.tif": pages}))
    read(made, 1, "林权登记申请表")
    read(made, 2, "东至河沟")
    yield made
    close(made)


def objects(host: Host) -> list[tuple[int, str, int, bool, str]]:
    with host.view() as session:
        query = select(DigitalObject).order_by(DigitalObject.id)
        return [(row.id, row.role, row.version, row.is_current, row.sha256) for row in session.scalars(query)]


def rebuilt(host: Host, division: str = COUNTY) -> int:
    with host.uow(host.system_actor()) as uow:
        count = order_derivatives(uow, division)
    drain(host)
    return count


def violations(host: Host) -> list[str]:
    return [found.subject for result in run_checks(host, deep=True) for found in result.violations]


def test_the_same_bytes_come_again_and_what_was_lost_or_damaged_is_whole(host: Host) -> None:
    before = objects(host)
    assert {role for _id, role, *_rest in before} == {MASTER, VIEW, THUMB, LAYERED}
    derived = [(role, sha256) for _id, role, _version, _current, sha256 in before if role != MASTER]
    for number, (_role, sha256) in enumerate(derived):
        path = host.storage.path(sha256)
        if number % 2:
            path.unlink()
        else:
            path.chmod(0o644)
            path.write_bytes(b"spoilt")
    assert violations(host) != []
    assert rebuilt(host) == 1
    assert violations(host) == []
    assert objects(host) == before, "same settings, same bytes, no new versions"


def test_other_settings_make_new_current_images_beside_the_former(host: Host, tmp_path: Path) -> None:
    before = objects(host)
    close(host)
    alone = {"disabled": list(host.settings.host.disabled)}
    coarse = make_host(tmp_path / "data", host=alone, ingest={"ocr": "off", "view_quality": 50})
    assert rebuilt(coarse, OTHER_COUNTY) == 0
    assert rebuilt(coarse) == 1
    after = objects(coarse)
    assert [row[4] for row in after if row[1] == MASTER] == [row[4] for row in before if row[1] == MASTER]
    views = [(version, current) for _id, role, version, current, _sha in after if role == VIEW]
    assert sorted(views) == [(1, False), (1, False), (2, True), (2, True)]
    with coarse.view() as session:
        seen = select(PageQuality.view_sha256).join(Page, Page.id == PageQuality.page_id).order_by(Page.page_no)
        shown = select(DigitalObject.sha256).where(DigitalObject.role == VIEW, DigitalObject.is_current)
        assert session.scalars(seen).all() == session.scalars(shown.order_by(DigitalObject.page_id)).all()
    assert violations(coarse) == []
    assert rebuilt(coarse) == 1
    assert objects(coarse) == after
    close(coarse)


def test_the_commands_say_how_many_items_they_ordered(host: Host) -> None:
    arguments = ["--data", str(host.data_dir), "ingest"]
    environment = {
        "LINDANG__PLUGINS__INGEST__OCR": "off",
        "LINDANG__HOST__DISK_RESERVE_MB": "0",
        "LINDANG__HOST__DATABASE_URL": host.settings.host.database_url,
    }
    told = [
        CliRunner(env=environment).invoke(cli, [*arguments, *words.split()], catch_exceptions=False).stdout
        for words in (
            "quality",
            "quality --again --wait",
            "derivatives rebuild --division 141125",
            "derivatives rebuild --wait",
        )
    ]
    assert told == ["已安排检查 0 件\n", "已安排检查 1 件\n", "已安排重建 0 件\n", "已安排重建 1 件\n"]
    with host.view() as session:
        waiting = select(JobRow.kind).where(JobRow.kind.in_(("ingest.quality", "ingest.derivatives")))
        assert session.scalars(waiting.where(JobRow.state != DONE)).all() == []
