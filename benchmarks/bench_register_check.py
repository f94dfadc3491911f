"""The rules over a large county: ``python -m benchmarks.bench_register_check [CERTIFICATES]``. The county of the generator is put into
the tables, then a child process checks it twice (first run, and again with nothing new) and reports seconds and peak memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lindang.testing import make_host
from plugins.demo.domain.county import invent_county
from plugins.demo.domain.defects import plant_defects
from plugins.demo.domain.numbers import COUNTY_CODE
from plugins.register.queries.ready import village_counts
from plugins.register.service.checking import check_division, check_village
from plugins.register.service.readiness import judge_village, villages_to_judge
from tests.support.register_county import put_baselines, put_county

CERTIFICATES = 71_000
SECONDS, MEGABYTES = 60, 500


def measure(certificates: int = CERTIFICATES) -> dict[str, float]:
    """Return the figures: seconds of the first and the second run, of one village, and the checking process's peak memory."""
    with tempfile.TemporaryDirectory(prefix="lindang-bench-") as folder:
        host = make_host(Path(folder))
        county = invent_county(seed=7, certificates=certificates)
        truth = plant_defects(county)
        put_county(host, county)
        put_baselines(host, truth)
        host.close()
        command = [sys.executable, "-m", "benchmarks.bench_register_check", "--inside", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        return {"rows": float(sum(len(book.rows) for book in county.books)), **figures}


def _inside(folder: Path) -> dict[str, float]:
    host = make_host(folder)
    actor = host.system_actor()
    figures = {}
    for name in ("first_run_s", "second_run_s"):
        started, busy = time.monotonic(), time.process_time()
        check_division(host, actor, COUNTY_CODE)
        figures[name] = round(time.monotonic() - started, 1)
        figures[f"{name}_cpu"] = round(time.process_time() - busy, 1)
    started = time.monotonic()
    check_village(host, actor, f"{COUNTY_CODE}101201")
    figures["one_village_s"] = round(time.monotonic() - started, 2)
    started = time.monotonic()
    for code in villages_to_judge(host, COUNTY_CODE):
        judge_village(host, code)
    figures["ready_judged_s"] = round(time.monotonic() - started, 1)
    started = time.monotonic()
    with host.view() as session:
        villages = village_counts(session, actor, COUNTY_CODE, needs_paper_count=True)
    figures["ready_list_s"] = round(time.monotonic() - started, 2)
    figures["ready_villages"] = sum(1 for village in villages if not village.unjudged)
    figures["memory_mb"] = _peak_mb()
    return figures


def _peak_mb() -> float:
    """Return this process's own peak; ``ru_maxrss`` would remember the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1024)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificates", nargs="?", type=int, default=CERTIFICATES)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    figures = _inside(arguments.inside) if arguments.inside else measure(arguments.certificates)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
