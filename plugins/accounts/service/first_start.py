"""The first start: one link with which the three officers, and if wanted a first archivist, come into being.

No account exists yet that could create or approve, so the link itself is the authority: it is printed only on the server's
console, works once, and only for officer roles that nobody holds. Separation holds from the first minute, because the
form asks for three persons and the roles can never meet in one account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lindang.errors import Conflict, Fault, Faults
from lindang.host import Host
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.account import ACTIVATE, FIRST_START
from plugins.accounts.domain.logins import normalise_login
from plugins.accounts.domain.officers import OFFICERS
from plugins.accounts.domain.passwords import PasswordPolicy
from plugins.accounts.domain.rights import Rights, make_rights
from plugins.accounts.queries.standing import holders
from plugins.accounts.service.accounts import Person, admit
from plugins.accounts.service.links import issue_link, use_link
from plugins.accounts.service.passwords import PasswordOwner, accepted_hash, store_password


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One block of the set-up form. An empty password means: this person gets a link of his own."""

    role: str
    login: str
    name: str
    password: str = ""
    prefixes: tuple[str, ...] = ()

    @property
    def rights(self) -> Rights:
        """The one role, and its scope. Raises Faults."""
        return make_rights([self.role], self.prefixes)

    def faults_of(self, error: Faults) -> list[Fault]:
        """Return the faults at the fields of this block."""
        return [Fault(f"{self.role}_{fault.where}", fault.message, fault.remedy) for fault in error.faults]


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of a newcomer: his login name, and the secret of his link when he still has to set a password."""

    role: str
    login: str
    name: str
    link: str


def missing_officers(host: Host) -> tuple[str, ...]:
    """Return the officer roles that no active account holds, in their order."""
    with host.view() as db:
        held = holders(db)
    return tuple(role for role in OFFICERS if not held.get(role))


def setup_links(host: Host) -> list[str]:
    """Return the lines that the start prints while an officer is missing: the set-up link; empty afterwards."""
    missing = missing_officers(host)
    if not missing:
        return []
    settings = host.settings.host
    hours = host.settings.plugin("accounts").link_hours
    with host.uow(host.system_actor(channel="cli")) as uow:
        secret = issue_link(uow, FIRST_START, None, uow.host.settings.plugin("accounts").link_lifetime)
    address = "127.0.0.1" if settings.address in {"0.0.0.0", "::"} else settings.address  # noqa: S104 - only compared
    return [
        _("还没有管理员账号。请在浏览器中打开下面的一次性链接建立（%(n)s 小时内有效，只能用一次）：", n=hours),
        f"  http://{address}:{settings.port}/accounts/setup/{secret}",
    ]


def hashes_of(policy: PasswordPolicy, newcomers: Sequence[Newcomer]) -> list[str]:
    """Check all passwords and return their hashes, empty for those who get a link. Before the transaction.

    Raises:
        Faults: everything that is wrong with any of them; ``where`` is the block's name and the field.
    """
    faults = list(_doubles(newcomers))
    hashes = []
    for one in newcomers:
        try:
            _checked = one.rights
            owner = PasswordOwner(one.login, one.name)
            hashes.append(accepted_hash(policy, owner, one.password) if one.password else "")
        except Faults as error:
            faults += one.faults_of(error)
    if faults:
        raise Faults(_("账号没有建立"), faults)
    return hashes


def _doubles(newcomers: Sequence[Newcomer]) -> list[Fault]:
    """Three officers are three persons: neither a login name nor a password may appear twice."""
    logins = [normalise_login(one.login) for one in newcomers]
    faults = []
    for number, one in enumerate(newcomers):
        if logins[number] in logins[:number]:
            faults.append(Fault(f"{one.role}_login", _("登录名不能相同：每人一个账号")))
        if one.password and one.password in [other.password for other in newcomers[:number]]:
            faults.append(Fault(f"{one.role}_password", _("密码不能相同：请各人自己设定")))
    return faults


def admit_first(uow: UnitOfWork, secret: str, newcomers: Sequence[Newcomer], hashes: Sequence[str]) -> list[Admitted]:
    """Spend the set-up link and create the accounts.

    Raises:
        NotFound: the link is spent, replaced or too old.
        Conflict: an officer role has been taken in the meantime.
        Faults: a login name is unusable or taken, or a name is empty; ``where`` names the block and the field.
    """
    use_link(uow, secret)
    held = holders(uow.session)
    if any(held.get(one.role) for one in newcomers):
        raise Conflict(_("这个角色已经有人担任"), remedy=_("请由现有的管理员新建账号。"))
    faults, admitted = [], []
    for one, password_hash in zip(newcomers, hashes, strict=True):
        try:
            admitted.append(_admit_one(uow, one, password_hash))
        except Faults as error:
            faults += one.faults_of(error)
    if faults:
        raise Faults(_("账号没有建立"), faults)
    return admitted


def _admit_one(uow: UnitOfWork, one: Newcomer, password_hash: str) -> Admitted:
    account = admit(uow, Person(one.login, one.name), one.rights)
    if password_hash:
        store_password(uow, account, password_hash)
        return Admitted(one.role, account.login, account.name, "")
    link = issue_link(uow, ACTIVATE, account.id, uow.host.settings.plugin("accounts").link_lifetime)
    return Admitted(one.role, account.login, account.name, link)
