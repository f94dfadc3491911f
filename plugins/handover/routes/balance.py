"""一一对应核对: the twelve invariants with what breaks them, to read, to drill into, and to take away. Nothing is changed here."""

from __future__ import annotations

import io
from typing import Final

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from lindang.errors import NotFound
from lindang.i18n import _, format_when
from lindang.sheets import list_book
from lindang.web import DIVISION, current_actor, current_host, guard, page_number
from plugins.handover.domain.manifest import canonical, check_code, digest
from plugins.handover.permissions import BROWSE
from plugins.handover.queries.batches import visible
from plugins.handover.queries.correspondence import Tested, batch_marks, tested
from plugins.handover.routes.reading import first_number, page_size

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _looked() -> tuple[list[Tested], str]:
    """Return the invariants over this person's batches, and the digest of what was looked at and found."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as db:
        results, marks = tested(db, visible(actor)), batch_marks(db, visible(actor))
    seen = {
        "batches": [list(mark) for mark in marks],
        "found": [[gap.code, gap.subject, gap.expected, gap.found] for one in results for gap in one.found],
    }
    return results, digest(canonical(seen))


@guard(BROWSE, scope=DIVISION)
def balance() -> ResponseReturnValue:
    """Show the twelve invariants with the number of findings each."""
    results, sha256 = _looked()
    now = current_host().clock.now()
    return render_template("handover/balance.html", rows=results, sha256=sha256, code=check_code(sha256), now=now)


@guard(BROWSE, scope=DIVISION)
def balance_of(number: int) -> ResponseReturnValue:
    """Show what breaks one invariant, each with a link to where it is mended."""
    results, _sha256 = _looked()
    one = next((each for each in results if each.invariant.number == number), None)
    if one is None:
        raise NotFound(_("没有第 %(n)s 项核对", n=number))
    page, size = page_number(), page_size()
    start = first_number(page, size)
    return render_template(
        "handover/balance_of.html",
        one=one,
        rows=one.found[start - 1 : start - 1 + size],
        page=page,
        size=size,
        first=start,
    )


@guard(BROWSE, scope=DIVISION)
def balance_book() -> ResponseReturnValue:
    """Send the report as a workbook: each finding a row, the digest of what was looked at, and a place to sign."""
    results, sha256 = _looked()
    when = format_when(current_host().clock.now())
    rows = [
        *((f"I{one.invariant.number}", str(one.invariant.title), str(len(one.found)), "", "", "") for one in results),
        *(
            (f"I{one.invariant.number}", str(one.invariant.title), "", gap.subject, gap.expected, gap.found)
            for one in results
            for gap in one.found
        ),
        (_("核对时间"), when, "", _("数据摘要（SHA-256）"), sha256, ""),
        (_("核对人（签名）"), "", "", _("日期"), "", ""),
    ]
    heads = (_("编号"), _("核对内容"), _("问题数"), _("对象"), _("应为"), _("实为"))
    data = list_book(_("一一对应核对"), heads, (8, 44, 8, 36, 40, 40), rows)
    return send_file(io.BytesIO(data), mimetype=_XLSX, as_attachment=True, download_name="一一对应核对.xlsx")
