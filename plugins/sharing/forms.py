"""The forms of the sharing service."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from wtforms import (  # type: ignore[attr-defined] # the stubs are older than SelectChoice
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lindang.forms import BaseForm, VersionField
from lindang.i18n import Text, lazy
from plugins.sharing.domain.asked import KINDS, Asked
from plugins.sharing.domain.groups import BASIC, GROUPS
from plugins.sharing.service.agencies import AgreementDraft


def _choices(labels: Mapping[str, Text]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class CheckboxListField(SelectMultipleField):
    """Several of some, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AskForm(BaseForm):
    """One query."""

    kind = SelectField(lazy("查询条件"), choices=_choices(KINDS))
    value = StringField(
        lazy("号码"),
        description=lazy("查全村时不填。例如：2010 123；证件号码填完整的 18 位"),
        validators=[Length(max=120)],
        render_kw={"autocomplete": "off"},
    )
    village = StringField(
        lazy("村代码"),
        description=lazy("12 位；查全村或按宗地号查时填，可从列表中选"),
        validators=[Length(max=12)],
        render_kw={"list": "villages", "autocomplete": "off", "inputmode": "numeric"},
    )
    purpose = StringField(
        lazy("事由"), description=lazy("例如：办理转移登记，核对原林权证"), validators=[DataRequired(), Length(max=200)]
    )
    basis = StringField(
        lazy("依据"),
        description=lazy("受理编号、公函文号或协查文书号"),
        validators=[DataRequired(), Length(max=200)],
    )
    page = IntegerField(lazy("第几页"), default=1, validators=[Optional(), NumberRange(1, 100_000)])

    def asked(self) -> Asked:
        """Return the question."""
        return Asked(
            kind=self.kind.data or "",
            value=self.value.data or "",
            village_code=(self.village.data or "").strip(),
            purpose=self.purpose.data or "",
            basis=self.basis.data or "",
            page=self.page.data or 1,
        )


class AgreementForm(BaseForm):
    """What an agreement says."""

    version = VersionField()
    document = StringField(
        lazy("协议或文件"),
        description=lazy("名称和文号：提供个人信息的依据"),
        validators=[DataRequired(), Length(max=200)],
    )
    contact = StringField(lazy("联系人、电话"), validators=[Length(max=200)])
    valid_from = DateField(lazy("起始日期"), validators=[InputRequired()])
    valid_to = DateField(lazy("终止日期"), description=lazy("不填为长期"), validators=[Optional()])
    daily_quota = IntegerField(lazy("每日查询次数"), default=200, validators=[InputRequired(), NumberRange(0, 100_000)])
    prefixes = TextAreaField(
        lazy("可查的区划"),
        description=lazy("区划代码，每行一个：6 位为全县，9 位为乡镇，12 位为村"),
        validators=[DataRequired(), Length(max=2000)],
        render_kw={"rows": 2},
    )
    groups = CheckboxListField(
        lazy("可看的内容"),
        choices=_choices({group: label for group, label in GROUPS.items() if group != BASIC}),
        description=lazy("证书状态总是提供；没有勾选的内容，在网页、接口、证明和月报里都不出现"),
    )
    is_suspended = BooleanField(lazy("暂停"), description=lazy("暂停期间不能查询，密钥也打不开"))

    def draft(self) -> AgreementDraft:
        """Return the agreement as filled in. The dates and the quota are there once the form is valid."""
        assert self.valid_from.data is not None  # noqa: S101 - InputRequired
        return AgreementDraft(
            prefixes=[
                code for code in re.split(r"[\s,、;]+", unicodedata.normalize("NFKC", self.prefixes.data or "")) if code
            ],
            groups=list(self.groups.data or []),
            daily_quota=self.daily_quota.data or 0,
            document=self.document.data or "",
            contact=self.contact.data or "",
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
        )


class NewAgencyForm(AgreementForm):
    """A new agency: which organisation, and its agreement."""

    org_id = SelectField(lazy("单位"), coerce=int, validators=[InputRequired()])

    def offer(self, orgs: Sequence[tuple[int, str]]) -> None:
        """Offer organisations, (id, name) each."""
        self.org_id.choices = [SelectChoice(org_id, name) for org_id, name in orgs]


class ExcerptForm(BaseForm):
    """An excerpt to be given out."""

    cert_no = StringField(
        lazy("林权证号"), description=lazy("例如：2010 123"), validators=[DataRequired(), Length(max=120)]
    )
    agency_id = SelectField(
        lazy("申请单位"), coerce=int, validators=[InputRequired()], description=lazy("只写协议约定可看的内容")
    )
    purpose = StringField(lazy("事由"), validators=[DataRequired(), Length(max=200)])
    basis = StringField(
        lazy("依据"), description=lazy("申请函或受理编号"), validators=[DataRequired(), Length(max=200)]
    )

    def offer(self, agencies: Sequence[tuple[int, str]]) -> None:
        """Offer agencies, (id, name) each."""
        self.agency_id.choices = [SelectChoice(agency_id, name) for agency_id, name in agencies]


class ListForm(BaseForm):
    """A monthly list to be made."""

    agency_id = SelectField(lazy("共享单位"), coerce=int, validators=[InputRequired()])
    county = SelectField(lazy("县"), validators=[InputRequired()])
    month = StringField(
        lazy("月份"), description=lazy("已经结束的月份，例如 2020-08"), validators=[DataRequired(), Length(max=7)]
    )

    def offer(self, agencies: Sequence[tuple[int, str]], counties: Sequence[tuple[str, str]]) -> None:
        """Offer agencies and counties, (id or code, name) each."""
        self.agency_id.choices = [SelectChoice(agency_id, name) for agency_id, name in agencies]
        self.county.choices = [SelectChoice(code, name) for code, name in counties]


class DeliveryForm(BaseForm):
    """A workbook with newly registered rights; the office says from which agency it came."""

    agency_id = SelectField(lazy("报送单位"), coerce=int, validators=[InputRequired()])
    file = FileField(
        lazy("表格文件"),
        description=lazy(".xlsx、.xls、.et 或 .csv；先试读，没有问题再接收"),
        validators=[DataRequired()],
    )

    def offer(self, agencies: Sequence[tuple[int, str]]) -> None:
        """Offer agencies, (id, name) each."""
        self.agency_id.choices = [SelectChoice(agency_id, name) for agency_id, name in agencies]


class AsideForm(BaseForm):
    """Why a reported right is not booked."""

    version = VersionField()
    reason = StringField(lazy("原因"), validators=[DataRequired(), Length(max=300)])


class VerifyForm(BaseForm):
    """What is to be verified: a code, or a file."""

    code = StringField(
        lazy("核验码"),
        description=lazy("印在证明下方，16 位；也可以扫描二维码填入"),
        validators=[Length(max=80)],
        render_kw={"autocomplete": "off"},
    )
    file = FileField(lazy("证明的 PDF 文件"), description=lazy("收到电子文件时，选它核对是否被改动"))


class KeyForm(BaseForm):
    """A new key for a program."""

    label = StringField(
        lazy("用途"), description=lazy("例如：登记业务系统"), validators=[DataRequired(), Length(max=60)]
    )
    days = IntegerField(lazy("有效天数"), default=180, validators=[InputRequired(), NumberRange(1, 1100)])
