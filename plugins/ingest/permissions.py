"""What a role may do at the intake desk."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

RUN_READ: Final = "ingest:run:read"
RUN_CREATE: Final = "ingest:run:create"
FILE_SORT: Final = "ingest:file:sort"
FILE_DECIDE: Final = "ingest:file:decide"
COPY_TAKE: Final = "ingest:copy:take"
LINK_MANAGE: Final = "ingest:link:manage"
QUALITY_DECIDE: Final = "ingest:quality:decide"

PERMISSIONS: Final = (
    Permission(
        key=RUN_READ, label=lazy("查看收件批次和失败清单"), roles=frozenset({"archivist", "liaison", "auditor"})
    ),
    Permission(key=RUN_CREATE, label=lazy("上传扫描件，确认入库"), roles=frozenset({"archivist", "liaison"})),
    Permission(key=FILE_SORT, label=lazy("分拣：指定案卷和材料类型"), roles=frozenset({"archivist"})),
    Permission(key=QUALITY_DECIDE, label=lazy("判定图像质量：合格，原件如此"), roles=frozenset({"archivist"})),
    Permission(key=FILE_DECIDE, label=lazy("重试或忽略失败的文件"), roles=frozenset({"archivist", "liaison"})),
    Permission(key=COPY_TAKE, label=lazy("下载标出检索词的 PDF"), roles=frozenset({"archivist", "liaison", "auditor"})),
    Permission(key=LINK_MANAGE, label=lazy("新建和撤销上传链接"), roles=frozenset({"archivist"})),
)
