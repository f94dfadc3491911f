"""D02 身份证复印件: both sides of an identity card on a grey photocopy, with a sample mark across the card."""

from __future__ import annotations

from plugins.demo.domain.values import Person
from plugins.demo.drawing import wear
from plugins.demo.drawing.desk import Desk, Paper
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import BLACK_HAND, HAND, PENCIL, Ink, Sheet

_CARD = (94.0, 59.0)
_SMALL = Ink(8.5, Face.HEI, (92, 92, 92))
_VALUE = Ink(10.5, Face.HEI)


def identity_copies(desk: Desk) -> Paper:
    """Draw one photocopied page for each person who holds the certificate."""
    return Paper(
        doc_type="D02",
        title="身份证复印件",
        sheets=[_copy(desk, person, number) for number, person in enumerate(desk.household.people, start=1)],
    )


def _copy(desk: Desk, person: Person, number: int) -> Sheet:
    sheet = desk.sheet(colour=wear.Colour.GREY)
    sheet.fields |= {"name": person.name, "id_no": person.id_no}
    _toner(sheet)
    _front(sheet, person, 58, 46)
    _back(sheet, 58, 122)
    sheet.put(62, 206, "此复印件与原件核对一致,仅供林权登记使用。", BLACK_HAND.sized(14))
    sheet.put(112, 220, "核对人:", HAND)
    sheet.put(130, 220, desk.village.officials.township_reviewer, HAND.sized(16))
    sheet.put(196, 12, str(2 + number), PENCIL, kind="mark")
    return sheet


def _toner(sheet: Sheet) -> None:
    """Leave the streaks and the dark rim of an old copier."""
    for _streak in range(sheet.rng.randint(1, 3)):
        x = sheet.px(sheet.rng.uniform(20, 190))
        sheet.draw.line((x, 0, x + sheet.rng.randint(-4, 4), sheet.image.height), fill=(214, 214, 214))
    rim = sheet.px(1.6)
    sheet.draw.rectangle((0, 0, sheet.image.width, rim), fill=(70, 70, 70))


def _card(sheet: Sheet, x: float, y: float, shade: int) -> None:
    box = (sheet.px(x), sheet.px(y), sheet.px(x + _CARD[0]), sheet.px(y + _CARD[1]))
    sheet.draw.rounded_rectangle(box, radius=sheet.px(3.5), fill=(shade,) * 3, outline=(96, 96, 96), width=2)
    for wave in range(5, 56, 4):
        left, top = sheet.px(x + 2), sheet.px(y + wave)
        sheet.draw.arc((left, top - 40, left + sheet.px(90), top + 60), 200, 340, fill=(shade - 14,) * 3)


def _front(sheet: Sheet, person: Person, x: float, y: float) -> None:
    _card(sheet, x, y, 226)
    sheet.put(x + 38, y + 44, "虚构  演示样张", Ink(17, Face.HEI, (176, 176, 176)), align="center", kind="mark")
    born = person.born_on
    rows = (
        ("姓名", person.name),
        ("性别", f"{person.sex}    民族  汉"),
        ("出生", f"{born.year} 年 {born.month} 月 {born.day} 日"),
    )
    for index, (label, value) in enumerate(rows):
        sheet.put(x + 6, y + 8 + index * 8, label, _SMALL)
        sheet.put(x + 18, y + 8 + index * 8, value, _VALUE)
    sheet.put(x + 6, y + 32, "住址", _SMALL)
    for index, line in enumerate(sheet.wrap(person.address, 44, _VALUE)):
        sheet.put(x + 18, y + 32 + index * 5.4, line, _VALUE)
    sheet.put(x + 6, y + 53, "公民身份号码", _SMALL)
    sheet.put(x + 32, y + 53, person.id_no, _VALUE.sized(12))
    _portrait(sheet, x + 68, y + 10)


def _portrait(sheet: Sheet, x: float, y: float) -> None:
    """Draw a dark, badly copied silhouette: no face."""
    left, top = sheet.px(x), sheet.px(y)
    width, height = sheet.px(20), sheet.px(26)
    sheet.draw.rectangle((left, top, left + width, top + height), fill=(196, 196, 196))
    sheet.draw.pieslice((left, top + height * 0.62, left + width, top + height * 1.5), 180, 360, fill=(64, 64, 64))
    head = (left + width * 0.27, top + height * 0.14, left + width * 0.73, top + height * 0.7)
    sheet.draw.ellipse(head, fill=(132, 132, 132))
    sheet.draw.pieslice(head, 190, 350, fill=(48, 48, 48))


def _back(sheet: Sheet, x: float, y: float) -> None:
    _card(sheet, x, y, 214)
    sheet.draw.ellipse((sheet.px(x + 7), sheet.px(y + 6), sheet.px(x + 23), sheet.px(y + 22)), fill=(112, 112, 112))
    sheet.put(x + 56, y + 10, "云岭省(虚构)", Ink(12, Face.HEI), align="center")
    sheet.put(x + 56, y + 20, "居民身份证演示样张", Ink(14, Face.HEI), align="center")
    sheet.put(x + 12, y + 42, "签发机关", _SMALL)
    sheet.put(x + 32, y + 42, "示范县公安局(虚构)", _VALUE)
    sheet.put(x + 12, y + 50, "有效期限", _SMALL)
    sheet.put(x + 32, y + 50, "2006.05.01-长期", _VALUE)
