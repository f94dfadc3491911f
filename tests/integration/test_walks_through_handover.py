"""Several people do legal and illegal things to batches in any order, with fresh and with old pages before them: whatever they
try, the balance holds, who may not changes nothing, what is refused leaves no trace, and the database itself refuses what
must not be. Each walk begins with a copy of an archive's folder, so that this is of the embedded database; races on PostgreSQL are
in test_handover_races.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, text, true
from sqlalchemy.exc import IntegrityError

from lindang.auth import Actor
from lindang.errors import LindangError, StaleVersion
from lindang.testing import actor, drain
from lindang.uow import UnitOfWork
from models.handover import Batch, BatchItem, BatchTransition, Feedback
from plugins.handover.queries.balance import imbalances
from plugins.handover.queries.correspondence import NAMED
from plugins.handover.service.answering import (
    Opinion,
    Receipt,
    accept_rest,
    receive_batch,
    refuse_batch,
    save_opinions,
    submit_opinions,
)
from plugins.handover.service.checking import start_check
from plugins.handover.service.closing import close_batch, complete_feedback
from plugins.handover.service.correcting import finish_fixing, start_fixing
from plugins.handover.service.drafting import add_certificates, cancel_batch, create_batch, remove_items, revise_batch
from plugins.handover.service.feedback import FeedbackEntry, file_feedback
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, refuse_to_sign, sign_batch
from tests.handover_kit import OTHER_COUNTY, Village, handover_host, people, plan, scan_feedback, village

HOUSEHOLDS = 4
EVERYBODY = ("drafter", "signer", "archivist", "receiver", "auditor", "stranger")
POWERLESS = ("auditor", "stranger")
BACK = st.sampled_from([0, 0, 0, 1])
"""How many batches before the newest."""
ITEM = st.integers(1, 6)
CERTIFICATES = st.sets(st.integers(1, HOUSEHOLDS), min_size=1, max_size=HOUSEHOLDS)
STALE = st.sampled_from([0, 0, 0, 0, 1])
PREPARING = ("create", "edit", "check", "reopen", "revise")


def mostly(*names: str) -> st.SearchStrategy[str]:
    """Choose one of the people whose business it is, or now and then anybody."""
    return st.sampled_from([*names * 4, *EVERYBODY])


Act = Callable[[UnitOfWork, Batch, int], object]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the village once; every walk begins with a copy."""
    folder = tmp_path_factory.mktemp("chance") / "origin"
    village(folder, HOUSEHOLDS).host.close()
    return folder


class Walk(RuleBasedStateMachine):
    """One walk through the handover."""

    origin: Path
    tried: set[str]
    """What all walks together came to: states of batches, and what the database was asked to hold."""

    @initialize(ahead=st.sampled_from([3, 4, 2, 1, 0]))
    def begin(self, ahead: int) -> None:
        """Begin with nothing, a draft, a batch that is sent, an answered one, or a closed one."""
        self.folder = Path(tempfile.mkdtemp(prefix="walk-", dir=self.origin.parent))
        shutil.copytree(self.origin, self.folder / "data")
        host = handover_host(self.folder / "data")
        self.world = Village(host, 1, people(host, 1), tuple(range(1, HOUSEHOLDS + 1)))
        self.papers = 0
        if ahead == 1:
            self.draft("drafter", {1, 2})
        if ahead == 4:
            self.draft("drafter", {1, 2, 3})
            self.check("drafter", 0, 0)
            self.sign("signer", 0, 0)
            self.send("drafter", 0, 0, "001")
        if ahead in {2, 3}:
            self.hand_over({1, 2})
        if ahead == 3:
            self.bring_home(0)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.host.close()
            shutil.rmtree(self.folder)

    # --- trying ---------------------------------------------------------------------------------------------------------

    def who(self, name: str) -> Actor:
        if name == "stranger":
            return actor(self.world.host, {"liaison", "archivist", "receiver"}, prefixes=(OTHER_COUNTY,), account_id=99)
        found: Actor = getattr(self.world.people, name)
        return found

    def marks(self) -> tuple[Any, ...]:
        """Return what every change of the handover leaves behind."""
        with self.world.host.view() as session:
            versions = session.execute(select(Batch.id, Batch.version, Batch.state).order_by(Batch.id)).all()
            items = session.execute(
                select(BatchItem.id, BatchItem.state, BatchItem.answer).order_by(BatchItem.id)
            ).all()
            done = session.scalar(select(func.count(BatchTransition.id)))
            papers = session.scalar(select(func.count(Feedback.id)))
            return tuple(versions), tuple(items), done, papers

    def attempt(self, name: str, act: Callable[[UnitOfWork], object]) -> LindangError | None:
        before = self.marks()
        refusal: LindangError | None = None
        try:
            with self.world.host.uow(self.who(name)) as uow:
                act(uow)
        except LindangError as error:
            refusal = error
        if refusal is not None or name in POWERLESS:
            assert refusal is not None, f"{name} was let through"
            assert self.marks() == before, f"a refused step left a trace: {refusal}"
        drain(self.world.host)
        return refusal

    def on_batch(self, name: str, back: int, stale: int, act: Act) -> None:
        with self.world.host.view() as session:
            batch = session.get(Batch, self.newest(back))
        if batch is None:
            return
        refusal = self.attempt(name, lambda uow: act(uow, batch, batch.version - stale))
        if stale:
            assert refusal is not None, "an old page was believed"
        if isinstance(refusal, StaleVersion):
            assert stale, "a fresh page was called old"

    # --- what people do -------------------------------------------------------------------------------------------------

    @rule(name=mostly("drafter"), chosen=CERTIFICATES)
    def draft(self, name: str, chosen: set[int]) -> None:
        self.attempt(name, lambda uow: create_batch(uow, plan(self.world, tuple(chosen))))

    @rule(name=mostly("drafter"), back=BACK, stale=STALE, chosen=CERTIFICATES)
    def add(self, name: str, back: int, stale: int, chosen: set[int]) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: add_certificates(uow, one.id, chosen, version=v))

    @rule(name=mostly("drafter"), back=BACK, stale=STALE, item_id=ITEM)
    def remove(self, name: str, back: int, stale: int, item_id: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: remove_items(uow, one.id, [item_id], version=v))

    @rule(name=mostly("drafter"), back=BACK, stale=STALE)
    def check(self, name: str, back: int, stale: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: start_check(uow, one.id, version=v))

    @rule(name=mostly("signer", "drafter"), back=BACK, stale=STALE)
    def sign(self, name: str, back: int, stale: int) -> None:
        try:
            made = make_documents(self.world.host, self.who(name), self.newest(back))
        except LindangError:
            made = ()
        self.on_batch(name, back, stale, lambda uow, one, v: sign_batch(uow, one.id, version=v, documents=made))

    @rule(name=mostly("signer"), back=BACK, stale=STALE, why=st.sampled_from(["", "清单有误"]))
    def turn_back(self, name: str, back: int, stale: int, why: str) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: refuse_to_sign(uow, one.id, version=v, reason=why))

    @rule(name=mostly("drafter"), back=BACK, stale=STALE)
    def revise(self, name: str, back: int, stale: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: revise_batch(uow, one.id, version=v))

    @rule(name=mostly("drafter"), back=BACK, stale=STALE)
    def cancel(self, name: str, back: int, stale: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: cancel_batch(uow, one.id, version=v, reason="重组"))

    @rule(name=mostly("drafter"), back=BACK, stale=STALE, boxes=st.sampled_from(["001", "001", ""]))
    def send(self, name: str, back: int, stale: int, boxes: str) -> None:
        self.on_batch(
            name, back, stale, lambda uow, one, v: start_sending(uow, one.id, version=v, carriers="盘", boxes=boxes)
        )

    @rule(name=mostly("receiver"), back=BACK, stale=STALE, missing=st.sampled_from([0, 0, 1]))
    def receive(self, name: str, back: int, stale: int, missing: int) -> None:
        def act(uow: UnitOfWork, one: Batch, version: int) -> None:
            receipt = Receipt(certs=one.cert_count - missing, files=one.file_count, check_code=one.manifest_sha256[:16])
            receive_batch(uow, one.id, receipt, version=version)

        self.on_batch(name, back, stale, act)

    @rule(name=mostly("receiver"), back=BACK, stale=STALE)
    def refuse(self, name: str, back: int, stale: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: refuse_batch(uow, one.id, version=v, reason="数目不符"))

    @rule(name=mostly("receiver"), back=BACK, stale=STALE, item_id=ITEM, reason=st.sampled_from(["", "03", "99", "88"]))
    def answer(self, name: str, back: int, stale: int, item_id: int, reason: str) -> None:
        opinion = Opinion(answer="return", reason=reason) if reason else Opinion(answer="accept")
        self.on_batch(name, back, stale, lambda uow, one, v: save_opinions(uow, one.id, {item_id: opinion}, version=v))

    @rule(name=mostly("receiver"), back=BACK, stale=STALE, accepts=st.booleans())
    def submit(self, name: str, back: int, stale: int, accepts: bool) -> None:
        def act(uow: UnitOfWork, one: Batch, version: int) -> None:
            if accepts:
                accept_rest(uow, save_opinions(uow, one.id, {}, version=version))
                uow.session.flush()
                version += 1
            submit_opinions(uow, one.id, version=version)

        self.on_batch(name, back, stale, act)

    @rule(
        name=mostly("archivist"), item_id=ITEM, kind=st.sampled_from(["F1", "F2", "F4", "F5"]), is_final=st.booleans()
    )
    def file(self, name: str, item_id: int, kind: str, is_final: bool) -> None:
        self.papers += 1
        paper = scan_feedback(self.world.host, 1 + self.papers % HOUSEHOLDS, number=self.papers)
        entry = FeedbackEntry(kind=kind, is_final=is_final, reason="03" if kind == "F2" else "")
        refusal = self.attempt(name, lambda uow: file_feedback(uow, paper, item_id, entry))
        if refusal is None:
            assert self.attempt(name, lambda uow: file_feedback(uow, paper, item_id, entry)), (
                "one paper was filed twice"
            )

    @rule(name=mostly("archivist"), item_id=ITEM)
    def mend(self, name: str, item_id: int) -> None:
        version = self.version_of(item_id)
        if self.attempt(name, lambda uow: start_fixing(uow, item_id, version=version)) is None:
            version = self.version_of(item_id)
            self.attempt(name, lambda uow: finish_fixing(uow, item_id, version=version, note="已补"))

    def version_of(self, item_id: int) -> int:
        with self.world.host.view() as session:
            query = select(Batch.version).join(BatchItem, BatchItem.batch_id == Batch.id).where(BatchItem.id == item_id)
            return session.scalar(query) or 0

    @rule(name=mostly("archivist"), back=BACK, stale=STALE)
    def complete(self, name: str, back: int, stale: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: complete_feedback(uow, one.id, version=v))

    @rule(name=mostly("signer", "drafter"), back=BACK, stale=STALE)
    def close(self, name: str, back: int, stale: int) -> None:
        self.on_batch(name, back, stale, lambda uow, one, v: close_batch(uow, one.id, version=v))

    @rule(chosen=CERTIFICATES)
    def hand_over(self, chosen: set[int]) -> None:
        """Walk a batch the whole legal way to its answer, so that walks come to the end of the road."""
        if self.attempt("drafter", lambda uow: create_batch(uow, plan(self.world, tuple(chosen)))) is not None:
            return
        self.check("drafter", 0, 0)
        self.sign("signer", 0, 0)
        self.send("drafter", 0, 0, "001")
        self.receive("receiver", 0, 0, 0)
        self.submit("receiver", 0, 0, accepts=True)

    @rule(back=BACK)
    def bring_home(self, back: int) -> None:
        """File the final feedback of every accepted item of a batch, and close it by another person."""
        with self.world.host.view() as session:
            query = select(BatchItem.id).where(BatchItem.batch_id == self.newest(back), BatchItem.state == "ACCEPTED")
            waiting = session.scalars(query).all()
        for item_id in waiting:
            self.file("archivist", item_id, "F4", is_final=True)
        self.close("signer", back, 0)

    def newest(self, back: int) -> int:
        with self.world.host.view() as session:
            return (session.scalar(select(func.max(Batch.id))) or 0) - back

    # --- what the database refuses --------------------------------------------------------------------------------------

    @rule(statement=st.sampled_from(("open", "final", "twice")))
    def write_past_the_program(self, statement: str) -> None:
        with self.world.host.view() as session:
            item = session.scalar(select(BatchItem).where(BatchItem.is_open).limit(1))
            paper = session.scalar(select(Feedback).where(Feedback.is_final).limit(1))
        table, row, changed, refused_for = {
            "open": ("batch_item", item, {"code": "'X'", "replaces_item_id": "NULL"}, "certificate"),
            "final": ("feedback", paper, {"feedback_no": "'X'", "item_id": "1"}, "batch_item_id|final"),
            "twice": ("feedback", paper, {"feedback_no": "'X'", "is_final": "false"}, "item_id"),
        }[statement]
        if row is None:
            return
        self.tried.add(f"database: {statement}")
        columns = [one.name for one in row.__table__.columns if one.name != "id"]
        values = ", ".join(changed.get(name, name) for name in columns)
        insert = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = :id"
        with pytest.raises(IntegrityError, match=refused_for), self.world.host.transaction() as session:
            session.execute(text(insert), {"id": row.id})

    # --- what holds always ----------------------------------------------------------------------------------------------

    @invariant()
    def the_balance_holds(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.host.view() as session:
            assert list(imbalances(session)) == []
            assert [gap for find in NAMED.values() for gap in find(session, true())] == []

    @invariant()
    def two_persons_sign_and_close(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.host.view() as session:
            self.tried.update(session.scalars(select(Batch.state)))
            rows = session.scalars(select(BatchTransition).order_by(BatchTransition.id)).all()
            filers = select(BatchItem.batch_id, Feedback.filed_by_id).join(
                BatchItem, BatchItem.id == Feedback.batch_item_id
            )
            filed = set(map(tuple, session.execute(filers).all()))
        for done in rows:
            if done.action == "sign":
                prepared = {
                    one.actor_id
                    for one in rows
                    if (one.batch_id, one.list_version) == (done.batch_id, done.list_version)
                    and one.action in PREPARING
                }
                assert done.actor_id not in prepared
            if done.action == "close":
                assert (done.batch_id, done.actor_id) not in filed


@pytest.mark.parametrize(("walks", "steps"), [(5, 20), pytest.param(40, 50, marks=pytest.mark.slow)])
def test_whatever_people_try_the_balance_holds(origin: Path, walks: int, steps: int) -> None:
    Walk.origin, Walk.tried = origin, set()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            deadline=None,
            phases=[
                Phase.explicit,
                Phase.generate,
            ],  # looking for a shorter walk would take longer than reading this one
            derandomize=walks < 10,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # walks that come to nothing would prove nothing
    assert Walk.tried >= {"ANSWERED", "CLOSED"}
    if walks > 10:
        assert Walk.tried >= {"CANCELLED", "database: open", "database: final", "database: twice"}
