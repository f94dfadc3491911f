"""A large batch: ``python -m benchmarks.bench_handover_planning [CERTIFICATES]``. A county of ready certificates is put into the
tables; measured are proposing a batch of all of them, and, once they went out and were received, the pages of the receiver.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import insert, select

from lindang.testing import client, make_app
from models.archive import ArchiveFile, Item, Page
from models.digital import DigitalObject
from models.place import Division
from models.register import Certificate, Parcel
from plugins.handover.domain.planning import Limits
from plugins.handover.queries.planning import propose
from tests.handover_kit import COUNTY, TOWN, Village, add_household, received, sent_batch, village

CERTIFICATES = 5_000
PER_VILLAGE = 130
PROPOSING_SECONDS, PAGE_MILLISECONDS = 5.0, 500.0
_ROUNDS = 15


def _put(world: Village, certificates: int) -> None:
    """Copy one complete household, file and all, village by village."""
    with world.host.transaction() as session:
        patterns = {
            table: [dict(row) for row in session.execute(select(table.__table__)).mappings()]
            for table in (ArchiveFile, Item, Page, DigitalObject, Certificate, Parcel)
        }
        rows: dict[type, list[dict[str, object]]] = {table: [] for table in patterns}
        for number in range(2, certificates + 1):
            code = f"{TOWN}{300 + number // PER_VILLAGE:03d}"
            for table, pattern in patterns.items():
                rows[table] += [_copy(table, one, number, code, len(pattern)) for one in pattern]
        villages = {str(row["division_code"]) for row in rows[Certificate]}
        session.add_all(
            Division(code=code, name=f"{code[-3:]}村", level="village", parent_code=TOWN) for code in villages
        )
        for filled, copies in rows.items():
            session.execute(insert(filled), copies)


def _copy(table: type, row: dict[str, object], number: int, code: str, step: int) -> dict[str, object]:
    """Return a row of another household: its own keys, numbers and place."""
    shift = (number - 1) * step

    def moved(name: str, by: int) -> None:
        if isinstance(row.get(name), int):
            made[name] = int(str(row[name])) + by

    made = dict(row)
    moved("id", shift)
    for name, rows_each in (("archive_file_id", 1), ("certificate_id", 1), ("item_id", 2), ("page_id", 2)):
        moved(name, (number - 1) * rows_each)
    if "division_code" in made:
        made["division_code"] = code
    for name in ("archival_code", "cert_no", "cert_no_norm", "cert_key", "cert_serial"):
        if made.get(name):
            made[name] = (
                f"{str(made[name])[:-4]}{number:04d}" if name != "archival_code" else _code(made[name], number, code)
            )
    if table is Certificate:
        made["cert_no"] = f"某政林证字(2010)第{number:06d}号"
    if table is ArchiveFile:
        made["file_no"] = number
    return made


def _code(pattern: object, number: int, village_code: str) -> str:
    head, _village, _number, *rest = str(pattern).rsplit("-", 3 if str(pattern).count("-") > 4 else 2)
    return "-".join([head, village_code[6:], f"{number:05d}", *rest])


def measure(certificates: int = CERTIFICATES) -> dict[str, float]:
    """Return the figures: seconds of proposing, and the median milliseconds of the receiver's pages."""
    with tempfile.TemporaryDirectory(prefix="lindang-bench-") as folder:
        world = village(Path(folder), 0)
        add_household(world.host, 1)
        _put(world, certificates)
        figures = {"certificates": float(certificates)}
        started, busy = time.monotonic(), time.process_time()
        with world.host.view() as session:
            found = propose(session, world.people.drafter, COUNTY, Limits(), needs_paper_count=True)
        figures["proposing_s"] = round(time.monotonic() - started, 2)
        figures["proposing_cpu_s"] = round(time.process_time() - busy, 2)
        if len(found.certificate_ids) != certificates:
            raise SystemExit(f"not all are ready: {found.reasons}")
        started = time.monotonic()
        batch_id = received(world, sent_batch(world, found.certificate_ids))
        figures["draft_to_receipt_s"] = round(time.monotonic() - started, 1)
        receiver = client(make_app(world.host), world.people.receiver)
        for name, url in (
            ("answer_page_ms", f"/handover/batches/{batch_id}/answer"),
            ("last_answer_page_ms", f"/handover/batches/{batch_id}/answer?page={certificates // 20}"),
            ("batch_page_ms", f"/handover/batches/{batch_id}"),
            ("reply_workbook_ms", f"/handover/batches/{batch_id}/reply.xlsx"),
        ):
            figures[name], figures[f"{name}_cpu"] = _medians(receiver, url, 3 if "workbook" in name else _ROUNDS)
        world.host.close()
        return figures


def _medians(browser: FlaskClient, url: str, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of an answer: on the clock, and of work."""

    def once() -> tuple[float, float]:
        started, busy = time.monotonic(), time.process_time()
        answer = browser.get(url, buffered=True)
        if answer.status_code != 200:
            raise SystemExit(f"{url}: {answer.status_code}")
        return (time.monotonic() - started) * 1000, (time.process_time() - busy) * 1000

    once()
    clock, work = zip(*(once() for _round in range(rounds)), strict=True)
    return round(statistics.median(clock)), round(statistics.median(work))


def main() -> None:
    """Print the figures as JSON, and fail when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificates", nargs="?", type=int, default=CERTIFICATES)
    figures = measure(parser.parse_args().certificates)
    print(json.dumps(figures, indent=2))
    if figures["proposing_s"] > PROPOSING_SECONDS or figures["answer_page_ms"] > PAGE_MILLISECONDS:
        raise SystemExit("a goal was missed")


if __name__ == "__main__":
    main()
