"""What can be asked (查询条件): the kinds of numbers, what each must look like, and what may stand in the record of queries.

Source: domain reference, section 6 (query by certificate number, ID number, parcel, unit number, village), 2.5 (forms of numbers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lindang.errors import BadInput, Fault
from lindang.i18n import Text, _, lazy
from models.numbers import cert_query, parse_title_no, parse_unit_no
from models.persons import find_id_numbers, mask_personal_in, upgrade_resident_id

CERT_NO, ID_NO, PARCEL, UNIT_NO, TITLE_NO, VILLAGE = "cert_no", "id_no", "parcel", "unit_no", "title_no", "village"

KINDS: Final[dict[str, Text]] = {
    CERT_NO: lazy("林权证号"),
    ID_NO: lazy("证件号码"),
    PARCEL: lazy("宗地号或宗地代码"),
    UNIT_NO: lazy("不动产单元号"),
    TITLE_NO: lazy("不动产权证号"),
    VILLAGE: lazy("全村"),
}

_PARCEL_CODE_LENGTH: Final = 19
_SHORTEST_ID: Final = 6
_LONGEST: Final = 120
_SHORTEST_WORDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: a number of one kind (the village itself for a whole village), why, on what ground, which page of the answer."""

    kind: str
    value: str = ""
    village_code: str = ""
    purpose: str = ""
    basis: str = ""
    page: int = 1

    @property
    def is_parcel_code(self) -> bool:
        """Say whether a parcel is asked by its whole code, which needs no village."""
        return len(self.value.strip()) == _PARCEL_CODE_LENGTH

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the question; the words never repeat what was typed."""
        if self.kind not in KINDS:
            yield Fault("kind", _("请选择查询条件"))
            return
        yield from self._value_faults()
        if self._needs_village and not self._is_village:
            yield Fault("village", _("请填 12 位村代码"), _("村代码可以从列表中选。"))
        for name, words, text in (("purpose", _("事由"), self.purpose), ("basis", _("依据"), self.basis)):
            if len(text.strip()) < _SHORTEST_WORDS:
                yield Fault(name, _("请写明%(what)s", what=words), _("没有事由和依据不能查询；它们会留在查询记录里。"))

    @property
    def _needs_village(self) -> bool:
        return self.kind == VILLAGE or (self.kind == PARCEL and not self.is_parcel_code)

    @property
    def _is_village(self) -> bool:
        return len(self.village_code) == 12 and self.village_code.isascii() and self.village_code.isdigit()

    def _value_faults(self) -> Iterator[Fault]:
        value = self.value.strip()
        if self.kind == VILLAGE:
            return
        if not value or len(value) > _LONGEST:
            yield Fault("value", _("请填号码"))
        elif self.kind != ID_NO and (find_id_numbers(value) or upgrade_resident_id(value)):
            yield Fault("value", _("这是证件号码"), _("请选“证件号码”再查，号码只以摘要留在记录里。"))
        elif reason := _shape_fault(self.kind, value):
            yield Fault("value", reason)

    def purpose_kept(self) -> str:
        """Return the reason as it may stand in the record: personal numbers in it are masked."""
        return mask_personal_in(self.purpose.strip())[:200]

    def basis_kept(self) -> str:
        """Return the ground as it may stand in the record."""
        return mask_personal_in(self.basis.strip())[:200]


def _shape_fault(kind: str, value: str) -> str:
    if kind == CERT_NO and not _is_certain(value):
        return _("请填完整的林权证号，至少有年份和号码，例如：2010 123")
    if kind == UNIT_NO and parse_unit_no(value) is None:
        return _("不动产单元号不是 28 位的规定格式")
    if kind == TITLE_NO and parse_title_no(value) is None:
        return _("不动产权证号不是规定格式")
    if kind == ID_NO and len("".join(value.split())) < _SHORTEST_ID:
        return _("证件号码太短")
    return ""


def _is_certain(value: str) -> bool:
    """Say whether a certificate number leaves little open: a bare figure would name a book of every year and word."""
    query = cert_query(value)
    readings = query.readings if query else ()
    return not readings or any(reading.year is not None or reading.word for reading in readings)


def plain_filter(text: str) -> str:
    """Return a filter of a list as typed. Raises BadInput when it is or holds an identity number: it would stay in the address."""
    if find_id_numbers(text) or upgrade_resident_id(text):
        raise BadInput(
            _("证件号码不能放在网址里检索"),
            remedy=_("网址会留在浏览器历史和日志中。请改用业务号、林权证号或证明编号。"),
        )
    return text.strip()
