"""林权证 and 宗地: the certificate's page, keying with the scan beside the form, editing, the full ID number on request.

Keying runs without the mouse: Enter saves and opens the next parcel, which begins with what parcels of one certificate
share; after the last one the next household of the village is a button away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import LindangError
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from models.archive import ArchiveFile
from models.checklist import household_classes
from models.register import Certificate, Parcel
from plugins.catalogue.forms import CertificateForm, ParcelForm
from plugins.catalogue.permissions import CERTIFICATE_EDIT, FILE_READ, ID_REVEAL
from plugins.catalogue.queries.certificates import CertificateView, certificate_view, next_unkeyed_file, parcel_row
from plugins.catalogue.queries.filepage import file_view
from plugins.catalogue.queries.places import Place
from plugins.catalogue.queries.viewer import PageRef, page_words, pages_of_file
from plugins.catalogue.routes.common import FORM, GET, POST, Rule, number, panels_of, viewer_page
from plugins.catalogue.service.certificates import (
    Confirmation,
    add_parcel,
    edit_certificate,
    edit_parcel,
    key_certificate,
    reveal_id_no,
)
from plugins.catalogue.service.reading import note_certificate
from plugins.catalogue.words import STATE_TONES, field_label

CERTIFICATE_COPY: Final = "D11"
"""Document type of the certificate's own copy in the shipped checklist; only decides which page is shown first."""

CARRIED_CERTIFICATE: Final = ("issue_state", "issuer", "holder_type", "id_type", "co_mode")
"""What the certificates of one village usually share."""

CARRIED_PARCEL: Final = (
    "group_name",
    "location",
    "land_owner",
    "land_use_holder",
    "tree_owner",
    "tree_use_holder",
    "forest_category",
    "origin",
    "forest_class",
    "acquisition",
    "term_years",
    "term_start",
)
"""What the parcels of one certificate usually share."""


@guard(FILE_READ, scope=DIVISION)
def certificate_page(certificate_id: int) -> ResponseReturnValue:
    """Show one certificate with its parcels."""
    return _page(certificate_id)


def _page(certificate_id: int, revealed: str = "") -> str:
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        view = certificate_view(session, actor, certificate_id)
        words = render_template(
            "catalogue/certificate.html",
            view=view,
            revealed=revealed,
            panels=panels_of(host, session, actor, "certificate", certificate_id),
            state_tones=STATE_TONES,
            field_label=field_label,
        )
    note_certificate(host, actor, view.row.id, view.row.archive_file_id, view.row.division_code)
    return words


@guard(ID_REVEAL, scope=DIVISION)
def certificate_reveal(certificate_id: int) -> ResponseReturnValue:
    """Show the full ID number once; who and why go on record."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        plain = reveal_id_no(uow, certificate_id, request.form.get("reason", ""))
    return _page(certificate_id, plain)


@guard(CERTIFICATE_EDIT, scope=DIVISION)
def certificate_new(file_id: int) -> ResponseReturnValue:
    """Key the certificate of a 案卷."""
    host, actor = current_host(), current_actor()
    form = CertificateForm()
    with host.view(actor) as session:
        view = file_view(session, actor, file_id)
        form.offer(session)
        if request.method == "GET":
            form.fill(_carried_certificate(session, view.row))
        scans = _scans(session, actor, file_id)
    status = 200
    if request.method == "POST" and form.validate():
        try:
            with host.uow(actor) as uow:
                made = key_certificate(uow, file_id, form.raw, _confirmation(form))
            notify(_("林权证 %(no)s 已保存，请接着录入宗地", no=made.cert_no))
            return redirect(url_for("catalogue.parcel_new", certificate_id=made.id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template(
        "catalogue/certificate_form.html", form_=form, file=view.row, place=view.place, scans=scans, row=None
    ), status


def _carried_certificate(session: Session, file: ArchiveFile) -> dict[str, Any]:
    query = select(Certificate).where(Certificate.division_code == file.division_code).order_by(Certificate.id.desc())
    last = session.scalar(query.limit(1))
    carried = {name: getattr(last, name) for name in CARRIED_CERTIFICATE} if last else {"issue_state": "ISSUED"}
    return {**carried, "holder_name": file.holder_name}


def _confirmation(form: CertificateForm) -> Confirmation:
    return Confirmation(
        as_written=bool(form.as_written.data),
        duplicate=bool(form.duplicate.data),
    )


@guard(CERTIFICATE_EDIT, scope=DIVISION)
def certificate_edit(certificate_id: int) -> ResponseReturnValue:
    """Edit a certificate."""
    host, actor = current_host(), current_actor()
    form = CertificateForm()
    with host.view(actor) as session:
        view = certificate_view(session, actor, certificate_id)
        form.offer(session)
        if request.method == "GET":
            form.fill(_certificate_values(view.row))
        scans = _scans(session, actor, view.row.archive_file_id)
        file = session.get(ArchiveFile, view.row.archive_file_id) if view.row.archive_file_id else None
    status = 200
    if request.method == "POST" and form.validate():
        try:
            with host.uow(actor) as uow:
                edit_certificate(uow, certificate_id, form.raw, _confirmation(form), version=form.version.data)
            notify(_("林权证已保存"))
            return redirect(url_for("catalogue.certificate_page", certificate_id=certificate_id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template(
        "catalogue/certificate_form.html", form_=form, file=file, place=view.place, scans=scans, row=view.row
    ), status


def _certificate_values(row: Certificate) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in Certificate.__table__.columns}
    return values | {"co_holders": "、".join(row.co_holders)}


@guard(CERTIFICATE_EDIT, scope=DIVISION)
def parcel_new(certificate_id: int) -> ResponseReturnValue:
    """Key the next parcel of a certificate."""
    host, actor = current_host(), current_actor()
    form = ParcelForm()
    with host.view(actor) as session:
        view = certificate_view(session, actor, certificate_id)
        form.offer(session)
        if request.method == "GET":
            form.fill(_carried_parcel(view, everything=request.args.get("copy") == "last"))
        scans = _scans(session, actor, view.row.archive_file_id)
        following = _following(session, actor, view)
    status = 200
    if request.method == "POST" and form.validate():
        try:
            with host.uow(actor) as uow:
                parcel = add_parcel(uow, certificate_id, form.raw)
            notify(_("第 %(n)s 宗已保存：%(no)s，%(area)s 亩", n=parcel.seq, no=parcel.parcel_no, area=parcel.area_mu))
            return redirect(_after_parcel(certificate_id, following))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template(
        "catalogue/parcel_form.html", form_=form, view=view, scans=scans, row=None, following=following
    ), status


def _following(session: Session, actor: Actor, view: CertificateView) -> int | None:
    file_id = view.row.archive_file_id
    return next_unkeyed_file(session, actor, file_id, household_classes(session)) if file_id else None


def _after_parcel(certificate_id: int, following: int | None) -> str:
    match request.form.get("then"):
        case "done":
            return url_for("catalogue.certificate_page", certificate_id=certificate_id)
        case "next_file" if following is not None:
            return url_for("catalogue.certificate_new", file_id=following)
        case _:
            return url_for("catalogue.parcel_new", certificate_id=certificate_id)


def _carried_parcel(view: CertificateView, *, everything: bool) -> Mapping[str, Any]:
    """Begin with what the last parcel shares with the next; the first one with what the certificate tells."""
    if view.parcels:
        values = _parcel_values(view.parcels[-1].row)
        return values | {"parcel_no": ""} if everything else {name: values[name] for name in CARRIED_PARCEL}
    holder = view.row.holder_name
    rights = dict.fromkeys(("land_use_holder", "tree_owner", "tree_use_holder"), holder)
    return {**rights, "location": _location(view.place)}


def _location(place: Place) -> str:
    return place.path.replace(" ", "") if place.path != place.code else ""


def _parcel_values(row: Parcel) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in Parcel.__table__.columns}
    return values | {"area_mu": row.area_as_written, "term_end": "长期" if row.is_term_open else row.term_end}


@guard(CERTIFICATE_EDIT, scope=DIVISION)
def parcel_edit(parcel_id: int) -> ResponseReturnValue:
    """Edit a parcel."""
    host, actor = current_host(), current_actor()
    form = ParcelForm()
    with host.view(actor) as session:
        row = parcel_row(session, actor, parcel_id)
        view = certificate_view(session, actor, row.certificate_id)
        form.offer(session)
        if request.method == "GET":
            form.fill(_parcel_values(row))
        scans = _scans(session, actor, view.row.archive_file_id)
    status = 200
    if request.method == "POST" and form.validate():
        try:
            with host.uow(actor) as uow:
                edit_parcel(uow, parcel_id, form.raw, version=form.version.data)
            notify(_("宗地已保存"))
            return redirect(url_for("catalogue.certificate_page", certificate_id=view.row.id))
        except LindangError as error:
            form.take_error(error)
            status = error.http_status
    return render_template(
        "catalogue/parcel_form.html", form_=form, view=view, scans=scans, row=row, following=None
    ), status


def _scans(session: Session, actor: Actor, file_id: int | None) -> dict[str, Any]:
    """Return the pages of the file for the viewer beside the form; turning them stays on this form's address."""
    refs = pages_of_file(session, file_id) if file_id is not None else ()
    current = _first_shown(refs, number("shown"))
    return {
        "current": current,
        "text": page_words(session, actor, refs[current].id)["text"] or None if refs else None,
        "pages": [viewer_page(ref, f"{request.path}?shown={ref.id}") for ref in refs],
    }


def _first_shown(refs: Sequence[PageRef], shown: int | None) -> int:
    """Begin with the page asked for, else with the copy of the certificate itself, else with the first."""
    asked = (index for index, ref in enumerate(refs) if ref.id == shown)
    copies = (index for index, ref in enumerate(refs) if ref.doc_type == CERTIFICATE_COPY)
    return next(asked, next(copies, 0))


RULES: Final[tuple[Rule, ...]] = (
    ("/certificates/<int:certificate_id>", certificate_page, GET),
    ("/certificates/<int:certificate_id>/id-number", certificate_reveal, POST),
    ("/files/<int:file_id>/certificate/new", certificate_new, FORM),
    ("/certificates/<int:certificate_id>/edit", certificate_edit, FORM),
    ("/certificates/<int:certificate_id>/parcels/new", parcel_new, FORM),
    ("/parcels/<int:parcel_id>/edit", parcel_edit, FORM),
)
