"""The further papers of a batch, made when asked for: the same bytes as long as nothing on them has changed."""

from __future__ import annotations

import io
from typing import Final

from flask import send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import Conflict, NotFound
from lindang.fonts import find_font
from lindang.host import Host
from lindang.i18n import _, official
from lindang.web import DIVISION, current_actor, current_host, guard
from models.handover import Batch
from plugins.handover.documents import forms, pdf_form, workbook_form
from plugins.handover.permissions import READ
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.forms import carriers_of, dated, ending_of, filed_of, forms_of, returned_of
from plugins.handover.service.manifests import read_manifest

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@guard(READ, scope=DIVISION)
def form(batch_id: int, kind: str, suffix: str) -> ResponseReturnValue:
    """Send a paper of a batch, as PDF or as workbook."""
    host, actor = current_host(), current_actor()
    if kind not in forms.TITLES or suffix not in {"pdf", "xlsx"}:
        raise NotFound(_("没有这份文件"))
    with host.view(actor) as session, official():
        batch = find_batch(session, actor, batch_id)
        made_at, paper = dated(session, batch, kind), _filled(host, actor, session, batch, kind)
        name = f"{batch.batch_no}-{paper.title}.{suffix}"
    if suffix == "xlsx":
        data, media_type = workbook_form(paper, made_at), _XLSX
    else:
        font = find_font(host.settings.plugin("handover").pdf_font)
        data, media_type = pdf_form(paper, font, made_at), "application/pdf"
    return send_file(io.BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name)


def _filled(host: Host, actor: Actor, session: Session, batch: Batch, kind: str) -> forms.Form:
    if kind not in forms_of(session, actor, batch):
        raise Conflict(
            _("批次 %(no)s 还没有这份文件", no=batch.batch_no),
            remedy=_("签发以后才有移交文件，有退回、反馈或结案以后才有相应的文件。"),
        )
    manifest, sent = read_manifest(host.storage, batch.manifest_sha256), carriers_of(batch)
    if kind == forms.TRANSFER:
        return forms.transfer_form(manifest, batch.manifest_sha256, sent)
    if kind == forms.DEED:
        return forms.deed(manifest, sent)
    if kind == forms.RETURNS:
        return forms.return_list(manifest, returned_of(session, batch))
    if kind == forms.REGISTER:
        return forms.feedback_register(manifest, filed_of(session, batch))
    return forms.closing_report(manifest, batch.manifest_sha256, sent, ending_of(session, batch))
