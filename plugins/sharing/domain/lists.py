"""What a monthly list (信息共享月报) holds: months, the columns that an agreement allows, and what counts as a change.

A change in a column that was not agreed on is no change for the list: not even that something changed is told.

Source: domain reference 3.3 (F10), section 6 (monthly share list).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plugins.sharing.domain.days import day_bounds
from plugins.sharing.domain.groups import ARCHIVE, BASIC, BATCH, BOUNDS, HOLDER, ID_MASKED, PARCELS, REGISTRY

TITLE: Final = "林权信息共享月报"
NEW, CHANGED, WITHDRAWN = "新增", "变更", "作废"
_MONTH: Final = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list: the group and field it shows, its heading, its relative width."""

    group: str
    field: str
    heading: str
    weight: float = 1.0


COLUMNS: Final = (
    ListColumn(BASIC, "cert_no", "林权证号", 2.2),
    ListColumn(BASIC, "state", "证书状态", 1.2),
    ListColumn(BASIC, "village", "村", 1.3),
    ListColumn(BASIC, "parcel_count", "宗地数", 0.7),
    ListColumn(BASIC, "area_mu", "面积（亩）", 0.9),
    ListColumn(HOLDER, "holder_name", "权利人", 1.2),
    ListColumn(ID_MASKED, "id_no", "证件号码", 2.0),
    ListColumn(PARCELS, "location", "坐落", 1.6),
    ListColumn(REGISTRY, "bdc_unit_no", "不动产单元号", 2.8),
    ListColumn(REGISTRY, "title_cert_no", "不动产权证号", 2.2),
    ListColumn(BATCH, "batch_no", "移交批次", 1.4),
    ListColumn(BATCH, "state", "批次中的状态", 1.1),
    ListColumn(ARCHIVE, "archival_code", "档号", 2.0),
)

FIELD_GROUPS: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(("cert_no", "cert_serial", "issuer", "issue_date"), (BASIC, "证书")),
    "issue_state": (BASIC, "证书状态"),
    **dict.fromkeys(("holder_name", "co_holders", "co_mode"), (HOLDER, "权利人")),
    **dict.fromkeys(("land_owner", "land_use_holder", "tree_owner", "tree_use_holder"), (HOLDER, "权利人")),
    **dict.fromkeys(("id_no", "id_type"), (ID_MASKED, "证件号码")),
    "parcel_no": (PARCELS, "宗地号"),
    **dict.fromkeys(("location", "place_name", "compartment", "subcompartment"), (PARCELS, "坐落")),
    "area_mu": (PARCELS, "面积"),
    **dict.fromkeys(("main_species", "forest_category", "acquisition"), (PARCELS, "林木")),
    **dict.fromkeys(("term_years", "term_start", "term_end"), (PARCELS, "使用期")),
    **dict.fromkeys(("bound_e", "bound_s", "bound_w", "bound_n"), (BOUNDS, "四至")),
    **dict.fromkeys(("parcel_code", "bdc_unit_no"), (REGISTRY, "不动产单元号")),
    "title_cert_no": (REGISTRY, "不动产权证号"),
}
"""The group of each column of the register, and what a change in it is called."""


def read_month(text: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of a month such as ``2020-08``; None when it is none."""
    found = _MONTH.fullmatch(text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def month_bounds(text: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the instants at which a month begins and ends at the office. The month is one."""
    days = read_month(text)
    if days is None:
        raise ValueError(text)
    return day_bounds(*days)


def month_before(text: str) -> str:
    """Return the month before."""
    days = read_month(text)
    if days is None:
        raise ValueError(text)
    return f"{days[0] - dt.timedelta(days=1):%Y-%m}"


def columns_for(groups: Collection[str]) -> list[ListColumn]:
    """Return the columns that an agreement with these groups allows."""
    return [column for column in COLUMNS if column.group in groups]


def told_changes(fields: Collection[str], groups: Collection[str]) -> list[str]:
    """Return in words which of these columns changed, as far as the groups allow."""
    named = [FIELD_GROUPS[field] for field in FIELD_GROUPS if field in fields]
    return list(dict.fromkeys(words for group, words in named if group in groups))


def cell_of(column: ListColumn, sections: Mapping[str, Any]) -> str:
    """Return what a column shows of a certificate: its values, each once; of the papers the file's code alone."""
    rows = sections[column.group]["rows"]
    rows = rows[:1] if column.group == ARCHIVE else rows
    return "、".join(dict.fromkeys(str(row[column.field]) for row in rows if row[column.field]))


def headings(content: Mapping[str, Any]) -> list[str]:
    """Return the headings of a list's table."""
    return ["序号", "变动", *(column["heading"] for column in content["columns"]), "变动内容", "上月清单"]


def table_rows(content: Mapping[str, Any]) -> list[list[str]]:
    """Return the rows of a list's table."""
    return [
        [str(number), row["change"], *row["cells"], "、".join(row["changed"]), row["last_month"] or "—"]
        for number, row in enumerate(content["rows"], 1)
    ]


def totals_text(content: Mapping[str, Any]) -> str:
    """Return the sums of this month, and how they differ from the last."""
    now, last = content["totals"], content["previous"]
    text = f"本月新增 {now[NEW]} 本，变更 {now[CHANGED]} 本，作废 {now[WITHDRAWN]} 本。"
    if last is None:
        return f"{text}上月没有出具清单，不作比较。"
    parts = [f"{kind} {now[kind] - last['totals'][kind]:+d}" for kind in (NEW, CHANGED, WITHDRAWN)]
    return f"{text}与上月（{last['list_no']}）相比：{'，'.join(parts)}；两月都有变动的 {content['in_both']} 本。"
