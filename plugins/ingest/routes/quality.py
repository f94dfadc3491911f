"""The rescan list: pages whose image a rule blames, one page looked at and decided, the list on paper and as a workbook."""

from __future__ import annotations

import io
from typing import Any, Final

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.i18n import _
from lindang.sheets import list_book
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from plugins.ingest.domain.quality import LABELS, LOOK, REDO, TONES, VERDICTS
from plugins.ingest.forms import AcceptForm
from plugins.ingest.permissions import QUALITY_DECIDE, RUN_READ
from plugins.ingest.queries.rescan import (
    ACCEPTED,
    OPEN,
    RescanFilter,
    RescanLine,
    all_rescan_lines,
    count_gaps,
    neighbours,
    rescan_line,
    rescan_lines,
)
from plugins.ingest.service.quality import accept_image, reopen_image

PER_PAGE: Final = 30
_WIDTHS: Final = (16, 34, 26, 40, 7, 9, 70, 30)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _narrowed() -> RescanFilter:
    return RescanFilter(
        state=request.args.get("state", "") or OPEN,
        code=request.args.get("code", ""),
        place=request.args.get("place", "").strip(),
    )


@guard(RUN_READ, scope=DIVISION)
def rescan() -> ResponseReturnValue:
    """List the pages that are to be looked at or scanned again, and the files whose pages do not count up."""
    actor, narrowed, page = current_actor(), _narrowed(), page_number()
    with current_host().view(actor) as session:
        lines, total = rescan_lines(session, actor, narrowed, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
        gaps = count_gaps(session, actor, narrowed.place)
    return render_template(
        "ingest/rescan.html",
        lines=lines,
        total=total,
        page=page,
        per_page=PER_PAGE,
        gaps=gaps,
        states=[(REDO, VERDICTS[REDO]), (LOOK, VERDICTS[LOOK]), (ACCEPTED, _("人工判为合格的"))],
        codes=list(LABELS.items()),
        verdicts=VERDICTS,
        tones=TONES,
    )


@guard(RUN_READ, scope=DIVISION)
def rescan_xlsx() -> ResponseReturnValue:
    """Send the list, narrowed as it is shown, as a workbook."""
    actor = current_actor()
    with current_host().view(actor) as session:
        rows = [_row(line) for line in all_rescan_lines(session, actor, _narrowed())]
    headings = (_("村"), _("案卷"), _("件"), _("档号"), _("页"), _("结论"), _("问题"), _("人工判定"))
    book = list_book(_("重扫清单"), headings, _WIDTHS, rows)
    return send_file(io.BytesIO(book), mimetype=_XLSX, as_attachment=True, download_name=f"{_('重扫清单')}.xlsx")


def _row(line: RescanLine) -> tuple[str, ...]:
    decided = _("%(who)s：%(why)s", who=line.accepted_by, why=line.accepted_reason) if line.accepted_at else ""
    return (
        line.village,
        line.file_title,
        line.item_title,
        line.item_code,
        str(line.page_no),
        str(VERDICTS[line.verdict]),
        "".join(reason.text for reason in line.reasons),
        decided,
    )


@guard(RUN_READ, scope=DIVISION)
def judge_page(page_id: int) -> ResponseReturnValue:
    """Show one page large with what is wrong with it, to be decided by keyboard."""
    return _judging(page_id, AcceptForm(formdata=None))


def _judging(page_id: int, form: AcceptForm) -> str:
    actor = current_actor()
    with current_host().view(actor) as session:
        line = rescan_line(session, actor, page_id)
        before, behind = neighbours(session, actor, page_id)
    shown: dict[str, Any] = {"line": line, "form_": form, "before": before, "behind": behind}
    return render_template("ingest/judge_page.html", verdicts=VERDICTS, tones=TONES, **shown)


@guard(QUALITY_DECIDE, scope=DIVISION)
def accept_page(page_id: int) -> ResponseReturnValue:
    """Accept an image as the best there is, and go on to the next page of the list."""
    actor, form = current_actor(), AcceptForm()
    with current_host().view(actor) as session:
        rescan_line(session, actor, page_id)
        _before, behind = neighbours(session, actor, page_id)
    try:
        with current_host().uow(actor) as uow:
            accept_image(uow, page_id, form.reason.data or "")
    except LindangError as error:
        form.take_error(error)
        return _judging(page_id, form), error.http_status
    notify(_("已判为合格，原因已记入日志"))
    return redirect(url_for("ingest.judge_page", page_id=behind) if behind else url_for("ingest.rescan"))


@guard(QUALITY_DECIDE, scope=DIVISION)
def reopen_page(page_id: int) -> ResponseReturnValue:
    """Take an acceptance back."""
    with current_host().uow(current_actor()) as uow:
        reopen_image(uow, page_id)
    notify(_("已放回重扫清单"))
    return redirect(url_for("ingest.judge_page", page_id=page_id))
