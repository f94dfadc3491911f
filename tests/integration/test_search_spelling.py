"""Traditional and simplified characters in searching: one and the same if the office wants it, shown as written."""

from __future__ import annotations

import shutil
from pathlib import Path

from lindang.testing import actor, client, drain, make_app, make_host
from plugins.search.domain.spelling import PLAIN, SIMPLIFIED
from plugins.search.service.indexing import check_at_start, differences
from tests.support.shelf import open_archive


def test_either_script_finds_both_and_each_is_shown_as_written(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    archive = open_archive(host)
    archive.file("甲", texts=("權利人陳大山，東至河溝",))
    archive.file("乙", texts=("权利人陈大山，东至河沟",))
    drain(host)
    for typed in ("陈大山", "陳大山", "東至河沟", "权利人陳"):
        assert len(archive.pages(typed)) == 2, typed
    snippets = {group.hits[0].snippet.plain for group in archive.find("陈大山").groups}
    assert snippets == {"權利人【陳大山】，東至河溝", "权利人【陈大山】，东至河沟"}
    host.close()


def test_what_is_written_as_typed_comes_first_and_the_page_opens_with_its_own_spelling_lit(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    archive = open_archive(host)
    archive.file("甲", texts=("陳大山，" * 9,))
    archive.file("乙", texts=("陈大山",))
    drain(host)
    assert [group.hits[0].snippet.plain[:5] for group in archive.find("陈大山").groups] == ["【陈大山】", "【陳大山】"]
    assert [group.hits[0].snippet.plain[:5] for group in archive.find("陳大山").groups] == ["【陳大山】", "【陈大山】"]
    browser = client(make_app(host), actor(host, ["archivist"]))
    page = browser.get("/search", query_string={"q": "陈大山"}).get_data(as_text=True)
    assert "mark=%E9%99%B3%E5%A4%A7%E5%B1%B1" in page
    host.close()


def test_without_an_index_the_answers_are_the_same(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    archive = open_archive(host)
    archive.file("甲", texts=("東至河溝",))
    drain(host)
    shutil.rmtree(host.data_dir / "index")
    result = archive.find("东至河沟")
    assert result.is_fallback
    assert [group.hits[0].snippet.plain for group in result.groups] == ["【東至河溝】"]
    host.close()


def test_after_another_setting_the_old_index_answers_nothing_and_a_new_one_is_made(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    archive = open_archive(host)
    archive.file("甲", texts=("東至河溝",))
    drain(host)
    assert differences(host) == {}
    host.close()
    plain = make_host(tmp_path, search={"fold_variants": False})
    archive.host = plain
    assert archive.find("東至").is_fallback
    check_at_start(plain)
    drain(plain)
    assert differences(plain) == {}
    assert len(archive.pages("東至")) == 1
    assert archive.pages("东至") == []
    plain.close()


def test_every_character_stays_one_character() -> None:
    text = "權利人陳大山ab(12)里裡后後𠮷"
    assert len(SIMPLIFIED.text(text)) == len(text)
    assert SIMPLIFIED.text("陳") == "陈"
    assert PLAIN.text(text) is text
