"""Two counties with one object of every kind in each, for the tests that ask who may see what.

Every free text of a county holds its mark, and an attempt at script injection; what is drawn on its scans does not matter.
The rows are written directly, so that this world does not depend on the services it helps to test. ``World.value(kind,
side)`` gives the address part of an object: of the tester's county, of the other one, or of nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from lindang.host import Host
from lindang.jobs import JobRow
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, Fonds, Item, NumberCounter, Page, Waiver
from models.digital import MASTER, THUMB, VIEW, DigitalObject, PageText
from models.events import ArchiveFileSaved, BatchChanged, CertificatesSaved, ItemFiled, PageTextStored
from models.finding import CheckRun, Finding
from models.handover import Batch, BatchItem, Feedback, Reply, ReplyLine, TransferDoc
from models.identifiers import (
    ARCHIVAL_CODE,
    CERT_NO,
    CODE,
    KEYED,
    canonical_id,
    cert_key,
    cert_norm,
    id_row,
    number_row,
)
from models.intake import FAILED, SORTING, IntakeFile, IntakeRun, UploadLink
from models.keying import KeyingDifference, SecondEntry, SecondKeying
from models.numbering import next_file_code, next_item_code
from models.packages import TransferPackage
from models.persons import mask_id, resident_id_check
from models.place import ORG_REGISTRY, Division, Org
from models.progress import LIAISON, LiaisonPerson, ProgressReport
from models.quality import REDO, PageQuality
from models.register import (
    ISSUED,
    BaselineLine,
    Certificate,
    IssueStateRequest,
    Parcel,
    RegisterBaseline,
    RegisterEntry,
    RegisterSheet,
)
from models.register_export import DATA, HELD, REFUSED, RegisterExport, RegisterExportFile
from models.register_import import CHECKED, RegisterImport, RegisterImportFault, RegisterImportMarked
from models.sharing import (
    ANSWERED,
    SharingAgency,
    SharingDelivery,
    SharingExcerpt,
    SharingInbox,
    SharingList,
    SharingListDoc,
    SharingQuery,
    SharingQueryHit,
    SharingToken,
)
from plugins.handover.adapters.reply_book import write_reply_book
from plugins.handover.domain.manifest import Header, build, canonical, digest
from plugins.handover.queries.snapshots import snapshots
from plugins.ingest.domain.record import Derived, PageRecord, ScanRecord, TextRecord, to_json
from plugins.ingest.quality_limits import Limits
from plugins.progress.domain.annex import RULE_VERSION, Figures
from plugins.progress.domain.snapshot import Column as AnnexColumn
from plugins.progress.domain.snapshot import digest as annex_digest
from plugins.progress.domain.snapshot import frozen
from plugins.register.service.sealed import SealedFile, keep_sealed
from plugins.sharing.domain.groups import GROUPS
from plugins.sharing.domain.papers import content_digest, file_mark, proof_code
from tests.support.people import COUNTY, OTHER_COUNTY

OWN, OTHER, MISSING = "own", "other", "missing"
"""Sides: the tester's county, the other county, nothing at all."""

INJECTION = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
RAW_INJECTION = ("<img src=x onerror", "<script>alert(2)")
MARKS = {OWN: "本县甲记", OTHER: "邻县乙记"}
CERT_WORDS = {OWN: "临", OTHER: "兴"}
COUNTIES = {OWN: COUNTY, OTHER: OTHER_COUNTY}
UPLOAD_SECRETS = {OWN: "o" * 43, OTHER: "p" * 43}
"""The secret parts of the addresses of two upload links."""
WHEN = dt.datetime(2020, 8, 1, 2, 0, tzinfo=dt.UTC)
ABSENT = 987654
MAPPING = '[target]\nname = "own"\ntitle = "表"\n[[column]]\nname = "证号"\nfield = "cert_no"\n'
BY = {"created_at": WHEN, "created_by": "他人"}


def export_of(county: str, text: str, account_id: int | None) -> RegisterExport:
    """Return the row of an export whose target would refuse a row."""
    shown = [[f"{county}102205", text, "1", text, "001", [["QY", "X02", text[:40], 0]]]]
    return RegisterExport(
        division_code=county, place=text[:120], target="own", title=text[:120], mapping=MAPPING, format="csv_utf8",
        purpose=text, state=HELD, rows=1, refused=1, found={"villages": 1, "faults": [["QY", "X02", 1]], "shown": shown},
        created_at=WHEN, created_by=text, created_by_id=account_id, finished_at=WHEN,
    )  # fmt: skip


def sealed_text(host: Host, text: str) -> SealedFile:
    """Return a small file as the register keeps files that hold personal numbers."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(f"{text}\n".encode())
        file.flush()
        return keep_sealed(host, Path(file.name))


def export_files(host: Host, export_id: int, text: str) -> list[RegisterExportFile]:
    """Return the rows of its two files."""
    sealed = sealed_text(host, text)
    values = {"export_id": export_id, "at": WHEN, "by": text}
    values |= {"bytes": sealed.bytes, "sha256": sealed.blob.sha256, "file_sha256": sealed.sha256}
    return [RegisterExportFile(kind=kind, file_name=f"{kind}.csv", **values) for kind in (DATA, REFUSED)]


@dataclass
class World:
    """The values of all objects, by kind and side."""

    host: Host
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    id_numbers: dict[str, list[str]] = field(default_factory=lambda: {OWN: [], OTHER: []})
    orgs: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str, side: str, value: object) -> None:
        """Remember an object's address part; the first of its kind and side counts."""
        self.values.setdefault(kind, {}).setdefault(side, str(value))

    def value(self, kind: str, side: str) -> str:
        """Return the address part of an object. Raises KeyError with the kinds there are."""
        if kind not in self.values:
            raise KeyError(f"no object of kind {kind!r}; known: {sorted(self.values)}")
        return self.values[kind][side]


def make_world(host: Host) -> World:
    """Fill both counties and bring search index and other derived things up to date by events."""
    world = World(host)
    with host.uow(host.system_actor()) as uow:
        for side in (OWN, OTHER):
            _County(world, uow, side).fill()
    for kind, sample in list(world.values.items()):
        world.note(kind, MISSING, _absent(sample[OWN]))
    return world


def _absent(sample: str) -> str:
    """Something of the same shape that does not exist."""
    if sample.isdecimal() and len(sample) < 6:
        return str(ABSENT)
    return sample.replace(COUNTY, "141199") if COUNTY in sample else f"{sample[:-3]}987"


class _County:
    """Writes one county's rows; ids of the two counties come out interleaved kind by kind, never equal."""

    def __init__(self, world: World, uow: UnitOfWork, side: str) -> None:
        self.world, self.uow, self.session, self.side = world, uow, uow.session, side
        self.county = COUNTIES[side]
        self.village = f"{self.county}102205"
        self.text = f"{MARKS[side]}{INJECTION}"
        self.fonds = {OWN: "L901", OTHER: "L902"}[side]
        self.count = 0

    def add(self, row: Any, kind: str = "", attribute: str = "id") -> Any:
        """Write a row and note its address part under ``kind``."""
        self.session.add(row)
        self.session.flush()
        if kind:
            self.world.note(kind, self.side, getattr(row, attribute))
        return row

    def fill(self) -> None:
        """Write everything of this county."""
        self._places()
        sent = [self._household() for _n in range(2)]
        received = [self._household()]
        answered = [self._household() for _n in range(4)]
        ready = self._household(papers=17)
        self.world.note("free_file", self.side, ready[0].id)
        self.world.note("free_certificate", self.side, ready[1].id)
        self._sent_batch(sent)
        self._received_batch(received)
        self._answered_batch(answered)
        self._desk(sent[0][0])
        self._intake(ready[0])
        self._import()
        self._export()
        self._declared()
        self._sharing()
        self._reported()
        job = JobRow(kind="accounts.check_journal", argument=f"x{self.side}", label=self.text, state="failed")
        job.division_code, job.due_at, job.created_at, job.created_by, job.error = (
            self.county,
            WHEN,
            WHEN,
            "他",
            self.text,
        )
        self.add(job, "job")
        self._tell()

    def _places(self) -> None:
        for code, level, parent in (
            (self.county, "county", self.county[:4]),
            (self.village[:9], "town", self.county),
            (self.village, "village", self.village[:9]),
        ):
            self.add(Division(code=code, name=self.text, level=level, parent_code=parent))
        self.world.note("village", self.side, self.village)
        org = Org(code=f"R{self.county}", name=self.text, kind=ORG_REGISTRY, division_code=self.county)
        self.org = self.add(org).id
        self.world.orgs[self.side] = self.org
        self.add(Fonds(code=self.fonds, name=self.text, creator=self.text, division_code=self.county), "fonds")

    # --- one household: file, item, page, certificate, parcel, waiver ---

    def _household(self, papers: int = 1) -> tuple[ArchiveFile, Certificate]:
        self.count += 1
        parts = next_file_code(
            self.uow, fonds=self.fonds, class_code="QQ01", division_code=self.village, year=2009, retention="Y"
        )
        file = ArchiveFile(
            archival_code=parts.code,
            fonds_code=self.fonds,
            class_code="QQ01",
            year=2009,
            retention="Y",
            division_code=self.village,
            file_no=parts.number,
            title=self.text,
            holder_name=self.text,
            folder_name=f"{self.count}{self.text}",
            paper_pages=papers,
            **BY,
        )
        self.add(file, "archive_file")
        self.world.note("file_code", self.side, parts.code)
        for number in range(1, papers + 1):
            self._item(file, f"D{number:02d}")
        certificate = self._certificate(file)
        waiver = Waiver(archive_file_id=file.id, doc_type="D05", reason=self.text, requested_by=self.text)
        waiver.requested_by_id, waiver.requested_at = ABSENT, WHEN
        self.add(waiver, "waiver")
        self.session.add(
            number_row(ARCHIVAL_CODE, parts.code, source=CODE, division_code=self.village, archive_file_id=file.id)
        )
        return file, certificate

    def _item(self, file: ArchiveFile, doc_type: str) -> Item:
        parts = next_item_code(self.uow, file)
        item = Item(
            archive_file_id=file.id,
            archival_code=parts.code,
            item_no=parts.number,
            division_code=self.village,
            doc_type=doc_type,
            title=self.text,
            author=self.text,
            doc_no=self.text[:40],
            source_name=f"{self.text}.jpg",
            **BY,
        )
        self.add(item, "item")
        self.world.note("item_code", self.side, item.archival_code)
        page = self.add(Page(item_id=item.id, page_no=1, width=60, height=80, dpi=300, colour_mode="gray"), "page")
        self._picture(item, None, MASTER, 1, current=True)
        for role in (VIEW, THUMB):
            self._picture(item, page, role, 1, current=False)
            self._picture(item, page, role, 2, current=True)
        words = [[100, 100, 3000, 400, self.text, 90]]
        text = PageText(page_id=page.id, engine="test", text=self.text, words=words, confidence=90, made_at=WHEN)
        self.add(text)
        self._blamed(item, page)
        return item

    def _blamed(self, item: Item, page: Page) -> None:
        """Let the page stand on the rescan list: its image is blurred."""
        found = {"code": "blurred", "severity": REDO, "values": {"blur": 9.0}}
        self.add(
            PageQuality(
                page_id=page.id,
                item_id=item.id,
                division_code=self.village,
                look={"contrast": 200, "blur": 9.0},
                view_sha256="0" * 64,
                verdict=REDO,
                findings=[found],
                limits_key=Limits().key,
                measured_at=WHEN,
                compared_at=WHEN,
                alike_page_id=None,
                accepted_at=None,
                accepted_by_id=None,
            )
        )

    def _picture(self, item: Item, page: Page | None, role: str, version: int, *, current: bool) -> None:
        out = io.BytesIO()
        Image.new("L", (60, 80), 10 * item.id % 250 + version).save(out, "JPEG")
        blob = self.world.host.storage.put_bytes(out.getvalue())
        picture = DigitalObject(
            item_id=item.id,
            page_id=page.id if page else None,
            role=role,
            version=version,
            is_current=current,
            format="JPEG",
            media_type="image/jpeg",
            bytes=blob.bytes,
            sha256=blob.sha256,
            width=60,
            height=80,
            dpi=300,
            source_name=f"{self.text}.jpg",
            made_at=WHEN,
            made_by="他人",
        )
        self.add(picture, role)

    def _declared(self) -> None:
        """Declared numbers with a list of one certificate, and a finding about a place."""
        made = {"at": WHEN, "by": self.text}
        numbers = {"baseline_no": 1, "certificates": 1, "parcels": 1, "document": self.text}
        record = self.add(RegisterBaseline(division_code=self.village, **numbers, **made), "baseline")
        asked = IssueStateRequest(
            certificate_id=self.session.scalars(select(Certificate.id).where(Certificate.division_code == self.village)).first(),
            division_code=self.village, old_state=ISSUED, new_state="PRINTED_SEALED", reason=self.text,
            requested_by=self.text, requested_at=WHEN,
        )  # fmt: skip
        self.add(asked, "state_request")
        run = CheckRun(division_code=self.county, rules="R01-R45", started_at=WHEN, finished_at=WHEN, by=self.text)
        self.add(run)
        line = {"cert_no": self.text[:80], "cert_key": self.text[:80], "holder_name": self.text}
        self.add(BaselineLine(baseline_id=record.id, division_code=self.village, line_no=1, **line))
        self.add(
            Finding(
                code="R45", severity="W", division_code=self.village, kind="baseline_line", subject=self.village,
                facts={"case": "unkeyed", "line": 1, "cert_no": self.text}, first_seen_at=WHEN, last_seen_at=WHEN,
            )
        )  # fmt: skip

    def _sharing(self) -> None:
        """The registry's agreement with everything in it, a key, and a query of a day that showed the first household.

        Who manages agencies manages those of all counties: there is an agency here or there is none, as with accounts.
        """
        made = {"created_at": WHEN, "created_by": self.text}
        terms = {"document": self.text, "contact": self.text, "valid_from": WHEN.date(), "daily_quota": 100}
        agency = SharingAgency(
            org_id=self.org,
            division_code=self.county,
            prefixes=[self.county],
            field_groups=list(GROUPS),
            **terms,
            **made,
        )
        self.add(agency, "sharing_agency" if self.side == OWN else "")
        token = SharingToken(agency_id=agency.id, label=self.text[:60], expires_at=WHEN + dt.timedelta(days=99), **made)
        token.digest = hashlib.sha256(self.county.encode()).hexdigest()
        self.add(token, "sharing_token" if self.side == OWN else "")
        asked = {"kind": "cert_no", "asked": self.text[:120], "purpose": self.text, "basis": self.text}
        query = SharingQuery(
            agency_id=agency.id, division_code=self.county, at=WHEN + dt.timedelta(days=30, hours=23), by=self.text,
            channel="web", outcome=ANSWERED, found=1, shown=1, **asked,
        )  # fmt: skip
        self.add(query, "sharing_query")
        certificate_id = int(self.world.value("certificate", self.side))
        self.add(SharingQueryHit(query_id=query.id, certificate_id=certificate_id))
        blob = self.world.host.storage.put_bytes(f"%PDF {self.county}".encode())
        content = {"basic": {"rows": [{"cert_no": self.text, "state": self.text}], "note": ""}}
        number, content_sha256 = f"{self.county}-2020-GX0001", content_digest(content)
        code = proof_code(self.world.host.vault.digest, number, content_sha256)
        self.add(
            SharingExcerpt(
                excerpt_no=number, agency_id=agency.id, certificate_id=certificate_id, division_code=self.village,
                purpose=self.text, basis=self.text, content=content, content_sha256=content_sha256, code=code,
                file_mark=file_mark(code), sha256=blob.sha256, bytes=blob.bytes, issued_at=WHEN, issued_by=self.text,
            ),
            "sharing_excerpt",
        )  # fmt: skip
        monthly = SharingList(
            list_no=f"{self.county}-202007-F10-001", agency_id=agency.id, county_code=self.county, month="2020-07",
            state="issued", totals={"新增": 1}, ordered_at=WHEN, ordered_by=self.text, issued_at=WHEN,
        )  # fmt: skip
        self.add(monthly, "sharing_list")
        for kind in ("json", "xlsx"):
            self.add(SharingListDoc(list_id=monthly.id, kind=kind, sha256=blob.sha256, bytes=blob.bytes))
        delivery = SharingDelivery(agency_id=agency.id, division_code=self.county, source="api", at=WHEN, by=self.text)
        self.add(delivery, "sharing_delivery")
        row = SharingInbox(
            agency_id=agency.id, delivery_id=delivery.id, place="rows.0", division_code=self.county, digest="0" * 64,
            case_no=self.text[:36], kind="F5", cert_no=self.text[:120], state="orphan", reason=self.text, received_at=WHEN,
        )  # fmt: skip
        self.add(row, "sharing_inbox")
        self.add(NumberCounter(key=f"sharing_excerpt:{self.county}-2020", last=1))

    def _reported(self) -> None:
        """An 附件1 that was given back, and the county's 联络员."""
        self.world.note("county", self.side, self.county)
        figures = Figures(certificates=9, parcels=9, area_mu=Decimal(9), done_certificates=0, done_parcels=0)
        name = self.text[:60]
        column = AnnexColumn(code=self.county, name=name, figures=figures, source=self.text)
        values = frozen(self.county, name, [column], [], WHEN.isoformat())
        said = {
            "filled_by": self.text[:40],
            "phone": self.text[:40],
            "approved_by": self.text[:40],
            "reason": self.text,
        }
        self.add(
            ProgressReport(
                division_code=self.county, period="2020-07", report_no=1, state="RETURNED", values=values,
                rule_version=RULE_VERSION, data_sha256=annex_digest(values), filled_on=WHEN.date(), submitted_at=WHEN,
                submitted_by=self.text, return_reason=self.text, decided_at=WHEN, decided_by=self.text, **said,
            ),
            "progress_report",
        )  # fmt: skip
        person = {"name": self.text[:40], "office": self.text[:80], "phone": self.text[:40], "valid_from": WHEN.date()}
        self.add(LiaisonPerson(division_code=self.county, kind=LIAISON, at=WHEN, by=self.text, **person))

    def _import(self) -> None:
        """A 数字化表 after its dry run: one row, one fault, and its marked copy."""
        sealed = sealed_text(self.world.host, self.text)
        sheet = {
            "no": 1,
            "name": self.text,
            "village_code": self.village,
            "header_row": 3,
            "columns": {},
            "strange": {},
        }
        sheet |= {"missing": [], "rows": 1, "verdicts": {"faulty": 1}, "notices": []}
        record = self.add(
            RegisterImport(
                division_code=self.county,
                file_name=f"{self.text}.csv",
                bytes=sealed.bytes,
                sha256=sealed.blob.sha256,
                file_sha256=sealed.sha256,
                state=CHECKED,
                reason=self.text,
                sheets=[sheet],
                counts={"rows": 1, "faulty": 1, "faults": 1},
                created_at=WHEN,
                created_by=self.text,
            ),
            "register_import",
        )
        self.add(
            RegisterImportFault(
                import_id=record.id, sheet_no=1, row_no=4, column_no=7, field="cert_no", value=self.text, code="R04",
                severity="E", facts={"cert_no": self.text},
            )
        )  # fmt: skip
        self.add(
            RegisterImportMarked(
                import_id=record.id, import_version=1, file_name="a.xlsx", bytes=sealed.bytes,
                sha256=sealed.blob.sha256,
                at=WHEN, by=self.text,
            )
        )  # fmt: skip

    def _export(self) -> None:
        """An export by somebody else, with its file and a list of one refused row."""
        self.add(export_of(self.county, self.text, None), "register_export")
        record_id = int(self.world.value("register_export", self.side))
        for file in export_files(self.world.host, record_id, self.text):
            self.add(file)

    def _certificate(self, file: ArchiveFile) -> Certificate:
        number = f"{CERT_WORDS[self.side]}林证字(2009)第{self.count:06d}号"
        first17 = f"{self.county}19700101{self.count:03d}"
        id_no = first17 + resident_id_check(first17)
        self.world.id_numbers[self.side].append(id_no)
        vault = self.world.host.vault
        certificate = Certificate(
            division_code=self.village,
            county_code=self.county,
            cert_no=number,
            cert_no_norm=cert_norm(number),
            cert_key=cert_key(number),
            cert_serial=f"B{self.county}{self.count:04d}",
            issue_state=ISSUED,
            issuer=self.text,
            issue_date=dt.date(2009, 5, 1),
            holder_name=self.text,
            holder_type="1",
            id_type="1",
            id_no_enc=vault.seal(id_no),
            id_no_hash=vault.digest(canonical_id(id_no)),
            id_no_masked=mask_id(id_no),
            annotation=self.text,
            remark=self.text,
            archive_file_id=file.id,
            **BY,
        )
        self.add(certificate, "certificate")
        links = {"archive_file_id": file.id, "certificate_id": certificate.id}
        self.session.add(number_row(CERT_NO, number, source=KEYED, division_code=self.village, **links))
        self.session.add(id_row(vault, id_no, source=KEYED, division_code=self.village, **links))
        self._parcel(certificate)
        return certificate

    def _parcel(self, certificate: Certificate) -> None:
        parcel = Parcel(
            certificate_id=certificate.id,
            division_code=self.village,
            seq=1,
            parcel_no="001",
            location=self.text[:200],
            place_name=self.text[:100],
            area_mu=Decimal("12.30"),
            area_as_written="12.3",
            bound_e=self.text,
            bound_s=self.text,
            bound_w=self.text,
            bound_n=self.text,
            main_species=self.text[:200],
            compartment="3",
            subcompartment="12",
            acquisition="1",
            forest_category="1",
            origin="1",
            tree_count=30,
            term_years=70,
            term_start=dt.date(2009, 1, 1),
            term_end=dt.date(2078, 12, 31),
            land_owner=self.text,
            land_use_holder=self.text,
            tree_owner=self.text,
            tree_use_holder=self.text,
            annotation=self.text,
            **BY,
        )
        self.add(parcel, "parcel")
        self._row(parcel)

    def _row(self, parcel: Parcel) -> None:
        """The parcel as a row of the village's sheet, keyed twice, with a difference that nobody has settled."""
        sheet = self.session.scalar(select(RegisterSheet).where(RegisterSheet.division_code == self.village))
        if sheet is None:
            made = {"created_at": WHEN, "created_by": self.text, "filled_by": self.text}
            closed = {"closed_at": WHEN, "closed_by": self.text, "last_entry_id": 0}
            self.add(RegisterSheet(division_code=self.village, sheet_no=2, **made, **closed))
            sheet = self.add(RegisterSheet(division_code=self.village, sheet_no=1, **made))
        cells = {"cert_no": parcel.certificate.cert_no, "parcel_no": "001", "area_mu": "12.3", "place_name": self.text}
        entry = RegisterEntry(parcel_id=parcel.id, sheet_id=sheet.id, entry_no=1, cells=cells, changed={}, at=WHEN)
        entry.by, entry.place, entry.reason = self.text, self.text[:120], self.text
        self.add(entry)
        if "second_order" in self.world.values and self.side in self.world.values["second_order"]:
            return
        order = SecondKeying(division_code=self.village, percent=100, seed=1, keyer=self.text, created_at=WHEN)
        order.created_by = self.text
        self.add(order, "second_order")
        again = SecondEntry(
            second_keying_id=order.id, parcel_id=parcel.id, first_entry_id=entry.id, first_by=self.text,
            cells={**cells, "place_name": "别处"}, fields=4, differences=1, keyed_at=WHEN,
        )  # fmt: skip
        self.add(again, "second_entry")
        self.add(KeyingDifference(second_entry_id=again.id, field="place_name", first=self.text, second="别处"))

    # --- handover ---

    def _batch(self, number: int, state: str, members: list[tuple[ArchiveFile, Certificate]]) -> Batch:
        batch = Batch(
            batch_no=f"{self.county}-2020-YJ{900 + number}",
            title=self.text,
            division_code=self.county,
            registry_org_id=self.org,
            state=state,
            cert_count=len(members),
            parcel_count=len(members),
            area_mu=Decimal("12.30") * len(members),
            state_since=WHEN,
            **BY,
        )
        return self.add(batch)

    def _members(
        self, batch: Batch, members: list[tuple[ArchiveFile, Certificate]], states: list[str], kinds: list[str]
    ) -> list[BatchItem]:
        items = []
        for seq, ((file, certificate), state, kind) in enumerate(zip(members, states, kinds, strict=True), start=1):
            item = BatchItem(
                batch_id=batch.id, seq=seq, code=f"{batch.batch_no}-{seq:04d}", certificate_id=certificate.id
            )
            item.archive_file_id, item.division_code, item.state = file.id, self.village, state
            item.added_at, item.added_by, item.return_note = WHEN, "他人", self.text
            if state != "SENT":
                item.answer, item.answered_at, item.answered_by = "accept", WHEN, self.text
            if state == "RETURNED":
                item.answer, item.return_reason = "return", "01"
            items.append(self.add(item, kind))
        for item in items:
            item.snapshot = snapshots(self.session, [item])[item.id]
        return items

    def _sent_batch(self, members: list[tuple[ArchiveFile, Certificate]]) -> None:
        batch = self._batch(1, "SENT", members)
        self.world.note("batch", self.side, batch.id)
        self.world.note("batch_no", self.side, batch.batch_no)
        items = self._members(batch, members, ["SENT"] * len(members), ["sent_item"] * len(members))
        header = Header(
            batch_no=batch.batch_no, list_version=1, title=self.text, division_code=self.county,
            from_org=self.text, to_org=self.text, paper_kind="original",
        )  # fmt: skip
        manifest = canonical(build(header, [item.snapshot for item in items]))
        for kind, media_type, data in (
            ("manifest", "application/json", manifest),
            ("list_pdf", "application/pdf", f"{self.side} list".encode()),
        ):
            blob = self.world.host.storage.put_bytes(data)
            paper = TransferDoc(batch_id=batch.id, list_version=1, kind=kind, file_name=f"清单{self.side}.{kind}")
            paper.media_type, paper.sha256, paper.bytes = media_type, blob.sha256, blob.bytes
            paper.made_at, paper.made_by = WHEN, "他人"
            self.add(paper, "transfer_doc")
        batch.manifest_sha256 = digest(manifest)
        package = TransferPackage(batch_id=batch.id, division_code=self.county, list_version=1, layout="dat93")
        package.target, package.folder, package.state = "here", f"包{self.side}", "written"
        place = self.world.host.data_dir / "packages" / package.folder
        place.mkdir(parents=True)
        (place / "sha256sums.txt").write_text(self.side)
        package.ordered_at, package.ordered_by = WHEN, self.text
        self.add(package, "transfer_package")

    def _replies(self, batch: Batch) -> None:
        """Two workbooks of the registry: one taken over with a line that waits, one only read."""
        empty = write_reply_book(batch.batch_no, 1, [])
        for kind, data in (("reply", empty), ("open_reply", empty + b" ")):
            blob = self.world.host.storage.put_bytes(data)
            reply = Reply(batch_id=batch.id, list_version=1, division_code=self.county, file_name=self.text)
            reply.sha256, reply.bytes, reply.read_at, reply.read_by = blob.sha256, blob.bytes, WHEN, self.text
            if kind == "reply":
                reply.taken_at, reply.taken_by = WHEN, self.text
            self.add(reply, kind)
            if kind == "reply":
                line = ReplyLine(reply_id=reply.id, batch_id=batch.id, division_code=self.county, row_no=2)
                line.cert_no, line.problem = self.text, "不是本批次这一版清单的行"
                self.add(line, "reply_line")

    def _received_batch(self, members: list[tuple[ArchiveFile, Certificate]]) -> None:
        batch = self._batch(3, "RECEIVED", members)
        self.world.note("received_batch", self.side, batch.id)
        self._members(batch, members, ["SENT"] * len(members), ["open_item"] * len(members))
        self._replies(batch)

    def _answered_batch(self, members: list[tuple[ArchiveFile, Certificate]]) -> None:
        batch = self._batch(2, "ANSWERED", members)
        states = ["RETURNED", "FIXING", "ACCEPTED", "FEEDBACK_FILED"]
        items = self._members(batch, members, states, ["returned_item", "fixing_item", "waiting_item", "filed_item"])
        paper = self._item(members[3][0], "D18")
        feedback = Feedback(feedback_no=f"{batch.batch_no}-F1", batch_item_id=items[3].id, item_id=paper.id, kind="F1")
        feedback.division_code, feedback.source, feedback.summary = self.village, "hand", self.text
        feedback.filed_at, feedback.filed_by = WHEN, self.text
        self.add(feedback, "feedback")

    def _desk(self, file: ArchiveFile) -> None:
        orphan = self._item(file, "D18")
        self.world.note("orphan", self.side, orphan.id)

    # --- intake ---

    def _intake(self, file: ArchiveFile) -> None:
        run = IntakeRun(kind="upload", name=self.text, division_code=self.village, profile={}, created_at=WHEN)
        run.created_by = self.text
        self.add(run, "run")
        for state, kind in ((SORTING, "sorting_file"), (FAILED, "failed_file")):
            blob = self.world.host.storage.put_bytes(f"{self.side} {state}".encode())
            row = IntakeFile(run_id=run.id, relative_path=f"{self.text}/{state}.jpg", division_code=self.village)
            row.bytes, row.sha256, row.state, row.reason = blob.bytes, blob.sha256, state, self.text
            row.reason_code, row.received_at = "damaged", WHEN
            row.scan = self._scan() if state == SORTING else None
            self.add(row, kind)

        link = UploadLink(label=self.text[:80], division_code=self.village, max_files=9, max_mb=9, **BY)
        link.digest = hashlib.sha256(UPLOAD_SECRETS[self.side].encode()).hexdigest()
        link.expires_at = WHEN + dt.timedelta(days=3650)
        self.add(link, "upload_link")

    def _scan(self) -> dict[str, Any]:
        """What the parser saw: one page with its picture and its text."""
        out = io.BytesIO()
        Image.new("L", (60, 80), 200).save(out, "JPEG")
        blob = self.world.host.storage.put_bytes(out.getvalue())
        picture = Derived(blob.sha256, blob.bytes, 60, 80, 300)
        text = TextRecord("test", "1", self.text, (), 90)
        pages = tuple(
            PageRecord(number, picture, picture, 60, 80, 300, "gray", is_blank=False, text=text) for number in (1, 2)
        )
        return to_json(ScanRecord("tiff", "image/tiff", "test", "", repaired=False, seconds=0.1, pages=pages))

    def _tell(self) -> None:
        """Let the search index and the others know, by the same events that the services would send."""
        at = {"division_code": self.village}
        for file in self.session.query(ArchiveFile).filter(ArchiveFile.division_code == self.village):
            self.uow.emit(ArchiveFileSaved(archive_file_id=file.id, **at))
        for item in self.session.query(Item).filter(Item.division_code == self.village):
            self.uow.emit(ItemFiled(item_id=item.id, archive_file_id=item.archive_file_id, **at))
            for page in item.pages:
                self.uow.emit(PageTextStored(page_id=page.id, item_id=item.id, **at))
        for one in self.session.query(Certificate).filter(Certificate.division_code == self.village):
            self.uow.emit(CertificatesSaved(certificate_ids=(one.id,), archive_file_ids=(one.archive_file_id,), **at))
        for batch in self.session.query(Batch).filter(Batch.division_code == self.county):
            self.uow.emit(BatchChanged(batch_id=batch.id, division_code=self.county))
