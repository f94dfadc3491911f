"""Story 11, with nothing faked: the printed cover sheet goes through the scanner and the same intake as any other paper, and
the batch item it names has its feedback.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import update

from lindang.host import Host
from lindang.testing import client, make_app, make_host
from models.archive import ArchiveFile, ChecklistRule
from models.numbering import next_item_code
from tests.handover_kit import VILLAGE, Village, add_household, add_places, answered, people, received, sent_batch

pytestmark = pytest.mark.font
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    """Give a whole archive, all plugins on, with two ready certificates."""
    host = make_host(tmp_path / "data")
    with host.transaction() as session:
        session.execute(update(ChecklistRule).values(is_current=False))
    registry_id = add_places(host)
    certificates = tuple(add_household(host, number) for number in (1, 2))
    _count_items(host)
    yield Village(host, registry_id, people(host, registry_id), certificates)
    host.close()


def _count_items(host: Host) -> None:
    """Let the numbering know of the items that the kit wrote by hand."""
    with host.uow(host.system_actor()) as uow:
        for file_id in (1, 2):
            for _item in range(2):
                next_item_code(uow, uow.session.get_one(ArchiveFile, file_id))


def _scan(sheets: bytes, folder: Path) -> None:
    """Print each cover sheet, lay a paper behind it, and scan both a little askew into one PDF per item."""
    folder.mkdir(parents=True)
    with contextlib.closing(pypdfium2.PdfDocument(sheets)) as document:
        covers = [page.render(scale=200 / 72).to_pil().convert("RGB") for page in document]
    for number, cover in enumerate(covers, 1):
        paper = Image.new("RGB", cover.size, (250, 248, 240))
        askew = cover.rotate(0.8 * number, fillcolor="white")
        askew.save(folder / f"反馈{number}.pdf", save_all=True, append_images=[paper], resolution=200)


def _ingest(world: Village, folder: Path) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "lindang", "--data", str(world.host.data_dir), "ingest", "folder", str(folder)]
    options = ["--county", VILLAGE, "--ocr", "off", "--wait", "--json"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _covers(app_client: FlaskClient, batch_id: int) -> bytes:
    answer = app_client.get(f"/handover/batches/{batch_id}/covers.pdf")
    assert answer.status_code == 200
    return answer.data


def test_scanned_cover_sheets_file_the_feedback_and_complete_the_batch(world: Village, tmp_path: Path) -> None:
    batch_id = answered(world, received(world, sent_batch(world)))
    archivist = client(make_app(world.host), world.people.archivist)
    _scan(_covers(archivist, batch_id), tmp_path / "scans" / "反馈")

    lines = _ingest(world, tmp_path / "scans")

    assert [(line["state"], line["pages"]) for line in lines] == [("filed", 2)] * 2
    assert world.batch(batch_id).state == "FEEDBACK_FILED"
    shown = archivist.get(f"/api/v1/handover/batches/{world.batch(batch_id).batch_no}").get_json()
    assert [(item["state"], len(item["feedback"])) for item in shown["items"]] == [("FEEDBACK_FILED", 1)] * 2
    register = archivist.get("/handover/feedback/register").get_data(as_text=True)
    for line in lines:
        assert str(line["item"]) in register

    assert [line["state"] for line in _ingest(world, tmp_path / "scans")] != ["filed"] * 2
    again = archivist.get(f"/api/v1/handover/batches/{world.batch(batch_id).batch_no}").get_json()
    assert again["items"] == shown["items"], "the same scans once more change nothing"
