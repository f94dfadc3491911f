"""What the codes of the ledger are called."""

from __future__ import annotations

from typing import Final

from lindang.i18n import Text, lazy
from models.fixity import COPY, FAIL, FIXITY_CHECK, RECOVERY, REPLICATION, STORE, SUCCESS

EVENTS: Final[dict[str, Text]] = {
    FIXITY_CHECK: lazy("核对摘要"),
    REPLICATION: lazy("写第二副本"),
    RECOVERY: lazy("从副本恢复"),
}
OUTCOMES: Final[dict[str, Text]] = {SUCCESS: lazy("成功"), FAIL: lazy("失败")}
PLACES: Final[dict[str, Text]] = {STORE: lazy("存储"), COPY: lazy("第二副本")}
