"""What the handover's tests share: a host with this one plugin, a village with complete household files, and its people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lindang import desk
from lindang.auth import Actor
from lindang.config import load_settings
from lindang.db import Base
from lindang.host import Host, make_host
from lindang.plugin import Plugin
from lindang.ports import Clock
from lindang.testing import FixedClock, actor, database_for, drain
from models.archive import ArchiveFile, ChecklistRule, Item, Page
from models.digital import MASTER, VIEW, DigitalObject
from models.events import ItemFiled
from models.handover import Batch
from models.place import ORG_FORESTRY, ORG_REGISTRY, Division, Org
from models.register import ISSUED, Certificate, Parcel
from plugins.handover import PLUGIN
from plugins.handover.service.answering import Opinion, Receipt, receive_batch, save_opinions, submit_opinions
from plugins.handover.service.checking import start_check
from plugins.handover.service.drafting import BatchPlan, create_batch
from plugins.handover.service.sending import start_sending
from plugins.handover.service.signing import make_documents, sign_batch

COUNTY, TOWN, VILLAGE = "141124", "141124102", "141124102205"
OTHER_COUNTY = "141125"
NOW = dt.datetime(2020, 9, 1, 1, 0, tzinfo=dt.UTC)


def handover_host(
    folder: Path, clock: Clock | None = None, others: tuple[Plugin, ...] = (), **settings: object
) -> Host:
    """Return a host with the desk and the handover plugin, and others if asked for, on a fresh database."""
    overrides = {
        "host": {
            "data_dir": str(folder),
            "database_url": database_for(folder),
            "disk_reserve_mb": 0,
            "office_name": "某县林业局",
        },
        # without a font no PDF is made at signing; embedding one takes longer than all the rest
        "plugins": {"handover": {"pdf_font": "/nowhere", **settings}},
    }
    host = make_host(
        load_settings(environment={}, overrides=overrides), (desk.PLUGIN, PLUGIN, *others), clock or FixedClock()
    )
    Base.metadata.create_all(host.engine)
    return host


@dataclass(frozen=True, slots=True)
class People:
    """The actors of the handover; `drafter` and `signer` are two liaison officers."""

    drafter: Actor
    signer: Actor
    archivist: Actor
    receiver: Actor
    auditor: Actor


def people(host: Host, registry_id: int) -> People:
    """Return the county's people."""

    def one(account_id: int, role: str, name: str, org_id: int | None = None) -> Actor:
        return actor(host, {role}, prefixes=(COUNTY,), name=name, account_id=account_id, org_id=org_id)

    return People(
        drafter=one(11, "liaison", "联络员甲"),
        signer=one(12, "liaison", "联络员乙"),
        archivist=one(13, "archivist", "档案员"),
        receiver=one(14, "receiver", "接收员", registry_id),
        auditor=one(15, "auditor", "审计员"),
    )


def add_places(host: Host) -> int:
    """Add a county with one village, its offices, and a neighbouring county; returns the registry's id."""
    with host.transaction() as session:
        session.add_all(
            Division(code=code, name=name, level=level, parent_code=parent)
            for code, name, level, parent in (
                (COUNTY, "某县", "county", "1411"),
                (TOWN, "安业乡", "town", COUNTY),
                (VILLAGE, "前青塘村", "village", TOWN),
                (OTHER_COUNTY, "邻县", "county", "1411"),
            )
        )
        registry = Org(code="R1", name="某县不动产登记中心", kind=ORG_REGISTRY, division_code=COUNTY)
        session.add(registry)
        session.add(Org(code="F1", name="某县林业局", kind=ORG_FORESTRY, division_code=COUNTY))
        session.add(Org(code="R2", name="邻县不动产登记中心", kind=ORG_REGISTRY, division_code=OTHER_COUNTY))
        for number, doc_type in enumerate(("D01", "D11"), 1):
            session.add(
                ChecklistRule(version="t", doc_type=doc_type, title=f"材料{number}", rule="required", provenance="test")
            )
        session.flush()
        return registry.id


def add_household(host: Host, number: int, *, division: str = VILLAGE, parcels: int = 1) -> int:
    """Add a certificate with a complete, scanned file; returns the certificate's id."""
    blobs = [host.storage.put_bytes(f"{division} {number} {doc}".encode()) for doc in ("D01", "D11")]
    with host.transaction() as session:
        file = ArchiveFile(
            archival_code=f"0123-ZY·LG-QQ01-{division[6:]}-{number:04d}",
            fonds_code="0123",
            class_code="QQ01",
            retention="Y",
            division_code=division,
            file_no=number,
            title=f"户{number}的林权档案",
            box_no="001",
            paper_pages=2,
            created_at=NOW,
            created_by="测试",
        )
        session.add(file)
        session.flush()
        for item_no, (doc_type, blob) in enumerate(zip(("D01", "D11"), blobs, strict=True), 1):
            item = _item(file, item_no, doc_type)
            session.add(item)
            session.flush()
            page = Page(item_id=item.id, page_no=1)
            session.add(page)
            session.flush()
            session.add(_stored(item.id, None, MASTER, blob.sha256, blob.bytes))
            session.add(_stored(item.id, page.id, VIEW, blob.sha256, blob.bytes))
        certificate = _certificate(file, number)
        session.add(certificate)
        session.flush()
        session.add_all(_parcel(certificate, seq) for seq in range(1, parcels + 1))
        return certificate.id


def _item(file: ArchiveFile, item_no: int, doc_type: str) -> Item:
    return Item(
        archive_file_id=file.id,
        archival_code=f"{file.archival_code}-{item_no:03d}",
        item_no=item_no,
        division_code=file.division_code,
        doc_type=doc_type,
        title=f"材料{item_no}",
        created_at=NOW,
        created_by="测试",
    )


def _stored(item_id: int, page_id: int | None, role: str, sha256: str, size: int) -> DigitalObject:
    return DigitalObject(
        item_id=item_id,
        page_id=page_id,
        role=role,
        format="jpeg",
        media_type="image/jpeg",
        bytes=size,
        sha256=sha256,
        made_at=NOW,
        made_by="测试",
    )


def _certificate(file: ArchiveFile, number: int) -> Certificate:
    return Certificate(
        division_code=file.division_code,
        county_code=file.division_code[:6],
        cert_no=f"某政林证字(2010)第{number:06d}号",
        cert_no_norm=f"某政林证字2010{number:06d}{file.division_code}",
        cert_key=f"某政|2010|{number}",
        cert_serial=f"B14{number:08d}",
        issue_state=ISSUED,
        issuer="某县人民政府",
        issue_date=dt.date(2010, 5, 4),
        holder_name=f"户主{number}",
        holder_type="1",
        id_type="1",
        id_no_hash=f"hash{number}",
        archive_file_id=file.id,
        created_at=NOW,
        created_by="测试",
    )


def _parcel(certificate: Certificate, seq: int) -> Parcel:
    return Parcel(
        certificate_id=certificate.id,
        division_code=certificate.division_code,
        seq=seq,
        parcel_no=f"{seq:04d}",
        location="前青塘村北",
        place_name="王家沟",
        compartment="3",
        subcompartment="12",
        area_mu=Decimal("12.5"),
        area_as_written="12.5",
        bound_e="沟",
        bound_s="路",
        bound_w="张三地",
        bound_n="山梁",
        main_species="油松",
        forest_category="1",
        land_owner="前青塘村集体",
        land_use_holder="户主",
        tree_owner="户主",
        tree_use_holder="户主",
        acquisition="FAMILY",
        term_years=50,
        term_end=dt.date(2060, 5, 3),
        created_at=NOW,
        created_by="测试",
    )


@dataclass(frozen=True, slots=True)
class Village:
    """A host with its people and some ready certificates."""

    host: Host
    registry_id: int
    people: People
    certificates: tuple[int, ...]

    def batch(self, batch_id: int) -> Batch:
        """Return a batch as it is now."""
        with self.host.view() as session:
            return session.get_one(Batch, batch_id)


def village(
    folder: Path,
    households: int = 3,
    clock: Clock | None = None,
    others: tuple[Plugin, ...] = (),
    **settings: object,
) -> Village:
    """Return a village with ready certificates."""
    host = handover_host(folder, clock, others, **settings)
    registry_id = add_places(host)
    certificates = tuple(add_household(host, number) for number in range(1, households + 1))
    return Village(host, registry_id, people(host, registry_id), certificates)


def plan(world: Village, certificates: tuple[int, ...] | None = None) -> BatchPlan:
    """Return a plan for a batch of the given certificates, all by default."""
    return BatchPlan(
        county_code=COUNTY,
        registry_org_id=world.registry_id,
        title="前青塘村第一批",
        paper_kind="original",
        certificate_ids=world.certificates if certificates is None else certificates,
    )


def drafted(world: Village, certificates: tuple[int, ...] | None = None) -> int:
    """Draft a batch; returns its id."""
    with world.host.uow(world.people.drafter) as uow:
        return create_batch(uow, plan(world, certificates)).id


def checked(world: Village, batch_id: int) -> int:
    """Check a drafted batch."""
    with world.host.uow(world.people.drafter) as uow:
        start_check(uow, batch_id, version=world.batch(batch_id).version)
    drain(world.host)
    return batch_id


def signed(world: Village, batch_id: int) -> int:
    """Sign a checked batch by the second person."""
    made = make_documents(world.host, world.people.signer, batch_id)
    with world.host.uow(world.people.signer) as uow:
        sign_batch(uow, batch_id, version=world.batch(batch_id).version, documents=made)
    return batch_id


def sent(world: Village, batch_id: int) -> int:
    """Send a signed batch."""
    with world.host.uow(world.people.drafter) as uow:
        start_sending(uow, batch_id, version=world.batch(batch_id).version, carriers="盘-001", boxes="001")
    drain(world.host)
    return batch_id


def received(world: Village, batch_id: int) -> int:
    """Receive a sent batch."""
    batch = world.batch(batch_id)
    receipt = Receipt(certs=batch.cert_count, files=batch.file_count, check_code=batch.manifest_sha256[:16])
    with world.host.uow(world.people.receiver) as uow:
        receive_batch(uow, batch_id, receipt, version=batch.version)
    return batch_id


def answered(world: Village, batch_id: int, returned: frozenset[int] = frozenset()) -> int:
    """Answer a received batch: accept all but the given batch items."""
    with world.host.uow(world.people.receiver) as uow:
        batch = uow.session.get_one(Batch, batch_id)
        opinions = {
            item.id: Opinion(answer="return", reason="03") if item.id in returned else Opinion(answer="accept")
            for item in batch.items
            if item.state == "SENT"
        }
        save_opinions(uow, batch_id, opinions, version=batch.version)
        uow.session.flush()
        submit_opinions(uow, batch_id, version=batch.version)
    drain(world.host)
    return batch_id


def sent_batch(world: Village, certificates: tuple[int, ...] | None = None) -> int:
    """Draft, check, sign and send a batch."""
    return sent(world, signed(world, checked(world, drafted(world, certificates))))


def scan_feedback(
    host: Host, archive_file_id: int, text: str = "", *, number: int = 1, cover_codes: tuple[str, ...] = ()
) -> int:
    """File a scanned feedback paper as the intake does, and report it; returns the item's id."""
    blob = host.storage.put_bytes(f"feedback {archive_file_id} {number} {text}".encode())
    with host.uow(host.system_actor()) as uow:
        file = uow.session.get_one(ArchiveFile, archive_file_id)
        item = _item(file, 100 + number, "D18")
        uow.session.add(item)
        uow.session.flush()
        uow.session.add(Page(item_id=item.id, page_no=1))
        uow.session.add(_stored(item.id, None, MASTER, blob.sha256, blob.bytes))
        uow.emit(
            ItemFiled(
                item_id=item.id,
                archive_file_id=file.id,
                cover_codes=cover_codes,
                division_code=file.division_code,
            )
        )
        return item.id


class Unclosed:
    """The host of a test, which the command must not close."""

    def __init__(self, host: object) -> None:
        self._host = host

    def __getattr__(self, name: str) -> object:
        return getattr(self._host, name)

    def close(self) -> None:
        """Stay open for the next test."""
