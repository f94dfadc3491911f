"""The columns of the register as a package shows its rows: key and heading, in the order of the exported sheet.

The register has the same list with everything else it knows of a column; a test keeps the two alike.

Source: domain reference 2.3, a proposal.
"""

from __future__ import annotations

from typing import Final

REGISTER_COLUMNS: Final = (
    ("town_name", "乡镇"),
    ("town_code", "乡镇代码"),
    ("village_name", "村"),
    ("village_code", "村代码"),
    ("group_name", "村民小组"),
    ("cert_no", "林权证号"),
    ("cert_serial", "林权证编号（印刷号）"),
    ("application_no", "登记申请表编号"),
    ("parcel_no", "宗地号"),
    ("parcel_code", "宗地代码"),
    ("bdc_unit_no", "不动产单元号"),
    ("location", "坐落"),
    ("place_name", "小地名"),
    ("compartment", "林班"),
    ("subcompartment", "小班"),
    ("area_mu", "面积（亩）"),
    ("bound_e", "东至"),
    ("bound_s", "南至"),
    ("bound_w", "西至"),
    ("bound_n", "北至"),
    ("main_species", "主要树种"),
    ("tree_count", "株数"),
    ("forest_category", "林种"),
    ("origin", "起源"),
    ("forest_class", "森林类别"),
    ("plant_year", "造林年度"),
    ("land_owner", "林地所有权权利人"),
    ("land_use_holder", "林地使用权权利人"),
    ("tree_owner", "森林或林木所有权权利人"),
    ("tree_use_holder", "森林或林木使用权权利人"),
    ("holder_name", "权利人"),
    ("holder_type", "权利人类型"),
    ("id_type", "证件种类"),
    ("id_no", "证件号码"),
    ("co_mode", "共有方式"),
    ("co_holders", "共有人"),
    ("acquisition", "取得方式"),
    ("term_years", "林地使用期（年）"),
    ("term_start", "起始日期"),
    ("term_end", "终止日期"),
    ("issuer", "发证机关"),
    ("issue_date", "发证日期"),
    ("annotation", "注记"),
    ("archival_code", "档号"),
    ("issue_state", "备注（证书状态）"),
    ("remark", "备注说明"),
)
"""(key, heading) of every column but the running number."""
