"""Feeds other people's hostile files through the whole intake: ``make hostile`` (slow, development only).

The files are the test files inside the source distributions of the libraries that read scans: what once crashed a parser
lies there. They are downloaded by pip, unpacked into a folder outside the repository, and taken in as an office would take
them: stored, parsed in the limited child, filed or refused. Every file must end filed, known, on the sorting desk or failed
with a reason; no job may fail, every invariant must hold, and the worker must be alive at the end. Nothing of this is part of
the product: it is never downloaded when the archive runs.

    python -m tools.hostile                      # what FOLDER holds already is not downloaded again
    python -m tools.hostile --folder /tmp/hostile --only pillow
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import select

from lindang.host import Host
from lindang.jobs import DONE, JobRow
from lindang.testing import drain, make_host
from lindang.verify import run_checks
from models.intake import DUPLICATE, FAILED, FILED, SORTING, IntakeFile
from models.place import Division
from plugins.ingest.service.folders import folder_draft, take_folder
from plugins.ingest.tools import sandbox_of

SOURCES: Final = ("pypdf==7.1.0", "pikepdf==10.18.0", "ocrmypdf==17.13.0", "pillow==13.0.0")
FOLDER: Final = Path(tempfile.gettempdir()) / "lindang-hostile"
TEST_FOLDERS: Final = frozenset({"test", "tests", "testing", "resources", "sample-files", "samples"})
CODE: Final = frozenset({".py", ".pyi", ".c", ".cpp", ".h", ".rst", ".md", ".toml", ".cfg", ".sh", ".yml", ".yaml"})
IN_A_HOUSEHOLD: Final = 40
VILLAGE: Final = "141124102205"
ENDED: Final = (FILED, DUPLICATE, SORTING, FAILED)
UNEXPLAINED: Final = "engine_failure"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file."""

    path: str
    state: str
    reason_code: str
    reason: str
    seconds: float


def download(source: str, folder: Path) -> Path:
    """Return the source distribution of a package, downloaded by pip unless it is there; nothing of it is built or run."""
    name, _sign, version = source.partition("==")
    there = sorted(folder.glob(f"{name}-{version}.tar.*"))
    if there:
        return there[0]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", source]
    subprocess.run([*command, "--dest", str(folder)], check=True)
    return next(folder.glob(f"{name}-{version}.tar.*"))


def unpack(archive: Path, target: Path) -> int:
    """Write the test files of a source distribution below ``target``, so many to a household; returns how many."""
    count = 0
    with tarfile.open(archive) as packed:
        for member in packed:
            path = PurePosixPath(member.name)
            is_test = TEST_FOLDERS & {part.lower() for part in path.parts[:-1]}
            stream = packed.extractfile(member) if member.isfile() else None
            if stream is None or not is_test or path.suffix.lower() in CODE:
                continue
            household = target / f"{count // IN_A_HOUSEHOLD + 1:04d} {target.name}"
            household.mkdir(parents=True, exist_ok=True)
            with (household / f"{count:05d}-{path.name}").open("wb") as out:
                shutil.copyfileobj(stream, out)
            count += 1
    return count


def open_archive(folder: Path) -> Host:
    """Return an empty archive of one village; recognition is off, it is the parsers that are tried."""
    host = make_host(
        folder,
        host={"disabled": ["accounts", "search", "handover", "demo"]},
        ingest={"ocr": "off", "reserve_mb": 0, "layered_pdf": False},
    )
    with host.transaction() as session:
        for length, level in ((6, "county"), (9, "town"), (12, "village")):
            parent = VILLAGE[: length - 3] if length > 6 else ""
            code = VILLAGE[:length]
            session.add(Division(code=code, name=code, level=level, parent_code=parent, valid_to=None))
    return host


def lines_of(host: Host) -> Iterator[Line]:
    """Yield what became of every file, in the order in which they came."""
    with host.view() as session:
        for row in session.scalars(select(IntakeFile).order_by(IntakeFile.id)):
            yield Line(row.relative_path, row.state, row.reason_code, row.reason, row.seconds)


def faults_of(host: Host, lines: list[Line], given: int) -> list[str]:
    """Return what should not be: files without an end or a reason, failed jobs, broken invariants."""
    faults = [f"{line.path}: {line.state}" for line in lines if line.state not in ENDED]
    faults += [f"{line.path}: no reason" for line in lines if line.state == FAILED and not line.reason]
    if len(lines) > given:
        faults.append(f"{len(lines)} rows for {given} files")
    with host.view() as session:
        jobs = session.scalars(select(JobRow).where(JobRow.state != DONE, JobRow.kind.startswith("ingest.")))
        faults += [f"job {job.kind} {job.argument}: {job.state} {job.error[:200]}" for job in jobs]
    broken = (violation for result in run_checks(host, deep=True) for violation in result.violations)
    return [*faults, *map(str, broken)]


def report(lines: list[Line]) -> None:
    """Print counts, the slowest files, and those whose parser died without a reason of its own."""
    states = Counter(line.state for line in lines)
    reasons = Counter(line.reason_code for line in lines if line.state == FAILED)
    print(f"  rows {len(lines)}: {dict(states)}; failed because: {dict(reasons)}")
    for line in sorted(lines, key=lambda each: -each.seconds)[:3]:
        print(f"  {line.seconds:7.2f} s  {line.state}  {line.path}")
    for line in lines:
        if line.reason_code == UNEXPLAINED:
            print(f"  died: {line.path}: {line.reason}")


def try_one(source: str, folder: Path) -> list[str]:
    """Take the files of one source into an archive of their own; returns the faults."""
    name = source.partition("==")[0]
    packed = download(source, folder)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as work:
        papers = Path(work) / name
        given = unpack(packed, papers)
        host = open_archive(Path(work) / "data")
        started = time.monotonic()
        list(take_folder(host, host.system_actor(), papers, folder_draft(papers, VILLAGE, "off")))
        drain(host)
        lines = list(lines_of(host))
        print(f"{source}: {given} files in {time.monotonic() - started:.0f} s")
        report(lines)
        faults = faults_of(host, lines, given)
        sandbox_of(host).close()
        host.close()
    return faults


def main() -> int:
    """Try the sources one after the other; returns 1 when anything was found that should not be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the distributions are kept")
    parser.add_argument("--only", default="", help="a part of the name of a source")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    faults = []
    for source in SOURCES:
        if chosen.only in source:
            faults += try_one(source, chosen.folder)
    for who, kind in (("worker", resource.RUSAGE_SELF), ("parsers", resource.RUSAGE_CHILDREN)):
        print(f"peak memory of the {who}: {resource.getrusage(kind).ru_maxrss // 1024} MB")
    for fault in faults:
        print(json.dumps(fault, ensure_ascii=False))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
