"""A few archive files to search in: households with pages, certificates and numbers, filed through events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lindang.auth import Actor
from lindang.host import Host
from models.archive import ArchiveFile, Item, Page
from models.digital import PageText
from models.events import ArchiveFileSaved, CertificatesSaved, ItemFiled
from models.identifiers import ARCHIVAL_CODE, CERT_NO, KEYED, OCR, cert_key, cert_norm, id_row, number_row
from models.place import Division
from models.register import Certificate, Parcel
from plugins.search.domain.engine import Filters, Request
from plugins.search.service.answering import Result, find
from plugins.search.service.export import plain_hits

HERE, THERE = "141124100201", "141125100201"
PERSON = "141124197001010017"
NOW = dt.datetime(2020, 8, 1, tzinfo=dt.UTC)


@dataclass
class Archive:
    """A host with a few archive files; every change goes through a unit of work and its events."""

    host: Host
    count: int = 0

    def file(
        self, title: str, *, division: str = HERE, cert_no: str = "", texts: tuple[str, ...] = (), **facts: Any
    ) -> int:
        """File a household: a 案卷 with one 件 whose pages have these texts, and its certificate."""
        self.count += 1
        n = self.count
        with self.host.uow(self.host.system_actor()) as uow:
            file = ArchiveFile(
                archival_code=f"0123-LQ·F02-{n:04d}",
                fonds_code="0123",
                class_code=facts.get("class_code", "F02"),
                year=facts.get("year", 2010),
                retention="永久",
                division_code=division,
                file_no=n,
                title=title,
                holder_name=facts.get("holder", ""),
                folder_name=f"folder-{n}",
                created_at=NOW,
                created_by="测试",
            )
            uow.session.add(file)
            uow.session.flush()
            item = Item(
                archive_file_id=file.id,
                archival_code=f"{file.archival_code}-001",
                item_no=1,
                division_code=division,
                title=facts.get("item_title", "林权登记申请表"),
                created_at=NOW,
                created_by="测试",
            )
            uow.session.add(item)
            uow.session.flush()
            links = {"division_code": division, "archive_file_id": file.id}
            uow.session.add(number_row(ARCHIVAL_CODE, file.archival_code, source="code", **links))
            for number, text in enumerate(texts, 1):
                self._page(uow.session, item, number, text)
            if cert_no:
                self._certificate(uow, file, cert_no, facts)
            uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=division))
            uow.emit(ItemFiled(item_id=item.id, archive_file_id=file.id, division_code=division))
        return file.id

    def _page(self, session: Any, item: Item, number: int, text: str) -> Page:
        page = Page(item_id=item.id, page_no=number)
        session.add(page)
        session.flush()
        session.add(PageText(page_id=page.id, engine="test", text=text, words=[], made_at=NOW))
        return page

    def _certificate(self, uow: Any, file: ArchiveFile, cert_no: str, facts: dict[str, Any]) -> None:
        certificate = Certificate(
            division_code=file.division_code,
            county_code=file.division_code[:6],
            cert_no=cert_no,
            cert_no_norm=cert_norm(cert_no),
            cert_key=cert_key(cert_no),
            issue_state=facts.get("issue_state", "ISSUED"),
            issue_date=dt.date(2010, 5, 1),
            holder_name=facts.get("holder", "王大山"),
            archive_file_id=file.id,
            created_at=NOW,
            created_by="测试",
        )
        uow.session.add(certificate)
        uow.session.flush()
        parcel = Parcel(
            certificate_id=certificate.id,
            division_code=file.division_code,
            seq=1,
            parcel_no="1",
            location="阴坡",
            place_name=facts.get("place_name", "后沟"),
            area_mu=Decimal("12.3"),
            area_as_written="12.3",
            land_owner="村集体",
            land_use_holder="王大山",
            tree_owner="王大山",
            tree_use_holder="王大山",
            created_at=NOW,
            created_by="测试",
        )
        uow.session.add(parcel)
        links = {"division_code": file.division_code, "archive_file_id": file.id, "certificate_id": certificate.id}
        uow.session.add(number_row(CERT_NO, cert_no, source=KEYED, **links))
        uow.session.add(id_row(uow.host.vault, facts.get("id_no", PERSON), source=KEYED, **links))
        uow.emit(CertificatesSaved(certificate_ids=(certificate.id,), archive_file_ids=(file.id,)))

    def read_number(self, file_id: int, page_no: int, raw: str) -> None:
        """Note a number that a machine has read on a page."""
        with self.host.uow(self.host.system_actor()) as uow:
            query = select(Page.id, Item.id, Item.division_code).join(Item, Item.id == Page.item_id)
            page, item, division = uow.session.execute(
                query.where(Item.archive_file_id == file_id, Page.page_no == page_no)
            ).one()
            links = {"archive_file_id": file_id, "item_id": item, "page_id": page}
            uow.session.add(number_row(CERT_NO, raw, source=OCR, division_code=division, **links))

    def find(self, text: str, who: Actor | None = None, **filters: Any) -> Result:
        """Search as somebody."""
        request = Request(query=None, scope=(), filters=Filters(**filters), limit=0, per_group=0)
        return find(self.host, who or self.host.system_actor(), text, request)

    def pages(self, text: str, who: Actor | None = None, **filters: Any) -> list[tuple[str, int]]:
        """Return code and page of all page hits."""
        found = plain_hits(self.find(text, who, **filters))
        return sorted((hit["archival_code"][-8:], hit["page"]) for hit in found if hit["kind"] == "page")

    def kinds(self, text: str) -> list[tuple[str, str]]:
        return sorted({(hit["kind"], hit["archival_code"][12:16]) for hit in plain_hits(self.find(text))})


def open_archive(host: Host) -> Archive:
    """Return an archive over two counties with a village each."""
    with host.uow(host.system_actor()) as uow:
        for code, name, level in [
            ("141124", "临县", "county"),
            ("141124100", "东村镇", "town"),
            (HERE, "王家沟村", "village"),
            ("141125", "柳林县", "county"),
            ("141125100", "西村镇", "town"),
            (THERE, "李家沟村", "village"),
        ]:
            uow.session.add(Division(code=code, name=name, level=level, parent_code=code[:-3]))
    return Archive(host)
