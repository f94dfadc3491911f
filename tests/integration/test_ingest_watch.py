"""The watched folder: what has come to rest is taken in and moved aside, nothing is deleted or overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.errors import NoSpace
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app
from models.archive import Item
from models.intake import FILED, IntakeRun
from plugins.ingest.domain.naming import DONE_FOLDER
from plugins.ingest.queries.watched import watched_folders
from plugins.ingest.service.watching import FolderWatch, set_aside, watches
from plugins.ingest.tools import settings_of
from tests.ingest_kit import COUNTY, VILLAGE, archive, close, jpeg, rows, states, write_files


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Return an empty watched folder."""
    folder = tmp_path / "收件箱"
    folder.mkdir()
    return folder


@pytest.fixture
def host(tmp_path: Path, inbox: Path) -> Iterator[Host]:
    """Give an archive that watches the inbox."""
    made = archive(tmp_path, watch=[{"path": str(inbox), "division": VILLAGE}], stable_seconds=10)
    yield made
    close(made)


def watch_of(host: Host) -> FolderWatch:
    """Return the only watched folder."""
    (watch,) = watches(host)
    return watch


def test_a_household_at_rest_is_taken_in_and_moved_aside(host: Host, inbox: Path) -> None:
    write_files(inbox, {"0037 张三/02.jpg": jpeg(2), "0037 张三/01.jpg": jpeg(1)})
    watch = watch_of(host)
    assert watch.look(host, now=0) == []
    assert watch.look(host, now=9) == []
    assert [outcome.relative_path for outcome in watch.look(host, now=11)] == ["0037 张三/01.jpg", "0037 张三/02.jpg"]
    assert not (inbox / "0037 张三/01.jpg").exists()
    assert (inbox / DONE_FOLDER / "0037 张三/01.jpg").read_bytes() == jpeg(1)
    drain(host)
    assert set(states(host).values()) == {FILED}
    assert watch.look(host, now=50) == []


def test_a_household_that_still_grows_waits(host: Host, inbox: Path) -> None:
    write_files(inbox, {"0037 张三/01.jpg": jpeg(1)})
    watch = watch_of(host)
    watch.look(host, now=0)
    write_files(inbox, {"0037 张三/02.jpg": jpeg(2)[:500]})
    assert watch.look(host, now=12) == []
    write_files(inbox, {"0037 张三/02.jpg": jpeg(2)})
    assert watch.look(host, now=20) == []
    assert len(watch.look(host, now=31)) == 2
    assert rows(host)["0037 张三/02.jpg"].bytes == len(jpeg(2))


def test_a_crash_before_the_move_only_means_that_it_is_made_up_for(host: Host, inbox: Path) -> None:
    write_files(inbox, {"0037 张三/01.jpg": jpeg(1)})
    watch = watch_of(host)
    watch.look(host, now=0)
    watch.look(host, now=11)
    before = rows(host)
    (inbox / DONE_FOLDER / "0037 张三/01.jpg").rename(inbox / "0037 张三/01.jpg")  # as if it had never been moved
    watch = watch_of(host)
    watch.look(host, now=100)
    watch.look(host, now=111)
    assert rows(host).keys() == before.keys()
    assert (inbox / DONE_FOLDER / "0037 张三/01.jpg").exists()
    assert not (inbox / "0037 张三/01.jpg").exists()


def test_files_stay_where_they_are_when_they_cannot_be_stored(tmp_path: Path, inbox: Path) -> None:
    full = archive(
        tmp_path, host={"disk_reserve_mb": 10**9}, watch=[{"path": str(inbox), "division": VILLAGE}], stable_seconds=10
    )
    write_files(inbox, {"0037 张三/01.jpg": jpeg(1)})
    watch = watch_of(full)
    watch.look(full, now=0)
    with pytest.raises(NoSpace):
        watch.look(full, now=11)
    assert (inbox / "0037 张三/01.jpg").read_bytes() == jpeg(1)
    assert rows(full) == {}
    full.close()


def test_nothing_in_the_folder_of_finished_files_is_overwritten(tmp_path: Path) -> None:
    for data in (b"first", b"second", b"third"):
        write_files(tmp_path, {"0037/01.jpg": data})
        set_aside(tmp_path, tmp_path / "0037/01.jpg")
    done = tmp_path / DONE_FOLDER / "0037"
    assert {path.name: path.read_bytes() for path in done.iterdir()} == {
        "01.jpg": b"first",
        "01 (2).jpg": b"second",
        "01 (3).jpg": b"third",
    }


def test_system_files_are_neither_taken_nor_moved(host: Host, inbox: Path) -> None:
    write_files(inbox, {"0037 张三/Thumbs.db": b"x", "0037 张三/01.jpg.part": b"y"})
    watch = watch_of(host)
    watch.look(host, now=0)
    assert watch.look(host, now=11) == []
    assert (inbox / "0037 张三/Thumbs.db").exists()


def test_a_scanners_folder_presets_type_and_operator_and_shows_what_it_does(tmp_path: Path, inbox: Path) -> None:
    preset = {"path": str(inbox), "division": VILLAGE, "doc_type": "D12", "operator": "王扫描"}
    host = archive(tmp_path, watch=[preset], reserve_mb=0)
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "后台还没有看过" in web.get("/ingest/").text
    write_files(inbox, {"0037 张三/0001.jpg": jpeg(1), "0037 张三/02-承包合同.jpg": jpeg(2)})
    watch = watch_of(host)
    watch.look(host, now=0)
    with host.view() as session:
        (line,) = watched_folders(session, host.system_actor(), settings_of(host).watch)
    assert (line.waiting, line.last_path, line.doc_type, line.operator) == (2, "", "D12", "王扫描")
    watch.look(host, now=11)
    drain(host)
    with host.view() as session:
        (line,) = watched_folders(session, host.system_actor(), settings_of(host).watch)
        types = session.scalars(select(Item.doc_type).order_by(Item.item_no)).all()
        opened_by = session.scalars(select(IntakeRun.created_by)).one()
    assert (line.waiting, line.last_path, line.trouble) == (0, "0037 张三/02-承包合同.jpg", "")
    assert (list(types), opened_by) == (["D12", "D04"], "王扫描"), "what a name says goes before the preset"
    stranger = client(make_app(host), actor(host, ["archivist"], prefixes=["141125"]))
    assert str(inbox) in web.get("/ingest/").text
    assert str(inbox) not in stranger.get("/ingest/").text
    close(host)
