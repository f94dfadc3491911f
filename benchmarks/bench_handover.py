"""A batch of many certificates: seconds to check and to sign it, and its package beside ``cp`` and ``sha256sum`` of the same files.

``python -m benchmarks.bench_handover [--certificates N] [--images N] [--image-kb N]``; the goal's size is 5000 and 15. The
package is written in a process of its own, once whole, once killed half way (SIGKILL) and finished by a second process; then
``cp -r``, ``sync`` and ``sha256sum`` do the same files on the same disk in the same run. Needs three times the images in space. Not
a test: nothing fails, compare only the ratios, and those of one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, select, update

from lindang.host import Host
from lindang.testing import drain
from models.archive import ArchiveFile, Item, Page
from models.digital import MASTER, VIEW, DigitalObject
from models.handover import Batch
from models.register import Certificate
from plugins.handover.packaging.writer import BAGIT, DAT93
from plugins.handover.service.checking import start_check
from plugins.handover.service.packages import PackagePlan, make_package
from plugins.handover.service.signing import make_documents, sign_batch
from tests.handover_kit import NOW, Village, add_household, drafted, handover_host, people, village

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench_handover.json"


def fill(world: Village, certificates: int, images: int, image_bytes: int) -> tuple[int, ...]:
    """Add households with so many scanned 件 of one image each; returns their certificates' ids."""
    host = world.host
    ids = tuple(add_household(host, number, parcels=2) for number in range(1, certificates + 1))
    for start in range(0, certificates, 250):
        _add_images(host, ids[start : start + 250], images - 2, image_bytes)
    return ids


def _add_images(host: Host, certificate_ids: tuple[int, ...], count: int, image_bytes: int) -> None:
    """Add 件 by plain inserts; two of each file are there already."""
    with host.transaction() as session:
        query = select(ArchiveFile.id, ArchiveFile.archival_code, ArchiveFile.division_code).join(
            Certificate, Certificate.archive_file_id == ArchiveFile.id
        )
        files = session.execute(query.where(Certificate.id.in_(certificate_ids))).all()
        common = {"created_at": NOW, "created_by": "测试"}
        items = [
            {"archive_file_id": file_id, "archival_code": f"{code}-{number:03d}", "item_no": number,
             "division_code": division, "doc_type": "D02", "title": f"材料{number}", "version": 1, **common}
            for file_id, code, division in files
            for number in range(3, 3 + count)
        ]  # fmt: skip
        item_ids = list(session.scalars(insert(Item).returning(Item.id, sort_by_parameter_order=True), items))
        pages = [{"item_id": item_id, "page_no": 1} for item_id in item_ids]
        page_ids = list(session.scalars(insert(Page).returning(Page.id, sort_by_parameter_order=True), pages))
        objects = []
        for item_id, page_id in zip(item_ids, page_ids, strict=True):
            sha256 = _store(host, item_id, image_bytes)
            values = {"format": "jpeg", "media_type": "image/jpeg", "bytes": image_bytes, "sha256": sha256}
            values |= {"item_id": item_id, "made_at": NOW, "made_by": "测试"}
            objects += [{"page_id": None, "role": MASTER, **values}, {"page_id": page_id, "role": VIEW, **values}]
        session.execute(insert(DigitalObject), objects)
        filled = update(ArchiveFile).where(ArchiveFile.id.in_([row.id for row in files]))
        session.execute(filled.values(paper_pages=count + 2))


def _store(host: Host, number: int, size: int) -> str:
    """Put a file of its own bytes into the store, without waiting for the disk each time."""
    data = number.to_bytes(8, "big") + os.urandom(64) * (size // 64 + 1)
    data = data[:size]
    sha256 = hashlib.sha256(data).hexdigest()
    place = host.data_dir / "objects" / sha256[:2] / sha256[2:4] / sha256
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return sha256


def prepared(folder: Path, certificates: int, images: int, image_bytes: int) -> dict[str, float]:
    """Make the archive and a signed batch; returns the seconds of its steps."""
    world = village(folder, 0, pdf_font="")
    ids = fill(world, certificates, images, image_bytes)
    print("archive filled", flush=True)
    batch_id = drafted(world, ids)
    with world.host.uow(world.people.drafter) as uow:
        start_check(uow, batch_id, version=world.batch(batch_id).version)
    started = time.monotonic()
    drain(world.host)
    checked = time.monotonic()
    made = make_documents(world.host, world.people.signer, batch_id)
    drawn = time.monotonic()
    with world.host.uow(world.people.signer) as uow:
        sign_batch(uow, batch_id, version=world.batch(batch_id).version, documents=made)
    signed = time.monotonic()
    world.host.close()
    return {
        "check_s": round(checked - started, 1),
        "sign_s": round(signed - checked, 1),
        "sign_documents_s": round(drawn - checked, 1),
        "sign_transaction_s": round(signed - drawn, 1),
    }


def work(folder: Path, target: Path, layout: str, stop_at: float) -> None:
    """Write the package in this process; kill it when that part of the work is done (0: never)."""
    host = handover_host(folder)
    with host.view() as session:
        batch = session.scalars(select(Batch)).one()
        number, registry_id = batch.batch_no, batch.registry_org_id

    def told(done: int, count: int) -> None:
        if stop_at and done >= stop_at * count:
            os.kill(os.getpid(), signal.SIGKILL)

    started = time.monotonic()
    packed = make_package(
        host, people(host, registry_id).drafter, number, target, PackagePlan(layout=layout), on_file=told
    )
    seconds = round(time.monotonic() - started, 1)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "files": packed.files,
                "bytes": packed.bytes,
                "copied": packed.copied,
                "digest": packed.digest,
            }
        )
    )


def package(folder: Path, target: Path, layout: str = DAT93, stop_at: float = 0.0) -> dict[str, object]:
    """Have a process write the package; what it said, empty when it was killed."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.bench_handover",
        "--work",
        str(folder),
        str(target),
        layout,
        str(stop_at),
    ]
    done = subprocess.run(command, cwd=ROOT, check=not stop_at, stdout=subprocess.PIPE, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    return found


def ordinary_tools(source: Path, target: Path) -> dict[str, float]:
    """Copy the same files with ``cp -r``, ``sync``, and read them with ``sha256sum``."""
    started = time.monotonic()
    subprocess.run(["/bin/cp", "-r", source, target], check=True)
    copied = time.monotonic()
    subprocess.run(["/bin/sync"], check=True)
    synced = time.monotonic()
    subprocess.run(["/usr/bin/sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=target, check=True)
    summed = time.monotonic()
    return {
        "cp_s": round(copied - started, 1),
        "sync_s": round(synced - copied, 1),
        "sha256sum_s": round(summed - synced, 1),
    }


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, default=200)
    parser.add_argument("--images", type=int, default=15)
    parser.add_argument("--image-kb", type=int, default=60)
    parser.add_argument(
        "--folder", type=Path, default=None, help="where to work (default: the system's temporary folder)"
    )
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        work(Path(chosen.work[0]), Path(chosen.work[1]), chosen.work[2], float(chosen.work[3]))
        return
    report: dict[str, object] = {"certificates": chosen.certificates, "images": chosen.certificates * chosen.images}
    with tempfile.TemporaryDirectory(prefix="lindang-bench-", dir=chosen.folder) as name:
        folder = Path(name)
        archive = folder / "archive"
        report |= prepared(archive, chosen.certificates, chosen.images, chosen.image_kb * 1000)
        print(report, flush=True)
        whole = package(archive, folder / "whole")
        tools = ordinary_tools(folder / "whole", folder / "copy")
        shutil.rmtree(folder / "copy")
        print(whole, tools, flush=True)
        package(archive, folder / "broken", stop_at=0.25)
        resumed = package(archive, folder / "broken")
        shutil.rmtree(folder / "broken")
        bag = package(archive, folder / "bag", BAGIT)
    spent = float(str(whole["seconds"]))
    report |= {
        "package": whole,
        "tools": tools,
        "speed_of_cp_sync_sha256sum": round(sum(tools.values()) / spent, 2),
        "speed_of_cp_sha256sum": round((tools["cp_s"] + tools["sha256sum_s"]) / spent, 2),
        "resumed_after_kill": resumed,
        "bag": bag,
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
