"""The sorting desk: the page image beside the form that says where it belongs."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lindang.auth import Actor
from lindang.errors import Faults
from lindang.host import Host
from lindang.i18n import _
from lindang.web import (
    DIVISION,
    FILE_POLICY,
    back_address,
    current_actor,
    current_host,
    guard,
    notify,
    page_number,
)
from models.intake import SORTING
from plugins.ingest.forms import NEW, DismissForm, SortingForm
from plugins.ingest.permissions import FILE_SORT, RUN_READ
from plugins.ingest.queries import desk as desk_queries
from plugins.ingest.queries.places import choosable_divisions
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.queries.runs import file_lines
from plugins.ingest.service.claims import holder_of
from plugins.ingest.service.desk import NewFile, Sorting, note_viewing, sort_file
from plugins.ingest.service.engine import engine_for_file
from plugins.ingest.tools import naming_of

PER_PAGE: Final = 50


@guard(RUN_READ, scope=DIVISION)
def desk() -> ResponseReturnValue:
    """List what waits on the sorting desk."""
    page = page_number()
    with current_host().view(current_actor()) as session:
        files, total = file_lines(
            session, current_actor(), states=(SORTING,), offset=(page - 1) * PER_PAGE, limit=PER_PAGE
        )
    return render_template(
        "ingest/desk.html", files=files, total=total, page=page, per_page=PER_PAGE, back=back_address()
    )


@guard(FILE_SORT, scope=DIVISION)
def sort(file_id: int) -> ResponseReturnValue:
    """Show one waiting file, and file it where the person says."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        waiting = desk_queries.desk_file(session, actor, file_id, naming_of(host), host.clock.now())
        form = SortingForm()
        villages = choosable_divisions(session, actor, "village")
        form.offer([(each.code, each.label) for each in villages], _doc_types(doc_titles(session)))
        offered = _offered(session, actor, waiting)
        holder = holder_of(session, actor, file_id, host.clock.now())
    if request.method == "GET":
        _prefill(form, waiting, actor)
        with host.uow(actor) as uow:
            note_viewing(uow, file_id)
    elif form.validate_on_submit():
        try:
            return _place(host, actor, waiting, form)
        except Faults as faults:
            form.take_error(faults)
    return render_template(
        "ingest/sort.html",
        file=waiting,
        form=form,
        dismiss_form=DismissForm(formdata=None),
        offered=offered,
        chosen=form.target.data or "",
        pages=_viewer_pages(waiting),
        current=_current(waiting),
        text=_text(waiting),
        holder=holder,
        back=back_address(),
    )


def _doc_types(titles: dict[str, str]) -> list[tuple[str, str]]:
    return [(doc_type, f"{doc_type} {title}") for doc_type, title in titles.items()]


def _offered(session: Any, actor: Actor, waiting: desk_queries.DeskFile) -> tuple[desk_queries.Candidate, ...]:
    county = waiting.division_code[:6]
    searched = desk_queries.search_files(session, actor, county, request.args.get("q", ""))
    found = searched or desk_queries.candidates(session, actor, waiting)
    recent = () if request.args.get("q") else desk_queries.recent_files(session, actor, county)
    known = {each.id for each in found}
    return (*found, *(each for each in recent if each.id not in known))


def _prefill(form: SortingForm, waiting: desk_queries.DeskFile, actor: Actor) -> None:
    form.version.data = waiting.version
    form.doc_type.data = waiting.name.doc_type
    form.title.data = waiting.name.title
    if len(waiting.division_code) == 12 and actor.covers(waiting.division_code):
        form.division_code.data = waiting.division_code


def _place(host: Host, actor: Actor, waiting: desk_queries.DeskFile, form: SortingForm) -> ResponseReturnValue:
    target = form.target.data or ""
    new_file = None
    if target == NEW:
        new_file = NewFile(
            division_code=form.division_code.data or "",
            holder_name=form.holder_name.data or "",
            title=form.file_title.data or "",
        )
    sorting = Sorting(
        archive_file_id=int(target) if target.isdecimal() else None,
        new_file=new_file,
        doc_type=form.doc_type.data or "",
        title=form.title.data or "",
    )
    engine = engine_for_file(host, waiting.id)
    with host.uow(actor) as uow:
        item = sort_file(uow, waiting.id, sorting, version=int(form.version.data or 0), engine=engine)
    if item is None:
        notify(_("内容与已入库的文件完全相同，未再归档"), "warning")
    else:
        notify(_("已归档：%(code)s", code=item.archival_code))
    following, back = waiting.next_id or waiting.previous_id, back_address()
    if following:
        return redirect(url_for("ingest.sort", file_id=following, back=back))
    return redirect(url_for("ingest.desk", back=back))


@guard(FILE_SORT, scope=DIVISION)
def candidates(file_id: int) -> ResponseReturnValue:
    """Return the 案卷 that fit what is being typed, as a list to choose from."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        waiting = desk_queries.desk_file(session, actor, file_id, naming_of(host))
        offered = _offered(session, actor, waiting)
    return render_template("ingest/_candidates.html", offered=offered, chosen=request.args.get("target", ""))


def _viewer_pages(waiting: desk_queries.DeskFile) -> list[dict[str, Any]]:
    return [
        {
            "number": page.page_no,
            "image_url": url_for("ingest.picture", file_id=waiting.id, page_no=page.page_no, role="view"),
            "thumb_url": url_for("ingest.picture", file_id=waiting.id, page_no=page.page_no, role="thumb"),
            "words_url": url_for("ingest.words", file_id=waiting.id, page_no=page.page_no) if page.text else None,
            "page_url": url_for("ingest.sort", file_id=waiting.id, p=page.page_no),
        }
        for page in waiting.record.pages
    ]


def _current(waiting: desk_queries.DeskFile) -> int:
    asked = request.args.get("p", 1, type=int) or 1
    return min(max(asked, 1), len(waiting.record.pages)) - 1


def _text(waiting: desk_queries.DeskFile) -> str | None:
    text = waiting.record.pages[_current(waiting)].text
    return text.text if text else None


@guard(FILE_SORT, scope=DIVISION)
def picture(file_id: int, page_no: int, role: str) -> ResponseReturnValue:
    """Send a page image of a waiting file, for showing only."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        sha256 = desk_queries.image_digest(session, actor, file_id, page_no, role)
    response: Response = send_file(host.storage.path(sha256), mimetype="image/jpeg", conditional=True, etag=sha256)
    response.headers["Cache-Control"] = "private, max-age=600"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Content-Disposition"] = "inline"
    return response


@guard(FILE_SORT, scope=DIVISION)
def words(file_id: int, page_no: int) -> ResponseReturnValue:
    """Return text and word boxes of a page of a waiting file."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        waiting = desk_queries.desk_file(session, actor, file_id, naming_of(host))
    text = next((page.text for page in waiting.record.pages if page.page_no == page_no), None)
    if text is None:
        return jsonify({"text": "", "words": []})
    return jsonify({"text": text.text, "words": [list(word) for word in text.words]})
