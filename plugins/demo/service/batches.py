"""Batches are drafted, checked, signed, sent, received, answered and closed, each step by the person whose it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from lindang.errors import PermanentFailure
from models.archive import ArchiveFile
from models.handover import Batch, BatchItem
from models.register import Certificate
from plugins.demo.adapters.visitor import Page, Value
from plugins.demo.adapters.worker import run_command
from plugins.demo.domain import plan
from plugins.demo.domain.cast import LIAISON, RECEIVER, REVIEWER
from plugins.demo.domain.numbers import COUNTY_CODE, VILLAGE_CODE
from plugins.demo.domain.plan import Tour
from plugins.demo.domain.values import Household
from plugins.demo.drawing.papers.feedback import Notice
from plugins.demo.drawing.render import render_feedback
from plugins.demo.service.office import registry_office
from plugins.demo.service.stage import Stage

FEEDBACK = "反馈"
_ORDINALS = "一二三四五六七八九十"
COVER_PREFIX = "LD:"
"""How the text of a cover sheet's QR code begins; the rest is the batch item's code."""


@dataclass(frozen=True, slots=True)
class Traveller:
    """One batch on its way."""

    stage: Stage
    tour: Tour
    batch_id: int

    def row(self) -> Batch:
        """Return the batch as it stands now."""
        with self.stage.host.view() as session:
            return session.get_one(Batch, self.batch_id)

    def act(self, login: str, step: str, **values: Value) -> Page:
        """Take one step on the batch's own page."""
        visitor = self.stage.visitor(login)
        return visitor.submit(visitor.open(f"/handover/batches/{self.batch_id}"), f"/{step}", **values)

    def fill_in(self, login: str, step: str, **values: Value) -> Page:
        """Take one step that has a page of its own."""
        visitor = self.stage.visitor(login)
        address = f"/handover/batches/{self.batch_id}/{step}"
        return visitor.submit(visitor.open(address), address, **values)


def run_journey(stage: Stage, tour: Tour) -> None:
    """Take one batch from the ready list to where it is left.

    Raises:
        PermanentFailure: it did not get there.
    """
    batch = Traveller(stage, tour, _draft(stage, tour))
    for station, step in (
        ("CHECKED", _check),
        ("SIGNED", _sign),
        ("SENT", _send),
        ("RECEIVED", _receive),
        ("ANSWERED", _answer),
        ("FEEDBACK_FILED", _file_feedback),
        ("CLOSED", _close),
    ):
        if plan.is_on_the_way(tour.goal, station):
            step(batch)
            stage.settle()
    _turn_off(batch)
    if batch.row().state != tour.goal:
        raise PermanentFailure(f"batch {batch.row().batch_no} is {batch.row().state}, not {tour.goal}")


def _draft(stage: Stage, tour: Tour) -> int:
    """Tick certificates on the ready list and make them a batch; returns its id."""
    liaison = stage.visitor(LIAISON)
    ready = liaison.open(f"/handover/ready/{VILLAGE_CODE}")
    ids = [str(_certificate_id(stage, household)) for household in tour.households]
    page = liaison.submit(ready, "/handover/ready/selection", certificate_id=ids)
    village = stage.village
    made = liaison.submit(
        page,
        "/handover/batches/new",
        title=f"{village.name}第{_ORDINALS[tour.number % 10]}批（虚构演示）",
        registry_org_id=registry_office(village),
    )
    return int(made.path.rsplit("/", 1)[1])


def _certificate_id(stage: Stage, household: Household) -> int:
    with stage.host.view() as session:
        return session.scalars(select(Certificate.id).where(Certificate.cert_no == household.cert_no)).one()


def _check(batch: Traveller) -> None:
    batch.act(LIAISON, "check")


def _sign(batch: Traveller) -> None:
    batch.act(REVIEWER, "sign")


def _send(batch: Traveller) -> None:
    batch.fill_in(LIAISON, "send", carriers="在线", boxes="林权001")


def _receive(batch: Traveller) -> None:
    listed = batch.row()
    batch.fill_in(
        RECEIVER, "receive", certs=listed.cert_count, files=listed.file_count, check_code=listed.manifest_sha256
    )


def _answer(batch: Traveller) -> None:
    """Accept every item but those that the journey sends back."""
    values: dict[str, Value] = {"do": "submit"}
    for position, (item, _household) in enumerate(_items(batch)):
        reason, note = batch.tour.journey.returned.get(position, ("", ""))
        values[f"answer_{item.id}"] = "return" if reason else "accept"
        values[f"reason_{item.id}"] = reason
        values[f"note_{item.id}"] = note
    batch.fill_in(RECEIVER, "answer", **values)


def _items(batch: Traveller) -> list[tuple[BatchItem, Household]]:
    """Return the items with their households, in the order of the list."""
    by_number = {household.cert_no: household for household in batch.tour.households}
    query = (
        select(BatchItem, Certificate.cert_no)
        .join(Certificate, Certificate.id == BatchItem.certificate_id)
        .where(BatchItem.batch_id == batch.batch_id)
        .order_by(BatchItem.seq)
    )
    with batch.stage.host.view() as session:
        return [(item, by_number[cert_no]) for item, cert_no in session.execute(query)]


def _file_feedback(batch: Traveller) -> None:
    """Draw the registry's answers, scan them in; the code on each leads it to its item."""
    folder = batch.stage.papers / FEEDBACK / batch.row().batch_no
    for number, (item, household) in enumerate(_items(batch), start=1):
        notice = Notice(
            doc_no=f"示不动产反〔2021〕{batch.batch_id * 100 + number}号",
            batch_no=batch.row().batch_no,
            archival_code=_archival_code(batch, item),
            dated=dt.date(2021, 3, 5),
            qr_text=f"{COVER_PREFIX}{item.code}",
        )
        render_feedback(folder, batch.stage.village, household, notice, dpi=max(150, batch.stage.dpi))
    run_command(batch.stage.host, "ingest", "folder", str(folder), "--county", COUNTY_CODE, "--ocr", "off")


def _archival_code(batch: Traveller, item: BatchItem) -> str:
    with batch.stage.host.view() as session:
        return session.get_one(ArchiveFile, item.archive_file_id).archival_code


def _close(batch: Traveller) -> None:
    batch.act(REVIEWER, "close")


def _turn_off(batch: Traveller) -> None:
    """Leave the straight way where the journey says so."""
    match batch.tour.goal:
        case "REFUSED":
            batch.act(RECEIVER, "refuse", reason="清单与实物数量不符，请核对后重新移交。")
        case "CANCELLED":
            batch.act(LIAISON, "cancel", reason="与下一批合并移交。")
        case _:
            pass
