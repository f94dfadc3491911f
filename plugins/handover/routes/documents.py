"""Downloads of a batch: its documents, the printed list, the cover sheets. Always attachments, never shown in our origin."""

from __future__ import annotations

import io
from pathlib import Path

from flask import Response, send_file
from flask.typing import ResponseReturnValue

from lindang.errors import Conflict
from lindang.fonts import find_font
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, send_attachment
from models.handover import LIST_PDF, Batch
from plugins.handover.documents import cover_sheets, pdf_list
from plugins.handover.documents.rows import Cover
from plugins.handover.permissions import BROWSE, READ
from plugins.handover.queries.batches import documents as documents_of
from plugins.handover.queries.batches import find_batch, find_document
from plugins.handover.queries.lines import ItemRow, batch_lines
from plugins.handover.service.manifests import read_manifest


@guard(READ, scope=DIVISION)
def document(batch_id: int, doc_id: int) -> ResponseReturnValue:
    """Send a stored document of a batch."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        _batch, doc = find_document(db, actor, batch_id, doc_id)
    return send_attachment(Path(host.storage.path(doc.sha256)), doc.file_name, doc.media_type)


@guard(READ, scope=DIVISION)
def list_as_pdf(batch_id: int) -> ResponseReturnValue:
    """Send 移交清单 as PDF: the signed one, or the same made now where no font was installed at signing."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        docs = [doc for doc in documents_of(db, batch.id) if doc.list_version == batch.list_version]
    if not batch.manifest_sha256:
        raise Conflict(_("批次 %(no)s 还没有签发，没有移交清单", no=batch.batch_no))
    for doc in docs:
        if doc.kind == LIST_PDF:
            return send_attachment(Path(host.storage.path(doc.sha256)), doc.file_name, doc.media_type)
    manifest = read_manifest(host.storage, batch.manifest_sha256)
    font = find_font(host.settings.plugin("handover").pdf_font)
    data = pdf_list(manifest, font, batch.checked_at or batch.created_at)
    return _pdf(data, f"{batch.batch_no}-移交清单.pdf")


@guard(BROWSE, scope=DIVISION)
def covers_as_pdf(batch_id: int) -> ResponseReturnValue:
    """Send the cover sheets of a batch, one page per item that still waits for its answer or its feedback."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        sheets = _covers(batch, [row for row in batch_lines(db, batch).rows if row.code and not row.return_reason])
    if not sheets:
        raise Conflict(_("批次 %(no)s 还没有可打印的封面", no=batch.batch_no), remedy=_("签发以后才有条目代码。"))
    font = find_font(host.settings.plugin("handover").pdf_font)
    return _pdf(cover_sheets(sheets, font, batch.checked_at or batch.created_at), f"{batch.batch_no}-反馈封面.pdf")


def _covers(batch: Batch, rows: list[ItemRow]) -> list[Cover]:
    return [
        Cover(
            item_code=row.code,
            batch_no=batch.batch_no,
            archival_code=row.archival_code,
            cert_no=row.cert_no,
            holder_name=row.holder_name,
            village=row.village,
        )
        for row in rows
    ]


def _pdf(data: bytes, name: str) -> Response:
    """Send PDF bytes made just now as an attachment."""
    return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)
