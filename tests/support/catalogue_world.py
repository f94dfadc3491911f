"""A small county for the catalogue's tests: two villages, people with two scopes, household files with drawn pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image, ImageDraw

from lindang.auth import Actor
from lindang.host import Host
from lindang.plugin import Plugin
from lindang.testing import FixedClock, actor, make_host
from models.archive import ArchiveFile, Item, Page
from plugins.catalogue.service.certificates import add_parcel, key_certificate
from plugins.catalogue.service.files import FileDraft, ItemDraft, add_item, open_file
from plugins.catalogue.service.images import PORT, PageImages, store_page
from plugins.catalogue.service.pages import add_page
from plugins.catalogue.service.reference import load_divisions

OTHERS = ["ingest", "search", "handover", "demo"]
"""Plugins that are switched off here: the catalogue stands on its own."""

COUNTY, TOWN = "141124", "141124102"
VILLAGE, OTHER_VILLAGE = "141124102205", "141124102206"
DIVISIONS = (
    "code,name,level,parent\n"
    "141124,临水县,county,\n"
    "141124102,柳林镇,town,141124\n"
    "141124102205,王家沟村,village,141124102\n"
    "141124102206,李家庄村,village,141124102\n"
    "141125,邻县,county,\n"
    "141125101,邻镇,town,141125\n"
    "141125101201,邻村,village,141125101\n"
)
CERTIFICATE = {
    "cert_no": "临林证字(2010)第000123号",
    "issue_state": "ISSUED",
    "holder_name": "王小山",
    "cert_serial": "B1400000123",
    "issuer": "临水县人民政府",
    "issue_date": "2010-05-06",
    "holder_type": "1",
    "id_type": "1",
    "id_no": "141124197001010017",
    "co_mode": "0",
}
PARCEL = {
    "parcel_no": "0001",
    "location": "临水县柳林镇王家沟村",
    "place_name": "后沟",
    "compartment": "3",
    "subcompartment": "7,8",
    "area_mu": "12.30",
    "bound_e": "沟底小路",
    "bound_s": "李四地埂",
    "bound_w": "山脊",
    "bound_n": "张三林地",
    "main_species": "油松",
    "forest_category": "1",
    "land_owner": "王家沟村农民集体",
    "land_use_holder": "王小山",
    "tree_owner": "王小山",
    "tree_use_holder": "王小山",
    "acquisition": "FAMILY",
    "term_years": "70",
    "term_start": "2010-05-06",
    "term_end": "2080-05-05",
}
ALL_PAPERS = ("D01", "D02", "D04", "D05", "D06", "D07", "D10", "D11", "D12")


@dataclass
class World:
    """The archive and its people."""

    host: Host
    clock: FixedClock
    folder: Path
    archivist: Actor
    second: Actor
    auditor: Actor
    stranger: Actor


def make_world(folder: Path, *, database_url: str = "", **settings: Any) -> World:
    """Return an archive with divisions, an archivist, a colleague, an auditor, and an archivist of the next county."""
    clock = FixedClock()
    host = make_host(folder / "data", clock=clock, host={"disabled": OTHERS, "database_url": database_url}, **settings)
    with host.uow(host.system_actor()) as uow:
        load_divisions(uow, DIVISIONS.encode(), source="test")
    if not any(PORT in plugin.adapters for plugin in host.plugins):
        host.plugins = (*host.plugins, Plugin(name="scanner", title="scanner", adapters={PORT: {"pillow": _maker}}))
    return World(
        host=host,
        clock=clock,
        folder=folder,
        archivist=actor(host, ["archivist"], prefixes=[COUNTY], name="档案员甲", account_id=1),
        second=actor(host, ["archivist", "liaison"], prefixes=[COUNTY], name="联络员乙", account_id=2),
        auditor=actor(host, ["auditor"], prefixes=[COUNTY], name="审计员丙", account_id=3),
        stranger=actor(host, ["archivist", "liaison"], prefixes=["141125"], name="邻县丁", account_id=4),
    )


def _maker(_host: Host) -> Any:
    """Offer a plain parser, for hosts whose intake plugin does not offer the real one."""

    @contextmanager
    def scan(path: Path) -> Iterator[Any]:
        view, thumb = path.with_suffix(".view.jpg"), path.with_suffix(".thumb.jpg")
        with Image.open(path) as opened:
            image, name = opened.convert("RGB"), str(opened.format).lower()
        image.save(view, quality=80)
        small = image.copy()
        small.thumbnail((320, 320))
        small.save(thumb, quality=75)
        page = SimpleNamespace(
            view=view.name,
            thumb=thumb.name,
            width=image.width,
            height=image.height,
            dpi=200,
            colour_mode="colour",
            view_width=image.width,
            view_height=image.height,
            thumb_width=small.width,
            thumb_height=small.height,
            is_blank=False,
        )
        facts = SimpleNamespace(format=name, media_type=f"image/{name}", tool="test", pages=(page,))
        yield SimpleNamespace(folder=path.parent, result=facts)

    return scan


def drawn(text: str, size: tuple[int, int] = (500, 700)) -> bytes:
    """Return a JPEG page with some words on it; different words, different bytes."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 60), text, fill="black")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def stored(world: World, text: str, name: str = "scan.jpg") -> PageImages:
    """Return a drawn page, stored."""
    path = world.folder / "scan"
    path.write_bytes(drawn(text))
    return store_page(world.host, path, name)


def household(world: World, title: str = "王小山林权登记材料", division: str = VILLAGE, **more: Any) -> ArchiveFile:
    """Open a household file."""
    with world.host.uow(world.host.system_actor("系统")) as uow:
        return open_file(uow, FileDraft(class_code="QQ01", division_code=division, title=title, year=2010, **more))


def paper(world: World, file: ArchiveFile, doc_type: str = "D01", pages: int = 1) -> tuple[Item, list[Page]]:
    """Register a 件 and scan its pages."""
    images = [stored(world, f"{file.archival_code} {doc_type} {n}") for n in range(pages)]
    with world.host.uow(world.archivist) as uow:
        item = add_item(uow, file.id, ItemDraft(title=f"材料 {doc_type}", doc_type=doc_type))
    with world.host.uow(world.archivist) as uow:
        return item, [add_page(uow, item.id, image) for image in images]


def keyed(world: World, file: ArchiveFile, parcels: int = 1, **more: str) -> int:
    """Key a certificate with parcels; returns its id."""
    with world.host.uow(world.archivist) as uow:
        certificate = key_certificate(uow, file.id, CERTIFICATE | more)
    for number in range(1, parcels + 1):
        with world.host.uow(world.archivist) as uow:
            add_parcel(uow, certificate.id, PARCEL | {"parcel_no": f"{number:04d}"})
    return certificate.id
