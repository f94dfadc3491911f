"""Pages: the viewer across the whole file, its images and words, former versions, replacing, and the original as a download.

Images are sent as JPEG derivatives that this archive made; an uploaded file itself only ever leaves as an attachment.
"""

from __future__ import annotations

from typing import Final

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify, send_attachment
from models.codes import file_name, file_suffix, page_code
from models.digital import LAYERED
from plugins.catalogue.forms import ReplaceForm
from plugins.catalogue.permissions import FILE_READ, MASTER_DOWNLOAD, PAGE_REPLACE
from plugins.catalogue.queries.viewer import StoredObject, lit_pages, master_object, page_image, page_view, page_words
from plugins.catalogue.routes.common import FORM, GET, Rule, panels_of, send_image, viewer_page
from plugins.catalogue.routes.items import received
from plugins.catalogue.service.pages import RECOGNISE_JOB, replace_page
from plugins.catalogue.service.reading import note_reading

ROLES: Final = {"view": "view", "thumb": "thumb"}


@guard(FILE_READ, scope=DIVISION)
def page_show(page_id: int) -> ResponseReturnValue:
    """Show a page among the pages of its file, with its text; ``?mark=`` words are lit."""
    host, actor = current_host(), current_actor()
    given = request.args.getlist("mark")
    marks = [word for value in given for word in value.split()]
    with host.view(actor) as session:
        view = page_view(session, actor, page_id)
        hits = lit_pages(session, view.pages, marks)
        panels = panels_of(host, session, actor, "page", page_id)
    note_reading(host, actor, view.file.id, view.file.division_code)
    return render_template(
        "catalogue/page.html",
        view=view,
        pages=[viewer_page(ref, url_for("catalogue.page_show", page_id=ref.id, mark=given)) for ref in view.pages],
        marks=marks,
        hits=hits,
        code=page_code(view.item.archival_code, view.page.page_no),
        pending=view.text is None and RECOGNISE_JOB in host.jobs,
        panels=panels,
    )


@guard(FILE_READ, scope=DIVISION)
def page_picture(page_id: int, role: str) -> ResponseReturnValue:
    """Send the current view image or thumbnail of a page."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = page_image(session, actor, page_id, ROLES.get(role, ""))
    _note_view(found)
    return send_image(host, found)


@guard(FILE_READ, scope=DIVISION)
def page_former(page_id: int, version: int) -> ResponseReturnValue:
    """Send a former view image of a page."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = page_image(session, actor, page_id, "view", version)
    _note_view(found)
    return send_image(host, found)


def _note_view(found: StoredObject) -> None:
    # a thumbnail cannot be read; noting dozens of them for one page would bury the log
    if found.row.role != "thumb":
        note_reading(current_host(), current_actor(), found.file_id, found.division_code)


@guard(FILE_READ, scope=DIVISION)
def page_text(page_id: int) -> ResponseReturnValue:
    """Return the recognised text and its word boxes."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        return jsonify(page_words(session, actor, page_id))


@guard(MASTER_DOWNLOAD, scope=DIVISION)
def master(object_id: int) -> ResponseReturnValue:
    """Send an original as it came, or the PDF with a text layer made of it, as a download named by its 档号."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        found = master_object(session, actor, object_id)
    with host.uow(actor) as uow:
        facts = {"object": object_id, "sha256": found.row.sha256}
        uow.journal("master.downloaded", f"item:{found.row.item_id}", division=found.division_code, **facts)
    response: Response = send_attachment(host.storage.path(found.row.sha256), _download_name(found))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _download_name(found: StoredObject) -> str:
    """A code and a version, never the name of a person that a source file may carry."""
    part = f"-{found.row.page_id}" if found.row.page_id else ""
    version = f"-v{found.row.version}" if found.row.version > 1 else ""
    layer = "-text" if found.row.role == LAYERED else ""
    return f"{file_name(found.item_code)}{part}{layer}{version}{file_suffix(found.row.format)}"


@guard(PAGE_REPLACE, scope=DIVISION)
def page_replace(page_id: int) -> ResponseReturnValue:
    """Replace the image of a page by a new scan; the old one stays as a former version."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        view = page_view(session, actor, page_id)
    form, status = ReplaceForm(), 200
    if request.method == "GET":
        form.version.data = view.view_version
    elif form.validate():
        try:
            images = received(host, form.scan.data)
            with host.uow(actor) as uow:
                done = replace_page(uow, page_id, images, seen_version=form.version.data, reason=form.reason.data or "")
            _tell(done.batches)
            return redirect(url_for("catalogue.page_show", page_id=page_id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/page_replace.html", form_=form, view=view), status


def _tell(batches: tuple[str, ...]) -> None:
    notify(_("页面图像已更换，旧图像保留为旧版本"))
    if batches:
        named = "、".join(batches)
        notify(_("本案卷已在签发的批次 %(no)s 中：批次清单不变，请酌情通知接收单位。", no=named), "warning")


RULES: Final[tuple[Rule, ...]] = (
    ("/pages/<int:page_id>", page_show, GET),
    ("/pages/<int:page_id>/<any(view, thumb):role>.jpg", page_picture, GET),
    ("/pages/<int:page_id>/versions/<int:version>.jpg", page_former, GET),
    ("/pages/<int:page_id>/words", page_text, GET),
    ("/pages/<int:page_id>/replace", page_replace, FORM),
    ("/masters/<int:object_id>", master, GET),
)
