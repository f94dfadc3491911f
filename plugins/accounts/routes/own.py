"""One's own account: password, logins, API tokens."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import Faults, LindangError
from lindang.i18n import _
from lindang.web import OWN, SIGNED_IN, current_actor, current_host, guard, notify
from plugins.accounts.adapters.secret_texts import digest_of
from plugins.accounts.domain.lifetimes import ENDED, PASSWORD
from plugins.accounts.domain.scopes import split_prefixes
from plugins.accounts.forms import OwnPasswordForm, TokenForm, password_hint
from plugins.accounts.permissions import TOKEN_MANAGE
from plugins.accounts.queries.people import account_card, sessions_of, tokens_of
from plugins.accounts.queries.standing import get_account
from plugins.accounts.routes.entry import SESSION_KEY, requesting_client
from plugins.accounts.service.passwords import accepted_hash, owner_of, policy_of, store_password
from plugins.accounts.service.sessions import LoginRefused, check_password, end_session, end_sessions
from plugins.accounts.service.tokens import issue_token, revoke_token


def own_id() -> int:
    """Return the account of the person at this browser."""
    return current_actor().account_id or 0


@guard(SIGNED_IN, scope=OWN)
def me() -> ResponseReturnValue:
    """Show one's own account, rights and logins."""
    with current_host().view(current_actor()) as db:
        card = account_card(db, own_id())
        logins = sessions_of(db, own_id(), this=digest_of(session.get(SESSION_KEY, "")))
    return render_template("accounts/me.html", card=card, logins=logins)


@guard(SIGNED_IN, scope=OWN)
def password() -> ResponseReturnValue:
    """Change one's own password; the other logins end."""
    host, form = current_host(), OwnPasswordForm()
    policy = policy_of(host)
    if form.validate_on_submit():
        try:
            _change_password(form)
        except LoginRefused as refused:
            form.current.errors = [*form.current.errors, f"{refused.message} {refused.remedy}"]
        except LindangError as error:
            form.take_error(error)
        else:
            notify(_("密码已更改，其他地方的登录已全部退出。"))
            return redirect(url_for("accounts.me"))
    with host.view(current_actor()) as db:
        login = get_account(db, own_id()).login
    page = render_template("accounts/own_password.html", form=form, hint=password_hint(policy), login=login)
    return page, 422 if form.errors else 200


def _change_password(form: OwnPasswordForm) -> None:
    host, policy = current_host(), policy_of(current_host())
    with host.view() as db:
        account = get_account(db, own_id())
        owner = owner_of(db, account, policy)
    check_password(host, account.login, form.current.data or "", requesting_client())
    password_hash = accepted_hash(policy, owner, form.password.data or "")
    with host.uow(current_actor()) as uow:
        store_password(uow, get_account(uow.session, own_id()), password_hash)
        end_sessions(uow, own_id(), PASSWORD, keep=session.get(SESSION_KEY, ""))


@guard(SIGNED_IN, scope=OWN)
def end_own_session(session_id: int) -> ResponseReturnValue:
    """End one of one's own logins."""
    with current_host().uow(current_actor()) as uow:
        end_session(uow, own_id(), session_id, ENDED)
    notify(_("该处登录已结束"))
    return redirect(url_for("accounts.me"))


@guard(SIGNED_IN, scope=OWN)
def end_other_sessions() -> ResponseReturnValue:
    """End one's own logins everywhere else."""
    with current_host().uow(current_actor()) as uow:
        count = end_sessions(uow, own_id(), ENDED, keep=session.get(SESSION_KEY, ""))
    notify(_("已结束其他 %(n)s 处登录", n=count))
    return redirect(url_for("accounts.me"))


@guard(TOKEN_MANAGE, scope=OWN)
def tokens() -> ResponseReturnValue:
    """List one's own API tokens and make a new one; its text is shown once."""
    host, form, secret = current_host(), TokenForm(), ""
    if form.validate_on_submit():
        try:
            with host.uow(current_actor()) as uow:
                scope = tuple(split_prefixes(form.prefixes.data or ""))
                secret = issue_token(uow, own_id(), form.label.data or "", days=form.days.data or 0, prefixes=scope)
        except Faults as error:
            form.take_error(error)
        else:
            form = TokenForm(formdata=None)
    with host.view(current_actor()) as db:
        rows = tokens_of(db, own_id())
    return render_template("accounts/tokens.html", form=form, rows=rows, secret=secret), 422 if form.errors else 200


@guard(TOKEN_MANAGE, scope=OWN)
def revoke_own_token(token_id: int) -> ResponseReturnValue:
    """Make one of one's own tokens useless."""
    with current_host().uow(current_actor()) as uow:
        revoke_token(uow, own_id(), token_id)
    notify(_("密钥已撤销"))
    return redirect(url_for("accounts.tokens"))
