"""Small readers of what a request sends: versions, ticked ids, page sizes."""

from __future__ import annotations

from flask import request

from lindang.errors import BadInput
from lindang.i18n import _

PAGE_SIZES = (20, 50, 100)


def sent_version() -> int:
    """Return the version of the batch that the person looked at. Raises BadInput when none was sent."""
    version = request.form.get("version", type=int)
    if version is None:
        raise BadInput(_("页面已过期"), where="version", remedy=_("请刷新页面后重试。"))
    return version


def sent_ids(name: str) -> list[int]:
    """Return the ticked ids of a bulk form. Raises BadInput when there is none."""
    ids = request.form.getlist(name, type=int)
    if not ids:
        raise BadInput(_("没有选择任何条目"), where=name, remedy=_("请先勾选。"))
    return ids


def page_size() -> int:
    """Return the page size asked for, the smallest unless it is an offered one."""
    size = request.args.get("per_page", PAGE_SIZES[0], type=int)
    return size if size in PAGE_SIZES else PAGE_SIZES[0]


def first_number(page: int, size: int) -> int:
    """Return the running number of the first row of a page."""
    return (page - 1) * size + 1
