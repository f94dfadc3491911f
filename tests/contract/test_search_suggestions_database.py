"""What the search box suggests, on SQLite and on PostgreSQL: of the archive's own, in scope, and nothing of persons' numbers."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import update

from lindang.auth import Actor
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app
from models.events import CertificatesSaved
from models.register import Certificate
from plugins.search.domain.names import fold_name
from plugins.search.domain.readings import name_readings
from plugins.search.queries.suggestions import MOST, MOST_OF_A_KIND, Group
from plugins.search.service.suggesting import suggest
from tests.support.named_county import COUNTY, OTHER, VILLAGES, NamedCounty, put_named_county
from tests.support.number_scan import HERE, THERE, Row, put_rows


@pytest.fixture
def county(host: Host) -> NamedCounty:
    made = put_named_county(host, 400)
    drain(host)
    return made


def texts(host: Host, who: Actor, typed: str, group: Group) -> list[str]:
    return [one.text for one in suggest(host, who, typed) if one.group is group]


def holders(county: NamedCounty, prefix: str) -> set[str]:
    """Return the names of the certificates of a county as they are written."""
    books = [book for book in county.books.values() if book.village.startswith(prefix)]
    return {name for book in books for holder in book.holders for name in holder.split("、")}


def spelt(name: str) -> set[str]:
    readings = name_readings(fold_name(name))
    return {text for one in readings for text in ("".join(one), "".join(part[0] for part in one))}


def test_holders_are_suggested_by_text_pinyin_and_initials_and_only_those_in_scope(
    host: Host, county: NamedCounty
) -> None:
    for prefix in (COUNTY, OTHER):
        who = actor(host, ["archivist"], prefixes=[prefix])
        theirs = holders(county, prefix)
        for name in random.Random(2).sample(sorted(theirs), 25):
            typed = fold_name(name)[:2]
            truth = {one for one in theirs if typed in fold_name(one)}
            found = texts(host, who, typed, Group.HOLDER)
            assert set(found) <= truth, typed
            assert len(found) == min(len(truth), MOST_OF_A_KIND), typed
            for letters in sorted(spelt(name))[:2]:
                if len(letters) >= 2 and letters.isascii():
                    found = texts(host, who, letters, Group.HOLDER)
                    assert set(found) <= {one for one in theirs if any(s.startswith(letters) for s in spelt(one))}
                    assert found, letters


def test_nobody_is_suggested_to_whom_they_are_nothing(host: Host, county: NamedCounty) -> None:
    only_there = sorted(holders(county, OTHER) - holders(county, COUNTY))
    here = actor(host, ["archivist"], prefixes=[COUNTY])
    assert len(only_there) > 5
    for name in only_there:
        assert name not in texts(host, here, name, Group.HOLDER)
    assert suggest(host, actor(host, ["archivist"], prefixes=[]), "柳树") == []


def test_names_of_withdrawn_certificates_are_not_suggested(host: Host, county: NamedCounty) -> None:
    everybody = host.system_actor()
    assert texts(host, everybody, "尉迟", Group.HOLDER) == ["尉迟恭"]
    number = next(book.number for book in county.books.values() if "尉迟恭" in book.holders)
    with host.uow(everybody) as uow:
        uow.session.execute(update(Certificate).where(Certificate.id == number).values(is_withdrawn=True))
        uow.emit(CertificatesSaved(certificate_ids=(number,), division_code=county.books[number].village))
    assert texts(host, everybody, "尉迟", Group.HOLDER) == []  # at once, before the names know
    drain(host)
    assert texts(host, everybody, "尉迟", Group.HOLDER) == []


def test_villages_and_places(host: Host, county: NamedCounty) -> None:
    here = actor(host, ["archivist"], prefixes=[COUNTY])
    assert texts(host, here, "树沟", Group.VILLAGE) == ["柳树沟村"]
    assert texts(host, here, "lsg", Group.VILLAGE) == ["柳树沟村"]
    assert texts(host, here, "yehu", Group.VILLAGE) == ["野狐梁村"]
    assert texts(host, here, "狐梁", Group.PLACE) == ["狐梁", "野狐梁"]
    assert texts(host, here, "沟掌", Group.PLACE) == ["后沟掌"]
    there = actor(host, ["archivist"], prefixes=[OTHER])
    assert texts(host, there, "单家", Group.VILLAGE) == []
    assert set(VILLAGES.values()) == {"柳树沟村", "野狐梁村", "单家峁村"}


def test_numbers_by_beginning_serial_and_end_but_never_of_persons(host: Host) -> None:
    put_rows(
        host,
        [
            Row("cert_no", "岚林证字(2010)第00123号", HERE),
            Row("cert_no", "岚林证字(2010)第00456号", THERE),
            Row("cert_serial", "B140000000123", HERE),
        ],
    )
    here = actor(host, ["archivist"], prefixes=[HERE[:6]])
    for typed, found in {
        "岚林证字(2010)": ["岚林证字(2010)第00123号"],
        "b1400": ["B140000000123"],
        "123": ["岚林证字(2010)第00123号"],
        "0123": ["岚林证字(2010)第00123号", "B140000000123"],
        "0456": [],
        "1411": [],
        "141124197001": [],
        "0017": [],
        "查141124 1970-01": [],
        "141124700101": [],
    }.items():
        assert texts(host, here, typed, Group.NUMBER) == found, typed


def test_the_answer_of_the_server(host: Host, county: NamedCounty) -> None:
    web = client(make_app(host), actor(host, ["archivist"], prefixes=[COUNTY]))
    answer = web.get("/search/suggest?q=柳树沟")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    groups = {group["label"]: group["texts"] for group in answer.json["groups"]}
    assert list(groups) == ["权利人", "村", "小地名"]
    assert "柳树沟村民委员会" in groups["权利人"]
    assert sum(map(len, groups.values())) <= MOST
    assert web.get("/search/suggest").json == {"groups": []}
    assert web.get("/search/suggest?q=" + "王" * 300).json == {"groups": []}
