"""The failed lane: files that could not be filed, why, and what to do."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.intake import FAILED
from plugins.ingest.forms import DismissForm
from plugins.ingest.permissions import FILE_DECIDE, RUN_READ
from plugins.ingest.queries.runs import file_lines
from plugins.ingest.service.receive import dismiss_file, retry_file

PER_PAGE: Final = 50


@guard(RUN_READ, scope=DIVISION)
def failed() -> ResponseReturnValue:
    """List the failed files."""
    page = page_number()
    with current_host().view(current_actor()) as session:
        files, total = file_lines(
            session, current_actor(), states=(FAILED,), offset=(page - 1) * PER_PAGE, limit=PER_PAGE
        )
    form = DismissForm(formdata=None)
    return render_template("ingest/failed.html", files=files, total=total, page=page, per_page=PER_PAGE, form=form)


@guard(FILE_DECIDE, scope=DIVISION)
def retry(file_id: int) -> ResponseReturnValue:
    """Have a failed file parsed once more."""
    with current_host().uow(current_actor()) as uow:
        retry_file(uow, file_id)
    notify(_("已重新排队，稍后刷新查看结果"))
    return redirect(url_for("ingest.failed"))


@guard(FILE_DECIDE, scope=DIVISION)
def dismiss(file_id: int) -> ResponseReturnValue:
    """Take a file off the failed lane or the sorting desk, with a reason."""
    form = DismissForm()
    if not form.validate_on_submit():
        raise BadInput(_("请写明不入库的原因"), where="reason")
    with current_host().uow(current_actor()) as uow:
        before = dismiss_file(uow, file_id, form.reason.data or "")
    notify(_("已列为不入库，原件和原因仍保留"))
    return redirect(url_for("ingest.failed" if before == FAILED else "ingest.desk"))
