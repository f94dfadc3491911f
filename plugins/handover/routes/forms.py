"""The further papers of a batch: printed again from the stored bytes once they are filed, made when asked for before that."""

from __future__ import annotations

import io
from pathlib import Path

from flask import redirect, send_file, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import Conflict, NotFound
from lindang.fonts import find_font
from lindang.i18n import _, official
from lindang.web import DIVISION, current_actor, current_host, guard, notify, send_attachment
from plugins.handover.documents import forms, pdf_form, workbook_form
from plugins.handover.permissions import DRAFT, READ
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.forms import dated, forms_of
from plugins.handover.queries.papers import shown_papers
from plugins.handover.service.papers import XLSX_TYPE, file_papers, filled_form


@guard(READ, scope=DIVISION)
def form(batch_id: int, kind: str, suffix: str) -> ResponseReturnValue:
    """Send a paper of a batch, as PDF or as workbook: as it was filed, else as it would be filed now."""
    host, actor = current_host(), current_actor()
    if kind not in forms.TITLES or suffix not in {"pdf", "xlsx"}:
        raise NotFound(_("没有这份文件"))
    with host.view(actor) as session, official():
        batch = find_batch(session, actor, batch_id)
        papers = {
            one.kind: one for one in shown_papers(session, actor, batch) if one.list_version == batch.list_version
        }
        stored = papers[kind].master(suffix) if kind in papers else None
        if stored is not None:
            name = f"{papers[kind].paper_no}-{forms.TITLES[kind]}.{suffix}"
            return send_attachment(Path(host.storage.path(stored.sha256)), name, stored.media_type)
        if kind not in forms_of(session, actor, batch):
            raise Conflict(
                _("批次 %(no)s 还没有这份文件", no=batch.batch_no),
                remedy=_("签发以后才有移交文件，有退回、反馈或结案以后才有相应的文件。"),
            )
        made_at, paper = dated(session, batch, kind), filled_form(host, session, batch, kind, batch.list_version)
        name = f"{batch.batch_no}-{paper.title}.{suffix}"
    if suffix == "xlsx":
        data, media_type = workbook_form(paper, made_at), XLSX_TYPE
    else:
        font = find_font(host.settings.plugin("handover").pdf_font)
        data, media_type = pdf_form(paper, font, made_at), "application/pdf"
    return send_file(io.BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name)


@guard(DRAFT, scope=DIVISION)
def file_now(batch_id: int) -> ResponseReturnValue:
    """File the papers that are due and were not filed in their time: there was no fonds yet, or the batch is an old one."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        batch = find_batch(session, actor, batch_id)
    count = file_papers(host, batch.id)
    if count:
        notify(_("归档 %(n)s 份文件。", n=count))
    else:
        notify(_("没有归档：文件都已归档，或本县还没有登记全宗。"), "warning")
    return redirect(url_for("handover.batch_page", batch_id=batch_id))
