"""The JSON API at ``/api/v1/catalogue``: a 案卷 by its code, a 件 by id or code, a page's image. The views name what they
return in full, because the documenting library evaluates their annotations in this module.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.rest import answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from models.archive import Item
from models.codes import normalise_code
from plugins.catalogue.permissions import FILE_READ
from plugins.catalogue.queries.certificates import certificate_of_file
from plugins.catalogue.queries.filepage import (
    FileView,
    file_id_of_code,
    file_view,
    item_id_of_code,
    item_view,
)
from plugins.catalogue.queries.viewer import page_image
from plugins.catalogue.routes.common import whole_image
from plugins.catalogue.service.reading import note_reading

TAGS = ["档案目录"]


class ArchivePageAnswer(BaseModel):
    """One page."""

    id: int
    page_no: int
    width: int
    height: int
    dpi: int
    is_blank: bool
    image: str


class ArchiveItemAnswer(BaseModel):
    """One 件."""

    id: int
    archival_code: str
    item_no: int
    doc_type: str
    title: str
    author: str
    doc_no: str
    doc_date: dt.date | None
    original_kind: str
    division_code: str
    version: int
    file_id: int
    file_code: str
    pages: list[ArchivePageAnswer]


class FileItemAnswer(BaseModel):
    """One 件 in its file's list."""

    id: int
    archival_code: str
    doc_type: str
    title: str
    pages: int


class FileCertificateAnswer(BaseModel):
    """The certificate of a file; the ID number only ever masked."""

    id: int
    cert_no: str
    issue_state: str
    holder_name: str
    id_no_masked: str
    parcels: int
    area_mu: str


class ArchiveFileAnswer(BaseModel):
    """One 案卷; `missing` names the document types that are missing or cannot be decided yet."""

    id: int
    archival_code: str
    old_codes: list[str]
    title: str
    class_code: str
    year: int | None
    retention: str
    division_code: str
    holder_name: str
    box_no: str
    paper_pages: int | None
    version: int
    complete: bool | None
    missing: list[str]
    certificate: FileCertificateAnswer | None
    items: list[FileItemAnswer]


def api_blueprint() -> Blueprint:
    """Return the API of the catalogue."""
    bp = Blueprint("catalogue_api", __name__)
    bp.add_url_rule("/items/<item>", view_func=get_item)
    bp.add_url_rule("/files/<code>", view_func=get_file)
    bp.add_url_rule("/pages/<int:page_id>/image", view_func=get_page_image)
    return bp


@rest.validate(resp=answers(200, ArchiveItemAnswer), tags=TAGS)
@guard(FILE_READ, scope=DIVISION)
def get_item(item: str) -> dict[str, Any]:
    """Return one 件 by its id or its archival code, a former code included."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        item_id = (
            int(item) if item.isdecimal() and len(item) < 19 else item_id_of_code(session, actor, normalise_code(item))
        )
        view = item_view(session, actor, item_id)
        row = view.row
        answer = ArchiveItemAnswer(
            **{name: getattr(row, name) for name in _ITEM_FIELDS},
            file_id=view.file.id,
            file_code=view.file.archival_code,
            pages=[_page(page) for page in view.pages],
        )
    note_reading(host, actor, view.file.id, row.division_code)
    return answer.model_dump(mode="json")


_ITEM_FIELDS = (
    "id",
    "archival_code",
    "item_no",
    "doc_type",
    "title",
    "author",
    "doc_no",
    "doc_date",
    "original_kind",
    "division_code",
    "version",
)


def _page(page: Any) -> ArchivePageAnswer:
    names = ("id", "page_no", "width", "height", "dpi", "is_blank")
    return ArchivePageAnswer(
        **{name: getattr(page, name) for name in names}, image=f"/api/v1/catalogue/pages/{page.id}/image"
    )


@rest.validate(resp=answers(200, ArchiveFileAnswer), tags=TAGS)
@guard(FILE_READ, scope=DIVISION)
def get_file(code: str) -> dict[str, Any]:
    """Return one 案卷 by its archival code, a former code included."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        file_id = file_id_of_code(session, actor, normalise_code(code))
        view = file_view(session, actor, file_id)
        answer = _file_answer(session, actor, view)
    note_reading(host, actor, file_id, view.row.division_code)
    return answer.model_dump(mode="json")


_FILE_FIELDS = (
    "id",
    "archival_code",
    "title",
    "class_code",
    "year",
    "retention",
    "division_code",
    "holder_name",
    "box_no",
    "paper_pages",
    "version",
)


def _file_answer(session: Session, actor: Actor, view: FileView) -> ArchiveFileAnswer:
    missing = view.completeness.missing if view.completeness else ()
    return ArchiveFileAnswer(
        **{name: getattr(view.row, name) for name in _FILE_FIELDS},
        old_codes=[old.old_code for old in view.old_codes],
        complete=view.completeness.is_complete if view.completeness else None,
        missing=[line.rule.doc_type for line in missing],
        certificate=_certificate(session, actor, view.row.id),
        items=[_item_ref(item.row, len(item.page_ids)) for item in view.items],
    )


def _certificate(session: Session, actor: Actor, file_id: int) -> FileCertificateAnswer | None:
    found = certificate_of_file(session, actor, file_id)
    if found is None:
        return None
    row = found.row
    return FileCertificateAnswer(
        id=row.id,
        cert_no=row.cert_no,
        issue_state=row.issue_state,
        holder_name=row.holder_name,
        id_no_masked=row.id_no_masked,
        parcels=len(found.parcels),
        area_mu=str(found.area_mu),
    )


def _item_ref(item: Item, pages: int) -> FileItemAnswer:
    return FileItemAnswer(
        id=item.id, archival_code=item.archival_code, doc_type=item.doc_type, title=item.title, pages=pages
    )


@rest.validate(resp=answers(200), tags=TAGS)
@guard(FILE_READ, scope=DIVISION)
def get_page_image(page_id: int) -> Response:
    """Return the current view image of a page as JPEG."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = page_image(session, actor, page_id, "view")
    note_reading(host, actor, found.file_id, found.division_code)
    return whole_image(host, found)
