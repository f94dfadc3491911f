"""A package that is taken in by another archive: all or nothing, with the codes it came with, every file of it kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from lindang.errors import BadInput, Conflict, Faults
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.verify import run_checks
from models.archive import ArchiveFile, Fonds, Item
from models.digital import LAYERED, MASTER, DigitalObject
from models.packages import ReceivedFile, ReceivedPackage
from plugins.handover.cli import handover
from plugins.handover.packaging.writer import BAGIT, DAT93
from plugins.handover.service.packages import PackagePlan, make_package
from plugins.handover.service.taking_in import take_in
from tests.handover_kit import COUNTY, Unclosed, Village, add_places, handover_host, sent_batch, village
from tests.integration.test_handover_frozen import put_layer
from tests.integration.test_handover_packages import files_of


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    made = village(tmp_path_factory.mktemp("sender"), 3)
    put_layer(made, 1, b"%PDF-1.7 layer")
    sent_batch(made)
    yield made
    made.host.close()


@pytest.fixture(scope="module")
def packages(sender: Village, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("sent")
    for layout in (DAT93, BAGIT):
        plan = PackagePlan(layout=layout)
        make_package(sender.host, sender.people.drafter, "141124-2020-YJ001", root / layout, plan)
    return {layout: root / layout for layout in (DAT93, BAGIT)}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Host]:
    """Give an empty archive of another office that knows the same divisions."""
    host = handover_host(tmp_path / "city")
    add_places(host)
    yield host
    host.close()


def counts(host: Host) -> tuple[int, ...]:
    with host.view() as session:
        tables = (ArchiveFile, Item, DigitalObject, ReceivedPackage, ReceivedFile)
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


@pytest.mark.parametrize("layout", [DAT93, BAGIT])
def test_what_was_sent_is_there_and_the_original_package_is_kept(
    sender: Village, packages: dict[str, Path], city: Host, layout: str
) -> None:
    take_in(city, city.system_actor(), packages[layout])

    def told(host: Host) -> list[tuple[object, ...]]:
        with host.view() as session:
            columns = (ArchiveFile.archival_code, ArchiveFile.title, ArchiveFile.retention, ArchiveFile.division_code)
            item = (Item.archival_code, Item.title, Item.doc_type, DigitalObject.role, DigitalObject.sha256)
            query = (
                select(*columns, ArchiveFile.fonds_code, ArchiveFile.class_code, *item)
                .join(Item, Item.archive_file_id == ArchiveFile.id)
                .join(DigitalObject, DigitalObject.item_id == Item.id)
                .where(DigitalObject.role.in_((MASTER, LAYERED)), DigitalObject.is_current)
            )
            return sorted(tuple(row) for row in session.execute(query))

    assert told(city) == told(sender.host)
    with city.view() as session:
        kept = {row.path: row.sha256 for row in session.scalars(select(ReceivedFile))}
        assert session.scalar(select(func.count()).where(JournalRow.action == "package.received")) == 1
    assert kept == {path: hashlib.sha256(data).hexdigest() for path, data in files_of(packages[layout]).items()}
    assert all(city.storage.exists(sha256) for sha256 in kept.values())
    assert [one.code for one in run_checks(city) if one.violations and one.code != "I9"] == []


def test_one_wrong_byte_and_nothing_is_written(packages: dict[str, Path], city: Host, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(packages[DAT93], tmp_path / "坏"))
    victim = min(copy.rglob("*-01.jpg"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    with pytest.raises(Faults, match="没有收存"):
        take_in(city, city.system_actor(), copy)
    assert counts(city) == (0, 0, 0, 0, 0)


def test_the_same_package_is_taken_in_once_and_codes_are_not_taken_twice(packages: dict[str, Path], city: Host) -> None:
    take_in(city, city.system_actor(), packages[DAT93])
    before = counts(city)
    with pytest.raises(Conflict, match="已经收存过"):
        take_in(city, city.system_actor(), packages[DAT93])
    with pytest.raises(Faults, match="本库已有这个档号"):
        take_in(city, city.system_actor(), packages[BAGIT])
    assert counts(city) == before


def test_ones_own_fonds_and_unknown_places_are_refused(packages: dict[str, Path], city: Host, tmp_path: Path) -> None:
    with city.transaction() as session:
        session.add(Fonds(code="0123", name="本单位", creator="本单位", division_code=COUNTY))
    with pytest.raises(Faults, match="全宗号与本单位的相同"):
        take_in(city, city.system_actor(), packages[DAT93])
    elsewhere = handover_host(tmp_path / "elsewhere")
    with pytest.raises(Faults, match="没有区划"):
        take_in(elsewhere, elsewhere.system_actor(), packages[DAT93])
    assert counts(city)[3:] == counts(elsewhere)[3:] == (0, 0)
    elsewhere.close()


def test_another_makers_package_says_less_and_needs_a_place(
    city: Host, packages: dict[str, Path], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(packages[DAT93], tmp_path / "别家"))
    shutil.rmtree(root / "其他")
    for path in root.rglob("电子档案元数据.XML"):
        path.write_text("<?xml version='1.0'?><别的元素/>")
    names = sorted(path for path in root.rglob("*") if path.is_file() and path.name != "sha256sums.txt")
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n" for path in names)
    (root / "sha256sums.txt").write_text("".join(sums))
    with pytest.raises(BadInput, match="属于哪个区划"):
        take_in(city, city.system_actor(), root)
    take_in(city, city.system_actor(), root, COUNTY)
    with city.view() as session:
        assert set(session.scalars(select(ArchiveFile.division_code))) == {COUNTY}
        assert session.scalar(select(func.count()).select_from(Item)) == 3, "one 件 for each volume"


def test_from_the_command_line_and_back(
    packages: dict[str, Path], city: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(city))
    done = CliRunner().invoke(handover, ["package", "import", str(packages[BAGIT]), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output.splitlines()[-1])
    assert told["volumes"] == 3
    back = tmp_path / "原包"
    done = CliRunner().invoke(handover, ["package", "restore", str(told["id"]), "--to", str(back)])
    assert done.exit_code == 0, done.output
    assert files_of(back) == files_of(packages[BAGIT])
