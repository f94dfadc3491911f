"""The code lists of the handover: why an item is returned, and which kinds of feedback end an item.

Source: domain reference 3.3 (return reasons 01 to 13 and 99, feedback kinds F1 to F10). They are our proposal, not a
published list; an item keeps the code it was given. What the kinds are called: `models.handover_terms`.
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from models.handover_terms import FEEDBACK_KINDS, RETURN_NOTICE

OTHER: Final = "99"
"""The return reason that must be explained."""

RETURN_REASONS: Final = {
    "01": lazy("资料不全"),
    "02": lazy("页缺失或图像不清"),
    "03": lazy("四至不清"),
    "04": lazy("面积不符"),
    "05": lazy("权利人信息不一致"),
    "06": lazy("重号或一地多证"),
    "07": lazy("落图重叠"),
    "08": lazy("权属争议"),
    "09": lazy("证书未签发或状态不符"),
    "10": lazy("数据格式不符"),
    "11": lazy("电子与纸质不一致"),
    "12": lazy("不属移交范围"),
    "13": lazy("权利类型不明"),
    OTHER: lazy("其他（必填说明）"),
}

FINAL_KINDS: Final = frozenset(FEEDBACK_KINDS) - {"F1", RETURN_NOTICE, "F9", "F10"}
"""Kinds that may stand as the final feedback of an item: they say what became of it at the registry."""
