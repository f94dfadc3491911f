"""D04 林地承包合同, prose over three pages, and D14 共有协议 for those who hold together."""

from __future__ import annotations

from plugins.demo.drawing.desk import Desk, Paper, chinese_date
from plugins.demo.drawing.fonts import Face
from plugins.demo.drawing.sheet import BLACK_HAND, BOLD, HAND, LABEL, PENCIL, PRINT, TITLE, Ink, Sheet
from plugins.demo.drawing.wear import Holes

_LEFT, _WIDTH = 28.0, 158.0
_BODY = Ink(12.5)
_SECTION = BOLD.sized(12.5)

_DUTIES = (
    (
        "三、甲方的权利和义务",
        "(一)依法监督乙方按照合同约定的用途合理利用和保护林地,制止乙方损害林地和森林资源的行为。",
        "(二)维护乙方的承包经营权,不得非法变更、解除承包合同;尊重乙方的生产经营自主权,不得干涉乙方依法进行的正常生产经营活动。",
        "(三)执行县、乡(镇)林业发展规划,组织本集体经济组织内的护林防火、病虫害防治和林区道路建设。",
    ),
    (
        "四、乙方的权利和义务",
        "(一)依法享有承包林地使用、收益和林木处置的权利,有权自主组织生产经营和处置产品。",
        "(二)维持林地的林业用途,不得用于非林建设;采伐林木须依法申请采伐许可,采伐迹地应当在当年或者次年内更新造林。",
        "(三)承包期内可以依法采取转包、出租、互换、转让等方式流转承包经营权,流转期限不得超过承包期的剩余期限,并报甲方备案。",
        "(四)严格遵守护林防火制度,发现火情、病虫害和乱砍滥伐应当及时制止并报告。",
    ),
    (
        "五、承包期满的处理",
        "承包期届满,由乙方按照国家有关规定继续承包。乙方不再承包的,其投资营造的林木由双方协商作价,归甲方所有或者由新的承包方给予补偿。",
    ),
    (
        "六、征收占用补偿",
        "承包的林地被依法征收、占用的,乙方有权依法获得相应的补偿;林木补偿费归林木所有权人所有。",
    ),
    (
        "七、违约责任",
        "任何一方违反合同约定给对方造成损失的,应当承担赔偿责任。乙方连续两年不造林、不管护致使林地荒芜的,甲方有权要求限期改正。",
    ),
    (
        "八、争议的解决",
        "因本合同发生争议的,由双方协商解决;协商不成的,请求村民委员会、乡(镇)人民政府调解,也可以向仲裁机构申请仲裁或者向人民法院起诉。",
    ),
    (
        "九、其他约定",
        "本合同一式四份,甲乙双方、乡(镇)林业工作站和县林业主管部门各执一份,自双方签字盖章之日起生效。",
    ),
)


def contract(desk: Desk) -> Paper:
    """Draw the contract between the village and the household."""
    return Paper(doc_type="D04", title="林地承包合同", sheets=_clauses(desk, *_opening(desk)))


def _opening(desk: Desk) -> tuple[Sheet, float]:
    """Set the heading, the parties and the land; return the sheet and where the clauses go on."""
    household, village, sheet = desk.household, desk.village, desk.sheet()
    sheet.put(105, 34, "集体林地家庭承包合同", TITLE.sized(22), align="center")
    sheet.put(_LEFT + 92, 48, "合同编号:", LABEL)
    sheet.put(_LEFT + 110, 48, household.tenure.contract_no, HAND.sized(12))
    sheet.fields |= {"contract_no": household.tenure.contract_no, "holder": household.holder.name}
    y = _blank_line(sheet, 60, "发包方(以下简称甲方):", village.name + "集体经济组织")
    y = _blank_line(sheet, y, "承包方(以下简称乙方):", household.holder.name)
    y = _blank_line(sheet, y, "身份证号码:", household.holder.id_no)
    y = _blank_line(sheet, y, "住    址:", household.holder.address)
    y = sheet.paragraph(
        _LEFT, y + 4, _WIDTH,
        "为稳定和完善集体林地承包经营关系,保护双方当事人的合法权益,根据《中华人民共和国农村土地承包法》《中华人民共和国森林法》"
        f"等法律法规和{village.name}村民代表会议通过的林改方案,甲乙双方经协商一致,订立本合同。",
        _BODY,
    )  # fmt: skip
    sheet.put(_LEFT, y, "一、承包林地的位置、面积和四至", _SECTION)
    y = _parcel_table(sheet, desk, y + 6)
    sheet.put(_LEFT, y + 7, "二、承包期限", _SECTION)
    tenure = household.tenure
    y = sheet.paragraph(
        _LEFT, y + 15, _WIDTH,
        f"承包期限为{tenure.term_years}年,自{chinese_date(tenure.term_start)}起至{chinese_date(tenure.term_end)}止。"
        "家庭承包林地不收取承包费。",
        _BODY,
    )  # fmt: skip
    return sheet, y + 2


def _blank_line(sheet: Sheet, y: float, label: str, value: str) -> float:
    end = sheet.put(_LEFT, y, label, _BODY)
    sheet.put(end + 4, y - 0.6, value, HAND.sized(15))
    sheet.rule(end + 1, y + 3.4, _LEFT + _WIDTH, y + 3.4)
    return y + 10


def _parcel_table(sheet: Sheet, desk: Desk, y: float) -> float:
    hand, small = HAND.sized(11), HAND.sized(9.5)
    y = sheet.row(
        _LEFT,
        y,
        8,
        (12, "宗地"),
        (20, "小地名"),
        (16, "林班"),
        (16, "小班"),
        (20, "面积(亩)"),
        (18, "树种"),
        (56, "四至"),
    )
    for parcel in desk.household.parcels:
        bounds = f"东{parcel.bound_e};南{parcel.bound_s};西{parcel.bound_w};北{parcel.bound_n}"
        y = sheet.row(
            _LEFT, y, 24, (12, parcel.parcel_no, hand), (20, parcel.place_name, hand), (16, parcel.compartment, hand),
            (16, parcel.subcompartment, hand), (20, str(parcel.area_mu), hand), (18, parcel.main_species, hand),
            (56, bounds, small),
        )  # fmt: skip
    return sheet.row(_LEFT, y, 8, (64, "合    计"), (20, str(desk.household.area_mu), hand), (74, ""))


def _clauses(desk: Desk, sheet: Sheet, y: float) -> list[Sheet]:
    """Set the clauses on as many pages as they need, with the signatures after the last."""
    sheets = [sheet]
    for heading, *clauses in _DUTIES:
        for number, clause in enumerate(clauses):
            if y > 250:
                sheets.append(desk.sheet())
                y = 30.0
            if number == 0:
                sheets[-1].put(_LEFT, y, heading, _SECTION)
                y += 8
            y = sheets[-1].paragraph(_LEFT, y, _WIDTH, clause, _BODY)
        y += 2
    if y > 205:
        sheets.append(desk.sheet())
        y = 30.0
    _signatures(sheets[-1], desk, y + 12)
    for number, each in enumerate(sheets, start=1):
        each.put(105, 284, f"第{number}页 共{len(sheets)}页", LABEL.sized(9), align="center")
        each.put(196, 12, str(3 + number), PENCIL, kind="mark")
    return sheets


def _signatures(sheet: Sheet, desk: Desk, y: float) -> None:
    household, village = desk.household, desk.village
    right = _LEFT + 88
    sheet.put(_LEFT, y, "甲方(盖章):", _BODY)
    sheet.put(right, y, "乙方(签字、手印):", _BODY)
    sheet.put(_LEFT, y + 14, "法定代表人:", _BODY)
    sheet.put(_LEFT + 30, y + 14, village.officials.village_head, BLACK_HAND.sized(17))
    sheet.put(right + 6, y + 13, household.holder.name, HAND.sized(18))
    sheet.finger(right + 38, y + 14)
    sheet.put(_LEFT, y + 30, "鉴证单位(盖章):", _BODY)
    sheet.put(right, y + 44, "签订日期:", PRINT)
    sheet.put(right + 18, y + 44, chinese_date(household.tenure.contracted_on), HAND)
    sheet.name_stamp(_LEFT + 62, y + 14, village.officials.village_head)
    sheet.seal(_LEFT + 40, y + 6, desk.committee)
    sheet.seal(_LEFT + 50, y + 42, f"{village.town}林业工作站", diameter=38)
    sheet.fields["contracted_on"] = household.tenure.contracted_on.isoformat()


def joint_agreement(desk: Desk) -> Paper:
    """Draw the agreement of those who hold one certificate together."""
    household, sheet = desk.household, desk.sheet()
    sheet.holes = Holes.NONE
    sheet.put(105, 36, "共有协议书", Ink(22, Face.HEI), align="center")
    names = "、".join(person.name for person in household.people)
    parcels = "、".join(f"{parcel.place_name}{parcel.area_mu}亩" for parcel in household.parcels)
    ink = BLACK_HAND.sized(15)
    y = 56.0
    for text in (
        f"我们{names}系同一家庭成员,共同承包{desk.village.name}集体林地{len(household.parcels)}宗,即{parcels},合计{household.area_mu}亩。",
        f"经家庭协商,一致同意上述林地使用权和林木所有权、使用权由以上成员共同共有,推举{household.holder.name}为代表人办理林权登记,领取林权证。",
        "今后流转、抵押、变更登记,须经全体共有人同意。恐口无凭,立此为据。",
    ):
        y = sheet.paragraph(_LEFT, y, _WIDTH, text, ink, lead=2.0) + 3
    for person in household.people:
        sheet.put(_LEFT + 70, y + 12, "共有人:", ink)
        end = sheet.put(_LEFT + 90, y + 12, person.name, HAND.sized(17))
        sheet.finger(end + 6, y + 12)
        y += 20
    sheet.put(_LEFT + 100, y + 10, chinese_date(household.course.applied_on), ink)
    sheet.fields |= {"holder": household.holder.name, "area_mu": str(household.area_mu)}
    return Paper(doc_type="D14", title="共有协议", sheets=[sheet])
