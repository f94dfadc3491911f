"""D18 不动产登记反馈材料: the registry's answer for one certificate, either entered with its new numbers or sent back with a reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import segno

from plugins.demo.domain.numbers import grouped_unit_number
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import BLACK_HAND, LABEL, PRINT, Ink, Sheet
from plugins.demo.drawing.wear import Holes

_LEFT, _WIDTH = 26.0, 160.0
_BODY = Ink(13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the registry's paper says besides the household's own data.

    Attributes:
        return_reason: code and words of the reason when the certificate is sent back; empty when it was entered.
        qr_text: what the QR code of the cover sheet says; empty for a paper without code.
    """

    doc_no: str
    batch_no: str
    archival_code: str
    dated: dt.date
    return_reason: str = ""
    qr_text: str = ""


def feedback(desk: Desk, notice: Notice) -> Paper:
    """Draw the registry's answer."""
    sheet = desk.sheet()
    sheet.holes = Holes.NONE
    returned = bool(notice.return_reason)
    title = "林权登记资料退回补正通知书" if returned else "林权登记资料整合入库结果反馈单"
    sheet.put(105, 34, "示范县不动产登记中心", Ink(16, Face.SONG), align="center")
    sheet.put(105, 47, title, Ink(21, Face.HEI), align="center")
    sheet.put(105, 58, notice.doc_no, PRINT.sized(12), align="center")
    sheet.rule(_LEFT, 64, _LEFT + _WIDTH, 64, width=0.6)
    sheet.put(_LEFT, 74, f"{desk.forestry_bureau}:", _BODY)
    y = sheet.paragraph(_LEFT, 84, _WIDTH, _opening(notice), _BODY)
    y = _identity_rows(sheet, desk, notice, y + 2)
    y = _return_rows(sheet, notice, y) if returned else _result_rows(sheet, desk, y)
    _foot(sheet, desk, notice, max(y + 16, 205))
    if notice.qr_text:
        _qr(sheet, notice.qr_text)
    sheet.fields |= {
        "doc_no": notice.doc_no,
        "batch_no": notice.batch_no,
        "cert_no": desk.household.cert_no,
        "archival_code": notice.archival_code,
    }
    return Paper(doc_type="D18", title="退回补正通知" if returned else "入库结果反馈单", sheets=[sheet])


def _opening(notice: Notice) -> str:
    outcome = (
        "经审查不符合入库要求,现予退回,请补正后列入新的批次移交。"
        if notice.return_reason
        else "已完成数据整合并登簿,结果反馈如下,请归入集体林权制度改革档案。"
    )
    return f"你局移交批次{notice.batch_no}中下列林权登记资料,{outcome}"


def _identity_rows(sheet: Sheet, desk: Desk, notice: Notice, y: float) -> float:
    household = desk.household
    for label, value in (
        ("林权证号", household.cert_no),
        ("档    号", notice.archival_code),
        ("权利人", "、".join(person.name for person in household.people)),
        ("坐    落", desk.village.full_name),
        ("宗地数、面积", f"{len(household.parcels)}宗    {household.area_mu}亩"),
    ):
        y = sheet.row(_LEFT, y, 10, (40, label), (120, value, PRINT.sized(11.5)))
    return y


def _result_rows(sheet: Sheet, desk: Desk, y: float) -> float:
    household = desk.household
    y = sheet.row(_LEFT, y, 10, (40, "不动产权证号"), (120, household.title_cert_no, PRINT.sized(11.5)))
    for parcel in household.parcels:
        unit = grouped_unit_number(parcel.bdc_unit_no)
        y = sheet.row(_LEFT, y, 10, (40, f"宗地{parcel.parcel_no}单元号"), (120, unit, PRINT.sized(11.5)))
    sheet.fields |= {
        "title_cert_no": household.title_cert_no,
        "bdc_unit_no": household.parcels[0].bdc_unit_no,
    }
    return sheet.row(_LEFT, y, 10, (40, "落图核对"), (120, "图、属、档一致,与相邻宗地无重叠", PRINT.sized(11.5)))


def _return_rows(sheet: Sheet, notice: Notice, y: float) -> float:
    sheet.fields["return_reason"] = notice.return_reason
    sheet.cell((_LEFT, y, 40, 32), "退回原因")
    sheet.frame(_LEFT + 40, y, 120, 32)
    sheet.put(_LEFT + 46, y + 16, notice.return_reason, BLACK_HAND.sized(15))
    return y + 32


def _foot(sheet: Sheet, desk: Desk, notice: Notice, y: float) -> None:
    sheet.put(_LEFT, y, "经办人:", _BODY)
    sheet.put(_LEFT + 20, y, desk.village.officials.registry_clerk, BLACK_HAND.sized(17))
    sheet.put(_LEFT + 94, y, "示范县不动产登记中心", _BODY)
    sheet.put(_LEFT + 104, y + 10, chinese_date(notice.dated), _BODY)
    sheet.seal(_LEFT + 118, y + 2, "示范县不动产登记中心", diameter=42)
    sheet.put(_LEFT, 272, "本单一式两份,林业主管部门、不动产登记机构各存一份。", LABEL.sized(9))


def _qr(sheet: Sheet, text: str) -> None:
    """Print the code that leads the scanned paper back to its batch item."""
    module = sheet.px(0.9)
    left, top = sheet.px(164), sheet.px(12)
    for row, cells in enumerate(segno.make(text, error="m", micro=False).matrix):
        for column, dark in enumerate(cells):
            if dark:
                x, y = left + column * module, top + row * module
                sheet.draw.rectangle((x, y, x + module - 1, y + module - 1), fill=(20, 20, 20))
