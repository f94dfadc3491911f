"""Write 《林权证登记信息入库数字化表》 of the village: one sheet, one row a parcel, the headers of the domain notes.

Source: column list and sheet layout are a proposal (domain notes 2.3); the official list was not found.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from plugins.demo.domain.numbers import TOWN_CODE
from plugins.demo.domain.values import Household, Parcel, Village

HEADERS = (
    "序号", "乡镇", "乡镇代码", "村", "村代码", "村民小组", "林权证号", "林权证编号(印刷号)", "登记申请表编号", "宗地号",
    "宗地代码", "不动产单元号", "坐落", "小地名", "林班", "小班", "面积(亩)", "东至", "南至", "西至", "北至", "主要树种",
    "株数", "林种", "起源", "森林类别", "造林年度", "林地所有权权利人", "林地使用权权利人", "森林或林木所有权权利人",
    "森林或林木使用权权利人", "权利人类型", "证件种类", "证件号码", "共有方式", "共有人", "取得方式", "林地使用期(年)",
    "起始日期", "终止日期", "发证机关", "发证日期", "注记", "档号", "备注(证书状态)", "备注说明",
)  # fmt: skip
_TEXT_COLUMNS = frozenset({"乡镇代码", "村代码", "宗地号", "林班", "小班", "证件号码", "登记申请表编号"})
_HEADER_ROW = 3

Cell = str | int | Decimal | dt.date | None


def write_register(path: Path, village: Village) -> None:
    """Write the village's digitisation table as XLSX."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(f"{village.town}{village.name}"[:31])
    sheet["A1"] = f"{village.name}林权证登记信息入库数字化表(虚构演示)"
    sheet["A1"].font = Font(size=16, bold=True)
    sheet["A2"] = (
        f"村代码:{village.code}    村名:{village.full_name}    填表人:{village.officials.village_clerk}    日期:2020-09-15"
    )
    sheet.append(HEADERS)
    rows = [(household, parcel) for household in village.households for parcel in household.parcels]
    for seq, (household, parcel) in enumerate(rows, start=1):
        sheet.append(_row(seq, village, household, parcel))
    _dress(sheet)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.properties.created = book.properties.modified = dt.datetime(2020, 9, 15)  # noqa: DTZ001 - openpyxl writes naive times as UTC
    book.save(path)


def _row(seq: int, village: Village, household: Household, parcel: Parcel) -> list[Cell]:
    name, tenure = household.holder.name, household.tenure
    co_holders = "、".join(person.name for person in household.co_holders)
    return [
        seq, village.town, TOWN_CODE, village.name, village.code, f"{household.group}组", household.cert_no,
        household.cert_serial, parcel.application_no, parcel.parcel_no, None, None, parcel.location, parcel.place_name,
        parcel.compartment, parcel.subcompartment, parcel.area_mu, parcel.bound_e, parcel.bound_s, parcel.bound_w,
        parcel.bound_n, parcel.main_species, parcel.tree_count, parcel.forest_category, parcel.origin,
        parcel.forest_class, parcel.plant_year, village.collective, name, name, name, "个人", "身份证",
        household.holder.id_no, "共同共有" if co_holders else "单独所有", co_holders or None, tenure.acquisition,
        tenure.term_years, tenure.term_start, tenure.term_end, f"{village.county}人民政府", household.course.issue_date,
        f"{parcel.origin}林，{parcel.forest_class}，{parcel.plant_year}年造林。", None, household.issue_state.value,
        "虚构演示数据",
    ]  # fmt: skip


def _dress(sheet: Worksheet) -> None:
    """Give the table borders, widths, text formats and a fixed head."""
    thin = Side(style="thin", color="999999")
    for row in sheet.iter_rows(min_row=_HEADER_ROW):
        for cell in row:
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            if isinstance(cell.value, dt.date):
                cell.number_format = "yyyy-mm-dd"
    for index, header in enumerate(HEADERS, start=1):
        letter = get_column_letter(index)
        head = sheet.cell(_HEADER_ROW, index)
        head.font = Font(bold=True)
        head.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        values = [str(cell.value or "") for cell in sheet[letter][_HEADER_ROW:]]
        sheet.column_dimensions[letter].width = min(46, max(8, *(2 * len(value) * 0.75 + 2 for value in values)))
        if header in _TEXT_COLUMNS:
            for cell in sheet[letter][_HEADER_ROW:]:
                cell.number_format = "@"
    sheet.row_dimensions[_HEADER_ROW].height = 32
    sheet.freeze_panes = "H4"
