"""D05 勘界调查表 and D07 四邻认界签字表: what the surveyors and the neighbours put their names to in the field."""

from __future__ import annotations

from plugins.demo.domain.values import Parcel
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.sheet import BLACK_HAND, HAND, LABEL, PENCIL, PRINT, TITLE, Sheet

_LEFT = 22.0


def boundary_survey(desk: Desk) -> Paper:
    """Draw the survey form; half of the operators scanned its unwritten back as well."""
    household, sheet = desk.household, desk.sheet()
    sheet.put(105, 26, "集体林权制度改革外业勘界调查表", TITLE.sized(18), align="center")
    sheet.put(_LEFT, 38, f"县:{desk.village.county}    乡(镇):{desk.village.town}    村:{desk.village.name}", PRINT)
    sheet.put(_LEFT + 128, 38, "单位:亩、株、米", LABEL.sized(9.5))
    y = _head(sheet, desk, 43)
    for parcel in household.parcels:
        y = _parcel(sheet, parcel, y)
    y = _foot(sheet, desk, y)
    sheet.fields |= {
        "holder": household.holder.name,
        "area_mu": str(household.area_mu),
        "surveyed_on": household.course.surveyed_on.isoformat(),
    }
    sheet.put(196, 12, "7", PENCIL, kind="mark")
    sides = [sheet, desk.blank()] if household.index % 2 == 0 else [sheet]
    return Paper(doc_type="D05", title="勘界调查表", sheets=sides, double_sided=True)


def _head(sheet: Sheet, desk: Desk, y: float) -> float:
    household, hand = desk.household, HAND.sized(12)
    y = sheet.row(
        _LEFT, y, 9, (26, "承包户户主"), (36, household.holder.name, hand.sized(14)), (22, "村民小组"), (20, f"{household.group}组", hand),
        (24, "宗地数"), (14, str(len(household.parcels)), hand), (14, "方法"), (16, "GPS实测", hand),
    )  # fmt: skip
    return sheet.row(
        _LEFT, y, 9, (26, "勘界日期"), (46, chinese_date(household.course.surveyed_on), hand), (30, "底图"),
        (70, "1:10000地形图放大、现地勾绘", hand),
    )  # fmt: skip


def _parcel(sheet: Sheet, parcel: Parcel, y: float) -> float:
    hand, small = HAND.sized(12), HAND.sized(11)
    trees = "/" if parcel.tree_count is None else str(parcel.tree_count)
    y = sheet.row(
        _LEFT, y, 8, (18, f"宗地{parcel.parcel_no}"), (18, "小地名"), (30, parcel.place_name, hand), (18, "林班小班"),
        (32, f"{parcel.compartment}-{parcel.subcompartment}", hand), (26, "实测面积(亩)"), (30, str(parcel.area_mu), hand),
    )  # fmt: skip
    y = sheet.row(
        _LEFT, y, 8, (18, "树种"), (26, parcel.main_species, hand), (16, "株数"), (22, trees, hand), (14, "林种"),
        (24, parcel.forest_category, hand), (14, "起源"), (14, parcel.origin, hand), (24, parcel.forest_class, hand),
    )  # fmt: skip
    for label, bound in (
        ("东至", parcel.bound_e),
        ("南至", parcel.bound_s),
        ("西至", parcel.bound_w),
        ("北至", parcel.bound_n),
    ):
        sheet.cell((_LEFT, y, 18, 7), label)
        sheet.cell((_LEFT + 18, y, 154, 7), bound, small, align="left")
        y += 7
    return y


def _foot(sheet: Sheet, desk: Desk, y: float) -> float:
    household, officials = desk.household, desk.village.officials
    sheet.cell((_LEFT, y, 18, 30), "调查记事")
    sheet.frame(_LEFT + 18, y, 154, 30)
    sheet.paragraph(
        _LEFT + 22, y + 8, 145,
        f"各宗地界线清楚,四邻到场指认,界桩已埋设。合计实测面积{household.area_mu}亩,与申请面积一致。",
        HAND.sized(13),
    )  # fmt: skip
    y += 42
    for label, x, name in (
        ("调查员:", 0.0, officials.surveyor),
        ("户主:", 60.0, household.holder.name),
        ("审核:", 118.0, officials.township_reviewer),
    ):
        sheet.put(_LEFT + x, y, label, LABEL)
        sheet.put(_LEFT + x + 14, y, name, (HAND if x == 60 else BLACK_HAND).sized(16))
    sheet.finger(_LEFT + 96, y)
    return y


def neighbours(desk: Desk) -> Paper:
    """Draw the table in which those beyond each border acknowledge it."""
    household, sheet = desk.household, desk.sheet()
    sheet.put(105, 28, "林地四邻认界签字表", TITLE, align="center")
    sheet.put(_LEFT, 40, "承包户:", PRINT)
    sheet.put(_LEFT + 15, 40, household.holder.name, HAND.sized(15))
    sheet.put(_LEFT + 100, 40, "认界日期:", PRINT)
    sheet.put(_LEFT + 119, 40, chinese_date(household.course.surveyed_on), HAND)
    widths = (16, 24, 18, 66, 48)
    y = sheet.row(
        _LEFT, 46, 10, *zip(widths, ("宗地号", "小地名", "方位", "相邻地类或权利人", "签字、手印"), strict=True)
    )
    for parcel in household.parcels:
        y = _neighbour_rows(sheet, desk, parcel, y)
    y = sheet.paragraph(
        _LEFT, y + 12, 170, "以上界线经四邻现场共同指认,一致认可,特此签字确认,今后不得反悔。", PRINT.sized(12)
    )
    sheet.put(_LEFT + 96, y + 10, "村民委员会(盖章)", PRINT)
    sheet.seal(_LEFT + 118, y + 14, desk.committee)
    sheet.fields |= {"holder": household.holder.name}
    sheet.put(196, 12, "11", PENCIL, kind="mark")
    return Paper(doc_type="D07", title="四邻认界签字表", sheets=[sheet])


def _neighbour_rows(sheet: Sheet, desk: Desk, parcel: Parcel, y: float) -> float:
    hand = HAND.sized(12)
    village = desk.village.name
    sides = (("东", parcel.neighbour_e), ("南", ""), ("西", parcel.neighbour_w), ("北", ""))
    sheet.cell((_LEFT, y, 16, 60), parcel.parcel_no, hand)
    sheet.cell((_LEFT + 16, y, 24, 60), parcel.place_name, hand)
    for side, neighbour in sides:
        sheet.row(
            _LEFT + 40,
            y,
            15,
            (18, side),
            (66, f"{neighbour}承包林地" if neighbour else f"{village}集体土地", hand),
            (48, ""),
        )
        signer = neighbour or desk.village.officials.village_clerk
        end = sheet.put(_LEFT + 128, y + 7.5, signer, (HAND if sheet.rng.random() < 0.5 else BLACK_HAND).sized(15))
        if neighbour:
            sheet.finger(end + 8, y + 7.5)
        y += 15
    return y
