"""The forms of the register."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, DecimalField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from lindang import i18n
from lindang.forms import BaseForm
from lindang.i18n import _

lazy: Any = i18n.lazy
"""WTForms' types know no text that is translated when it is shown; its code does."""


class ImportForm(BaseForm):
    """A 数字化表 handed in for a county."""

    county = SelectField(lazy("县（市、区）"), [DataRequired()])
    file = FileField(
        lazy("数字化表文件"),
        [FileRequired()],
        description=lazy("可用 .xlsx、.xls、.et、.csv；一个文件可含多个村的工作表"),
        render_kw={"accept": ".xlsx,.xlsm,.xls,.et,.csv"},
    )

    def offer(self, counties: Iterable[tuple[str, str]]) -> None:
        """Fill the choices; a single county needs no choosing."""
        offered = list(counties)
        first = [] if len(offered) == 1 else [SelectChoice("", _("请选择"))]
        self.county.choices = [*first, *(SelectChoice(code, label) for code, label in offered)]


class BaselineForm(BaseForm):
    """What a division declares, with the document that says so and, if there is one, the list of its certificates."""

    division_code = SelectField(lazy("区划"), [DataRequired()])
    certificates = IntegerField(lazy("发证总本数"), [InputRequired(), NumberRange(0, 10**7)])
    parcels = IntegerField(lazy("发证总宗地数"), [InputRequired(), NumberRange(0, 10**8)])
    area_mu = DecimalField(lazy("发证总面积（亩）"), [Optional(), NumberRange(0, 10**10)], places=4)
    document = StringField(lazy("依据文件"), [DataRequired(), Length(max=300)], description=lazy("写明文件名称和文号"))
    declared_on = DateField(lazy("文件日期"), [Optional()])
    item_code = StringField(lazy("文件的件档号"), [Length(max=90)], description=lazy("文件已归档的，填写件的档号"))
    roll = FileField(
        lazy("颁证清册"),
        description=lazy("可不传；一行一本证，须有“林权证号”列，可有权利人、村代码、宗地数、面积"),
        render_kw={"accept": ".xlsx,.xlsm,.xls,.et,.csv"},
    )

    def offer_divisions(self, divisions: Iterable[tuple[str, str]]) -> None:
        """Fill the divisions."""
        offered = [SelectChoice(code, label) for code, label in divisions]
        self.division_code.choices = [SelectChoice("", _("请选择")), *offered]


class ExportForm(BaseForm):
    """What to export, for whom, as which file."""

    place = SelectField(lazy("范围"), [DataRequired()])
    target = SelectField(lazy("目标"), [DataRequired()])
    file_format = SelectField(
        lazy("文件格式"),
        [DataRequired()],
        choices=[
            SelectChoice("xlsx", lazy("Excel 工作簿 .xlsx")),
            SelectChoice("csv_utf8", lazy("CSV（UTF-8）")),
            SelectChoice("csv_gb18030", lazy("CSV（GB18030）")),
        ],
    )
    with_id_numbers = BooleanField(
        lazy("含完整证件号码"), description=lazy("不勾选时号码打星号。勾选须写事由，事由和下载都记入日志。")
    )
    purpose = StringField(lazy("事由"), [Length(max=500)], description=lazy("含完整证件号码时必填：给谁、作什么用。"))

    def offer(self, places: Iterable[tuple[str, str]], targets: Iterable[tuple[str, str]]) -> None:
        """Fill the choices."""
        self.place.choices = [SelectChoice(code, name) for code, name in places]
        self.target.choices = [SelectChoice(name, title) for name, title in targets]
