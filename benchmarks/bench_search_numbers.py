"""Numbers of a large archive: ``python -m benchmarks.bench_search_numbers [--certificates N]``. Two numbers to each certificate (its
number and its printed serial) are put into the tables in bulk; then every kind of query is asked many times, in the database alone and
as the result page shows it. Prints seconds of the build, sizes, and milliseconds (p50, p95, most) for each kind.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from benchmarks.bench_register_search import COUNTY, villages
from lindang.auth import Actor
from lindang.host import Host
from lindang.testing import actor, make_host
from models.digital import Identifier, IdentifierPart
from models.identifiers import CERT_NO, CERT_SERIAL, KEYED, enter_numbers, number_values
from models.place import Division
from models.register import Certificate
from plugins.search.queries.number_views import show_numbers
from plugins.search.queries.numbers import find_numbers
from plugins.search.service.splitting import split_numbers
from tools.measure import quantile

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench_search_numbers.json"
CERTIFICATES = 71_000
QUERIES = 200
_AT_A_TIME = 5000
_YEARS = range(2006, 2016)


def cert_no(number: int) -> str:
    """Return the number of the n-th certificate: dense serials, ten years."""
    return f"临林证字({_YEARS[number % len(_YEARS)]})第{number:08d}号"


def printed_no(number: int) -> str:
    """Return what the printer put on the n-th certificate, in an order of its own."""
    return f"B{14_0000_0000 + number * 7919 % 99_999_989:011d}"


def put_numbers(host: Host, certificates: int) -> None:
    """Write villages, certificates and two numbers to each."""
    now, places = host.clock.now(), villages(certificates)
    with host.uow(host.system_actor()) as uow:
        levels = [(COUNTY, "临水县", "county"), *((code, name, "village") for code, name in places)]
        uow.session.execute(insert(Division), [{"code": c, "name": n, "level": level} for c, n, level in levels])
    made = {"county_code": COUNTY, "issue_state": "ISSUED", "created_at": now, "created_by": "测试", "version": 1}
    for start in range(0, certificates, _AT_A_TIME):
        numbers = range(start + 1, min(start + _AT_A_TIME, certificates) + 1)
        with host.uow(host.system_actor()) as uow:
            uow.session.execute(insert(Certificate), [_book(n, places) | made for n in numbers])
            enter_numbers(uow.session, [row for n in numbers for row in _numbers(n, places)])


def _book(number: int, places: list[tuple[str, str]]) -> dict[str, Any]:
    raw = cert_no(number)
    values = number_values(CERT_NO, raw)
    return {
        "id": number,
        "division_code": places[number % len(places)][0],
        "cert_no": raw,
        "cert_no_norm": values["norm"],
        "cert_key": values["key"],
        "holder_name": "王建国",
        "co_holders": [],
    }


def _numbers(number: int, places: list[tuple[str, str]]) -> list[dict[str, Any]]:
    links: dict[str, Any] = dict.fromkeys(("archive_file_id", "item_id", "page_id", "batch_id"))
    links |= {"certificate_id": number, "division_code": places[number % len(places)][0]}
    links |= {"source": KEYED, "is_current": True}
    return [number_values(CERT_NO, cert_no(number)) | links, number_values(CERT_SERIAL, printed_no(number)) | links]


def kinds_of_query(certificates: int) -> dict[str, Callable[[random.Random], str]]:
    """Return, for each kind of query, what makes one."""

    def any_no(lots: random.Random) -> str:
        number = lots.randint(1, certificates)
        return lots.choice((cert_no, printed_no))(number)

    def wrong(lots: random.Random) -> str:
        raw = any_no(lots)
        place = lots.choice([place for place, char in enumerate(raw) if char.isdigit()])
        return raw[:place] + str((int(raw[place]) + lots.randint(1, 9)) % 10) + raw[place + 1 :]

    def missing(lots: random.Random) -> str:
        raw = any_no(lots)
        place = len(raw) - lots.randint(2, 8)
        return raw[:place] + raw[place + 1 :]

    def swapped(lots: random.Random) -> str:
        raw = any_no(lots)
        place = len(raw) - lots.randint(3, 7)
        return raw[:place] + raw[place + 1] + raw[place] + raw[place + 2 :]

    def open_digit(lots: random.Random) -> str:
        raw = any_no(lots)
        place = len(raw) - lots.randint(2, 7)
        return f"{raw[:place]}?{raw[place + 1 :]}"

    def span(lots: random.Random) -> str:
        first = lots.randint(1, certificates)
        return f"{first:08d}..{first + 100:08d}"

    return {
        "exact": any_no,
        "year_and_number": lambda lots: "2010 " + str(lots.randint(1, certificates)),
        "serial_only": lambda lots: f"{lots.randint(1, certificates):08d}",
        "prefix": lambda lots: printed_no(lots.randint(1, certificates))[:9],
        "prefix_of_all": lambda _lots: "临林证字",
        "last_four": lambda lots: any_no(lots).rstrip("号")[-4:],
        "last_six": lambda lots: any_no(lots).rstrip("号")[-6:],
        "one_wrong": wrong,
        "one_missing": missing,
        "swapped": swapped,
        "middle_four": lambda lots: printed_no(lots.randint(1, certificates))[-6:-2],
        "middle_six": lambda lots: printed_no(lots.randint(1, certificates))[-8:-2],
        "middle_common": lambda _lots: "0000",
        "open_digit": open_digit,
        "open_beginning": lambda lots: "*" + any_no(lots).rstrip("号")[-5:],
        "range_of_100": span,
        "nothing": lambda lots: f"Q9{lots.randint(10**9, 10**10)}",
    }


def in_sql(host: Host, who: Actor, typed: str) -> int:
    """Return the microseconds of the look-ups alone."""
    with host.view(who) as session:
        session.connection()
        started = time.perf_counter_ns()
        find_numbers(session, who, typed)
        return (time.perf_counter_ns() - started) // 1000


def as_shown(host: Host, who: Actor, typed: str) -> int:
    """Return the microseconds of one answer with what the numbers belong to."""
    started = time.perf_counter_ns()
    with host.view(who) as session:
        show_numbers(session, who, find_numbers(session, who, typed).hits)
    return (time.perf_counter_ns() - started) // 1000


def measure(certificates: int, database_url: str = "") -> dict[str, Any]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="lindang-bench-") as folder:
        host = make_host(Path(folder), host={"database_url": database_url})
        started = time.monotonic()
        put_numbers(host, certificates)
        report: dict[str, Any] = {"certificates": certificates, "build_s": round(time.monotonic() - started, 1)}
        before = host.system_actor()
        report["unsplit_ms"] = {"middle_six": _asked(host, before, certificates, in_sql)["middle_six"]}
        started = time.monotonic()
        split_numbers(host)
        report["split_s"] = round(time.monotonic() - started, 1)
        report |= _sizes(host)
        town = actor(host, ["archivist"], prefixes=[f"{COUNTY}100"])
        for scope, who in (("county", host.system_actor()), ("town", town)):
            report[f"{scope}_sql_ms"] = _asked(host, who, certificates, in_sql)
            report[f"{scope}_shown_ms"] = _asked(host, who, certificates, as_shown)
        host.close()
        return report


def _asked(
    host: Host, who: Actor, certificates: int, ask: Callable[[Host, Actor, str], int]
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for kind, make in kinds_of_query(certificates).items():
        lots = random.Random(kind)
        times = sorted(ask(host, who, make(lots)) for _ in range(QUERIES))
        found[kind] = {name: round(quantile(times, part) / 1000, 1) for name, part in (("p50", 0.5), ("p95", 0.95))}
        found[kind]["most"] = round(times[-1] / 1000, 1)
    return found


def _sizes(host: Host) -> dict[str, Any]:
    """Return rows, and on SQLite the size of the pieces and of all numbers with their indexes."""
    with host.view() as session:
        sizes: dict[str, Any] = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Identifier, IdentifierPart)
        }
        names = {"identifier_part": ["identifier_part"], "identifier": [], "identifier_indexes": []}
        if host.engine.dialect.name == "sqlite":
            query = text("SELECT name, tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY 1, 2")
            sizes["mb"] = _megabytes(session.execute(query).all())
        else:
            query = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
            sizes["mb"] = {
                name: round((session.scalar(query, {"name": name}) or 0) / 1e6, 1) for name in names if "_i" not in name
            }
    return sizes


def _megabytes(rows: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, table, size in rows:
        if table in ("identifier", "identifier_part"):
            kind = table if name == table else f"{table}_indexes"
            found[kind] = found.get(kind, 0) + round(size / 1e6, 1)
    return found


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, default=CERTIFICATES)
    parser.add_argument("--database-url", default="", help="an empty database; SQLite when left out")
    chosen = parser.parse_args()
    report = measure(chosen.certificates, chosen.database_url)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
