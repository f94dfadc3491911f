"""件: its page, registering, describing, adding a page that was left out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from lindang.errors import LindangError
from lindang.host import Host
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.catalogue.forms import ItemForm, ScanForm
from plugins.catalogue.permissions import FILE_EDIT, FILE_READ, PAGE_REPLACE
from plugins.catalogue.queries.filepage import ItemView, doc_titles, file_view, item_view
from plugins.catalogue.routes.common import FORM, GET, Rule, panels_of
from plugins.catalogue.service.files import ItemDraft, add_item, describe_item
from plugins.catalogue.service.images import PageImages, store_page
from plugins.catalogue.service.pages import add_page
from plugins.catalogue.service.reading import note_reading


@guard(FILE_READ, scope=DIVISION)
def item_page(item_id: int) -> ResponseReturnValue:
    """Show one 件: its description, pages and stored files."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        view = item_view(session, actor, item_id)
        panels = panels_of(host, session, actor, "item", item_id)
        words = render_template("catalogue/item.html", view=view, panels=panels)
    note_reading(host, actor, view.row.archive_file_id, view.row.division_code)
    return words


@guard(FILE_EDIT, scope=DIVISION)
def item_new(file_id: int) -> ResponseReturnValue:
    """Register a 件 of a 案卷."""
    host, actor = current_host(), current_actor()
    form = ItemForm()
    with host.view(actor) as session:
        file = file_view(session, actor, file_id).row
        form.offer(session)
        titles = doc_titles(session)
    if request.method == "GET":
        form.doc_type.data = request.args.get("doc_type", "")
    elif form.validate():
        try:
            with host.uow(actor) as uow:
                item = add_item(uow, file_id, _draft(form, titles))
            notify(_("已登记，档号 %(code)s。请接着补扫页面。", code=item.archival_code))
            return redirect(url_for("catalogue.item_page", item_id=item.id))
        except LindangError as error:
            form.take_error(error)
    return render_template("catalogue/item_form.html", form_=form, file=file, item=None)


@guard(FILE_EDIT, scope=DIVISION)
def item_edit(item_id: int) -> ResponseReturnValue:
    """Describe a 件 anew."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        view = item_view(session, actor, item_id)
        form = ItemForm(obj=view.row)
        form.offer(session)
        titles = doc_titles(session)
    status = 200
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                describe_item(uow, item_id, _draft(form, titles), version=form.version.data)
            notify(_("著录已保存"))
            return redirect(url_for("catalogue.item_page", item_id=item_id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/item_form.html", form_=form, file=view.file, item=view.row), status


def _draft(form: ItemForm, titles: dict[str, str]) -> ItemDraft:
    doc_type = form.doc_type.data or ""
    return ItemDraft(
        title=(form.title.data or "").strip() or titles.get(doc_type, ""),
        doc_type=doc_type,
        author=form.author.data or "",
        doc_no=form.doc_no.data or "",
        doc_date=form.doc_date.day,
        original_kind=form.original_kind.data or "",
        security_class=form.security_class.data or "",
    )


@guard(PAGE_REPLACE, scope=DIVISION)
def page_add(item_id: int) -> ResponseReturnValue:
    """Add a page that was left out."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        view: ItemView = item_view(session, actor, item_id)
    form, status = ScanForm(), 200
    if form.validate_on_submit():
        try:
            images = received(host, form.scan.data)
            with host.uow(actor) as uow:
                page = add_page(uow, item_id, images)
            notify(_("已补扫第 %(n)s 页", n=page.page_no))
            return redirect(url_for("catalogue.page_show", page_id=page.id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template("catalogue/page_add.html", form_=form, view=view), status


def received(host: Host, upload: FileStorage) -> PageImages:
    """Store an uploaded scan; the file waits in our own folder under a name of ours while it is parsed."""
    folder = host.data_dir / "tmp"
    folder.mkdir(exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="rescan-", dir=folder) as waiting:
        path = Path(waiting) / "scan"
        upload.save(path)
        return store_page(host, path, Path(upload.filename or "").name[:200])


RULES: Final[tuple[Rule, ...]] = (
    ("/items/<int:item_id>", item_page, GET),
    ("/files/<int:file_id>/items/new", item_new, FORM),
    ("/items/<int:item_id>/edit", item_edit, FORM),
    ("/items/<int:item_id>/pages/new", page_add, FORM),
)
