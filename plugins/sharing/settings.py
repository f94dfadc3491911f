"""The section ``[plugins.sharing]``: how much one answer holds, how long its page images stay open, keys, and paper."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lindang.config import Section


class SharingSettings(Section):
    """Settings of the sharing service."""

    page_size: int = Field(20, ge=1, le=100, description="一次查询最多列出几本林权证（查一村时分页，每页算一次查询）")
    image_hours: int = Field(24, ge=1, le=720, description="查询之后几小时内可以打开查到的页面图像")
    pdf_font: str = Field("", description="查询证明和月报 PDF 内嵌的中文字体文件；空 = 用系统的 Noto CJK 或文泉驿")
    excerpt_class: str = Field("ZH06", description="查询证明归入哪一类（类别号）")
    excerpt_retention: Literal["Y", "D30", "D10"] = Field("D30", description="查询证明的保管期限")
    token_days: int = Field(365, ge=1, le=1100, description="接口密钥最长有效天数")
