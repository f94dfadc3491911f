"""The form that looks a person up: an identity number goes in the body of a request, never into an address."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from lindang.forms import BaseForm
from lindang.i18n import lazy


class PersonForm(BaseForm):
    """One identity number."""

    number = StringField(
        lazy("身份证号码"),
        validators=[InputRequired(lazy("请填写身份证号码。")), Length(max=40)],
        description=lazy("18 位或旧 15 位；不会出现在网址里，查询记入日志"),
        render_kw={"autocomplete": "off", "inputmode": "text"},
    )
