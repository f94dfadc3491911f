"""Saving rows: which book a row belongs to, what moves when a number is corrected, what stays when a state would go back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lindang.testing import client, make_app
from models.archive import ArchiveFile
from models.digital import Identifier
from models.register import Certificate, Parcel, RegisterEntry, RegisterSheet
from tests.support.catalogue_world import VILLAGE, World, household, make_world
from tests.support.keying import CELLS, keyed, save

OTHER = "临林证字(2010)第000124号"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def books(world: World, *, withdrawn: bool = False) -> list[Certificate]:
    with world.host.view() as session:
        query = select(Certificate).where(Certificate.is_withdrawn == withdrawn).order_by(Certificate.id)
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def numbers(world: World, *, current: bool) -> list[str]:
    query = select(Identifier.raw).where(Identifier.kind == "cert_no", Identifier.is_current == current)
    with world.host.view() as session:
        return sorted(session.scalars(query))


def pages_of(world: World, certificate_id: int) -> list[str]:
    query = select(Parcel.parcel_no).where(Parcel.certificate_id == certificate_id, ~Parcel.is_withdrawn)
    with world.host.view() as session:
        return list(session.scalars(query.order_by(Parcel.seq)))


def test_rows_of_one_number_are_one_book(world: World, app: Flask) -> None:
    file = household(world, holder_name="王小山")
    keyed(world, app, file=file)
    keyed(world, app, file=file, parcel_no="002", cert_no="临林证字〔2010〕第123号")
    [book] = books(world)
    assert pages_of(world, book.id) == ["001", "002"]
    assert book.cert_no == CELLS["cert_no"]


def test_a_second_page_adds_what_the_book_lacks_and_overwrites_nothing(world: World, app: Flask) -> None:
    file = household(world, holder_name="王小山")
    keyed(world, app, file=file, cert_serial="", issue_date="", issue_state="已打印未盖章")
    keyed(world, app, file=file, parcel_no="002", cert_serial="B9", holder_name="别人", issue_state="发放到户")
    [book] = books(world)
    assert (book.cert_serial, book.holder_name, book.issue_state) == ("B9", "王小山", "PRINTED_UNSEALED")


def test_a_corrected_number_takes_its_book_along(world: World, app: Flask) -> None:
    row = keyed(world, app)
    save(app, world.archivist, {"cert_no": OTHER}, row=row)
    [book] = books(world)
    assert (book.cert_no, book.cert_key, book.archive_file_id) == (OTHER, "临|2010|124", row["file_id"])
    assert numbers(world, current=True) == [OTHER]
    assert numbers(world, current=False) == [CELLS["cert_no"]]


def test_one_of_two_pages_with_a_corrected_number_gets_a_book_of_its_own(world: World, app: Flask) -> None:
    file = household(world, holder_name="王小山")
    keyed(world, app, file=file)
    second = keyed(world, app, file=file, parcel_no="002")
    save(app, world.archivist, {"cert_no": OTHER}, row=second)
    one, other = books(world)
    assert (pages_of(world, one.id), pages_of(world, other.id)) == (["001"], ["002"])
    assert one.archive_file_id == file.id
    assert other.archive_file_id is None  # one file, one book


def test_a_page_that_joins_another_book_leaves_an_empty_one_withdrawn(world: World, app: Flask) -> None:
    keyed(world, app)
    wrong = keyed(world, app, cert_no=OTHER, parcel_no="002")
    save(app, world.archivist, {"cert_no": CELLS["cert_no"]}, row=wrong)
    [book] = books(world)
    assert pages_of(world, book.id) == ["001", "002"]
    [left] = books(world, withdrawn=True)
    assert (left.cert_no, left.archive_file_id) == (OTHER, None)
    assert numbers(world, current=True) == [CELLS["cert_no"]]


def test_the_same_number_in_another_village_is_a_duplicate_of_its_own(world: World, app: Flask) -> None:
    keyed(world, app)
    keyed(world, app, village="141124102206")
    assert [(book.division_code[-3:], book.duplicate_no) for book in books(world)] == [("205", 0), ("206", 1)]


def test_a_file_is_linked_once(world: World, app: Flask) -> None:
    file = household(world, holder_name="")
    keyed(world, app, file=file)
    keyed(world, app, file=file, cert_no=OTHER, parcel_no="002")
    assert [book.archive_file_id for book in books(world)] == [file.id, None]
    with world.host.view() as session:
        assert session.get_one(ArchiveFile, file.id).holder_name == CELLS["holder_name"]


def test_an_open_term_follows_its_texts(world: World, app: Flask) -> None:
    row = keyed(world, app, term_end="长期", term_years="")

    def is_open() -> bool:
        with world.host.view() as session:
            return session.scalars(select(Parcel.is_term_open)).one()

    assert is_open()
    changed = save(app, world.archivist, {"place_name": "前坡"}, row=row)
    assert is_open()
    save(app, world.archivist, {"term_end": "2080-05-05"}, row=changed)
    assert not is_open()


def test_rows_keyed_by_form_are_rows_of_the_sheet(world: World, app: Flask) -> None:
    file = household(world, holder_name="王小山")
    acting = client(app, world.archivist)
    book: dict[str, Any] = {
        "cert_no": CELLS["cert_no"], "issue_state": "ISSUED", "holder_name": "王小山", "holder_type": "1", "version": "0",
    }  # fmt: skip
    assert acting.post(f"/catalogue/files/{file.id}/certificate/new", data=book).status_code == 302
    [certificate] = books(world)
    page = {
        "parcel_no": "001", "location": "后沟", "area_mu": "12.3亩", "land_owner": "王家沟村", "land_use_holder": "王小山",
        "tree_owner": "王小山", "tree_use_holder": "王小山", "forest_category": "1", "version": "0",
    }  # fmt: skip
    answer = acting.post(f"/catalogue/certificates/{certificate.id}/parcels/new", data=page)
    assert answer.status_code == 302
    with world.host.view() as session:
        entry = session.scalars(select(RegisterEntry)).one()
        sheet = session.get_one(RegisterSheet, entry.sheet_id)
    assert sheet.division_code == VILLAGE
    assert (entry.cells["forest_category"], entry.cells["area_mu"]) == ("防护林", "12.3亩")
    assert entry.cells["cert_no"] == CELLS["cert_no"]
    assert set(entry.changed.values()) == {"form"}
    row = acting.get(f"/register/villages/{VILLAGE}/grid").text
    assert "12.3亩" in row
