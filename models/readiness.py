"""成熟: whether a certificate with its file may be handed over, and if not, why not and where to mend it.

A plain record of facts goes in, reasons come out, in the order in which an office would work them off: first what makes
the question idle (it is in a batch already), then the papers and their scans, the register, and what forbids it. The first
reason is what the ready list shows; the whole list is what the person mending it needs.

Source: domain reference 3.2 with the H columns of 2.3 and the blocking rules R01, R04, R06, R10, R14, R19 of 2.9, which are
judged here on the values themselves, checked or not. What only a check can tell (duplicates across certificates, area
ledgers, boundaries) comes in as the findings that stand: errors that are not mended, warnings that nobody decided on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from lindang.i18n import Text, _, lazy

UNPRINTED, PRINTED_UNSEALED, PRINTED_SEALED, ISSUED = "UNPRINTED", "PRINTED_UNSEALED", "PRINTED_SEALED", "ISSUED"
STATES: Final = frozenset({UNPRINTED, PRINTED_UNSEALED, PRINTED_SEALED, ISSUED})
NO_PAPER_COUNT: Final = "no_paper_count"
"""The reason that falls away where an office does not count its paper."""
CLASSIFIED: Final = frozenset({"秘密", "机密", "绝密"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelFacts:
    """One parcel as written: its number, its area, and the values of the columns that must be filled before handover."""

    parcel_no: str
    area_mu: Decimal
    is_term_open: bool = False
    columns: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is to be mended: a kind of object and its id, as `object_link` takes them."""

    kind: str
    id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one certificate and its file.

    `errors` and `undecided` are the codes of the findings of severity E and W that stand. `missing_documents` are titles;
    `unscanned` are items without page images (id, archival code); `unplaced` counts
    received files of this archive file that are not an item yet; `open_batch`, `past_batch` and `returned_in` are
    (batch id, batch number) or None; `paper_pages` is None when nobody has counted the paper.
    """

    certificate_id: int
    archive_file_id: int | None
    is_number_readable: bool
    issue_state: str
    cert_serial: str
    issuer: str
    issue_date: dt.date | None
    holder_columns: Mapping[str, object]
    parcels: tuple[ParcelFacts, ...]
    item_count: int = 0
    missing_documents: tuple[str, ...] = ()
    unscanned: tuple[tuple[int, str], ...] = ()
    unplaced: int = 0
    scanned_pages: int = 0
    paper_pages: int | None = None
    needs_paper_count: bool = True
    has_archival_code: bool = True
    is_disputed: bool = False
    errors: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    security_classes: frozenset[str] = frozenset()
    open_batch: tuple[int, str] | None = None
    past_batch: tuple[int, str] | None = None
    returned_in: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands in the way: a stable code, the values of its sentence, and where to mend it."""

    code: str
    place: Place
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the reason as a sentence in the reader's language."""
        return str(TEXTS[self.code]) % {name: _shown(value) for name, value in self.values.items()}


def _shown(value: object) -> object:
    """Return a value as the sentence shows it: names of columns by their headings."""
    if isinstance(value, list | tuple):
        return _("、").join(str(COLUMN_LABELS.get(each, each)) for each in value)
    return value


TEXTS: Final[Mapping[str, Text]] = {
    "in_batch": lazy("已在批次 %(batch_no)s 中"),
    "handed_over": lazy("已随批次 %(batch_no)s 移交并结案"),
    "returned": lazy("在批次 %(batch_no)s 中被退回，补正还没有完成"),
    "no_file": lazy("没有对应的案卷"),
    "no_code": lazy("案卷没有档号"),
    "cert_no": lazy("林权证号无法识别"),
    "issue_state": lazy("证书状态不明"),
    "holder": lazy("权利人信息缺：%(fields)s"),
    "serial": lazy("已打印的证书没有登记林权证编号（印刷号）"),
    "issue_date": lazy("已发放的证书没有发证日期"),
    "issuer": lazy("证书没有登记发证机关"),
    "not_printed": lazy("未打印的证书却登记了印刷号或发证日期"),
    "no_parcel": lazy("没有登记宗地"),
    "parcel": lazy("宗地 %(parcel_no)s 缺：%(fields)s"),
    "area": lazy("宗地 %(parcel_no)s 的面积不是正数"),
    "no_item": lazy("案卷里还没有文件"),
    "documents": lazy("缺少材料：%(titles)s"),
    "unscanned": lazy("%(n)s 件没有扫描图像，第一件：%(code)s"),
    "unplaced": lazy("还有 %(n)s 个接收的文件没有整理成件"),
    NO_PAPER_COUNT: lazy("没有登记纸质页数"),
    "page_count": lazy("扫描 %(scanned)s 页，纸质登记 %(paper)s 页，不相符"),
    "errors": lazy("检查发现的错误没有改正：%(codes)s"),
    "undecided": lazy("检查提示的问题没有处理决定：%(codes)s"),
    "disputed": lazy("案卷有未了结的权属争议"),
    "classified": lazy("含有定密的材料，不能移交"),
}

COLUMN_LABELS: Final[Mapping[str, Text]] = {
    "location": lazy("坐落"),
    "place_name": lazy("小地名"),
    "compartment": lazy("林班"),
    "subcompartment": lazy("小班"),
    "bound_e": lazy("东至"),
    "bound_s": lazy("南至"),
    "bound_w": lazy("西至"),
    "bound_n": lazy("北至"),
    "main_species": lazy("主要树种"),
    "forest_category": lazy("林种"),
    "land_owner": lazy("林地所有权权利人"),
    "land_use_holder": lazy("林地使用权权利人"),
    "tree_owner": lazy("森林或林木所有权权利人"),
    "tree_use_holder": lazy("森林或林木使用权权利人"),
    "acquisition": lazy("取得方式"),
    "term_years": lazy("林地使用期"),
    "term_end": lazy("终止日期"),
    "holder_name": lazy("权利人"),
    "holder_type": lazy("权利人类型"),
    "id_type": lazy("证件种类"),
    "id_no": lazy("证件号码"),
}
"""The columns that must be filled before handover (H), by the names of the register's columns."""

_TERM_COLUMNS: Final = frozenset({"term_years", "term_end"})


def reasons(facts: Facts) -> tuple[Reason, ...]:
    """Return everything that stands in the way of handing the certificate over; empty means ready (成熟)."""
    occupied = tuple(_occupied(facts))
    if occupied:
        return occupied
    return tuple(reason for rule in _RULES for reason in rule(facts))


def first_reason(facts: Facts) -> Reason | None:
    """Return the first thing to mend, or None when the certificate is ready."""
    return next(iter(reasons(facts)), None)


def _occupied(facts: Facts) -> Iterator[Reason]:
    """A certificate that is on its way, or was handed over, is not to be mended but left alone."""
    for code, batch in (("in_batch", facts.open_batch), ("handed_over", facts.past_batch)):
        if batch is not None:
            yield Reason(code, Place("batch", batch[0]), {"batch_no": batch[1]})
            return


def _returned(facts: Facts) -> Iterator[Reason]:
    if facts.returned_in is not None:
        yield Reason("returned", Place("batch", facts.returned_in[0]), {"batch_no": facts.returned_in[1]})


def _certificate(facts: Facts) -> Iterator[Reason]:
    place = Place("certificate", facts.certificate_id)
    if not facts.is_number_readable:
        yield Reason("cert_no", place)
    if facts.issue_state not in STATES:
        yield Reason("issue_state", place)
    missing = _empty(facts.holder_columns)
    if missing:
        yield Reason("holder", place, {"fields": missing})
    yield from (Reason(code, place) for code in _issue_faults(facts))


def _issue_faults(facts: Facts) -> Iterator[str]:
    """R06: what is printed has a serial, what is issued has a date, what is not printed has neither."""
    if facts.issue_state == UNPRINTED:
        if facts.cert_serial or facts.issue_date:
            yield "not_printed"
        return
    if not facts.cert_serial:
        yield "serial"
    if not facts.issuer:
        yield "issuer"
    if facts.issue_state == ISSUED and facts.issue_date is None:
        yield "issue_date"


def _parcels(facts: Facts) -> Iterator[Reason]:
    place = Place("certificate", facts.certificate_id)
    if not facts.parcels:
        yield Reason("no_parcel", place)
    for parcel in facts.parcels:
        if parcel.area_mu <= 0:
            yield Reason("area", place, {"parcel_no": parcel.parcel_no})
        missing = _empty(parcel.columns, excused=_TERM_COLUMNS if parcel.is_term_open else frozenset())
        if missing:
            yield Reason("parcel", place, {"parcel_no": parcel.parcel_no, "fields": missing})


def _file(facts: Facts) -> Iterator[Reason]:
    if facts.archive_file_id is None:
        yield Reason("no_file", Place("certificate", facts.certificate_id))
        return
    place = Place("archive_file", facts.archive_file_id)
    if not facts.has_archival_code:
        yield Reason("no_code", place)
    if not facts.item_count:
        yield Reason("no_item", place)
    if facts.missing_documents:
        yield Reason("documents", place, {"titles": facts.missing_documents})
    if facts.unplaced:
        yield Reason("unplaced", place, {"n": facts.unplaced})
    if facts.unscanned:
        item_id, code = facts.unscanned[0]
        yield Reason("unscanned", Place("item", item_id), {"n": len(facts.unscanned), "code": code})
    yield from (Reason(code, place, values) for code, values in _page_faults(facts))


def _page_faults(facts: Facts) -> Iterator[tuple[str, dict[str, object]]]:
    if facts.paper_pages is None:
        if facts.needs_paper_count:
            yield NO_PAPER_COUNT, {}
    elif facts.paper_pages != facts.scanned_pages:
        yield "page_count", {"scanned": facts.scanned_pages, "paper": facts.paper_pages}


def _findings(facts: Facts) -> Iterator[Reason]:
    place = Place("certificate", facts.certificate_id)
    if facts.errors:
        yield Reason("errors", place, {"codes": facts.errors})
    if facts.undecided:
        yield Reason("undecided", place, {"codes": facts.undecided})


def _obstacles(facts: Facts) -> Iterator[Reason]:
    place = Place("archive_file", facts.archive_file_id)
    if facts.is_disputed:
        yield Reason("disputed", place)
    if facts.security_classes & CLASSIFIED:
        yield Reason("classified", place)


def _empty(columns: Mapping[str, object], excused: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the columns that are empty, in the order of the register."""
    empty = {name for name in columns if columns[name] in {None, ""} and name not in excused}
    return tuple(name for name in COLUMN_LABELS if name in empty)


_RULES: Final[tuple[Callable[[Facts], Iterator[Reason]], ...]] = (
    _returned,
    _file,
    _certificate,
    _parcels,
    _findings,
    _obstacles,
)
