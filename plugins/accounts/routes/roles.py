"""What each role may do: the table, and the changes the security administrator may make."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import NotFound
from lindang.i18n import _
from lindang.web import NONE, current_actor, current_host, guard, notify
from plugins.accounts.forms import GrantsForm
from plugins.accounts.permissions import ROLE_GRANT, ROLE_READ
from plugins.accounts.queries.rights_table import RightsTable, rights_table
from plugins.accounts.service.roles import change_grants


def _table() -> RightsTable:
    host = current_host()
    with host.view(current_actor()) as db:
        return rights_table(db, host.plugins)


@guard(ROLE_READ, scope=NONE)
def role_table() -> ResponseReturnValue:
    """Show every permission against every role."""
    return render_template("accounts/roles.html", table=_table())


@guard(ROLE_GRANT, scope=NONE)
def role_page(role: str) -> ResponseReturnValue:
    """Change what an ordinary role may do."""
    table = _table()
    row = next((one for one in table.roles if one.key == role), None)
    if row is None:
        raise NotFound(_("没有这个角色"))
    lines = [line for line in table.lines if role in line.open_for]
    form = GrantsForm(permissions=[line.key for line in lines if role in line.held_by])
    form.permissions.choices = [(line.key, f"{line.group} · {line.label}") for line in lines]
    if form.validate_on_submit():
        fixed = {line.key for line in table.lines if role in line.held_by and role not in line.open_for}
        with current_host().uow(current_actor()) as uow:
            change_grants(uow, role, {*(form.permissions.data or ()), *fixed})
        notify(_("“%(role)s”的权限已保存，下一次点击起生效", role=row.title))
        return redirect(url_for("accounts.role_table"))
    return render_template("accounts/role.html", row=row, form=form), 422 if form.errors else 200
