"""The forms of searching: one that writes the query for those who do not type it, and one that looks a person up by an identity
number, which goes in the body of a request, never into an address.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from wtforms import (  # type: ignore[attr-defined] # the stubs are older than SelectChoice
    DecimalField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lindang.forms import BaseForm
from lindang.i18n import lazy
from plugins.search.domain.composing import APART, FIRST_YEAR, LAST_YEAR, Wanted
from plugins.search.domain.grammar import MOST_APART

_TEXT: Final = (Optional(), Length(max=200))
_YEAR: Final = (Optional(), NumberRange(min=FIRST_YEAR, max=LAST_YEAR, message=lazy("请填四位年份")))
_AREA: Final = (Optional(), NumberRange(min=Decimal("0.01"), max=9_999_999, message=lazy("请填大于 0 的亩数")))
_ANY: Final = SelectChoice("", lazy("不限"))
_STATES: Final = (
    ("未打印", lazy("未打印未盖章")),
    ("已打印未盖章", lazy("已打印未盖章")),
    ("已打印盖章未发放", lazy("已打印盖章未发放")),
    ("已发放", lazy("发放到户")),
)
_BATCHES: Final = (("有", lazy("已列入批次")), ("无", lazy("未列入批次")))
_TEXTS: Final = (
    "all_words",
    "phrase",
    "any_words",
    "near_words",
    "no_words",
    "title",
    "holder",
    "village",
    "cert_no",
    "code",
    "class_code",
    "state",
    "batch",
)


class AdvancedForm(BaseForm):
    """What to look for, field by field; empty fields ask for nothing."""

    all_words = StringField(lazy("全部有这些词"), _TEXT, description=lazy("用空格隔开；? 代一个字，* 代任意几个字"))
    phrase = StringField(lazy("有这一整句"), _TEXT)
    any_words = StringField(lazy("至少有其中一个词"), _TEXT)
    no_words = StringField(lazy("没有这些词"), _TEXT)
    near_words = StringField(lazy("两三个词相距不远"), _TEXT, description=lazy("先后不论，如 王建国 后沟"))
    apart = IntegerField(lazy("相距最多几个字"), (Optional(), NumberRange(min=0, max=MOST_APART)), default=APART)
    title = StringField(lazy("题名"), _TEXT)
    holder = StringField(lazy("权利人"), _TEXT)
    village = StringField(lazy("村、乡镇或县"), _TEXT)
    cert_no = StringField(lazy("林权证号"), _TEXT)
    code = StringField(lazy("档号"), _TEXT)
    class_code = StringField(lazy("类别号"), (Optional(), Length(max=10)))
    first_year = IntegerField(lazy("年度从"), _YEAR)
    last_year = IntegerField(lazy("年度到"), _YEAR)
    least_area = DecimalField(lazy("面积从（亩）"), _AREA, places=2)
    most_area = DecimalField(lazy("面积到（亩）"), _AREA, places=2)
    state = SelectField(lazy("发证状态"), choices=[_ANY, *(SelectChoice(*pair) for pair in _STATES)])
    batch = SelectField(lazy("移交批次"), choices=[_ANY, *(SelectChoice(*pair) for pair in _BATCHES)])

    def wanted(self) -> Wanted:
        """Return what is asked for."""
        areas = {name: f"{value:f}" if (value := self[name].data) else "" for name in ("least_area", "most_area")}
        return Wanted(
            **{name: self[name].data or "" for name in _TEXTS},
            **areas,
            apart=APART if self.apart.data is None else self.apart.data,
            first_year=self.first_year.data,
            last_year=self.last_year.data,
        )


class PersonForm(BaseForm):
    """One identity number."""

    number = StringField(
        lazy("身份证号码"),
        validators=[InputRequired(lazy("请填写身份证号码。")), Length(max=40)],
        description=lazy("18 位或旧 15 位；不会出现在网址里，查询记入日志"),
        render_kw={"autocomplete": "off", "inputmode": "text"},
    )
