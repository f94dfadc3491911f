"""D10 审核审批表 and D12 领证签收单: the county's decision, and the holder's receipt for the book."""

from __future__ import annotations

import datetime as dt

from plugins.demo.drawing import wear
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.sheet import BLACK_HAND, HAND, PENCIL, PRINT, TITLE, Sheet

_LEFT = 22.0


def approval(desk: Desk) -> Paper:
    """Draw the review and approval form."""
    household, sheet = desk.household, desk.sheet()
    sheet.put(105, 26, "林权登记审核审批表", TITLE, align="center")
    sheet.put(_LEFT, 38, "拟发林权证号:", PRINT)
    sheet.put(_LEFT + 26, 38, household.cert_no, HAND.sized(12))
    y = _summary(sheet, desk, 44)
    for title, opinion, office, person, day in _opinions(desk):
        _opinion(sheet, y, title, opinion)
        sheet.put(_LEFT + 86, y + 36, "签字:", PRINT)
        sheet.put(_LEFT + 98, y + 36, person, BLACK_HAND.sized(17))
        sheet.put(_LEFT + 112, y + 50, chinese_date(day), BLACK_HAND.sized(12))
        sheet.seal(_LEFT + 128, y + 38, office)
        y += 58
    sheet.fields |= {
        "cert_no": household.cert_no,
        "holder": household.holder.name,
        "approved_on": household.course.approved_on.isoformat(),
        "area_mu": str(household.area_mu),
    }
    sheet.put(196, 12, "12", PENCIL, kind="mark")
    return Paper(doc_type="D10", title="审核审批表", sheets=[sheet])


def _summary(sheet: Sheet, desk: Desk, y: float) -> float:
    household, village = desk.household, desk.village
    y = sheet.row(
        _LEFT, y, 11, (26, "权利人"), (40, household.holder.name, HAND.sized(15)), (26, "宗地数(宗)"),
        (20, str(len(household.parcels)), HAND), (26, "面积(亩)"), (34, str(household.area_mu), HAND),
    )  # fmt: skip
    y = sheet.row(
        _LEFT, y, 11, (26, "坐落"), (86, village.full_name, HAND.sized(12)), (26, "权利期限"),
        (34, f"{household.tenure.term_years}年", HAND),
    )  # fmt: skip
    published = f"{chinese_date(village.published_from)}至{chinese_date(village.published_to)},公示三十日,无异议。"
    return sheet.row(_LEFT, y, 11, (26, "公示情况"), (146, published, HAND.sized(12)))


def _opinions(desk: Desk) -> tuple[tuple[str, str, str, str, dt.date], ...]:
    """Return the three opinions: title, words, office, who signs, when."""
    officials, course, town = desk.village.officials, desk.household.course, desk.village.town
    return (
        (
            "乡(镇)初审意见",
            "经审查,申请登记的林地权属清楚、四至明确、面积准确,同意上报。",
            f"{town}人民政府",
            officials.township_reviewer,
            course.surveyed_on,
        ),
        (
            "县林业主管部门审核意见",
            "材料齐全,程序合法,图、表、册、证一致,经审核符合登记条件,拟同意登记发证。",
            desk.forestry_bureau,
            officials.county_reviewer,
            course.reviewed_on,
        ),
        (
            "县人民政府审批意见",
            "同意登记,核发林权证。",
            desk.county_government,
            officials.county_clerk,
            course.approved_on,
        ),
    )


def _opinion(sheet: Sheet, y: float, title: str, opinion: str) -> None:
    sheet.cell((_LEFT, y, 26, 58), title)
    sheet.frame(_LEFT + 26, y, 146, 58)
    sheet.paragraph(_LEFT + 32, y + 11, 134, opinion, BLACK_HAND.sized(14))


def receipt(desk: Desk) -> Paper:
    """Draw the receipt that the holder signs for the book; some offices scanned these slips in black and white."""
    household, village = desk.household, desk.village
    bilevel = desk.rng.random() < 0.2
    sheet = desk.sheet(colour=wear.Colour.BILEVEL if bilevel else wear.Colour.COLOUR)
    received = household.course.received_on or household.course.approved_on
    sheet.put(105, 40, "林权证领取签收单", TITLE, align="center")
    sheet.put(_LEFT, 58, f"{village.county}{village.town}{village.name}", PRINT.sized(12))
    for y, label, value in (
        (66.0, "林权证号", household.cert_no),
        (80.0, "林权证编号", household.cert_serial or ""),
        (94.0, "权利人", household.holder.name),
        (108.0, "身份证号码", household.holder.id_no),
        (122.0, "宗地数、面积", f"{len(household.parcels)}宗 {household.area_mu}亩"),
    ):
        sheet.row(_LEFT, y, 14, (44, label, PRINT.sized(12)), (128, value, HAND.sized(14)))
    sheet.paragraph(
        _LEFT, 152, 170, "今领到上列林权证壹本,经核对,证载权利人、宗地、四至、面积与申请一致,无异议。", PRINT.sized(13)
    )
    sheet.put(_LEFT + 70, 188, "领证人(签名、手印):", PRINT.sized(12))
    end = sheet.put(_LEFT + 116, 188, household.holder.name, HAND.sized(19))
    sheet.finger(end + 6, 188)
    sheet.put(_LEFT + 70, 206, "发证人:", PRINT.sized(12))
    sheet.put(_LEFT + 90, 206, village.officials.county_clerk, BLACK_HAND.sized(17))
    sheet.put(_LEFT + 116, 222, chinese_date(received), HAND)
    sheet.fields |= {
        "cert_no": household.cert_no,
        "holder": household.holder.name,
        "id_no": household.holder.id_no,
        "received_on": received.isoformat(),
    }
    sheet.put(196, 12, "18", PENCIL, kind="mark")
    return Paper(doc_type="D12", title="领证签收单", sheets=[sheet])
