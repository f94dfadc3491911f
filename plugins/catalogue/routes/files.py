"""案卷: the overview by village, the list, one file's page, opening, describing, renumbering, the list of contents."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError, StaleVersion
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, page_number
from models.issue_states import IssueState
from plugins.catalogue.forms import DescribeForm, FileForm, RenumberForm
from plugins.catalogue.permissions import CODE_RENUMBER, FILE_EDIT, FILE_READ
from plugins.catalogue.queries.certificates import certificate_of_file
from plugins.catalogue.queries.filepage import file_view, happenings
from plugins.catalogue.queries.files import SIZES, FileFilter, file_list
from plugins.catalogue.queries.overview import overview as overview_of
from plugins.catalogue.queries.places import class_choices, code_choices, division_choices
from plugins.catalogue.routes.common import FORM, GET, Rule, number, one_of, panels_of
from plugins.catalogue.service.files import (
    FileDescription,
    FileDraft,
    Renumbering,
    describe_file,
    open_file,
    renumber_file,
)
from plugins.catalogue.service.reading import note_reading
from plugins.catalogue.words import STATE_TONES, STATUS_LABELS, STATUS_TONES, field_label, line_text


@guard(FILE_READ, scope=DIVISION)
def overview() -> ResponseReturnValue:
    """Show what there is, by division."""
    host, actor = current_host(), current_actor()
    under = "".join(char for char in request.args.get("under", "") if char.isdigit())[:9]
    with host.view(actor) as session:
        found = overview_of(session, actor, under)
    return render_template("catalogue/overview.html", found=found, under=under)


@guard(FILE_READ, scope=DIVISION)
def files() -> ResponseReturnValue:
    """List 案卷."""
    host, actor = current_host(), current_actor()
    wanted = _filter()
    with host.view(actor) as session:
        return render_template(
            "catalogue/files.html",
            page=file_list(session, actor, wanted),
            wanted=wanted,
            divisions=division_choices(session, actor),
            classes=class_choices(session),
            states=code_choices(session, "issue_state"),
            **_vocabulary(),
        )


def _filter() -> FileFilter:
    size = number("per_page", SIZES[0])
    return FileFilter(
        words=request.args.get("q", "").strip()[:80],
        division=request.args.get("division", "").strip()[:12],
        class_code=request.args.get("class", "").strip()[:10],
        year=number("year"),
        complete=one_of("complete", ("yes", "no")),
        certificate=one_of("certificate", ("yes", "no")),
        state=one_of("state", list(IssueState)),
        sort=request.args.get("sort", ""),
        page=page_number(),
        size=size if size in SIZES else SIZES[0],
    )


def _vocabulary() -> dict[str, object]:
    return {
        "state_tones": STATE_TONES,
        "status_labels": STATUS_LABELS,
        "status_tones": STATUS_TONES,
        "line_text": line_text,
        "field_label": field_label,
    }


@guard(FILE_READ, scope=DIVISION)
def file_page(file_id: int) -> ResponseReturnValue:
    """Show one 案卷: its 件, certificate, what is missing, what happened."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        view = file_view(session, actor, file_id)
        words = render_template(
            "catalogue/file.html",
            view=view,
            certificate=certificate_of_file(session, actor, file_id),
            panels=panels_of(host, session, actor, "archive_file", file_id),
            happened=happenings(session, file_id),
            **_vocabulary(),
        )
        division = view.row.division_code
    note_reading(host, actor, file_id, division)
    return words


@guard(FILE_READ, scope=DIVISION)
def file_contents(file_id: int) -> ResponseReturnValue:
    """Show 卷内文件目录, the list of contents that is printed and laid into the box."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return render_template("catalogue/contents.html", view=file_view(session, actor, file_id))


@guard(FILE_EDIT, scope=DIVISION)
def file_new() -> ResponseReturnValue:
    """Open a 案卷 by hand."""
    host, actor = current_host(), current_actor()
    form = FileForm()
    with host.view(actor) as session:
        form.offer(session, actor)
    if request.method == "GET":
        form.division_code.data = request.args.get("division", "")
        form.class_code.data = request.args.get("class", "QQ01")
    elif form.validate():
        try:
            with host.uow(actor) as uow:
                file = open_file(uow, _draft(form))
            notify(_("已立卷，档号 %(code)s", code=file.archival_code))
            return redirect(url_for("catalogue.file_page", file_id=file.id))
        except LindangError as error:
            form.take_error(error)
    return render_template("catalogue/file_new.html", form_=form)


def _draft(form: FileForm) -> FileDraft:
    return FileDraft(
        class_code=form.class_code.data,
        division_code=form.division_code.data,
        title=form.title.data or "",
        holder_name=form.holder_name.data or "",
        year=form.year.data,
        retention=form.retention.data or "",
        box_no=form.box_no.data or "",
        location=form.location.data or "",
        paper_pages=form.paper_pages.data,
        security_class=form.security_class.data or "",
    )


@guard(FILE_EDIT, scope=DIVISION)
def file_edit(file_id: int) -> ResponseReturnValue:
    """Describe a 案卷 anew."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        row = file_view(session, actor, file_id).row
        form = DescribeForm(obj=row)
        form.offer(session)
    if form.validate_on_submit():
        description = FileDescription(
            title=form.title.data or "",
            holder_name=form.holder_name.data or "",
            box_no=form.box_no.data or "",
            location=form.location.data or "",
            paper_pages=form.paper_pages.data,
            security_class=form.security_class.data or "",
            is_disputed=bool(form.is_disputed.data),
        )
        try:
            with host.uow(actor) as uow:
                describe_file(uow, file_id, description, version=form.version.data)
            notify(_("著录已保存"))
            return redirect(url_for("catalogue.file_page", file_id=file_id))
        except StaleVersion as error:
            form.take_error(error)
            return render_template("catalogue/file_edit.html", form_=form, row=row), error.http_status
    return render_template("catalogue/file_edit.html", form_=form, row=row)


@guard(CODE_RENUMBER, scope=DIVISION)
def file_renumber(file_id: int) -> ResponseReturnValue:
    """Place a 案卷 anew: new code, old one kept."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        row = file_view(session, actor, file_id).row
        form = RenumberForm(obj=row)
        form.offer(session, actor)
    status = 200
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                file = renumber_file(uow, file_id, _renumbering(form), version=form.version.data)
            notify(_("档号已变更为 %(code)s，旧档号保留可查", code=file.archival_code))
            return redirect(url_for("catalogue.file_page", file_id=file_id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/file_renumber.html", form_=form, row=row), status


def _renumbering(form: RenumberForm) -> Renumbering:
    return Renumbering(
        class_code=form.class_code.data,
        division_code=form.division_code.data,
        year=form.year.data,
        retention=form.retention.data,
        reason=form.reason.data or "",
        approved_by=form.approved_by.data or "",
    )


RULES: Final[tuple[Rule, ...]] = (
    ("/", overview, GET),
    ("/files", files, GET),
    ("/files/new", file_new, FORM),
    ("/files/<int:file_id>", file_page, GET),
    ("/files/<int:file_id>/contents", file_contents, GET),
    ("/files/<int:file_id>/edit", file_edit, FORM),
    ("/files/<int:file_id>/renumber", file_renumber, FORM),
)
