"""The register's words: what a finding says, with the values in their places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from lindang.i18n import Text, _, format_when, lazy
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.rules.book import RULES
from plugins.register.domain.target_rows import TargetFault

# --- where a text came from -------------------------------------------------------------------------------------

SOURCE_LABELS: Final[Mapping[str, Text]] = {
    "keyed": lazy("录入"),
    "ocr": lazy("采用机读"),
    "import": lazy("导入"),
    "settled": lazy("双人录入裁定"),
    "form": lazy("表单录入"),
    "state": lazy("改证书状态"),
}


def source_text(source: str, by: str, at: dt.datetime, place: str) -> str:
    """Say who wrote a text, when and from where."""
    words = _("%(who)s　%(when)s　%(how)s", who=by, when=format_when(at), how=SOURCE_LABELS.get(source, source))
    return f"{words}　{place}" if place else words


# --- findings ---------------------------------------------------------------------------------------------------

STATE_LABELS: Final[Mapping[str, Text]] = {
    "ISSUED": lazy("发放到户"),
    "PRINTED_SEALED": lazy("已打印盖章未发放"),
    "PRINTED_UNSEALED": lazy("已打印未盖章"),
    "UNPRINTED": lazy("未打印未盖章"),
}

SEVERITY_LABELS: Final[Mapping[str, Text]] = {
    "E": lazy("错误"),
    "W": lazy("待定"),
    "I": lazy("提示"),
}

FORM_SENTENCES: Final[Mapping[str, Text]] = {
    "F01": lazy("“%(value)s”不是日期"),
    "F02": lazy("“%(value)s”不是整数"),
    "F03": lazy("“%(value)s”不在代码表中"),
    "F04": lazy("文字太长，最多 %(longest)s 字"),
    "F05": lazy("长号码被表格软件存成了数字 %(value)s，后几位已丢失"),
    "F06": lazy("单元格是公式错误 %(value)s"),
    "F07": lazy("日期 %(value)s 不在 1949 年至今之间"),
    "F08": lazy("合计行写 %(written)s，上面各行相加是 %(added)s"),
    "F09": lazy("证件号码 %(value)s 打了星号，不是完整号码"),
    "F10": lazy("证书状态由“%(old)s”往回改为“%(new)s”，须另一人批准"),
    "F11": lazy("这一栏写有身份证号码，只保存遮盖后的样子"),
}
"""What a cell says that cannot be taken as it is."""

FORM_REMEDIES: Final[Mapping[str, Text]] = {
    "F01": lazy("请写成 2010-05-06 或 2010年5月6日。"),
    "F02": lazy("请只写数字；没有的留空或写“/”。"),
    "F03": lazy("请改为代码表中的名称，或请管理员在代码表中补充。"),
    "F04": lazy("请检查是否错列；确需保留的写入备注说明。"),
    "F05": lazy("请把该列设为文本，对照证件重新录入。"),
    "F06": lazy("请改正公式，或另存为数值后再导入。"),
    "F07": lazy("请对照证书改正。"),
    "F08": lazy("请查漏行、错行和面积，或改正合计。"),
    "F09": lazy("新的行和要改号码的行请填完整号码；不改的行保持导出时的样子即可。"),
    "F10": lazy("请在登记册的“证书状态”页提出申请，批准以后再录。"),
    "F11": lazy("权利人的号码请录在证件号码一栏，加密保存。"),
}

_TARGET_SENTENCES: Final[Mapping[str, Text]] = {
    "X01": lazy("必填，是空的"),
    "X02": lazy("“%(value)s”没有对应的目标代码"),
    "X03": lazy("“%(value)s…”太长，最多 %(longest)s 字"),
    "X04": lazy("“%(value)s”格式不符"),
    "X05": lazy("“%(value)s…”一个格子放不下，最多 %(longest)s 字，会截断"),
}
"""Why a target would refuse a row."""

TARGET_TITLES: Final[Mapping[str, Text]] = {
    "X01": lazy("必填项为空"),
    "X02": lazy("没有目标代码"),
    "X03": lazy("太长"),
    "X04": lazy("格式不符"),
    "X05": lazy("一个格子放不下"),
}

_SIGNS: Final[Mapping[str, Text]] = {
    "wide": lazy("全角数字或字母"),
    "blank": lazy("多余空格"),
    "control": lazy("控制字符"),
    "garbled": lazy("乱码"),
}


def sentence(code: str, facts: Mapping[str, Any]) -> str:
    """Return what a finding or a refused cell says, with its values."""
    known = RULES.get(code)
    forms = known.sentences if known else {"": FORM_SENTENCES.get(code, "%(value)s")}
    template = forms.get(str(facts.get("case", "")), next(iter(forms.values())))
    values = {key: _shown(key, value) for key, value in facts.items()}
    return _filled(str(template), values)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return template % _Blank(values) if "%(" in template else template


class _Blank(dict[str, str]):
    """A value that is not there shows as nothing: a finding of an older version still reads."""

    def __missing__(self, key: str) -> str:
        return ""


def _shown(key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        word = _WORD_OF.get(key, str)
        return _("、").join(word(str(each)) for each in value)
    return _WORD_OF[key](str(value)) if key in _WORD_OF else str(value)


def _column(key: str) -> str:
    return str(BY_KEY[key].header) if key in BY_KEY else key


_WORD_OF: Final[Mapping[str, Callable[[str], str]]] = {
    "columns": _column,
    "opposite": _column,
    "state": lambda value: str(STATE_LABELS.get(value, value)),
    "old": lambda value: str(STATE_LABELS.get(value, value)),
    "new": lambda value: str(STATE_LABELS.get(value, value)),
    "states": lambda value: str(STATE_LABELS.get(value, value)),
    "signs": lambda value: str(_SIGNS.get(value, value)),
}


def remedy(code: str) -> str:
    """Return what to do about a finding or a refused cell."""
    known = RULES.get(code)
    return str(known.remedy if known else FORM_REMEDIES.get(code, ""))


def target_sentence(fault: TargetFault) -> str:
    """Return why a target would refuse a value."""
    return str(_TARGET_SENTENCES[fault.code]) % {"value": fault.value, "longest": fault.longest}


def rule_title(code: str) -> str:
    """Return the short name of a rule."""
    known = RULES.get(code)
    return str(known.title) if known else code
