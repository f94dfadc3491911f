"""The drawn papers: the files an office would hand over, the same each time, with the truth beside each page."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import unicodedata
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from lindang.errors import Unavailable
from plugins.demo.domain.chance import chance
from plugins.demo.domain.values import IssueState
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing import fonts
from plugins.demo.drawing.papers.feedback import Notice
from plugins.demo.drawing.register import HEADERS, write_register
from plugins.demo.drawing.render import Handling, render_feedback, render_household, render_village
from plugins.demo.drawing.sheet import MARK, PRINT, TITLE, Sheet
from plugins.demo.drawing.truth import FileTruth, HouseholdTruth, PageTruth, TextLine
from tests.support import pages

DPI = 100
NOTICE = Notice(
    doc_no="示不动产反〔2021〕17号",
    batch_no="990121-2021-YJ001",
    archival_code="9901-ZY·LG-QQ01-102203-0001",
    dated=pages.village().voted_on,
    qr_text="LD:990121-2021-YJ001-0001",
)
pytestmark = pytest.mark.ocr  # needs a Chinese font, as the recognition tests do


@pytest.fixture(scope="module")
def drawn() -> tuple[HouseholdTruth, Path]:
    return pages.household(0, quality="office", dpi=DPI)


def frames(path: Path) -> list[tuple[int, int]]:
    """Return the size of every page image in a file, read by other libraries than those that wrote it where there are any."""
    if path.suffix == ".pdf":
        with pikepdf.open(path) as document:
            return [(int(i.Width), int(i.Height)) for page in document.pages for i in page.get_images().values()]
    with Image.open(path) as image:
        sizes = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            sizes.append(image.size)
        return sizes


def level(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\n", "").replace(" ", "")


def test_a_household_folder_is_named_and_filled_as_an_office_does(drawn: tuple[HouseholdTruth, Path]) -> None:
    truth, scans = drawn
    assert truth.folder == f"0301-{truth.household.holder.name}"
    names = sorted(path.name for path in (scans / truth.folder).iterdir())
    assert names == sorted(file.relative_path.split("/")[1] for file in truth.files)
    assert names[0] == "01-林权登记申请表.pdf"
    assert {file.doc_type for file in truth.files} == {"D01", "D02", "D04", "D05", "D06", "D07", "D10", "D11", "D12"}
    assert len([file for file in truth.files if file.doc_type == "D06"]) == len(truth.household.parcels)


def test_every_file_holds_the_pages_that_the_truth_tells(drawn: tuple[HouseholdTruth, Path]) -> None:
    truth, scans = drawn
    for file in truth.files:
        assert frames(scans / file.relative_path) == [(page.width, page.height) for page in file.pages], file.title


def test_resolution_is_written_into_the_files(drawn: tuple[HouseholdTruth, Path]) -> None:
    truth, scans = drawn
    for file in truth.files:
        if file.relative_path.endswith((".jpg", ".tif")):
            with Image.open(scans / file.relative_path) as image:
                assert tuple(map(round, image.info["dpi"])) == (DPI, DPI), file.title
    contract = truth.file("D04")
    with pikepdf.open(scans / contract.relative_path) as document:
        width, height = (float(side) for side in document.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)


def test_every_page_says_that_it_is_fictional_and_pencil_and_seals_are_no_text(
    drawn: tuple[HouseholdTruth, Path],
) -> None:
    truth, _scans = drawn
    for file in truth.files:
        for page in file.pages:
            assert [line.text for line in page.lines if line.text == MARK] == [MARK]
            assert MARK not in page.text


def test_the_fields_stand_in_the_text_of_their_page(drawn: tuple[HouseholdTruth, Path]) -> None:
    truth, _scans = drawn
    checked = 0
    for file in truth.files:
        for page in file.pages:
            for name in ("cert_no", "holder", "id_no", "area_mu", "contract_no"):
                if value := page.fields.get(name):
                    assert level(value) in level(page.text), (file.title, page.page_no, name)
                    checked += 1
    assert checked > 20


def test_boxes_lie_on_the_page_and_hold_ink(drawn: tuple[HouseholdTruth, Path]) -> None:
    """After the skew of the scanner, too: the darkest spot inside a printed line's box is dark."""
    truth, scans = drawn
    survey = truth.file("D05")
    page = survey.pages[0]
    with Image.open(scans / survey.relative_path) as image:
        grey = image.convert("L")
        for line in page.lines:
            left, top, right, bottom = line.box
            assert 0 <= left < right <= page.width, line
            assert 0 <= top < bottom <= page.height, line
            if line.kind == "printed":
                assert min(grey.crop(line.box).tobytes()) < 140, line


def test_a_back_without_writing_is_a_blank_page(drawn: tuple[HouseholdTruth, Path]) -> None:
    truth, _scans = drawn
    survey = truth.file("D05")
    assert [page.is_blank for page in survey.pages] == [False, True]
    assert survey.pages[1].text == ""


def test_the_same_household_is_drawn_byte_for_byte_alike(tmp_path: Path, drawn: tuple[HouseholdTruth, Path]) -> None:
    truth, scans = drawn
    again = render_household(tmp_path, pages.village(), truth.household, quality="office", dpi=DPI)
    assert again == truth
    for file in truth.files:
        digests = {hashlib.sha256((root / file.relative_path).read_bytes()).hexdigest() for root in (scans, tmp_path)}
        assert len(digests) == 1, file.title


@pytest.mark.parametrize("index", [3, 4, 5, 6, 7, 8])
def test_the_papers_follow_the_state_of_the_file(tmp_path: Path, index: int) -> None:
    household = pages.village().households[index]
    truth = render_household(tmp_path, pages.village(), household, quality="clean", dpi=60)
    found = {file.doc_type for file in truth.files}
    assert ("D11" in found) == (household.issue_state is not IssueState.UNPRINTED)
    assert ("D12" in found) == (household.issue_state is IssueState.ISSUED)
    assert ("D14" in found) == bool(household.co_holders)
    assert ("D04" in found) == bool(household.tenure.contract_no)
    assert not household.absent & found
    if household.co_holders:
        assert len(truth.file("D02").pages) == 1 + len(household.co_holders)


def test_a_certificate_is_sealed_only_after_it_was(tmp_path: Path) -> None:
    def seals(index: int) -> set[str]:
        household = pages.village().households[index]
        truth = render_household(tmp_path, pages.village(), household, quality="clean", dpi=60)
        return {line.text for page in truth.file("D11").pages for line in page.lines if line.kind == "seal"}

    assert seals(6) == set()
    assert {"示范县人民政府", "示范县林业局"} <= seals(3)


@pytest.mark.parametrize(("reason", "present"), [("", "title_cert_no"), ("03 四至不清", "return_reason")])
def test_the_registry_answers_with_numbers_or_with_a_reason(tmp_path: Path, reason: str, present: str) -> None:
    household = pages.village().households[0]
    truth = render_feedback(
        tmp_path, pages.village(), household, dataclasses.replace(NOTICE, return_reason=reason), dpi=150
    )
    page = truth.pages[0]
    assert level(page.fields[present]) in level(page.text)
    assert level(household.cert_no) in level(page.text)
    assert ("title_cert_no" in page.fields) != ("return_reason" in page.fields)
    assert (tmp_path / truth.relative_path).stat().st_size > 20_000


def test_the_code_of_the_cover_sheet_can_be_read_back(tmp_path: Path) -> None:
    truth = render_feedback(tmp_path, pages.village(), pages.village().households[0], NOTICE, dpi=150)
    with Image.open(tmp_path / truth.relative_path) as image:
        assert [found.text for found in zxingcpp.read_barcodes(image)] == [NOTICE.qr_text]


def test_a_village_brings_its_own_records_a_register_and_the_truth(tmp_path: Path) -> None:
    truth = render_village(tmp_path, households=2, quality="clean", dpi=60)
    assert [file.relative_path for file in truth.village_files] == [
        "01-村民代表会议决议.pdf",
        "02-林权登记公示.pdf",
        "03-林改工作通知.pdf",
    ]
    assert all((truth.records / file.relative_path).is_file() for file in truth.village_files)
    assert all((truth.scans / file.relative_path).is_file() for one in truth.households for file in one.files)
    told = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert told["fictional"] == MARK
    assert [file["relative_path"] for file in told["files"]] == [file.relative_path for file in truth.files()]


def test_drawing_in_two_processes_changes_nothing(tmp_path: Path) -> None:
    one = render_village(tmp_path / "a", households=2, quality="poor", dpi=60)
    two = render_village(tmp_path / "b", households=2, quality="poor", dpi=60, workers=2)
    assert one.households == two.households
    for file in one.households[0].files:
        assert (one.scans / file.relative_path).read_bytes() == (two.scans / file.relative_path).read_bytes()


def test_the_born_digital_notice_has_real_text(tmp_path: Path) -> None:
    truth = render_village(tmp_path, households=1, quality="clean", dpi=60)
    notice: FileTruth = truth.village_files[2]
    extracted = level(PdfReader(truth.records / notice.relative_path).pages[0].extract_text())
    assert level("成熟一批、移交一批、反馈一批") in extracted
    assert all(level(line.text) in extracted for line in notice.pages[0].lines)


def test_the_register_has_one_row_a_parcel_and_every_column(tmp_path: Path) -> None:
    village = pages.village()
    write_register(tmp_path / "register.xlsx", village)
    sheet = load_workbook(tmp_path / "register.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    parcels = [(household, parcel) for household in village.households for parcel in household.parcels]
    assert tuple(cell.value for cell in sheet[3]) == HEADERS
    assert len(rows) == len(parcels)
    assert village.code in str(sheet["A2"].value)
    assert "虚构演示" in str(sheet["A1"].value)
    for row, (household, parcel) in zip(rows, parcels, strict=True):
        named = dict(zip(HEADERS, row, strict=True))
        assert named["林权证号"] == household.cert_no
        assert str(named["面积(亩)"]) == str(parcel.area_mu.normalize())
        assert named["证件号码"] == household.holder.id_no
        assert named["备注(证书状态)"] == household.issue_state.value


def test_without_a_chinese_font_the_error_names_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "font_folders", lambda: (tmp_path,))
    fonts.font_file.cache_clear()
    fonts.open_font.cache_clear()
    try:
        with pytest.raises(Unavailable, match="apt install fonts-noto-cjk"):
            render_household(tmp_path, invent_village(7, 1), invent_village(7, 1).households[0])
    finally:
        fonts.font_file.cache_clear()


def test_pages_can_lie_turned_and_their_truth_turns_with_them(tmp_path: Path) -> None:
    household = pages.village().households[1]
    handling = Handling(turned=1.0)
    straight = render_household(tmp_path / "a", pages.village(), household, quality="clean", dpi=60)
    turned = render_household(tmp_path / "b", pages.village(), household, quality="clean", dpi=60, handling=handling)
    for file in turned.files:
        assert frames(tmp_path / "b" / file.relative_path) == [(page.width, page.height) for page in file.pages]
    assert {page.quarter_turns for file in turned.files for page in file.pages} == {1, 2, 3}
    assert [file.text for file in turned.files] == [file.text for file in straight.files]


def test_a_turned_box_lies_where_the_turned_image_has_it() -> None:
    truth = PageTruth(
        page_no=1, width=40, height=30, dpi=60, colour_mode="grey", quality="clean", skew_degrees=0.0, is_blank=False,
        lines=(TextLine("字", (4, 5, 10, 9), "printed"),),
    )  # fmt: skip
    ink = Image.new("L", (40, 30), 0)
    ink.paste(255, (4, 5, 10, 9))
    for quarters, turn in enumerate(("ROTATE_270", "ROTATE_180", "ROTATE_90"), start=1):
        assert truth.turned(quarters).lines[0].box == ink.transpose(Image.Transpose[turn]).getbbox()


def test_print_shops_set_the_same_words_in_other_faces() -> None:
    seen = set()
    for press in fonts.PRESSES:
        sheet = Sheet(dpi=60, rng=chance(7, "press"), press=press)
        sheet.put(20, 20, "林权登记申请表", PRINT)
        sheet.put(20, 40, "申请人", TITLE)
        assert [line.text for line in sheet.lines] == ["林权登记申请表", "申请人"]
        seen.add(sheet.image.tobytes())
    assert len(seen) == len(fonts.PRESSES)
