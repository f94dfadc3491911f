"""Keying twice: who keys what, blind, what differs, who settles it, and how well everybody keyed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lindang.auth import Actor
from lindang.errors import BadInput, Faults, Forbidden, NotFound, StaleVersion
from lindang.testing import actor, client, make_app
from models.keying import KeyingDifference, SecondEntry, SecondKeying
from models.register import Certificate, RegisterEntry
from plugins.register.queries.second import Keyer, quality
from plugins.register.service.second import Ruling, key_second, order_second_keying
from plugins.register.service.settling import settle
from tests.support.catalogue_world import COUNTY, VILLAGE, World, household, make_world
from tests.support.keying import CELLS, ID_NO, keyed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


@pytest.fixture
def keyer(world: World) -> Actor:
    return actor(world.host, ["archivist", "liaison"], prefixes=[COUNTY], name="录入员戊", account_id=5)


def ordered(world: World, who: Actor, percent: int = 100, seed: int = 1) -> int:
    with world.host.uow(world.second) as uow:
        return order_second_keying(uow, VILLAGE, percent, Keyer(who.account_id or 0, who.name), seed).id


def rows_of(world: World, order_id: int) -> list[SecondEntry]:
    with world.host.view() as session:
        query = select(SecondEntry).where(SecondEntry.second_keying_id == order_id).order_by(SecondEntry.parcel_id)
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def key(world: World, who: Actor, entry: SecondEntry, **changed: str) -> int:
    with world.host.uow(who) as uow:
        return key_second(uow, entry.second_keying_id, entry.id, {**CELLS, **changed}, entry.version)


def differences(world: World) -> list[KeyingDifference]:
    with world.host.view() as session:
        found = list(session.scalars(select(KeyingDifference).order_by(KeyingDifference.id)))
        session.expunge_all()
        return found


def rule(world: World, who: Actor, entry_id: int, rulings: list[Ruling]) -> None:
    with world.host.view() as session:
        version = session.get_one(SecondEntry, entry_id).version
    with world.host.uow(who) as uow:
        settle(uow, entry_id, {each.difference_id: each for each in rulings}, version)


def current(world: World) -> RegisterEntry:
    with world.host.view() as session:
        found = session.scalars(select(RegisterEntry).where(RegisterEntry.is_current)).one()
        session.expunge_all()
        return found


def test_nobody_keys_again_what_he_has_keyed(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app, cert_no="临林证字(2010)第1号")
    own = keyed(world, app, who=keyer, cert_no="临林证字(2010)第2号")
    order_id = ordered(world, keyer)
    assert own["parcel_id"] not in [entry.parcel_id for entry in rows_of(world, order_id)]
    assert [entry.parcel_id for entry in rows_of(world, ordered(world, world.archivist))] == [own["parcel_id"]]
    with pytest.raises(BadInput, match="没有可由"):
        ordered(world, world.second)  # both rows are in open orders


def test_a_sample_is_drawn_by_its_recorded_seed(world: World, app: Flask, keyer: Actor) -> None:
    file = household(world)
    for number in range(1, 11):
        keyed(world, app, file=file, parcel_no=f"{number:03}")
    order_id = ordered(world, keyer, percent=30, seed=7)
    drawn = [entry.parcel_id for entry in rows_of(world, order_id)]
    with world.host.transaction() as session:
        session.get_one(SecondKeying, order_id).closed_at = world.clock.now()
    assert len(drawn) == 3
    assert [entry.parcel_id for entry in rows_of(world, ordered(world, keyer, percent=30, seed=7))] == drawn


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_share_is_one_to_a_hundred(world: World, app: Flask, keyer: Actor, percent: int) -> None:
    keyed(world, app)
    with pytest.raises(BadInput):
        ordered(world, keyer, percent=percent)


def test_the_second_keyer_sees_nothing_of_the_first_keying(world: World, app: Flask, keyer: Actor) -> None:
    row = keyed(world, app, place_name="独一处")
    order_id = ordered(world, keyer)
    acting, grid = client(app, keyer), f"/register/villages/{VILLAGE}/grid"
    for page in (
        f"/register/second/{order_id}/key",
        f"/register/second/{order_id}",
        grid,
        f"{grid}?parcel={row['parcel_id']}",
    ):
        answer = acting.get(page)
        assert answer.status_code == 200
        assert "独一处" not in answer.text
        assert CELLS["cert_no"] not in answer.text
    assert "独一处" in client(app, world.archivist).get(grid).text
    assert acting.get(f"/register/second/{order_id}/key").text.count('value=""') > 30


def test_only_the_keyer_of_an_order_keys_it(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    order_id = ordered(world, keyer)
    [entry] = rows_of(world, order_id)
    assert client(app, world.archivist).get(f"/register/second/{order_id}/key").status_code == 404
    with pytest.raises(NotFound):
        key(world, world.archivist, entry)


def test_equal_keyings_close_the_order_without_differences(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    order_id = ordered(world, keyer)
    assert key(world, keyer, rows_of(world, order_id)[0], area_mu="12.3亩", issue_date="2010-05-06") == 0
    with world.host.view() as session:
        assert session.get_one(SecondKeying, order_id).closed_at is not None


def test_a_row_is_keyed_once(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    [entry] = rows_of(world, ordered(world, keyer))
    key(world, keyer, entry, area_mu="12.80")
    with pytest.raises((StaleVersion, NotFound)):
        key(world, keyer, entry)
    assert len(differences(world)) == 1


def test_settling_corrects_the_register_and_counts_the_faults(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    [entry] = rows_of(world, ordered(world, keyer))
    assert key(world, keyer, entry, area_mu="12.80", place_name="后勾", main_species="油送") == 3
    by_field = {each.field: each for each in differences(world)}
    rule(
        world,
        world.second,
        entry.id,
        [
            Ruling(by_field["area_mu"].id, "second"),
            Ruling(by_field["place_name"].id, "first"),
            Ruling(by_field["main_species"].id, "neither", "侧柏"),
        ],
    )
    row = current(world)
    assert (row.cells["area_mu"], row.cells["place_name"], row.cells["main_species"]) == ("12.80", "后沟", "侧柏")
    assert row.changed == {"area_mu": "settled", "main_species": "settled"}
    assert (row.entry_no, row.by) == (2, world.second.name)
    with world.host.view() as session:
        first, second = quality(session, world.second)
    assert (first.name, first.at_fault, second.name, second.at_fault) == (world.archivist.name, 2, keyer.name, 2)
    assert first.fields == second.fields > 25
    assert second.rate == (Decimal(20_000) / second.fields).quantize(Decimal("0.1"))


def test_nobody_settles_his_own_second_keying(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    [entry] = rows_of(world, ordered(world, keyer))
    key(world, keyer, entry, area_mu="12.80")
    with pytest.raises(Forbidden):
        rule(world, keyer, entry.id, [Ruling(differences(world)[0].id, "second")])
    assert current(world).cells["area_mu"] == "12.30"


def test_every_difference_needs_its_ruling_and_only_once(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    [entry] = rows_of(world, ordered(world, keyer))
    key(world, keyer, entry, area_mu="12.80", place_name="后勾")
    first, second = differences(world)
    with pytest.raises(BadInput, match="还有 1 处"):
        rule(world, world.second, entry.id, [Ruling(first.id, "first")])
    both = [Ruling(first.id, "first"), Ruling(second.id, "first")]
    rule(world, world.second, entry.id, both)
    with pytest.raises(Exception, match="已经裁定"):
        rule(world, world.second, entry.id, both)
    assert current(world).entry_no == 1  # the first keying was right: nothing to write


def test_a_ruling_that_cannot_stand_in_the_register_settles_nothing(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    [entry] = rows_of(world, ordered(world, keyer))
    key(world, keyer, entry, area_mu="一片")
    with pytest.raises(Faults):
        rule(world, world.second, entry.id, [Ruling(differences(world)[0].id, "second")])
    assert differences(world)[0].settled_at is None
    assert current(world).cells["area_mu"] == "12.30"


def test_id_numbers_are_compared_sealed_and_settled_in_full(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app, id_no="110105194912310021")
    [entry] = rows_of(world, ordered(world, keyer))
    assert key(world, keyer, entry, id_no=ID_NO) == 1
    [difference] = differences(world)
    assert (difference.first, difference.second) == ("110105********0021", "141124********0017")
    rule(world, world.second, entry.id, [Ruling(difference.id, "second")])
    row: Any = current(world)
    assert row.cells["id_no"] == "141124********0017"
    with world.host.view() as session:
        assert session.scalars(select(Certificate.id_no_hash)).one() == world.host.vault.digest(ID_NO)


def test_the_pages_show_progress_and_quality(world: World, app: Flask, keyer: Actor) -> None:
    keyed(world, app)
    order_id = ordered(world, keyer)
    [entry] = rows_of(world, order_id)
    key(world, keyer, entry, area_mu="12.80")
    acting = client(app, world.second)
    assert "待裁定 1 处" in acting.get(f"/register/second/{order_id}").text
    page = acting.get(f"/register/second/entries/{entry.id}").text
    assert "12.30" in page
    assert "12.80" in page
    answer = acting.post(f"/register/second/entries/{entry.id}", data={"version": "2"})
    assert answer.status_code == 400
    assert "还有 1 处没有裁定" in answer.text
    difference = differences(world)[0].id
    sent = {"version": "2", f"right-{difference}": "second"}
    assert acting.post(f"/register/second/entries/{entry.id}", data=sent).status_code == 302
    assert keyer.name in acting.get("/register/second").text
    assert client(app, world.stranger).get(f"/register/second/{order_id}").status_code == 404
    assert client(app, world.stranger).get(f"/register/second/entries/{entry.id}").status_code == 404
