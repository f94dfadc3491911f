"""The columns of 《林权证登记信息入库数字化表》: one list that import, keying, rules, export and pages all read.

Source: domain reference 2.3, a proposal: the official column list was not found. R = required at entry, H = required before
handover. The order is the order of the exported sheet.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lindang.i18n import Text, lazy


class Kind(enum.Enum):
    """How the text of a cell is read."""

    TEXT = "text"
    COUNT = "count"
    AREA = "area"
    YEAR = "year"
    DAY = "day"
    END_DAY = "end_day"
    CODE = "code"
    NAMES = "names"
    CERT_NO = "cert_no"
    ID_NO = "id_no"
    STATE = "state"
    ARCHIVAL_CODE = "archival_code"
    VILLAGE = "village"


class Owner(enum.Enum):
    """Whose value it is: the sheet's place, the book (certificate), the page (parcel), or the archive file."""

    SHEET = "sheet"
    CERTIFICATE = "certificate"
    PARCEL = "parcel"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``synonyms`` are other headings that offices use, levelled (`header.level_heading`)."""

    key: str
    header: Text
    owner: Owner
    kind: Kind = Kind.TEXT
    longest: int = 200
    need: str = ""
    code_list: str = ""
    synonyms: tuple[str, ...] = ()


def _sheet(key: str, header: Text, kind: Kind = Kind.TEXT, **more: object) -> Column:
    return Column(key=key, header=header, owner=Owner.SHEET, kind=kind, **more)  # type: ignore[arg-type]


def _book(key: str, header: Text, kind: Kind = Kind.TEXT, **more: object) -> Column:
    return Column(key=key, header=header, owner=Owner.CERTIFICATE, kind=kind, **more)  # type: ignore[arg-type]


def _page(key: str, header: Text, kind: Kind = Kind.TEXT, **more: object) -> Column:
    return Column(key=key, header=header, owner=Owner.PARCEL, kind=kind, **more)  # type: ignore[arg-type]


COLUMNS: Final[tuple[Column, ...]] = (
    _sheet("seq", lazy("序号"), Kind.COUNT, synonyms=("编号", "顺序号", "行号", "no")),
    _sheet("town_name", lazy("乡镇"), longest=60, synonyms=("乡", "镇", "乡镇名称", "乡镇街道")),
    _sheet("town_code", lazy("乡镇代码"), longest=9, synonyms=("乡代码", "镇代码")),
    _sheet("village_name", lazy("村"), longest=60, synonyms=("行政村", "村名", "村名称", "村委会", "建制村")),
    _sheet(
        "village_code",
        lazy("村代码"),
        Kind.VILLAGE,
        longest=12,
        need="R",
        synonyms=("行政村代码", "村编号", "村级代码"),
    ),
    _page("group_name", lazy("村民小组"), longest=60, synonyms=("组", "小组", "村组", "组名", "组编号", "自然村")),
    _book(
        "cert_no",
        lazy("林权证号"),
        Kind.CERT_NO,
        longest=80,
        need="R",
        synonyms=("证号", "林权证证号", "林权证字号", "林权证书号", "林证字号"),
    ),
    _book(
        "cert_serial",
        lazy("林权证编号（印刷号）"),
        longest=40,
        need="H",
        synonyms=("印刷号", "林权证编号", "证书编号", "证书印刷号", "印刷序列号", "流水号"),
    ),
    _book("application_no", lazy("登记申请表编号"), longest=60, synonyms=("申请表编号", "申请表号", "登记申请表号")),
    _page("parcel_no", lazy("宗地号"), longest=60, need="R", synonyms=("宗地编号", "地块号", "地块编号")),
    _page("parcel_code", lazy("宗地代码"), longest=19, synonyms=("不动产宗地代码",)),
    _page("bdc_unit_no", lazy("不动产单元号"), longest=28, synonyms=("不动产单元代码", "单元号")),
    _page("location", lazy("坐落"), longest=200, need="R", synonyms=("座落", "坐落位置", "林地坐落", "地址")),
    _page("place_name", lazy("小地名"), longest=100, need="H", synonyms=("地名", "小地名称")),
    _page("compartment", lazy("林班"), longest=50, need="H", synonyms=("林班号",)),
    _page("subcompartment", lazy("小班"), longest=50, need="H", synonyms=("小班号",)),
    _page(
        "area_mu",
        lazy("面积（亩）"),
        Kind.AREA,
        longest=40,
        need="R",
        synonyms=("面积", "林地面积", "亩数", "宗地面积", "面积亩数"),
    ),
    _page("bound_e", lazy("东至"), longest=300, need="H", synonyms=("东", "四至东", "东界", "东至界限")),
    _page("bound_s", lazy("南至"), longest=300, need="H", synonyms=("南", "四至南", "南界", "南至界限")),
    _page("bound_w", lazy("西至"), longest=300, need="H", synonyms=("西", "四至西", "西界", "西至界限")),
    _page("bound_n", lazy("北至"), longest=300, need="H", synonyms=("北", "四至北", "北界", "北至界限")),
    _page("main_species", lazy("主要树种"), longest=200, need="H", synonyms=("树种", "优势树种")),
    _page("tree_count", lazy("株数"), Kind.COUNT, synonyms=("株", "林木株数")),
    _page("forest_category", lazy("林种"), Kind.CODE, need="H", code_list="forest_category"),
    _page("origin", lazy("起源"), Kind.CODE, code_list="origin", synonyms=("林分起源",)),
    _page("forest_class", lazy("森林类别"), Kind.CODE, code_list="forest_class", synonyms=("公益林商品林", "类别")),
    _page("plant_year", lazy("造林年度"), Kind.YEAR, synonyms=("造林年份", "造林时间")),
    _page(
        "land_owner",
        lazy("林地所有权权利人"),
        need="R",
        synonyms=("林地所有权人", "林地所有权", "土地所有权权利人", "发包方"),
    ),
    _page("land_use_holder", lazy("林地使用权权利人"), need="R", synonyms=("林地使用权人", "林地使用权")),
    _page(
        "tree_owner",
        lazy("森林或林木所有权权利人"),
        need="R",
        synonyms=("林木所有权权利人", "林木所有权人", "森林林木所有权权利人", "林木所有权"),
    ),
    _page(
        "tree_use_holder",
        lazy("森林或林木使用权权利人"),
        need="R",
        synonyms=("林木使用权权利人", "林木使用权人", "森林林木使用权权利人", "林木使用权"),
    ),
    _book(
        "holder_name",
        lazy("权利人"),
        longest=100,
        need="R",
        synonyms=("权利人姓名", "户主", "户主姓名", "姓名", "权利人名称", "持证人"),
    ),
    _book("holder_type", lazy("权利人类型"), Kind.CODE, need="H", code_list="holder_type"),
    _book("id_type", lazy("证件种类"), Kind.CODE, need="H", code_list="id_type", synonyms=("证件类型",)),
    _book(
        "id_no",
        lazy("证件号码"),
        Kind.ID_NO,
        longest=40,
        need="H",
        synonyms=("身份证号", "身份证号码", "证件号", "身份证"),
    ),
    _book("co_mode", lazy("共有方式"), Kind.CODE, code_list="co_mode"),
    _book("co_holders", lazy("共有人"), Kind.NAMES, synonyms=("共有权利人", "共有人姓名")),
    _page("acquisition", lazy("取得方式"), Kind.CODE, need="H", code_list="acquisition", synonyms=("承包方式",)),
    _page(
        "term_years",
        lazy("林地使用期（年）"),
        Kind.COUNT,
        need="H",
        synonyms=("林地使用期", "使用期", "使用年限", "使用期限", "承包期限"),
    ),
    _page("term_start", lazy("起始日期"), Kind.DAY, need="H", synonyms=("使用起始日期", "开始日期", "起始时间")),
    _page(
        "term_end",
        lazy("终止日期"),
        Kind.END_DAY,
        need="H",
        synonyms=("使用终止日期", "截止日期", "终止时间", "到期日期"),
    ),
    _book("issuer", lazy("发证机关"), longest=100, need="H", synonyms=("发证单位", "填证机关")),
    _book("issue_date", lazy("发证日期"), Kind.DAY, need="H", synonyms=("发证时间", "发放日期")),
    _page("annotation", lazy("注记"), longest=2000, synonyms=("附记",)),
    Column(
        key="archival_code",
        header=lazy("档号"),
        owner=Owner.FILE,
        kind=Kind.ARCHIVAL_CODE,
        longest=80,
        need="R",
        synonyms=("案卷号", "档案号", "案卷档号"),
    ),
    _book(
        "issue_state",
        lazy("备注（证书状态）"),
        Kind.STATE,
        need="R",
        synonyms=("备注", "证书状态", "证书情况", "发放状态", "发证情况"),
    ),
    _book("remark", lazy("备注说明"), longest=2000, synonyms=("说明", "其他说明")),
)

BY_KEY: Final[Mapping[str, Column]] = {column.key: column for column in COLUMNS}
BOOK_KEYS: Final = tuple(column.key for column in COLUMNS if column.owner is Owner.CERTIFICATE)
PAGE_KEYS: Final = tuple(column.key for column in COLUMNS if column.owner is Owner.PARCEL)
