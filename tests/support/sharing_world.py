"""A small archive for the tests of sharing: two counties, their registries with agreements, and books in which every field holds a
mark of its own, so that a test can tell which fields left the house.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lindang.auth import Actor
from lindang.host import Host
from lindang.testing import actor
from models.archive import ArchiveFile, Fonds, Item, Page
from models.digital import MASTER, VIEW, DigitalObject
from models.finding import Finding
from models.handover import Batch, BatchItem
from models.identifiers import CERT_NO, KEYED, canonical_id, cert_key, cert_norm, number_row
from models.persons import mask_id, resident_id_check
from models.place import ORG_REGISTRY, Division, Org
from models.register import ISSUED, Certificate, Parcel, RegistryValue
from plugins.sharing.domain.asked import Asked
from plugins.sharing.domain.groups import (
    ARCHIVE,
    BASIC,
    BATCH,
    BOUNDS,
    FINDINGS,
    GROUPS,
    HOLDER,
    ID_MASKED,
    PAGES,
    PARCELS,
    REGISTRY,
)
from plugins.sharing.service.agencies import AgreementDraft, add_agency

COUNTY, OTHER_COUNTY = "141124", "141125"
VILLAGE, OTHER_VILLAGE = "141124102205", "141125102205"
NOW = dt.datetime(2020, 9, 1, 1, 0, tzinfo=dt.UTC)
BY = {"created_at": NOW, "created_by": "测试"}
UNIT_NO = "141124102005JE00012L00000001"

MARKS: dict[str, tuple[str, ...]] = {
    BASIC: ("QISSUER", "QSERIAL"),
    HOLDER: ("QHOLDER", "QCOHOLDER", "QLANDOWNER", "QLANDUSER", "QTREEOWNER", "QTREEUSER"),
    ID_MASKED: ("141124********",),
    PARCELS: ("QLOCATION", "QPLACE", "QSPECIES"),
    BOUNDS: ("QEAST", "QSOUTH", "QWEST", "QNORTH"),
    REGISTRY: (UNIT_NO,),
    BATCH: ("141124-2020-YJ001",),
    ARCHIVE: ("L901-",),
    FINDINGS: ("R99",),
    PAGES: (),
}
"""What stands in the fields of each group, and nowhere else."""

NEVER = ("QTITLE", "QAUTHOR", "QFILEHOLDER", "QFILETITLE", "QANNOTATION", "QREMARK", "QFACTS")
"""What stands in fields that no group has."""


@dataclass
class SharingWorld:
    """The host, its agencies, people and books."""

    host: Host
    agency_id: int = 0
    other_agency_id: int = 0
    registry_id: int = 0
    other_registry_id: int = 0
    certificates: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    id_numbers: list[str] = field(default_factory=list)
    secadmin: Actor | None = None

    def person(self, *roles: str, org_id: int | None = None, county: str = COUNTY, account_id: int = 21) -> Actor:
        """Return somebody of a county with the default grants of these roles."""
        return actor(self.host, roles, prefixes=(county,), name=f"{roles[0]}君", account_id=account_id, org_id=org_id)

    @property
    def receiver(self) -> Actor:
        """The registry's person of the first county."""
        return self.person("receiver", org_id=self.registry_id)

    @property
    def stranger(self) -> Actor:
        """The registry's person of the other county."""
        return self.person("receiver", org_id=self.other_registry_id, county=OTHER_COUNTY)

    def cert_no(self, number: int) -> str:
        """Return the number of a book as it is written."""
        return f"临林证字(2010)第{number:06d}号"


def draft(
    groups: Sequence[str] = tuple(GROUPS),
    *,
    prefixes: Sequence[str] = (COUNTY,),
    quota: int = 1000,
    valid_to: dt.date | None = None,
) -> AgreementDraft:
    """Return an agreement with these groups."""
    return AgreementDraft(
        prefixes=list(prefixes),
        groups=list(groups),
        daily_quota=quota,
        document="共享协议〔2020〕1号",
        contact="王某 0358-1",
        valid_from=dt.date(2020, 1, 1),
        valid_to=valid_to,
    )


def question(kind: str = "cert_no", value: str = "", *, village: str = "", page: int = 1) -> Asked:
    """Return a question with its reason."""
    return Asked(kind=kind, value=value, village_code=village, purpose="办理转移登记", basis="受理2020-0001", page=page)


def sharing_world(host: Host, books: int = 2) -> SharingWorld:
    """Fill an archive and enter the agreements of both registries."""
    world = SharingWorld(host)
    with host.uow(host.system_actor()) as uow:
        session = uow.session
        for county, village in ((COUNTY, VILLAGE), (OTHER_COUNTY, OTHER_VILLAGE)):
            for code, level, parent in ((county, "county", "1411"), (village[:9], "town", county), (village, "village", village[:9])):  # fmt: skip
                session.add(Division(code=code, name=f"某{level}{code}", level=level, parent_code=parent))
            org = Org(code=f"R{county}", name=f"登记中心{county}", kind=ORG_REGISTRY, division_code=county)
            session.add(org)
            fonds = "L901" if county == COUNTY else "L902"
            session.add(Fonds(code=fonds, name=f"全宗{county}", creator="某局", division_code=county))
            session.flush()
            agency = add_agency(uow, org.id, draft(prefixes=(county,)))
            if county == COUNTY:
                world.registry_id, world.agency_id = org.id, agency.id
            else:
                world.other_registry_id, world.other_agency_id = org.id, agency.id
        for number in range(1, books + 1):
            _book(world, uow.session, number, VILLAGE)
        _book(world, uow.session, books + 1, OTHER_VILLAGE)
    return world


def _book(world: SharingWorld, session, number: int, village: str) -> None:
    host = world.host
    fonds = "L901" if village.startswith(COUNTY) else "L902"
    file = ArchiveFile(
        archival_code=f"{fonds}-QQ01-{number:04d}", fonds_code=fonds, class_code="QQ01", retention="Y", file_no=number,
        division_code=village, title="QFILETITLE", holder_name="QFILEHOLDER", **BY,
    )  # fmt: skip
    session.add(file)
    session.flush()
    item = Item(
        archive_file_id=file.id, archival_code=f"{file.archival_code}-001", item_no=1, division_code=village,
        doc_type="D11", title="QTITLE", author="QAUTHOR", **BY,
    )  # fmt: skip
    session.add(item)
    session.flush()
    page = Page(item_id=item.id, page_no=1)
    session.add(page)
    session.flush()
    blob = host.storage.put_bytes(f"\xff\xd8picture {number}".encode("latin-1"))
    for role, page_id in ((MASTER, None), (VIEW, page.id)):
        session.add(
            DigitalObject(
                item_id=item.id, page_id=page_id, role=role, format="jpeg", media_type="image/jpeg", bytes=blob.bytes,
                sha256=blob.sha256, made_at=NOW, made_by="测试",
            )
        )  # fmt: skip
    certificate = _certificate(world, number, village, file.id)
    session.add(certificate)
    session.flush()
    session.add(
        number_row(CERT_NO, certificate.cert_no, source=KEYED, division_code=village, archive_file_id=file.id,
                   certificate_id=certificate.id)
    )  # fmt: skip
    parcel = _parcel(certificate, village)
    session.add(parcel)
    session.add(
        Finding(
            code="R99", severity="W", division_code=village, kind="certificate", object_id=certificate.id,
            certificate_id=certificate.id, facts={"text": "QFACTS"}, first_seen_at=NOW, last_seen_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    if number == 1:
        _confirmed_and_sent(world, session, certificate, parcel)
    world.certificates.append(certificate.id)
    world.files.append(file.id)
    world.pages.append(page.id)


def _certificate(world: SharingWorld, number: int, village: str, file_id: int) -> Certificate:
    first17 = f"{village[:6]}19700101{number:03d}"
    plain = first17 + resident_id_check(first17)
    world.id_numbers.append(plain)
    vault = world.host.vault
    cert_no = world.cert_no(number)
    return Certificate(
        division_code=village, county_code=village[:6], cert_no=cert_no, cert_no_norm=cert_norm(cert_no),
        cert_key=cert_key(cert_no), cert_serial="QSERIAL", issue_state=ISSUED, issuer="QISSUER",
        issue_date=dt.date(2010, 5, 4), holder_name="QHOLDER", holder_type="1", id_type="1",
        id_no_enc=vault.seal(plain), id_no_hash=vault.digest(canonical_id(plain)), id_no_masked=mask_id(plain),
        co_holders=["QCOHOLDER"], annotation="QANNOTATION", remark="QREMARK", archive_file_id=file_id, **BY,
    )  # fmt: skip


def _parcel(certificate: Certificate, village: str) -> Parcel:
    return Parcel(
        certificate_id=certificate.id, division_code=village, seq=1, parcel_no="0001", location="QLOCATION",
        place_name="QPLACE", area_mu=Decimal("12.5"), area_as_written="12.5", bound_e="QEAST", bound_s="QSOUTH",
        bound_w="QWEST", bound_n="QNORTH", main_species="QSPECIES", forest_category="1", land_owner="QLANDOWNER",
        land_use_holder="QLANDUSER", tree_owner="QTREEOWNER", tree_use_holder="QTREEUSER", acquisition="FAMILY",
        annotation="QANNOTATION", **BY,
    )  # fmt: skip


def _confirmed_and_sent(world: SharingWorld, session, certificate: Certificate, parcel: Parcel) -> None:
    session.add(
        RegistryValue(kind="parcel", object_id=parcel.id, field="bdc_unit_no", value=UNIT_NO, at=NOW, by="测试")
    )
    batch = Batch(
        batch_no="141124-2020-YJ001", title="第一批", division_code=COUNTY, registry_org_id=world.registry_id,
        state="ANSWERED", state_since=NOW, created_at=NOW, created_by="测试",
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.add(
        BatchItem(
            batch_id=batch.id, seq=1, code="141124-2020-YJ001-0001", certificate_id=certificate.id,
            archive_file_id=certificate.archive_file_id, division_code=VILLAGE, state="ACCEPTED", answered_at=NOW,
            added_at=NOW, added_by="测试",
        )
    )  # fmt: skip
