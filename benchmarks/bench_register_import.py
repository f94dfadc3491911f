"""Import of a county: 100,000 rows in 500 village sheets, dry run and writing; seconds and peak memory.

``python -m benchmarks.bench_register_import``. The jobs run in a process of their own, as in the worker; its peak and that of
its reading child are what the kernel counted. Not a test: nothing fails, compare only runs of one machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from sqlalchemy import select

from lindang.auth import system_actor
from lindang.host import Host
from lindang.jobs import QUEUED, JobRow, run_job
from lindang.testing import drain, make_host
from models.register_import import GOOD_ROWS
from plugins.catalogue.service.reference import load_divisions
from plugins.register.domain.columns import COLUMNS
from plugins.register.domain.workbook import column_letters
from plugins.register.queries.imports import import_line
from plugins.register.service.importing import APPLY_JOB, READ_JOB, order_apply, take_file
from plugins.register.service.sealed import keep_sealed

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench_register_import.json"
COUNTY = "141124"
KEYS = tuple(
    column.key for column in COLUMNS if column.key not in {"parcel_code", "bdc_unit_no", "annotation", "remark"}
)
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def villages(count: int) -> list[tuple[str, str]]:
    """Return codes and names of villages, twenty to a township."""
    return [(f"{COUNTY}{100 + n // 20:03d}{200 + n % 20:03d}", f"第{n + 1:03d}村") for n in range(count)]


def divisions(count: int) -> bytes:
    """Return the division table of such a county."""
    lines = ["code,name,level,parent", f"{COUNTY},临水县,county,"]
    towns = sorted({code[:9] for code, _name in villages(count)})
    lines += [f"{town},镇{town[6:]},town,{COUNTY}" for town in towns]
    lines += [f"{code},{name},village,{code[:9]}" for code, name in villages(count)]
    return ("\n".join(lines) + "\n").encode()


def row_of(number: int, code: str, village: str) -> dict[str, str]:
    """Return one good row; two rows to a certificate."""
    book = number // 2
    name = (
        "王李张刘陈杨赵黄周吴"[book % 10]
        + "山川林海春秋冬夏东西"[book // 10 % 10]
        + "一二三四五六七八九十"[book // 100 % 10]
    )
    return {
        "seq": str(number + 1),
        "town_name": f"镇{code[6:9]}",
        "town_code": code[:9],
        "village_name": village,
        "village_code": code,
        "group_name": f"{number % 6 + 1}组",
        "cert_no": f"临林证字(2010)第{int(code[6:]) * 1000 + book:08d}号",
        "cert_serial": f"B{int(code[6:]) * 1000 + book:010d}",
        "application_no": "",
        "parcel_no": f"{number + 1:04d}",
        "location": f"临水县镇{code[6:9]}{village}",
        "place_name": f"{'前后左右上下'[number % 6]}沟{number % 40}",
        "compartment": str(number % 30 + 1),
        "subcompartment": f"{number % 9 + 1},{number % 7 + 2}",
        "area_mu": f"{number % 400 / 10 + 1:.2f}",
        "bound_e": "沟底小路中心线以西", "bound_s": "李家地埂外沿为界", "bound_w": "山脊分水线以东", "bound_n": "张家林地南边沿",
        "main_species": "油松、侧柏",
        "tree_count": str(number % 900 + 10),
        "forest_category": "防护林",
        "origin": "", "forest_class": "",
        "plant_year": "2003",
        "land_owner": f"{village}农民集体",
        "land_use_holder": name, "tree_owner": name, "tree_use_holder": name, "holder_name": name,
        "holder_type": "个人", "id_type": "身份证", "id_no": resident_id(int(code[6:]) * 1000 + book),
        "co_mode": "单独所有", "co_holders": "",
        "acquisition": "家庭承包",
        "term_years": "70", "term_start": "2010-05-06", "term_end": "2080-05-05",
        "issuer": "临水县人民政府", "issue_date": "2010-05-06",
        "archival_code": f"0123-ZY·LG-CQ-{code[6:9]}{code[9:]}-{book + 1:04d}",
        "issue_state": "发放到户",
    }  # fmt: skip


def resident_id(number: int) -> str:
    """Return an ID number with a right check digit."""
    body = f"141124{1940 + number % 50}{number // 50 % 12 + 1:02d}{number // 600 % 28 + 1:02d}{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def write_county(path: Path, sheets: int, rows: int) -> None:
    """Write the workbook as Excel would: shared strings, one part for each sheet."""
    shared: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        places = villages(sheets)
        for number, (code, village) in enumerate(places, 1):
            lines = _lines(code, village, rows)
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(lines, shared))
        archive.writestr("xl/sharedStrings.xml", _strings(shared))
        for name, text in _frame([village for _code, village in places]).items():
            archive.writestr(name, text)


def _lines(code: str, village: str, rows: int) -> Iterator[list[str]]:
    headings = {column.key: str(column.header) for column in COLUMNS}
    yield ["林权证登记信息入库数字化表"]
    yield ["村代码", code, "填表人：张三", "填表日期：2020-07-30"]
    yield [headings[key] for key in KEYS]
    for number in range(rows):
        made = row_of(number, code, village)
        yield [made.get(key, "") for key in KEYS]


def _sheet(lines: Iterator[list[str]], shared: dict[str, int]) -> str:
    parts = [f'<?xml version="1.0" encoding="UTF-8"?><worksheet {_NS}><sheetData>']
    for row, cells in enumerate(lines, 1):
        parts.append(f'<row r="{row}">')
        for column, text in enumerate(cells, 1):
            if text:
                index = shared.setdefault(text, len(shared))
                parts.append(f'<c r="{column_letters(column)}{row}" t="s"><v>{index}</v></c>')
        parts.append("</row>")
    return "".join([*parts, "</sheetData></worksheet>"])


def _strings(shared: dict[str, int]) -> str:
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
    return f'<?xml version="1.0" encoding="UTF-8"?><sst {_NS} uniqueCount="{len(shared)}">{items}</sst>'


def _frame(names: list[str]) -> dict[str, str]:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    sheets = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    strings = f'<Relationship Id="rIdS" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return {
        "xl/workbook.xml": f'{head}<workbook {_NS} xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships">{links}{strings}</Relationships>',
        "_rels/.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{head}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
    }


# --------------------------------------------------------------------------------------------------------- measuring


def prepare(folder: Path, sheets: int, rows: int) -> None:
    """Make an archive with the county's divisions, and the workbook."""
    host = make_host(folder / "data")
    with host.uow(system_actor()) as uow:
        load_divisions(uow, divisions(sheets), source="bench")
    host.close()
    write_county(folder / "county.xlsx", sheets, rows)


def work(folder: Path) -> dict[str, float]:
    """Import the workbook in this process; seconds of both jobs, of what follows by itself (checks, index), what is there then."""
    host = make_host(folder / "data")
    blob = keep_sealed(host, folder / "county.xlsx")
    with host.uow(system_actor()) as uow:
        import_id = take_file(uow, COUNTY, "county.xlsx", blob).id
    read = _seconds(host, READ_JOB)
    with host.uow(system_actor()) as uow:
        order_apply(uow, import_id, GOOD_ROWS)
    applied = _seconds(host, APPLY_JOB)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    drain(host)
    after = time.monotonic() - started
    with host.view() as session:
        counts = import_line(session, system_actor(), import_id).counts
    host.close()
    return {
        "dry_run_s": round(read, 1),
        "apply_s": round(applied, 1),
        "total_s": round(read + applied, 1),
        "checks_and_index_afterwards_s": round(after, 1),
        **{name: counts.get(name, 0) for name in ("rows", "new", "same", "faults", "findings", "applied", "stale")},
        "import_peak_mb": round(peak / 1024),
        "child_peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "worker_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _seconds(host: Host, kind: str) -> float:
    """Run the waiting job of a kind as the worker does; returns its seconds."""
    with host.view() as session:
        job_id = session.scalars(select(JobRow.id).where(JobRow.kind == kind, JobRow.state == QUEUED)).one()
    started = time.monotonic()
    run_job(host, job_id)
    return time.monotonic() - started


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=500)
    parser.add_argument("--rows", type=int, default=200, help="rows per sheet")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        print(json.dumps(work(chosen.work)))
        return
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), chosen.sheets, chosen.rows)
        report = {}
        for run in ("first import", "same file again"):
            command = [sys.executable, "-m", "benchmarks.bench_register_import", "--work", folder]
            done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
            report[run] = json.loads(done.stdout.splitlines()[-1])
            print(f"{run}: {report[run]}", flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
