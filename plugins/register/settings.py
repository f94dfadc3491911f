"""The section ``[plugins.register]``."""

from __future__ import annotations

from pydantic import Field

from lindang.config import Section


class RegisterSettings(Section):
    """Settings of the register."""

    import_max_mb: int = Field(100, ge=1, le=2000, description="导入的表格文件最大多少 MB")
    import_memory_mb: int = Field(1024, ge=256, le=8192, description="读取一个表格文件的子进程最多用多少 MB 内存")
    import_seconds: int = Field(300, ge=10, le=7200, description="读取一个表格文件最多用多少秒处理器时间")
    largest_parcel_mu: int = Field(10_000, ge=1, description="一宗地大于多少亩时提示面积异常（R11）")
    mapping_dir: str = Field("", description="本单位的映射文件（*.toml）放在哪个文件夹；空 = 数据文件夹 mappings/")
