"""Accounts: who may come in, what they may do, and the journal of what was done."""

from __future__ import annotations

import datetime as dt

from lindang.i18n import lazy
from lindang.plugin import Check, Job, MenuItem, ObjectPage, Plugin
from plugins.accounts import permissions
from plugins.accounts.adapters.identity import AccountIdentity
from plugins.accounts.checks import duties_separated
from plugins.accounts.cli import user
from plugins.accounts.jobs import check_journal, disable_stale
from plugins.accounts.permissions import PERMISSIONS
from plugins.accounts.routes import blueprint
from plugins.accounts.service.first_start import setup_links
from plugins.accounts.service.roles import seed_roles
from plugins.accounts.settings import AccountSettings

PLUGIN = Plugin(
    name="accounts",
    title=lazy("账号与日志"),
    blueprint=blueprint,
    settings=AccountSettings,
    permissions=PERMISSIONS,
    menu=(
        MenuItem(
            label=lazy("账号"),
            endpoint="accounts.account_index",
            permission=permissions.ACCOUNT_READ,
            weight=84,
            icon="people",
        ),
        MenuItem(
            label=lazy("角色权限"),
            endpoint="accounts.role_table",
            permission=permissions.ROLE_READ,
            weight=86,
            icon="person-gear",
        ),
        MenuItem(
            label=lazy("日志"),
            endpoint="accounts.journal",
            permission=permissions.JOURNAL_READ,
            weight=88,
            icon="journal-check",
        ),
    ),
    object_pages=(
        ObjectPage(kind="login", endpoint="accounts.login", argument=""),
        ObjectPage(kind="logout", endpoint="accounts.logout", argument=""),
        ObjectPage(kind="account", endpoint="accounts.me", argument=""),
    ),
    root_commands=(user,),
    jobs=(
        Job(name="accounts.check_journal", title=lazy("核验日志链"), run=check_journal, every=dt.timedelta(days=1)),
        Job(
            name="accounts.disable_stale",
            title=lazy("停用久未登录的账号"),
            run=disable_stale,
            every=dt.timedelta(days=1),
        ),
    ),
    checks=(Check(code="S1", title=lazy("三员分立，新建与审批由两人完成"), run=duties_separated),),
    setup=seed_roles,
    identity=AccountIdentity,
    setup_links=setup_links,
)
