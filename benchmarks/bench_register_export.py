"""Export of a place: rows and seconds of the 数字化表 as ``.xlsx`` and CSV and of the registry's table, and peak memory.

``python -m benchmarks.bench_register_export [--rows N]``; a county as large as the largest known is ``--rows 142000``. The county of
the generator is put into the tables; each export runs in a process of its own, as in the worker. Beside it the spreadsheet
library writes as many cells, for comparison. Not a test: nothing fails, compare only runs of one machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openpyxl import Workbook

from lindang.jobs import run_job
from lindang.testing import make_host
from models.register_export import DATA
from plugins.demo.domain.county import invent_county
from plugins.demo.domain.numbers import COUNTY_CODE
from plugins.register.adapters.mapping_files import target_named
from plugins.register.queries.exports import export_line
from plugins.register.service.exporting import ExportOrder, mapping_folder, order_export
from tests.support.register_county import put_county

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench_register_export.json"
RUNS = (
    ("szhb", "xlsx", False),
    ("szhb", "xlsx", True),
    ("szhb", "csv_utf8", False),
    ("qlt_ql_lq", "xlsx", False),
)
"""Target, form of the file, with full ID numbers."""


def work(folder: Path, target: str, form: str, *, with_ids: bool) -> dict[str, float | str]:
    """Export the county in this process; what became of it, seconds, peak memory."""
    host = make_host(folder)
    order = ExportOrder(
        place=COUNTY_CODE,
        target=target_named(mapping_folder(host), target),
        form=form,
        with_id_numbers=with_ids,
        purpose="bench",
        is_forced=True,
    )
    actor = host.system_actor()
    with host.uow(actor) as uow:
        ordered = order_export(uow, order)
    started, busy = time.monotonic(), time.process_time()
    run_job(host, ordered.job_id)
    seconds, cpu = time.monotonic() - started, time.process_time() - busy
    with host.view() as session:
        line = export_line(session, actor, ordered.export_id)
    host.close()
    return {
        "state": line.state,
        "rows": line.rows,
        "villages": line.found["villages"],
        "refused": line.refused,
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu, 1),
        "rows_per_s": round(line.rows / seconds),
        "file_mb": round((line.file.bytes if line.file and line.file.kind == DATA else 0) / 1024 / 1024, 1),
        "peak_mb": _peak_mb(),
    }


def library(rows: int, columns: int) -> dict[str, float]:
    """Let the spreadsheet library write as many rows in its streaming mode."""
    started = time.monotonic()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("a")
    for number in range(rows):
        sheet.append([f"第{number}行第{column}列" for column in range(columns)])
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "a.xlsx")
    seconds = time.monotonic() - started
    return {"rows": rows, "seconds": round(seconds, 1), "rows_per_s": round(rows / seconds)}


def _peak_mb() -> float:
    """Return this process's own peak; ``ru_maxrss`` would remember the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1024)


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        folder, target, form, with_ids = chosen.work
        print(json.dumps(work(Path(folder), target, form, with_ids=with_ids == "1")))
        return
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="lindang-bench-") as folder:
        host = make_host(Path(folder))
        put_county(host, invent_county(seed=7, certificates=chosen.rows // 2))
        host.close()
        for target, form, with_ids in RUNS:
            command = [sys.executable, "-m", "benchmarks.bench_register_export", "--work", folder, target, form]
            done = subprocess.run(
                [*command, str(int(with_ids))], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
            )
            name = f"{target} {form}{' full ID numbers' if with_ids else ''}"
            report[name] = json.loads(done.stdout.splitlines()[-1])
            print(f"{name}: {report[name]}", flush=True)
    report["spreadsheet library alone, 40 columns"] = library(min(chosen.rows, 5_000), 40)
    print(f"spreadsheet library alone: {report['spreadsheet library alone, 40 columns']}", flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
