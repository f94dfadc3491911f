"""A batch from draft to closed on a real database: every step, who may take it, what it leaves behind."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.errors import BadInput, Conflict, Faults, Forbidden, NotFound, StaleVersion
from lindang.events import EventRow
from lindang.journal import JournalRow
from lindang.testing import actor, drain
from models.archive import ArchiveFile, Item
from models.digital import DigitalObject, Identifier
from models.handover import Batch, BatchItem, BatchTransition, TransferDoc
from models.register import Certificate, Parcel
from plugins.handover.domain.manifest import canonical, digest
from plugins.handover.queries.ready import ready_rows, village_page
from plugins.handover.service.answering import (
    Opinion,
    Receipt,
    receive_batch,
    refuse_batch,
    save_opinions,
    submit_opinions,
)
from plugins.handover.service.checking import start_check
from plugins.handover.service.correcting import finish_fixing, start_fixing
from plugins.handover.service.drafting import (
    add_certificates,
    cancel_batch,
    create_batch,
    remove_items,
    reopen_batch,
    revise_batch,
)
from plugins.handover.service.manifests import read_manifest
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, refuse_to_sign, sign_batch
from tests.handover_kit import (
    COUNTY,
    OTHER_COUNTY,
    VILLAGE,
    Village,
    add_household,
    answered,
    checked,
    drafted,
    plan,
    received,
    sent,
    sent_batch,
    signed,
    village,
)


@pytest.fixture
def world(tmp_path: Path) -> Village:
    return village(tmp_path)


def items_of(world: Village, batch_id: int) -> list[BatchItem]:
    with world.host.view() as session:
        query = select(BatchItem).where(BatchItem.batch_id == batch_id)
        return list(session.scalars(query.order_by(BatchItem.list_version, BatchItem.seq, BatchItem.id)))


def states(world: Village, batch_id: int) -> list[str]:
    return [item.state for item in items_of(world, batch_id)]


# --- ready list ---------------------------------------------------------------------------------------------------


def test_the_ready_list_says_how_many_and_why_not_the_rest(world: Village) -> None:
    with world.host.transaction() as session:
        session.get_one(Certificate, world.certificates[0]).issue_date = None
        wanting = session.get_one(ArchiveFile, 2)
        wanting.paper_pages = 5
    with world.host.view() as session:
        rows = ready_rows(session, world.people.drafter, Certificate.division_code == VILLAGE)
        listed, total = village_page(
            session, world.people.drafter, name="", page=1, per_page=20, needs_paper_count=True
        )
    assert [(row.cert_no[-5:-1], row.reasons[0].code if row.reasons else "") for row in rows] == [
        ("0001", "issue_date"),
        ("0002", "page_count"),
        ("0003", ""),
    ]
    assert total == 1
    (one,) = listed
    assert (one.name, one.town, one.total, one.ready, one.waiting) == ("前青塘村", "安业乡", 3, 1, 2)


def test_missing_papers_and_scans_are_found_in_the_archive(world: Village) -> None:
    with world.host.transaction() as session:
        first, second = session.scalars(select(Item).where(Item.archive_file_id.in_((1, 2)), Item.doc_type == "D11"))
        first.doc_type = "D03"
        for stored in session.scalars(select(DigitalObject).where(DigitalObject.item_id == second.id)):
            stored.is_current = False
    with world.host.view() as session:
        rows = ready_rows(session, world.people.drafter, Certificate.division_code == VILLAGE)
    assert [[reason.code for reason in row.reasons] for row in rows] == [["documents"], ["unscanned"], []]
    assert rows[1].reasons[0].place.kind == "item"


def test_the_facts_of_any_number_of_certificates_take_the_same_number_of_queries(world: Village) -> None:
    from sqlalchemy import event

    def count() -> int:
        statements: list[str] = []

        def note(*args: object) -> None:
            statements.append(str(args[2]))

        event.listen(world.host.engine, "before_cursor_execute", note)
        with world.host.view() as session:
            ready_rows(session, world.people.drafter)
        event.remove(world.host.engine, "before_cursor_execute", note)
        return len(statements)

    few = count()
    for number in range(10, 20):
        add_household(world.host, number)
    assert count() == few


# --- draft --------------------------------------------------------------------------------------------------------


def test_a_draft_holds_its_certificates_and_a_number_to_be_found_by(world: Village) -> None:
    batch_id = drafted(world)
    batch = world.batch(batch_id)
    assert (batch.batch_no, batch.state, batch.cert_count) == ("141124-2020-YJ001", "DRAFT", 3)
    assert [item.certificate_id for item in items_of(world, batch_id)] == list(world.certificates)
    with world.host.view() as session:
        found = session.scalars(select(Identifier).where(Identifier.kind == "batch_no")).one()
    assert (found.batch_id, found.raw) == (batch_id, batch.batch_no)


def test_numbers_follow_each_other_without_a_gap_also_after_a_refused_attempt(world: Village) -> None:
    drafted(world, world.certificates[:1])
    with pytest.raises(Conflict), world.host.uow(world.people.drafter) as uow:
        create_batch(uow, plan(world, world.certificates[:1]))
    second = drafted(world, world.certificates[1:2])
    assert world.batch(second).batch_no == "141124-2020-YJ002"


@pytest.mark.parametrize(
    ("change", "error", "where"),
    [
        ({"title": " "}, BadInput, "title"),
        ({"paper_kind": "gold"}, BadInput, "paper_kind"),
        ({"registry_org_id": 3}, BadInput, "registry_org_id"),
        ({"county_code": OTHER_COUNTY}, NotFound, ""),
        ({"county_code": "14"}, NotFound, ""),
    ],
)
def test_a_plan_that_cannot_be_is_refused(world: Village, change: dict[str, object], error: type, where: str) -> None:
    wanted = dataclasses.replace(plan(world), **change)  # type: ignore[arg-type]
    with pytest.raises(error) as caught, world.host.uow(world.people.drafter) as uow:
        create_batch(uow, wanted)
    assert caught.value.where == where


def test_only_who_may_draft_drafts(world: Village) -> None:
    for who in (world.people.archivist, world.people.receiver, world.people.auditor):
        with pytest.raises(Forbidden), world.host.uow(who) as uow:
            create_batch(uow, plan(world))


def test_an_unready_certificate_is_named_with_its_reason(world: Village) -> None:
    with world.host.transaction() as session:
        session.get_one(Certificate, world.certificates[1]).issuer = ""
    with pytest.raises(Faults) as caught, world.host.uow(world.people.drafter) as uow:
        create_batch(uow, plan(world))
    (fault,) = caught.value.faults
    assert fault.where.endswith("000002号")
    assert "发证机关" in fault.message


def test_a_certificate_of_another_county_is_not_found(world: Village) -> None:
    strange = add_household(world.host, 9, division=f"{OTHER_COUNTY}100200")
    everywhere = actor(world.host, {"liaison"}, account_id=11)
    with pytest.raises(NotFound), world.host.uow(everywhere) as uow:
        create_batch(uow, plan(world, (*world.certificates, strange)))


def test_a_draft_grows_and_shrinks_and_every_change_is_written_down(world: Village) -> None:
    batch_id = drafted(world, world.certificates[:1])
    with world.host.uow(world.people.drafter) as uow:
        assert add_certificates(uow, batch_id, world.certificates[1:], version=world.batch(batch_id).version) == 2
    with world.host.uow(world.people.drafter) as uow:
        first = items_of(world, batch_id)[0]
        assert remove_items(uow, batch_id, [first.id], version=world.batch(batch_id).version) == 1
    assert states(world, batch_id) == ["WITHDRAWN", "IN_BATCH", "IN_BATCH"]
    assert world.batch(batch_id).cert_count == 2
    with world.host.view() as session:
        done = session.scalars(select(BatchTransition.action)).all()
        lines = session.scalars(select(JournalRow.action).where(JournalRow.subject == f"batch:{batch_id}")).all()
        events = session.scalars(select(EventRow.payload).where(EventRow.name == "BatchChanged")).all()
    assert list(done) == ["create", "edit", "edit"]
    assert list(lines) == ["batch.created", "batch.edited", "batch.edited"]
    assert 1 in events[-1]["archive_file_ids"], "the file that left the batch must be looked at again by the index"
    other = drafted(world, world.certificates[:1])
    assert states(world, other) == ["IN_BATCH"]


def test_a_certificate_stands_in_one_open_batch_only(world: Village) -> None:
    drafted(world, world.certificates[:2])
    with pytest.raises(Conflict, match="141124-2020-YJ001"), world.host.uow(world.people.drafter) as uow:
        create_batch(uow, plan(world, world.certificates[1:]))


def test_who_comes_second_is_told_so(world: Village) -> None:
    batch_id = drafted(world, world.certificates[:1])
    seen = world.batch(batch_id).version
    with world.host.uow(world.people.drafter) as uow:
        add_certificates(uow, batch_id, world.certificates[1:2], version=seen)
    with pytest.raises(StaleVersion, match="别人刚刚修改"), world.host.uow(world.people.signer) as uow:
        add_certificates(uow, batch_id, world.certificates[2:], version=seen)


def test_a_cancelled_batch_lets_its_certificates_go_and_keeps_its_number(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    version = world.batch(batch_id).version
    with pytest.raises(Faults, match="没有写明原因"), world.host.uow(world.people.drafter) as uow:
        cancel_batch(uow, batch_id, version=version, reason=" ")
    with world.host.uow(world.people.drafter) as uow:
        cancel_batch(uow, batch_id, version=version, reason="登记机构要求缓交")
    assert world.batch(batch_id).state == "CANCELLED"
    assert set(states(world, batch_id)) == {"WITHDRAWN"}
    assert world.batch(drafted(world)).batch_no == "141124-2020-YJ002"


# --- check --------------------------------------------------------------------------------------------------------


def test_the_check_freezes_what_it_saw(world: Village) -> None:
    batch_id = checked(world, drafted(world))
    batch = world.batch(batch_id)
    assert (batch.state, batch.cert_count, batch.parcel_count, str(batch.area_mu)) == ("CHECKED", 3, 3, "37.5")
    assert (batch.item_count, batch.page_count, batch.file_count) == (6, 6, 6)
    assert batch.byte_count > 0
    for item in items_of(world, batch_id):
        assert item.snapshot is not None
        assert digest(canonical(item.snapshot)) == item.snapshot_sha256


def test_an_empty_batch_is_not_checked(world: Village) -> None:
    batch_id = drafted(world, world.certificates[:1])
    with world.host.uow(world.people.drafter) as uow:
        remove_items(uow, batch_id, [items_of(world, batch_id)[0].id], version=world.batch(batch_id).version)
    with pytest.raises(Faults, match="还没有林权证"), world.host.uow(world.people.drafter) as uow:
        start_check(uow, batch_id, version=world.batch(batch_id).version)


def test_what_became_unready_is_not_checked(world: Village) -> None:
    batch_id = drafted(world)
    with world.host.transaction() as session:
        session.get_one(ArchiveFile, 2).is_disputed = True
    with pytest.raises(Faults, match="争议"), world.host.uow(world.people.drafter) as uow:
        start_check(uow, batch_id, version=world.batch(batch_id).version)
    assert world.batch(batch_id).state == "DRAFT"


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_file_fails_the_check_by_name(world: Village, damage: str) -> None:
    batch_id = drafted(world)
    with world.host.view() as session:
        stored = session.scalars(select(DigitalObject).where(DigitalObject.item_id == 3)).first()
        code = session.get_one(Item, 3).archival_code
    assert stored is not None
    path = world.host.storage.path(stored.sha256)
    path.chmod(0o644)
    path.write_bytes(b"changed") if damage == "changed" else path.rename(path.with_suffix(".gone"))
    checked(world, batch_id)
    assert world.batch(batch_id).state == "CHECK_FAILED"
    with world.host.view() as session:
        last = session.scalars(select(BatchTransition).order_by(BatchTransition.id.desc())).first()
    assert last is not None
    assert any(where.startswith(code) for where, _what in last.facts["problems"])
    with world.host.uow(world.people.drafter) as uow:
        reopen_batch(uow, batch_id, version=world.batch(batch_id).version)
    assert world.batch(batch_id).state == "DRAFT"


# --- sign ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["drafter", "system"])
def test_the_signer_is_a_second_person(world: Village, who: str) -> None:
    batch_id = checked(world, drafted(world))
    signer = world.people.drafter if who == "drafter" else world.host.system_actor()
    made = make_documents(world.host, signer, batch_id)
    with pytest.raises(Faults, match="签发人"), world.host.uow(signer) as uow:
        sign_batch(uow, batch_id, version=world.batch(batch_id).version, documents=made)


def test_who_only_edited_the_list_may_not_sign_either(world: Village) -> None:
    batch_id = drafted(world, world.certificates[:2])
    with world.host.uow(world.people.signer) as uow:
        add_certificates(uow, batch_id, world.certificates[2:], version=world.batch(batch_id).version)
    checked(world, batch_id)
    made = make_documents(world.host, world.people.signer, batch_id)
    with pytest.raises(Faults, match="签发人"), world.host.uow(world.people.signer) as uow:
        sign_batch(uow, batch_id, version=world.batch(batch_id).version, documents=made)


def test_signing_freezes_codes_digests_and_documents(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    batch = world.batch(batch_id)
    manifest = read_manifest(world.host.storage, batch.manifest_sha256)
    assert [line["code"] for line in manifest["lines"]] == [f"141124-2020-YJ001-000{n}" for n in (1, 2, 3)]
    assert [item.code for item in items_of(world, batch_id)] == [line["code"] for line in manifest["lines"]]
    assert manifest["to_org"] == "某县不动产登记中心"
    with world.host.view() as session:
        docs = {doc.kind: doc for doc in session.scalars(select(TransferDoc))}
    assert {"manifest", "list_xlsx"} <= set(docs)
    for doc in docs.values():
        assert digest(world.host.storage.read(doc.sha256)) == doc.sha256
        assert doc.file_name.startswith("141124-2020-YJ001-")


def test_the_documents_of_one_batch_are_always_the_same(tmp_path: Path) -> None:
    world = village(tmp_path, pdf_font="")
    batch_id = checked(world, drafted(world))
    first = make_documents(world.host, world.people.signer, batch_id)
    assert make_documents(world.host, world.people.auditor, batch_id) == first


def test_what_changed_after_the_check_is_not_signed_and_comes_back_as_a_new_version(world: Village) -> None:
    batch_id = checked(world, drafted(world))
    made = make_documents(world.host, world.people.signer, batch_id)
    with world.host.transaction() as session:
        session.get_one(Certificate, world.certificates[0]).holder_name = "换了人"
    version = world.batch(batch_id).version
    with pytest.raises(Faults, match="与检查时不同"), world.host.uow(world.people.signer) as uow:
        sign_batch(uow, batch_id, version=version, documents=made)
    with world.host.uow(world.people.signer) as uow:
        refuse_to_sign(uow, batch_id, version=version, reason="权利人有变动")
    with world.host.uow(world.people.drafter) as uow:
        revise_batch(uow, batch_id, version=world.batch(batch_id).version)
    signed(world, checked(world, batch_id))
    items = items_of(world, batch_id)
    assert [(item.list_version, item.state) for item in items] == [(1, "REPLACED")] * 3 + [(2, "IN_BATCH")] * 3
    assert [item.replaces_item_id for item in items[3:]] == [item.id for item in items[:3]]
    assert items[3].code == "141124-2020-YJ001.2-0001"
    assert (items[3].snapshot or {})["holder_name"] == "换了人"
    assert (items[0].snapshot or {})["holder_name"] == "户主1", "the refused list stays as it was"


def test_documents_of_another_list_are_not_bound(world: Village) -> None:
    first, second = (
        checked(world, drafted(world, world.certificates[:1])),
        checked(world, drafted(world, world.certificates[1:])),
    )
    made = make_documents(world.host, world.people.signer, first)
    with pytest.raises(Conflict, match="另一份清单"), world.host.uow(world.people.signer) as uow:
        sign_batch(uow, second, version=world.batch(second).version, documents=made)
    assert world.batch(second).state == "CHECKED"


# --- send, receive, answer -----------------------------------------------------------------------------------------


def test_a_batch_is_sent_with_its_carriers_boxes_and_package(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    with pytest.raises(Faults, match="盒号"), world.host.uow(world.people.drafter) as uow:
        start_sending(uow, batch_id, version=world.batch(batch_id).version, carriers="在线", boxes="")
    sent(world, batch_id)
    batch = world.batch(batch_id)
    assert (batch.state, batch.carriers, batch.boxes) == ("SENT", "盘-001", "001")
    assert set(states(world, batch_id)) == {"SENT"}
    package = read_manifest(world.host.storage, batch.package_sha256)
    assert package["manifest_sha256"] == batch.manifest_sha256
    assert {doc["kind"] for doc in package["documents"]} >= {"manifest", "list_xlsx"}


def test_a_file_damaged_after_signing_stops_the_sending(world: Village) -> None:
    batch_id = signed(world, checked(world, drafted(world)))
    sha256 = (items_of(world, batch_id)[0].snapshot or {})["files"][0]["sha256"]
    path = world.host.storage.path(sha256)
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"x")
    sent(world, batch_id)
    assert world.batch(batch_id).state == "SIGNED"
    assert set(states(world, batch_id)) == {"IN_BATCH"}
    path.write_bytes(good)
    sent(world, batch_id)
    assert world.batch(batch_id).state == "SENT"


@pytest.mark.parametrize(
    ("receipt", "where"),
    [
        (Receipt(certs=2, files=6, check_code=""), ["certs", "check_code"]),
        (Receipt(certs=3, files=5, check_code="0" * 16), ["files", "check_code"]),
    ],
)
def test_a_receipt_that_does_not_agree_is_refused_with_every_difference(
    world: Village, receipt: Receipt, where: list[str]
) -> None:
    batch_id = sent_batch(world)
    with pytest.raises(Faults) as caught, world.host.uow(world.people.receiver) as uow:
        receive_batch(uow, batch_id, receipt, version=world.batch(batch_id).version)
    assert [fault.where for fault in caught.value.faults] == where
    assert world.batch(batch_id).state == "SENT"


def test_a_batch_refused_as_a_whole_comes_back_as_a_new_version(world: Village) -> None:
    batch_id = sent_batch(world)
    with world.host.uow(world.people.receiver) as uow:
        refuse_batch(uow, batch_id, version=world.batch(batch_id).version, reason="盘读不出")
    with pytest.raises(NotFound), world.host.uow(world.people.receiver) as uow:
        refuse_batch(uow, batch_id, version=world.batch(batch_id).version, reason="盘读不出")
    with world.host.uow(world.people.drafter) as uow:
        revise_batch(uow, batch_id, version=world.batch(batch_id).version)
    received(world, sent(world, signed(world, checked(world, batch_id))))
    assert world.batch(batch_id).list_version == 2
    with world.host.view() as session:
        kept = session.scalars(select(TransferDoc).where(TransferDoc.list_version == 1)).all()
    assert "package" in {doc.kind for doc in kept}


def test_opinions_may_change_until_they_are_submitted(world: Village) -> None:
    batch_id = received(world, sent_batch(world))
    first, second, third = (item.id for item in items_of(world, batch_id))

    def save(opinions: dict[int, Opinion]) -> None:
        with world.host.uow(world.people.receiver) as uow:
            save_opinions(uow, batch_id, opinions, version=world.batch(batch_id).version)

    save({first: Opinion(answer="accept"), second: Opinion(answer="return", reason="04")})
    with pytest.raises(Faults, match="还没有接收意见"), world.host.uow(world.people.receiver) as uow:
        submit_opinions(uow, batch_id, version=world.batch(batch_id).version)
    save({second: Opinion(answer="accept", note="改了"), third: Opinion(answer="return", reason="99", note="原件破损")})
    with world.host.uow(world.people.receiver) as uow:
        submit_opinions(uow, batch_id, version=world.batch(batch_id).version)
    assert states(world, batch_id) == ["ACCEPTED", "ACCEPTED", "RETURNED"]
    assert [item.is_open for item in items_of(world, batch_id)] == [True, True, False]
    assert items_of(world, batch_id)[1].return_note == ""
    with pytest.raises(Conflict), world.host.uow(world.people.receiver) as uow:
        save_opinions(uow, batch_id, {first: Opinion(answer="accept")}, version=world.batch(batch_id).version)


@pytest.mark.parametrize(
    ("opinion", "message"),
    [
        (Opinion(answer="return"), "没有选择原因"),
        (Opinion(answer="return", reason="77"), "没有选择原因"),
        (Opinion(answer="return", reason="99", note="  "), "必须填写说明"),
        (Opinion(answer="perhaps"), "只能是接收或退回"),
        (Opinion(answer="accept", reason="03"), "又选了退回原因"),
    ],
)
def test_a_return_needs_its_reason(world: Village, opinion: Opinion, message: str) -> None:
    batch_id = received(world, sent_batch(world))
    item = items_of(world, batch_id)[0]
    with pytest.raises(Faults, match=message), world.host.uow(world.people.receiver) as uow:
        save_opinions(uow, batch_id, {item.id: opinion}, version=world.batch(batch_id).version)
    assert items_of(world, batch_id)[0].answer == ""


def test_an_opinion_on_another_batchs_item_is_refused(world: Village) -> None:
    mine = received(world, sent_batch(world, world.certificates[:1]))
    other = received(world, sent_batch(world, world.certificates[1:]))
    strange = items_of(world, other)[0].id
    with pytest.raises(Faults, match="不属于这个批次"), world.host.uow(world.people.receiver) as uow:
        save_opinions(uow, mine, {strange: Opinion(answer="accept")}, version=world.batch(mine).version)


# --- returned items ------------------------------------------------------------------------------------------------


def returned_batch(world: Village) -> tuple[int, BatchItem]:
    batch_id = received(world, sent_batch(world))
    item = items_of(world, batch_id)[1]
    answered(world, batch_id, frozenset({item.id}))
    return batch_id, item


def mend(world: Village, batch_id: int, item_id: int) -> None:
    with world.host.uow(world.people.archivist) as uow:
        start_fixing(uow, item_id, version=world.batch(batch_id).version)
    with world.host.uow(world.people.archivist) as uow:
        finish_fixing(uow, item_id, version=world.batch(batch_id).version, note="四至已按现场补正")


def test_a_returned_item_enters_another_batch_only_mended_and_by_name(world: Village) -> None:
    batch_id, item = returned_batch(world)
    with pytest.raises(Faults, match="退回"), world.host.uow(world.people.drafter) as uow:
        create_batch(uow, plan(world, (item.certificate_id,)))
    mend(world, batch_id, item.id)
    second = drafted(world, (item.certificate_id,))
    (successor,) = items_of(world, second)
    assert successor.replaces_item_id == item.id
    assert states(world, batch_id) == ["ACCEPTED", "REPLACED", "ACCEPTED"]
    with world.host.uow(world.people.drafter) as uow:
        remove_items(uow, second, [successor.id], version=world.batch(second).version)
    assert states(world, batch_id)[1] == "READY", "its successor was withdrawn: it waits again"
    third = drafted(world, (item.certificate_id,))
    assert items_of(world, third)[0].replaces_item_id == item.id


def test_a_successor_withdrawn_from_a_later_version_still_frees_what_was_returned(world: Village) -> None:
    batch_id, item = returned_batch(world)
    mend(world, batch_id, item.id)
    second = checked(world, drafted(world, (item.certificate_id,)))
    with world.host.uow(world.people.signer) as uow:
        refuse_to_sign(uow, second, version=world.batch(second).version, reason="再核")
    with world.host.uow(world.people.drafter) as uow:
        revise_batch(uow, second, version=world.batch(second).version)
    with world.host.uow(world.people.drafter) as uow:
        cancel_batch(uow, second, version=world.batch(second).version, reason="不报了")
    assert states(world, batch_id)[1] == "READY"


def test_mending_says_what_was_mended_and_really_mends(world: Village) -> None:
    batch_id, item = returned_batch(world)
    with world.host.uow(world.people.archivist) as uow:
        start_fixing(uow, item.id, version=world.batch(batch_id).version)
    with pytest.raises(BadInput, match="补正说明"), world.host.uow(world.people.archivist) as uow:
        finish_fixing(uow, item.id, version=world.batch(batch_id).version, note="")
    with world.host.transaction() as session:
        parcel = session.scalars(select(Parcel).where(Parcel.certificate_id == item.certificate_id)).one()
        parcel.bound_e = ""
    with pytest.raises(Faults, match="东至"), world.host.uow(world.people.archivist) as uow:
        finish_fixing(uow, item.id, version=world.batch(batch_id).version, note="改好了")


def test_an_accepted_item_cannot_be_mended(world: Village) -> None:
    batch_id, _item = returned_batch(world)
    accepted = items_of(world, batch_id)[0]
    with pytest.raises(Conflict), world.host.uow(world.people.archivist) as uow:
        start_fixing(uow, accepted.id, version=world.batch(batch_id).version)


# --- scope -----------------------------------------------------------------------------------------------------------


def test_the_registry_sees_a_batch_from_its_sending_on_and_only_its_own(world: Village) -> None:
    from plugins.handover.queries.batches import BatchFilter, batch_page, find_batch

    receiver = world.people.receiver
    other = dataclasses.replace(receiver, org_id=receiver.org_id + 1 if receiver.org_id else 1)
    nobody = dataclasses.replace(receiver, org_id=None)
    batch_id = signed(world, checked(world, drafted(world)))
    for who in (receiver, other, nobody):
        with world.host.view() as session:
            assert batch_page(session, who, BatchFilter()) == ([], 0)
            with pytest.raises(NotFound):
                find_batch(session, who, batch_id)
    sent(world, batch_id)
    with world.host.view() as session:
        assert find_batch(session, receiver, batch_id).id == batch_id
        for who in (other, nobody, dataclasses.replace(receiver, prefixes=(OTHER_COUNTY,))):
            with pytest.raises(NotFound):
                find_batch(session, who, batch_id)


def test_out_of_scope_is_not_found_for_every_command(world: Village) -> None:
    batch_id = drafted(world)
    stranger = actor(world.host, {"liaison"}, prefixes=(OTHER_COUNTY,), account_id=99)
    with pytest.raises(NotFound) as absent, world.host.uow(stranger) as uow:
        cancel_batch(uow, 12345, version=1, reason="x")
    with pytest.raises(NotFound) as hidden, world.host.uow(stranger) as uow:
        cancel_batch(uow, batch_id, version=2, reason="x")
    assert str(hidden.value) == str(absent.value)
    town = actor(world.host, {"liaison"}, prefixes=(f"{COUNTY}102",), account_id=98)
    with pytest.raises(NotFound), world.host.uow(town) as uow:
        create_batch(uow, plan(world))


def test_every_step_is_in_the_journal_and_in_the_history(world: Village) -> None:
    batch_id = answered(world, received(world, sent_batch(world)))
    drain(world.host)
    with world.host.view() as session:
        history = session.scalars(select(BatchTransition).order_by(BatchTransition.id)).all()
        lines = session.scalars(
            select(JournalRow.action).where(JournalRow.subject == f"batch:{batch_id}").order_by(JournalRow.seq)
        ).all()
        events = session.scalars(select(EventRow.name).order_by(EventRow.id)).all()
    assert [(row.action, row.actor) for row in history] == [
        ("create", "联络员甲"),
        ("check", "联络员甲"),
        ("pass_check", "系统"),
        ("sign", "联络员乙"),
        ("send", "联络员甲"),
        ("confirm_sent", "系统"),
        ("receive", "接收员"),
        ("answer", "接收员"),
    ]
    assert [line for line in lines if line != "batch.opinions_saved"] == [
        "batch.created", "batch.check_started", "batch.check_passed", "batch.signed", "batch.sending_started",
        "batch.sent", "batch.received", "batch.answered",
    ]  # fmt: skip
    assert [name for name in events if name != "BatchChanged"] == ["BatchSigned", "BatchSent", "BatchAnswered"]
    assert all(isinstance(session, object) and row.list_version == 1 for row in history)


def test_nothing_but_the_next_step_can_be_taken(world: Village) -> None:
    batch_id = sent_batch(world)
    version = world.batch(batch_id).version
    for command in (
        lambda uow: start_check(uow, batch_id, version=version),
        lambda uow: revise_batch(uow, batch_id, version=version),
        lambda uow: cancel_batch(uow, batch_id, version=version, reason="x"),
        lambda uow: start_sending(uow, batch_id, version=version, carriers="x", boxes="x"),
        lambda uow: add_certificates(uow, batch_id, [1], version=version),
    ):
        with pytest.raises(Conflict), world.host.uow(world.people.drafter) as uow:
            command(uow)
    assert isinstance(world.batch(batch_id), Batch)
