"""Bits turned at random in stored files and their second copies: ``python -m benchmarks.bench_fixity [--files N] [--flips N]``.

Every one must be found and mended in one pass; beside it stands what ``sha256sum`` needs for the same bytes.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, select

from lindang.auth import system_actor
from lindang.host import Host
from lindang.testing import make_host
from models.fixity import FAIL, FixityEvent
from models.intake import IntakeFile, IntakeRun
from plugins.audit.domain.fixity import Budget
from plugins.audit.service.copies import prepare_copy
from plugins.audit.service.scrub import scrub

VILLAGE = "141124102205"
MEGABYTE = 1_000_000


def fill(host: Host, count: int, draw: random.Random) -> list[str]:
    """Store so many files of 1 to 40 KB that uploads refer to; returns their digests."""
    blobs = [host.storage.put_bytes(draw.randbytes(draw.randint(1_000, 40_000))) for _ in range(count)]
    with host.uow(system_actor()) as uow:
        run = IntakeRun(
            kind="folder", name="甲", division_code=VILLAGE, profile={}, created_at=uow.now, created_by="甲"
        )
        uow.session.add(run)
        uow.session.flush()
        common = {"run_id": run.id, "division_code": VILLAGE, "state": "received", "received_at": uow.now}
        uow.session.execute(
            insert(IntakeFile),
            [
                {**common, "relative_path": f"{number}.jpg", "bytes": blob.bytes, "sha256": blob.sha256}
                for number, blob in enumerate(blobs)
            ],
        )
    return [blob.sha256 for blob in blobs]


def turn_bit(path: Path, draw: random.Random) -> None:
    """Turn one bit anywhere in a file."""
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    place = draw.randrange(len(data))
    data[place] ^= 1 << draw.randrange(8)
    path.write_bytes(data)


def children_time() -> float:
    """Return the processor time of finished child processes, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Run and print; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--flips", type=int, default=1_000)
    parser.add_argument(
        "--folder", help="where to work, for example /dev/shm: making the files waits for the disk often"
    )
    options = parser.parse_args()
    draw = random.Random(5)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        copy = Path(folder) / "copy"
        prepare_copy(copy)
        host = make_host(Path(folder) / "data", audit={"copy_dir": str(copy)})
        digests = fill(host, options.files, draw)
        actor = system_actor()
        started = time.process_time()
        first = scrub(host, actor, Budget())
        print(f"first pass: {first.files} files read and copied, {time.process_time() - started:.1f} s CPU")
        chosen = draw.sample(digests, options.flips)
        for number, digest in enumerate(chosen):
            there = copy / digest[:2] / digest[2:4] / digest
            turn_bit(host.storage.path(digest) if number % 2 else there, draw)
        started = time.process_time()
        second = scrub(host, actor, Budget())
        took = time.process_time() - started
        compared = children_time()
        stored = f"find {folder} -path '*/??/??/*' -type f -print0 | xargs -0 sha256sum"
        subprocess.run(["/bin/sh", "-c", stored], check=True, stdout=subprocess.DEVNULL)
        compared = children_time() - compared
        with host.view() as session:
            found = set(session.scalars(select(FixityEvent.digest).where(FixityEvent.outcome == FAIL)))
        whole = all(host.storage.path(digest).is_file() for digest in digests)
        third = scrub(host, actor, Budget())
        host.close()
    print(
        f"{options.flips} bits turned: {len(found & set(chosen))} found, {second.recovered} recovered in the store, "
        f"{second.replicated} copies made anew, {second.lost} lost; the pass after it finds {third.damaged}"
    )
    print(
        f"that pass: {second.bytes / MEGABYTE:.0f} MB from both places in {took:.1f} s CPU; sha256sum alone {compared:.1f} s"
    )
    return 0 if whole and len(found) == options.flips and not second.lost and not third.damaged else 1


if __name__ == "__main__":
    sys.exit(main())
