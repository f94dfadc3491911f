"""What codes are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lindang.i18n import Text, lazy

KINDS: Final[Mapping[str, Text]] = {"leader": lazy("分管领导"), "liaison": lazy("联络员")}
MEASURES: Final[Mapping[str, Text]] = {
    "pages": lazy("扫描页数"),
    "files": lazy("扫描案卷"),
    "parcels": lazy("入库宗地"),
    "sent": lazy("移交本数"),
}
UNITS: Final[Mapping[str, Text]] = {"pages": lazy("页"), "files": lazy("卷"), "parcels": lazy("宗"), "sent": lazy("本")}
STAGES: Final[tuple[Text, ...]] = (
    lazy("扫描归档（卷）"),
    lazy("录入（本）"),
    lazy("核对定稿（本）"),
    lazy("成熟（本）"),
    lazy("已送出（本）"),
    lazy("已接收（本）"),
    lazy("已反馈（本）"),
)
"""The stages of a certificate, in the order of `queries.board.PartRow.steps`."""
VERDICTS: Final[Mapping[str, tuple[Text, str]]] = {
    "on_track": (lazy("按计划"), "success"),
    "behind": (lazy("落后"), "warning"),
    "severe": (lazy("严重落后"), "danger"),
}
