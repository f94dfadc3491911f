"""A proposed batch: what is ready in a place as far as the limits allow, and the rest by its first blocking reason."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from lindang.errors import NotFound
from lindang.testing import actor, client, make_app
from models.archive import ArchiveFile
from models.place import Division
from plugins.handover.cli import handover
from plugins.handover.domain.planning import Limits
from plugins.handover.queries.planning import Proposal, places, propose
from tests.handover_kit import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, Unclosed, Village, add_household, drafted, village

NEXT_VILLAGE, NEXT_TOWN = "141124102206", "141124103"
FAR_VILLAGE = "141124103201"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Three villages in two townships: 5 certificates (one in a batch, one without its pages), 2 and 1."""
    made = village(tmp_path_factory.mktemp("planning"), 5)
    with made.host.transaction() as session:
        for code, name, level, parent in (
            (NEXT_VILLAGE, "后青塘村", "village", TOWN),
            (NEXT_TOWN, "白文镇", "town", COUNTY),
            (FAR_VILLAGE, "白文村", "village", NEXT_TOWN),
        ):
            session.add(Division(code=code, name=name, level=level, parent_code=parent))
    for number in (11, 12):
        add_household(made.host, number, division=NEXT_VILLAGE)
    add_household(made.host, 21, division=FAR_VILLAGE)
    drafted(made, made.certificates[:1])
    with made.host.transaction() as session:
        session.execute(update(ArchiveFile).where(ArchiveFile.file_no == 5).values(paper_pages=9))
    yield made
    made.host.close()


def proposed(world: Village, place: str, **limits: int) -> Proposal:
    with world.host.view() as session:
        return propose(session, world.people.drafter, place, Limits(**limits), needs_paper_count=True)


def test_a_county_is_proposed_village_by_village(world: Village) -> None:
    found = proposed(world, COUNTY)
    assert [(one.name, one.total, one.ready, one.chosen, one.in_batch, one.reasons) for one in found.villages] == [
        ("前青塘村", 5, 3, 3, 1, (("page_count", 1),)),
        ("后青塘村", 2, 2, 2, 0, ()),
        ("白文村", 1, 1, 1, 0, ()),
    ]
    assert (len(found.certificate_ids), found.pages, found.stopped_by) == (6, 12, "")
    assert (found.ready, found.total, found.reasons) == (6, 8, (("page_count", 1),))
    assert found.bytes > 0


def test_limits_cut_the_row_of_files_and_the_rest_is_still_counted(world: Village) -> None:
    found = proposed(world, COUNTY, certs=4)
    assert [one.chosen for one in found.villages] == [3, 1, 0]
    assert [one.ready for one in found.villages] == [3, 2, 1]
    assert found.stopped_by == "certs"
    assert proposed(world, COUNTY, pages=5).certificate_ids == found.certificate_ids[:2]
    assert proposed(world, COUNTY, bytes=1).certificate_ids == ()


def test_a_township_and_a_village_keep_to_themselves(world: Village) -> None:
    assert [one.code for one in proposed(world, TOWN).villages] == [VILLAGE, NEXT_VILLAGE]
    assert [one.code for one in proposed(world, FAR_VILLAGE).villages] == [FAR_VILLAGE]


def test_what_is_out_of_scope_is_as_if_it_were_not_there(world: Village) -> None:
    stranger = actor(world.host, {"liaison"}, prefixes=(OTHER_COUNTY,))
    for who, place in ((stranger, COUNTY), (world.people.drafter, OTHER_COUNTY), (world.people.drafter, "14112410220")):
        with world.host.view() as session, pytest.raises(NotFound):
            propose(session, who, place, Limits(), needs_paper_count=True)
    with world.host.view() as session:
        assert places(session, stranger) == []
        assert [code for code, _name in places(session, world.people.drafter)] == [COUNTY, TOWN, NEXT_TOWN]


def test_the_page_proposes_and_leads_to_a_batch(world: Village) -> None:
    browser = client(make_app(world.host), world.people.drafter)
    assert "还没有选择范围" in browser.get("/handover/plan").text
    page = browser.get(f"/handover/plan?place={COUNTY}&certs=4").text
    assert "用这 4 本组成批次" in page
    assert "已到本数上限（4 本）" in page
    assert "页数不相符" in page
    assert browser.get(f"/handover/plan?place={COUNTY}&certs=x").status_code == 400
    chosen = ",".join(str(one) for one in proposed(world, COUNTY, certs=4).certificate_ids)
    selection = browser.post("/handover/ready/selection", data={"certificate_ids": chosen, "title": "某县 4 本"}).text
    assert "已选 4 本林权证" in selection
    assert 'value="某县 4 本"' in selection


def test_an_auditor_reads_a_proposal_but_makes_no_batch(world: Village) -> None:
    page = client(make_app(world.host), world.people.auditor).get(f"/handover/plan?place={COUNTY}").text
    assert "建议本批" in page
    assert "组成批次</button>" not in page


def test_the_command_says_the_same(world: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(world.host))
    runner = CliRunner()
    told = runner.invoke(handover, ["propose", COUNTY, "--certs", "4"])
    assert "建议 4 本" in told.output, told.output
    assert "前青塘村  本批 3  成熟 3 / 5  页数不相符 1" in told.output
    exact = runner.invoke(handover, ["propose", COUNTY, "--gb", "0.5", "--json"])
    assert json.loads(exact.output)["certificates"] == list(proposed(world, COUNTY).certificate_ids)
