"""The catalogue's words: what a rule's reason, a state, a field or a journal line is called on a page or in a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lindang.errors import Fault
from lindang.i18n import Text, _, lazy
from models.completeness import Line, Status
from models.issue_states import IssueState
from models.place import ORG_ARCHIVES, ORG_FORESTRY, ORG_REGISTRY
from models.values import Reason
from plugins.catalogue.domain.entry import FieldFault
from plugins.catalogue.domain.tables import RowFault, Wrong

STATE_TONES: Final = {
    IssueState.UNPRINTED: "neutral",
    IssueState.PRINTED_UNSEALED: "info",
    IssueState.PRINTED_SEALED: "warning",
    IssueState.ISSUED: "success",
}

STATUS_LABELS: Final = {
    Status.PRESENT: lazy("已有"),
    Status.MISSING: lazy("缺"),
    Status.WAIVED: lazy("已批准缺件"),
    Status.UNDECIDED: lazy("录入林权证后判断"),
    Status.NOT_NEEDED: lazy("不需要"),
}
STATUS_TONES: Final = {
    Status.PRESENT: "success",
    Status.MISSING: "danger",
    Status.WAIVED: "info",
    Status.UNDECIDED: "warning",
    Status.NOT_NEEDED: "neutral",
}

FIELDS: Final[Mapping[str, Text]] = {
    "cert_no": lazy("林权证号"),
    "cert_serial": lazy("林权证编号（印刷号）"),
    "application_no": lazy("登记申请表编号"),
    "issue_state": lazy("证书状态"),
    "issuer": lazy("发证机关"),
    "issue_date": lazy("发证日期"),
    "holder_name": lazy("权利人"),
    "holder_type": lazy("权利人类型"),
    "id_type": lazy("证件种类"),
    "id_no": lazy("证件号码"),
    "id_no_masked": lazy("证件号码"),
    "co_mode": lazy("共有方式"),
    "co_holders": lazy("共有人"),
    "annotation": lazy("注记"),
    "remark": lazy("备注说明"),
    "group_name": lazy("村民小组"),
    "parcel_no": lazy("宗地号"),
    "parcel_code": lazy("宗地代码"),
    "bdc_unit_no": lazy("不动产单元号"),
    "location": lazy("坐落"),
    "place_name": lazy("小地名"),
    "compartment": lazy("林班"),
    "subcompartment": lazy("小班"),
    "area_mu": lazy("面积（亩）"),
    "bound_e": lazy("东至"),
    "bound_s": lazy("南至"),
    "bound_w": lazy("西至"),
    "bound_n": lazy("北至"),
    "main_species": lazy("主要树种"),
    "tree_count": lazy("株数"),
    "forest_category": lazy("林种"),
    "origin": lazy("起源"),
    "forest_class": lazy("森林类别"),
    "plant_year": lazy("造林年度"),
    "land_owner": lazy("林地所有权权利人"),
    "land_use_holder": lazy("林地使用权权利人"),
    "tree_owner": lazy("森林或林木所有权权利人"),
    "tree_use_holder": lazy("森林或林木使用权权利人"),
    "acquisition": lazy("取得方式"),
    "term_years": lazy("林地使用期（年）"),
    "term_start": lazy("起始日期"),
    "term_end": lazy("终止日期"),
}

_REASONS: Final[Mapping[Reason, tuple[Text, Text]]] = {
    Reason.REQUIRED: (lazy("不能空"), lazy("请照纸质材料填写。")),
    Reason.AREA: (lazy("不是可用的面积"), lazy("请填亩数，最多四位小数，如 12.30。")),
    Reason.AREA_ZERO: (lazy("面积要大于零"), lazy("请核对证书上的面积。")),
    Reason.DATE: (lazy("不是正确的日期"), lazy("请写成 2010-05-06 或 2010年5月6日。")),
    Reason.DATE_RANGE: (lazy("日期太早或在今天之后"), lazy("请核对证书上的日期。")),
    Reason.NUMBER: (lazy("不是可用的数"), lazy("请填整数；没有就留空。")),
    Reason.TOO_LONG: (lazy("太长"), lazy("请缩短，其余写入备注说明。")),
    Reason.CODE: (lazy("不在代码表中"), lazy("请从列表中选择。")),
    Reason.CERT_NO: (lazy("认不出这是林权证号"), lazy("请核对；确与原件一致，请勾选“原件如此”。")),
    Reason.RESIDENT_ID: (lazy("身份证号码校验位不符"), lazy("请核对；确与原件一致，请勾选“原件如此”。")),
    Reason.USCC: (lazy("统一社会信用代码校验位不符"), lazy("请核对；确与原件一致，请勾选“原件如此”。")),
    Reason.TERM_ORDER: (lazy("终止日期早于起始日期"), lazy("请核对两个日期。")),
    Reason.UNPRINTED_HAS_SERIAL: (
        lazy("证书未打印，却有印刷号"),
        lazy("请核对证书状态；确与原件一致，请勾选“原件如此”。"),
    ),
    Reason.UNSEALED_HAS_DATE: (
        lazy("证书未盖章，却有发证日期"),
        lazy("请核对证书状态；确与原件一致，请勾选“原件如此”。"),
    ),
}

_WRONGS: Final[Mapping[Wrong, tuple[Text, Text]]] = {
    Wrong.HEADER: (lazy("第一行缺少这一列"), lazy("请对照说明补上列名。")),
    Wrong.ENCODING: (lazy("文字编码读不出"), lazy("请另存为 UTF-8 编码的 CSV。")),
    Wrong.EMPTY: (lazy("表中没有内容"), lazy("请核对是否选错了文件。")),
    Wrong.CELLS: (lazy("格数与第一行不一致"), lazy("请检查多余或缺少的逗号。")),
    Wrong.REQUIRED: (lazy("不能空"), lazy("请补填。")),
    Wrong.REPEATED: (lazy("与前面的行重复"), lazy("请删除或改正一行。")),
    Wrong.PARENT: (lazy("上级不存在"), lazy("请先列出上级。")),
    Wrong.RETENTION: (lazy("保管期限应为 Y、D30 或 D10"), lazy("请改正。")),
    Wrong.UNIT: (lazy("单位应为件、卷或组"), lazy("请改正。")),
    Wrong.LEVEL: (lazy("级别不对"), lazy("分类方案用 X、T、V、H；区划的级别由代码位数决定。")),
    Wrong.RULE: (lazy("规则读不懂"), lazy("可用 required、optional、if_state:ISSUED 等，见说明。")),
    Wrong.CODE: (lazy("代码应为 2、4、6、9 或 12 位数字"), lazy("请核对区划代码。")),
    Wrong.DATE: (lazy("日期应写成 2020-01-31"), lazy("请改正。")),
    Wrong.PERIOD: (lazy("结束早于开始"), lazy("请核对两个日期。")),
    Wrong.SUCCESSOR: (lazy("继承的区划不存在"), lazy("请先列出新区划。")),
    Wrong.SCOPE: (lazy("不在您的辖区内"), lazy("请只载入本辖区的区划，或请系统管理员载入。")),
}

ORG_KINDS: Final[Mapping[str, Text]] = {
    ORG_REGISTRY: lazy("不动产登记机构"),
    ORG_FORESTRY: lazy("林业主管部门"),
    ORG_ARCHIVES: lazy("档案馆"),
}

_ACTIONS: Final[Mapping[str, Text]] = {
    "archive_file.opened": lazy("立卷"),
    "archive_file.described": lazy("修改著录"),
    "archive_file.renumbered": lazy("变更档号"),
    "archive_file.read": lazy("查看"),
    "item.added": lazy("登记一件"),
    "item.filed": lazy("扫描件入库"),
    "item.layered": lazy("生成可检索 PDF"),
    "item.marked_copy": lazy("下载标出检索词的 PDF"),
    "item.described": lazy("修改件的著录"),
    "page.added": lazy("补扫一页"),
    "page.replaced": lazy("更换页面图像"),
    "master.downloaded": lazy("下载原始文件"),
    "waiver.requested": lazy("申请缺件说明"),
    "waiver.approved": lazy("批准缺件说明"),
    "certificate.keyed": lazy("录入林权证"),
    "certificate.edited": lazy("修改林权证"),
    "certificate.id_revealed": lazy("查看完整证件号码"),
    "parcel.keyed": lazy("录入宗地"),
    "parcel.edited": lazy("修改宗地"),
}


def field_label(field: str) -> str:
    """Return a column's name as the paper form has it."""
    return str(FIELDS.get(field, field))


def entry_fault(fault: FieldFault) -> Fault:
    """Return a form fault in words; `where` is the field, so that a form can show it at its place."""
    message, remedy = _REASONS[fault.reason]
    return Fault(fault.field, str(message), str(remedy))


def table_fault(fault: RowFault) -> Fault:
    """Return a table fault in words: line, column, what is wrong, what was found."""
    message, remedy = _WRONGS[fault.wrong]
    where = _("整个文件") if not fault.line else _("第 %(n)s 行", n=fault.line)
    column = f" {fault.column}" if fault.column else ""
    found = _("（现为“%(value)s”）", value=fault.value) if fault.value else ""
    return Fault(f"{where}{column}", f"{message}{found}", str(remedy))


def action_label(action: str) -> str:
    """Return what a journal line says happened; another plugin's action stays as it is."""
    return str(_ACTIONS.get(action, action))


def line_text(line: Line) -> str:
    """Return how a checklist line stands, with counts where maps are counted per parcel."""
    if line.rule.word == "per_parcel" and line.need:
        return _("%(have)s 页／应有 %(need)s 页", have=line.have, need=line.need)
    return _("%(n)s 件", n=line.have) if line.have else "—"
