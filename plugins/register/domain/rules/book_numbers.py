"""The rules R01 to R24: entries, numbers, areas, bounds, people. See ``book``."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from plugins.register.domain.rules.rule import ERROR, WARNING, Book, How

BOOK: Final = Book()
_R = BOOK.add

_R(
    "R01",
    ERROR,
    lazy("必填项齐全"),
    How.ROW,
    sentences={"": lazy("缺少：%(columns)s")},
    remedy=lazy("请对照证书补录；证书上确实没有的，申请不作处理并写明原因。"),
    note=lazy("四至见 R14，印刷号和发证日期见 R06，档号见 R33；注明“长期”的不要求年限和终止日期。"),
)
_R(
    "R02",
    ERROR,
    lazy("村代码有效"),
    How.BOTH,
    sentences={
        "other": lazy("表中村代码 %(written)s 与本村 %(village)s 不一致"),
        "town": lazy("乡镇代码 %(written)s 不是村代码 %(village)s 的前九位"),
        "unknown": lazy("村代码 %(village)s 不在区划表中"),
        "county": lazy("村代码 %(village)s 不属于本县 %(county)s"),
    },
    remedy=lazy("请核对区划代码；村已撤并的，在区划表中补录旧代码。"),
    columns=("village_code", "town_code"),
    clause=lazy("统计用区划代码"),
)
_R(
    "R03",
    ERROR,
    lazy("林权证号重号"),
    How.SET,
    sentences={
        "": lazy("与 %(others)s 同号"),
        "parcels": lazy("与 %(others)s 同号，宗地号 %(parcels)s 也相同"),
    },
    remedy=lazy("请对照两本证书原件，改正录错的一本；确属发证时重号的，申请不作处理。"),
    columns=("cert_no", "parcel_no"),
    note=lazy("证号按字、年份、去掉前导零的号码比较；两本证同号即算重号，不论宗地号是否相同。"),
)
_R(
    "R04",
    ERROR,
    lazy("林权证号可读"),
    How.ROW,
    sentences={
        "": lazy("林权证号“%(cert_no)s”不是“某林证字（年）第某号”的写法"),
        "year": lazy("林权证号的年份 %(year)s 不在 1981 年至今之间"),
    },
    remedy=lazy("请对照证书核对；旧式山林权证照原样保留，申请不作处理。"),
    columns=("cert_no",),
    clause=lazy("全国统一式样林权证"),
)
_R(
    "R05",
    ERROR,
    lazy("证书状态明确、一致"),
    How.BOTH,
    sentences={
        "": lazy("证书状态没有写明是四种之一"),
        "differ": lazy("同一本证的各行证书状态不一致：%(states)s"),
    },
    remedy=lazy("请按实际情况改为：发放到户、已打印盖章未发放、已打印未盖章、未打印未盖章。"),
    columns=("issue_state",),
    clause=lazy("备注栏须注明证书的四种状态"),
)
_R(
    "R06",
    ERROR,
    lazy("证书状态与日期、编号相符"),
    How.BOTH,
    sentences={
        "lacks": lazy("状态为“%(state)s”，却没有：%(columns)s"),
        "has": lazy("状态为“%(state)s”，却填了：%(columns)s"),
        "receipt": lazy("状态为“发放到户”，案卷里没有领证签收单（D12）"),
    },
    remedy=lazy("请核对实物证书：改正状态，或补录编号、日期，或补扫签收单。"),
    columns=("issue_state", "issue_date", "cert_serial"),
    missing=lazy("没有关联案卷，签收单无从核对"),
)
_R(
    "R07",
    WARNING,
    lazy("证号空号"),
    How.SET,
    sentences={"": lazy("%(word)s林证字 %(year)s 年共缺 %(count)s 个号：%(ranges)s")},
    remedy=lazy("请查发证台账：作废的号写明情况，漏录的补录。"),
    columns=("cert_no",),
    note=lazy("从最小号到最大号，整县检查时才查。"),
    missing=lazy("整县检查时才查"),
)
_R(
    "R08",
    ERROR,
    lazy("印刷号重复"),
    How.SET,
    sentences={"": lazy("印刷号 %(serial)s 与 %(others)s 相同")},
    remedy=lazy("一个印刷号只能印在一本证上，请对照两本证书原件。"),
    columns=("cert_serial",),
)
_R(
    "R09",
    WARNING,
    lazy("同一本证的证号写法不一"),
    How.SET,
    sentences={"": lazy("各行的林权证号写法不一：%(spellings)s")},
    remedy=lazy("请对照证书，确认是同一本证。"),
    columns=("cert_no",),
)
_R(
    "R10",
    ERROR,
    lazy("面积是正数"),
    How.ROW,
    sentences={"": lazy("面积“%(area)s”不是大于 0 的数")},
    remedy=lazy("请对照证书改正。"),
    columns=("area_mu",),
)
_R(
    "R11",
    WARNING,
    lazy("面积异常"),
    How.BOTH,
    sentences={
        "huge": lazy("一宗地 %(area)s 亩，超出常理"),
        "outlier": lazy("一宗地 %(area)s 亩，远大于本县其他宗地"),
        "hectare": lazy("各宗地共 %(area)s，乘 15 正好是清册的 %(declared)s 亩，可能把公顷录成了亩"),
    },
    remedy=lazy("请查小数点和单位（1 公顷 = 15 亩）。"),
    columns=("area_mu",),
    note=lazy("大于 10000 亩，或超过本县第 99 百分位的 10 倍（宗地不足 200 宗的县不比）；有颁证清册时另查公顷。"),
)
_R(
    "R12",
    ERROR,
    lazy("面积合计与清册相符"),
    How.SET,
    sentences={"": lazy("各宗地合计 %(area)s 亩，清册为 %(declared)s 亩")},
    remedy=lazy("请对照证书逐宗核对面积，或改正清册并重新上报基数。"),
    columns=("area_mu",),
    note=lazy("相差不超过 0.1 亩或 0.5%（取大者）算相符。"),
    missing=lazy("没有上报颁证清册，或清册没有这本证的面积"),
)
_R(
    "R13",
    WARNING,
    lazy("全村面积与基数相符"),
    How.SET,
    sentences={"": lazy("全村各宗地合计 %(area)s 亩，上报基数为 %(declared)s 亩")},
    remedy=lazy("请查漏录、多录，或重新上报基数。"),
    columns=("area_mu",),
    note=lazy("容差同 R12。"),
    missing=lazy("没有上报本村的面积基数"),
)
_R(
    "R14",
    ERROR,
    lazy("四至齐全"),
    How.ROW,
    sentences={"": lazy("缺少：%(columns)s")},
    remedy=lazy("请对照证书补录；证书上没有的须外业核实。"),
    columns=("bound_e", "bound_s", "bound_w", "bound_n"),
)
_R(
    "R15",
    WARNING,
    lazy("四至清楚"),
    How.ROW,
    sentences={
        "same": lazy("%(columns)s写的相同：“%(text)s”"),
        "bare": lazy("%(columns)s只写“%(text)s”，指认不了"),
    },
    remedy=lazy("请对照证书；证书就是这样写的，移交前请外业核实。"),
    columns=("bound_e", "bound_s", "bound_w", "bound_n"),
)
_R(
    "R16",
    WARNING,
    lazy("一地多证嫌疑"),
    How.SET,
    sentences={"": lazy("小地名和四至与 %(others)s 的宗地完全相同")},
    remedy=lazy("请外业核实是否同一块地发了两本证。"),
    columns=("place_name", "bound_e", "bound_s", "bound_w", "bound_n"),
)
_R(
    "R17",
    WARNING,
    lazy("同一小班分属两证"),
    How.SET,
    sentences={"": lazy("%(compartment)s 林班 %(subcompartment)s 小班分属 %(count)s 本证，共 %(area)s 亩")},
    remedy=lazy("请对照小班面积，看是否重叠。"),
    columns=("compartment", "subcompartment", "area_mu"),
    note=lazy("一个小班分给几户很常见，只记在村上，不挡任何一本证移交。"),
    missing=lazy("小班面积未录入，只能列出、不能判断是否超出"),
)
_R(
    "R18",
    WARNING,
    lazy("相邻宗地互相指认"),
    How.SET,
    sentences={"": lazy("%(columns)s写到“%(name)s”，但对方的%(opposite)s没有写到“%(holder)s”")},
    remedy=lazy("请对照两本证书和四邻认界签字表。"),
    columns=("bound_e", "bound_s", "bound_w", "bound_n"),
    note=lazy("同村内按权利人姓名比较；对方任何一宗地写到即算相符。"),
)
_R(
    "R19",
    ERROR,
    lazy("林地所有权归国家或集体"),
    How.ROW,
    sentences={"": lazy("林地所有权权利人“%(owner)s”不是国家或集体")},
    remedy=lazy("林地属国家或集体所有，请对照证书改正。"),
    columns=("land_owner",),
    clause=lazy("森林法：林地属于国家或集体所有"),
)
_R(
    "R20",
    WARNING,
    lazy("权利人名字一致"),
    How.SET,
    sentences={
        "file": lazy("登记为“%(name)s”，案卷为“%(other)s”"),
        "reading": lazy("登记为“%(name)s”，扫描件上识别为“%(other)s”"),
    },
    remedy=lazy("请看扫描件；确为同一人的，申请不作处理。"),
    columns=("holder_name",),
    note=lazy("比较前去掉空格并统一简繁。"),
    missing=lazy("没有案卷户名，扫描件上也没有识别出权利人"),
)
_R(
    "R21",
    ERROR,
    lazy("证件号码校验"),
    How.ROW,
    sentences={
        "": lazy("身份证号 %(id_no)s 校验不通过"),
        "uscc": lazy("统一社会信用代码 %(id_no)s 校验不通过"),
    },
    remedy=lazy("请对照证件复印件；复印件就是这样写的，申请不作处理。"),
    columns=("id_no",),
    clause=lazy("GB 11643、GB 32100"),
)
_R(
    "R22",
    WARNING,
    lazy("身份证号的地区"),
    How.ROW,
    sentences={"": lazy("身份证号开头的 %(prefix)s 不是任何省份")},
    remedy=lazy("请对照证件复印件。"),
    columns=("id_no",),
    note=lazy("只看前两位：县一级代码历年变化，不作比较；与本村同省的算已知。"),
)
_R(
    "R23",
    WARNING,
    lazy("发证时的年龄"),
    How.ROW,
    sentences={"": lazy("按身份证号，发证时 %(age)s 岁")},
    remedy=lazy("请对照证件复印件和发证日期。"),
    columns=("id_no", "issue_date"),
)
_R(
    "R24",
    WARNING,
    lazy("一人一号"),
    How.SET,
    sentences={
        "names": lazy("同一证件号码还登记为：%(names)s（%(others)s）"),
        "numbers": lazy("同村同名“%(name)s”有不同的证件号码：%(others)s"),
    },
    remedy=lazy("请对照证件复印件；确为同名的两人，申请不作处理。"),
    columns=("id_no", "holder_name"),
)
