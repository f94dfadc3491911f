"""The packages of a batch: order one, see how far it is and what came of it, take it away as one file."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput, Conflict
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from models.packages import WRITTEN
from plugins.handover.domain.states import FROZEN_STATES
from plugins.handover.forms import PackageForm
from plugins.handover.packaging.sm3 import has_sm3
from plugins.handover.packaging.zipped import zipped
from plugins.handover.permissions import SEND
from plugins.handover.queries.batches import find_batch
from plugins.handover.queries.packages import package_rows
from plugins.handover.service.packing import (
    HERE,
    HERE_LABEL,
    PackageOrder,
    find_package,
    order_package,
    place_of,
    targets_of,
)


@guard(SEND, scope=DIVISION)
def packages(batch_id: int) -> ResponseReturnValue:
    """Show the packages of a batch; order one."""
    host, actor, form = current_host(), current_actor(), PackageForm()
    places = targets_of(host)
    form.offer([(name, str(HERE_LABEL) if name == HERE else f"{name}（{path}）") for name, path in places.items()])
    if form.validate_on_submit():
        order = PackageOrder(
            layout=form.layout.data,
            target=form.target.data,
            carrier_mb=form.carrier_mb.data or 0,
            with_sm3=bool(form.with_sm3.data),
        )
        try:
            with host.uow(actor) as uow:
                order_package(uow, batch_id, order)
        except BadInput as error:
            form.take_error(error)
        else:
            notify(_("移交包在后台制作，进度见下。"))
            return redirect(url_for("handover.packages", batch_id=batch_id))
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        rows = package_rows(db, batch)
    page = render_template(
        "handover/packages.html",
        wtform=form,
        batch=batch,
        rows=rows,
        places={row.package.id: places.get(row.package.target) for row in rows},
        here=HERE,
        here_label=HERE_LABEL,
        is_frozen=batch.state in FROZEN_STATES,
        has_sm3=has_sm3(),
    )
    return page, 422 if form.errors else 200


@guard(SEND, scope=DIVISION)
def packages_progress(batch_id: int) -> ResponseReturnValue:
    """Answer the fragment that shows how far the packages are; when none is written any more, the page is asked for anew."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        batch = find_batch(db, actor, batch_id)
        rows = [row for row in package_rows(db, batch) if row.is_running]
    fragment = render_template("handover/_packages_progress.html", batch=batch, running=rows)
    return fragment, 200, {} if rows else {"HX-Refresh": "true"}


@guard(SEND, scope=DIVISION)
def package_download(batch_id: int, package_id: int) -> ResponseReturnValue:
    """Send a written package as one ZIP file, read from its place while it is sent."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        package = find_package(db, actor, batch_id, package_id)
    place = place_of(host, package)
    if package.state != WRITTEN or not place.is_dir():
        raise Conflict(
            _("移交包不在 %(place)s", place=str(place)), remedy=_("还没有做好，或已被移走；可以重新做一次，内容相同。")
        )
    if request.method == "HEAD":
        return Response(mimetype="application/zip")
    response = Response(zipped(place), mimetype="application/zip")
    name = quote(f"{package.folder}.zip")
    response.headers["Content-Disposition"] = f"attachment; filename=\"package.zip\"; filename*=UTF-8''{name}"
    return response
