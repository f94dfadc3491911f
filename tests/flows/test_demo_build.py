"""The demonstration is built by the application's own users through its own pages: the longest walk through all plugins."""

from __future__ import annotations

import collections
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.cli import composition
from lindang.config import load_settings
from lindang.errors import Conflict
from lindang.host import DEMO_MARKER, Host
from lindang.jobs import FAILED as JOB_FAILED
from lindang.jobs import QUEUED, JobRow
from lindang.testing import make_host
from lindang.verify import run_checks
from lindang.web import create_web_app
from models.archive import ArchiveFile, Item, Page
from models.digital import PageText
from models.handover import Batch, BatchItem, BatchTransition, Feedback
from models.intake import FAILED, SORTING, IntakeFile
from models.register import Certificate, Parcel
from plugins.demo.adapters.marker import read_marker
from plugins.demo.adapters.visitor import PageRefused, Visitor
from plugins.demo.domain import plan
from plugins.demo.domain.cast import ARCHIVIST, OFFICERS, RECEIVER, STAFF
from plugins.demo.domain.village import invent_village
from plugins.demo.service.accounts import account_lines
from plugins.demo.service.build import build

HOUSEHOLDS = 13
VILLAGE = invent_village(7, HOUSEHOLDS)
# needs a Chinese font, as the recognition tests do; its archive is built once, not once per process
pytestmark = [pytest.mark.ocr, pytest.mark.timeout(600), pytest.mark.xdist_group("demo")]


def open_host(folder: Path) -> Host:
    settings = load_settings(environment={}, overrides={"host": {"data_dir": str(folder), "disk_reserve_mb": 0}})
    made: Host = composition().make_host(settings)
    return made


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = open_host(tmp_path_factory.mktemp("demo") / "data")
    build(host, seed=7, households=HOUSEHOLDS, dpi=60, say=lambda _words: None)
    yield host
    host.close()


def test_one_batch_rests_in_each_state(demo: Host) -> None:
    with demo.view() as session:
        states = collections.Counter(session.scalars(select(Batch.state)))
    assert states == collections.Counter(journey.goal for journey in plan.JOURNEYS)


def test_every_household_has_its_file_certificate_and_parcels(demo: Host) -> None:
    with demo.view() as session:
        folders = set(session.scalars(select(ArchiveFile.folder_name).where(ArchiveFile.folder_name.is_not(None))))
        numbers = set(session.scalars(select(Certificate.cert_no)))
        parcels = session.scalar(select(func.count()).select_from(Parcel))
        unlinked = session.scalar(select(func.count()).where(Certificate.archive_file_id.is_(None)))
    assert folders == {household.folder_name for household in VILLAGE.households}
    assert numbers == {household.cert_no for household in VILLAGE.households}
    assert parcels == sum(len(household.parcels) for household in VILLAGE.households)
    assert unlinked == 0


def test_one_item_came_back_with_its_reason(demo: Host) -> None:
    with demo.view() as session:
        found = session.execute(
            select(BatchItem.return_reason, BatchItem.return_note).where(BatchItem.answer == "return")
        )
        assert [tuple(row) for row in found] == [("03", "东至与四至范围图不一致，请现场核实")]


def test_feedback_found_its_item_by_the_code_on_the_paper(demo: Host) -> None:
    with demo.view() as session:
        pairs = session.execute(
            select(Feedback.source, BatchItem.archive_file_id, Item.archive_file_id, Item.doc_type)
            .join(BatchItem, BatchItem.id == Feedback.batch_item_id)
            .join(Item, Item.id == Feedback.item_id)
        ).all()
    assert len(pairs) == 3, "two items of the closed batch, one of the other"
    assert all(source == "cover" and sent == filed and kind == "D18" for source, sent, filed, kind in pairs)


def test_two_persons_signed_and_sent(demo: Host) -> None:
    with demo.view() as session:
        rows = session.execute(select(BatchTransition.batch_id, BatchTransition.action, BatchTransition.actor_id))
        acted = collections.defaultdict(dict)
        for batch_id, action, actor_id in rows:
            acted[batch_id][action] = actor_id
    signed = [actions for actions in acted.values() if "sign" in actions]
    assert len(signed) == 7
    assert all(actions["sign"] != actions["check"] and actions["sign"] is not None for actions in signed)


def test_something_waits_on_the_desk_and_in_the_failed_lane(demo: Host) -> None:
    with demo.view() as session:
        desk = set(session.scalars(select(IntakeFile.relative_path).where(IntakeFile.state == SORTING)))
        rows = session.execute(
            select(IntakeFile.relative_path, IntakeFile.reason_code).where(IntakeFile.state == FAILED)
        )
        failed = {row.relative_path: row.reason_code for row in rows}
    assert desk == {"03-林改工作通知.pdf", "IMG_4104.jpg"}
    assert failed == {"传输中断的扫描.jpg": "truncated", "加密的合同.pdf": "password", "网页另存为.jpg": "unsupported"}


def test_the_villages_records_have_a_file_of_their_own(demo: Host) -> None:
    with demo.view() as session:
        query = select(Item.doc_type).join(ArchiveFile, ArchiveFile.id == Item.archive_file_id)
        assert sorted(session.scalars(query.where(ArchiveFile.class_code == "FA03"))) == ["D08", "D09"]


def test_recognition_waits_for_the_server(demo: Host) -> None:
    with demo.view() as session:
        waiting = session.scalar(select(func.count()).where(JobRow.kind == "ingest.recognise", JobRow.state == QUEUED))
        broken = session.scalar(select(func.count()).where(JobRow.state == JOB_FAILED))
        read = session.scalar(select(func.count()).select_from(PageText).where(PageText.engine != "pdf"))
        pages = session.scalar(select(func.count()).select_from(Page))
    assert waiting >= HOUSEHOLDS
    assert (broken, read) == (0, 0)
    assert pages > 10 * HOUSEHOLDS


def test_no_invariant_is_broken(demo: Host) -> None:
    violations = [violation for result in run_checks(demo, deep=True) for violation in result.violations]
    assert violations == []


def test_a_second_build_does_nothing(demo: Host) -> None:
    said: list[str] = []
    before = (demo.data_dir / DEMO_MARKER).read_bytes()
    build(demo, seed=7, households=HOUSEHOLDS, dpi=60, say=said.append)
    assert said == []
    assert (demo.data_dir / DEMO_MARKER).read_bytes() == before


def test_another_village_is_refused_in_the_same_folder(demo: Host) -> None:
    with pytest.raises(Conflict, match="另一个演示村"):
        build(demo, seed=8, households=HOUSEHOLDS, dpi=60, say=lambda _words: None)


def test_the_start_prints_every_account_and_each_can_log_in(demo: Host) -> None:
    app = create_web_app(demo)
    marker = read_marker(demo.data_dir)
    assert marker is not None
    lines = account_lines(demo)
    for part in (*OFFICERS, *STAFF):
        password = marker.passwords[part.login]
        assert any(part.login in line and password in line for line in lines)
        visitor = Visitor(app)
        visitor.log_in(part.login, password)
        assert part.name in visitor.open("/").text


def test_every_page_says_that_the_data_are_fictional(demo: Host) -> None:
    marker = read_marker(demo.data_dir)
    assert marker is not None
    visitor = Visitor(create_web_app(demo))
    assert "演示数据" in visitor.open("/accounts/login").text
    visitor.log_in(ARCHIVIST, marker.passwords[ARCHIVIST])
    assert "演示数据" in visitor.open("/catalogue/files").text


def test_the_registry_sees_what_was_sent_and_nothing_else(demo: Host) -> None:
    marker = read_marker(demo.data_dir)
    assert marker is not None
    visitor = Visitor(create_web_app(demo))
    visitor.log_in(RECEIVER, marker.passwords[RECEIVER])
    with demo.view() as session:
        drafts = session.scalars(select(Batch.batch_no).where(Batch.state.in_(("DRAFT", "CHECKED", "SIGNED")))).all()
    shown = visitor.open("/handover/batches").text
    assert len(drafts) == 3
    assert not [number for number in drafts if number in shown]
    with pytest.raises(PageRefused, match="403"):
        visitor.open("/catalogue/files/new")


def test_passwords_are_kept_for_the_owner_only(demo: Host) -> None:
    assert stat.S_IMODE((demo.data_dir / DEMO_MARKER).stat().st_mode) == 0o600


def test_a_real_archive_is_never_turned_into_a_demonstration(tmp_path: Path) -> None:
    host = make_host(tmp_path / "data")
    with pytest.raises(Conflict, match="正式数据"):
        build(host, seed=7, households=2, dpi=60, say=lambda _words: None)
    assert not (host.data_dir / DEMO_MARKER).exists()
    assert account_lines(host) == []
    host.close()


def test_a_missing_plugin_is_named_before_anything_is_written(tmp_path: Path) -> None:
    settings = load_settings(
        environment={}, overrides={"host": {"data_dir": str(tmp_path / "data"), "disabled": ["handover"]}}
    )
    host = composition().make_host(settings)
    with pytest.raises(Conflict, match="handover"):
        build(host, seed=7, households=2, dpi=60, say=lambda _words: None)
    assert not (host.data_dir / DEMO_MARKER).exists()
    host.close()
