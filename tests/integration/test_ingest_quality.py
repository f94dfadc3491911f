"""Image quality in a real archive: judged at filing, again under other limits, anew with a new image; the rescan list."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image, ImageFilter
from sqlalchemy import delete, select

from lindang.auth import Actor
from lindang.errors import Conflict, Faults, NotFound
from lindang.host import Host
from lindang.jobs import JobRow
from lindang.journal import JournalRow
from lindang.testing import actor, client, drain, make_app, make_host
from lindang.verify import run_checks
from models.archive import ArchiveFile, Item, Page
from models.digital import LAYERED, MASTER, DigitalObject, PageText
from models.keying import FieldReading
from models.quality import GOOD, LOOK, REDO, PageQuality
from plugins.catalogue.service.files import ItemDraft, Renumbering, describe_item, renumber_file
from plugins.catalogue.service.images import store_page
from plugins.catalogue.service.pages import Replaced, replace_page
from plugins.ingest.domain import quality as rules
from plugins.ingest.queries.rescan import count_open
from plugins.ingest.service.quality import accept_image, order_quality, reopen_image
from tests.ingest_kit import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_VILLAGE,
    VILLAGE,
    archive,
    blank_page,
    close,
    encoded,
    take,
    write_files,
    written_page,
)
from tests.integration.test_ingest_layers import read

GOOD_PAGE = written_page(1, width=1240, height=1754)
PAPER = (250, 247, 238)
LIMITS = {"dpi_min": 150}


def jpeg(image: Image.Image) -> bytes:
    """Return a picture as the scanner sends it."""
    return encoded(image, dpi=(150, 150), quality=80)


@functools.cache
def blurred(seed: int = 1) -> Image.Image:
    return written_page(seed, width=1240, height=1754).filter(ImageFilter.GaussianBlur(4))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, quality=LIMITS)
    yield made
    close(made)


def fill(host: Host, folder: Path, village: str = VILLAGE, **files: bytes) -> None:
    """File pictures as papers of one household, in the order given."""
    named = {f"0037 王建国/{number:02d}-{name}.jpg": data for number, (name, data) in enumerate(files.items(), 1)}
    take(host, write_files(folder / f"箱{village}", named), village)
    drain(host)


def verdicts(host: Host) -> list[tuple[str, list[str]]]:
    """Return verdict and findings of every page that has them, in order."""
    with host.view() as session:
        query = select(PageQuality).where(PageQuality.is_current).order_by(PageQuality.page_id)
        return [(row.verdict, [found["code"] for found in row.findings]) for row in session.scalars(query)]


def page_ids(host: Host) -> list[int]:
    with host.view() as session:
        return list(session.scalars(select(Page.id).order_by(Page.id)))


def replaced(host: Host, page_id: int, data: bytes, *, version: int = 1) -> Replaced:
    """Replace a page as the catalogue's view does."""
    path = host.data_dir / f"new-{page_id}-{version}.jpg"
    path.write_bytes(data)
    images = store_page(host, path, path.name)
    with host.uow(archivist(host)) as uow:
        done = replace_page(uow, page_id, images, seen_version=version, reason="原图模糊")
    drain(host)
    return done


def archivist(host: Host, prefix: str = COUNTY) -> Actor:
    return actor(host, ["archivist"], prefixes=[prefix], name="档案员甲")


def test_pages_are_judged_when_they_are_filed(host: Host, tmp_path: Path) -> None:
    fill(
        host, tmp_path, 申请表=jpeg(GOOD_PAGE), 合同=jpeg(blurred(2)), 勘界表=jpeg(blank_page(width=1240, height=1754))
    )
    assert verdicts(host) == [(GOOD, []), (REDO, [rules.BLURRED]), (LOOK, [rules.EMPTY])]
    with host.view() as session:
        first = session.scalars(select(PageQuality).order_by(PageQuality.id)).first()
        assert first is not None
        assert first.look["skew"] == pytest.approx(0, abs=0.3)
        assert first.look["paper"] == pytest.approx(250, abs=4)
        kinds = session.scalars(select(JobRow.kind).where(JobRow.kind == "ingest.quality")).all()
    assert kinds == [], "what was measured at filing needs no job"


def test_a_gray_certificate_is_called_for_again_once_it_is_known_to_be_one(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 材料=jpeg(GOOD_PAGE.convert("L")))
    assert verdicts(host) == [(GOOD, [])]
    with host.uow(host.system_actor()) as uow:
        item = uow.session.scalars(select(Item)).one()
        draft = ItemDraft(title="林权证", doc_type="D11", author="", doc_no="", doc_date=None, original_kind="")
        describe_item(uow, item.id, draft, version=item.version)
    drain(host)
    assert verdicts(host) == [(REDO, [rules.NOT_COLOUR])]


def test_one_paper_scanned_twice_is_found_and_another_copy_of_the_form_is_not(host: Host, tmp_path: Path) -> None:
    again = GOOD_PAGE.rotate(0.5, Image.Resampling.BICUBIC, fillcolor=PAPER, translate=(6, -5))
    other = GOOD_PAGE.copy()
    other.paste((30, 30, 40), (400, 1580, 480, 1610))
    fill(host, tmp_path, 申请表=jpeg(GOOD_PAGE), 另一份=jpeg(other), 重扫=jpeg(again))
    assert verdicts(host) == [(GOOD, []), (GOOD, []), (LOOK, [rules.ALIKE])]
    with host.view() as session:
        finding = session.scalars(select(PageQuality).where(PageQuality.verdict == LOOK)).one().findings[0]
        code = session.scalars(select(Item.archival_code).order_by(Item.id)).first()
    assert finding["values"]["where"] == f"{code} 第 1 页"


def test_the_same_image_in_the_village_is_found_whatever_file_it_came_in(host: Host, tmp_path: Path) -> None:
    pixels = encoded(GOOD_PAGE, "PNG", dpi=(150, 150))
    tiff = encoded(GOOD_PAGE, "TIFF", dpi=(150, 150))
    take(host, write_files(tmp_path / "一", {"0037 王建国/01-申请表.png": pixels}))
    take(host, write_files(tmp_path / "二", {"0038 李四/01-申请表.tif": tiff}))
    take(
        host,
        write_files(tmp_path / "三", {"0001 赵六/01-申请表.png": encoded(GOOD_PAGE, "PNG", dpi=(151, 151))}),
        OTHER_VILLAGE,
    )
    assert [codes for _verdict, codes in verdicts(host)] == [[], [rules.SAME], []]


def test_pages_from_before_are_judged_by_command_and_other_limits_judge_anew(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 申请表=jpeg(GOOD_PAGE), 合同=jpeg(blurred(2)))
    before = verdicts(host)
    with host.transaction() as session:
        session.execute(delete(PageQuality))
    assert ordered(host) == 2
    assert verdicts(host) == before
    assert ordered(host) == 0
    with host.uow(archivist(host)) as uow:
        accept_image(uow, page_ids(host)[1], "原件如此")
    assert ordered(host, again=True) == 2
    with host.view() as session:
        assert (
            session.scalars(select(PageQuality.accepted_reason).where(PageQuality.verdict == REDO)).one() == "原件如此"
        )
    close(host)
    strict = archive_again(host)
    assert ordered(strict) == 2
    assert verdicts(strict)[0] == (REDO, [rules.DPI_LOW])


def archive_again(host: Host) -> Host:
    """Open the archive once more with other limits."""
    alone = {"disabled": list(host.settings.host.disabled)}
    return make_host(host.data_dir, host=alone, ingest={"ocr": "off", "quality": {"dpi_min": 200}})


def ordered(host: Host, *, again: bool = False) -> int:
    with host.uow(host.system_actor()) as uow:
        count = order_quality(uow, COUNTY, again=again)
    drain(host)
    return count


def test_a_new_image_makes_everything_of_the_old_one_former(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 申请表=jpeg(blurred()))
    (page_id,) = page_ids(host)
    read(host, 1, "糊涂字", "东至河沟")
    with host.view() as session:
        (old_text,) = session.scalars(select(PageText)).all()
        (old_master,) = session.scalars(select(DigitalObject).where(DigitalObject.role == MASTER)).all()
    with host.uow(host.system_actor()) as uow:
        uow.session.add(
            FieldReading(
                page_id=page_id, page_text_id=old_text.id, field="bound_e", value="河", box=[], made_at=uow.now
            )
        )
        uow.journal("test.reading", f"page:{page_id}")
    assert replaced(host, page_id, jpeg(GOOD_PAGE)).version == 2
    with host.view() as session:
        assert session.scalars(select(PageText.is_current)).all() == [False]
        assert session.scalars(select(FieldReading.is_current)).all() == [False]
        assert current(host, LAYERED) == []
        masters = session.scalars(
            select(DigitalObject).where(DigitalObject.role == MASTER).order_by(DigitalObject.id)
        ).all()
        assert [row.is_current for row in masters] == [False, True]
        assert masters[0].sha256 == old_master.sha256
    assert host.storage.read(old_master.sha256) == jpeg(blurred()), "the old original stays, byte for byte"
    assert verdicts(host) == [(GOOD, [])]
    read(host, 1, "清楚的字")
    (pdf,) = current(host, LAYERED)
    assert pdf.version == 2
    assert [found for result in run_checks(host, deep=True) for found in result.violations] == []
    assert replaced(host, page_id, jpeg(blurred()), version=2).version == 3, "undone by another replacement"
    assert verdicts(host) == [(REDO, [rules.BLURRED])]


def test_what_was_read_on_the_former_image_is_found_no_longer(tmp_path: Path) -> None:
    host = archive(tmp_path, host={"disabled": ["accounts", "handover", "demo"]}, quality=LIMITS)
    fill(host, tmp_path, 申请表=jpeg(blurred()))
    read(host, 1, "东至糊涂沟")
    web = client(make_app(host), archivist(host))
    assert "<mark>糊涂沟</mark>" in web.get("/search?q=糊涂沟").text
    replaced(host, page_ids(host)[0], jpeg(GOOD_PAGE))
    assert "<mark>糊涂沟</mark>" not in web.get("/search?q=糊涂沟").text
    read(host, 1, "东至葫芦沟")
    assert "<mark>葫芦沟</mark>" in web.get("/search?q=葫芦沟").text
    close(host)


def current(host: Host, role: str) -> list[DigitalObject]:
    with host.view() as session:
        query = select(DigitalObject).where(DigitalObject.role == role, DigitalObject.is_current)
        return list(session.scalars(query))


def test_one_page_of_many_is_replaced_and_the_others_keep_their_original(host: Host, tmp_path: Path) -> None:
    pages = [written_page(seed, width=1240, height=1754) for seed in (1, 2)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(150, 150))
    take(host, write_files(tmp_path / "箱", {"0037 王建国/01-申请表.tif": data}))
    replaced(host, page_ids(host)[1], jpeg(written_page(3, width=1240, height=1754)))
    assert sorted(row.page_id or 0 for row in current(host, MASTER)) == [0, page_ids(host)[1]]
    assert [verdict for verdict, _codes in verdicts(host)] == [GOOD, GOOD]
    replaced(host, page_ids(host)[0], jpeg(written_page(4, width=1240, height=1754)))
    assert sorted(row.page_id or 0 for row in current(host, MASTER)) == page_ids(host)


def test_a_person_accepts_with_a_reason_and_takes_it_back(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 申请表=jpeg(GOOD_PAGE), 合同=jpeg(blurred(2)))
    good, bad = page_ids(host)
    with pytest.raises(Faults, match="没有保存"), host.uow(archivist(host)) as uow:
        accept_image(uow, bad, " ")
    with pytest.raises(Conflict, match="没有问题"), host.uow(archivist(host)) as uow:
        accept_image(uow, good, "x")
    with pytest.raises(NotFound), host.uow(archivist(host, OTHER_COUNTY)) as uow:
        accept_image(uow, bad, "x")
    with host.uow(archivist(host)) as uow:
        accept_image(uow, bad, "原件字迹如此")
    with pytest.raises(Conflict, match="档案员甲"), host.uow(archivist(host)) as uow:
        accept_image(uow, bad, "x")
    with host.uow(archivist(host)) as uow:
        reopen_image(uow, bad)
    with host.view() as session:
        told = session.execute(
            select(JournalRow.action, JournalRow.actor).where(JournalRow.action.in_(("page.accepted", "page.reopened")))
        ).all()
    assert [tuple(row) for row in told] == [("page.accepted", "档案员甲"), ("page.reopened", "档案员甲")]


def test_verdicts_follow_their_file_into_another_village(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 合同=jpeg(blurred(2)))
    moved = Renumbering(
        class_code="QQ01", division_code=OTHER_VILLAGE, year=None, retention="Y", reason="立错了村", approved_by="局长"
    )
    with host.uow(archivist(host)) as uow:
        file = uow.session.scalars(select(ArchiveFile)).one()
        renumber_file(uow, file.id, moved, version=file.version)
    with host.view() as session:
        assert count_open(session, archivist(host, VILLAGE)) == 0
        assert count_open(session, archivist(host, OTHER_VILLAGE)) == 1


def test_the_rescan_list_on_the_screen_as_a_workbook_and_decided(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 申请表=jpeg(GOOD_PAGE), 合同=jpeg(blurred(2)), 表=jpeg(blank_page(width=1240, height=1754)))
    _good, bad, empty = page_ids(host)
    with host.transaction() as session:
        session.scalars(select(ArchiveFile)).one().paper_pages = 4
    app = make_app(host)
    page = client(app, archivist(host))
    shown = page.get("/ingest/quality").text
    assert f"/ingest/quality/{bad}" in shown
    assert f"/ingest/quality/{empty}" in shown
    assert "图像模糊，笔画边缘宽约" in shown
    assert "少 1 页" in shown
    assert f'href="/ingest/quality/{empty}"' not in page.get(f"/ingest/quality?state={REDO}").text
    assert f'href="/ingest/quality/{bad}"' not in page.get(f"/ingest/quality?code={rules.EMPTY}").text
    assert f'href="/ingest/quality/{bad}"' in page.get("/ingest/quality?place=阳坡").text
    assert f'href="/ingest/quality/{bad}"' not in page.get(f"/ingest/quality?place={OTHER_VILLAGE}").text
    book = load_workbook(io.BytesIO(page.get("/ingest/quality.xlsx").data))
    assert [row[5] for row in book.active.values] == ["结论", "应重扫", "待看"]
    assert "重扫清单" in page.get("/").text
    one = page.get(f"/ingest/quality/{bad}").text
    assert f'href="/ingest/quality/{empty}"' in one, "the next page of the list"
    assert "依据：本系统自定，无条文依据" in one
    answer = page.post(f"/ingest/quality/{bad}/accept", data={"reason": "原件如此"})
    assert (answer.status_code, answer.location) == (302, f"/ingest/quality/{empty}")
    assert page.post(f"/ingest/quality/{bad}/accept", data={"reason": ""}).status_code == 422
    listed = page.get("/ingest/quality").text
    assert f'href="/ingest/quality/{bad}"' not in listed
    assert "原件如此" in page.get("/ingest/quality?state=accepted").text
    assert "合格：原件如此（档案员甲）" in page.get(f"/catalogue/pages/{bad}").text
    with host.view() as session:
        file_id = session.scalars(select(ArchiveFile.id)).one()
    assert "原件如此" in page.get(f"/catalogue/files/{file_id}").text


def test_only_an_archivist_of_the_place_decides(host: Host, tmp_path: Path) -> None:
    fill(host, tmp_path, 合同=jpeg(blurred(2)))
    (bad,) = page_ids(host)
    app = make_app(host)
    elsewhere = client(app, archivist(host, OTHER_COUNTY))
    assert elsewhere.get(f"/ingest/quality/{bad}").status_code == 404
    assert elsewhere.post(f"/ingest/quality/{bad}/accept", data={"reason": "x"}).status_code == 404
    assert f"/ingest/quality/{bad}" not in elsewhere.get("/ingest/quality").text
    auditor = client(app, actor(host, ["auditor"], prefixes=[COUNTY], name="审计员"))
    assert f"/ingest/quality/{bad}" in auditor.get("/ingest/quality").text
    assert auditor.post(f"/ingest/quality/{bad}/accept", data={"reason": "x"}).status_code == 403
