"""Files like another one, with reasons, inside the scope."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lindang.testing import actor, client, drain, make_app, make_host
from plugins.search.queries.similar import similar_files
from tests.support.shelf import HERE, THERE, Archive, open_archive

NEIGHBOUR = "141124100202"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    host = make_host(tmp_path)
    yield open_archive(host)
    host.close()


def household(archive: Archive, n: int, holder: str, place: str, division: str = HERE) -> int:
    return archive.file(
        f"案卷{n}", division=division, cert_no=f"岚林证字(2010)第{n}号", holder=holder, place_name=place
    )


def test_similar_files_come_with_their_reasons_weightiest_first_and_within_the_scope(archive: Archive) -> None:
    one = household(archive, 1, "王大山", "后沟")
    place = household(archive, 2, "李大河", "后沟")
    both = household(archive, 3, "王大山", "后沟")
    far = household(archive, 4, "王大山", "前坡", NEIGHBOUR)
    there = household(archive, 5, "王大山", "后沟", THERE)
    household(archive, 6, "赵小川", "前坡")
    drain(archive.host)
    everywhere, here = actor(archive.host, ["reader"]), actor(archive.host, ["reader"], prefixes=["141124"])
    elsewhere = actor(archive.host, ["reader"], prefixes=["141125"])

    with archive.host.view() as session:
        found = [(each.file_id, each.reasons) for each in similar_files(session, here, one)]
        wide = [each.file_id for each in similar_files(session, everywhere, one)]
        assert similar_files(session, elsewhere, one) == []
    assert found == [
        (both, ("name", "place", "village")),
        (far, ("name",)),
        (place, ("place", "village")),
    ]
    assert wide == [both, there, far, place]


def test_the_page_of_a_file_shows_them(archive: Archive) -> None:
    one, other = household(archive, 1, "王大山", "后沟"), household(archive, 2, "王大山", "前坡")
    drain(archive.host)
    shown = client(make_app(archive.host), actor(archive.host, ["archivist"])).get(f"/catalogue/files/{one}").text
    assert "相近的案卷" in shown
    assert "同一权利人、同村" in shown
    assert f'href="/catalogue/files/{other}"' in shown
