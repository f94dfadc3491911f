"""The section ``[plugins.catalogue]``: how archival codes look, and which fonds a new archive begins with."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from lindang.config import Section
from models.codes import FILE_TEMPLATE, ITEM_IN_FILE_TEMPLATE, ITEM_TEMPLATE, CodeTemplate, NumberingRules


class CatalogueSettings(Section):
    """Settings of the catalogue."""

    file_code: str = Field(
        FILE_TEMPLATE,
        description="案卷档号模板（按卷）；可用 {fonds} {class} {year} {ret} {county} {town3} {village3} {file:04d}",
    )
    item_code: str = Field(
        ITEM_TEMPLATE, description="按件整理的类别的件档号模板；可用 {fonds} {class} {year} {ret} … {item:04d}"
    )
    item_in_file_code: str = Field(ITEM_IN_FILE_TEMPLATE, description="案卷内的件档号模板：{file_code} 加 {item:03d}")
    fonds_code: str = Field("0001", pattern=r"^[0-9A-Z]{1,8}$", description="新档案库的全宗号；以后在“全宗”页增加")
    reading_note_minutes: int = Field(
        10, ge=0, le=1440, description="同一人在这么多分钟内反复查看同一案卷，日志只记一次（0 = 每次都记）"
    )
    rescan_seconds: int = Field(60, ge=5, le=600, description="补扫、换页时处理一张图像的时间上限（秒）")

    @field_validator("file_code", "item_code", "item_in_file_code")
    @classmethod
    def _readable(cls, value: str) -> str:
        CodeTemplate.parse(value)
        return value

    @model_validator(mode="after")
    def _fitting(self) -> CatalogueSettings:
        NumberingRules.parse(self.file_code, self.item_in_file_code, self.item_code)
        return self

    @property
    def numbering(self) -> NumberingRules:
        """The three templates, parsed."""
        return NumberingRules.parse(self.file_code, self.item_in_file_code, self.item_code)
