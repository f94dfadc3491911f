"""D06 四至范围图: the parcel's outline with its neighbours, contours and scale on an A3 sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from plugins.demo.domain.values import Parcel, Point
from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import A3_WIDE, BLACK_HAND, BOLD, LABEL, PENCIL, PRINT, TITLE, Ink, Sheet
from plugins.demo.drawing.wear import Holes

_SCALE = 2000
A3_TO_A4 = 0.7071
_MAP = (30.0, 42.0, 280.0, 222.0)
_CONTOUR = (176, 140, 104)
_BORDER = (196, 42, 42)


def parcel_map(desk: Desk, parcel: Parcel) -> Paper:
    """Draw the map of one parcel at 1:2000; most households have it as a copy reduced to A4."""
    sheet = desk.sheet(A3_WIDE, reduction=1.0 if desk.household.index % 5 == 0 else A3_TO_A4)
    sheet.holes = Holes.NONE
    x, y, width, height = _MAP
    sheet.put(210, 24, "林权宗地四至范围图", TITLE.sized(24), align="center")
    sheet.put(x, 36, f"林权证号:{desk.household.cert_no}", PRINT.sized(12))
    sheet.put(x + 150, 36, f"宗地号:{parcel.parcel_no}    小地名:{parcel.place_name}", PRINT.sized(12))
    _contours(sheet)
    outline = _placed(parcel.outline)
    _outline(sheet, outline)
    _bounds(sheet, parcel, outline)
    sheet.frame(x, y, width, height, width=0.5)
    sheet.frame(x - 2, y - 2, width + 4, height + 4, width=0.25)
    _legend(sheet, desk, parcel)
    sheet.fields |= {"cert_no": desk.household.cert_no, "area_mu": str(parcel.area_mu), "parcel_no": parcel.parcel_no}
    sheet.put(406, 12, str(7 + parcel.seq), PENCIL, kind="mark")
    return Paper(doc_type="D06", title="四至范围图", sheets=[sheet])


def _placed(outline: Sequence[Point]) -> list[Point]:
    """Scale the outline to paper millimetres, in the middle of the map, north upwards."""
    x, y, width, height = _MAP
    unit = 1000 / _SCALE
    middle_east = (min(p[0] for p in outline) + max(p[0] for p in outline)) / 2
    middle_north = (min(p[1] for p in outline) + max(p[1] for p in outline)) / 2
    return [
        (x + width / 2 + (east - middle_east) * unit, y + height / 2 - (north - middle_north) * unit)
        for east, north in outline
    ]


def _contours(sheet: Sheet) -> None:
    """Draw brown contour lines across the map, bent by two slow waves."""
    x, y, width, height = _MAP
    phase = sheet.rng.uniform(0, 6)
    for level in range(-3, 17):
        base = y + level * 16.0
        points = []
        for step in range(101):
            east = x + width * step / 100
            bend = 14 * math.sin(step / 17 + phase + level * 0.11) + 6 * math.sin(step / 6 + level * 0.4)
            points.append((east, base + bend))
        for start, end in pairwise(points):
            if y <= min(start[1], end[1]) and max(start[1], end[1]) <= y + height:
                line = (sheet.px(start[0]), sheet.px(start[1]), sheet.px(end[0]), sheet.px(end[1]))
                sheet.draw.line(line, fill=_CONTOUR, width=2 if level % 5 == 0 else 1)
        if level % 5 == 0 and y + 3 < points[70][1] < y + height - 3:
            sheet.put(points[70][0], points[70][1], str(1130 - level * 10), Ink(8, Face.SONG, _CONTOUR))


def _outline(sheet: Sheet, outline: list[Point]) -> None:
    corners = [(sheet.px(x), sheet.px(y)) for x, y in outline]
    sheet.draw.line([*corners, corners[0]], fill=_BORDER, width=max(2, sheet.px(0.7)), joint="curve")
    radius = sheet.px(1.1)
    for number, (x, y) in enumerate(corners, start=1):
        sheet.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="white", outline=_BORDER, width=2)
        sheet.put(outline[number - 1][0] + 2, outline[number - 1][1] - 3, f"J{number}", LABEL.sized(9))


def _bounds(sheet: Sheet, parcel: Parcel, outline: list[Point]) -> None:
    xs, ys = [x for x, _y in outline], [y for _x, y in outline]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    centre = BOLD.sized(13)
    sheet.put(middle_x, middle_y - 7, parcel.parcel_no, centre, align="center")
    sheet.rule(middle_x - 14, middle_y, middle_x + 14, middle_y, width=0.4)
    sheet.put(middle_x, middle_y + 7, f"{parcel.area_mu}亩", centre, align="center")
    sheet.put(middle_x, middle_y + 16, parcel.main_species, LABEL, align="center")
    east, west = parcel.neighbour_e or parcel.bound_e, parcel.neighbour_w or parcel.bound_w
    ink = PRINT.sized(12)
    sheet.put(max(xs) + 14, middle_y, east, ink)
    sheet.put(min(xs) - 14, middle_y, west, ink, align="right")
    sheet.put(middle_x, min(ys) - 10, parcel.bound_n, ink, align="center")
    sheet.put(middle_x, max(ys) + 10, parcel.bound_s, ink, align="center")


def _legend(sheet: Sheet, desk: Desk, parcel: Parcel) -> None:
    x, y = 318.0, 42.0
    _north(sheet, x + 40, y + 16)
    for label, value in (
        ("权利人", desk.household.holder.name), ("坐落", parcel.location), ("林班", parcel.compartment),
        ("小班", parcel.subcompartment), ("面积", f"{parcel.area_mu}亩"), ("林种", parcel.forest_category),
        ("主要树种", parcel.main_species), ("比例尺", f"1:{_SCALE}"),
    ):  # fmt: skip
        sheet.cell((x, y + 42, 22, 11), label)
        sheet.cell((x + 22, y + 42, 62, 11), value, PRINT.sized(11))
        y += 11
    sheet.put(x, 198, "图例", BOLD)
    sheet.draw.line(
        (sheet.px(x + 14), sheet.px(206), sheet.px(x + 34), sheet.px(206)), fill=_BORDER, width=sheet.px(0.7)
    )
    sheet.put(x + 38, 206, "宗地界线", LABEL)
    sheet.draw.line((sheet.px(x + 14), sheet.px(214), sheet.px(x + 34), sheet.px(214)), fill=_CONTOUR, width=2)
    sheet.put(x + 38, 214, "等高线(示意)", LABEL)
    for row, (label, name) in enumerate(
        (("测绘员:", desk.village.officials.surveyor), ("检查员:", desk.village.officials.township_reviewer))
    ):
        sheet.put(x, 236 + row * 12, label, LABEL)
        sheet.put(x + 16, 236 + row * 12, name, BLACK_HAND.sized(15))
    sheet.put(x, 260, f"制图日期:{chinese_date(desk.household.course.surveyed_on)}", LABEL)
    sheet.put(30, 276, "本图为示意图,坐标为虚构的地方坐标,不作测绘依据。", LABEL.sized(9))
    sheet.seal(x + 56, 250, desk.forestry_bureau, diameter=42)


def _north(sheet: Sheet, x: float, y: float) -> None:
    """Draw the north arrow."""
    left, right = [(x, y - 12), (x - 5, y + 10), (x, y + 5)], [(x, y - 12), (x + 5, y + 10), (x, y + 5)]
    sheet.draw.polygon([(sheet.px(a), sheet.px(b)) for a, b in left], fill=(40, 40, 40))
    sheet.draw.polygon([(sheet.px(a), sheet.px(b)) for a, b in right], outline=(40, 40, 40))
    sheet.put(x, y - 16, "北", BOLD, align="center")
