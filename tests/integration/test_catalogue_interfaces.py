"""The catalogue for scripts: the JSON API, the commands, what a new archive begins with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from lindang.cli import cli
from lindang.errors import LindangError
from lindang.migrate import prepare
from lindang.testing import client, make_app
from models.archive import Fonds, SchemeNode
from plugins.catalogue.service.files import Renumbering, renumber_file
from plugins.catalogue.service.reference import load_scheme
from tests.support.catalogue_world import VILLAGE, World, household, keyed, make_world, paper


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def test_the_api_tells_of_a_file_by_its_code_in_any_spelling(world: World, app: Flask) -> None:
    file = household(world)
    paper(world, file, "D01", pages=2)
    keyed(world, file)
    answer = client(app, world.auditor).get("/api/v1/catalogue/files/0001-zy.lg-qq01-102205-0001")
    body = answer.get_json()
    assert answer.status_code == 200
    assert (body["archival_code"], body["complete"]) == ("0001-ZY·LG-QQ01-102205-0001", False)
    assert "D05" in body["missing"]
    assert "D01" not in body["missing"]
    assert body["certificate"]["id_no_masked"] == "141124********0017"
    assert body["certificate"]["area_mu"] == "12.3"
    assert [item["pages"] for item in body["items"]] == [2]
    assert "141124197001010017" not in answer.get_data(as_text=True)


def test_the_api_gives_an_item_by_id_or_code_and_its_images(world: World, app: Flask) -> None:
    item, pages = paper(world, household(world), pages=2)
    browser = client(app, world.auditor)
    by_id = browser.get(f"/api/v1/catalogue/items/{item.id}").get_json()
    assert browser.get(f"/api/v1/catalogue/items/{item.archival_code}").get_json() == by_id
    assert [page["id"] for page in by_id["pages"]] == [page.id for page in pages]
    image = browser.get(by_id["pages"][0]["image"])
    assert image.content_type == "image/jpeg"
    assert image.data[:2] == b"\xff\xd8"
    problem = browser.get("/api/v1/catalogue/items/NOTHING")
    assert (problem.status_code, problem.content_type) == (404, "application/problem+json")


def test_a_former_code_still_leads_to_its_file(world: World, app: Flask) -> None:
    file = household(world)
    paper(world, file)
    moved = Renumbering(
        class_code="QQ08", division_code=VILLAGE, year=2010, retention="Y", reason="错类", approved_by="局长"
    )
    with world.host.uow(world.archivist) as uow:
        renumber_file(uow, file.id, moved, version=1)
    body = client(app, world.auditor).get(f"/api/v1/catalogue/files/{file.archival_code}").get_json()
    assert body["archival_code"] == "0001-ZY·LG-QQ08-102205-0001"
    assert body["old_codes"] == ["0001-ZY·LG-QQ01-102205-0001"]
    item = client(app, world.auditor).get(f"/api/v1/catalogue/items/{file.archival_code}-001").get_json()
    assert item["archival_code"] == "0001-ZY·LG-QQ08-102205-0001-001"


def run(world: World, *arguments: str) -> str:
    """Run a command on the world's folder; returns what it prints."""
    result = CliRunner().invoke(cli, ["--data", str(world.host.data_dir), "catalogue", *arguments])
    if isinstance(result.exception, LindangError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_commands_load_tables_and_show_files(world: World, tmp_path: Path) -> None:
    table = tmp_path / "divisions.csv"
    table.write_text("code,name\n141124102207,新设村\n", encoding="gb18030")
    assert "已载入" in run(world, "load-divisions", str(table))
    assert "没有变化" in run(world, "load-divisions", str(table))
    run(world, "add-fonds", "0200", "--name", "临水县林业局全宗", "--creator", "临水县林业局", "--division", "141124")
    file = household(world)
    paper(world, file, pages=3)
    shown = json.loads(run(world, "file", file.archival_code.replace("·", "."), "--json"))
    assert (shown["archival_code"], shown["pages"]) == ("0200-ZY·LG-QQ01-102205-0001", 3)
    assert "材料 D01  3 页" in run(world, "file", file.archival_code)
    lines = [json.loads(line) for line in run(world, "overview", "--under", "141124102").splitlines()]
    assert [(line["name"], line["files"], line["pages"]) for line in lines] == [("王家沟村", 1, 3)]


def test_a_faulty_table_names_every_fault_on_the_command_line(world: World, tmp_path: Path) -> None:
    table = tmp_path / "checklist.csv"
    table.write_text("doc_type,title,rule\nD01,,required\nD02,身份证明,manchmal\n", encoding="utf-8")
    with pytest.raises(LindangError) as caught:
        run(world, "load-checklist", str(table))
    assert "第 2 行 title" in str(caught.value)
    assert "第 3 行 rule" in str(caught.value)


def test_starting_again_never_replaces_what_the_office_loaded(world: World) -> None:
    own = b"code,parent,level,title,retention,unit\nQQ,,,A,,\nQQ01,QQ,H,\xe7\x99\xbb\xe8\xae\xb0,Y,\xe5\x8d\xb7\n"
    with world.host.uow(world.archivist) as uow:
        load_scheme(uow, own)
    prepare(world.host)
    with world.host.view() as session:
        current = session.scalars(select(SchemeNode.code).where(SchemeNode.is_current)).all()
        former = session.scalar(select(func.count(SchemeNode.id)).where(~SchemeNode.is_current))
        assert session.scalar(select(func.count(Fonds.id))) == 1
    assert (list(current), former) == (["QQ", "QQ01"], 45)


def test_going_back_to_a_former_table_takes_its_rows_again(world: World) -> None:
    own = b"code,parent,level,title,retention,unit\nQQ,,,A,,\n"
    other = b"code,parent,level,title,retention,unit\nQQ,,,B,,\n"
    for table in (own, other, own):
        with world.host.uow(world.archivist) as uow:
            assert load_scheme(uow, table).is_new
    with world.host.view() as session:
        assert list(session.scalars(select(SchemeNode.title).where(SchemeNode.is_current))) == ["A"]
        assert session.scalar(select(func.count(SchemeNode.id))) == 47
