"""From a folder to 案卷 and 件: numbers in the order of the paper, objects with their digests, nothing twice, nothing lost."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from fpdf import FPDF
from PIL import Image
from sqlalchemy import func, select

from lindang import jobs
from lindang.db import Base
from lindang.errors import BadInput, Conflict, NoSpace, NotFound
from lindang.events import EventRow
from lindang.host import Host
from lindang.jobs import JobRow
from lindang.journal import JournalRow
from lindang.testing import actor, drain
from models.archive import ArchiveFile, Item, Page
from models.digital import MASTER, THUMB, VIEW, DigitalObject, Identifier, PageText
from models.events import CertificatesSaved
from models.handover import Batch, BatchItem
from models.identifiers import CERT_NO, cert_key, cert_norm
from models.intake import DISMISSED, DUPLICATE, FAILED, FILED, RECEIVED, SORTING, UPLOAD, IntakeFile, IntakeRun
from models.place import ORG_REGISTRY, Org
from models.register import ISSUED, Certificate
from plugins.ingest.domain.reasons import ReasonCode
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.receive import (
    Arrival,
    RunDraft,
    confirm_run,
    dismiss_file,
    open_run,
    receive_upload,
    retry_file,
)
from tests.ingest_kit import (
    COUNTY,
    OTHER_COUNTY,
    VILLAGE,
    archive,
    blank_page,
    close,
    encoded,
    everything,
    households,
    jpeg,
    rows,
    states,
    take,
    write_files,
    written_page,
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a prepared archive without recognition."""
    made = archive(tmp_path)
    yield made
    close(made)


def test_a_folder_per_household_becomes_a_file_and_each_paper_an_item(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱3", households()))
    with host.view() as session:
        files = list(session.scalars(select(ArchiveFile).order_by(ArchiveFile.id)))
        items = list(session.scalars(select(Item).order_by(Item.id)))
    assert [(file.folder_name, file.holder_name, file.title) for file in files] == [
        ("0037 张三", "张三", "张三林权登记材料"),
        ("0038 李四", "李四", "李四林权登记材料"),
    ]
    assert [(item.item_no, item.doc_type, item.title) for item in items] == [
        (1, "D01", "林权登记申请表"),
        (2, "D04", "林地承包合同"),
        (1, "D05", "勘界表"),
        (2, "D11", "林权证"),
    ]
    assert items[0].archival_code == f"{files[0].archival_code}-001"
    assert {file.division_code for file in files} == {VILLAGE}


def test_every_object_is_kept_with_its_digest(host: Host, tmp_path: Path) -> None:
    data = households()
    take(host, write_files(tmp_path / "箱3", data))
    with host.view() as session:
        objects = list(session.scalars(select(DigitalObject)))
        pages = list(session.scalars(select(Page)))
    masters = {each.source_name: each for each in objects if each.role == MASTER}
    for path, original in data.items():
        master = masters[path.rpartition("/")[2]]
        assert master.sha256 == hashlib.sha256(original).hexdigest()
        assert host.storage.read(master.sha256) == original
        assert (master.format, master.media_type, master.bytes) == ("jpeg", "image/jpeg", len(original))
    derived = [each for each in objects if each.role in (VIEW, THUMB)]
    assert len(derived) == 2 * len(pages)
    assert all(hashlib.sha256(host.storage.read(each.sha256)).hexdigest() == each.sha256 for each in derived)
    assert all((page.width, page.height, page.dpi) == (620, 877, 0) for page in pages)


def test_items_are_numbered_in_the_order_of_the_paper_however_they_were_parsed(host: Host, tmp_path: Path) -> None:
    names = [f"{number:02d}-材料.jpg" for number in range(1, 6)]
    write_files(tmp_path / "0041 王五", {name: jpeg(index) for index, name in enumerate(names)})
    folder = tmp_path / "0041 王五"
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))
    with host.view() as session:
        queued = list(
            session.scalars(select(JobRow.id).where(JobRow.kind == "ingest.process").order_by(JobRow.id.desc()))
        )
    for job_id in queued:  # the worker takes them backwards
        jobs.run_job(host, job_id)
    with host.view() as session:
        found = session.execute(select(Item.source_name, Item.item_no).order_by(Item.item_no)).all()
    assert [tuple(row) for row in found] == [(name, number) for number, name in enumerate(names, start=1)]


def test_a_file_whose_job_failed_for_good_holds_up_nobody(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "0041 王五", {"01-甲.jpg": jpeg(1), "02-乙.jpg": jpeg(2)})
    list(take_folder(host, host.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))
    with host.transaction() as session:
        first = session.scalars(select(JobRow).where(JobRow.kind == "ingest.process").order_by(JobRow.id)).first()
        assert first is not None
        first.state = jobs.FAILED
    drain(host)
    assert states(host) == {"0041 王五/01-甲.jpg": RECEIVED, "0041 王五/02-乙.jpg": FILED}


def test_filing_the_same_folder_again_changes_nothing(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", households())
    take(host, folder)
    tables = (IntakeRun, IntakeFile, ArchiveFile, Item, Page, DigitalObject, Identifier, JournalRow, EventRow)
    with host.view() as session:
        before = everything(session, *tables)
    again = take(host, folder)
    with host.view() as session:
        assert everything(session, *tables) == before
    assert [outcome.state for outcome in again] == [FILED] * 4
    assert all(outcome.item_id for outcome in again)


def test_a_paper_that_was_added_later_joins_its_household(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", households())
    take(host, folder)
    write_files(folder, {"0037 张三/03-补充材料.jpg": jpeg(77)})
    take(host, folder)
    with host.view() as session:
        assert session.scalar(select(func.count()).select_from(ArchiveFile)) == 2
        added = session.scalars(select(Item).where(Item.source_name == "03-补充材料.jpg")).one()
    assert added.item_no == 3


def test_the_same_content_under_two_names_is_filed_once(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", {"0037/01.jpg": jpeg(), "0038/01.jpg": jpeg()})
    outcomes = take(host, folder)
    assert [outcome.state for outcome in outcomes] == [RECEIVED, RECEIVED]
    assert outcomes[1].file_id == outcomes[0].file_id
    with host.view() as session:
        assert session.scalar(select(func.count()).select_from(Item)) == 1


def test_what_another_county_holds_is_nobodys_business_here(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", {"0037 张三/01.jpg": jpeg()})
    take(host, folder, COUNTY)
    outcomes = take(host, folder, OTHER_COUNTY)
    assert outcomes[0].state == RECEIVED
    with host.view() as session:
        places = list(session.scalars(select(Item.division_code).order_by(Item.id)))
    assert places == [COUNTY, OTHER_COUNTY]


def test_without_a_village_the_folder_above_may_name_it(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", {"阳坡村/0037 张三/01.jpg": jpeg(), "无此村/0037 张三/01.jpg": jpeg(2)})
    take(host, folder, COUNTY)
    with host.view() as session:
        found = {row[0]: row[1] for row in session.execute(select(ArchiveFile.folder_name, ArchiveFile.division_code))}
    assert found == {"0037 张三": VILLAGE, "箱3/无此村/0037 张三": COUNTY}


def test_a_folder_without_subfolders_is_itself_a_household(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01-申请表.jpg": jpeg()}))
    with host.view() as session:
        assert session.scalars(select(ArchiveFile.folder_name)).all() == ["0037 张三"]


def test_a_bad_file_goes_to_the_failed_lane_and_the_rest_is_filed(host: Host, tmp_path: Path) -> None:
    bad = jpeg(5)[:900]
    folder = write_files(
        tmp_path / "箱3",
        {"0037 张三/01-申请表.jpg": jpeg(1), "0037 张三/02-坏.jpg": bad, "0037 张三/03-文本.jpg": "文本".encode()},
    )
    take(host, folder)
    found = rows(host)
    assert states(host) == {
        "0037 张三/01-申请表.jpg": FILED,
        "0037 张三/02-坏.jpg": FAILED,
        "0037 张三/03-文本.jpg": FAILED,
    }
    assert found["0037 张三/02-坏.jpg"].reason_code == ReasonCode.TRUNCATED
    assert found["0037 张三/03-文本.jpg"].reason == "不是可收的格式（文本文件）"
    assert host.storage.read(found["0037 张三/02-坏.jpg"].sha256) == bad
    assert (folder / "0037 张三/02-坏.jpg").read_bytes() == bad


def test_a_failed_file_can_be_tried_again_or_dismissed_with_a_reason(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱3", {"0037 张三/01.jpg": jpeg()[:900]}))
    (row,) = rows(host).values()
    with host.uow(host.system_actor()) as uow:
        retry_file(uow, row.id)
    assert list(states(host).values()) == [RECEIVED]
    drain(host)
    assert list(states(host).values()) == [FAILED]
    with pytest.raises(BadInput), host.uow(host.system_actor()) as uow:
        dismiss_file(uow, row.id, "  ")
    with host.uow(host.system_actor()) as uow:
        dismiss_file(uow, row.id, "已重新扫描")
    (row,) = rows(host).values()
    assert (row.state, row.reason) == (DISMISSED, "已重新扫描")
    with pytest.raises(Conflict), host.uow(host.system_actor()) as uow:
        retry_file(uow, row.id)


def test_a_dismissed_file_is_not_taken_in_again_from_its_place(host: Host, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "箱3", {"0037 张三/01.jpg": jpeg()[:900]})
    take(host, folder)
    (row,) = rows(host).values()
    with host.uow(host.system_actor()) as uow:
        dismiss_file(uow, row.id, "不要")
    assert [outcome.state for outcome in take(host, folder)] == [DISMISSED]
    assert len(rows(host)) == 1


def test_blank_pages_are_kept_and_marked(host: Host, tmp_path: Path) -> None:
    pages = encoded(written_page(), "TIFF", save_all=True, append_images=[blank_page()])
    take(host, write_files(tmp_path / "0037 张三", {"01.tif": pages}))
    with host.view() as session:
        marks = list(session.scalars(select(Page.is_blank).order_by(Page.page_no)))
    assert marks == [False, True]


def test_loose_files_wait_on_the_sorting_desk(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱3", {"散页.jpg": jpeg(), "0037 张三/01.jpg": jpeg(1)}))
    assert states(host) == {"0037 张三/01.jpg": FILED, "散页.jpg": SORTING}
    waiting = rows(host)["散页.jpg"]
    assert waiting.scan is not None
    assert host.storage.exists(waiting.scan["pages"][0]["view"]["sha256"])


def text_pdf(*lines: str) -> bytes:
    """Return a born-digital page with some lines; the number's words are drawn with a font that has them."""
    document = FPDF()
    document.add_page()
    fonts = [
        *Path("/usr/share/fonts").glob("**/wqy-zenhei.ttc"),
        *Path("/usr/share/fonts").glob("**/NotoSansCJK-R*.ttc"),
    ]
    document.add_font("han", fname=fonts[0])
    document.set_font("han", size=14)
    for line in lines:
        document.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


def certificate(host: Host, *, number: str = "岚林证字(2009)第0301号", archive_file_id: int | None = None) -> int:
    """Enter a certificate into the register; returns its id."""
    with host.transaction() as session:
        row = Certificate(
            division_code=VILLAGE,
            county_code=COUNTY,
            cert_no=number,
            cert_no_norm=cert_norm(number),
            cert_key=cert_key(number),
            issue_state=ISSUED,
            issue_date=None,
            holder_name="张三",
            archive_file_id=archive_file_id,
            created_at=host.clock.now(),
            created_by="测试",
        )
        session.add(row)
        session.flush()
        return row.id


NUMBER = "岚林证字（2009）第0301号"
ID = "141124197001010017"


@pytest.mark.ocr
def test_text_that_a_pdf_carries_is_kept_and_id_numbers_are_hidden(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01.pdf": text_pdf("林权证号 " + NUMBER, "身份证号 " + ID)}))
    with host.view() as session:
        text = session.scalars(select(PageText)).one()
        numbers = {row.kind: row for row in session.scalars(select(Identifier).where(Identifier.source == "ocr"))}
    assert NUMBER in text.text
    assert ID not in text.text
    assert ID not in str(text.words)
    assert "141124********0017" in text.text
    assert numbers[CERT_NO].key == "岚|2009|301"
    assert numbers["id_no"].raw == "141124********0017"
    assert host.vault.open(numbers["id_no"].sealed) == ID
    with host.view() as session:
        assert ID not in str(everything(session, *(mapper.class_ for mapper in Base.registry.mappers)))
    assert not any(ID.encode() in path.read_bytes() for path in host.data_dir.glob("lindang.db*"))


@pytest.mark.ocr
def test_a_file_is_linked_with_the_certificate_its_pages_name(host: Host, tmp_path: Path) -> None:
    certificate_id = certificate(host)
    take(host, write_files(tmp_path / "0037 张三", {"01.pdf": text_pdf(NUMBER)}))
    with host.view() as session:
        linked = session.get_one(Certificate, certificate_id)
        number = session.scalars(select(Identifier).where(Identifier.kind == CERT_NO)).one()
        file_id = session.scalars(select(ArchiveFile.id)).one()
    assert linked.archive_file_id == file_id
    assert number.certificate_id == certificate_id


@pytest.mark.ocr
def test_a_certificate_keyed_after_the_scan_is_linked_too(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01.pdf": text_pdf(NUMBER)}))
    certificate_id = certificate(host)
    with host.uow(host.system_actor()) as uow:
        uow.emit(CertificatesSaved(certificate_ids=(certificate_id,), division_code=VILLAGE))
    drain(host)
    with host.view() as session:
        assert session.get_one(Certificate, certificate_id).archive_file_id is not None


@pytest.mark.ocr
def test_an_existing_link_is_never_changed_by_a_scan(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0036 老户", {"01.jpg": jpeg()}))
    with host.view() as session:
        first = session.scalars(select(ArchiveFile.id)).one()
    certificate_id = certificate(host, archive_file_id=first)
    take(host, write_files(tmp_path / "0037 张三", {"01.pdf": text_pdf(NUMBER)}))
    with host.view() as session:
        assert session.get_one(Certificate, certificate_id).archive_file_id == first


@pytest.mark.ocr
def test_a_loose_file_that_names_its_certificate_finds_its_file(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0036 老户", {"01.jpg": jpeg()}))
    with host.view() as session:
        first = session.scalars(select(ArchiveFile.id)).one()
    certificate(host, archive_file_id=first)
    loose = {
        "散页.pdf": text_pdf(NUMBER, "权利人 张三"),
        "别户.pdf": text_pdf(NUMBER, "权利人 李四"),
        "0099/x.jpg": jpeg(9),
    }
    take(host, write_files(tmp_path / "箱3", loose))
    found = rows(host)
    assert (found["散页.pdf"].state, found["散页.pdf"].archive_file_id) == (FILED, first)
    assert found["别户.pdf"].state == SORTING  # one page alone names the number, and somebody else as its holder


def upload(host: Host, data: bytes, path: str, run_id: int) -> str:
    """Send one file as the upload page does; returns its state."""
    blob = host.storage.put_bytes(data)
    with host.uow(host.system_actor()) as uow:
        return receive_upload(uow, run_id, Arrival(path, blob)).state


def held_run(host: Host) -> int:
    """Open an upload that waits for a go-ahead."""
    with host.uow(host.system_actor()) as uow:
        draft = RunDraft(kind=UPLOAD, name="上传", division_code=VILLAGE, ocr="off", hold=True)
        return open_run(uow, draft).id


def test_an_upload_is_filed_only_after_somebody_has_seen_its_naming(host: Host) -> None:
    run_id = held_run(host)
    upload(host, jpeg(1), "0037 张三/01.jpg", run_id)
    upload(host, jpeg(2), "0037 张三/02.jpg", run_id)
    drain(host)
    assert set(states(host).values()) == {RECEIVED}
    with host.uow(host.system_actor()) as uow:
        assert confirm_run(uow, run_id) == 2
    drain(host)
    assert set(states(host).values()) == {FILED}
    with pytest.raises(Conflict), host.uow(host.system_actor()) as uow:
        confirm_run(uow, run_id)
    with pytest.raises(Conflict):
        upload(host, jpeg(3), "0037 张三/03.jpg", run_id)


def test_an_upload_tells_what_it_has_already(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01.jpg": jpeg(1)}))
    run_id = held_run(host)
    assert upload(host, jpeg(1), "别名.jpg", run_id) == DUPLICATE
    assert upload(host, jpeg(2), "新.jpg", run_id) == RECEIVED
    assert upload(host, jpeg(2), "新.jpg", run_id) == RECEIVED
    row = rows(host)["别名.jpg"]
    assert row.item_id is not None
    assert len(rows(host)) == 3


def test_a_twin_that_was_filed_in_between_is_noticed_at_filing(host: Host, tmp_path: Path) -> None:
    run_id = held_run(host)
    upload(host, jpeg(1), "0037 张三/01.jpg", run_id)
    with host.transaction() as session:
        waiting = session.scalars(select(IntakeFile)).one()
        waiting.state = DISMISSED  # set aside so that the folder is not told it is under way
    take(host, write_files(tmp_path / "0038 李四", {"01.jpg": jpeg(1)}))
    with host.transaction() as session:
        session.get_one(IntakeFile, waiting.id).state = RECEIVED
    with host.uow(host.system_actor()) as uow:
        confirm_run(uow, run_id)
    drain(host)
    assert rows(host)["0037 张三/01.jpg"].state == DUPLICATE


def test_scope_and_codes_are_checked_when_a_run_is_opened(host: Host) -> None:
    elsewhere = actor(host, ["archivist"], prefixes=[OTHER_COUNTY])
    with pytest.raises(NotFound), host.uow(elsewhere) as uow:
        open_run(uow, RunDraft(kind=UPLOAD, name="x", division_code=VILLAGE))
    with pytest.raises(BadInput), host.uow(host.system_actor()) as uow:
        open_run(uow, RunDraft(kind=UPLOAD, name="x", division_code="14112"))


def test_no_acknowledged_file_is_without_its_bytes(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱3", households() | {"散页.jpg": jpeg(40), "0037 张三/坏.jpg": b""}))
    assert all(host.storage.exists(row.sha256) for row in rows(host).values())


def test_an_empty_file_is_named_as_such(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01.jpg": b""}))
    assert next(iter(rows(host).values())).reason_code == ReasonCode.EMPTY


def test_names_that_are_no_utf8_are_taken_in_readably(host: Host, tmp_path: Path) -> None:
    folder = tmp_path / "0037 张三"
    folder.mkdir()
    (Path(str(folder)) / b"\xc1\xd6\xc8\xa8\xd6\xa4.jpg".decode("utf-8", "surrogateescape")).write_bytes(jpeg())
    take(host, folder)
    assert list(states(host)) == ["0037 张三/林权证.jpg"]


def test_a_link_out_of_the_folder_is_not_followed(host: Host, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.jpg").write_bytes(jpeg(3))
    folder = write_files(tmp_path / "0037 张三", {"01.jpg": jpeg(1)})
    (folder / "02.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    take(host, folder)
    assert list(states(host)) == ["0037 张三/01.jpg"]


def open_batch_item(host: Host) -> str:
    """Put the only certificate and file of the archive into a batch; returns the batch item's code."""
    code = "141124-2020-YJ003-0007"
    certificate_id = certificate(host)
    now = host.clock.now()
    with host.transaction() as session:
        file_id = session.scalars(select(ArchiveFile.id)).one()
        registry = Org(code="R1", name="登记中心", kind=ORG_REGISTRY, division_code=COUNTY)
        session.add(registry)
        session.flush()
        batch = Batch(
            batch_no="141124-2020-YJ003",
            title="第三批",
            division_code=COUNTY,
            registry_org_id=registry.id,
            state="RECEIVED",
            state_since=now,
            created_at=now,
            created_by="测试",
        )
        session.add(batch)
        session.flush()
        item = BatchItem(
            batch_id=batch.id,
            seq=7,
            code=code,
            certificate_id=certificate_id,
            archive_file_id=file_id,
            division_code=VILLAGE,
            state="ACCEPTED",
            added_at=now,
            added_by="测试",
        )
        session.add(item)
    return code


def test_a_cover_sheet_leads_a_feedback_paper_to_its_file(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "0037 张三", {"01.jpg": jpeg(1)}))
    code = open_batch_item(host)
    page, qr = written_page(width=1240, height=1754), io.BytesIO()
    segno.make(f"LD:{code}", error="m").save(qr, kind="png", scale=8)
    page.paste(Image.open(qr).convert("RGB"), (800, 60))
    take(host, write_files(tmp_path / "反馈", {"散.jpg": encoded(page, dpi=(150, 150)), "0099 别户/1.jpg": jpeg(2)}))
    with host.view() as session:
        item = session.scalars(select(Item).where(Item.source_name == "散.jpg")).one()
        events = session.scalars(select(EventRow).where(EventRow.name == "ItemFiled")).all()
        home = session.scalars(select(ArchiveFile.id).order_by(ArchiveFile.id)).first()
    assert (item.doc_type, item.archive_file_id) == ("D18", home)
    assert [f"LD:{code}"] in [event.payload["cover_codes"] for event in events]


def test_nothing_is_acknowledged_when_the_disk_is_full(tmp_path: Path) -> None:
    host = archive(tmp_path, host={"disk_reserve_mb": 10**9})
    with pytest.raises(NoSpace):
        take(host, write_files(tmp_path / "箱3", households()))
    assert rows(host) == {}
