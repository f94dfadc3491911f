"""Agencies: the list, one agreement, its keys."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import LindangError, StaleVersion
from lindang.i18n import _
from lindang.web import DIVISION, NONE, current_actor, current_host, guard, notify
from models.sharing import SUSPENDED
from plugins.sharing.domain.days import office_day
from plugins.sharing.forms import AgreementForm, KeyForm, NewAgencyForm
from plugins.sharing.permissions import AGENCY_MANAGE, AGENCY_READ
from plugins.sharing.queries.agencies import (
    Agreement,
    agency_rows,
    agreement,
    find_agency,
    orgs_without_agreement,
    queries_of,
    token_rows,
    used_on,
)
from plugins.sharing.service.agencies import add_agency, change_agency, issue_key, revoke_key


@guard(AGENCY_READ, scope=DIVISION)
def agencies() -> ResponseReturnValue:
    """List the agencies."""
    host, actor = current_host(), current_actor()
    now = host.clock.now()
    today = office_day(now)
    with host.view(actor) as session:
        rows = agency_rows(session, actor, now, today)
    return render_template("sharing/agencies.html", rows=rows, today=today)


@guard(AGENCY_MANAGE, scope=NONE)
def new_agency() -> ResponseReturnValue:
    """Enter an agreement with an organisation."""
    host, actor, form = current_host(), current_actor(), NewAgencyForm()
    with host.view(actor) as session:
        orgs = orgs_without_agreement(session)
    form.offer(orgs)
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                made = add_agency(uow, form.org_id.data, form.draft())
        except LindangError as error:
            form.take_error(error)
        else:
            notify(_("共享单位已登记"))
            return redirect(url_for("sharing.agency", agency_id=made.id))
    return render_template("sharing/agency_new.html", form=form, orgs=orgs), 422 if form.errors else 200


@guard(AGENCY_MANAGE, scope=NONE)
def agency(agency_id: int) -> ResponseReturnValue:
    """Show and change one agreement."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        standing = agreement(session, find_agency(session, actor, agency_id))
    form = AgreementForm(data=_values(standing)) if request.method == "GET" else AgreementForm()
    if form.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                change_agency(
                    uow, agency_id, form.draft(), version=form.version.data, is_suspended=form.is_suspended.data
                )
        except StaleVersion:
            raise
        except LindangError as error:
            form.take_error(error)
        else:
            notify(_("共享协议已保存"))
            return redirect(url_for("sharing.agency", agency_id=agency_id))
    return _agency_page(standing, form, KeyForm(formdata=None))


def _agency_page(standing: Agreement, form: AgreementForm, key: KeyForm, secret: str = "") -> ResponseReturnValue:
    host, actor = current_host(), current_actor()
    now = host.clock.now()
    today = office_day(now)
    with host.view(actor) as session:
        page = render_template(
            "sharing/agency.html",
            agreed=standing,
            form=form,
            key_form=key,
            secret=secret,
            today=today,
            tokens=token_rows(session, standing.id),
            used=used_on(session, standing.id, today),
            asked=queries_of(session, standing.id),
        )
    return page, 422 if form.errors or key.errors else 200


def _values(standing: Agreement) -> dict[str, object]:
    return {
        "version": standing.version,
        "document": standing.document,
        "contact": standing.contact,
        "valid_from": standing.valid_from,
        "valid_to": standing.valid_to,
        "daily_quota": standing.daily_quota,
        "prefixes": "\n".join(standing.prefixes),
        "groups": list(standing.groups),
        "is_suspended": standing.state == SUSPENDED,
    }


@guard(AGENCY_MANAGE, scope=NONE)
def new_key(agency_id: int) -> ResponseReturnValue:
    """Make a key for a program of the agency; it is shown on the page that answers, and never again."""
    host, actor, key = current_host(), current_actor(), KeyForm()
    secret = ""
    with host.view(actor) as session:
        standing = agreement(session, find_agency(session, actor, agency_id))
    if key.validate_on_submit():
        try:
            with host.uow(actor) as uow:
                secret = issue_key(uow, agency_id, key.label.data or "", key.days.data or 0)
        except LindangError as error:
            key.take_error(error)
    return _agency_page(standing, AgreementForm(formdata=None, data=_values(standing)), key, secret)


@guard(AGENCY_MANAGE, scope=NONE)
def revoke(agency_id: int, token_id: int) -> ResponseReturnValue:
    """Take a key back."""
    with current_host().uow(current_actor()) as uow:
        revoke_key(uow, agency_id, token_id)
    notify(_("密钥已撤销，立即失效"))
    return redirect(url_for("sharing.agency", agency_id=agency_id))
