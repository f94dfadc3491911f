"""An upload link does one thing: it takes files for one village, within its limits, until it ends; and shows nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lindang.auth import ANONYMOUS
from lindang.errors import NotFound
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import FixedClock, actor, client, drain, make_app
from models.archive import Item
from models.intake import RECEIVED, IntakeFile, IntakeRun, UploadLink
from plugins.ingest.domain.throttle import Throttle
from plugins.ingest.service.receive import confirm_run
from plugins.ingest.service.upload_links import LinkDraft, make_link, open_link, revoke_link
from tests.ingest_kit import COUNTY, OTHER_COUNTY, VILLAGE, archive, close, jpeg, rows, states


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, reserve_mb=0)
    yield made
    close(made)


def link(host: Host, **values: object) -> str:
    """Make a link as the archivist; returns its secret."""
    draft = {"label": "扫描公司", "division_code": VILLAGE, "doc_type": "D11", "days": 30, "max_files": 3, "max_mb": 5}
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        return make_link(uow, LinkDraft(**(draft | values)))  # type: ignore[arg-type]


def visitor(host: Host) -> FlaskClient:
    """Return a browser that is nobody."""
    return client(make_app(host), ANONYMOUS)


def send(web: FlaskClient, secret: str, data: bytes, path: str) -> int:
    """Upload one file through a link; returns the answer's status."""
    form = {"file": (io.BytesIO(data), path.rpartition("/")[2]), "relative_path": path}
    with web.post(f"/ingest/drop/{secret}/files", data=form, headers={"Accept": "application/json"}) as answer:
        return answer.status_code


def test_what_comes_through_a_link_waits_for_a_person_of_the_office(host: Host) -> None:
    secret = link(host)
    web = visitor(host)
    page = web.get(f"/ingest/drop/{secret}")
    assert (page.status_code, "阳坡村" in page.text, "还可传 3 个" in page.text) == (200, True, True)
    assert send(web, secret, jpeg(1), "0037 张三/01.jpg") == 201
    drain(host)
    assert states(host) == {"0037 张三/01.jpg": RECEIVED}
    with host.view() as session:
        run = session.scalars(select(IntakeRun)).one()
        assert (run.division_code, run.profile["hold"], run.created_by) == (VILLAGE, True, "扫描公司")
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        confirm_run(uow, run.id)
    drain(host)
    with host.view() as session:
        item = session.scalars(select(Item)).one()
    assert (item.doc_type, item.division_code) == ("D11", VILLAGE)
    assert send(web, secret, jpeg(2), "0038 李四/01.jpg") == 201
    assert rows(host)["0038 李四/01.jpg"].run_id != run.id, (
        "a confirmed delivery is closed: the next file opens another"
    )


def test_a_link_opens_no_other_page(host: Host) -> None:
    secret = link(host)
    web = visitor(host)
    web.get(f"/ingest/drop/{secret}")
    send(web, secret, jpeg(1), "0037 张三/01.jpg")
    for address in ("/ingest/", "/ingest/links", "/ingest/runs/1", "/ingest/desk", "/catalogue/", "/jobs", "/"):
        assert web.get(address).status_code in (302, 401), address
    file_id = rows(host)["0037 张三/01.jpg"].id
    assert web.get(f"/ingest/desk/{file_id}/pages/1/view").status_code in (302, 401)
    page = web.get(f"/ingest/drop/{secret}").text
    assert "张三" not in page
    shown = set(re.findall(r'(?:href|action)="(/[^"]*)"', page)) - {"/"}
    assert all(each.startswith(("/static/", "/ingest/drop/", "/language/", "/about")) for each in shown), shown


def test_limits_hold_one_by_one_and_together(host: Host) -> None:
    few, small, web = link(host, max_files=2), link(host, max_mb=1), visitor(host)
    assert [send(web, few, jpeg(n), f"{n}.jpg") for n in (1, 2, 3)] == [201, 201, 409]
    parts = [bytes([n]) * 400_000 for n in (1, 2, 3)]
    assert [send(web, small, part, f"{n}.bin") for n, part in enumerate(parts)] == [201, 201, 409]
    assert sorted(rows(host)) == ["0.bin", "1.bin", "1.jpg", "2.jpg"]
    assert "已用完" in web.get(f"/ingest/drop/{few}").text
    with host.view() as session:
        counted = session.execute(select(UploadLink.files, UploadLink.bytes).order_by(UploadLink.id)).all()
    assert [tuple(row) for row in counted] == [(2, len(jpeg(1)) + len(jpeg(2))), (2, 800_000)]


def test_a_revoked_an_expired_and_an_unknown_link_answer_alike(tmp_path: Path) -> None:
    host = archive(tmp_path)
    host.clock = FixedClock()
    gone, old = link(host), link(host, days=1)
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        revoke_link(uow, 1)
    host.clock.advance(days=2)
    web = visitor(host)
    answers = [web.get(f"/ingest/drop/{secret}") for secret in (gone, old, "x" * 43)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (
        len(
            {
                re.sub(r'csrf[^>]*"', "", answer.text).replace(s, "")
                for s, answer in zip((gone, old, "x" * 43), answers, strict=True)
            }
        )
        == 1
    )
    assert [send(web, secret, jpeg(1), "1.jpg") for secret in (gone, old, "x" * 43)] == [404, 404, 404]
    assert rows(host) == {}
    close(host)


def test_the_secret_is_kept_nowhere(host: Host) -> None:
    secret = link(host)
    send(visitor(host), secret, jpeg(1), "1.jpg")
    with host.view() as session:
        kept = [
            repr(vars(row))
            for table in (UploadLink, JournalRow, IntakeRun, IntakeFile)
            for row in session.scalars(select(table))
        ]
        actions = set(session.scalars(select(JournalRow.action)))
        assert open_link(session, secret, host.clock.now()).label == "扫描公司"
    assert not [each for each in kept if secret in each]
    assert {"upload_link.made", "intake.received"} <= actions


def test_only_links_of_ones_own_divisions_are_made_seen_and_ended(host: Host) -> None:
    link(host)
    stranger = actor(host, ["archivist"], prefixes=[OTHER_COUNTY])
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        revoke_link(uow, 1)
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        make_link(uow, LinkDraft(label="x", division_code=VILLAGE, doc_type="", days=1, max_files=1, max_mb=1))
    assert "扫描公司" not in client(make_app(host), stranger).get("/ingest/links").text
    mine = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    assert "扫描公司" in mine.get("/ingest/links").text
    made = mine.post(
        "/ingest/links",
        data={"label": "第二家", "division": VILLAGE, "doc_type": "", "days": "7", "max_files": "5", "max_mb": "10"},
    )
    shown = re.search(r"/ingest/drop/([\w-]{43})<", made.text)
    assert shown is not None
    assert visitor(host).get(f"/ingest/drop/{shown[1]}").status_code == 200
    assert shown[1] not in mine.get("/ingest/links").text
    assert mine.post("/ingest/links/1/revoke").status_code == 302
    assert mine.post("/ingest/links/1/revoke").status_code == 409


def test_too_many_requests_are_refused_until_the_window_has_passed() -> None:
    throttle = Throttle(limit=2, seconds=60)
    assert [throttle.allows("a", at) for at in (0, 1, 2, 59)] == [True, True, False, False]
    assert throttle.allows("b", 2)
    assert throttle.allows("a", 60.5)
    assert not throttle.allows("a", 60.6)


def test_who_guesses_addresses_is_slowed_down_and_the_others_are_not(host: Host) -> None:
    secret, web = link(host), visitor(host)
    guesser = {"REMOTE_ADDR": "10.9.9.9"}
    answers = [web.get(f"/ingest/drop/{n:043d}", environ_overrides=guesser).status_code for n in range(62)]
    assert (answers[:60], answers[60:]) == ([404] * 60, [429] * 2)
    assert web.get(f"/ingest/drop/{'z' * 43}").status_code == 404
    assert web.get(f"/ingest/drop/{secret}", environ_overrides=guesser).status_code == 200
