"""The forms of the intake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

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
    stack = BooleanField(lazy("一页一个文件：整盒连续扫描，收后在分拣台分件"))

    def offer(self, divisions: Iterable[Choice]) -> None:
        """Fill the choices."""
        self.division.choices = [("", _("请选择")), *divisions]
        self.ocr.choices = [(key, str(LABELS[key])) for key in CHOICES]


class GatherForm(BaseForm):
    """A delivery that lies in a folder of a disk or share."""

    source = SelectField(lazy("来源"), [DataRequired()])
    subfolder = StringField(
        lazy("其中的文件夹"), [Length(max=300)], description=lazy("如“2010年/阳坡村”；不填则收整个来源")
    )
    division = SelectField(lazy("区划"), [DataRequired()], description=lazy("选到村；选县时按文件夹中的村名判断"))
    ocr = SelectField(lazy("识别引擎"), [DataRequired()], default=AUTO)
    stack = BooleanField(lazy("一页一个文件：整盒连续扫描，收后在分拣台分件"))

    def offer(self, divisions: Iterable[Choice], sources: Iterable[str]) -> None:
        """Fill the choices."""
        self.source.choices = [(name, name) for name in sources]
        self.division.choices = [("", _("请选择")), *divisions]
        self.ocr.choices = [(key, str(LABELS[key])) for key in CHOICES]


class LinkForm(BaseForm):
    """A link by which somebody without an account may upload."""

    label = StringField(lazy("给谁用"), [DataRequired(), Length(max=80)], description=lazy("如“××数字化公司”"))
    division = SelectField(lazy("区划"), [DataRequired()], description=lazy("传来的文件都归这里"))
    doc_type = SelectField(lazy("材料类型"), [Optional()], description=lazy("文件名没有写明时用"))
    days = IntegerField(lazy("有效天数"), [DataRequired(), NumberRange(1, 180)], default=30)
    max_files = IntegerField(lazy("最多文件数"), [DataRequired(), NumberRange(1, 100_000)], default=1000)
    max_mb = IntegerField(lazy("总大小上限（MB）"), [DataRequired(), NumberRange(1, 1_000_000)], default=10_000)

    def offer(self, divisions: Iterable[Choice], doc_types: Iterable[Choice]) -> None:
        """Fill the choices."""
        self.division.choices = [("", _("请选择")), *divisions]
        self.doc_type.choices = [("", _("不预设")), *doc_types]


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
