"""The registry answers a long list page by page: what is on other pages keeps its opinion, and nothing is submitted by turning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lindang.testing import client, make_app
from models.handover import BatchItem
from tests.handover_kit import Village, received, sent_batch, village

HERE = "/handover/batches/1/answer"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    made = village(tmp_path, 23)
    received(made, sent_batch(made))
    yield made
    made.host.close()


@pytest.fixture
def receiver(world: Village) -> FlaskClient:
    return client(make_app(world.host), world.people.receiver)


def shown(page: str) -> list[str]:
    return re.findall(r'name="item" value="(\d+)"', page)


def opinions(world: Village) -> dict[int, str]:
    with world.host.view() as session:
        return dict(session.execute(select(BatchItem.id, BatchItem.answer).order_by(BatchItem.id)).all())


def send(receiver: FlaskClient, url: str, world: Village, items: list[str], **form: str) -> str:
    version = str(world.batch(1).version)
    answer = receiver.post(url, data={"version": version, "item": items, **form})
    assert answer.status_code == 302, answer.text[-400:]
    return str(answer.headers["Location"])


def test_a_page_is_answered_and_the_next_follows(world: Village, receiver: FlaskClient) -> None:
    first = shown(receiver.get(HERE).text)
    assert len(first) == 20
    answers = {f"answer_{item}": "accept" for item in first[:19]} | {f"reason_{first[19]}": "03"}
    where = send(receiver, HERE, world, first, do="next", **answers)
    assert "page=2" in where
    second = receiver.get(where).text
    assert len(shown(second)) == 3
    assert "已填 20 / 23 件" in second
    send(receiver, where, world, shown(second), do="save", **{f"answer_{shown(second)[0]}": "accept"})
    given = opinions(world)
    assert [given[int(item)] for item in first] == ["accept"] * 19 + ["return"]
    assert sorted(given.values()).count("") == 2


def test_the_rest_of_the_whole_batch_is_accepted_not_only_of_the_page(world: Village, receiver: FlaskClient) -> None:
    first = shown(receiver.get(HERE).text)
    send(receiver, HERE, world, first, do="accept_rest", **{f"reason_{first[0]}": "01"})
    given = opinions(world)
    assert given.pop(int(first[0])) == "return"
    assert set(given.values()) == {"accept"}
    assert world.batch(1).state == "RECEIVED", "saved is not submitted"
    assert shown(receiver.get(f"{HERE}?show=returned").text) == first[:1]
    assert "没有这样的条目" in receiver.get(f"{HERE}?show=unanswered").text
    send(receiver, f"{HERE}?show=returned", world, first[:1], do="submit", **{f"reason_{first[0]}": "01"})
    assert world.batch(1).state == "ANSWERED"


def test_who_submits_too_early_is_shown_the_way(world: Village, receiver: FlaskClient) -> None:
    first = shown(receiver.get(HERE).text)
    form = {"version": str(world.batch(1).version), "item": first, "do": "submit"}
    refused = receiver.post(HERE, data=form)
    assert refused.status_code == 422
    assert "共 23 处，只显示前 20 处" in refused.text
    assert world.batch(1).state == "RECEIVED"


def test_the_page_of_the_batch_shows_one_page_of_the_list_and_the_sums_of_all(world: Village) -> None:
    drafter = client(make_app(world.host), world.people.drafter)
    page = drafter.get("/handover/batches/1").text
    assert len(re.findall(r"<strong>141124-2020-YJ001-\d{4}</strong>", page)) == 20
    assert "共 23 本" in page
    last = drafter.get("/handover/batches/1?page=2").text
    assert re.findall(r"<strong>(141124-2020-YJ001-\d{4})</strong>", last)[-1] == "141124-2020-YJ001-0023"
