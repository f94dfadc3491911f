"""Login names: one spelling for each, whatever the input method made of it."""

from __future__ import annotations

import re
import unicodedata

from lindang.errors import BadInput
from lindang.i18n import _

_ALLOWED = re.compile(r"[\w.-]{2,32}")


def normalise_login(text: str) -> str:
    """Return the one spelling of a login name: NFKC (full-width becomes half-width), no blanks around, lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def parse_login(text: str) -> str:
    """Return the normalised login name of a new account. Raises BadInput when it has an unusable character."""
    login = normalise_login(text)
    if not _ALLOWED.fullmatch(login):
        raise BadInput(
            _("登录名不可用"),
            where="login",
            remedy=_("请用 2 到 32 个汉字、字母、数字，以及 . _ -。"),
        )
    return login
