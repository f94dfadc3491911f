"""The forms of the handover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask_wtf.file import FileField, FileRequired
from wtforms import (  # type: ignore[attr-defined] # the stubs are older than SelectChoice
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from lindang.forms import BaseForm, VersionField
from lindang.i18n import Text, lazy
from models.handover import PAPER_COPY, PAPER_NONE, PAPER_ORIGINAL
from models.handover_terms import FEEDBACK_KINDS
from plugins.handover.domain.codes import RETURN_REASONS

PAPER_LABELS = {
    PAPER_ORIGINAL: lazy("移交原件，本单位留存复制件"),
    PAPER_COPY: lazy("移交复印件，本单位留存原件"),
    PAPER_NONE: lazy("只移交电子数据"),
}


def _choices(labels: Mapping[str, Text]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class NewBatchForm(BaseForm):
    """A new batch out of the certificates chosen on the ready list."""

    county = HiddenField()
    certificate_ids = HiddenField(validators=[DataRequired()])
    title = StringField(
        lazy("批次名称"),
        description=lazy("例如：安业乡前青塘村第一批"),
        validators=[DataRequired(), Length(max=80)],
    )
    registry_org_id = SelectField(lazy("接收单位"), coerce=int, validators=[InputRequired()])
    paper_kind = SelectField(lazy("纸质材料"), choices=_choices(PAPER_LABELS))

    def offer(self, registries: Sequence[tuple[int, str]]) -> None:
        """Offer the registries, (id, name) each, as receivers."""
        self.registry_org_id.choices = [SelectChoice(org_id, name) for org_id, name in registries]


class PackageForm(BaseForm):
    """How the package of a batch is written, and where to."""

    target = SelectField(lazy("写到哪里"), validators=[InputRequired()])
    layout = SelectField(
        lazy("布局"),
        choices=[
            SelectChoice("dat93", lazy("DA/T 93—2022 目录树（一般用这个）")),
            SelectChoice("bagit", lazy("BagIt 1.0（接收单位要求时用）")),
        ],
    )
    carrier_mb = IntegerField(
        lazy("一个载体放多少 MB"),
        description=lazy("留空 = 写成一个包；光盘填 4000，放不下时按案卷分写到 载体01、载体02 ……"),
        validators=[Optional(), NumberRange(min=1, max=100_000_000)],
    )
    with_sm3 = BooleanField(lazy("另附 SM3 摘要（接收单位要求时选，要多读一遍全部文件）"))

    def offer(self, targets: Sequence[tuple[str, str]]) -> None:
        """Offer the places, (name, label) each."""
        self.target.choices = [SelectChoice(name, label) for name, label in targets]


class SendForm(BaseForm):
    """What goes along with a batch."""

    version = VersionField()
    carriers = TextAreaField(
        lazy("电子载体编号"),
        description=lazy("每行一个，写起止顺序号；在线移交填“在线”"),
        validators=[DataRequired(), Length(max=2000)],
        render_kw={"rows": 3},
    )
    boxes = TextAreaField(
        lazy("纸质档案盒号"),
        description=lazy("例如：001–012；没有纸质档案填“无”"),
        validators=[DataRequired(), Length(max=2000)],
        render_kw={"rows": 3},
    )


class ReceiptForm(BaseForm):
    """What the receiver counted."""

    version = VersionField()
    certs = IntegerField(lazy("清点本数"), validators=[InputRequired(), NumberRange(0, 1_000_000)])
    files = IntegerField(lazy("清点电子文件数"), validators=[InputRequired(), NumberRange(0, 10_000_000)])
    check_code = StringField(
        lazy("清单核对码"),
        description=lazy("印在移交清单上方，16 位，空格可不填；也可填完整的 SHA-256"),
        validators=[DataRequired(), Length(max=120)],
    )
    note = StringField(lazy("备注"), validators=[Length(max=200)])


class ReplyForm(BaseForm):
    """A reply workbook that came back."""

    file = FileField(
        lazy("答复工作簿"), [FileRequired()], description=lazy("接收单位填好的 .xlsx，从批次页下载的那一份")
    )


class FixForm(BaseForm):
    """What was mended."""

    version = VersionField()
    note = TextAreaField(
        lazy("补正说明"),
        description=lazy("写明补正了什么，会随新条目保留"),
        validators=[DataRequired(), Length(max=500)],
        render_kw={"rows": 3},
    )


class FeedbackForm(BaseForm):
    """What a feedback paper says; one field for the unit number of each parcel is added when the form is made."""

    version = VersionField()
    kind = SelectField(
        lazy("反馈类型"), choices=_choices({"": lazy("请选择"), **FEEDBACK_KINDS}), validators=[DataRequired()]
    )
    is_final = BooleanField(
        lazy("办结材料"), default=True, description=lazy("这份材料是这一条目的最终结果；一个条目只有一份办结材料")
    )
    reason = SelectField(
        lazy("退回原因"),
        choices=_choices({"": lazy("（不是退回补正通知的不选）"), **RETURN_REASONS}),
        default="",
        description=lazy("登记退回补正通知（F2）时选：已接收的条目随即退回补正，只能由新的批次再次移交"),
    )
    doc_no = StringField(lazy("文号"), validators=[Length(max=80)])
    doc_date = DateField(lazy("日期"), validators=[Optional()])
    summary = TextAreaField(lazy("内容摘要"), validators=[Length(max=500)], render_kw={"rows": 2})
    title_cert_no = StringField(
        lazy("不动产权证号"),
        description=lazy("例如：晋（2020）临县不动产权第0000001号"),
        validators=[Length(max=80)],
    )

    def unit_numbers(self) -> dict[int, str]:
        """Return what was entered as unit number of each parcel."""
        return {
            int(name.removeprefix(_UNIT)): str(field.data or "")
            for name, field in self._fields.items()
            if name.startswith(_UNIT)
        }

    def unit_fields(self) -> list[Any]:
        """Return the parcels' fields, in the order of the certificate."""
        return [field for name, field in self._fields.items() if name.startswith(_UNIT)]


_UNIT = "unit_no_"


def feedback_form(parcels: Sequence[tuple[int, str, str]], **values: Any) -> FeedbackForm:
    """Return the feedback form of a batch item, filled with the numbers that stand.

    Args:
        parcels: (id, parcel number, unit number that stands) of each parcel.
        values: first values of the other fields.
    """
    fields = {
        f"{_UNIT}{parcel_id}": StringField(
            lazy("宗地 %(no)s 的不动产单元号", no=parcel_no), default=standing, validators=[Length(max=40)]
        )
        for parcel_id, parcel_no, standing in parcels
    }
    made = type("ParcelFeedbackForm", (FeedbackForm,), fields)
    return cast("FeedbackForm", made(**values))
