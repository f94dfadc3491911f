"""Two people at once: whoever comes second is told so, and nothing is done twice. Real threads on a real database."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lindang.errors import Conflict, LindangError, StaleVersion
from lindang.testing import actor, drain
from models.handover import Batch, BatchItem, BatchTransition, Feedback
from plugins.handover.domain.cover import cover_code
from plugins.handover.handlers import on_item_filed
from plugins.handover.queries.balance import imbalances
from plugins.handover.service.answering import Opinion, save_opinions
from plugins.handover.service.drafting import add_certificates, create_batch, remove_items
from plugins.handover.service.feedback import FeedbackEntry, file_feedback
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, sign_batch
from tests.handover_kit import (
    COUNTY,
    Village,
    answered,
    checked,
    drafted,
    plan,
    received,
    scan_feedback,
    sent_batch,
    signed,
    village,
)

Attempt = Callable[[], object]


def at_once(attempts: list[Attempt]) -> list[object]:
    """Start all attempts together; returns what each gave or raised, in order."""
    barrier = threading.Barrier(len(attempts))
    outcomes: list[object] = [None] * len(attempts)

    def run(place: int) -> None:
        barrier.wait()
        try:
            outcomes[place] = attempts[place]()
        except LindangError as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(attempts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def winners(outcomes: list[object]) -> list[object]:
    return [outcome for outcome in outcomes if not isinstance(outcome, LindangError)]


@pytest.fixture
def world(tmp_path: Path) -> Village:
    return village(tmp_path, 4)


def test_one_of_many_signers_signs(world: Village) -> None:
    batch_id = checked(world, drafted(world))
    version = world.batch(batch_id).version
    made = make_documents(world.host, world.people.signer, batch_id)
    signers = [actor(world.host, {"liaison"}, prefixes=(COUNTY,), account_id=100 + n, name=f"甲{n}") for n in range(6)]

    def attempt(place: int) -> Attempt:
        def sign() -> str:
            with world.host.uow(signers[place]) as uow:
                return sign_batch(uow, batch_id, version=version, documents=made).state

        return sign

    outcomes = at_once([attempt(place) for place in range(6)])
    assert winners(outcomes) == ["SIGNED"]
    assert all(isinstance(one, StaleVersion) for one in outcomes if one != "SIGNED")
    with world.host.view() as session:
        signatures = session.scalar(select(func.count()).where(BatchTransition.action == "sign"))
        assert list(imbalances(session)) == []
    assert signatures == 1


def test_a_certificate_goes_into_one_of_two_batches(world: Village) -> None:
    contested, rest = world.certificates[0], world.certificates[1:]
    drafts = [drafted(world, (certificate,)) for certificate in rest]
    versions = [world.batch(batch_id).version for batch_id in drafts]

    def attempt(place: int) -> Attempt:
        def add() -> int:
            with world.host.uow(world.people.drafter) as uow:
                return add_certificates(uow, drafts[place], [contested], version=versions[place])

        return add

    outcomes = at_once([attempt(place) for place in range(3)])
    assert winners(outcomes) == [1]
    losers = [one for one in outcomes if isinstance(one, LindangError)]
    assert [type(one) for one in losers] == [Conflict, Conflict]
    assert all("批次" in str(one) and one.http_status == 409 for one in losers)
    with world.host.view() as session:
        held = session.scalars(select(BatchItem).where(BatchItem.certificate_id == contested)).all()
    assert len(held) == 1


def test_the_database_refuses_what_slipped_past_the_question(world: Village) -> None:
    """Where two servers share a database, the answer of the question may be old: the index decides."""
    from plugins.handover.service import drafting

    first = drafted(world, world.certificates[:1])
    asked = drafting._wanted  # what both sides were told before either wrote

    def stale(*args: object) -> object:
        return rows

    with world.host.uow(world.people.drafter) as uow:
        batch = uow.session.get_one(Batch, first)
        remove_items(uow, first, [batch.items[0].id], version=batch.version)
    with world.host.uow(world.people.drafter) as uow:
        rows = asked(uow, uow.session.get_one(Batch, first), world.certificates[:1])
    drafted(world, world.certificates[:1])
    drafting._wanted = stale  # type: ignore[assignment]
    try:
        with pytest.raises(Conflict, match="刚刚被别人") as caught, world.host.uow(world.people.drafter) as uow:
            add_certificates(uow, first, list(world.certificates[:1]), version=world.batch(first).version)
    finally:
        drafting._wanted = asked
    assert caught.value.http_status == 409


def test_batch_numbers_are_without_gap_or_repeat(tmp_path: Path) -> None:
    world = village(tmp_path, 8)

    def attempt(certificate: int) -> Attempt:
        def create() -> str:
            with world.host.uow(world.people.drafter) as uow:
                return create_batch(uow, plan(world, (certificate,))).batch_no

        return create

    # the last two ask for the same certificate: one of them fails and gives its number back
    wanted = [*world.certificates, world.certificates[0]]
    outcomes = at_once([attempt(certificate) for certificate in wanted])
    numbers = [str(one) for one in winners(outcomes)]
    assert sorted(numbers) == [f"141124-2020-YJ{n:03d}" for n in range(1, 9)]


def test_a_double_click_sends_once(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    version = world.batch(batch_id).version

    def send() -> str:
        with world.host.uow(world.people.drafter) as uow:
            return start_sending(uow, batch_id, version=version, carriers="盘", boxes="1").state

    outcomes = at_once([send] * 4)
    assert winners(outcomes) == ["SENDING"]
    drain(world.host)
    with world.host.view() as session:
        actions = Counter(session.scalars(select(BatchTransition.action)))
    assert actions["send"] == actions["confirm_sent"] == 1


def test_no_opinion_is_lost_without_a_word(world: Village) -> None:
    batch_id = received(world, sent_batch(world))
    version = world.batch(batch_id).version

    def attempt(item_id: int) -> Attempt:
        def save() -> int:
            with world.host.uow(world.people.receiver) as uow:
                save_opinions(uow, batch_id, {item_id: Opinion(answer="accept")}, version=version)
            return item_id

        return save

    outcomes = at_once([attempt(item_id) for item_id in (1, 2, 3, 4)])
    (winner,) = winners(outcomes)
    with world.host.view() as session:
        kept = session.scalars(select(BatchItem.id).where(BatchItem.answer == "accept")).all()
    assert list(kept) == [winner]
    assert sum(isinstance(one, StaleVersion) for one in outcomes) == 3


def test_two_papers_cannot_both_be_final(world: Village) -> None:
    batch_id = answered(world, received(world, sent_batch(world)))
    papers = [scan_feedback(world.host, 1, number=number) for number in range(1, 5)]

    def attempt(paper: int) -> Attempt:
        def file() -> str:
            with world.host.uow(world.people.archivist) as uow:
                return file_feedback(uow, paper, 1, FeedbackEntry(kind="F4", is_final=True)).feedback_no

        return file

    outcomes = at_once([attempt(paper) for paper in papers])
    assert winners(outcomes) == ["141124-2020-YJ001-FK0001"]
    assert world.batch(batch_id).state == "ANSWERED"


def test_a_scan_reported_many_times_at_once_is_filed_once(world: Village) -> None:
    from models.events import ItemFiled

    answered(world, received(world, sent_batch(world)))
    paper = scan_feedback(world.host, 1)
    event = ItemFiled(item_id=paper, archive_file_id=1, cover_codes=(cover_code("141124-2020-YJ001-0001"),))
    outcomes = at_once([lambda: on_item_filed(world.host, event)] * 5)
    assert outcomes == [None] * 5
    with world.host.view() as session:
        assert session.scalar(select(func.count(Feedback.id))) == 1
