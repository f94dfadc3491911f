"""The catalogue's forms. A certificate's and a parcel's fields are plain texts here: they are read, and all their faults
found, by the pure rules of `domain.entry`, whoever sends them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from lindang import i18n
from lindang.auth import Actor
from lindang.forms import BaseForm, VersionField
from lindang.i18n import _
from models.values import BadValue, read_date
from plugins.catalogue.permissions import REFERENCE_EVERYWHERE
from plugins.catalogue.queries.places import (
    Choice,
    class_choices,
    code_choices,
    division_choices,
    doc_type_choices,
)
from plugins.catalogue.service.finding import office_date
from plugins.catalogue.words import FIELDS, ORG_KINDS

lazy: Any = i18n.lazy
"""WTForms' types know no text that is translated when it is shown; its code does."""

_LABELS: Mapping[str, Any] = FIELDS
NOTHING: Choice = ("", "—")


def _options(*choices: Choice) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in choices]


class DayField(StringField):
    """A day of the past in any usual spelling; ``day`` is None until one was sent."""

    day: dt.date | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day; the text stays in the field when it cannot be read."""
        self.day = None
        super().process_formdata(valuelist)
        try:
            self.day = read_date(self.data or "", today=office_date())
        except BadValue as error:
            raise ValidationError(_("请写成 2010-05-06 或 2010年5月6日，且不晚于今天。")) from error


def _number(label: Any, low: int, high: int, description: Any = "") -> IntegerField:
    checks = [Optional(), NumberRange(low, high, message=lazy("请填 %(low)s 到 %(high)s 之间的数", low=low, high=high))]
    return IntegerField(label, checks, description=description)


def _required(label: Any, longest: int, description: Any = "") -> StringField:
    return StringField(label, [DataRequired(), Length(max=longest)], description=description)


def _text(label: Any, longest: int, description: Any = "") -> StringField:
    return StringField(label, [Length(max=longest)], description=description)


class PlacedForm(BaseForm):
    """Fields that decide a code: class, division, year, retention."""

    class_code = SelectField(lazy("类别"), [DataRequired()])
    division_code = SelectField(lazy("区划"), [DataRequired()], description=lazy("一户一档的案卷选到村"))
    year = _number(lazy("年度"), 1949, 2100, lazy("形成年度；按件整理的类别必须填"))
    retention = SelectField(lazy("保管期限"), default="")

    def offer(self, session: Session, actor: Actor) -> None:
        """Fill the choices."""
        self.class_code.choices = _options(*class_choices(session))
        self.division_code.choices = _options(("", _("请选择")), *division_choices(session, actor))
        self.retention.choices = _options(("", _("按分类方案")), *code_choices(session, "retention"))


class FileForm(PlacedForm):
    """A new 案卷."""

    title = _required(lazy("题名"), 200, lazy("如：王小山林权登记材料"))
    holder_name = _text(lazy("权利人"), 100)
    box_no = _text(lazy("盒号"), 40)
    location = _text(lazy("存放位置"), 200, lazy("库房、柜架"))
    paper_pages = _number(lazy("纸质页数"), 0, 100_000, lazy("数好的纸质页数，用来核对扫描页数"))
    security_class = SelectField(lazy("密级"), default="")

    def offer(self, session: Session, actor: Actor) -> None:
        """Fill the choices."""
        super().offer(session, actor)
        self.security_class.choices = _options(NOTHING, *code_choices(session, "security_class"))


class DescribeForm(BaseForm):
    """A 案卷 described anew."""

    version = VersionField(default="0")
    title = _required(lazy("题名"), 200)
    holder_name = _text(lazy("权利人"), 100)
    box_no = _text(lazy("盒号"), 40)
    location = _text(lazy("存放位置"), 200, lazy("库房、柜架"))
    paper_pages = _number(lazy("纸质页数"), 0, 100_000, lazy("数好的纸质页数，用来核对扫描页数"))
    security_class = SelectField(lazy("密级"), default="")
    is_disputed = BooleanField(lazy("有未了结的权属纠纷（移交前要了结）"))

    def offer(self, session: Session) -> None:
        """Fill the choices."""
        self.security_class.choices = _options(NOTHING, *code_choices(session, "security_class"))


class RenumberForm(PlacedForm):
    """A 案卷 placed anew."""

    version = VersionField(default="0")
    reason = TextAreaField(lazy("变更原因"), [DataRequired(), Length(max=500)])
    approved_by = _required(lazy("批准人"), 60, lazy("批准变更的负责人姓名，不能是本人"))

    def offer(self, session: Session, actor: Actor) -> None:
        """Fill the choices."""
        super().offer(session, actor)
        self.retention.choices = _options(*code_choices(session, "retention"))


class ItemForm(BaseForm):
    """A 件, new or described anew."""

    version = VersionField(default="0")
    doc_type = SelectField(lazy("材料类型"), default="", description=lazy("一户一档应有材料的种类；其他材料可不选"))
    title = _text(lazy("题名"), 200, lazy("不填则用材料类型的名称"))
    author = _text(lazy("责任者"), 100)
    doc_no = _text(lazy("文号"), 80)
    doc_date = DayField(lazy("日期"), description=lazy("如 2010-05-06"))
    original_kind = SelectField(lazy("原件／复印件"), default="")
    security_class = SelectField(lazy("密级"), default="")

    def offer(self, session: Session) -> None:
        """Fill the choices."""
        self.doc_type.choices = _options(NOTHING, *doc_type_choices(session))
        self.original_kind.choices = _options(NOTHING, *code_choices(session, "original_kind"))
        self.security_class.choices = _options(NOTHING, *code_choices(session, "security_class"))


class ScanForm(BaseForm):
    """One scanned page to be added."""

    scan = FileField(lazy("图像文件"), [FileRequired()], description=lazy("一页的 JPEG、PNG、TIFF 或 PDF"))


class ReplaceForm(ScanForm):
    """One scanned page to replace another."""

    version = VersionField(default="0")
    reason = StringField(lazy("更换原因"), [DataRequired(), Length(max=300)], description=lazy("如：原图模糊、缺角"))


class TableForm(BaseForm):
    """A reference table to be loaded."""

    table = FileField(lazy("CSV 文件"), [FileRequired()], description=lazy("UTF-8 或 GB 18030 编码，第一行是列名"))


class FondsForm(BaseForm):
    """A fonds to be registered."""

    code = _required(lazy("全宗号"), 8, lazy("档案馆给的号，1 至 8 位数字或大写字母"))
    name = _required(lazy("全宗名称"), 100)
    creator = _required(lazy("立档单位"), 100)
    division_code = SelectField(lazy("管辖区划"), default="")

    def offer(self, session: Session, actor: Actor) -> None:
        """Fill the choices."""
        first = ("", _("全部")) if actor.can(REFERENCE_EVERYWHERE) else ("", _("请选择"))
        self.division_code.choices = _options(first, *division_choices(session, actor))


class OrgForm(BaseForm):
    """An organisation to be registered."""

    kind = SelectField(lazy("性质"), [DataRequired()])
    name = _required(lazy("单位名称"), 100, lazy("如：临水县不动产登记中心"))
    code = _required(lazy("单位代码"), 40, lazy("统一社会信用代码或自编简码"))
    division_code = SelectField(lazy("所在区划"), default="")

    def offer(self, session: Session, actor: Actor) -> None:
        """Fill the choices."""
        self.kind.choices = _options(*((kind, str(label)) for kind, label in ORG_KINDS.items()))
        self.division_code.choices = _options(("", _("请选择")), *division_choices(session, actor))


class EntryForm(BaseForm):
    """Fields that are read by the rules of entry: the texts go there as they were keyed."""

    needed: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.needed:
            # shown as required, but judged by the rules together with all other faults
            self[name].flags.required = True

    @property
    def raw(self) -> dict[str, str]:
        """What was keyed, by field."""
        return {
            name: field.data or "" for name, field in self._fields.items() if isinstance(field.data, (str, type(None)))
        }

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put stored values into the fields, as texts."""
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].data = "" if value is None else value if isinstance(value, bool) else str(value)


def _entry(name: str, description: Any = "", kind: Callable[..., Any] = StringField, **more: Any) -> Any:
    return kind(_LABELS[name], description=description, **more)


def _choice(name: str) -> Any:
    return SelectField(_LABELS[name], validate_choice=False)


class CertificateForm(EntryForm):
    """One certificate."""

    needed = frozenset({"cert_no", "issue_state", "holder_name"})
    version = VersionField(default="0")
    cert_no = _entry("cert_no", lazy("照证书原样录入，如 岚林证字（2010）第000123号"))
    cert_serial = _entry("cert_serial", lazy("证书上印的编号"))
    application_no = _entry("application_no")
    issue_state = _choice("issue_state")
    issuer = _entry("issuer", lazy("如 某县人民政府"))
    issue_date = _entry("issue_date", lazy("如 2010-05-06 或 2010年5月6日"))
    holder_name = _entry("holder_name")
    holder_type = _choice("holder_type")
    id_type = _choice("id_type")
    id_no = _entry("id_no", lazy("保存后加密，页面上只显示前六位和后四位"))
    co_mode = _choice("co_mode")
    co_holders = _entry("co_holders", lazy("几个名字用顿号隔开"))
    annotation = _entry("annotation", kind=TextAreaField)
    remark = _entry("remark", kind=TextAreaField)
    as_written = BooleanField(lazy("原件如此：已核对纸质证书，照原样保存"))
    duplicate = BooleanField(lazy("确有重号：纸质证书上就是这个号"))

    def offer(self, session: Session) -> None:
        """Fill the choices."""
        _offer_codes(self, session, ("issue_state", "holder_type", "id_type", "co_mode"))


class ParcelForm(EntryForm):
    """One parcel."""

    needed = frozenset(
        {"parcel_no", "location", "area_mu", "land_owner", "land_use_holder", "tree_owner", "tree_use_holder"}
    )
    version = VersionField(default="0")
    parcel_no = _entry("parcel_no")
    group_name = _entry("group_name")
    location = _entry("location")
    place_name = _entry("place_name")
    compartment = _entry("compartment")
    subcompartment = _entry("subcompartment")
    area_mu = _entry("area_mu", lazy("照证书录入，最多四位小数"))
    bound_e = _entry("bound_e")
    bound_s = _entry("bound_s")
    bound_w = _entry("bound_w")
    bound_n = _entry("bound_n")
    main_species = _entry("main_species")
    tree_count = _entry("tree_count", lazy("证书上是“/”就留空"))
    forest_category = _choice("forest_category")
    origin = _choice("origin")
    forest_class = _choice("forest_class")
    plant_year = _entry("plant_year")
    land_owner = _entry("land_owner", lazy("国家或某某集体"))
    land_use_holder = _entry("land_use_holder")
    tree_owner = _entry("tree_owner")
    tree_use_holder = _entry("tree_use_holder")
    acquisition = _choice("acquisition")
    term_years = _entry("term_years")
    term_start = _entry("term_start")
    term_end = _entry("term_end", lazy("没有期限的写“长期”"))
    annotation = _entry("annotation", kind=TextAreaField)

    def offer(self, session: Session) -> None:
        """Fill the choices."""
        _offer_codes(self, session, ("forest_category", "origin", "forest_class", "acquisition"))


def _offer_codes(form: BaseForm, session: Session, names: Iterable[str]) -> None:
    for name in names:
        form[name].choices = _options(NOTHING, *code_choices(session, name))
