"""The package of a batch: whole, alike whenever it is made, gone on with after a break, checked by ordinary tools."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from lindang.errors import Conflict
from lindang.journal import JournalRow
from models.archive import ArchiveFile, Item
from models.codes import file_suffix
from models.handover import Batch
from plugins.handover.cli import handover
from plugins.handover.packaging.writer import BAGIT, DAT93
from plugins.handover.service.packages import PackagePlan, Packed, make_package
from tests.handover_kit import Unclosed, Village, checked, drafted, sent_batch, village


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path / "archive")
    yield made
    made.host.close()


@pytest.fixture
def number(world: Village) -> str:
    with world.host.view() as session:
        return session.get_one(Batch, sent_batch(world)).batch_no


def pack(world: Village, number: str, target: Path, layout: str = DAT93, **more: int) -> Packed:
    plan = PackagePlan(layout=layout, **more)  # type: ignore[arg-type]
    return make_package(world.host, world.people.drafter, number, target, plan)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_tree_of_the_standard_is_whole_and_checked_by_sha256sum(
    world: Village, number: str, tmp_path: Path
) -> None:
    target = tmp_path / "包"
    written = pack(world, number, target)
    files = files_of(target)
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=target, check=False, capture_output=True
    )
    assert (done.returncode, done.stdout) == (0, b"")
    described = dict(line.split(":", 1) for line in files["说明文件.TXT"].decode().split("\r\n") if line)
    assert {"移交单位", "内容描述", "起止档号", "档案数量", "软硬件环境"} <= described.keys()
    entries = ET.fromstring(files["目录文件.XML"]).findall("文件")
    assert int(described["档案数量"]) == len(entries) == 3
    columns = ["顺序号", "档号", "责任者", "题名", "日期", "保管期限", "密级", "页数", "备注"]
    assert all([cell.tag for cell in entry] == columns for entry in entries)
    manifest = json.loads(next(data for name, data in files.items() if name.endswith("manifest.json")))
    stored = {hashlib.sha256(data).hexdigest() for data in files.values()}
    assert {entry["sha256"] for line in manifest["lines"] for entry in line["files"]} <= stored
    folders = {name.rpartition("/")[0] for name in files if name.endswith("电子档案元数据.XML")}
    assert len(folders) == 3
    linked = set(re.findall(r'href="([^"]+)"', files["index.html"].decode()))
    assert linked == files.keys() - {"index.html", "sha256sums.txt"}
    assert written.files == len(files) - 1


def test_the_same_batch_gives_the_same_bytes(world: Village, number: str, tmp_path: Path) -> None:
    for layout in (DAT93, BAGIT):
        first, second = (pack(world, number, tmp_path / f"{layout}{n}", layout) for n in (1, 2))
        assert (first.digest, first.files, first.bytes) == (second.digest, second.files, second.bytes)
        assert files_of(tmp_path / f"{layout}1") == files_of(tmp_path / f"{layout}2")


def test_a_bag_is_what_rfc_8493_says(world: Village, number: str, tmp_path: Path) -> None:
    target = tmp_path / "bag"
    pack(world, number, target, BAGIT)
    files = files_of(target)
    assert files["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    for name, is_payload in (("manifest-sha256.txt", True), ("tagmanifest-sha256.txt", False)):
        listed = dict(reversed(line.split("  ", 1)) for line in files[name].decode().splitlines())
        assert {path: hashlib.sha256(files[path]).hexdigest() for path in listed} == listed
        payload = {path for path in files if path.startswith("data/")}
        assert listed.keys() == (payload if is_payload else files.keys() - payload - {"tagmanifest-sha256.txt"})
    info = dict(line.split(": ", 1) for line in files["bag-info.txt"].decode().splitlines())
    sizes = [len(data) for path, data in files.items() if path.startswith("data/")]
    assert info["Payload-Oxum"] == f"{sum(sizes)}.{len(sizes)}"


def test_after_a_break_only_what_is_missing_is_written(world: Village, number: str, tmp_path: Path) -> None:
    def break_off(done: int, _all: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    target = tmp_path / "包"
    with pytest.raises(KeyboardInterrupt):
        make_package(world.host, world.people.drafter, number, target, PackagePlan(layout=DAT93), on_file=break_off)
    assert not (target / "sha256sums.txt").exists()
    whole = pack(world, number, tmp_path / "另一处")
    rest = pack(world, number, target)
    assert (rest.copied, rest.digest) == (whole.copied - 4, whole.digest)
    assert files_of(target) == files_of(tmp_path / "另一处")
    assert pack(world, number, target).copied == 0, "a finished one is read again, not written"


def test_a_changed_byte_is_mended_and_a_file_too_many_is_named(world: Village, number: str, tmp_path: Path) -> None:
    target = tmp_path / "包"
    pack(world, number, target)
    victim = next(path for path in target.rglob("*-01.*") if path.is_file())
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    assert pack(world, number, target).copied == 1
    (target / "其他" / "夹带.txt").write_text("x")
    with pytest.raises(Conflict, match=r"夹带\.txt：清单中没有"):
        pack(world, number, target)


def test_a_damaged_original_stops_the_package_and_is_named(world: Village, number: str, tmp_path: Path) -> None:
    manifest = world.batch(1).manifest_sha256
    stored = json.loads(world.host.storage.read(manifest))["lines"][0]["files"][0]
    path = Path(world.host.storage.path(stored["sha256"]))
    path.chmod(0o600)
    path.write_bytes(b"?" * stored["bytes"])
    with pytest.raises(Conflict, match="与移交清单不符"):
        pack(world, number, tmp_path / "包")


def test_what_is_classified_stays_behind_and_is_listed_by_its_code_alone(
    world: Village, number: str, tmp_path: Path
) -> None:
    with world.host.uow(world.host.system_actor()) as uow:
        volume = uow.session.get_one(ArchiveFile, 1)
        volume.security_class = "秘密"
        item = uow.session.scalars(select(Item).where(Item.archive_file_id == 2)).first()
        assert item is not None
        uow.session.execute(update(Item).where(Item.id == item.id).values(security_class="秘密"))
        codes = {volume.archival_code, item.archival_code}
        title = volume.title
    pack(world, number, tmp_path / "包")
    files = files_of(tmp_path / "包")
    listed = files.pop("其他/未随包内容.TXT").decode()
    assert {line.split("\t")[0] for line in listed.split("\r\n") if line} == codes | {"证件号码"}
    assert title not in listed
    assert len(ET.fromstring(files["目录文件.XML"])) == 2
    names = [name for name in files if any(code.replace("·", ".") in name for code in codes)]
    assert names == []


def test_another_folder_is_left_alone_and_a_draft_has_no_package(world: Village, number: str, tmp_path: Path) -> None:
    (tmp_path / "别的").mkdir()
    (tmp_path / "别的" / "照片.jpg").write_bytes(b"x")
    with pytest.raises(Conflict, match="有别的东西"):
        pack(world, number, tmp_path / "别的")
    assert files_of(tmp_path / "别的") == {"照片.jpg": b"x"}
    draft = village(tmp_path / "second")
    batch_id = checked(draft, drafted(draft))
    with pytest.raises(Conflict, match="还没有签发"):
        pack(draft, draft.batch(batch_id).batch_no, tmp_path / "草稿")
    draft.host.close()


def test_from_the_command_line_and_on_record(
    world: Village, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(world.host))
    arguments = ["batch", "package", number, "--to", str(tmp_path / "包"), "--json"]
    done = CliRunner().invoke(handover, arguments)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output.splitlines()[-1])
    digest = hashlib.sha256((tmp_path / "包" / "sha256sums.txt").read_bytes()).hexdigest()
    assert said["sha256"] == digest
    with world.host.view() as session:
        facts = session.scalars(select(JournalRow.facts).where(JournalRow.action == "batch.packaged")).one()
    assert json.loads(facts)["sha256"] == digest


def test_files_keep_the_ending_of_their_kind() -> None:
    endings = {kind: file_suffix(kind) for kind in ("jpeg", "tiff", "pdf/a-2b", "docx", "mp4", "")}
    assert endings == {"jpeg": ".jpg", "tiff": ".tif", "pdf/a-2b": ".pdf", "docx": ".docx", "mp4": ".mp4", "": ""}
