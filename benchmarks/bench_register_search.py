"""Names and places of a large county: ``python -m benchmarks.bench_register_search [--certificates N]``. Certificates and parcels
are put into the tables in bulk; then the names are built, and every kind of query is asked many times as a person would, view and
all. Prints seconds of the build, sizes, and milliseconds (p50, p95, most) for each kind of query.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from lindang.auth import Actor
from lindang.host import Host
from lindang.testing import actor, make_host
from models.place import Division
from models.register import Certificate, Parcel
from models.search_names import SearchKey, SearchName, SearchTerm
from plugins.search.domain.names import NameQuery, read_name_query
from plugins.search.domain.readings import name_readings
from plugins.search.queries.name_views import show_names
from plugins.search.queries.register_names import find_names
from plugins.search.service.naming import name_differences, rebuild_names
from plugins.search.service.suggesting import suggest
from tools.measure import quantile

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench_register_search.json"
CERTIFICATES = 71_000
PER_VILLAGE = 150
COUNTY = "141124"
QUERIES = 150
_AT_A_TIME = 5000
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜单解仇查翟"
_GIVEN = "建国明华军伟强平芳丽娟英玉秀兰春梅海山林东红志永福贵财发喜生成全义德龙虎飞云雪花桂香凤珍翠莲菊爱玲霞艳敏静辉宏光亮庆祥瑞昌盛兴旺荣富有余粮满堂金银锁柱栓根宝保卫民"
_HILLS = "大小前后东西南北上下长阳阴高黑白红青老新石土柳杨松柏枣桃杏狐狼羊马牛"
_SHAPES = ("沟", "梁", "坡", "湾", "峁", "圪垛", "山", "岭", "崖底", "背", "塔", "坪", "沟掌", "梁顶")


def villages(certificates: int) -> list[tuple[str, str]]:
    """Return codes and names of villages, twenty to a township."""
    count = max(certificates // PER_VILLAGE, 1)
    hills = random.Random(1)
    names = [f"{hills.choice(_SURNAMES)}家{hills.choice(_HILLS)}{hills.choice(_SHAPES)}村" for _ in range(count)]
    return [(f"{COUNTY}{100 + n // 20:03d}{200 + n % 20:03d}", name) for n, name in enumerate(names)]


def person(lots: random.Random) -> str:
    """Return a name of two characters (one in six) or three."""
    given = lots.choice(_GIVEN) if lots.random() < 1 / 6 else lots.choice(_GIVEN) + lots.choice(_GIVEN)
    return lots.choice(_SURNAMES) + given


def place(lots: random.Random) -> str:
    """Return a 小地名."""
    return lots.choice(_HILLS) + lots.choice(_HILLS + _SURNAMES) + lots.choice(_SHAPES)


def put_county(host: Host, certificates: int) -> None:
    """Write divisions, certificates and two parcels to each, with the village's own places."""
    lots, now = random.Random(7), host.clock.now()
    made = {"created_at": now, "created_by": "测试", "version": 1}
    places = villages(certificates)
    with host.uow(host.system_actor()) as uow:
        levels = [(COUNTY, "临水县", "county"), *((code, name, "village") for code, name in places)]
        uow.session.execute(insert(Division), [{"code": c, "name": n, "level": level} for c, n, level in levels])
    for start in range(0, certificates, _AT_A_TIME):
        numbers = range(start + 1, min(start + _AT_A_TIME, certificates) + 1)
        books = [_certificate(number, *places[number % len(places)], lots) | made for number in numbers]
        parcels = [parcel | made for book in books for parcel in _parcels(book, places, lots)]
        with host.uow(host.system_actor()) as uow:
            uow.session.execute(insert(Certificate), books)
            uow.session.execute(insert(Parcel), parcels)


def _certificate(number: int, code: str, village: str, lots: random.Random) -> dict[str, Any]:
    cert_no = f"临林证字(2010)第{number:08d}号"
    holder = f"{village}村民委员会" if number % 50 == 0 else person(lots)
    return {
        "id": number,
        "division_code": code,
        "county_code": COUNTY,
        "cert_no": cert_no,
        "cert_no_norm": cert_no,
        "cert_key": f"临|2010|{number}",
        "issue_state": "ISSUED",
        "holder_name": holder,
        "co_holders": [person(lots)] if number % 3 == 0 else [],
    }


def _parcels(book: dict[str, Any], places: list[tuple[str, str]], lots: random.Random) -> Iterator[dict[str, Any]]:
    code, village = places[book["id"] % len(places)]
    own = random.Random(code)
    known = [place(own) for _ in range(40)]
    for seq in (1, 2):
        yield {
            "certificate_id": book["id"],
            "division_code": code,
            "seq": seq,
            "parcel_no": f"{book['id']:06d}{seq}",
            "location": f"临水县{code[6:9]}镇{village}{lots.randint(1, 6)}组",
            "place_name": lots.choice(known),
            "area_mu": Decimal("1.5"),
            "area_as_written": "1.5",
            **dict.fromkeys(("land_owner", "land_use_holder", "tree_owner", "tree_use_holder"), book["holder_name"]),
        }


def kinds_of_query() -> dict[str, Callable[[random.Random], str]]:
    """Return, for each kind of query, what makes one."""

    def letters(lots: random.Random, *, initials: bool) -> str:
        syllables = name_readings(person(lots))[0]
        return "".join(syllable[0] if initials else syllable for syllable in syllables).ljust(2, "a")

    return {
        "name": person,
        "name_of_two": lambda lots: lots.choice(_SURNAMES) + lots.choice(_GIVEN),
        "given_name": lambda lots: lots.choice(_GIVEN) + lots.choice(_GIVEN),
        "initials": lambda lots: letters(lots, initials=True),
        "two_initials": lambda lots: letters(lots, initials=True)[:2],
        "pinyin": lambda lots: letters(lots, initials=False),
        "beginning_of_pinyin": lambda lots: letters(lots, initials=False)[:4],
        "place": place,
        "part_of_place": lambda lots: place(lots)[-2:],
        "village": lambda lots: lots.choice(villages(CERTIFICATES))[1][:3],
        "nothing": lambda lots: "龘靐" + lots.choice(_GIVEN),
        "worst_whole_county": lambda _lots: "临水县",
    }


def ask(host: Host, who: Actor, query: NameQuery) -> int:
    """Return the microseconds of one answer as it is shown."""
    started = time.perf_counter_ns()
    with host.view(who) as session:
        show_names(session, who, find_names(session, who, query).hits)
    return (time.perf_counter_ns() - started) // 1000


def typed_so_far() -> dict[str, Callable[[random.Random], str]]:
    """Return, for each kind of beginning, what makes one."""
    kinds = kinds_of_query()
    return {
        "suggest_surname_and_one": lambda lots: person(lots)[:2],
        "suggest_two_letters": lambda lots: kinds["pinyin"](lots)[:2],
        "suggest_pinyin": lambda lots: kinds["pinyin"](lots)[:5],
        "suggest_place": lambda lots: place(lots)[:2],
        "suggest_village": lambda lots: lots.choice(villages(CERTIFICATES))[1][:2],
        "suggest_digits": lambda lots: str(lots.randint(100, CERTIFICATES)),
    }


def complete(host: Host, who: Actor, typed: str) -> int:
    """Return the microseconds of one list of suggestions."""
    started = time.perf_counter_ns()
    suggest(host, who, typed)
    return (time.perf_counter_ns() - started) // 1000


def measure(certificates: int) -> dict[str, Any]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="lindang-bench-") as folder:
        host = make_host(Path(folder))
        put_county(host, certificates)
        before = _bytes(host)
        build = _seconds(lambda: rebuild_names(host))
        report: dict[str, Any] = {"certificates": certificates, "build_s": build, **_sizes(host)}
        report["grown_mb"] = round((_bytes(host) - before) / 1e6, 1)
        report["rebuild_of_right_names_s"] = _seconds(lambda: rebuild_names(host))
        report["verify_s"] = _seconds(lambda: name_differences(host))
        county, town = host.system_actor(), actor(host, ["archivist"], prefixes=[f"{COUNTY}100"])
        report["county_ms"] = _asked(host, county)
        report["town_ms"] = _asked(host, town)
        host.close()
        return report


def _asked(host: Host, who: Actor) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for kind, make in kinds_of_query().items():
        lots = random.Random(kind)
        queries = [read_name_query(make(lots)) for _ in range(QUERIES)]
        times = sorted(ask(host, who, query) for query in queries if query)
        found[kind] = _figures(times)
    for kind, make in typed_so_far().items():
        lots = random.Random(kind)
        found[kind] = _figures(sorted(complete(host, who, make(lots)) for _ in range(QUERIES)))
    return found


def _figures(times: list[int]) -> dict[str, float]:
    parts = {"p50": quantile(times, 0.5), "p95": quantile(times, 0.95), "most": times[-1]}
    return {name: round(value / 1000, 1) for name, value in parts.items()}


def _sizes(host: Host) -> dict[str, int]:
    with host.view() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (SearchTerm, SearchKey, SearchName)
        }


def _bytes(host: Host) -> int:
    connection = host.engine.raw_connection()
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return sum(path.stat().st_size for path in host.data_dir.glob("lindang.db*"))


def _seconds(action: Callable[[], object]) -> float:
    started = time.monotonic()
    action()
    return round(time.monotonic() - started, 1)


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, default=CERTIFICATES)
    report = measure(parser.parse_args().certificates)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
