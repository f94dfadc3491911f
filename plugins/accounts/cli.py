"""``lindang user …``: accounts from the server's command line.

Whoever may run this owns the machine and the data folder, so the two-person rule cannot be kept here; every command is in
the journal under the channel ``cli`` and the name of the operating-system user. Separation of roles holds here as
everywhere.
"""

from __future__ import annotations

import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.cli import cli_actor, emit_json, with_host
from lindang.errors import BadInput, NotFound
from lindang.host import Host
from lindang.i18n import _
from models.account import ACTIVATE, RESET, Account
from models.place import Org
from plugins.accounts.domain.lifetimes import PASSWORD
from plugins.accounts.domain.logins import normalise_login
from plugins.accounts.domain.officers import ROLE_KEYS
from plugins.accounts.domain.rights import make_rights
from plugins.accounts.queries.paging import Place
from plugins.accounts.queries.people import AccountFilter, account_list
from plugins.accounts.queries.standing import account_of_login, roles_of
from plugins.accounts.service.accounts import Person, admit, disable_account, enable_account
from plugins.accounts.service.links import issue_link
from plugins.accounts.service.passwords import PasswordOwner, accepted_hash, owner_of, policy_of, store_password
from plugins.accounts.service.sessions import end_sessions, unlock
from plugins.accounts.service.tokens import issue_token

EVERYTHING = 1_000_000


@click.group("user")
def user() -> None:
    """账号：新建、列出、密码、密钥、停用。"""


@user.command("add")
@click.argument("login")
@click.option("--name", required=True, help="姓名")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLE_KEYS), help="角色，可重复")
@click.option("--prefix", "prefixes", multiple=True, help="辖区：行政区划代码，可重复；三员不需要")
@click.option("--org", default="", help="单位代码")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码；不给则输出一次性链接")
@with_host
def add(host: Host, login: str, name: str, *, password_stdin: bool, org: str, **rights_of: tuple[str, ...]) -> None:
    """新建一个可立即使用的账号。"""
    rights = make_rights(rights_of["roles"], rights_of["prefixes"])
    password_hash = ""
    if password_stdin:
        password_hash = accepted_hash(policy_of(host), PasswordOwner(normalise_login(login), name), _read_password())
    with host.uow(cli_actor()) as uow:
        account = admit(uow, Person(login, name, _org_id(uow.session, org)), rights)
        if password_hash:
            store_password(uow, account, password_hash)
            secret = ""
        else:
            secret = issue_link(uow, ACTIVATE, account.id, host.settings.plugin("accounts").link_lifetime)
    click.echo(_("账号 %(login)s 已建立（%(id)s）", login=account.login, id=account.id))
    _print_link(host, secret)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="每个账号一行 JSON")
@with_host
def list_users(host: Host, as_json: bool) -> None:
    """列出账号。"""
    with host.view() as db:
        page = account_list(db, AccountFilter(), Place(1, EVERYTHING))
        keys = {row.id: sorted(roles_of(db, row.id)) for row in page.rows}
    for row in page.rows:
        if as_json:
            facts = {"id": row.id, "login": row.login, "name": row.name, "state": row.state, "org": row.org}
            emit_json({**facts, "roles": keys[row.id], "prefixes": row.prefixes, "last_login_at": row.last_login_at})
        else:
            click.echo(
                f"{row.login:<16} {row.name:<10} {row.state_label}  {'、'.join(row.roles)}  {' '.join(row.prefixes)}"
            )


@user.command("passwd")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="从标准输入读新密码；不给则输出一次性链接")
@with_host
def passwd(host: Host, login: str, password_stdin: bool) -> None:
    """重设密码：原有登录全部退出。"""
    with host.view() as db:
        owner = owner_of(db, _account(db, login), policy_of(host))
    password_hash = accepted_hash(policy_of(host), owner, _read_password()) if password_stdin else ""
    with host.uow(cli_actor()) as uow:
        account = _account(uow.session, login)
        end_sessions(uow, account.id, PASSWORD)
        unlock(uow, account.id)
        if password_hash:
            store_password(uow, account, password_hash)
            secret = ""
        else:
            account.password_hash = ""
            secret = issue_link(uow, RESET, account.id, host.settings.plugin("accounts").link_lifetime)
    click.echo(_("%(login)s 的密码已重设", login=account.login))
    _print_link(host, secret)


@user.command("token")
@click.argument("login")
@click.option("--label", default="lindang user token", help="用途")
@click.option("--days", default=90, type=click.IntRange(1), help="有效天数")
@click.option("--prefix", "prefixes", multiple=True, help="比账号更小的辖区，可重复")
@with_host
def token(host: Host, login: str, label: str, days: int, prefixes: tuple[str, ...]) -> None:
    """新建接口密钥；只在标准输出显示这一次。"""
    with host.uow(cli_actor()) as uow:
        account = _account(uow.session, login)
        secret = issue_token(uow, account.id, label, days=days, prefixes=prefixes)
    click.echo(secret)


@user.command("disable")
@click.argument("login")
@click.option("--reason", default="", help="原因")
@with_host
def disable(host: Host, login: str, reason: str) -> None:
    """停用账号。"""
    with host.uow(cli_actor()) as uow:
        account = _account(uow.session, login)
        disable_account(uow, account.id, version=account.version, reason=reason)
    click.echo(_("%(login)s 已停用", login=account.login))


@user.command("enable")
@click.argument("login")
@with_host
def enable(host: Host, login: str) -> None:
    """重新启用账号。"""
    with host.uow(cli_actor()) as uow:
        account = _account(uow.session, login)
        enable_account(uow, account.id, version=account.version)
    click.echo(_("%(login)s 已启用", login=account.login))


@user.command("unlock")
@click.argument("login")
@with_host
def unlock_login(host: Host, login: str) -> None:
    """解除登录锁定。"""
    with host.uow(cli_actor()) as uow:
        unlock(uow, _account(uow.session, login).id)
    click.echo(_("%(login)s 的登录锁定已解除", login=login))


def _account(session: Session, login: str) -> Account:
    account = account_of_login(session, normalise_login(login))
    if account is None:
        raise NotFound(_("没有账号“%(login)s”", login=login))
    return account


def _org_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    org_id = session.scalar(select(Org.id).where(Org.code == code))
    if org_id is None:
        raise NotFound(_("没有代码为“%(code)s”的单位", code=code))
    return org_id


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise BadInput(_("标准输入里没有密码"), remedy=_("例如：echo '…' | lindang user add … --password-stdin"))
    return password


def _print_link(host: Host, secret: str) -> None:
    if secret:
        settings = host.settings.host
        click.echo(_("一次性链接（只能用一次）："))
        click.echo(f"  http://{settings.address}:{settings.port}/accounts/setup/{secret}")
