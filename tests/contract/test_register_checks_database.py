"""The rules as SQL, on SQLite and on PostgreSQL: the same planted county, the same findings, nothing added by a second run."""

from __future__ import annotations

from lindang.host import Host
from lindang.testing import FixedClock
from plugins.demo.domain.county import invent_county
from plugins.demo.domain.defects import plant_defects
from plugins.demo.domain.numbers import COUNTY_CODE
from plugins.register.service.checking import check_division, check_village
from tests.support.register_county import difference, put_baselines, put_county, seen


def test_the_same_findings_on_every_database(host: Host) -> None:
    host.clock = FixedClock()
    county = invent_county(seed=4, certificates=300)
    truth = plant_defects(county)
    put_county(host, county)
    put_baselines(host, truth)
    for _round in range(2):
        check_division(host, host.system_actor(), COUNTY_CODE)
        assert difference(seen(host), [*truth.findings, *truth.with_baselines]) == ([], [])
    for place in county.places:
        changes = check_village(host, host.system_actor(), place.code)
        assert (changes.new, changes.fixed, changes.back) == (0, 0, 0)
