"""The section ``[plugins.progress]``: the days of the month, and the font of the printed form."""

from __future__ import annotations

from pydantic import Field

from lindang.config import Section


class ProgressSettings(Section):
    """Settings of the progress reports."""

    cutoff_day: int = Field(
        25, ge=1, le=31, description="每月截数日：这一天 24 时以后上报的数才是整月的数，提前上报时页面会提示"
    )
    due_day: int = Field(27, ge=1, le=31, description="每月报送的最后一天；之后上报的记为迟报")
    remind_days: int = Field(5, ge=0, le=28, description="报送日前几天起在首页提醒没有上报的单位")
    superior_elsewhere: bool = Field(
        False,
        description="上级用的是另一套系统：由本单位的另一人登记上级的答复（接收、退回）；false = 上级在本系统里办理",
    )
    holidays_file: str = Field(
        "", description="节假日和调休的表（TOML），倒排工期按它数工作日；空 = 用随程序的 models/data/holidays.toml"
    )
    pdf_font: str = Field("", description="附件1 的 PDF 内嵌的中文字体文件；空 = 用系统的 Noto CJK 或文泉驿")
