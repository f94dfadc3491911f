"""Hostile files for the intake: each with the verdict that a person should read.

    from tests.support.hostile import hostile_files
    for name, data, verdict in hostile_files(): ...

``verdict`` is one word of :class:`Verdict`. Nothing here is anybody's real file; the generators say what is wrong with each.
Source: trust notes 8.2 B5. The large ones are made by functions of their own, on demand.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from enum import StrEnum

import pikepdf
from PIL import Image

SCRIPT = b"<html><body><script>document.title='owned'</script></body></html>"


class Verdict(StrEnum):
    """What the intake should find: the values of its reason codes, and one for what is harmless."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    PASSWORD = "password"
    UNSUPPORTED = "unsupported"
    PIXEL_BOMB = "pixel_bomb"
    TOO_MANY_PAGES = "too_many_pages"
    ACCEPTED = "accepted"


def hostile_files() -> Iterator[tuple[str, bytes, Verdict]]:
    """Yield (name, bytes, verdict), the cheap ones first; every file is below 3 MB."""
    yield "空文件.jpg", b"", Verdict.EMPTY
    yield "截断.jpg", _image("JPEG")[:2000], Verdict.TRUNCATED
    yield "截断.tif", _image("TIFF")[:3000], Verdict.TRUNCATED
    yield "截断.png", _image("PNG")[:1500], Verdict.TRUNCATED
    yield "截断.pdf", pdf(2)[:400], Verdict.TRUNCATED
    yield "加密.pdf", encrypted_pdf(), Verdict.PASSWORD
    yield "页树成环.pdf", page_tree_loop_pdf(), Verdict.DAMAGED
    yield "网页改名.jpg", SCRIPT, Verdict.UNSUPPORTED
    yield "矢量图改名.jpg", _svg(), Verdict.UNSUPPORTED
    yield "表格改名.jpg", b"PK\x03\x04" + bytes(200), Verdict.UNSUPPORTED
    yield "文本改名.pdf", "这不是 PDF".encode(), Verdict.UNSUPPORTED
    yield "像素炸弹60000.png", bomb_png(60_000, 60_000), Verdict.PIXEL_BOMB
    yield "超大图13000.png", bomb_png(13_000, 13_000), Verdict.PIXEL_BOMB
    yield "一万个目录.tif", tiff_with_many_directories(10_000), Verdict.TOO_MANY_PAGES
    yield "一万页.pdf", pdf(10_000), Verdict.TOO_MANY_PAGES
    yield "PDF兼网页.pdf", pdf(1) + b"\n" + SCRIPT, Verdict.ACCEPTED


def hostile_names() -> tuple[str, ...]:
    """List names that a file may carry through upload: direction marks, markup, climbing, reserved, lookalikes, length."""
    return (
        "申请表\u202egpj.exe",
        "合同\u0000.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "../../etc/passwd.jpg",
        "..\\..\\windows\\win.ini.jpg",
        "/绝对路径.jpg",
        "CON.jpg",
        "=cmd|' /C calc'!A0.jpg",
        "e\u0301.jpg",
        "\u00e9.jpg",
        " 前后空格 .jpg ",
        "换行\n.jpg",
        "长" * 80 + ".jpg",
        ".jpg",
    )


def hostile_byte_names() -> tuple[bytes, ...]:
    """List names as bytes that are no UTF-8, as an old Windows share hands them over (GBK, Big5, broken)."""
    return (
        "林权证.jpg".encode("gbk"),
        "林權證.jpg".encode("big5"),
        b"scan\xff\xfe.jpg",
        "四字节\U00020000.jpg".encode("gb18030"),
    )


def good_jpeg(text_seed: int = 0) -> bytes:
    """Return a small sound JPEG, to stand beside the bad ones and be filed all the same; seeds give different bytes."""
    return _image("JPEG", seed=text_seed)


def pdf(pages: int) -> bytes:
    """Return a sound PDF with that many empty pages."""
    document = pikepdf.new()
    for _number in range(pages):
        document.add_blank_page(page_size=(595, 842))
    return _saved(document)


def encrypted_pdf() -> bytes:
    """Return a PDF that opens only with a password."""
    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    document.save(out, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    return out.getvalue()


def page_tree_loop_pdf() -> bytes:
    """Return a PDF whose page tree names itself as its own child."""
    body = (
        b"%PDF-1.4\n"
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
        b"3 0 obj<</Type/Pages/Parent 2 0 R/Count 1/Kids[2 0 R]>>endobj\n"
    )
    offsets = [body.index(f"{number} 0 obj".encode()) for number in (1, 2, 3)]
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    return body + table + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def bomb_png(width: int, height: int) -> bytes:
    """Return a valid PNG of one bit a pixel whose pixels are far more than its bytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row * 100) for _hundred in range(height // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def tiff_with_many_directories(count: int) -> bytes:
    """Return a TIFF of that many one-pixel pages."""
    entry = struct.Struct("<HHII")
    tags = (
        (256, 3, 1),
        (257, 3, 1),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 3, 1),
        (279, 4, 1),
    )
    size = 2 + len(tags) * entry.size + 4
    out = bytearray(struct.pack("<2sHI", b"II", 42, 12) + b"\x80\x00\x00\x00")
    for number in range(count):
        out += struct.pack("<H", len(tags)) + b"".join(entry.pack(tag, kind, 1, value) for tag, kind, value in tags)
        out += struct.pack("<I", 12 + (number + 1) * size if number + 1 < count else 0)
    return bytes(out)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _image(kind: str, seed: int = 0) -> bytes:
    image = Image.linear_gradient("L").resize((620, 877)).rotate(seed + 3)
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def _svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
