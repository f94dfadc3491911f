"""The groups of fields that an agreement names (字段组), and the words for them.

Everything that leaves by the sharing service – page, API, excerpt, monthly list – is made of these groups and of nothing else. A
full identity number is in none of them: who asks by one knows it, and nobody gets it here.

Source: domain reference, section 6 (what a query answers) and 2.8 (personal numbers are masked).
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import Text, lazy

BASIC, HOLDER, ID_MASKED, PARCELS, BOUNDS = "basic", "holder", "id_masked", "parcels", "bounds"
REGISTRY, BATCH, ARCHIVE, FINDINGS, PAGES = "registry", "batch", "archive", "findings", "pages"
DISPUTES, ENCUMBRANCES = "disputes", "encumbrances"

GROUPS: Final[dict[str, Text]] = {
    BASIC: lazy("证书状态"),
    HOLDER: lazy("权利人姓名、共有人"),
    ID_MASKED: lazy("证件号码（中间打星号）"),
    PARCELS: lazy("宗地"),
    BOUNDS: lazy("四至（可能写有邻地权利人姓名）"),
    REGISTRY: lazy("不动产单元号、不动产权证号"),
    BATCH: lazy("移交批次状态"),
    ARCHIVE: lazy("档号和材料目录"),
    FINDINGS: lazy("登记册检查问题"),
    DISPUTES: lazy("纠纷"),
    ENCUMBRANCES: lazy("抵押、查封"),
    PAGES: lazy("扫描页面图像"),
}
"""Groups in the order in which they are shown; the first belongs to every agreement."""

PERSONAL: Final = frozenset({HOLDER, ID_MASKED, BOUNDS, PAGES})
"""Groups with personal data: an agreement that names one says on which document it rests."""

EXTENDED: Final = (DISPUTES, ENCUMBRANCES)
"""Groups that another plugin fills, by a panel of kind `SUBJECT` whose key ends with the group's name."""

SUBJECT: Final = "shared_certificate"
"""The kind of those panels; they are given the certificate's id."""

FIELDS: Final[dict[str, dict[str, Text]]] = {
    BASIC: {
        "cert_no": lazy("林权证号"),
        "cert_serial": lazy("印刷号"),
        "state": lazy("证书状态"),
        "issuer": lazy("发证机关"),
        "issue_date": lazy("发证日期"),
        "division_code": lazy("村代码"),
        "village": lazy("村"),
        "parcel_count": lazy("宗地数"),
        "area_mu": lazy("面积（亩）"),
        "is_withdrawn": lazy("已作废"),
    },
    HOLDER: {
        "holder_name": lazy("权利人"),
        "co_holders": lazy("共有人"),
        "land_owners": lazy("林地所有权权利人"),
        "land_use_holders": lazy("林地使用权权利人"),
        "tree_owners": lazy("森林或林木所有权权利人"),
        "tree_use_holders": lazy("森林或林木使用权权利人"),
    },
    ID_MASKED: {"id_type": lazy("证件种类"), "id_no": lazy("证件号码")},
    PARCELS: {
        "parcel_no": lazy("宗地号"),
        "location": lazy("坐落"),
        "place_name": lazy("小地名"),
        "compartment": lazy("林班"),
        "subcompartment": lazy("小班"),
        "area_mu": lazy("面积（亩）"),
        "main_species": lazy("主要树种"),
        "forest_category": lazy("林种"),
        "acquisition": lazy("取得方式"),
        "term": lazy("林地使用期"),
    },
    BOUNDS: {
        "parcel_no": lazy("宗地号"),
        "east": lazy("东至"),
        "south": lazy("南至"),
        "west": lazy("西至"),
        "north": lazy("北至"),
    },
    REGISTRY: {
        "title_cert_no": lazy("不动产权证号"),
        "parcel_no": lazy("宗地号"),
        "parcel_code": lazy("宗地代码"),
        "bdc_unit_no": lazy("不动产单元号"),
    },
    BATCH: {
        "batch_no": lazy("批次"),
        "item_code": lazy("条目代码"),
        "state": lazy("状态"),
        "since": lazy("状态日期"),
        "feedback": lazy("反馈材料"),
    },
    ARCHIVE: {
        "archival_code": lazy("档号"),
        "doc_type": lazy("材料"),
        "pages": lazy("页数"),
    },
    FINDINGS: {"code": lazy("规则"), "severity": lazy("轻重"), "since": lazy("发现日期")},
    PAGES: {"page_id": lazy("页"), "doc_type": lazy("材料"), "page_no": lazy("页号")},
}
"""The fields of each group, in the order in which they are shown."""

SEVERITIES: Final[dict[str, Text]] = {
    "E": lazy("错误，改正前不能移交"),
    "W": lazy("待判断"),
    "I": lazy("提示"),
}


def tidy_groups(chosen: list[str]) -> list[str]:
    """Return known groups in the order shown, the basic one always among them."""
    return [group for group in GROUPS if group == BASIC or group in chosen]
