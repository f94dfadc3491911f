"""A page scanned anew after signing: every signed batch that contains it says so, and nothing that was signed changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.testing import FixedClock, client, drain, make_app
from models.archive import Item, Page
from models.events import PageReplaced
from models.handover import BatchItem, BatchTransition
from plugins.handover.checks import CHECKS
from tests.handover_kit import (
    COUNTY,
    Village,
    checked,
    drafted,
    received,
    scan_feedback,
    sent,
    sent_batch,
    signed,
    village,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path, households=2)
    yield made
    made.host.close()


def replaced(world: Village, household: int = 0, *, version: int = 2, item_id: int = 0) -> PageReplaced:
    """Report that the first page of a household's first paper was scanned anew, as the catalogue does."""
    with world.host.view() as session:
        query = select(Page, Item).join(Item, Item.id == Page.item_id)
        if item_id:
            page, item = session.execute(query.where(Item.id == item_id)).one()
        else:
            page, item = session.execute(query.where(Item.item_no == 1).order_by(Item.id)).all()[household]
    event = PageReplaced(
        page_id=page.id,
        item_id=item.id,
        archive_file_id=item.archive_file_id,
        version=version,
        reason="原图模糊",
        division_code=item.division_code,
    )
    with world.host.uow(world.people.archivist) as uow:
        uow.emit(event)
    drain(world.host)
    return event


def flags(world: Village, batch_id: int) -> list[BatchTransition]:
    with world.host.view() as session:
        query = select(BatchTransition).where(BatchTransition.action == "page_replaced")
        return list(session.scalars(query.where(BatchTransition.batch_id == batch_id)))


def frozen(world: Village, batch_id: int) -> tuple[object, ...]:
    with world.host.view() as session:
        batch = world.batch(batch_id)
        lines = session.execute(select(BatchItem.snapshot_sha256).where(BatchItem.batch_id == batch_id)).all()
        return batch.state, batch.manifest_sha256, batch.package_sha256, batch.version, tuple(lines)


def stations(world: Village, batch_id: int) -> str:
    """Return the state line of a batch's page, with its times."""
    page = client(make_app(world.host), world.people.drafter).get(f"/handover/batches/{batch_id}").text
    found = re.search(r"<ol[^>]*办理进度.*?</ol>", page, re.DOTALL)
    assert found
    return found[0]


def violations(world: Village) -> list[object]:
    return [found for check in CHECKS for found in check.run(world.host)]


def test_a_sent_batch_says_what_was_replaced_and_stays_what_it_is(world: Village) -> None:
    batch_id = sent_batch(world)
    before = frozen(world, batch_id)
    event = replaced(world)
    (flag,) = flags(world, batch_id)
    assert (flag.from_state, flag.to_state, flag.facts["version"]) == ("SENT", "SENT", 2)
    assert flag.note.endswith("第 1 页：原图模糊")
    assert frozen(world, batch_id) == before
    assert violations(world) == []
    for person in (world.people.drafter, world.people.receiver):
        shown = client(make_app(world.host), person).get(f"/handover/batches/{batch_id}").text
        assert "签发后有 1 次换页" in shown
        assert flag.note in shown
    assert "换过页" in client(make_app(world.host), world.people.drafter).get("/handover/batches").text
    with world.host.uow(world.host.system_actor()) as uow:
        uow.emit(event)
    drain(world.host)
    assert len(flags(world, batch_id)) == 1, "events come at least once"
    replaced(world, version=3)
    assert len(flags(world, batch_id)) == 2
    assert world.batch(received(world, batch_id)).state == "RECEIVED", "the batch goes on as before"
    assert violations(world) == []


def test_a_flag_does_not_hide_when_the_batch_was_signed(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    before = stations(world, batch_id)
    assert isinstance(world.host.clock, FixedClock)
    world.host.clock.advance(days=3)
    replaced(world)
    assert len(flags(world, batch_id)) == 1
    assert stations(world, batch_id) == before
    assert world.batch(sent(world, batch_id)).state == "SENT"


def test_only_batches_that_promise_the_page_are_flagged(world: Village) -> None:
    first, second = world.certificates
    draft, other = drafted(world, (first,)), sent_batch(world, (second,))
    replaced(world)
    assert (flags(world, draft), flags(world, other)) == ([], [])
    replaced(world, household=1)
    assert (len(flags(world, draft)), len(flags(world, other))) == (0, 1)
    with world.host.view() as session:
        file_id = session.scalars(select(BatchItem.archive_file_id).where(BatchItem.batch_id == other)).one()
    feedback = scan_feedback(world.host, file_id)
    replaced(world, item_id=feedback)
    assert len(flags(world, other)) == 1, "the registry's feedback is not on the list"
    assert world.batch(other).division_code == COUNTY
