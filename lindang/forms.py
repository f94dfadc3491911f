"""The forms' common ground: one base, a hidden version field, and errors of services shown at their fields."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.i18n import get_translations
from wtforms.validators import ValidationError

from lindang.errors import Faults, LindangError
from lindang.i18n import _, current_locale


class BaseForm(FlaskForm):
    """A form with CSRF protection whose messages speak the person's language."""

    class Meta(FlaskForm.Meta):
        """WTForms' own translations, in the language of the request."""

        @property
        def locales(self) -> list[str]:
            """Return the locale names that WTForms knows."""
            return ["zh"] if current_locale() == "zh" else ["en"]

        def get_translations(self, form: Any) -> Any:
            """Use WTForms' catalogue, not a Flask extension's."""
            return get_translations(self.locales)

    def take_error(self, error: LindangError) -> None:
        """Show a service's error in the form: each fault at its field, the rest above the form."""
        rest = []
        faults = error.faults if isinstance(error, Faults) else ()
        for fault in faults:
            field = self._fields.get(fault.where)
            text = f"{fault.message} {fault.remedy}".strip()
            if field is None:
                rest.append(str(fault))
            else:
                field.errors = [*field.errors, text]
        if rest or not faults:
            self.form_errors.extend(rest or [f"{error.message} {error.remedy}".strip()])


class VersionField(HiddenField):
    """The version of the row that the person saw; a save with an old one is refused with 409."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a whole number; a form for something new sends an empty value."""
        try:
            self.data = int(valuelist[0] or 0) if valuelist else 0
        except ValueError as error:
            raise ValidationError(_("页面已过期，请刷新后重试。")) from error
