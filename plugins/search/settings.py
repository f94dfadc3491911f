"""The section ``[plugins.search]``."""

from __future__ import annotations

from pydantic import Field

from lindang.config import Section


class SearchSettings(Section):
    """What an office may choose about searching."""

    engine: str = Field(
        "whoosh", description="全文索引:whoosh = 数据文件夹内 index/;postgresql = 档案库所在的 PostgreSQL 内"
    )
    exact_up_to: int = Field(
        10_000, ge=100, le=1_000_000, description="postgresql 索引:命中多于此数时只数到此数,页面显示「以上」"
    )
    shards: list[str] = Field(
        [], description="postgresql 索引:正文分放到的几个数据库,写法同 database_url;不写则都在档案库所在的数据库内"
    )
    fold_variants: bool = Field(
        default=True, description="检索时繁体字、异体字与对应的简体字视为同一字；改动后索引自动重建"
    )
    page_size: int = Field(20, ge=5, le=100, description="检索结果每页件数")
    fallback_seconds: float = Field(4.0, gt=0, le=60, description="索引不可用时，直接查数据库最多用多少秒")
