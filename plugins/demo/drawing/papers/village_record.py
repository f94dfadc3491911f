"""D09 村民代表会议决议 and D08 登记公示: the village's own records, to which every household's file refers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins.demo.domain.values import Household
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import BLACK_HAND, HAND, LABEL, PRINT, TITLE, Ink, Sheet

_LEFT, _WIDTH = 28.0, 158.0
_BODY = Ink(13)


def _pages(households: Sequence[Household], size: int) -> Iterator[Sequence[Household]]:
    """Cut the list into pages."""
    for start in range(0, len(households), size):
        yield households[start : start + size]


def resolution(desk: Desk) -> Paper:
    """Draw the resolution of the villagers' representatives and the sheet of their signatures."""
    village, sheet = desk.village, desk.sheet()
    votes = len(village.households)
    sheet.put(105, 32, f"{village.name}村民代表会议决议", Ink(21, Face.HEI), align="center")
    sheet.put(105, 44, "柳村决〔2008〕3号", PRINT.sized(12), align="center")
    y = 60.0
    for text in (
        f"{chinese_date(village.voted_on)},{village.name}召开村民代表会议,专题讨论本村集体林权制度改革方案。应到代表{votes}人,实到{votes}人,会议由{village.officials.village_head}主持。",
        "会议听取了村林改工作小组关于本村林地、林木现状调查和家庭承包方案的说明,经充分讨论和举手表决,形成如下决议:",
        "一、坚持集体林地所有权不变,将集体林地承包经营权和林木所有权落实到户,承包期按照方案规定执行。",
        "二、以现有自留山、责任山为基础,界线清楚、没有争议的保持稳定,不打乱重分。",
        "三、界址由四邻到场指认,签字按印,埋设界桩;有争议的先调处、后登记。",
        f"四、登记结果张榜公示三十日,自{chinese_date(village.published_from)}起至{chinese_date(village.published_to)}止。",
        f"五、表决结果:同意{votes}票,反对0票,弃权0票,超过应到代表的三分之二,本决议通过。",
    ):
        y = sheet.paragraph(_LEFT, y, _WIDTH, text, _BODY, lead=1.9) + 1
    sheet.put(_LEFT + 92, y + 14, desk.committee, _BODY)
    sheet.put(_LEFT + 98, y + 24, chinese_date(village.voted_on), _BODY)
    sheet.seal(_LEFT + 114, y + 18, desk.committee, diameter=42)
    sheet.fields |= {"doc_no": "柳村决〔2008〕3号", "doc_date": village.voted_on.isoformat()}
    return Paper(doc_type="D09", title="村民代表会议决议", sheets=[sheet, *_signature_sheets(desk)])


def _signature_sheets(desk: Desk) -> list[Sheet]:
    sheets = []
    for group in _pages(desk.village.households, 60):
        sheet = desk.sheet()
        sheet.put(105, 28, "村民代表签字表", TITLE.sized(18), align="center")
        for place, household in enumerate(group):
            column, row = place % 4, place // 4
            x, y = 24 + column * 42.0, 42 + row * 15.5
            sheet.frame(x, y, 42, 15.5)
            sheet.put(x + 6, y + 7.5, household.holder.name, (HAND if place % 3 else BLACK_HAND).sized(16))
            if place % 5 == 2:
                sheet.finger(x + 33, y + 7.5)
        sheets.append(sheet)
    return sheets


def publication(desk: Desk) -> Paper:
    """Draw the notice that was posted for thirty days: every holder with certificate number, parcels and area."""
    sheets = []
    for group in _pages(desk.village.households, 22):
        sheet = desk.sheet()
        _notice_head(sheet, desk)
        widths = (12, 26, 52, 16, 24, 40)
        y = sheet.row(
            20, 78, 9, *zip(widths, ("序号", "权利人", "林权证号", "宗地数", "面积(亩)", "小地名"), strict=True)
        )
        for household in group:
            places = "、".join(dict.fromkeys(parcel.place_name for parcel in household.parcels))
            values = (
                str(household.index + 1), household.holder.name, household.cert_no, str(len(household.parcels)),
                str(household.area_mu), places,
            )  # fmt: skip
            y = sheet.row(20, y, 7.6, *zip(widths, values, strict=True))
        sheet.put(128, y + 12, desk.committee, PRINT)
        sheet.put(132, y + 20, chinese_date(desk.village.published_from), PRINT)
        sheet.seal(146, y + 15, desk.committee, diameter=38)
        sheets.append(sheet)
    return Paper(doc_type="D08", title="林权登记公示", sheets=sheets)


def _notice_head(sheet: Sheet, desk: Desk) -> None:
    village = desk.village
    sheet.put(105, 28, "公    示", Ink(26, Face.HEI), align="center")
    sheet.paragraph(
        20, 44, 170,
        f"根据集体林权制度改革的规定,现将{village.name}拟登记发证的林地情况予以公示,公示期三十日,自"
        f"{chinese_date(village.published_from)}起至{chinese_date(village.published_to)}止。公示期内如有异议,"
        f"请向{village.town}林业工作站或者{desk.forestry_bureau}提出。",
        PRINT.sized(12),
    )  # fmt: skip
    sheet.put(20, 73, f"单位:亩、宗    行政区划代码:{village.code}", LABEL.sized(9))
