"""The words in which search results are shown."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from plugins.search.domain.engine import Order
from plugins.search.domain.names import Why
from plugins.search.domain.number_ways import Match
from plugins.search.queries.similar import HOLDER, PLACE, VILLAGE
from plugins.search.queries.suggestions import Group

MATCH_WORDS: Final = {
    Match.EXACT: lazy("号码相同"),
    Match.FORMER: lazy("旧档号，已更换"),
    Match.PREFIX: lazy("以此开头"),
    Match.TAIL: lazy("末尾数字相同"),
    Match.LOOKALIKE: lazy("字形相近，可能是识别或录入之误"),
    Match.ONE_WRONG: lazy("差一位数字"),
    Match.ONE_MISSING: lazy("输入的少一位数字"),
    Match.ONE_SURPLUS: lazy("输入的多一位数字"),
    Match.SWAPPED: lazy("相邻两位数字颠倒"),
    Match.MIDDLE: lazy("中间有这几位数字"),
    Match.PATTERN: lazy("符合通配的写法"),
    Match.RANGE: lazy("在号码范围内"),
}
MATCH_TONES: Final = {
    Match.EXACT: "success",
    Match.FORMER: "neutral",
    Match.PREFIX: "info",
    Match.TAIL: "info",
    Match.LOOKALIKE: "warning",
    Match.ONE_WRONG: "warning",
    Match.ONE_MISSING: "warning",
    Match.ONE_SURPLUS: "warning",
    Match.SWAPPED: "warning",
    Match.MIDDLE: "info",
    Match.PATTERN: "info",
    Match.RANGE: "info",
}
WHY_WORDS: Final = {
    Why.NAME: lazy("按姓名"),
    Why.PART: lazy("姓名中有"),
    Why.SOUND: lazy("同音"),
    Why.ONE_CHARACTER: lazy("差一字"),
    Why.ONE_MISSING: lazy("输入的少一字"),
    Why.ONE_SURPLUS: lazy("输入的多一字"),
    Why.INITIALS: lazy("拼音首字母"),
    Why.PINYIN: lazy("拼音"),
    Why.PLACE: lazy("小地名"),
    Why.LOCATION: lazy("坐落"),
    Why.VILLAGE: lazy("村名"),
    Why.ONE_OF_TWO: lazy("两字姓名差一字"),
}
WHY_TONES: Final = {
    Why.NAME: "success",
    Why.PART: "info",
    Why.SOUND: "warning",
    Why.ONE_CHARACTER: "warning",
    Why.ONE_MISSING: "warning",
    Why.ONE_SURPLUS: "warning",
    Why.INITIALS: "info",
    Why.PINYIN: "info",
    Why.PLACE: "info",
    Why.LOCATION: "info",
    Why.VILLAGE: "neutral",
    Why.ONE_OF_TWO: "warning",
}
NUMBER_WORDS: Final = {
    "cert_no": lazy("林权证号"),
    "cert_serial": lazy("证书印刷号"),
    "archival_code": lazy("档号"),
    "batch_no": lazy("移交批次号"),
    "bdc_unit_no": lazy("不动产单元号"),
    "title_cert_no": lazy("不动产权证号"),
    "application_no": lazy("申请表编号"),
    "feedback_no": lazy("反馈材料编号"),
    "id_no": lazy("证件号码"),
}
SOURCE_WORDS: Final = {"keyed": lazy("录入"), "ocr": lazy("从扫描件识别"), "code": lazy("本系统编号")}
KIND_WORDS: Final = {
    "archive_file": lazy("案卷"),
    "item": lazy("件"),
    "page": lazy("页"),
    "certificate": lazy("林权证"),
    "parcel": lazy("宗地"),
    "holder": lazy("权利人"),
    "batch": lazy("移交批次"),
}
GROUP_WORDS: Final = {
    Group.HOLDER: lazy("权利人"),
    Group.VILLAGE: lazy("村"),
    Group.PLACE: lazy("小地名"),
    Group.NUMBER: lazy("号码"),
}
FACET_WORDS: Final = {
    "county": lazy("县"),
    "town": lazy("乡镇"),
    "village": lazy("村"),
    "class": lazy("类别"),
    "year": lazy("年度"),
    "state": lazy("发证状态"),
    "batch": lazy("移交批次"),
}
ENGINE_WORDS: Final = {"whoosh": lazy("whoosh（数据文件夹内）"), "postgresql": lazy("postgresql（数据库内）")}
JOB_WORDS: Final = {"search.rebuild": lazy("重建检索索引"), "search.compare": lazy("核对索引与数据库")}
STATE_WORDS: Final = {
    "1": lazy("未打印未盖章"),
    "2": lazy("已打印未盖章"),
    "3": lazy("已打印盖章未发放"),
    "4": lazy("发放到户"),
}
ORDER_WORDS: Final = {
    Order.RELEVANCE: lazy("相关程度"),
    Order.CODE: lazy("档号"),
    Order.DATE: lazy("日期（新的在前）"),
    Order.VILLAGE: lazy("村"),
    Order.AREA: lazy("面积（大的在前）"),
}
REASON_WORDS: Final = {HOLDER: lazy("同一权利人"), PLACE: lazy("同一小地名"), VILLAGE: lazy("同村")}
BATCH_WORDS: Final = {"1": lazy("已列入批次"), "0": lazy("未列入批次")}
