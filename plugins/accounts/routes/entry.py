"""Coming in and going out: login, log-out, one-time links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from lindang.addresses import local_path
from lindang.auth import Actor
from lindang.errors import LindangError
from lindang.i18n import _
from lindang.web import OWN, PUBLIC, SIGNED_IN, current_actor, current_host, guard, notify
from models.account import FIRST_START, SetupToken
from plugins.accounts.domain.officers import ARCHIVIST, OFFICERS, ROLES
from plugins.accounts.domain.scopes import split_prefixes
from plugins.accounts.forms import LoginForm, NewPasswordForm, first_start_form, password_hint
from plugins.accounts.queries.standing import get_account
from plugins.accounts.service.accounts import set_password_by_link
from plugins.accounts.service.first_start import Newcomer, admit_first, hashes_of, missing_officers
from plugins.accounts.service.links import find_link
from plugins.accounts.service.passwords import accepted_hash, owner_of, policy_of
from plugins.accounts.service.sessions import Client, LoginRefused, log_in, log_out

SESSION_KEY = "sid"


def requesting_client() -> Client:
    """Return where the request comes from."""
    return Client(request.remote_addr or "", request.user_agent.string)


@guard(SIGNED_IN, scope=PUBLIC)
def login() -> ResponseReturnValue:
    """Ask for name and password; a wrong pair, an unknown name and a closed account get the same answer."""
    form = LoginForm(next=request.args.get("next", ""))
    target = local_path(form.next.data or "")
    if current_actor().is_authenticated:
        return redirect(target)
    if not form.validate_on_submit():
        return render_template("accounts/login.html", form=form)
    try:
        entry = log_in(current_host(), form.login.data or "", form.password.data or "", requesting_client())
    except LoginRefused as refused:
        return render_template("accounts/login.html", form=form, refused=refused), refused.http_status
    if entry.renewal:
        notify(_("密码已到期，请先设定新密码。"), "warning")
        return redirect(url_for("accounts.setup", secret=entry.renewal))
    _start_session(entry.session)
    return redirect(target)


def _start_session(secret: str) -> None:
    """Put the new id into an otherwise empty cookie: nothing from before the login lives on, but the language."""
    locale = session.get("locale")
    session.clear()
    session[SESSION_KEY] = secret
    if locale:
        session["locale"] = locale


@guard(SIGNED_IN, scope=OWN)
def logout() -> Response:
    """End the session here and on the server, and ask the browser to forget what it kept."""
    with current_host().uow(current_actor()) as uow:
        log_out(uow, session.get(SESSION_KEY, ""))
    session.clear()
    response = make_response(redirect(url_for("accounts.login")))
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@guard(SIGNED_IN, scope=PUBLIC)
def setup(secret: str) -> ResponseReturnValue:
    """Serve a one-time link: the first officers, or one person's password."""
    host = current_host()
    with host.view() as db:
        link = find_link(db, secret, host.clock.now())
    return _first_start(secret) if link.purpose == FIRST_START else _set_password(secret, link)


def _set_password(secret: str, link: SetupToken) -> ResponseReturnValue:
    host, form = current_host(), NewPasswordForm()
    policy = policy_of(host)
    with host.view() as db:
        account = get_account(db, link.account_id or 0)
        owner = owner_of(db, account, policy)
    if form.validate_on_submit():
        try:
            password_hash = accepted_hash(policy, owner, form.password.data or "")
            with host.uow(Actor(account_id=account.id, name=account.name)) as uow:
                set_password_by_link(uow, secret, password_hash)
        except LindangError as error:
            form.take_error(error)
        else:
            notify(_("密码已设定，请登录。"))
            return redirect(url_for("accounts.login"))
    page = render_template("accounts/set_password.html", form=form, account=account, hint=password_hint(policy))
    return page, 422 if form.errors else 200


def _first_start(secret: str) -> ResponseReturnValue:
    host = current_host()
    missing = missing_officers(host)
    complete = len(missing) == len(OFFICERS)
    form = first_start_form(missing, with_archivist=complete)
    if form.validate_on_submit():
        try:
            newcomers = _newcomers(form, missing)
            hashes = hashes_of(policy_of(host), newcomers)
            with host.uow(host.system_actor(_("一次性链接"), channel="setup")) as uow:
                admitted = admit_first(uow, secret, newcomers, hashes)
        except LindangError as error:
            form.take_error(error)
        else:
            return render_template("accounts/first_start_done.html", admitted=admitted, titles=_titles())
    page = render_template(
        "accounts/first_start.html",
        form=form,
        blocks=[role for role in ROLES if role.key in missing],
        archivist=ARCHIVIST if complete else "",
        hint=password_hint(policy_of(host)),
    )
    return page, 422 if form.errors else 200


def _titles() -> dict[str, str]:
    return {role.key: str(role.title) for role in ROLES}


def _newcomers(form: Any, missing: tuple[str, ...]) -> list[Newcomer]:
    people = [_newcomer(form, role) for role in missing]
    if f"{ARCHIVIST}_login" in form and form[f"{ARCHIVIST}_login"].data:
        scope = tuple(split_prefixes(form[f"{ARCHIVIST}_prefixes"].data or ""))
        people.append(replace(_newcomer(form, ARCHIVIST), prefixes=scope))
    return people


def _newcomer(form: Any, role: str) -> Newcomer:
    login, name, password = (form[f"{role}_{part}"].data or "" for part in ("login", "name", "password"))
    return Newcomer(role, login, name, password)
