"""Exports of the register: choose what goes out as which file, see what a target would refuse, take the file away."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import LindangError
from lindang.host import Host
from lindang.i18n import Text, lazy
from lindang.web import DIVISION, current_actor, current_host, guard, page_number
from models.register_export import DATA, HELD, MADE, ORDERED, REFUSED
from plugins.register.adapters.mapping_files import TargetFile, target_named, targets_in
from plugins.register.domain.target_rows import TargetFault
from plugins.register.forms import ExportForm
from plugins.register.permissions import EXPORT
from plugins.register.queries.exports import PlaceChoice, export_line, export_lines, place_choices
from plugins.register.queries.imports import progress_of
from plugins.register.routes.sealed import send_unsealed
from plugins.register.service.exporting import (
    EXPORT_JOB,
    ExportOrder,
    force_export,
    mapping_folder,
    order_export,
    run_if_small,
    take_file_away,
)
from plugins.register.words import TARGET_TITLES, target_sentence

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
PER_PAGE: Final = 20

STATE_LABELS: Final[dict[str, Text]] = {
    ORDERED: lazy("正在导出"),
    HELD: lazy("预检未通过"),
    MADE: lazy("已导出"),
}
STATE_TONES: Final = {ORDERED: "info", HELD: "warning", MADE: "success"}
FORMAT_LABELS: Final[dict[str, Text]] = {
    "xlsx": lazy(".xlsx"),
    "csv_utf8": lazy("CSV（UTF-8）"),
    "csv_gb18030": lazy("CSV（GB18030）"),
}
_INDENT: Final = {"county": "", "town": "　", "village": "　　"}


@guard(EXPORT, scope=DIVISION)
def exports() -> ResponseReturnValue:
    """Show the exports, and order a new one."""
    host, actor = current_host(), current_actor()
    form, page = ExportForm(), page_number()
    targets = targets_in(mapping_folder(host))
    with host.view(actor) as session:
        chosen = form.place.data or request.args.get("place", "")[:12]
        form.offer(
            [(place.code, _place_label(place)) for place in place_choices(session, actor, chosen)],
            [(target.name, target.title) for target in targets if target.mapping],
        )
        lines, total = export_lines(session, actor, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    if request.method == "GET" and chosen:
        form.place.data = chosen
    if form.validate_on_submit():
        try:
            return _ordered(host, actor, form)
        except LindangError as error:
            form.take_error(error)
    broken = [target for target in targets if target.mapping is None]
    return render_template("register/exports.html", form=form, lines=lines, total=total, page=page, per_page=PER_PAGE,
                           broken=broken, targets=targets, folder=_folder_words(host), **_vocabulary())  # fmt: skip


def _place_label(place: PlaceChoice) -> str:
    return f"{_INDENT[place.level]}{place.name}（{place.code}）"


def _folder_words(host: Host) -> str:
    """Name the folder without telling where the archive lies on the server's disk."""
    return mapping_folder(host).name


def _ordered(host: Host, actor: Actor, form: ExportForm) -> ResponseReturnValue:
    target: TargetFile = target_named(mapping_folder(host), form.target.data)
    order = ExportOrder(
        place=form.place.data,
        target=target,
        form=form.file_format.data,
        with_id_numbers=form.with_id_numbers.data,
        purpose=form.purpose.data or "",
    )
    with host.uow(actor) as uow:
        ordered = order_export(uow, order)
    run_if_small(host, ordered)
    return redirect(url_for("register.export_page", export_id=ordered.export_id))


@guard(EXPORT, scope=DIVISION)
def export_page(export_id: int) -> ResponseReturnValue:
    """Show one export: how far it is, what its target would refuse, its files."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = _shown(session, actor, export_id)
    return render_template("register/export.html", **shown)


@guard(EXPORT, scope=DIVISION)
def export_progress(export_id: int) -> ResponseReturnValue:
    """Return how far an export is, polled while its job runs; a finished one has the page loaded anew."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        shown = _shown(session, actor, export_id)
    answer = render_template("register/_export_progress.html", **shown)
    return answer if shown["progress"].is_running else (answer, {"HX-Refresh": "true"})


def _shown(session: Session, actor: Actor, export_id: int) -> dict[str, Any]:
    line = export_line(session, actor, export_id)
    found = line.found
    labels = found.get("labels", {})
    counted = [
        (labels.get(column, column), str(TARGET_TITLES[code]), count) for column, code, count in found.get("faults", ())
    ]
    return {
        "line": line,
        "is_mine": line.is_of(actor),
        "progress": progress_of(session, export_id, (EXPORT_JOB,)),
        "refused": [_refused(row) for row in found.get("shown", ())],
        "counted": counted,
        **_vocabulary(),
    }


def _refused(row: list[Any]) -> dict[str, Any]:
    names = ("village_code", "village", "seq", "cert_no", "parcel_no")
    faults = [TargetFault(*fault) for fault in row[5]]
    said = [(fault.label, target_sentence(fault)) for fault in faults]
    return {**dict(zip(names, row, strict=False)), "faults": said}


def _vocabulary() -> dict[str, Any]:
    return {"states": STATE_LABELS, "tones": STATE_TONES, "formats": FORMAT_LABELS}


@guard(EXPORT, scope=DIVISION)
def export_force(export_id: int) -> ResponseReturnValue:
    """Have the file made with the rows that the target would refuse."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        ordered = force_export(uow, export_id, version=request.form.get("version", type=int))
    run_if_small(host, ordered)
    return redirect(url_for("register.export_page", export_id=export_id))


@guard(EXPORT, scope=DIVISION)
def export_file(export_id: int) -> ResponseReturnValue:
    """Send the file to the person who had it made."""
    return _sent(export_id, DATA)


@guard(EXPORT, scope=DIVISION)
def export_refused(export_id: int) -> ResponseReturnValue:
    """Send the list of what the target would refuse."""
    return _sent(export_id, REFUSED)


def _sent(export_id: int, kind: str) -> ResponseReturnValue:
    host = current_host()
    with host.uow(current_actor()) as uow:
        file = take_file_away(uow, export_id, kind)
    return send_unsealed(host, file.sha256, file.bytes, file.file_name, media_type(file.file_name))


def media_type(name: str) -> str:
    """Return the media type of an exported file."""
    if name.endswith(".csv"):
        return "text/csv"
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


RULES: Final = (
    ("/exports", exports, BOTH),
    ("/exports/<int:export_id>", export_page, GET),
    ("/exports/<int:export_id>/progress", export_progress, GET),
    ("/exports/<int:export_id>/force", export_force, POST),
    ("/exports/<int:export_id>/file", export_file, GET),
    ("/exports/<int:export_id>/refused", export_refused, GET),
)
