"""The forms of the intake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from lindang import i18n
from lindang.forms import BaseForm, VersionField
from lindang.i18n import _
from plugins.ingest.adapters.engines import AUTO, CHOICES, LABELS

lazy: Any = i18n.lazy
"""WTForms' types know no text that is translated when it is shown; its code does."""

NEW = "new"
Choice = tuple[str, str]


class RunForm(BaseForm):
    """A new delivery of scans: where it belongs, what it is called, which engine reads it."""

    division = SelectField(lazy("区划"), [DataRequired()], description=lazy("选到村；选县时按文件夹中的村名判断"))
    name = StringField(lazy("说明"), [Length(max=80)], description=lazy("如“阳坡村第3箱”；不填则用时间"))
    ocr = SelectField(lazy("识别引擎"), [DataRequired()], default=AUTO, description=lazy("入库不等识别"))

    def offer(self, divisions: Iterable[Choice]) -> None:
        """Fill the choices."""
        self.division.choices = [("", _("请选择")), *divisions]
        self.ocr.choices = [(key, str(LABELS[key])) for key in CHOICES]


class SortingForm(BaseForm):
    """Where a file from the sorting desk belongs; ``target`` is the id of a 案卷, or ``new``."""

    version = VersionField()
    target = RadioField(lazy("归入案卷"), validate_choice=False)
    division_code = SelectField(lazy("村"), [Optional()])
    holder_name = StringField(lazy("户主"), [Length(max=60)])
    file_title = StringField(lazy("案卷题名"), [Length(max=200)], description=lazy("不填则用“户主＋林权登记材料”"))
    doc_type = SelectField(lazy("材料类型"), [Optional()])
    title = StringField(lazy("题名"), [Length(max=200)], description=lazy("选了材料类型的可以不填"))

    def offer(self, divisions: Iterable[Choice], doc_types: Iterable[Choice]) -> None:
        """Fill the choices."""
        self.division_code.choices = [("", "—"), *divisions]
        self.doc_type.choices = [("", _("其他")), *doc_types]


class AcceptForm(BaseForm):
    """Why an image that a rule blames is accepted."""

    reason = StringField(
        lazy("合格的原因"),
        [DataRequired(), Length(max=200)],
        description=lazy("如：原件字迹如此，已对照。按 H 填写，回车保存"),
    )


class DismissForm(BaseForm):
    """Why a file is not filed."""

    reason = StringField(lazy("原因"), [DataRequired(), Length(max=200)])
