"""The forms of the accounts pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import (
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lindang.forms import BaseForm, VersionField
from lindang.i18n import _, lazy
from plugins.accounts.domain.officers import ARCHIVIST, ROLES
from plugins.accounts.domain.passwords import LONGEST, PasswordPolicy

_TITLES = {role.key: role.title for role in ROLES}
_SAME = lazy("两次输入的密码不一致")
_NEW = {"autocomplete": "new-password"}


class CheckboxListField(SelectMultipleField):
    """Several choices as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LoginForm(BaseForm):
    """Name and password. Nothing is checked here but that both were typed: the answer must not help a guesser."""

    login = StringField(
        lazy("登录名"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "username", "autofocus": True, "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        lazy("密码"), [InputRequired(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class NewPasswordForm(BaseForm):
    """A password by one-time link."""

    password = PasswordField(lazy("新密码"), [InputRequired()], render_kw=_NEW)
    repeat = PasswordField(lazy("再输一次"), [EqualTo("password", _SAME)], render_kw=_NEW)


class OwnPasswordForm(NewPasswordForm):
    """One's own password: the present one first."""

    current = PasswordField(lazy("当前密码"), [InputRequired()], render_kw={"autocomplete": "current-password"})


class PersonForm(BaseForm):
    """A new account, without any right."""

    login = StringField(lazy("登录名"), [DataRequired(), Length(max=32)], render_kw={"autocomplete": "off"})
    name = StringField(lazy("姓名"), [DataRequired(), Length(max=60)], render_kw={"autocomplete": "off"})
    org_id = SelectField(lazy("单位"), [Optional()])
    remark = TextAreaField(lazy("岗位和用途"), [Length(max=500)])

    def offer_orgs(self, choices: Sequence[tuple[str, str]]) -> None:
        """Set the organisations that may be chosen."""
        self.org_id.choices = [("", "—"), *choices]


class RightsForm(BaseForm):
    """Roles and scope of one account."""

    roles = CheckboxListField(lazy("角色"))
    prefixes = TextAreaField(
        lazy("辖区"),
        description=lazy("行政区划代码，县 6 位、乡镇 9 位、村 12 位；多个用逗号或换行分开。三员不需要辖区。"),
    )
    version = VersionField()

    def offer_roles(self) -> None:
        """Set the roles that may be chosen, with their duties."""
        self.roles.choices = [(role.key, f"{role.title}：{role.duty}") for role in ROLES]


class GrantsForm(BaseForm):
    """The permissions of one role."""

    permissions = CheckboxListField(lazy("权限"))


class TokenForm(BaseForm):
    """A new API token."""

    label = StringField(lazy("用途"), [DataRequired(), Length(max=60)], description=lazy("例如：扫描工作站上传"))
    days = IntegerField(lazy("有效天数"), [InputRequired()], default=90)
    prefixes = StringField(lazy("辖区"), description=lazy("留空 = 与本人相同；也可填更小的范围"))


class ReasonForm(BaseForm):
    """A change of state with a reason, or without one."""

    version = VersionField()
    reason = StringField(lazy("原因"), [Length(max=200)])


class JournalExportForm(BaseForm):
    """Carries the filter of the journal page into its export."""

    who = HiddenField()
    action = HiddenField()
    subject = HiddenField()
    division = HiddenField()
    since = HiddenField()
    until = HiddenField()


def first_start_form(missing: Sequence[str], *, with_archivist: bool) -> Any:
    """Return a form with a block of fields per missing officer, and one for a first archivist if wanted.

    The field names are ``<role>_login``, ``_name``, ``_password``, ``_repeat``.
    """
    fields: dict[str, Any] = {}
    for role in missing:
        fields |= _block(role, required=True)
    if with_archivist:
        fields |= _block(ARCHIVIST, required=False)
        fields[f"{ARCHIVIST}_prefixes"] = StringField(
            lazy("所在县的行政区划代码"), description=lazy("6 位数字，如 141124；可填多个")
        )
    return type("FirstStartForm", (BaseForm,), fields)()


def _block(role: str, *, required: bool) -> dict[str, Any]:
    need = [DataRequired()] if required else [Optional()]
    same = EqualTo(f"{role}_password", _SAME)
    return {
        f"{role}_login": StringField(lazy("登录名"), [*need, Length(max=32)], render_kw={"autocomplete": "off"}),
        f"{role}_name": StringField(lazy("姓名"), [*need, Length(max=60)], render_kw={"autocomplete": "off"}),
        f"{role}_password": PasswordField(
            lazy("密码"), description=lazy("留空则生成本人专用的一次性链接"), render_kw=_NEW
        ),
        f"{role}_repeat": PasswordField(lazy("再输一次"), [same], render_kw=_NEW),
    }


def password_hint(policy: PasswordPolicy) -> str:
    """Say in one line what a password must be."""
    if policy.min_classes > 1:
        return _(
            "至少 %(n)s 位，大写字母、小写字母、数字、其他符号中至少 %(c)s 类；不用常见词、生日、手机号。",
            n=policy.min_length,
            c=policy.min_classes,
        )
    return _("至少 %(n)s 位，越长越好；不用常见词、生日、手机号。", n=policy.min_length)
