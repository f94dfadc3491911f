"""The forms of progress."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from lindang import i18n
from lindang.forms import BaseForm
from models.progress import LEADER, LIAISON

lazy: Any = i18n.lazy
"""WTForms' types know no text that is translated when it is shown; its code does."""


class SubmitForm(BaseForm):
    """Who hands 附件1 in."""

    filled_by = StringField(lazy("填报人"), [DataRequired(), Length(max=40)])
    phone = StringField(lazy("联系电话"), [DataRequired(), Length(max=40)])
    filled_on = DateField(lazy("填报时间"), [InputRequired()])
    approved_by = StringField(
        lazy("审核人"), [DataRequired(), Length(max=40)], description=lazy("一般是分管领导；不能是填报人自己")
    )
    reason = TextAreaField(
        lazy("说明"), [Length(max=500)], description=lazy("累计数比上次少、或更正已接收的附件1时必填")
    )


class ImportForm(BaseForm):
    """A report of a unit below, as a file of its own archive."""

    file = FileField(
        lazy("上报文件"),
        [FileRequired()],
        description=lazy("下级单位从“附件1”页导出的 .json 文件，原样导入"),
        render_kw={"accept": ".json"},
    )


class PersonForm(BaseForm):
    """A 分管领导 or 联络员 and since when."""

    division_code = SelectField(lazy("单位"), [DataRequired()])
    kind = SelectField(
        lazy("身份"),
        [DataRequired()],
        choices=[SelectChoice(LEADER, lazy("分管领导")), SelectChoice(LIAISON, lazy("联络员"))],
    )
    name = StringField(lazy("姓名"), [DataRequired(), Length(max=40)])
    office = StringField(lazy("单位和职务"), [Length(max=80)])
    phone = StringField(lazy("联系电话"), [DataRequired(), Length(max=40)])
    valid_from = DateField(lazy("任职起"), [InputRequired()], description=lazy("前一任的截止日期自动记为前一天"))

    def offer(self, units: Iterable[tuple[str, str]]) -> None:
        """Fill the units."""
        offered = [SelectChoice(code, f"{name}（{code}）") for code, name in units]
        self.division_code.choices = [SelectChoice("", i18n._("请选择")), *offered]


class PlanForm(BaseForm):
    """The whole of the work and its deadline; the totals are named as the measures are."""

    pages = IntegerField(lazy("扫描页数，共"), [InputRequired(), NumberRange(0, 10**8)])
    files = IntegerField(lazy("扫描案卷，共"), [InputRequired(), NumberRange(0, 10**8)])
    parcels = IntegerField(lazy("入库宗地，共"), [InputRequired(), NumberRange(0, 10**8)])
    sent = IntegerField(lazy("移交本数，共"), [InputRequired(), NumberRange(0, 10**8)])

    starts_on = DateField(lazy("从哪天起排"), [InputRequired()])
    deadline = DateField(lazy("哪天完成"), [InputRequired()])
    reason = StringField(lazy("调整原因"), [Optional(), Length(max=200)], description=lazy("第一次编排可不填"))
