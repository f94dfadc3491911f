"""D01 林权登记申请表: the form that opens the file, its front for person and parcels, its back for the opinions."""

from __future__ import annotations

from plugins.demo.domain.values import Parcel
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.sheet import HAND, LABEL, PENCIL, TITLE, Sheet

_LEFT, _WIDTH = 22.0, 172.0


def application(desk: Desk) -> Paper:
    """Draw the application form."""
    return Paper(doc_type="D01", title="林权登记申请表", sheets=[_front(desk), _back(desk)], double_sided=True)


def _front(desk: Desk) -> Sheet:
    household, sheet = desk.household, desk.sheet()
    sheet.put(105, 24, "林权登记申请表", TITLE, align="center")
    number = household.parcels[0].application_no
    sheet.put(_LEFT, 36, "申请表编号:")
    sheet.put(_LEFT + 22, 36, number, HAND.sized(11))
    sheet.put(_LEFT + 98, 36, "填表日期:")
    sheet.put(_LEFT + 116, 36, chinese_date(household.course.applied_on), HAND.sized(11))
    sheet.fields |= {"application_no": number, "holder": household.holder.name, "id_no": household.holder.id_no}
    y = _person_rows(sheet, desk, 41)
    for parcel in household.parcels:
        y = _parcel_rows(sheet, parcel, y)
    y = _right_rows(sheet, desk, y)
    sheet.put(_LEFT, y + 8, "申请人(签名、手印):", LABEL)
    end = sheet.put(_LEFT + 40, y + 8, household.holder.name, HAND.sized(17))
    sheet.finger(end + 4, y + 8)
    sheet.put(_LEFT + 108, y + 8, chinese_date(household.course.applied_on), HAND.sized(12))
    sheet.put(_LEFT, 286, "注:本表一式两份,乡(镇)林业工作站、县林业主管部门各存一份。", LABEL.sized(9))
    sheet.put(196, 12, "1", PENCIL, kind="mark")
    sheet.archive_stamp(140, 8, "演示全宗", "2009", str(household.index + 1), "林权", "永久", "页")
    return sheet


def _person_rows(sheet: Sheet, desk: Desk, y: float) -> float:
    household, hand = desk.household, HAND.sized(12)
    holder = household.holder
    y = sheet.row(
        _LEFT, y, 10, (26, "申请人"), (34, holder.name, hand.sized(15)), (14, "性别"), (14, holder.sex, hand),
        (24, "身份证号码"), (60, holder.id_no, hand),
    )  # fmt: skip
    y = sheet.row(
        _LEFT, y, 10, (26, "住  址"), (110, holder.address, hand), (18, "村民小组"), (18, f"{household.group}组", hand)
    )
    joint = "共同共有" if household.co_holders else "单独所有"
    y = sheet.row(
        _LEFT, y, 10, (26, "取得方式"), (40, household.tenure.acquisition, hand), (24, "登记类型"), (28, "首次登记", hand),
        (24, "共有方式"), (30, joint, hand),
    )  # fmt: skip
    rights = "√林地使用权  √森林或林木所有权  √森林或林木使用权  □林地所有权"
    return sheet.row(_LEFT, y, 9, (26, "申请登记权利"), (146, rights))


def _parcel_rows(sheet: Sheet, parcel: Parcel, y: float) -> float:
    """Four rows a parcel, with the parcel number beside them."""
    hand, small = HAND.sized(12), HAND.sized(10.5)
    sheet.cell((_LEFT, y, 14, 34), f"宗地{parcel.seq}")
    x = _LEFT + 14
    y = sheet.row(
        x, y, 8.5, (18, "宗地号"), (18, parcel.parcel_no, hand), (16, "小地名"), (34, parcel.place_name, hand),
        (16, "林班"), (18, parcel.compartment, hand), (16, "小班"), (22, parcel.subcompartment, hand),
    )  # fmt: skip
    trees = "/" if parcel.tree_count is None else str(parcel.tree_count)
    y = sheet.row(
        x, y, 8.5, (18, "面积(亩)"), (24, str(parcel.area_mu), hand), (18, "主要树种"), (22, parcel.main_species, hand),
        (14, "株数"), (20, trees, hand), (14, "林种"), (28, parcel.forest_category, hand),
    )  # fmt: skip
    y = sheet.row(x, y, 8.5, (14, "东至"), (65, parcel.bound_e, small), (14, "南至"), (65, parcel.bound_s, small))
    return sheet.row(x, y, 8.5, (14, "西至"), (65, parcel.bound_w, small), (14, "北至"), (65, parcel.bound_n, small))


def _right_rows(sheet: Sheet, desk: Desk, y: float) -> float:
    household, hand = desk.household, HAND.sized(12)
    name, tenure = household.holder.name, household.tenure
    sheet.fields["area_mu"] = str(household.area_mu)
    y = sheet.row(
        _LEFT,
        y,
        9,
        (42, "林地所有权权利人"),
        (44, desk.village.collective, hand),
        (42, "林地使用权权利人"),
        (44, name, hand),
    )
    y = sheet.row(
        _LEFT, y, 9, (42, "森林或林木所有权权利人"), (44, name, hand), (42, "森林或林木使用权权利人"), (44, name, hand)
    )
    return sheet.row(
        _LEFT, y, 9, (28, "林地使用期"), (30, f"{tenure.term_years}年", hand), (24, "终止日期"),
        (40, chinese_date(tenure.term_end), hand), (24, "合计面积"), (26, f"{household.area_mu}亩", hand),
    )  # fmt: skip


def _back(desk: Desk) -> Sheet:
    household, village, sheet = desk.household, desk.village, desk.back()
    sheet.put(105, 24, "林权登记申请表(背面)", TITLE.sized(15), align="center")
    opinions = (
        (
            "村民小组意见",
            f"该户申请登记的{len(household.parcels)}宗林地经小组会议确认,四邻无异议,情况属实。",
            "",
            village.officials.village_clerk,
        ),
        (
            "村民委员会\n意见",
            "经村民代表会议讨论通过并张榜公示,同意上报登记。",
            desk.committee,
            village.officials.village_head,
        ),
        (
            "乡(镇)林业站初审意见",
            "申请材料齐全,外业勘界与申请一致,同意上报。",
            f"{village.town}林业工作站",
            village.officials.township_reviewer,
        ),
    )
    y = 36.0
    for title, opinion, office, person in opinions:
        sheet.cell((_LEFT, y, 26, 62), title)
        sheet.frame(_LEFT + 26, y, 146, 62)
        sheet.paragraph(_LEFT + 32, y + 10, 132, opinion, HAND.sized(14))
        sheet.put(_LEFT + 92, y + 44, "负责人:")
        sheet.put(_LEFT + 108, y + 44, person, HAND.sized(16))
        sheet.put(_LEFT + 112, y + 55, chinese_date(household.course.surveyed_on), HAND.sized(12))
        if office:
            sheet.seal(_LEFT + 122, y + 40, office, diameter=38)
        y += 62
    sheet.cell((_LEFT, y, 26, 24), "备  注")
    sheet.frame(_LEFT + 26, y, 146, 24)
    sheet.put(_LEFT + 32, y + 12, "本宗林地无纠纷、无抵押。", HAND)
    sheet.put(196, 12, "2", PENCIL, kind="mark")
    return sheet
