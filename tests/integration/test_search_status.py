"""The state of the index: page, command line, comparison with the database, and moving to another engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lindang.cli import cli
from lindang.errors import ConfigError, Conflict
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app, make_host
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Unit
from plugins.search.service.indexing import differences, engine_of
from plugins.search.service.moving import move_to
from plugins.search.service.status import plain_status, status_of
from tests.support.postgres import Databases
from tests.support.shelf import Archive, open_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    host = make_host(tmp_path / "data")
    made = open_archive(host)
    made.file("王大山林权档案", texts=("东至河沟",))
    made.file("李大河林权档案", texts=("西至山脊",))
    yield made
    host.close()


def page_of(host: Host) -> str:
    answer = client(make_app(host), actor(host, ["sysadmin"])).get("/search/status")
    assert answer.status_code == 200
    return str(answer.text)


def test_the_page_tells_what_waits_and_what_is_there(archive: Archive) -> None:
    assert "项，最早" in page_of(archive.host)
    drain(archive.host)
    text = page_of(archive.host)
    assert "项，最早" not in text
    plain = plain_status(status_of(archive.host), archive.host.clock.now())
    assert (plain["engine"], plain["readable"], plain["units"], plain["events_waiting"]) == ("whoosh", True, 2, 0)
    assert plain["documents"] >= 6
    assert plain["bytes"] > 1000
    assert plain["jobs"] == []


def test_an_unreadable_index_is_told_with_what_to_do(archive: Archive) -> None:
    drain(archive.host)
    shutil.rmtree(archive.host.data_dir / "index")
    text = page_of(archive.host)
    assert "索引不可读" in text
    assert "重建索引" in text
    assert plain_status(status_of(archive.host), archive.host.clock.now())["error"] == "no index"


def test_a_delivery_that_failed_is_shown_with_its_next_attempt(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> bool:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(WhooshEngine, "replace", full)
        drain(archive.host)
    text = page_of(archive.host)
    assert "No space left on device" in text
    assert "自动再试" in text
    assert status_of(archive.host).lag.events > 0


def test_comparing_finds_what_was_left_out_and_says_when_all_is_well(archive: Archive) -> None:
    drain(archive.host)
    web = client(make_app(archive.host), actor(archive.host, ["sysadmin"]))

    def compared() -> str:
        assert web.post("/search/compare").status_code == 303
        assert [(job.kind, job.is_running) for job in status_of(archive.host).jobs] == [("search.compare", False)]
        drain(archive.host)
        status = status_of(archive.host)
        assert status.jobs == []
        assert status.compared is not None
        assert status.compared.found in web.get("/search/status").text
        return status.compared.found

    assert compared() == "索引与数据库一致"
    engine_of(archive.host).replace([Unit(1)])
    assert compared() == "1 处不一致：案卷 1 索引中没有"


def test_readers_do_not_see_the_state_of_the_whole_index(archive: Archive) -> None:
    web = client(make_app(archive.host), actor(archive.host, ["archivist"]))
    assert web.get("/search/status").status_code == 403
    assert "/search/status" not in web.get("/search").text


def lindang(host: Host, *arguments: str) -> Any:
    settings = {"LINDANG__HOST__DATABASE_URL": host.settings.host.database_url}
    return CliRunner(env=settings).invoke(cli, ["--data", str(host.data_dir), "search", *arguments])


def test_the_command_line_tells_the_same(archive: Archive) -> None:
    drain(archive.host)
    plain = json.loads(lindang(archive.host, "status", "--json").stdout)
    assert (plain["units"], plain["readable"], plain["oldest_seconds"]) == (2, True, 0.0)
    assert "whoosh，可读：2 个案卷" in lindang(archive.host, "status").stdout


def test_nothing_moves_into_a_database_that_is_a_file(tmp_path: Path) -> None:
    host = make_host(tmp_path / "file", host={"database_url": ""})
    with pytest.raises(ConfigError, match="不在 PostgreSQL"):
        move_to(host, "postgresql")
    with pytest.raises(Conflict, match="就是这个"):
        move_to(host, "whoosh")
    assert isinstance(lindang(host, "move", "--to", "postgresql").exception, ConfigError)
    host.close()


@pytest.mark.pg
def test_moving_builds_beside_goes_on_and_then_answers(
    tmp_path: Path, postgres_server: str, request: pytest.FixtureRequest
) -> None:
    databases = Databases(postgres_server)
    url = databases.create()
    request.addfinalizer(databases.close)
    request.addfinalizer(lambda: databases.drop(url))
    host = make_host(tmp_path / "moved", host={"database_url": url})
    archive = open_archive(host)
    archive.file("王大山林权档案", texts=("东至河沟",))
    drain(host)
    first = move_to(host, "postgresql")
    assert (first.units, first.is_built) == (1, True)
    archive.file("李大河林权档案", texts=("西至河沟",))
    drain(host)
    assert len(archive.pages("河沟")) == 2, "the old index answers and goes on"
    assert set(differences(host, engine="postgresql").values()) == {"missing"}
    said = lindang(host, "move", "--to", "postgresql").stdout
    assert "2 个案卷与数据库一致（补上 1 个）" in said
    assert 'engine = "postgresql"' in said
    again = json.loads(lindang(host, "move", "--to", "postgresql", "--json").stdout)
    assert (again["units"], again["built"], again["caught_up"]) == (2, False, 0)
    host.close()
    host = make_host(tmp_path / "moved", host={"database_url": url}, search={"engine": "postgresql"})
    assert engine_of(host).name == "postgresql"
    archive = Archive(host, archive.count)
    archive.file("张小林权档案", texts=("南至河沟",))
    drain(host)
    assert len(archive.pages("河沟")) == 3
    assert differences(host) == {}
    assert status_of(host).engine == "postgresql"
    host.close()
