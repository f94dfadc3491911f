"""While a clerk types: how a value is understood. An answer in the form's margin, sent by POST because it may be an ID
number; nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lindang.errors import NotFound
from lindang.i18n import _, format_date_doc
from lindang.web import NONE, guard
from models.numbers import parse_cert_no
from models.persons import is_resident_id, is_uscc, mask_id, upgrade_resident_id
from models.values import BadValue, read_area, read_date
from plugins.catalogue.domain.entry import ORGANISATION_IDS, RESIDENT_ID
from plugins.catalogue.permissions import CERTIFICATE_EDIT
from plugins.catalogue.routes.common import POST, Rule
from plugins.catalogue.service.finding import office_date

Answer = tuple[bool, str]
"""Whether the value is understood, and how."""


@guard(CERTIFICATE_EDIT, scope=NONE)
def field_check(field: str) -> ResponseReturnValue:
    """Say how the value of one field is understood."""
    check = _CHECKS.get(field)
    if check is None:
        raise NotFound(_("没有这一栏"))
    text = request.form.get(field, "").strip()
    good, words = check(text, request.form) if text else (True, "")
    return render_template("catalogue/_check.html", good=good, words=words)


def _cert_no(text: str, _form: Mapping[str, str]) -> Answer:
    number = parse_cert_no(text)
    if number is None:
        return False, _("认不出这是林权证号")
    year = _("%(year)s 年", year=number.year) if number.year else _("无年份")
    return True, _("字号“%(word)s”，%(year)s，第 %(n)s 号", word=number.word or "—", year=year, n=number.number)


def _id_no(text: str, form: Mapping[str, str]) -> Answer:
    kind = form.get("id_type", "")
    if kind == RESIDENT_ID:
        good = is_resident_id(text) or upgrade_resident_id(text) is not None
    elif kind in ORGANISATION_IDS:
        good = is_uscc(text)
    else:
        return True, _("保存后显示为 %(mask)s", mask=mask_id(text))
    if not good:
        return False, _("校验位不符，已录 %(n)s 位", n=len(text))
    return True, _("校验通过，保存后显示为 %(mask)s", mask=mask_id(text))


def _area(text: str, _form: Mapping[str, str]) -> Answer:
    try:
        area = read_area(text)
    except BadValue:
        return False, _("请填亩数，最多四位小数，如 12.30。")
    hectares = (area / 15).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return True, _("%(mu)s 亩，合 %(ha)s 公顷", mu=area, ha=hectares)


def _day(text: str, _form: Mapping[str, str]) -> Answer:
    try:
        return True, format_date_doc(read_date(text, today=office_date()))
    except BadValue:
        return False, _("请写成 2010-05-06 或 2010年5月6日，且不晚于今天。")


_CHECKS: Final[Mapping[str, Callable[[str, Mapping[str, str]], Answer]]] = {
    "cert_no": _cert_no,
    "id_no": _id_no,
    "area_mu": _area,
    "issue_date": _day,
    "term_start": _day,
}

RULES: Final[tuple[Rule, ...]] = (("/check/<field>", field_check, POST),)
