"""The sorting desk: a person says where a paper belongs, once, and with what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.errors import Conflict, Faults, NotFound, StaleVersion
from lindang.host import Host
from lindang.testing import actor, client, make_app
from models.archive import ArchiveFile, Item, Page
from models.intake import DUPLICATE, FILED, SORTING, IntakeFile
from plugins.ingest.domain.naming import Naming
from plugins.ingest.domain.record import TextRecord
from plugins.ingest.queries.desk import candidates, desk_file, recent_files, search_files
from plugins.ingest.service.desk import NewFile, Sorting, sort_file
from plugins.ingest.service.reading import keep_file_text
from tests.ingest_kit import COUNTY, OTHER_COUNTY, VILLAGE, archive, close, jpeg, rows, take, write_files


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give an archive with one 案卷 and one paper on the desk."""
    made = archive(tmp_path)
    take(made, write_files(tmp_path / "箱3", {"0037 张三/01.jpg": jpeg(1), "02-承包合同.jpg": jpeg(2)}))
    yield made
    close(made)


def waiting(host: Host) -> IntakeFile:
    """Return the paper on the desk."""
    return rows(host)["02-承包合同.jpg"]


def first_file(host: Host) -> ArchiveFile:
    """Return the 案卷."""
    with host.view() as session:
        return session.scalars(select(ArchiveFile)).one()


def decision(**values: object) -> Sorting:
    """Return a decision with sensible rest."""
    return Sorting(**({"archive_file_id": None, "new_file": None, "doc_type": "D04", "title": ""} | values))  # type: ignore[arg-type]


def decide(host: Host, sorting: Sorting, *, version: int | None = None) -> Item | None:
    """Let the archivist decide."""
    row = waiting(host)
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        return sort_file(uow, row.id, sorting, version=version or row.version, engine="")


def test_a_paper_goes_into_the_chosen_file(host: Host) -> None:
    home = first_file(host)
    item = decide(host, decision(archive_file_id=home.id))
    assert item is not None
    assert (item.archive_file_id, item.item_no, item.doc_type, item.title) == (home.id, 2, "D04", "林地承包合同")
    with host.view() as session:
        assert session.scalars(select(Page).where(Page.item_id == item.id)).one().page_no == 1
    assert waiting(host).state == FILED


def test_a_new_file_is_opened_for_a_paper(host: Host) -> None:
    item = decide(host, decision(new_file=NewFile(division_code=VILLAGE, holder_name="李四")))
    assert item is not None
    with host.view() as session:
        opened = session.get_one(ArchiveFile, item.archive_file_id)
    assert (opened.holder_name, opened.title, opened.file_no, opened.folder_name) == (
        "李四",
        "李四林权登记材料",
        2,
        None,
    )


@pytest.mark.parametrize(
    ("sorting", "fields"),
    [
        (decision(), {"archive_file"}),
        (decision(doc_type="D99", archive_file_id=1), {"doc_type"}),
        (decision(doc_type="", archive_file_id=1), {"title"}),
        (decision(new_file=NewFile(division_code=COUNTY, holder_name="")), {"division_code", "holder_name"}),
        (decision(new_file=NewFile(division_code="141125101201", holder_name="王")), {"division_code"}),
    ],
)
def test_an_incomplete_decision_names_everything_that_is_missing(
    host: Host, sorting: Sorting, fields: set[str]
) -> None:
    with pytest.raises(Faults) as caught:
        decide(host, sorting)
    assert {fault.where for fault in caught.value.faults} == fields


def test_only_one_of_two_persons_sorts_a_paper(host: Host) -> None:
    home, version = first_file(host), waiting(host).version
    decide(host, decision(archive_file_id=home.id))
    with pytest.raises(Conflict):
        decide(host, decision(archive_file_id=home.id), version=version)


def test_an_old_page_is_told_so(host: Host) -> None:
    with pytest.raises(StaleVersion):
        decide(host, decision(archive_file_id=first_file(host).id), version=99)


def test_a_file_of_another_county_cannot_be_chosen(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "邻", {"0001 外人/01.jpg": jpeg(9)}), OTHER_COUNTY)
    with host.view() as session:
        foreign = session.scalars(select(ArchiveFile.id).where(ArchiveFile.division_code == OTHER_COUNTY)).one()
    with pytest.raises(NotFound):
        decide(host, decision(archive_file_id=foreign))


def test_a_paper_that_was_filed_elsewhere_in_between_is_a_duplicate(host: Host, tmp_path: Path) -> None:
    home = first_file(host)
    with host.transaction() as session:
        session.get_one(IntakeFile, waiting(host).id).sha256 = rows(host)["0037 张三/01.jpg"].sha256
    assert decide(host, decision(archive_file_id=home.id)) is None
    assert waiting(host).state == DUPLICATE


def test_the_desk_offers_files_by_name_code_and_recency(host: Host) -> None:
    archivist = actor(host, ["archivist"], prefixes=[COUNTY])
    home = first_file(host)
    with host.view() as session:
        found = desk_file(session, archivist, waiting(host).id, Naming())
        assert (found.name.doc_type, found.name.title) == ("D04", "承包合同")
        for words in ("张三", home.archival_code[-8:], "0037"):
            assert [each.id for each in search_files(session, archivist, COUNTY, words)] == [home.id]
        assert search_files(session, archivist, COUNTY, "%") == ()
        assert search_files(session, archivist, COUNTY, " ") == ()
        assert [each.id for each in recent_files(session, archivist, COUNTY)] == [home.id]


def test_the_desk_of_another_county_is_empty(host: Host) -> None:
    stranger = actor(host, ["archivist"], prefixes=[OTHER_COUNTY])
    with host.view() as session, pytest.raises(NotFound):
        desk_file(session, stranger, waiting(host).id, Naming())


def test_proposals_are_ranked_and_each_says_why(host: Host, tmp_path: Path) -> None:
    """A name in the path comes before one on the page, and only a certificate number is chosen beforehand."""
    take(host, write_files(tmp_path / "箱4", {"0038 李四/01.jpg": jpeg(3), "0039 王五/01.jpg": jpeg(4)}))
    take(host, write_files(tmp_path / "箱5", {"补交-李四.jpg": jpeg(5), "0039 王五/02.jpg": jpeg(6)}))
    row = rows(host)["补交-李四.jpg"]
    archivist = actor(host, ["archivist"], prefixes=[COUNTY])
    words = TextRecord("x", "1", "林地承包合同\n承包方 张 三\n", (), 90)
    with host.uow(host.system_actor()) as uow:
        keep_file_text(uow, row.id, 1, words)
    with host.view(archivist) as session:
        offered = candidates(session, archivist, desk_file(session, archivist, row.id, Naming()))
    assert [(each.holder, each.why, each.is_sure) for each in offered] == [
        ("李四", "文件名里有户主姓名", False),
        ("张三", "页上有户主姓名", False),
    ]
    page = client(make_app(host), archivist).get(f"/ingest/desk/{row.id}").text
    assert page.index("文件名里有户主姓名") < page.index("页上有户主姓名")


def test_who_comes_second_is_told_and_led_past(host: Host, tmp_path: Path) -> None:
    loose = {f"散{number}.jpg": jpeg(number) for number in range(10, 13)}
    take(host, write_files(tmp_path / "箱6", {**loose, "0040 赵六/01.jpg": jpeg(20)}))
    ids = [row.id for row in rows(host).values() if row.state == SORTING]
    app = make_app(host)
    one, two = (
        client(app, actor(host, ["archivist"], prefixes=[COUNTY], account_id=n, name=f"档案员{n}")) for n in (1, 2)
    )
    assert "正在处理" not in one.get(f"/ingest/desk/{ids[1]}").text
    assert one.post(f"/ingest/desk/{ids[1]}/hold").json == {"holder": ""}, "the page says so as soon as it is there"
    assert "档案员1 正在处理这个文件" in two.get(f"/ingest/desk/{ids[1]}").text
    led = two.get(f"/ingest/desk/{ids[0]}").text
    assert f"/ingest/desk/{ids[1]}?" not in led
    assert f'href="/ingest/desk/{ids[1]}"' not in led
    assert f'href="/ingest/desk/{ids[2]}"' in led
    assert one.post(f"/ingest/desk/{ids[1]}/hold", data={"free": "1"}).json == {"holder": ""}
    assert f'href="/ingest/desk/{ids[1]}"' in two.get(f"/ingest/desk/{ids[0]}").text
