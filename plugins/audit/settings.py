"""The section ``[plugins.audit]``: how much is read again, when, and where the second copy lies."""

from __future__ import annotations

from pydantic import Field

from lindang.config import Section


class AuditSettings(Section):
    """Settings of the auditor's desk."""

    scrub_seconds: float = Field(60, ge=0, le=540, description="每十分钟用多少秒重读存储文件、核对摘要；0 = 不核验")
    scrub_mb_per_second: float = Field(40, ge=0, description="核验时每秒最多读多少 MB；0 = 不限")
    scrub_hours: str = Field(
        "", pattern=r"^(([01]?\d|2[0-3])-([01]?\d|2[0-3]))?$", description="只在这些钟点核验，如 20-7；空 = 随时"
    )
    copy_dir: str = Field(
        "", description="第二副本所在文件夹（另一块盘），先用 lindang audit copy 准备；空 = 没有第二副本"
    )
