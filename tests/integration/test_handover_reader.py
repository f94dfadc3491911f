"""Reading a foreign package: ours are found sound in both layouts, and every change of one is found and named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugins.handover.cli import handover
from plugins.handover.packaging.reader import Limits
from plugins.handover.packaging.writer import BAGIT, DAT93
from plugins.handover.service.packages import PackagePlan, make_package
from plugins.handover.service.receiving import Inspected, inspect
from tests.handover_kit import Unclosed, Village, sent_batch, village


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    made = village(tmp_path_factory.mktemp("reader"), 3)
    sent_batch(made)
    yield made
    made.host.close()


@pytest.fixture(scope="module")
def packages(world: Village, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give one sound package of each layout."""
    root = tmp_path_factory.mktemp("packages")
    number = world.batch(1).batch_no
    for layout in (DAT93, BAGIT):
        make_package(world.host, world.people.drafter, number, root / layout, PackagePlan(layout=layout))
    return {layout: root / layout for layout in (DAT93, BAGIT)}


@pytest.fixture(params=[DAT93, BAGIT])
def package(packages: dict[str, Path], request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    return Path(shutil.copytree(packages[request.param], tmp_path / "包"))


def paths(inspected: Inspected) -> set[str]:
    return {problem.path for problem in inspected.found.problems}


def content(package: Path) -> Path:
    return package / "data" if (package / "bagit.txt").exists() else package


def an_image(package: Path) -> Path:
    return min(content(package).rglob("*-01.jpg"))


def resum(package: Path) -> None:
    """Write the checksums anew, as one who forges a package would."""
    names = sorted(path for path in content(package).rglob("*") if path.is_file() and path.name != "sha256sums.txt")
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(package).as_posix()}\n" for path in names
    )
    if content(package) == package:
        (package / "sha256sums.txt").write_text(sums)
        return
    (package / "manifest-sha256.txt").write_text(sums)
    (package / "tagmanifest-sha256.txt").unlink()
    (package / "bag-info.txt").unlink()


def test_ours_are_sound_and_their_digest_is_the_one_that_making_them_said(
    world: Village, packages: dict[str, Path]
) -> None:
    for layout, folder in packages.items():
        inspected = inspect(folder)
        assert inspected.found.problems == []
        assert len(inspected.tree.entries) == 3
        again = make_package(
            world.host, world.people.drafter, world.batch(1).batch_no, folder, PackagePlan(layout=layout)
        )
        assert inspected.digest == again.digest


def flip(package: Path) -> str:
    image = an_image(package)
    data = bytearray(image.read_bytes())
    data[-1] ^= 1
    image.write_bytes(data)
    return image.relative_to(package).as_posix()


def rename(package: Path) -> str:
    image = an_image(package)
    image.rename(image.with_name("改名.jpg"))
    return image.relative_to(package).as_posix()


def add(package: Path) -> str:
    (content(package) / "夹带.exe").write_bytes(b"MZ")
    return (content(package) / "夹带.exe").relative_to(package).as_posix()


def link(package: Path) -> str:
    image = an_image(package)
    image.unlink()
    image.symlink_to("/etc/hostname")
    return image.relative_to(package).as_posix()


def device(package: Path) -> str:
    os.mkfifo(content(package) / "管道")
    return (content(package) / "管道").relative_to(package).as_posix()


def edit_manifest(package: Path) -> str:
    path = next((content(package) / "其他").glob("*-manifest.json"))
    path.write_text(path.read_text().replace("户主1", "户主9"))
    return path.relative_to(package).as_posix()


@pytest.mark.parametrize("change", [flip, rename, add, link, device, edit_manifest])
def test_a_change_is_found_and_named(package: Path, change: Callable[[Path], str]) -> None:
    assert change(package) in paths(inspect(package))


def test_a_missing_file_is_named(package: Path) -> None:
    image = an_image(package)
    image.unlink()
    assert image.relative_to(package).as_posix() in paths(inspect(package))


def test_an_edited_list_is_found(package: Path) -> None:
    lists = package / ("sha256sums.txt" if content(package) == package else "manifest-sha256.txt")
    lines = lists.read_text().splitlines(keepends=True)
    lists.write_text("".join(lines[1:]))
    assert paths(inspect(package))


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../外面.txt", "a/../../外面.txt", "C:/windows", "a\\b", "~root/x", "a//b", "./../x"]
)
def test_a_list_that_leads_elsewhere_is_refused(package: Path, path: str) -> None:
    lists = package / ("sha256sums.txt" if content(package) == package else "manifest-sha256.txt")
    with lists.open("a") as stream:
        stream.write(f"{'0' * 64}  {path}\n")
    assert any("路径" in problem.what for problem in inspect(package).found.problems)


HOSTILE_XML = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><文件目录>&a;</文件目录>'


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("目录文件.XML", HOSTILE_XML, "DTD"),
        ("目录文件.XML", "<文件目录><文件><档号>x</档号></文件></文件目录>", "项目不对"),
        ("目录文件.XML", "<文件目录>", "XML"),
        ("目录文件.XML", "<其他/>", "结构"),
        ("说明文件.TXT", "移交单位:某县林业局\r\n", "缺少“内容描述”"),
        ("说明文件.TXT", "没有冒号\r\n", "键:值"),
    ],
)
def test_a_forged_tree_whose_sums_are_right_is_still_found(package: Path, name: str, text: str, word: str) -> None:
    (content(package) / name).write_text(text)
    resum(package)
    found = inspect(package).found.problems
    assert any(word in problem.what for problem in found), found


def test_codes_and_folders_answer_each_other(package: Path) -> None:
    catalogue = content(package) / "目录文件.XML"
    codes = [path.name for path in sorted((content(package) / "0123" / "QQ01").iterdir())]
    text = catalogue.read_text()
    catalogue.write_text(text.replace(codes[0].replace("ZY.LG", "ZY·LG"), codes[1].replace("ZY.LG", "ZY·LG")))
    resum(package)
    said = " ".join(problem.what for problem in inspect(package).found.problems)
    assert "列了 2 次" in said
    assert "目录文件里没有这个文件夹" in said


def test_limits_hold_before_anything_is_read(package: Path) -> None:
    assert any("文件多于" in problem.what for problem in inspect(package, Limits(files=3)).found.problems)
    assert any("字节" in problem.what for problem in inspect(package, Limits(bytes=10)).found.problems)
    assert any("太深" in problem.what for problem in inspect(package, Limits(depth=1)).found.problems)


def test_names_that_another_file_system_would_mix_up_are_found(package: Path) -> None:
    image = an_image(package)
    image.with_name(image.name.upper()).write_bytes(b"x")
    assert any("大小写" in problem.what for problem in inspect(package).found.problems)


def test_from_the_command_line(package: Path, world: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(world.host))
    done = CliRunner().invoke(handover, ["package", "check", str(package)])
    assert done.exit_code == 0, done.output
    assert "3 卷" in done.output
    name = flip(package)
    done = CliRunner().invoke(handover, ["package", "check", str(package), "--json"])
    assert done.exit_code != 0
    told = json.loads(next(line for line in done.output.splitlines() if line.startswith("{")))
    assert name in {problem["path"] for problem in told["problems"]}
