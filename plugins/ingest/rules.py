"""The naming rules that a new archive begins with; the office's settings replace them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_FILE_GROUPS: Final = frozenset({"doc_type", "order", "title"})
_FOLDER_GROUPS: Final = frozenset({"folder_no", "holder"})


@dataclass(frozen=True, slots=True)
class NamingRule:
    """A named pattern. Raises ValueError when the expression cannot be used."""

    name: str
    pattern: str

    def __post_init__(self) -> None:
        try:
            groups = set(re.compile(self.pattern).groupindex)
        except re.error as error:
            raise ValueError(f"{self.name}: {self.pattern!r}: {error}") from error
        known = _FILE_GROUPS if groups & _FILE_GROUPS else _FOLDER_GROUPS
        if not groups or groups - known:
            raise ValueError(f"{self.name}: named groups must be of {sorted(_FILE_GROUPS)} or {sorted(_FOLDER_GROUPS)}")

    def groups(self, name: str) -> dict[str, str] | None:
        """Return the named parts of ``name``, stripped, or None where the rule does not fit."""
        found = re.fullmatch(self.pattern, name)
        return {key: (value or "").strip() for key, value in found.groupdict().items()} if found else None


_GAP = r"[\s_\-—.、,·]*"
FILE_RULES: Final = (
    NamingRule("类型代码", rf"(?P<doc_type>[Dd]\d{{2}}){_GAP}(?P<title>.*?)(?:[\s_\-]+(?P<order>\d{{1,4}}))?"),
    NamingRule("顺序号-类型代码", rf"(?P<order>\d{{1,6}})[\s_\-—.、]+(?P<doc_type>[Dd]\d{{2}}){_GAP}(?P<title>.*)"),
    NamingRule("顺序号-题名", r"(?P<order>\d{1,6})[\s_\-—.、]*(?P<title>\D.*)"),
    NamingRule("题名-顺序号", r"(?P<title>.*?[^\d(])[\s_\-—]*\(?(?P<order>\d{1,4})\)?"),
    NamingRule("只有顺序号", r"(?P<order>\d{1,9})"),
    NamingRule("只有题名", r"(?P<title>.+)"),
)
FOLDER_RULES: Final = (
    NamingRule("户号-户主", r"第?(?P<folder_no>\d{1,6})[\s_\-—.、号户]*(?P<holder>[\u3400-\u9fff·]{2,20})"),
    NamingRule("户主-户号", r"(?P<holder>[\u3400-\u9fff·]{2,20}?)[\s_\-—.、]*第?(?P<folder_no>\d{1,6})[号户]*"),
    NamingRule("只有户号", r"第?(?P<folder_no>\d{1,6})[号户]*"),
    NamingRule("只有户主", r"(?P<holder>[\u3400-\u9fff·]{2,20})"),
)
TITLE_WORDS: Final[Mapping[str, str]] = {
    "登记申请": "D01",
    "申请表": "D01",
    "身份证": "D02",
    "户口": "D02",
    "法人证明": "D02",
    "自留山": "D03",
    "权属证明": "D03",
    "三定": "D03",
    "土改": "D03",
    "承包合同": "D04",
    "勘界": "D05",
    "勘测": "D05",
    "四至图": "D06",
    "四至范围图": "D06",
    "宗地图": "D06",
    "认界": "D07",
    "四邻": "D07",
    "公示": "D08",
    "公告": "D08",
    "会议": "D09",
    "决议": "D09",
    "审批": "D10",
    "审核": "D10",
    "林权证": "D11",
    "存根": "D11",
    "签收": "D12",
    "领证": "D12",
    "委托书": "D13",
    "共有": "D14",
    "联户": "D14",
    "变更": "D15",
    "注销": "D15",
    "补发": "D15",
    "抵押": "D16",
    "查封": "D16",
    "纠纷": "D17",
    "调解": "D17",
    "反馈": "D18",
}
