"""Certified excerpts: the list, giving one out, its file, and the page on which one is verified."""

from __future__ import annotations

from pathlib import Path

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, LindangError, Unavailable
from lindang.host import Host
from lindang.i18n import _
from lindang.web import DIVISION, NONE, current_actor, current_host, guard, notify, page_number, send_attachment
from plugins.sharing.domain.asked import plain_filter
from plugins.sharing.forms import ExcerptForm, VerifyForm
from plugins.sharing.permissions import EXCERPT_ISSUE, EXCERPT_READ, EXCERPT_VERIFY
from plugins.sharing.queries.excerpts import excerpt_page, find_excerpt, open_agencies
from plugins.sharing.queries.found import certificate_by_number
from plugins.sharing.service.excerpts import issue_excerpt, make_excerpt
from plugins.sharing.service.verifying import LARGEST, Verdict, verify_code, verify_file

_SIZE = 20


@guard(EXCERPT_READ, scope=DIVISION)
def excerpts() -> ResponseReturnValue:
    """List the excerpts, the newest first."""
    host, actor, page = current_host(), current_actor(), page_number()
    text = plain_filter(request.args.get("text", ""))
    with host.view(actor) as session:
        rows, total = excerpt_page(session, actor, text, page, _SIZE)
    return render_template("sharing/excerpts.html", rows=rows, total=total, page=page, size=_SIZE)


@guard(EXCERPT_ISSUE, scope=DIVISION)
def new_excerpt() -> ResponseReturnValue:
    """Give an excerpt out."""
    host, actor, form = current_host(), current_actor(), ExcerptForm()
    with host.view(actor) as session:
        form.offer(open_agencies(session, actor))
    if form.validate_on_submit():
        try:
            excerpt_no = _issue(host, actor, form)
        except LindangError as error:
            form.take_error(error)
        else:
            notify(_("证明 %(no)s 已出具并归档", no=excerpt_no))
            return redirect(url_for("sharing.excerpts"))
    return render_template("sharing/excerpt_new.html", form=form), 422 if form.errors else 200


def _issue(host: Host, actor: Actor, form: ExcerptForm) -> str:
    """Give out and draw; without a font the number stands and the paper is made by the background once there is one."""
    with host.view(actor) as session:
        certificate_id = certificate_by_number(session, actor, form.cert_no.data or "")
    with host.uow(actor) as uow:
        row = issue_excerpt(uow, certificate_id, form.agency_id.data, form.purpose.data or "", form.basis.data or "")
    try:
        make_excerpt(host, row.id)
    except Unavailable as error:
        notify(f"{error.message} {error.remedy}", "warning")
    return row.excerpt_no


@guard(EXCERPT_READ, scope=DIVISION)
def excerpt_file(excerpt_id: int) -> ResponseReturnValue:
    """Send the paper; every time is a line in the journal."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        row = find_excerpt(session, actor, excerpt_id)
    if not row.sha256:
        raise Conflict(_("证明 %(no)s 的 PDF 还在生成", no=row.excerpt_no), remedy=_("请稍候再下载；进度见任务中心。"))
    with host.uow(actor) as uow:
        uow.journal("shared_excerpt.downloaded", f"sharing_excerpt:{row.id}", division=row.division_code)
    return send_attachment(Path(host.storage.path(row.sha256)), f"{row.excerpt_no}.pdf", "application/pdf")


@guard(EXCERPT_VERIFY, scope=NONE)
def verify() -> ResponseReturnValue:
    """Confirm an excerpt by its code or its file, or say what differs; each look is a line in the journal."""
    host, actor, form = current_host(), current_actor(), VerifyForm()
    verdict: Verdict | None = None
    if form.validate_on_submit():
        try:
            verdict = _verdict(host, form)
        except BadInput as error:
            form.take_error(error)
        else:
            with host.uow(actor) as uow:
                facts = {"outcome": verdict.outcome, "excerpt_no": verdict.excerpt_no}
                uow.journal("sharing.excerpt_verified", "sharing_excerpt:code", **facts)
    return render_template("sharing/verify.html", form=form, verdict=verdict), 422 if form.errors else 200


def _verdict(host: Host, form: VerifyForm) -> Verdict:
    upload = form.file.data
    if upload is not None and upload.filename:
        data: bytes = upload.stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BadInput(_("文件太大，不是本库出具的证明"), where="file")
        return verify_file(host, data)
    if not (form.code.data or "").strip():
        raise BadInput(_("请输入核验码，或选择证明的 PDF 文件"), where="code")
    return verify_code(host, form.code.data or "")
