"""What is no plain scan: each file ends as filed with its text, or as refused with a reason; the child survives all of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from sqlalchemy import select

from lindang.host import Host
from lindang.testing import actor, client, make_app
from models.archive import Item, Page
from models.digital import MASTER, DigitalObject, PageText
from models.intake import FAILED, FILED
from plugins.ingest import pipeline
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import ScanProfile
from tests.ingest_kit import COUNTY, archive, close, encoded, rows, take, write_files, written_page

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DOCX_BODY = f"<w:document {W}><w:body><w:p><w:r><w:t>林地承包</w:t></w:r><w:r><w:t>合同</w:t></w:r></w:p><w:p><w:r><w:t>甲方</w:t><w:tab/><w:t>村委会</w:t></w:r></w:p></w:body></w:document>"
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def package(members: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip package."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def docx(body: str | bytes = DOCX_BODY) -> bytes:
    return package({"[Content_Types].xml": "<Types/>", "word/document.xml": body})


def xlsx() -> bytes:
    sheet = f'<worksheet {S}><sheetData><row><c t="s"><v>1</v></c><c><v>12.5</v></c></row><row><c t="inlineStr"><is><t>备注</t></is></c><c t="s"><v>99</v></c></row></sheetData></worksheet>'
    shared = f"<sst {S}><si><t>户主</t></si><si><t>张三</t></si></sst>"
    return package(
        {"xl/workbook.xml": "<workbook/>", "xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet}
    )


def ofd() -> bytes:
    pages = {
        f"Doc_0/Pages/Page_{n}/Content.xml": f"<ofd:Page {OFD}><ofd:TextObject><ofd:TextCode>第{n}页</ofd:TextCode></ofd:TextObject></ofd:Page>"
        for n in (10, 2)
    }
    return package({"OFD.xml": f"<ofd:OFD {OFD}/>", **pages})


def encrypted(data: bytes) -> bytes:
    """Return a package whose members say that they are encrypted."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(signature)
        while place >= 0:
            changed[place + offset] |= 1
            place = changed.find(signature, place + 4)
    return bytes(changed)


BOMB = b"<w:document>" + b" " * (80 * 1024 * 1024) + b"</w:document>"
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
HOSTILE = (
    ("截断.docx", docx()[:200], ReasonCode.TRUNCATED),
    ("加密.docx", encrypted(docx()), ReasonCode.PASSWORD),
    ("旧式加密.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ReasonCode.UNSUPPORTED),
    ("压缩炸弹.docx", docx(BOMB), ReasonCode.TOO_LARGE),
    ("实体炸弹.docx", docx(LAUGHS), ReasonCode.DAMAGED),
    ("坏正文.docx", docx("<w:document>"), ReasonCode.DAMAGED),
    ("别的压缩包.zip", package({"a.txt": "x"}), ReasonCode.UNSUPPORTED),
    (
        "成员太多.docx",
        package({"word/document.xml": DOCX_BODY, **{f"{n}": "" for n in range(5001)}}),
        ReasonCode.TOO_LARGE,
    ),
    ("截断.jp2", encoded(written_page(1), "JPEG2000")[:3000], None),
    (
        "像素炸弹.jp2",
        encoded(Image.new("1", (16, 16)).convert("L"), "JPEG2000").replace(
            (16).to_bytes(4, "big") * 2, (60_000).to_bytes(4, "big") * 2
        ),
        None,
    ),
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path, reserve_mb=0)
    yield made
    close(made)


def test_documents_born_digital_are_kept_and_found_by_their_text(host: Host, tmp_path: Path) -> None:
    files = {"0037 张三/01-合同.docx": docx(), "0037 张三/02-清册.xlsx": xlsx(), "0037 张三/03-公文.ofd": ofd()}
    take(host, write_files(tmp_path / "箱", files), ocr="tesseract")
    with host.view() as session:
        masters = session.scalars(
            select(DigitalObject).where(DigitalObject.role == MASTER).order_by(DigitalObject.id)
        ).all()
        found = session.execute(
            select(Item.item_no, Page.page_no, PageText.text)
            .join(Page, Page.item_id == Item.id)
            .join(PageText)
            .order_by(Item.id)
        ).all()
    assert [tuple(row) for row in found] == [
        (1, 1, "林地承包合同\n甲方村委会"),
        (2, 1, "张三\t12.5\n备注"),
        (3, 1, "第2页\n第10页"),
    ]
    assert [host.storage.read(master.sha256) for master in masters] == list(files.values())
    assert [master.format for master in masters] == ["docx", "xlsx", "ofd"]
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    sent = [web.get(f"/catalogue/masters/{master.id}", buffered=True) for master in masters]
    names = [one.headers["Content-Disposition"].rpartition(".")[2] for one in sent]
    assert names == ["docx", "xlsx", "ofd"], "a person's computer knows what opens it"


def test_sound_and_film_are_kept_and_never_opened(host: Host, tmp_path: Path) -> None:
    files = {
        "0037 张三/01-访谈录音.mp3": b"ID3\x04" + bytes(900),
        "0037 张三/02-录音.wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(900),
        "0037 张三/03-勘界录像.mp4": b"\x00\x00\x00\x18ftypisom" + bytes(900),
    }
    take(host, write_files(tmp_path / "箱", files), ocr="tesseract")
    with host.view() as session:
        masters = session.scalars(
            select(DigitalObject).where(DigitalObject.role == MASTER).order_by(DigitalObject.id)
        ).all()
    assert [master.media_type for master in masters] == ["audio/mpeg", "audio/wav", "video/mp4"]
    assert {row.state for row in rows(host).values()} == {FILED}


def test_hostile_packages_end_with_a_reason(host: Host, tmp_path: Path) -> None:
    take(host, write_files(tmp_path / "箱", {f"0001 甲/{name}": data for name, data, _code in HOSTILE}))
    ended = rows(host)
    for name, _data, code in HOSTILE:
        row = ended[f"0001 甲/{name}"]
        assert row.state == FAILED, name
        assert row.reason, name
        if code is not None:
            assert row.reason_code == code, name
    take(host, write_files(tmp_path / "箱", {"0001 甲/99-好的.docx": docx()}))
    assert rows(host)["0001 甲/99-好的.docx"].state == FILED


def test_jpeg_2000_is_a_page_like_any_other(tmp_path: Path) -> None:
    page = written_page(1)
    source = tmp_path / "page.jp2"
    source.write_bytes(encoded(page, "JPEG2000"))
    work = tmp_path / "work"
    work.mkdir()
    result = pipeline.process(source, work, ScanProfile())
    assert (result.format, result.media_type, len(result.pages)) == ("jp2", "image/jp2", 1)
    assert (result.pages[0].width, result.pages[0].height) == page.size
    with Image.open(work / result.pages[0].view) as view:
        worst = ImageChops.difference(view.convert("L"), page.convert("L")).getextrema()
    assert worst[1] < 90


@pytest.mark.parametrize(
    "compression", ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "group3", "group4", "tiff_ccitt"]
)
def test_every_compression_that_scanners_write_is_read(tmp_path: Path, compression: str) -> None:
    is_fax = compression.startswith(("group", "tiff_ccitt"))
    source, work = tmp_path / "page.tif", tmp_path / "work"
    work.mkdir()
    source.write_bytes(encoded(written_page(1).convert("1" if is_fax else "RGB"), "TIFF", compression=compression))
    result = pipeline.process(source, work, ScanProfile())
    assert (result.format, len(result.pages), result.pages[0].is_blank) == ("tiff", 1, False)


def test_text_is_bounded(tmp_path: Path) -> None:
    body = f"<w:document {W}><w:body>" + "<w:p><w:r><w:t>字</w:t></w:r></w:p>" * 5000 + "</w:body></w:document>"
    source, work = tmp_path / "long.docx", tmp_path / "work"
    work.mkdir()
    source.write_bytes(docx(body))
    result = pipeline.process(source, work, ScanProfile(max_chars=1000))
    assert 0 < len(result.pages[0].text or "") <= 1000
    source.write_bytes(b"PK\x03\x04" + bytes(50))
    with pytest.raises(Refused) as caught:
        pipeline.process(source, work, ScanProfile())
    assert caught.value.code == ReasonCode.UNSUPPORTED
