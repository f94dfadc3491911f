"""Register columns read off certificates: kept with the text they come from, once, renewed with a better text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.host import Host
from lindang.testing import drain
from models.archive import Item, Page
from models.digital import PageText
from models.events import ItemFiled, PageTextStored
from models.keying import FieldReading
from plugins.ingest.domain.scan import Word
from plugins.ingest.domain.text import PageReading
from plugins.ingest.handlers import item_filed, page_read
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.service.reading import keep_text
from plugins.ingest.service.scanning import sealed_text
from tests.ingest_kit import VILLAGE, archive, close, jpeg, write_files

ID = "141124197001010017"


def line(y: int, *cells: str) -> list[Word]:
    return [
        Word(800 + 2000 * at, y, 800 + 2000 * at + 110 * len(text), y + 300, text, 97) for at, text in enumerate(cells)
    ]


PAGE = [
    *line(1000, "坐落", "王家沟村后沟"),
    *line(1600, "小地名", "后沟"),
    *line(2200, "面积", "12.30亩"),
    *line(2800, "证件号码", ID),
]
BETTER = [*line(1000, "坐落", "王家沟村后沟"), *line(1600, "小地名", "后沟塔"), *line(2200, "林种", "防护林")]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = archive(tmp_path)
    folder = tmp_path / "in"
    write_files(folder, {"王小山/08-林权证存根.jpg": jpeg(1), "王小山/02-身份证复印件.jpg": jpeg(2)})
    list(take_folder(made, made.system_actor(), folder, folder_draft(folder, VILLAGE, "off")))
    drain(made)
    yield made
    close(made)


def page_of(host: Host, doc_type: str) -> tuple[int, int]:
    with host.view() as session:
        found = session.execute(select(Page.id, Item.id).join(Item).where(Item.doc_type == doc_type)).one()
        return found[0], found[1]


def read_as(host: Host, page_id: int, words: list[Word]) -> None:
    """Give the page a text, as recognition would; what follows from it runs."""
    text = "\n".join(word.text for word in words)
    record = sealed_text(host.vault, PageReading(text, tuple(words), 97.0, "test", "1"))
    with host.uow(host.system_actor()) as uow:
        keep_text(uow, page_id, record)
    drain(host)


def current(host: Host) -> dict[str, str]:
    with host.view() as session:
        rows = session.execute(select(FieldReading.field, FieldReading.value).where(FieldReading.is_current))
        return {row.field: row.value for row in rows}


def count(host: Host) -> int:
    with host.view() as session:
        return session.scalar(select(func.count(FieldReading.id))) or 0


def test_a_certificates_page_is_read_and_its_id_number_is_not(host: Host) -> None:
    page_id, _item = page_of(host, "D11")
    read_as(host, page_id, PAGE)
    assert current(host) == {"location": "王家沟村后沟", "place_name": "后沟", "area_mu": "12.30"}
    with host.view() as session:
        reading = session.scalars(select(FieldReading).where(FieldReading.field == "area_mu")).one()
        assert (reading.page_id, reading.row, reading.confidence) == (page_id, 0, 97)
        assert reading.box == [2800, 2200, 2800 + 110 * 6, 2500]
        assert reading.page_text_id == session.scalar(select(PageText.id).where(PageText.page_id == page_id))


def test_another_paper_is_not_read(host: Host) -> None:
    page_id, _item = page_of(host, "D02")
    read_as(host, page_id, PAGE)
    assert count(host) == 0


def test_an_event_delivered_twice_changes_nothing(host: Host) -> None:
    page_id, item_id = page_of(host, "D11")
    read_as(host, page_id, PAGE)
    page_read(host, PageTextStored(page_id=page_id, item_id=item_id, division_code=VILLAGE))
    item_filed(host, ItemFiled(item_id=item_id, archive_file_id=0, division_code=VILLAGE))
    assert count(host) == 3


def test_a_better_text_takes_over_and_the_former_readings_stay(host: Host) -> None:
    page_id, _item = page_of(host, "D11")
    read_as(host, page_id, PAGE)
    read_as(host, page_id, BETTER)
    assert current(host) == {"location": "王家沟村后沟", "place_name": "后沟塔", "forest_category": "防护林"}
    assert count(host) == 6


def test_a_text_without_columns_leaves_none_current(host: Host) -> None:
    page_id, _item = page_of(host, "D11")
    read_as(host, page_id, PAGE)
    read_as(host, page_id, line(1000, "什么也没有"))
    assert current(host) == {}


def test_a_paper_named_a_certificate_later_is_read_then(host: Host) -> None:
    page_id, item_id = page_of(host, "D02")
    read_as(host, page_id, PAGE)
    with host.transaction() as session:
        session.get_one(Item, item_id).doc_type = "D11"
    item_filed(host, ItemFiled(item_id=item_id, archive_file_id=0, division_code=VILLAGE))
    assert current(host)["place_name"] == "后沟"
