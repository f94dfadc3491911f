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

OUTCOMES: Final[dict[str, Text]] = {"answered": lazy("已答复"), "quota": lazy("次数用完，未答复")}

CHANNELS: Final[dict[str, Text]] = {"api": lazy("接口"), "web": lazy("网页"), "cli": lazy("命令行")}
