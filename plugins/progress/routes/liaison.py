"""The register of 分管领导 and 联络员, and as a list to hand in."""

from __future__ import annotations

import datetime as dt
import io
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.i18n import _, format_date, official
from lindang.sheets import list_book
from lindang.web import DIVISION, current_actor, current_host, guard, notify, send_attachment
from models.progress import LEADER, LIAISON
from plugins.progress.domain.words import KINDS
from plugins.progress.forms import PersonForm
from plugins.progress.permissions import PERSONS, READ
from plugins.progress.queries.liaison import person_rows, units_without
from plugins.progress.queries.places import units_of
from plugins.progress.routes.annex import office_today
from plugins.progress.service.liaison import PersonDraft, name_person

GET, BOTH = ("GET",), ("GET", "POST")
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@guard(READ, scope=DIVISION)
def liaison() -> ResponseReturnValue:
    """List the persons, those in office or all, and the units without one."""
    host, actor = current_host(), current_actor()
    former = request.args.get("former") == "1"
    with host.view(actor) as session:
        rows = person_rows(session, actor, former=former)
        missing = units_without(session, units_of(session, actor))
    return render_template("progress/liaison.html", rows=rows, missing=missing, former=former, kinds=KINDS)


@guard(PERSONS, scope=DIVISION)
def liaison_new() -> ResponseReturnValue:
    """Put a person in charge."""
    host, actor = current_host(), current_actor()
    form, status = PersonForm(), 200
    with host.view(actor) as session:
        form.offer((unit.code, unit.name) for unit in units_of(session, actor) if len(unit.code) > 2)
    if request.method == "GET":
        form.valid_from.data = office_today(host)
        form.division_code.data = request.args.get("unit", "")
        form.kind.data = LEADER if request.args.get("kind") == LEADER else LIAISON
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                name_person(uow, _draft(form))
            notify(_("人员已登记"))
            return redirect(url_for("progress.liaison"))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("progress/liaison_new.html", form_=form), status


def _draft(form: PersonForm) -> PersonDraft:
    return PersonDraft(
        division_code=form.division_code.data,
        kind=form.kind.data,
        name=form.name.data or "",
        office=form.office.data or "",
        phone=form.phone.data or "",
        valid_from=form.valid_from.data or dt.date.min,
    )


@guard(READ, scope=DIVISION)
def liaison_list() -> ResponseReturnValue:
    """Send the list of those in office as a workbook."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session, official():
        rows = [
            (
                row.unit,
                str(KINDS[row.person.kind]),
                row.person.name,
                row.person.office,
                row.person.phone,
                format_date(row.person.valid_from),
            )
            for row in person_rows(session, actor, former=False)
        ]
    heads = ("单位", "身份", "姓名", "单位和职务", "联系电话", "任职起")
    data = list_book("分管领导和联络员", heads, (16, 12, 14, 30, 18, 14), rows)
    return send_attachment(io.BytesIO(data), "分管领导和联络员名单.xlsx", _XLSX)


RULES: Final = (
    ("/liaison", liaison, GET),
    ("/liaison/new", liaison_new, BOTH),
    ("/liaison/list.xlsx", liaison_list, GET),
)
