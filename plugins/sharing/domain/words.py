"""What codes of other parts are called in an answer. A code without an entry is shown as it is.

Source: domain reference 2.4 (issue states), 3.3 (states of items, kinds of feedback).
"""

from __future__ import annotations

from typing import Final

from lindang.i18n import Text, lazy

WITHDRAWN: Final[Text] = lazy("已作废")

ISSUE_STATES: Final[dict[str, Text]] = {
    "ISSUED": lazy("发放到户"),
    "PRINTED_SEALED": lazy("已打印盖章未发放"),
    "PRINTED_UNSEALED": lazy("已打印未盖章"),
    "UNPRINTED": lazy("未打印未盖章"),
}

OUTSIDE_STATES: Final = ("SENT", "RECEIVED", "ANSWERED", "FEEDBACK_FILED", "CLOSED")
"""States of a batch that has left the office: drafts are nobody else's business."""

ITEM_STATES: Final[dict[str, Text]] = {
    "SENT": lazy("已送出"),
    "ACCEPTED": lazy("已接收"),
    "FEEDBACK_RECEIVED": lazy("收到反馈"),
    "FEEDBACK_FILED": lazy("反馈已归档"),
    "RETURNED": lazy("退回待补正"),
    "FIXING": lazy("补正中"),
    "READY": lazy("补正完成"),
    "REPLACED": lazy("已由新条目接替"),
}

FEEDBACK_KINDS: Final[dict[str, Text]] = {
    "F1": lazy("接收回执"),
    "F2": lazy("退回补正通知"),
    "F3": lazy("入库确认"),
    "F4": lazy("数据整合结果"),
    "F5": lazy("登簿换证结果"),
    "F6": lazy("注销告知"),
    "F7": lazy("抵押查封限制"),
    "F8": lazy("异议争议"),
    "F9": lazy("抽查核对记录"),
    "F10": lazy("信息共享月报"),
}

OUTCOMES: Final[dict[str, Text]] = {"answered": lazy("已答复"), "quota": lazy("次数用完，未答复")}

CHANNELS: Final[dict[str, Text]] = {"api": lazy("接口"), "web": lazy("网页"), "cli": lazy("命令行")}
