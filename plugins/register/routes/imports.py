"""Imports of the 数字化表: hand a file in, say what its headings mean, look through faults and changes, apply."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, LindangError, NotFound
from lindang.i18n import Text, _, lazy
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.register_import import APPLIED, APPLYING, CHECKED, DISCARDED, MAPPING, REFUSED, WAITING
from plugins.register.domain.columns import COLUMNS
from plugins.register.domain.header import IGNORED
from plugins.register.forms import ImportForm
from plugins.register.permissions import IMPORT_RUN, REGISTER_READ
from plugins.register.queries.imports import (
    ImportLine,
    change_lines,
    county_choices,
    earlier_import,
    fault_codes,
    fault_lines,
    import_line,
    import_list,
    marked_copy,
    notice_text,
    progress_of,
)
from plugins.register.routes.sealed import send_unsealed
from plugins.register.service.importing import (
    APPLY_JOB,
    MARK_JOB,
    READ_JOB,
    confirm_changes,
    discard,
    order_apply,
    order_marked,
    remember_headings,
)
from plugins.register.service.upload import max_mb, take_upload
from plugins.register.words import SEVERITY_LABELS, rule_title

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
PER_PAGE: Final = 20
LINES_PER_PAGE: Final = 100

STATE_LABELS: Final[dict[str, Text]] = {
    WAITING: lazy("读取中"),
    MAPPING: lazy("待指明列名"),
    CHECKED: lazy("待导入"),
    APPLYING: lazy("导入中"),
    APPLIED: lazy("已导入"),
    REFUSED: lazy("不能读取"),
    DISCARDED: lazy("已放弃"),
}
STATE_TONES: Final = {
    WAITING: "info",
    MAPPING: "warning",
    CHECKED: "accent",
    APPLYING: "info",
    APPLIED: "success",
    REFUSED: "danger",
    DISCARDED: "neutral",
}
FAULTS, FINDINGS, CHANGES, SHEETS = "faults", "findings", "changes", "sheets"


@guard(REGISTER_READ, scope=DIVISION)
def imports() -> ResponseReturnValue:
    """Show the imports, and take a new file in."""
    host, actor = current_host(), current_actor()
    form, page = ImportForm(), page_number()
    with host.view(actor) as session:
        form.offer(county_choices(session, actor))
        lines, total = import_list(session, actor, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    if request.method == "POST":
        actor.require(IMPORT_RUN)
        if form.validate_on_submit():
            try:
                import_id = take_upload(host, actor, form.county.data, form.file.data)
                return redirect(url_for("register.import_page", import_id=import_id))
            except LindangError as error:
                form.take_error(error)
    return render_template(
        "register/imports.html",
        form=form,
        lines=lines,
        total=total,
        page=page,
        per_page=PER_PAGE,
        states=STATE_LABELS,
        tones=STATE_TONES,
        max_mb=max_mb(host),
    )


@guard(REGISTER_READ, scope=DIVISION)
def import_page(import_id: int) -> ResponseReturnValue:
    """Show one import: what was read, what is wrong, what would change, and what can be done with it."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = _shown(session, actor, import_id)
        line: ImportLine = shown["line"]
        shown |= _tab(session, line)
        shown["earlier"] = earlier_import(session, line)
    return render_template("register/import.html", **shown)


@guard(REGISTER_READ, scope=DIVISION)
def import_progress(import_id: int) -> ResponseReturnValue:
    """Return how far an import is, polled while its job runs; a finished one has the page loaded anew."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = _shown(session, actor, import_id)
    answer = render_template("register/_import_progress.html", **shown)
    if shown["progress"].is_running:
        return answer
    return answer, {"HX-Refresh": "true"}


def _shown(session: Session, actor: Actor, import_id: int) -> dict[str, Any]:
    line = import_line(session, actor, import_id)
    return {
        "line": line,
        "progress": progress_of(session, import_id, (READ_JOB, APPLY_JOB, MARK_JOB)),
        "marked": marked_copy(session, line),
        "states": STATE_LABELS,
        "tones": STATE_TONES,
        "notices": [notice_text(notice) for notice in line.counts.get("notices", ())],
        "notice_text": notice_text,
    }


def _tab(session: Session, line: ImportLine) -> dict[str, Any]:
    """Return what the chosen tab shows."""
    counts = line.counts
    usual = FAULTS if counts.get("faults") else CHANGES if counts.get("changed") else SHEETS
    tab, page = request.args.get("tab", usual), page_number()
    sheet_no = request.args.get("sheet", type=int)
    shown: dict[str, Any] = {"tab": tab, "page": page, "per_page": LINES_PER_PAGE, "rows": (), "total": 0}
    span = {"offset": (page - 1) * LINES_PER_PAGE, "limit": LINES_PER_PAGE}
    if line.state == MAPPING:
        shown |= {"headings": _headings(line), "choices": [(c.key, str(c.header)) for c in COLUMNS], "ignored": IGNORED}
    elif tab in {FAULTS, FINDINGS}:
        code = request.args.get("code", "")
        rows, total = fault_lines(session, line, refusing=tab == FAULTS, sheet_no=sheet_no, code=code, **span)
        known = [(each, f"{each} {rule_title(each)}") for each in fault_codes(session, line.id)]
        shown |= {"rows": rows, "total": total, "codes": known, "severities": SEVERITY_LABELS}
    elif tab == CHANGES:
        shown["rows"], shown["total"] = change_lines(session, line, **span)
    return shown


def _headings(line: ImportLine) -> list[dict[str, Any]]:
    """Return the unknown headings of all sheets, each once, with the sheets that have it."""
    found: dict[str, list[str]] = {}
    for sheet in line.sheets:
        for heading in sheet["strange"].values():
            found.setdefault(heading, []).append(str(sheet["name"]))
    return [{"heading": heading, "sheets": sheets} for heading, sheets in found.items()]


@guard(IMPORT_RUN, scope=DIVISION)
def import_headings(import_id: int) -> ResponseReturnValue:
    """Keep what the county's headings mean and read the file again."""
    headings, keys = request.form.getlist("heading"), request.form.getlist("field")
    if len(headings) != len(keys):
        raise BadInput(_("提交的内容不完整"), remedy=_("请刷新页面后重试。"))
    chosen = {heading: key for heading, key in zip(headings, keys, strict=True) if key}
    if not chosen:
        raise BadInput(_("一个列名也没有指明"), remedy=_("请至少为一个列名选择是哪一列。"))
    with current_host().uow(current_actor()) as uow:
        record = remember_headings(uow, import_id, chosen)
    notify(_("已记住 %(n)s 个列名，重新读取", n=len(chosen)))
    return redirect(url_for("register.import_page", import_id=record.id))


@guard(IMPORT_RUN, scope=DIVISION)
def import_changes(import_id: int) -> ResponseReturnValue:
    """Confirm the changes of the ticked rows, or of all."""
    everything = request.form.get("do") in {"all", "none"}
    ids = None if everything else request.form.getlist("row_id", type=int)
    with current_host().uow(current_actor()) as uow:
        count = confirm_changes(uow, import_id, ids, confirmed=request.form.get("do") not in {"none", "take_back"})
    notify(_("%(n)s 行的改动已更新", n=count))
    return redirect(url_for("register.import_page", import_id=import_id, tab=CHANGES, page=page_number()))


@guard(IMPORT_RUN, scope=DIVISION)
def import_apply(import_id: int) -> ResponseReturnValue:
    """Have the import written."""
    with current_host().uow(current_actor()) as uow:
        order_apply(uow, import_id, request.form.get("choice", ""), version=request.form.get("version", type=int))
    return redirect(url_for("register.import_page", import_id=import_id))


@guard(IMPORT_RUN, scope=DIVISION)
def import_discard(import_id: int) -> ResponseReturnValue:
    """Put the import aside."""
    with current_host().uow(current_actor()) as uow:
        discard(uow, import_id, version=request.form.get("version", type=int))
    notify(_("已放弃，登记册没有改动"))
    return redirect(url_for("register.import_page", import_id=import_id))


@guard(IMPORT_RUN, scope=DIVISION)
def import_mark(import_id: int) -> ResponseReturnValue:
    """Have the marked copy made."""
    with current_host().uow(current_actor()) as uow:
        order_marked(uow, import_id)
    return redirect(url_for("register.import_page", import_id=import_id))


@guard(IMPORT_RUN, scope=DIVISION)
def import_marked(import_id: int) -> ResponseReturnValue:
    """Send the marked copy; it holds personal numbers, so the act is written to the journal."""
    host, actor = current_host(), current_actor()
    with host.uow(actor) as uow:
        line = import_line(uow.session, actor, import_id)
        copy = marked_copy(uow.session, line)
        if copy is None:
            raise NotFound(_("还没有标注表"), remedy=_("请先生成。"))
        uow.journal("register.marked_sent", f"register_import:{import_id}", division=line.division_code)
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return send_unsealed(host, copy.sha256, copy.bytes, copy.file_name, media)


RULES: Final = (
    ("/imports", imports, BOTH),
    ("/imports/<int:import_id>", import_page, GET),
    ("/imports/<int:import_id>/progress", import_progress, GET),
    ("/imports/<int:import_id>/headings", import_headings, POST),
    ("/imports/<int:import_id>/changes", import_changes, POST),
    ("/imports/<int:import_id>/apply", import_apply, POST),
    ("/imports/<int:import_id>/discard", import_discard, POST),
    ("/imports/<int:import_id>/marked", import_mark, POST),
    ("/imports/<int:import_id>/marked.xlsx", import_marked, GET),
)
