"""The section ``[plugins.handover]``: what readiness asks for, how feedback with a cover sheet is filed, what goes into
a package and where packages are written, and the font of the printed forms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from lindang.config import Section


class TargetSection(Section):
    """One place to which packages may be written from the batch's page."""

    name: str = Field(min_length=1, max_length=40, description="名称，如“移交硬盘”“网络盘”")
    path: Path = Field(description="文件夹；拔下移动硬盘后再插上仍应是同一路径")


class HandoverSettings(Section):
    """Settings of the handover."""

    needs_paper_count: bool = Field(
        True, description="成熟条件之一：案卷登记了纸质页数并与扫描页数相符（false = 没有登记页数也可以移交）"
    )
    batch_certs: int = Field(300, ge=0, description="拟定批次时一批最多多少本（0 = 不限；拟批页上可以另填）")
    receipt_days: int = Field(10, ge=0, description="送出后多少个工作日没有接收就提醒（0 = 不提醒）")
    answer_days: int = Field(20, ge=0, description="接收后多少个工作日没有答复就提醒（0 = 不提醒）")
    feedback_days: int = Field(60, ge=0, description="答复后多少个工作日反馈还没有归档齐就提醒（0 = 不提醒）")
    holidays_file: str = Field("", description="节假日和调休的表（TOML）；空 = 用随程序的 models/data/holidays.toml")
    cover_feedback_kind: Literal["F3", "F4", "F5", "F6", "F7", "F8"] = Field(
        "F4",
        description="凭封面二维码自动登记的反馈材料按哪一类登记（F3 入库确认，F4 数据整合结果，F5 登簿换证结果 ……）",
    )
    package_id_numbers: Literal["masked", "none"] = Field(
        "masked",
        description="移交清单数据和移交包里登记册各行的证件号码：masked = 只留首尾几位；none = 不随包。完整号码从不随包，接收单位有权取得的另按导出办理",
    )
    package_targets: tuple[TargetSection, ...] = Field(
        (), description="批次页上做移交包时可选的去处（移动硬盘、网络盘）；“本机”总在其中，做好后可以下载"
    )
    pdf_font: str = Field("", description="移交清单和封面 PDF 内嵌的中文字体文件；空 = 用系统的 Noto CJK 或文泉驿")
