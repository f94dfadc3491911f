"""The rules R25 to R45: terms, trees, files and scans, texts, declared lists. See ``book``."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from plugins.register.domain.rules.rule import ERROR, NOTICE, WARNING, Book, How

BOOK: Final = Book()
_R = BOOK.add

_R(
    "R25",
    WARNING,
    lazy("权利人已故"),
    How.SET,
    sentences={"": lazy("权利人户籍已注销")},
    remedy=lazy("请补继承或变更材料（D15）。"),
    columns=("holder_name",),
    missing=lazy("没有户籍注销数据"),
)
_R(
    "R26",
    ERROR,
    lazy("使用期起止顺序"),
    How.ROW,
    sentences={"": lazy("终止日期 %(end)s 早于起始日期 %(start)s")},
    remedy=lazy("请对照证书改正。"),
    columns=("term_start", "term_end"),
)
_R(
    "R27",
    WARNING,
    lazy("使用期年数与起止日期相符"),
    How.ROW,
    sentences={"": lazy("写明 %(years)s 年，起止日期之间为 %(between)s 年")},
    remedy=lazy("请对照证书。"),
    columns=("term_years", "term_start", "term_end"),
)
_R(
    "R28",
    WARNING,
    lazy("家庭承包期限"),
    How.ROW,
    sentences={"": lazy("家庭承包的使用期为 %(years)s 年，不在 30 至 70 年之间")},
    remedy=lazy("请对照承包合同和证书。"),
    columns=("term_years",),
    clause=lazy("农村土地承包法：林地承包期三十年至七十年（未核对原文）"),
)
_R(
    "R29",
    WARNING,
    lazy("使用期届满"),
    How.ROW,
    sentences={"": lazy("使用期已于 %(end)s 届满")},
    remedy=lazy("请列入延包清单，移交时说明。"),
    columns=("term_end",),
)
_R(
    "R30",
    ERROR,
    lazy("发证日期合理"),
    How.ROW,
    sentences={
        "future": lazy("发证日期 %(date)s 还没有到"),
        "old": lazy("发证日期 %(date)s 早于全国统一式样启用日 2000-04-18"),
    },
    remedy=lazy("请对照证书；旧式证书请核对林权证号，确为旧证的申请不作处理。"),
    columns=("issue_date",),
    clause=lazy("全国统一式样林权证自 2000-04-18 启用"),
)
_R(
    "R31",
    WARNING,
    lazy("林种、树种合理"),
    How.ROW,
    sentences={
        "commercial": lazy("林种为防护林，却注明商品林"),
        "species": lazy("写明了%(columns)s，主要树种却是空的"),
    },
    remedy=lazy("请对照证书。"),
    columns=("forest_category", "forest_class", "main_species"),
)
_R(
    "R32",
    WARNING,
    lazy("株数合理"),
    How.ROW,
    sentences={
        "bare": lazy("没有树种，却有 %(count)s 株"),
        "dense": lazy("%(area)s 亩 %(count)s 株，每亩超过 5000 株"),
    },
    remedy=lazy("请对照证书。"),
    columns=("tree_count", "area_mu", "main_species"),
)
_R(
    "R33",
    ERROR,
    lazy("证有案卷"),
    How.SET,
    sentences={
        "missing": lazy("没有写档号，也没有关联案卷"),
        "unknown": lazy("档号 %(archival_code)s 在档案里找不到"),
        "shared": lazy("档号 %(archival_code)s 还写在 %(others)s 上"),
    },
    remedy=lazy("请扫描入库或更正档号；一户一档，一个案卷只能对一本证。"),
    columns=("archival_code",),
)
_R(
    "R34",
    ERROR,
    lazy("有林权证扫描件"),
    How.SET,
    sentences={"": lazy("案卷里没有林权证存根或复印件（D11）的扫描页")},
    remedy=lazy("请补扫证书。"),
    columns=("archival_code",),
    missing=lazy("没有关联案卷"),
)
_R(
    "R35",
    WARNING,
    lazy("证档相符"),
    How.SET,
    sentences={
        "cert_no": lazy("登记为 %(value)s，证书扫描件上识别为 %(read)s"),
        "field": lazy("%(columns)s登记为“%(value)s”，证书扫描件上识别为“%(read)s”"),
    },
    remedy=lazy("请看扫描件：录错的改正，识别错的申请不作处理。"),
    columns=("cert_no",),
    missing=lazy("证书扫描件上没有识别出可比的内容"),
)
_R(
    "R36",
    WARNING,
    lazy("证地相符"),
    How.SET,
    sentences={"": lazy("%(columns)s登记为“%(value)s”，宗地图上识别为“%(read)s”")},
    remedy=lazy("请看宗地图；确有出入的须外业核实。"),
    columns=("area_mu", "bound_e", "bound_s", "bound_w", "bound_n"),
    missing=lazy("宗地图（D06）上没有识别出面积和四至"),
)
_R(
    "R37",
    WARNING,
    lazy("有争议"),
    How.SET,
    sentences={"": lazy("案卷标明有权属争议")},
    remedy=lazy("争议调处结束前不能移交。"),
    columns=("archival_code",),
    missing=lazy("没有关联案卷"),
)
_R(
    "R38",
    WARNING,
    lazy("抵押、查封"),
    How.SET,
    sentences={"": lazy("已抵押或查封")},
    remedy=lazy("移交时须一并说明。"),
    missing=lazy("没有抵押、查封登记数据"),
)
_R(
    "R39",
    ERROR,
    lazy("宗地代码、不动产单元号规范"),
    How.ROW,
    sentences={
        "form": lazy("%(columns)s“%(text)s”不符合编码规则"),
        "county": lazy("%(columns)s“%(text)s”不属于本县 %(county)s"),
        "differ": lazy("不动产单元号不是以宗地代码 %(text)s 开头"),
    },
    remedy=lazy("请对照登记机构的反馈材料改正。"),
    columns=("parcel_code", "bdc_unit_no"),
    clause=lazy("不动产单元代码：19 位宗地代码加 9 位定着物代码"),
)
_R(
    "R40",
    ERROR,
    lazy("不动产单元号唯一"),
    How.SET,
    sentences={"": lazy("不动产单元号 %(unit_no)s 还写在 %(others)s 的宗地上")},
    remedy=lazy("请对照登记机构的反馈材料改正。"),
    columns=("bdc_unit_no",),
)
_R(
    "R41",
    WARNING,
    lazy("文字干净"),
    How.ROW,
    sentences={"": lazy("%(columns)s里有%(signs)s")},
    remedy=lazy("请对照证书重新录入这些格。"),
    note=lazy("全角数字和字母、多余空格、控制字符、乱码。"),
)
_R(
    "R42",
    NOTICE,
    lazy("繁体字、异体字"),
    How.ROW,
    sentences={"": lazy("%(columns)s里有繁体字：%(signs)s")},
    remedy=lazy("证书上就是繁体的照录，不必改。"),
)
_R(
    "R43",
    WARNING,
    lazy("核对后又修改"),
    How.SET,
    sentences={
        "sheet": lazy("本行在村登记表定稿之后改过，还没有重新定稿"),
        "second": lazy("本行在双人录入核对之后改过，还没有重新核对"),
    },
    remedy=lazy("请重新核对、定稿。"),
    note=lazy("核对指村登记表定稿和双人录入。"),
    missing=lazy("这一行还没有定稿或双人录入"),
)
_R(
    "R44",
    ERROR,
    lazy("行数与基数相符"),
    How.SET,
    sentences={
        "less": lazy("全村已录 %(rows)s 宗，上报基数为 %(declared)s 宗，少 %(difference)s 宗（漏录）"),
        "more": lazy("全村已录 %(rows)s 宗，上报基数为 %(declared)s 宗，多 %(difference)s 宗（多录）"),
    },
    remedy=lazy("请查漏录、多录，或重新上报基数。"),
    missing=lazy("没有上报本村的宗地基数"),
)
_R(
    "R45",
    WARNING,
    lazy("与颁证清册一致"),
    How.SET,
    sentences={
        "unlisted": lazy("登记册里有，颁证清册里没有"),
        "unkeyed": lazy("颁证清册第 %(line)s 行 %(cert_no)s，登记册里没有"),
    },
    remedy=lazy("请查是漏录、录错证号，还是清册有误。"),
    columns=("cert_no",),
    missing=lazy("没有上报颁证清册"),
)
