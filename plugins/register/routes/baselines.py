"""上报基数: what is declared beside what is counted, one version with its list, declaring a new one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from plugins.register.forms import BaselineForm
from plugins.register.permissions import BASELINE_EDIT, REGISTER_READ
from plugins.register.queries.baselines import (
    LINES_PER_PAGE,
    baseline_lines,
    baseline_versions,
    current_baselines,
    division_choices,
)
from plugins.register.service.baselines import BaselineDraft, declare_baseline, read_list

GET, BOTH = ("GET",), ("GET", "POST")


@guard(REGISTER_READ, scope=DIVISION)
def baselines() -> ResponseReturnValue:
    """List the declared numbers in force beside what is counted."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template("register/baselines.html", rows=current_baselines(session, actor))


@guard(REGISTER_READ, scope=DIVISION)
def baseline_page(baseline_id: int) -> ResponseReturnValue:
    """Show one version, its list, and the versions before it."""
    host, actor = current_host(), current_actor()
    page = page_number()
    with host.view(actor) as session:
        row, versions = baseline_versions(session, actor, baseline_id)
        lines = baseline_lines(session, baseline_id, page)
    return render_template(
        "register/baseline.html", row=row, versions=versions, lines=lines, page=page, per_page=LINES_PER_PAGE
    )


@guard(BASELINE_EDIT, scope=DIVISION)
def baseline_new() -> ResponseReturnValue:
    """Declare a new version for a division."""
    host, actor = current_host(), current_actor()
    form, status = BaselineForm(), 200
    with host.view(actor) as session:
        form.offer_divisions(division_choices(session, actor))
    if form.validate_on_submit():
        try:
            lines = _lines(form)
            with host.uow(actor) as uow:
                baseline_id = declare_baseline(uow, _draft(form), lines).id
            notify(_("基数已登记，正在据此检查"))
            return redirect(url_for("register.baseline_page", baseline_id=baseline_id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("register/baseline_new.html", form_=form), status


def _lines(form: BaselineForm) -> tuple[Any, ...]:
    file: Any = form.roll.data
    if not file or not file.filename:
        return ()
    return read_list(file.read(), file.filename, form.division_code.data)


def _draft(form: BaselineForm) -> BaselineDraft:
    area = form.area_mu.data
    return BaselineDraft(
        division_code=form.division_code.data,
        certificates=form.certificates.data or 0,
        parcels=form.parcels.data or 0,
        area_mu=None if area is None else Decimal(area),
        document=form.document.data or "",
        declared_on=form.declared_on.data,
        item_code=form.item_code.data or "",
    )


RULES: Final = (
    ("/baselines", baselines, GET),
    ("/baselines/new", baseline_new, BOTH),
    ("/baselines/<int:baseline_id>", baseline_page, GET),
)
