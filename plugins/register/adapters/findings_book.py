"""The list of findings as a workbook: every text a text and never a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lindang.i18n import _, format_when
from lindang.sheets import list_book

_WIDTHS: Final = (7, 8, 22, 28, 10, 60, 50, 10, 24, 12, 12, 17)


def findings_book(
    rows: Iterable[Any],
    *,
    sentence: Callable[[Any], str],
    remedy: Callable[[Any], str],
    states: Mapping[str, str],
    severities: Mapping[str, str],
) -> bytes:
    """Return the findings as XLSX, one a row."""
    lines = (
        (
            row.code,
            severities.get(row.severity, row.severity),
            row.place,
            row.cert_no,
            row.parcel_no,
            sentence(row),
            remedy(row),
            states.get(row.state, row.state),
            row.reason,
            row.asked_by,
            row.waived_by,
            format_when(row.first_seen_at),
        )
        for row in rows
    )
    return list_book(_("检查结果"), _headings(), _WIDTHS, lines)


def _headings() -> tuple[str, ...]:
    return (
        _("规则"),
        _("级别"),
        _("村"),
        _("林权证号"),
        _("宗地号"),
        _("问题"),
        _("办法"),
        _("状态"),
        _("不作处理的原因"),
        _("申请人"),
        _("批准人"),
        _("首次发现"),
    )
