"""What a role may do with the catalogue; the roles are those of a new archive and can be changed by the office."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Permission

_EVERY_READER: Final = frozenset({"archivist", "liaison", "receiver", "auditor", "reader"})
_WRITERS: Final = frozenset({"archivist"})
_KEEPERS: Final = frozenset({"archivist", "sysadmin"})

FILE_READ: Final = "catalogue:file:read"
FILE_EDIT: Final = "catalogue:file:edit"
CODE_RENUMBER: Final = "catalogue:code:renumber"
PAGE_REPLACE: Final = "catalogue:page:replace"
MASTER_DOWNLOAD: Final = "catalogue:master:download"
WAIVER_REQUEST: Final = "catalogue:waiver:request"
WAIVER_APPROVE: Final = "catalogue:waiver:approve"
CERTIFICATE_EDIT: Final = "catalogue:certificate:edit"
ID_REVEAL: Final = "catalogue:idno:reveal"
REFERENCE_READ: Final = "catalogue:reference:read"
REFERENCE_EDIT: Final = "catalogue:reference:edit"
REFERENCE_EVERYWHERE: Final = "catalogue:reference:everywhere"

PERMISSIONS: Final = (
    Permission(key=FILE_READ, label=lazy("查看案卷、件和页面图像"), roles=_EVERY_READER),
    Permission(key=FILE_EDIT, label=lazy("立卷、登记件、修改著录"), roles=_WRITERS),
    Permission(key=CODE_RENUMBER, label=lazy("变更档号（保留旧号）"), roles=_WRITERS),
    Permission(key=PAGE_REPLACE, label=lazy("补扫和更换页面"), roles=_WRITERS),
    Permission(
        key=MASTER_DOWNLOAD, label=lazy("下载原始扫描文件"), roles=frozenset({"archivist", "liaison", "auditor"})
    ),
    Permission(key=WAIVER_REQUEST, label=lazy("申请缺件说明"), roles=frozenset({"archivist", "liaison"})),
    Permission(key=WAIVER_APPROVE, label=lazy("批准缺件说明（须为另一人）"), roles=frozenset({"archivist", "liaison"})),
    Permission(key=CERTIFICATE_EDIT, label=lazy("录入和修改林权证、宗地"), roles=_WRITERS),
    Permission(key=ID_REVEAL, label=lazy("查看完整证件号码（须写明事由）"), roles=frozenset({"archivist", "liaison"})),
    Permission(key=REFERENCE_READ, label=lazy("查看分类方案、区划、代码表"), roles=_EVERY_READER | {"sysadmin"}),
    Permission(key=REFERENCE_EDIT, label=lazy("更换分类方案、区划、代码表，登记全宗和单位"), roles=_KEEPERS),
    Permission(key=REFERENCE_EVERYWHERE, label=lazy("维护辖区以外的区划、全宗和单位"), roles=frozenset({"sysadmin"})),
)
