"""Accounts, for the officers: list, new, approve, rights, close, open, reset, unlock, end logins."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork
from lindang.web import NONE, current_actor, current_host, guard, notify, page_number
from models.account import PENDING
from plugins.accounts.domain.lifetimes import ENDED
from plugins.accounts.domain.officers import ROLES
from plugins.accounts.domain.rights import make_rights
from plugins.accounts.domain.scopes import split_prefixes
from plugins.accounts.forms import PersonForm, ReasonForm, RightsForm
from plugins.accounts.permissions import (
    ACCOUNT_APPROVE,
    ACCOUNT_CREATE,
    ACCOUNT_DISABLE,
    ACCOUNT_READ,
    SESSION_END,
)
from plugins.accounts.queries.paging import SIZES, Place
from plugins.accounts.queries.people import (
    STATE_LABELS,
    AccountCard,
    AccountFilter,
    account_card,
    account_list,
    org_choices,
    sessions_of,
)
from plugins.accounts.queries.standing import login_lock
from plugins.accounts.service.accounts import (
    Person,
    approve_account,
    create_account,
    disable_account,
    enable_account,
    reset_password,
    set_rights,
)
from plugins.accounts.service.sessions import end_sessions, throttle_of, unlock


def page_place() -> Place:
    """Return which part of a list the address asks for."""
    size = request.args.get("per_page", SIZES[0], type=int)
    return Place(page_number(), size if size in SIZES else SIZES[0])


@guard(ACCOUNT_READ, scope=NONE)
def account_index() -> ResponseReturnValue:
    """List the accounts, those that wait for approval first."""
    wanted = AccountFilter(*(request.args.get(key, "").strip() for key in ("words", "state", "role")))
    with current_host().view(current_actor()) as db:
        page = account_list(db, wanted, page_place())
    return render_template(
        "accounts/index.html",
        page=page,
        states=[(key, str(label)) for key, label in STATE_LABELS.items()],
        roles=[(role.key, str(role.title)) for role in ROLES],
    )


@guard(ACCOUNT_CREATE, scope=NONE)
def new_account() -> ResponseReturnValue:
    """Create an account that waits for approval."""
    host, form = current_host(), PersonForm()
    with host.view() as db:
        form.offer_orgs(org_choices(db))
    if form.validate_on_submit():
        org_id = int(form.org_id.data) if form.org_id.data else None
        person = Person(form.login.data or "", form.name.data or "", org_id, form.remark.data or "")
        try:
            with host.uow(current_actor()) as uow:
                account = create_account(uow, person)
        except Faults as error:
            form.take_error(error)
        else:
            notify(_("账号“%(login)s”已建立，等待安全保密管理员审批", login=account.login))
            return redirect(url_for("accounts.account_page", account_id=account.id))
    return render_template("accounts/new.html", form=form), 422 if form.errors else 200


@guard(ACCOUNT_READ, scope=NONE)
def account_page(account_id: int) -> ResponseReturnValue:
    """Show one account, and what may be done with it."""
    return _show(account_id, _rights_form(account_id))


def _rights_form(account_id: int) -> RightsForm:
    with current_host().view(current_actor()) as db:
        card = account_card(db, account_id)
    prefixes = "\n".join(prefix for prefix, _name in card.prefixes)
    form = RightsForm(formdata=None, roles=sorted(card.role_keys), prefixes=prefixes, version=card.version)
    form.offer_roles()
    return form


def _show(account_id: int, form: RightsForm, status: int = 200) -> ResponseReturnValue:
    host = current_host()
    with host.view(current_actor()) as db:
        card = account_card(db, account_id)
        logins = sessions_of(db, account_id)
        digest = host.vault.digest(card.login)
        locked = login_lock(db, throttle_of(host), host.clock.now(), login_digest=digest)
    page = render_template("accounts/account.html", card=card, logins=logins, form=form, locked=locked, waits=PENDING)
    return page, status


@guard(ACCOUNT_APPROVE, scope=NONE)
def approve(account_id: int) -> ResponseReturnValue:
    """Make a waiting account active with the chosen rights and show its activation link, once."""
    form = RightsForm()
    form.offer_roles()
    if not form.validate_on_submit():
        return _show(account_id, form, 422)
    try:
        rights = make_rights(form.roles.data or (), split_prefixes(form.prefixes.data or ""))
        with current_host().uow(current_actor()) as uow:
            secret = approve_account(uow, account_id, rights, version=form.version.data)
    except Faults as error:
        form.take_error(error)
        return _show(account_id, form, 422)
    return _link_page(account_id, secret)


def _link_page(account_id: int, secret: str) -> ResponseReturnValue:
    host = current_host()
    with host.view(current_actor()) as db:
        card: AccountCard = account_card(db, account_id)
    hours = host.settings.plugin("accounts").link_hours
    return render_template("accounts/link.html", card=card, secret=secret, hours=hours)


@guard(ACCOUNT_APPROVE, scope=NONE)
def change_rights(account_id: int) -> ResponseReturnValue:
    """Replace the roles and scopes of an account."""
    form = RightsForm()
    form.offer_roles()
    if not form.validate_on_submit():
        return _show(account_id, form, 422)
    try:
        rights = make_rights(form.roles.data or (), split_prefixes(form.prefixes.data or ""))
        with current_host().uow(current_actor()) as uow:
            set_rights(uow, account_id, rights, version=form.version.data)
    except Faults as error:
        form.take_error(error)
        return _show(account_id, form, 422)
    notify(_("角色和辖区已更改，该账号的登录已全部退出"))
    return redirect(url_for("accounts.account_page", account_id=account_id))


def _act(account_id: int, command: Callable[[UnitOfWork], object], done: str) -> ResponseReturnValue:
    with current_host().uow(current_actor()) as uow:
        command(uow)
    notify(done)
    return redirect(url_for("accounts.account_page", account_id=account_id))


@guard(ACCOUNT_DISABLE, scope=NONE)
def disable(account_id: int) -> ResponseReturnValue:
    """Close an account."""
    form = ReasonForm()
    return _act(
        account_id,
        lambda uow: disable_account(uow, account_id, version=form.version.data, reason=form.reason.data or ""),
        _("账号已停用，它的登录和密钥不再有效"),
    )


@guard(ACCOUNT_APPROVE, scope=NONE)
def enable(account_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    version = ReasonForm().version.data
    return _act(account_id, lambda uow: enable_account(uow, account_id, version=version), _("账号已启用"))


@guard(ACCOUNT_APPROVE, scope=NONE)
def reset(account_id: int) -> ResponseReturnValue:
    """Make the password useless and show a link for a new one, once."""
    version = ReasonForm().version.data
    with current_host().uow(current_actor()) as uow:
        secret = reset_password(uow, account_id, version=version)
    return _link_page(account_id, secret)


@guard(ACCOUNT_APPROVE, scope=NONE)
def unlock_account(account_id: int) -> ResponseReturnValue:
    """Forgive the failed logins of an account."""
    return _act(account_id, lambda uow: unlock(uow, account_id), _("登录锁定已解除"))


@guard(SESSION_END, scope=NONE)
def end_account_sessions(account_id: int) -> ResponseReturnValue:
    """End all logins of an account."""

    def command(uow: UnitOfWork) -> None:
        account_card(uow.session, account_id)
        end_sessions(uow, account_id, ENDED)

    return _act(account_id, command, _("该账号的登录已全部结束"))
