"""The keying grid of one village: the page, saving a row, suggestions, the scan beside it, the next household."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import LindangError
from lindang.i18n import Text, _, lazy
from lindang.web import DIVISION, current_actor, current_host, guard
from models.keying import KeyingDraft
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.keying import (
    FILE_KEY,
    KEYED,
    KEYED_BOOK,
    KEYED_PAGE,
    SHARED_BY_PARCELS,
    next_household_cells,
)
from plugins.register.permissions import ROW_EDIT
from plugins.register.queries.keying import (
    GridRow,
    Window,
    drafts,
    file_by_code,
    grid_row,
    households_without_certificate,
    learnt,
    village,
    window,
)
from plugins.register.queries.labels import code_labels, written_codes
from plugins.register.queries.scans import file_scan, grouped, readings_of_file
from plugins.register.routes.scans import scan_context
from plugins.register.service.keying import CONFLICT, DRAFT, SAVED, keyed_row, put_draft_aside, save_keyed_row
from plugins.register.words import STATE_LABELS

GET: Final = ("GET",)
POST: Final = ("POST",)

FIXED: Final = ("cert_no",)
"""Columns that stay in sight while the others are scrolled."""

WIDTHS: Final = {
    **dict.fromkeys(("location", "bound_e", "bound_s", "bound_w", "bound_n", "annotation", FILE_KEY, "id_no"), "l"),
    **dict.fromkeys(("compartment", "subcompartment", "area_mu", "tree_count", "term_years", "co_mode"), "s"),
}

NOT_ALIKE: Final = frozenset(
    {"parcel_no", "area_mu", "tree_count", "cert_no", "cert_serial", "application_no", "id_no", FILE_KEY}
)
"""Columns that copying a whole row leaves empty: no two rows have the same."""

HELP: Final[tuple[tuple[str, Text], ...]] = (
    ("Enter / Tab", lazy("下一格；本证第二宗起跳过证书栏")),
    ("Shift+Enter / Shift+Tab", lazy("上一格")),
    ("↑ ↓ / PageUp PageDown", lazy("上一行、下一行 / 隔八行；列表打开时在列表里选")),
    ("← →", lazy("光标到头时去左、右一格")),
    ("Ctrl+Home / Ctrl+End", lazy("本行第一格、最后一格")),
    ("Alt+↓", lazy("打开本村常用内容")),
    ("F4 / Ctrl+D", lazy("照抄上一行这一格")),
    ("Ctrl+Shift+D", lazy("用上一行填满本行的空格（编号、面积、株数除外）")),
    ("F2 / Alt+Enter", lazy("采用机读内容")),
    ("Ctrl+Enter", lazy("新行：本证下一宗")),
    ("Ctrl+Shift+Enter", lazy("新行：下一户")),
    ("Ctrl+S", lazy("立即保存本行")),
    ("Ctrl+Delete", lazy("放弃本行未入册的录入")),
    ("Esc", lazy("关闭列表；恢复这一格；有人改过时换成他的")),
    ("Ctrl+Z / Ctrl+Y", lazy("撤销、重做（记为新的一版，不删除）")),
    ("F6", lazy("在录入表和扫描件之间切换")),
    ("F1", lazy("显示这张说明")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the page: a row of the register, a draft, or a draft over a row."""

    slot: str
    number: int
    parcel_id: int | None = None
    file_id: int | None = None
    seen: int = 0
    cells: dict[str, str] = field(default_factory=dict)
    state: str = SAVED
    marks: tuple[dict[str, str], ...] = ()
    draft: dict[str, Any] | None = None


@guard(ROW_EDIT, scope=DIVISION)
def grid(village_code: str) -> ResponseReturnValue:
    """Show the keying grid of a village; ``?parcel=`` begins at that row."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        place = village(session, actor, village_code)
        shown = window(session, actor, village_code, request.args.get("page", type=int))
        lines = _lines(shown, drafts(session, actor, village_code))
        first = next((line.file_id for line in lines if line.file_id), None)
        context = _scan_of(session, actor, first, village_code)
    return render_template(
        "register/grid.html",
        place=place,
        window=shown,
        rows=lines,
        numbered=max((line.number for line in lines), default=0),
        asked=request.args.get("parcel", type=int),
        columns=KEYED,
        book=frozenset(KEYED_BOOK),
        fixed=FIXED,
        widths=WIDTHS,
        help=HELP,
        carried={
            "parcel": [FILE_KEY, *KEYED_BOOK, *SHARED_BY_PARCELS],
            "row": [column.key for column in KEYED if column.key not in NOT_ALIKE],
        },
        **context,
    )


def _lines(shown: Window, kept: tuple[KeyingDraft, ...]) -> list[Line]:
    of_rows = {draft.parcel_id: draft for draft in kept if draft.parcel_id}
    lines = [_line(row, of_rows.get(row.parcel_id)) for row in shown.rows]
    if shown.number == shown.pages:
        new = [draft for draft in kept if draft.parcel_id is None]
        lines += [_new_line(draft, number) for number, draft in enumerate(new, start=shown.total + 1)]
    return lines


def _line(row: GridRow, draft: KeyingDraft | None) -> Line:
    return Line(
        slot=f"p{row.parcel_id}",
        number=row.number,
        parcel_id=row.parcel_id,
        file_id=row.file_id,
        seen=draft.seen_entry_no if draft else row.seen,
        cells={column.key: row.cells.get(column.key, "") for column in KEYED},
        state="locked" if row.is_withheld else (DRAFT if draft else SAVED),
        draft={"cells": draft.cells, "sources": draft.sources} if draft and not row.is_withheld else None,
    )


def _new_line(draft: KeyingDraft, number: int) -> Line:
    return Line(
        slot=draft.slot,
        number=number,
        file_id=draft.archive_file_id,
        cells={column.key: "" for column in KEYED},
        state=DRAFT,
        draft={"cells": draft.cells, "sources": draft.sources},
    )


def _scan_of(session: Session, actor: Actor, file_id: int | None, village_code: str) -> dict[str, Any]:
    page_url = url_for("register.grid", village_code=village_code)
    if file_id is None:
        return scan_context(None, None, page_url)
    readings = grouped(readings_of_file(session, file_id))
    return scan_context(file_scan(session, actor, file_id), readings, page_url)


@guard(ROW_EDIT, scope=DIVISION)
def grid_save(village_code: str) -> ResponseReturnValue:
    """Save one row: 200 saved, 422 kept as a draft with what is wrong, 409 somebody else saved it first."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        village(session, actor, village_code)
        codes = written_codes(session)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return jsonify(state="failed", message=_("页面已过期，这一行没有保存")), 400
    try:
        with host.uow(actor) as uow:
            outcome = save_keyed_row(uow, village_code, keyed_row(body), codes)
    except LindangError as error:
        return jsonify(state="failed", message=f"{error.message} {error.remedy}".strip()), error.http_status
    return jsonify(asdict(outcome)), {SAVED: 200, DRAFT: 422, CONFLICT: 409}[outcome.state]


@guard(ROW_EDIT, scope=DIVISION)
def grid_discard(village_code: str) -> ResponseReturnValue:
    """Put this person's draft of a row aside."""
    host, actor = current_host(), current_actor()
    body = request.get_json(silent=True)
    with host.uow(actor) as uow:
        put_draft_aside(uow, village_code, str(body.get("slot", "")) if isinstance(body, dict) else "")
    return jsonify(state="discarded")


@guard(ROW_EDIT, scope=DIVISION)
def grid_choices(village_code: str) -> ResponseReturnValue:
    """Return the suggestions of each column: codes by their names, and what the village's rows have, most frequent first."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        village(session, actor, village_code)
        known = learnt(session, actor, village_code)
        lists = code_labels(session)
        free = households_without_certificate(session, actor, village_code, limit=200)
    codes = {key: lists[BY_KEY[key].code_list] for key in (*KEYED_BOOK, *KEYED_PAGE) if BY_KEY[key].code_list in lists}
    states = {
        "issue_state": [str(label) for label in STATE_LABELS.values()],
        FILE_KEY: [each.archival_code for each in free],
    }
    return jsonify({**known, **codes, **states})


@guard(ROW_EDIT, scope=DIVISION)
def grid_next(village_code: str) -> ResponseReturnValue:
    """Return the next household without a certificate, and what its first row begins with."""
    host, actor = current_host(), current_actor()
    taken = [int(part) for part in request.args.get("taken", "").split(",") if part.isdigit()][:50]
    with host.view(actor) as session:
        village(session, actor, village_code)
        last = request.args.get("from", type=int)
        cells = dict(grid_row(session, actor, last).cells) if last else {}
        found = households_without_certificate(session, actor, village_code, after=cells.get(FILE_KEY, ""), taken=taken)
    if not found:
        return jsonify(file_id=None, cells=next_household_cells(cells, "", ""))
    household = found[0]
    begin = next_household_cells(cells, household.archival_code, household.holder_name)
    return jsonify(file_id=household.file_id, cells=begin)


@guard(ROW_EDIT, scope=DIVISION)
def grid_file(village_code: str) -> ResponseReturnValue:
    """Return the file with a 档号 of this village, for its scan."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        village(session, actor, village_code)
        found = file_by_code(session, actor, village_code, request.args.get("code", "").strip())
    return jsonify(file_id=found.file_id if found else None)


@guard(ROW_EDIT, scope=DIVISION)
def grid_scan(file_id: int) -> ResponseReturnValue:
    """Return the scan of a file for the place beside the grid, with what a machine read on it."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        scan = file_scan(session, actor, file_id)
        readings = grouped(readings_of_file(session, file_id))
    page_url = url_for("register.grid", village_code=scan.division_code)
    return render_template("register/_scan.html", **scan_context(scan, readings, page_url))


RULES: Final = (
    ("/villages/<village_code>/grid", grid, GET),
    ("/villages/<village_code>/grid/rows", grid_save, POST),
    ("/villages/<village_code>/grid/discard", grid_discard, POST),
    ("/villages/<village_code>/grid/choices", grid_choices, GET),
    ("/villages/<village_code>/grid/next", grid_next, GET),
    ("/villages/<village_code>/grid/file", grid_file, GET),
    ("/files/<int:file_id>/scan", grid_scan, GET),
)
