"""Saving keyed rows in a large county: ``python -m benchmarks.bench_register_keying [CERTIFICATES]``.

The generator's county is put into the tables; then rows of one village are keyed as the grid sends them, one request a row:
new rows, and changes of rows that are there. Prints milliseconds per request (live checks included) and of opening the grid.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lindang.testing import actor, client, make_app, make_host
from plugins.demo.domain.county import County, invent_county
from plugins.demo.domain.numbers import COUNTY_CODE
from tests.support.keying import CELLS, save
from tests.support.register_county import put_county

CERTIFICATES = 71_000
ROWS = 60


def measure(certificates: int = CERTIFICATES) -> dict[str, float]:
    """Return p50 and p95 in milliseconds of keying a new row, of changing one, and of opening the grid."""
    with tempfile.TemporaryDirectory(prefix="lindang-bench-") as folder:
        host = make_host(Path(folder))
        county = invent_county(seed=7, certificates=certificates)
        put_county(host, county)
        app, keyer = make_app(host), actor(host, ["archivist"], prefixes=[COUNTY_CODE], name="录入员")
        village = county.books[0].place.code
        figures: dict[str, float] = {"rows": float(_rows(county))}
        kept: list[dict[str, Any]] = []

        def new(number: int) -> None:
            cells = {**CELLS, **_identity(number), "location": "测"}
            kept.append(save(app, keyer, cells, slot=f"n{number}", village=village))
            _expect(kept[-1]["state"] == "saved", kept[-1])

        def change(number: int) -> None:
            row = kept[number]
            answer = save(app, keyer, {"bound_e": f"沟底小路{number}"}, row=row, village=village)
            _expect(answer["state"] == "saved", answer)

        def opened(_number: int) -> None:
            answer = client(app, keyer).get(f"/register/villages/{village}/grid")
            _expect(answer.status_code == 200, answer.status)

        for name, step in (("new_row", new), ("changed_row", change), ("grid_opened", opened)):
            figures |= _timed(name, step)
        host.close()
        return figures


def _expect(condition: bool, seen: object) -> None:  # noqa: FBT001 - a sentence
    """Refuse to measure what does not work."""
    if not condition:
        raise SystemExit(f"not as expected: {seen}")


def _identity(number: int) -> dict[str, str]:
    return {"cert_no": f"岭林证字(2010)第{90_000 + number}号", "cert_serial": f"B99{number:08d}", "parcel_no": "001"}


def _rows(county: County) -> int:
    return sum(len(book.rows) for book in county.books)


def _timed(name: str, step: Callable[[int], None]) -> dict[str, float]:
    took = []
    for number in range(ROWS):
        started = time.perf_counter()
        step(number)
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return {f"{name}_p50_ms": round(statistics.median(took), 1), f"{name}_p95_ms": round(took[int(ROWS * 0.95)], 1)}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificates", nargs="?", type=int, default=CERTIFICATES)
    sys.stdout.write(json.dumps(measure(parser.parse_args().certificates)) + "\n")


if __name__ == "__main__":
    main()
