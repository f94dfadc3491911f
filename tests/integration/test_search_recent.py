"""What a person has opened lately."""

from __future__ import annotations

from pathlib import Path

from lindang.testing import actor, client, make_app, make_host
from plugins.search.queries import recent
from tests.support.shelf import THERE, open_archive


def test_files_opened_lately_stand_on_the_start_page_for_their_reader_within_the_scope(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    archive = open_archive(host)
    first, second = archive.file("甲案卷"), archive.file("乙案卷")
    there = archive.file("彼处案卷", division=THERE)
    app = make_app(host)
    mine = client(app, actor(host, ["archivist"]))
    assert "最近打开的案卷" not in mine.get("/search").text
    for file_id in (first, there, second):
        assert mine.get(f"/catalogue/files/{file_id}").status_code == 200
    shown = mine.get("/search").text
    places = [shown.index(title) for title in ("乙案卷", "彼处案卷", "甲案卷")]
    assert places == sorted(places)
    assert "最近打开的案卷" not in mine.get("/search", query_string={"q": "没有的字"}).text
    moved = client(app, actor(host, ["archivist"], prefixes=["141124"])).get("/search").text
    assert "甲案卷" in moved
    assert "彼处案卷" not in moved
    other = client(app, actor(host, ["archivist"], account_id=2)).get("/search").text
    assert "甲案卷" not in other
    host.close()


def test_the_list_is_capped(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    archive = open_archive(host)
    reader = actor(host, ["archivist"])
    web = client(make_app(host), reader)
    files = [archive.file(f"案卷{n}") for n in range(recent.SHOWN + 2)]
    for file_id in files:
        web.get(f"/catalogue/files/{file_id}")
    with host.view(reader) as session:
        opened = [file.file_id for file in recent.recently_opened(session, reader)]
    assert opened == files[:1:-1]
    host.close()
