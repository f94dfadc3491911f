"""What the intake's tests share: small drawn pages, an archive with one county, folders of households."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.host import Host
from lindang.testing import drain, make_host
from models.intake import IntakeFile
from models.place import Division
from plugins.ingest.service.folders import Outcome, folder_draft, take_folder
from plugins.ingest.tools import sandbox_of

COUNTY, TOWN, VILLAGE, OTHER_VILLAGE = "141124", "141124102", "141124102205", "141124102206"
OTHER_COUNTY = "141125"
OTHERS = ("accounts", "search", "handover", "demo")
"""Plugins that are switched off in most of these tests: the intake needs the catalogue's reference data and no more."""

DIVISIONS = (
    (COUNTY, "临水县", "county", ""),
    (TOWN, "白文镇", "town", COUNTY),
    (VILLAGE, "阳坡村", "village", TOWN),
    (OTHER_VILLAGE, "王家沟村", "village", TOWN),
    (OTHER_COUNTY, "邻县", "county", ""),
    ("141125101", "邻镇", "town", OTHER_COUNTY),
    ("141125101201", "邻村", "village", "141125101"),
)


def written_page(seed: int = 0, *, width: int = 620, height: int = 877, seal: bool = False) -> Image.Image:
    """Return an A4 at 75 dpi with lines of strokes like writing; every seed gives other bytes."""
    image = Image.new("RGB", (width, height), (250, 247, 238))
    draw = ImageDraw.Draw(image)
    for row, top in enumerate(range(height // 8, height * 5 // 6, height // 36)):
        for column, left in enumerate(range(width // 8, width * 7 // 8, width // 44)):
            if (row * 7 + column * 3 + seed) % 11:
                draw.rectangle((left, top, left + width // 80, top + height // 90), fill=(30, 30, 40))
    draw.rectangle((10, 10, 10 + seed, 13), fill=(30, 30, 40))
    if seal:
        draw.ellipse((width // 3, height // 5, width // 2, height // 5 + width // 6), outline=(210, 30, 30), width=6)
    return image


def blank_page(*, width: int = 620, height: int = 877) -> Image.Image:
    """Return a page of worn paper without writing: tint, a shadow, dust."""
    image = Image.new("RGB", (width, height), (240, 236, 220))
    shadow = Image.linear_gradient("L").resize((width, height)).point(lambda value: 255 - value // 6)
    image = Image.composite(image, Image.new("RGB", (width, height), (190, 186, 170)), shadow)
    ImageDraw.Draw(image).point([(40, 300), (500, 610)], fill=(90, 90, 90))
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return an image as bytes."""
    out = io.BytesIO()
    image.save(out, kind, **({"dpi": (75, 75)} | options))
    return out.getvalue()


def jpeg(seed: int = 0) -> bytes:
    """Return a small written page as JPEG; a seed gives other bytes."""
    return encoded(written_page(seed), quality=70)


def archive(folder: Path, *, host: dict[str, Any] | None = None, **ingest: Any) -> Host:
    """Return a prepared archive with the test's divisions; recognition is off unless asked for."""
    alone = {"disabled": list(OTHERS), **(host or {})}
    made = make_host(folder / "data", host=alone, ingest={"ocr": "off", **ingest})
    with made.transaction() as session:
        for code, name, level, parent in DIVISIONS:
            session.add(Division(code=code, name=name, level=level, parent_code=parent, valid_to=None))
    return made


def close(host: Host) -> None:
    """End the host's child processes and connections."""
    sandbox_of(host).close()
    host.close()


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder; returns the folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def take(host: Host, folder: Path, division: str = VILLAGE, ocr: str = "off") -> list[Outcome]:
    """Take a folder in as the command line does, and let the worker finish."""
    outcomes = list(take_folder(host, host.system_actor(), folder, folder_draft(folder, division, ocr)))
    drain(host)
    return outcomes


def rows(host: Host) -> dict[str, IntakeFile]:
    """Return all intake files by path."""
    with host.view() as session:
        found = list(session.scalars(select(IntakeFile).order_by(IntakeFile.id)))
        session.expunge_all()
    return {row.relative_path: row for row in found}


def states(host: Host) -> dict[str, str]:
    """Return the state of every intake file by path."""
    return {path: row.state for path, row in rows(host).items()}


def everything(session: Session, *tables: type) -> list[list[Any]]:
    """Return all rows of some tables as plain values, to compare before and after."""
    return [
        [
            tuple(getattr(row, column.key) for column in table.__table__.columns)
            for row in session.scalars(select(table))
        ]
        for table in tables
    ]


def households(seeds: Iterable[int] = (1, 2)) -> dict[str, bytes]:
    """Return two households with two papers each, every paper with other bytes."""
    one, two = tuple(seeds)
    return {
        "0037 张三/01-林权登记申请表.jpg": jpeg(one),
        "0037 张三/02-林地承包合同.jpg": jpeg(one + 10),
        "0038 李四/D11_林权证.jpg": jpeg(two),
        "0038 李四/D05 勘界表.jpg": jpeg(two + 10),
    }
