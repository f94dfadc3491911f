"""A box in one file becomes the papers of its households: cut where a person says, filed whole, filed once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops
from sqlalchemy import select

from lindang.errors import Conflict, Faults, StaleVersion
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app
from lindang.verify import run_checks
from models.archive import ArchiveFile, Item, Page
from models.digital import MASTER, DigitalObject
from models.intake import DISMISSED, FILED, SORTING, SPLIT, IntakeFile
from plugins.ingest.adapters.part_files import write_pdf_parts, write_tiff_parts
from plugins.ingest.domain.cutting import Cut, Part, pages_between, propose
from plugins.ingest.domain.naming import type_of_title
from plugins.ingest.domain.record import Derived, PageRecord, TextRecord, from_json
from plugins.ingest.domain.separator import FILE, Separator, read_separator
from plugins.ingest.domain.tiff_part import NotDivisible
from plugins.ingest.queries.splitting import cut_values
from plugins.ingest.service.claims import claim
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.splitting import order_split
from tests.ingest_kit import COUNTY, VILLAGE, archive, blank_page, close, encoded, rows, take, write_files, written_page
from tests.support.box import as_pdf, as_tiff, box_pages
from tests.support.patches import patch_sheet

PARTS = (
    Part(pages=(3, 4), starts_file=True, doc_type="D01", village=VILLAGE, holder="张三"),
    Part(pages=(6,), starts_file=False, doc_type="D04"),
    Part(pages=(8, 9, 10), starts_file=True, doc_type="D11", village=VILLAGE, holder="李四"),
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give an archive with a box on the sorting desk, although it came in a household's folder."""
    made = archive(tmp_path)
    take(made, write_files(tmp_path / "箱", {"0037 张三/整箱.pdf": as_pdf(box_pages())}))
    yield made
    close(made)


def box(host: Host, name: str = "0037 张三/整箱.pdf") -> IntakeFile:
    """Return the box."""
    return rows(host)[name]


def order(host: Host, parts: tuple[Part, ...] = PARTS, *, account_id: int = 1, pages: int = 10) -> None:
    """Let an archivist cut the box."""
    row = box(host)
    who = actor(host, ["archivist"], prefixes=[COUNTY], account_id=account_id, name=f"甲{account_id}")
    with host.uow(who) as uow:
        order_split(uow, row.id, parts, pages=pages)


def test_sheets_propose_the_cuts_and_stay_out(host: Host) -> None:
    row = box(host)
    assert row.state == SORTING
    proposal = propose(from_json(row.scan or {}).pages, lambda _line: "")
    assert [(cut.first, cut.starts_file, cut.doc_type, cut.village) for cut in proposal.cuts] == [
        (3, True, "D01", VILLAGE),
        (6, False, "D04", ""),
        (8, True, "D11", VILLAGE),
    ]
    assert proposal.left_out == {1, 2, 5, 7}


@pytest.mark.parametrize(("patch_t", "begins"), [("file", [(2, True), (5, True)]), ("item", [(2, True), (5, False)])])
def test_patch_sheets_of_the_scanner_propose_the_cuts_too(
    tmp_path: Path, patch_t: str, begins: list[tuple[int, bool]]
) -> None:
    """A box between patch code T sheets, one of them skewed, speckled and upside down, with a blank back."""
    patches = [patch_sheet(dpi=75), patch_sheet(dpi=75, skew=2, noise=0.01).rotate(180)]
    pages = [patches[0], written_page(1), patches[1], blank_page(), written_page(2), written_page(3)]
    made = archive(tmp_path, patch_t=patch_t)
    take(made, write_files(tmp_path / "箱", {"整箱.pdf": as_pdf([page.convert("RGB") for page in pages])}))
    row = box(made, "箱/整箱.pdf")
    assert row.state == SORTING
    proposal = propose(from_json(row.scan or {}).pages, lambda _line: "")
    assert [(cut.first, cut.starts_file) for cut in proposal.cuts] == begins
    assert proposal.left_out == {1, 3, 4}
    close(made)


def test_patch_sheets_are_pages_where_the_office_does_not_use_them(tmp_path: Path) -> None:
    made = archive(tmp_path, patch_t="off")
    pages = [patch_sheet(dpi=75).convert("RGB"), written_page(1)]
    take(made, write_files(tmp_path / "箱", {"0037 张三/整箱.pdf": as_pdf(pages)}))
    assert box(made, "0037 张三/整箱.pdf").state == FILED
    close(made)


def test_the_village_of_the_delivery_is_offered_where_no_sheet_names_one(host: Host) -> None:
    cuts = (Cut(first=1, starts_file=True), Cut(first=2, starts_file=True, village="141124102999"))
    with host.view() as session:
        for delivered_for, offered in ((VILLAGE, VILLAGE), (COUNTY, "")):
            values = cut_values(session, host.system_actor(), delivered_for, cuts)
            assert [value["village"] for value in values] == [offered, "141124102999"]


def test_a_box_is_filed_as_its_papers_and_stays_as_it_came(host: Host) -> None:
    before = box(host)
    order(host)
    drain(host)
    stack = box(host)
    assert (stack.state, stack.sha256, stack.scan) == (SPLIT, before.sha256, None)
    assert host.storage.read(stack.sha256) == as_pdf(box_pages())
    papers = [row for row in rows(host).values() if row.parent_id == stack.id]
    assert [(row.state, row.relative_path.rpartition("#")[2]) for row in papers] == [
        (FILED, "3-4"),
        (FILED, "6"),
        (FILED, "8-10"),
    ]
    with host.view() as session:
        found = session.execute(
            select(ArchiveFile.holder_name, Item.item_no, Item.doc_type, Item.title, Item.created_by)
            .join(Item, Item.archive_file_id == ArchiveFile.id)
            .order_by(Item.id)
        ).all()
        pages = session.execute(select(Page.item_id, Page.page_no).order_by(Page.id)).all()
        masters = session.scalars(
            select(DigitalObject).where(DigitalObject.role == MASTER).order_by(DigitalObject.id)
        ).all()
    assert [tuple(row) for row in found] == [
        ("张三", 1, "D01", "林权登记申请表", "甲1"),
        ("张三", 2, "D04", "林地承包合同", "甲1"),
        ("李四", 1, "D11", "林权证存根/复印件（各页）", "甲1"),
    ]
    assert [page_no for _item, page_no in pages] == [1, 2, 1, 1, 2, 3]
    for master, numbers in zip(masters, ((3, 4), (6,), (8, 9, 10)), strict=True):
        assert image_streams(host.storage.read(master.sha256)) == image_streams(as_pdf(box_pages()), numbers)
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []


def image_streams(data: bytes, numbers: tuple[int, ...] = ()) -> list[bytes]:
    """Return the compressed images of a PDF's pages, as they lie there."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        wanted = numbers or tuple(range(1, len(pdf.pages) + 1))
        return [image.read_raw_bytes() for number in wanted for image in pdf.pages[number - 1].get_images().values()]


def test_pictures_of_a_waiting_box_are_sent_page_by_page(host: Host) -> None:
    row = box(host)
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    with (
        web.get(f"/ingest/desk/{row.id}/pages/3/thumb") as third,
        web.get(f"/ingest/desk/{row.id}/pages/4/thumb") as fourth,
    ):
        assert (third.status_code, third.data != fourth.data) == (200, True)
        assert third.data == host.storage.read(from_json(row.scan or {}).pages[2].thumb.sha256)
    for page_no, role in ((0, "view"), (11, "view"), (3, "text")):
        assert web.get(f"/ingest/desk/{row.id}/pages/{page_no}/{role}").status_code == 404
    stranger = client(make_app(host), actor(host, ["archivist"], prefixes=["141125"]))
    assert stranger.get(f"/ingest/desk/{row.id}/pages/3/thumb").status_code == 404
    assert stranger.post(f"/ingest/desk/{row.id}/hold").status_code == 404


def test_headings_only_propose() -> None:
    def page(number: int, text: str) -> PageRecord:
        picture = Derived("0" * 64, 1, 1, 1, 75)
        words = TextRecord("x", "1", text, (), 90)
        return PageRecord(number, picture, picture, 1, 1, 75, "gray", is_blank=False, text=words)

    pages = [page(1, "林权登记申请表\n户主 张三"), page(2, "续表"), page(3, "林地承包合同"), page(4, "林权登记申请表")]
    pages.append(page(5, "本页正文很长，其中提到林地承包合同，但不是标题，不应提出分界"))
    found = propose(pages, type_of_title).cuts
    assert [(cut.first, cut.starts_file, cut.doc_type, cut.is_sure) for cut in found] == [
        (1, True, "D01", True),
        (3, False, "D04", False),
        (4, True, "D01", False),
    ]


def test_the_same_box_from_elsewhere_is_known_after_it_was_cut(host: Host, tmp_path: Path) -> None:
    order(host)
    drain(host)
    count = len(rows(host))
    take(host, write_files(tmp_path / "又一次", {"0099 王五/别名.pdf": as_pdf(box_pages())}))
    assert len(rows(host)) == count


def test_two_people_do_not_cut_the_same_box(host: Host) -> None:
    row = box(host)
    first, second = (actor(host, ["archivist"], prefixes=[COUNTY], account_id=n, name=f"甲{n}") for n in (1, 2))
    with host.uow(first) as uow:
        assert claim(uow, row.id) == ""
    with host.uow(second) as uow:
        assert claim(uow, row.id) == "甲1"
    with pytest.raises(Conflict, match="甲1"):
        order(host, account_id=2)
    order(host, account_id=1)
    with pytest.raises(Conflict):
        order(host, account_id=1)
    drain(host)
    assert len([each for each in rows(host).values() if each.state == FILED]) == 3


INCOMPLETE = (
    ((PARTS[0], PARTS[2]), "第 6 页"),
    ((replace(PARTS[0], holder=""), *PARTS[1:]), "户主"),
    ((replace(PARTS[0], village="141125101201"), *PARTS[1:]), "村"),
    ((replace(PARTS[0], starts_file=False), *PARTS[1:]), "案卷"),
    ((*PARTS[:2], replace(PARTS[2], doc_type="D99")), "材料类型"),
    ((*PARTS[:2], replace(PARTS[2], doc_type="", title=" ")), "题名"),
    ((*PARTS[:2], replace(PARTS[2], archive_file_id=999)), "没有这个案卷"),
    ((), "第一件"),
)


def test_nothing_is_cut_before_everything_is_said(host: Host) -> None:
    for parts, told in INCOMPLETE:
        with pytest.raises(Faults) as caught:
            order(host, parts)
        assert any(told in fault.message for fault in caught.value.faults), told
        assert box(host).state == SORTING
    with pytest.raises(StaleVersion):
        order(host, pages=9)


def test_a_paper_holds_nothing_of_its_neighbours(tmp_path: Path) -> None:
    """Scanners that list all images in one dictionary of resources must not carry one household into another's paper."""
    source = tmp_path / "shared.pdf"
    with pikepdf.new() as pdf:
        images = pikepdf.Dictionary()
        for number, secret in enumerate((b"one-secret", b"two-secret")):
            stream = pikepdf.Stream(pdf, secret * 30)
            stream.Type, stream.Subtype, stream.Width, stream.Height = pikepdf.Name.XObject, pikepdf.Name.Image, 10, 10
            stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
            images[f"/Im{number}"] = stream
        shared = pdf.make_indirect(pikepdf.Dictionary(XObject=images))
        for number in range(2):
            page = pdf.add_blank_page(page_size=(100, 100))
            page.Contents = pikepdf.Stream(pdf, f"q 100 0 0 100 0 0 cm /Im{number} Do Q".encode())
            page.Resources = shared
        pdf.save(source, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    names = write_pdf_parts(source, [[1], [2]], tmp_path)
    held = [(tmp_path / name).read_bytes() for name in names]
    with pikepdf.open(tmp_path / names[0]) as pdf:
        assert list(pdf.pages[0].get_images()) == ["/Im0"]
    streams = [image_streams(data) for data in held]
    assert [[b"one" in each for each in found] for found in streams] == [[True], [False]]
    again = tmp_path / "again"
    again.mkdir()
    write_pdf_parts(source, [[1], [2]], again)
    assert [(again / name).read_bytes() for name in names] == held


@pytest.mark.parametrize("compression", ["tiff_lzw", "group4", "jpeg", "tiff_adobe_deflate", "packbits", "raw"])
def test_tiff_pages_are_taken_out_as_they_are(tmp_path: Path, compression: str) -> None:
    mode = "1" if compression == "group4" else "RGB"
    pages = [written_page(seed).convert(mode) for seed in range(4)]
    source = tmp_path / "stack.tif"
    source.write_bytes(as_tiff(pages, compression))
    (name,) = write_tiff_parts(source, [[2, 4]], tmp_path)
    with Image.open(tmp_path / name) as part, Image.open(source) as stack:
        assert getattr(part, "n_frames", 1) == 2
        for index, original in enumerate((1, 3)):
            part.seek(index)
            stack.seek(original)
            assert ImageChops.difference(part.convert("RGB"), stack.convert("RGB")).getbbox() is None
            assert part.info.get("compression") == stack.info.get("compression")


def test_a_tiff_that_cannot_be_cut_says_so(tmp_path: Path) -> None:
    source = tmp_path / "stack.tif"
    source.write_bytes(as_tiff([written_page(1), written_page(2)])[:-2000])
    with pytest.raises(NotDivisible):
        write_tiff_parts(source, [[1], [2]], tmp_path)
    source.write_bytes(encoded(written_page(1)))
    with pytest.raises(NotDivisible):
        write_tiff_parts(source, [[1]], tmp_path)


def test_a_stack_that_cannot_be_cut_comes_back_to_the_desk(tmp_path: Path) -> None:
    host = archive(tmp_path)
    pages = [written_page(1), written_page(2)]
    take(host, write_files(tmp_path / "箱", {"整箱.tif": as_tiff(pages), "0037 张三/01.tif": as_tiff(pages[:1])}))
    row = rows(host)["整箱.tif"]
    parts = tuple(replace(PARTS[0], pages=(number,), starts_file=True) for number in (1, 2))
    host.storage.path(row.sha256).chmod(0o644)
    host.storage.path(row.sha256).write_bytes(encoded(pages[0]))
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        order_split(uow, row.id, parts, pages=2)
    drain(host)
    after = rows(host)
    assert len(after) == 2
    assert (after["整箱.tif"].state, after["整箱.tif"].reason_code) == (SORTING, "not_divisible")
    close(host)


def test_codes_of_other_sheets_are_no_separators() -> None:
    good = Separator(kind=FILE, village=VILLAGE, reference="A12", doc_type="D01")
    assert read_separator(good.code.lower()) == good
    assert read_separator(good.code[:-1] + ("0" if good.code[-1] != "0" else "1")) is None
    assert read_separator("LD:141124-2020-YJ001-0001") is None
    assert read_separator(good.code.replace("A12", "A13")) is None


def test_cuts_that_leave_a_page_without_a_paper_are_no_cuts() -> None:
    assert pages_between([2, 5], range(1, 8), frozenset({1, 4})) == [(2, 3), (5, 6, 7)]
    for firsts in ([], [3], [2, 4], [5, 2], [2, 9]):
        with pytest.raises(ValueError, match="cuts"):
            pages_between(firsts, range(1, 8), frozenset({1, 4}))


def test_a_folder_of_pages_is_cut_like_one_file(tmp_path: Path) -> None:
    host = archive(tmp_path, reserve_mb=0)
    files = {f"第3箱/{n}.jpg": encoded(page, quality=80) for n, page in enumerate(box_pages(), start=1)}
    folder = write_files(tmp_path / "网络盘", files)
    draft = replace(folder_draft(folder, VILLAGE, "off"), stack=True)
    list(take_folder(host, host.system_actor(), folder, draft))
    drain(host)
    waiting = rows(host)
    assert {row.state for row in waiting.values()} == {SORTING}
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY], name="甲1"))
    first, fifth = waiting["第3箱/1.jpg"].id, waiting["第3箱/5.jpg"].id
    assert web.get(f"/ingest/desk/{fifth}/split").headers["Location"].endswith(f"/ingest/desk/{first}/split")
    page = web.get(f"/ingest/desk/{first}/split").text
    assert page.count('role="option"') == 10
    assert page.index(f"/desk/{waiting['第3箱/2.jpg'].id}/pages/1/thumb") < page.index(
        f"/desk/{waiting['第3箱/10.jpg'].id}/pages/1/thumb"
    )
    cuts = [
        {"first": part.pages[0], "starts_file": part.starts_file, "doc_type": part.doc_type, "holder": part.holder}
        | {"village": part.village}
        for part in PARTS
    ]
    decision = json.dumps({"pages": 10, "cuts": cuts, "left_out": [1, 2, 5, 7]})
    assert web.post(f"/ingest/desk/{first}/split", data={"decision": decision}).status_code == 302
    drain(host)
    with host.view() as session:
        masters = session.execute(
            select(Item.doc_type, Page.page_no, DigitalObject.sha256)
            .join(Page, Page.item_id == Item.id)
            .join(DigitalObject, (DigitalObject.page_id == Page.id) & (DigitalObject.role == MASTER))
            .order_by(Item.id, Page.page_no)
        ).all()
    found = [(doc_type, page_no, host.storage.read(sha256)) for doc_type, page_no, sha256 in masters]
    assert found == [
        (part.doc_type, number, files[f"第3箱/{page_no}.jpg"])
        for part in PARTS
        for number, page_no in enumerate(part.pages, start=1)
    ]
    ended = {name.partition("/")[2]: row.state for name, row in rows(host).items()}
    assert [name for name, state in ended.items() if state == DISMISSED] == ["1.jpg", "2.jpg", "5.jpg", "7.jpg"]
    assert [violation for result in run_checks(host, deep=True) for violation in result.violations] == []
    close(host)
