"""A mapping file: how a target's table is filled from the register, column by column, read strictly from TOML.

Every fault is told with its line, entry and key and with what is allowed, all at once. The grammar with an example stands in
``docs/export.md``.
"""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any, Final

from lindang.errors import Fault, Faults
from lindang.i18n import _
from plugins.register.domain.columns import BY_KEY, Kind

MOST_BYTES: Final = 1_000_000
MOST_COLUMNS: Final = 400
LONGEST_CELL: Final = 32_767
"""What a cell of a spreadsheet holds at most."""

PLACES: Final = ("county_code", "county_name")
CONFIRMED: Final = ("parcel_code", "bdc_unit_no", "title_cert_no")
"""What the registry may have confirmed; where it has not, the written value stands (for the title, the certificate's number)."""

DAY_FORMATS: Final[Mapping[str, str]] = {
    "YYYY-MM-DD": "{0.year:04d}-{0.month:02d}-{0.day:02d}",
    "YYYYMMDD": "{0.year:04d}{0.month:02d}{0.day:02d}",
    "YYYY/MM/DD": "{0.year:04d}/{0.month:02d}/{0.day:02d}",
    "YYYY.MM.DD": "{0.year:04d}.{0.month:02d}.{0.day:02d}",
    "YYYY年M月D日": "{0.year}年{0.month}月{0.day}日",
}
_NUMBER_FORMAT: Final = re.compile(r"0(?:\.0{1,8})?")
_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")
_ENTRY: Final = re.compile(r"^\s*\[\[\s*column\s*\]\]")
_TABLE: Final = re.compile(r"^\s*\[\s*target\s*\]")
_NUMBERS: Final = frozenset({Kind.AREA, Kind.COUNT, Kind.YEAR})
_DAYS: Final = frozenset({Kind.DAY, Kind.END_DAY})


class Layout(enum.StrEnum):
    """One sheet for each village under a title, as the 数字化表 is, or all rows on one sheet."""

    VILLAGE_SHEETS = "village_sheets"
    ONE_SHEET = "one_sheet"


class Layer(enum.StrEnum):
    """Which of a value's three layers is taken."""

    WRITTEN = "written"
    NORMAL = "normal"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumn:
    """One column of the target: filled from ``field``, or by ``constant``, or ``left_to`` somebody else and so left empty."""

    name: str
    title: str = ""
    field: str = ""
    constant: str = ""
    left_to: str = ""
    layer: Layer = Layer.NORMAL
    codes: Mapping[str, str] = made(default_factory=dict)
    format: str = ""
    required: bool = False
    longest: int = 0
    pattern: str = ""
    verified: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMapping:
    """How one target is filled."""

    name: str
    title: str
    layout: Layout
    columns: tuple[TargetColumn, ...]
    note: str = ""

    @property
    def layers(self) -> frozenset[Layer]:
        """The layers that some column takes its value from."""
        return frozenset(column.layer for column in self.columns if column.field)

    def takes(self, key: str) -> bool:
        """Say whether some column is filled from this field."""
        return any(column.field == key for column in self.columns)


def read_mapping(text: str, source: str) -> TargetMapping:
    """Read a mapping file; ``source`` is its name as errors show it.

    Raises:
        Faults: everything that is wrong with it.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused([Fault(source, _("不是正确的 TOML：%(reason)s", reason=error), _("请按 docs/export.md 的写法改正。"))]) from error  # fmt: skip
    reader = _Reader(text, source)
    mapping = reader.read(raw)
    if mapping is None or reader.faults:
        raise _refused(reader.faults)
    return mapping


def _refused(faults: Iterable[Fault]) -> Faults:
    return Faults(_("映射文件不能使用"), faults, remedy=_("请改正后再试：lindang register mapping check 文件。"))


_TEXT, _TRUTH, _NUMBER, _TEXTS = "text", "truth", "number", "texts"
_TARGET_KEYS: Final = {"name": _TEXT, "title": _TEXT, "layout": _TEXT, "values": _TEXT, "note": _TEXT}
_COLUMN_KEYS: Final = {
    "name": _TEXT,
    "title": _TEXT,
    "field": _TEXT,
    "constant": _TEXT,
    "left_to": _TEXT,
    "layer": _TEXT,
    "codes": _TEXTS,
    "format": _TEXT,
    "required": _TRUTH,
    "longest": _NUMBER,
    "pattern": _TEXT,
    "verified": _TRUTH,
    "note": _TEXT,
}
_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    _TEXT: lambda value: isinstance(value, str) and 0 < len(value) <= 2000,
    _TRUTH: lambda value: isinstance(value, bool),
    _NUMBER: lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_CELL,
    _TEXTS: lambda value: (
        isinstance(value, dict) and 0 < len(value) <= 10_000 and all(isinstance(each, str) for each in value.values())
    ),
}


class _Reader:
    """Reads one file and remembers every fault."""

    def __init__(self, text: str, source: str) -> None:
        self.faults: list[Fault] = []
        self._source = source
        lines = text.splitlines()
        self._entries = [number for number, line in enumerate(lines, 1) if _ENTRY.match(line)]
        self._target = next((number for number, line in enumerate(lines, 1) if _TABLE.match(line)), 1)

    def fault(self, where: str, message: str, allowed: str = "") -> None:
        self.faults.append(Fault(where, message, _("可用：%(list)s", list=allowed) if allowed else ""))

    def read(self, raw: Mapping[str, Any]) -> TargetMapping | None:
        for key in sorted(set(raw) - {"target", "column"}):
            self.fault(self._source, _("不认识的段落 %(key)s", key=key), "[target]、[[column]]")
        place = _("%(file)s 第 %(line)s 行 [target]", file=self._source, line=self._target)
        head, entries = raw.get("target"), raw.get("column")
        if not isinstance(head, dict):
            self.fault(self._source, _("没有 [target] 段"))
        if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
            self.fault(self._source, _("没有 [[column]] 段"))
        if self.faults:
            return None
        assert isinstance(head, dict) and isinstance(entries, list)  # noqa: S101, PT018 - seen just above
        head = self._known(head, _TARGET_KEYS, place, ("name", "title"))
        if "name" in head and not _NAME.fullmatch(head["name"]):
            self.fault(place, f"name = {head['name']!r}", _("小写字母、数字、下划线，最多 40 个"))
        layout = self._choice(head, "layout", Layout, place) or Layout.ONE_SHEET
        layer = self._choice(head, "values", Layer, place) or Layer.NORMAL
        columns = self._columns(entries, layer)
        if self.faults:
            return None
        return TargetMapping(name=head["name"], title=head["title"], layout=Layout(layout), columns=columns,
                             note=head.get("note", ""))  # fmt: skip

    def _known(
        self, table: Mapping[str, Any], keys: Mapping[str, str], place: str, must: Iterable[str]
    ) -> dict[str, Any]:
        for key in sorted(set(table) - set(keys)):
            self.fault(place, _("不认识的键 %(key)s", key=key), "、".join(keys))
        for key in must:
            if key not in table:
                self.fault(place, _("缺少 %(key)s", key=key))
        good = {}
        for key, value in table.items():
            if key in keys and not _FITS[keys[key]](value):
                self.fault(place, f"{key} = {str(value)[:60]!r}", _allowed(keys[key]))
            elif key in keys:
                good[key] = value
        return good

    def _choice(self, table: Mapping[str, Any], key: str, choices: type[enum.StrEnum], place: str) -> str:
        value = table.get(key, "")
        if value and value not in list(choices):
            self.fault(place, f"{key} = {value!r}", "、".join(choices))
            return ""
        return str(value)

    def _columns(self, entries: list[dict[str, Any]], usual: str) -> tuple[TargetColumn, ...]:
        if len(entries) > MOST_COLUMNS:
            self.fault(self._source, _("列太多，最多 %(n)s 列", n=MOST_COLUMNS))
        seen: set[str] = set()
        columns = []
        for number, entry in enumerate(entries[:MOST_COLUMNS]):
            line = self._entries[number] if len(self._entries) == len(entries) else 0
            name = str(entry.get("name", ""))[:40]
            place = _("%(file)s 第 %(line)s 行 第 %(n)s 个 [[column]] %(name)s", file=self._source, line=line or "?",
                      n=number + 1, name=name).rstrip()  # fmt: skip
            before = len(self.faults)
            good = self._known(entry, _COLUMN_KEYS, place, ("name",))
            if good.get("name") in seen:
                self.fault(place, _("列名重复"))
            seen.add(good.get("name", ""))
            layer = self._choice(good, "layer", Layer, place) or usual
            self._source_of(good, layer, place)
            self._form_of(good, layer, place)
            if len(self.faults) == before:
                columns.append(TargetColumn(**{**good, "layer": Layer(layer)}))
        return tuple(columns)

    def _source_of(self, entry: Mapping[str, Any], layer: str, place: str) -> None:
        """A column has exactly one source, and a field that the register has in that layer."""
        sources = [key for key in ("field", "constant", "left_to") if key in entry]
        if len(sources) != 1:
            self.fault(place, _("须写且只写一个来源"), "field、constant、left_to")
        if "field" not in entry:
            for key in ("codes", "format", "layer"):
                if key in entry:
                    self.fault(place, _("%(key)s 只能与 field 同用", key=key))
            if "left_to" in entry and entry.get("required"):
                self.fault(place, _("left_to 的列留空，不能 required"))
            return
        fields = CONFIRMED if layer == Layer.REGISTRY else (*BY_KEY, *PLACES)
        if entry["field"] not in fields:
            self.fault(place, f"field = {entry['field']!r}", "、".join(fields))

    def _form_of(self, entry: Mapping[str, Any], layer: str, place: str) -> None:
        if "pattern" in entry:
            try:
                re.compile(entry["pattern"])
            except re.error as error:
                self.fault(place, _("pattern 不是正则表达式：%(reason)s", reason=error))
        if "format" not in entry or "field" not in entry:
            return
        if "codes" in entry:
            self.fault(place, _("codes 与 format 不能同用"))
        allowed = formats_of(entry["field"]) if layer == Layer.NORMAL else ""
        if not allowed:
            self.fault(place, _("只有日期和数字（normal 层）可以写 format"))
        elif not is_format(entry["field"], entry["format"]):
            self.fault(place, f"format = {entry['format']!r}", allowed)


def _allowed(kind: str) -> str:
    return {
        _TEXT: _("引号中的文字，最多 2000 字"),
        _TRUTH: "true、false",
        _NUMBER: _("1 到 %(n)s 的整数", n=LONGEST_CELL),
        _TEXTS: _('{ "本系统的代码" = "目标的代码" }'),
    }[kind]


def formats_of(key: str) -> str:
    """Return the formats that a field may be written in, as a list for people; "" where it has none."""
    kind = BY_KEY[key].kind if key in BY_KEY else Kind.TEXT
    if kind in _DAYS:
        return "、".join(DAY_FORMATS)
    return _("0、0.0、0.00 …（最多 8 位小数）") if kind in _NUMBERS else ""


def is_format(key: str, text: str) -> bool:
    """Say whether a format fits the kind of a field."""
    kind = BY_KEY[key].kind if key in BY_KEY else Kind.TEXT
    return text in DAY_FORMATS if kind in _DAYS else kind in _NUMBERS and bool(_NUMBER_FORMAT.fullmatch(text))
