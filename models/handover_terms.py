"""What the codes of the handover are called, wherever they are shown: states of an item, kinds of feedback.

Source: domain reference 3.3. The feedback kinds F1 to F10 are our proposal, not a published list.
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import Text, lazy

ITEM_STATES: Final[dict[str, Text]] = {
    "IN_BATCH": lazy("在批次中"),
    "SENT": lazy("已送出"),
    "ACCEPTED": lazy("已接收"),
    "FEEDBACK_RECEIVED": lazy("收到反馈"),
    "FEEDBACK_FILED": lazy("反馈已归档"),
    "RETURNED": lazy("退回待补正"),
    "FIXING": lazy("补正中"),
    "READY": lazy("补正完成"),
    "REPLACED": lazy("已由新条目接替"),
    "WITHDRAWN": lazy("已撤出"),
}

RETURN_NOTICE: Final = "F2"
"""The feedback kind that concerns a returned item; every other kind concerns an accepted one."""

FEEDBACK_KINDS: Final[dict[str, Text]] = {
    "F1": lazy("接收回执"),
    RETURN_NOTICE: lazy("退回补正通知"),
    "F3": lazy("入库确认"),
    "F4": lazy("数据整合结果"),
    "F5": lazy("登簿换证结果"),
    "F6": lazy("注销告知"),
    "F7": lazy("抵押查封限制"),
    "F8": lazy("异议争议"),
    "F9": lazy("抽查核对记录"),
    "F10": lazy("信息共享月报"),
}
