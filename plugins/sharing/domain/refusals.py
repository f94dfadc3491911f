"""The refusals of the sharing service that other parts do not know."""

from __future__ import annotations

import datetime as dt

from lindang.errors import LindangError
from lindang.i18n import _, format_when


class OverQuota(LindangError):
    """The day's queries of an agency are used up: HTTP 429, with the instant from which it may ask again."""

    code = "over_quota"
    http_status = 429
    exit_code = 7

    def __init__(self, quota: int, free_at: dt.datetime) -> None:
        super().__init__(
            _("今天的 %(n)s 次查询已经用完", n=quota),
            remedy=_(
                "%(when)s 起可以再查；确需增加次数，请与林业主管部门的安全保密管理员联系。", when=format_when(free_at)
            ),
        )
        self.free_at = free_at
