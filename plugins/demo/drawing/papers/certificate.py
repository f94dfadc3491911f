"""D11 林权证存根: cover, front matter with number and seal, and one register page for each parcel, as opened booklets."""

from __future__ import annotations

import datetime as dt

from plugins.demo.domain.values import IssueState, Parcel
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import A4_WIDE, PENCIL, Ink, Sheet
from plugins.demo.drawing.wear import Holes

_GREEN = (24, 92, 58)
_GOLD = (214, 178, 84)
_FRAME = (72, 128, 96)
_BODY = Ink(12)
_TYPED = Ink(12, Face.HEI, (30, 30, 40))
_SMALL = Ink(9.5)
_MIDDLE = 148.5


def certificate_stub(desk: Desk) -> Paper:
    """Draw the stub of the household's certificate, page by page; the green cover was not scanned with every one."""
    sheets = [_front_matter(desk), *(_register_page(desk, parcel) for parcel in desk.household.parcels)]
    if desk.household.index % 5 == 0:
        sheets.insert(0, _cover(desk))
    for number, sheet in enumerate(sheets, start=1):
        sheet.put(287, 8, str(13 + number), PENCIL, kind="mark")
    return Paper(doc_type="D11", title="林权证存根", sheets=sheets)


def _spread(desk: Desk) -> Sheet:
    """Take a sheet with two ruled booklet pages and the gutter between."""
    sheet = desk.sheet(A4_WIDE)
    sheet.holes = Holes.NONE
    for step in range(14):
        shade = 255 - (14 - step) * 5
        for x in (_MIDDLE - step * 0.6, _MIDDLE + step * 0.6):
            sheet.draw.line(
                (sheet.px(x), 0, sheet.px(x), sheet.image.height), fill=(shade,) * 3, width=max(1, sheet.px(0.6))
            )
    return sheet


def _page_frame(sheet: Sheet, left: float) -> None:
    for inset, width in ((0.0, 0.7), (2.0, 0.25)):
        box = (left + inset, 14 + inset, left + 130 - inset, 192 - inset)
        sheet.draw.rectangle(tuple(map(sheet.px, box)), outline=_FRAME, width=max(1, sheet.px(width)))


def _cover(desk: Desk) -> Sheet:
    """Draw front and back cover, lying open with the outside up."""
    sheet = desk.sheet(A4_WIDE)
    sheet.holes = Holes.NONE
    sheet.draw.rectangle((sheet.px(8), sheet.px(8), sheet.px(289), sheet.px(196)), fill=_GREEN)
    sheet.draw.line(
        (sheet.px(_MIDDLE), sheet.px(8), sheet.px(_MIDDLE), sheet.px(196)), fill=(16, 66, 42), width=sheet.px(1.6)
    )
    gold = Ink(20, Face.SONG, _GOLD)
    sheet.draw.ellipse(tuple(map(sheet.px, (202, 40, 236, 74))), outline=_GOLD, width=sheet.px(0.8))
    sheet.put(219, 57, "演示", gold, align="center")
    sheet.put(219, 100, "林  权  证", gold.sized(40), align="center")
    sheet.put(219, 124, "(存 根)", gold.sized(18), align="center")
    sheet.put(219, 172, "云岭省林业厅监制(虚构)", gold.sized(12), align="center")
    return sheet


def _front_matter(desk: Desk) -> Sheet:
    household, sheet = desk.household, _spread(desk)
    _page_frame(sheet, 10)
    _page_frame(sheet, 157)
    _notice(sheet, 20)
    x = 167.0
    sheet.put(222, 34, household.cert_no, _TYPED.sized(17), align="center")
    sheet.fields |= {
        "cert_no": household.cert_no,
        "cert_serial": household.cert_serial or "",
        "holder": household.holder.name,
    }
    sheet.paragraph(
        x, 52, 110,
        "根据《中华人民共和国森林法》规定,本证中森林、林木的所有权或者使用权,林地的所有权或者使用权,业经登记,"
        "合法权益受法律保护。特发此证。",
        _BODY.sized(13), lead=1.9,
    )  # fmt: skip
    y = 104.0
    for label, value in (
        ("权利人", "、".join(person.name for person in household.people)),
        ("证件号码", household.holder.id_no),
        ("宗地数", f"{len(household.parcels)}宗"),
        ("总面积", f"{household.area_mu}亩"),
    ):
        sheet.put(x + 4, y, label + ":", _BODY)
        sheet.put(x + 30, y, value, _TYPED)
        y += 10
    sheet.put(x + 46, 154, "发证机关(盖章)", _BODY)
    sheet.put(x + 46, 166, desk.county_government, _TYPED)
    _issue(sheet, desk, x)
    sheet.put(x + 4, 185, f"编号:{household.cert_serial or ''}", _TYPED.sized(11))
    return sheet


def _notice(sheet: Sheet, x: float) -> None:
    """Print the holder's notice on the left page."""
    sheet.put(x + 55, 30, "注 意 事 项", Ink(16, Face.HEI), align="center")
    y = 46.0
    for text in (
        "一、本证是森林、林木、林地所有权或者使用权的法律凭证,由权利人保管。",
        "二、本证不得涂改、转借,遗失或者损毁的应当及时申请补发。",
        "三、权利内容发生变更的,应当持本证向发证机关申请变更登记。",
        "四、征收、占用林地的,应当凭本证办理补偿手续。",
        "五、本证未加盖发证机关印章的无效。",
        "六、本件为演示样张,全部内容均属虚构,不具有任何效力。",
    ):
        y = sheet.paragraph(x, y, 110, text, _BODY, lead=1.8) + 3


def _issue(sheet: Sheet, desk: Desk, x: float) -> None:
    """Seal and date what has been sealed and dated."""
    household = desk.household
    issued: dt.date | None = household.course.issue_date
    if issued:
        sheet.put(x + 50, 176, chinese_date(issued), _TYPED)
        sheet.fields["issue_date"] = issued.isoformat()
    if household.issue_state in (IssueState.ISSUED, IssueState.PRINTED_SEALED):
        sheet.seal(x + 72, 164, desk.county_government, diameter=44)


def _register_page(desk: Desk, parcel: Parcel) -> Sheet:
    household, sheet = desk.household, _spread(desk)
    _page_frame(sheet, 10)
    _page_frame(sheet, 157)
    _register_left(sheet, desk, parcel, 16.0)
    _register_right(sheet, desk, parcel, 163.0)
    sheet.fields |= {
        "cert_no": household.cert_no,
        "parcel_no": parcel.parcel_no,
        "area_mu": str(parcel.area_mu),
        "bound_e": parcel.bound_e,
    }
    return sheet


def _register_left(sheet: Sheet, desk: Desk, parcel: Parcel, x: float) -> None:
    name, typed = desk.household.holder.name, _TYPED.sized(11)
    sheet.put(x + 59, 26, "森林、林木、林地状况登记表", Ink(15, Face.HEI), align="center")
    sheet.put(x + 1, 36, desk.household.cert_no, typed)
    sheet.put(x + 88, 36, f"第{parcel.seq}页", _SMALL)
    y = 41.0
    for label, value in (
        ("林地所有权权利人", desk.village.collective),
        ("林地使用权权利人", name),
        ("森林或林木所有权权利人", name),
        ("森林或林木使用权权利人", name),
        ("坐落", parcel.location),
    ):
        y = sheet.row(x, y, 10, (44, label, _SMALL), (74, value, typed))
    y = sheet.row(
        x,
        y,
        10,
        (20, "小地名", _SMALL),
        (39, parcel.place_name, typed),
        (20, "宗地号", _SMALL),
        (39, parcel.parcel_no, typed),
    )
    y = sheet.row(
        x,
        y,
        10,
        (20, "林班", _SMALL),
        (39, parcel.compartment, typed),
        (20, "小班", _SMALL),
        (39, parcel.subcompartment, typed),
    )
    trees = "/" if parcel.tree_count is None else f"{parcel.tree_count}株"
    y = sheet.row(
        x, y, 10, (20, "面积", _SMALL), (39, f"{parcel.area_mu}亩", typed), (20, "株数", _SMALL), (39, trees, typed)
    )
    y = sheet.row(
        x,
        y,
        10,
        (20, "主要树种", _SMALL),
        (39, parcel.main_species, typed),
        (20, "林种", _SMALL),
        (39, parcel.forest_category, typed),
    )
    tenure = desk.household.tenure
    sheet.row(
        x, y, 10, (24, "林地使用期", _SMALL), (30, f"{tenure.term_years}年", typed), (22, "终止日期", _SMALL),
        (42, chinese_date(tenure.term_end), typed),
    )  # fmt: skip


def _register_right(sheet: Sheet, desk: Desk, parcel: Parcel, x: float) -> None:
    typed, y = _TYPED.sized(11), 24.0
    sheet.cell((x, y, 14, 56), "四\n\n至")
    for label, bound in (
        ("东", parcel.bound_e),
        ("南", parcel.bound_s),
        ("西", parcel.bound_w),
        ("北", parcel.bound_n),
    ):
        sheet.cell((x + 14, y, 12, 14), label)
        sheet.cell((x + 26, y, 92, 14), bound, typed, align="left")
        y += 14
    y = sheet.row(
        x,
        y,
        26,
        (26, "注  记", _SMALL),
        (92, f"{parcel.origin}林，{parcel.forest_class}，{parcel.plant_year}年造林。", typed),
    )
    sheet.cell((x, y, 26, 58), "填证机关\n(盖章)", _SMALL)
    sheet.frame(x + 26, y, 92, 58)
    officials = desk.village.officials
    for row, (label, name) in enumerate((("经办人:", officials.county_clerk), ("负责人:", officials.county_reviewer))):
        sheet.put(x + 32, y + 12 + row * 14, label, _SMALL)
        sheet.put(x + 50, y + 12 + row * 14, name, typed)
    if desk.household.issue_state in (IssueState.ISSUED, IssueState.PRINTED_SEALED):
        sheet.put(x + 62, y + 48, chinese_date(desk.household.course.approved_on), typed)
        sheet.seal(x + 84, y + 32, desk.forestry_bureau, diameter=40)
