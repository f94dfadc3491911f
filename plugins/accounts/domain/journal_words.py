"""What the journal's codes are called on its page. A code without an entry is shown as it is."""

from __future__ import annotations

import datetime as dt

from lindang.i18n import Text, format_when, lazy
from plugins.accounts.domain.officers import ROLES

_ACTIONS: dict[str, Text] = {
    "second_keying.ordered": lazy("安排双人录入"),
    "second_entry.settled": lazy("裁定双人录入差异"),
    "second_entry.keyed": lazy("第二遍录入"),
    "keying_draft.put_aside": lazy("放弃暂存的行"),
    "parcel.withdrawn": lazy("宗地作废"),
    "register_sheet.closed": lazy("村登记表定稿"),
    "register.rows_imported": lazy("写入一村的行"),
    "certificate.withdrawn": lazy("林权证作废并入另一本"),
    "certificate.state_refused": lazy("不批准往回改证书状态"),
    "certificate.state_moved": lazy("改证书状态"),
    "certificate.state_asked": lazy("申请往回改证书状态"),
    "account.approved": lazy("审批账号"),
    "account.created": lazy("新建账号"),
    "account.disabled": lazy("停用账号"),
    "account.enabled": lazy("启用账号"),
    "account.rights_changed": lazy("更改角色和辖区"),
    "archive_file.described": lazy("修改案卷著录"),
    "archive_file.opened": lazy("立卷"),
    "archive_file.read": lazy("查看案卷"),
    "archive_file.renumbered": lazy("变更档号"),
    "baseline.declared": lazy("登记上报基数"),
    "liaison_person.named": lazy("登记分管领导或联络员"),
    "progress_plan.made": lazy("编排倒排工期"),
    "progress_report.accepted": lazy("接收附件1"),
    "progress_report.imported": lazy("导入附件1上报文件"),
    "progress_report.returned": lazy("退回附件1"),
    "progress_report.sent": lazy("签发报送附件1"),
    "progress_report.submitted": lazy("上报附件1"),
    "batch.answered": lazy("答复移交批次"),
    "batch.cancelled": lazy("取消批次"),
    "batch.check_failed": lazy("批次检查未通过"),
    "batch.check_passed": lazy("批次检查通过"),
    "batch.packaged": lazy("制作移交包"),
    "batch.check_started": lazy("开始检查批次"),
    "batch.closed": lazy("批次结案"),
    "batch.created": lazy("建立批次"),
    "batch.edited": lazy("增减批次内容"),
    "batch.feedback_completed": lazy("反馈材料齐全"),
    "batch.job_resumed": lazy("继续批次任务"),
    "batch.opinions_saved": lazy("暂存接收意见"),
    "batch.page_replaced": lazy("签发后换页，批次已注明"),
    "batch.received": lazy("接收批次"),
    "batch.refused": lazy("退回批次"),
    "batch.reopened": lazy("退回修改批次"),
    "batch.revised": lazy("另立清单版本"),
    "batch.sending_failed": lazy("送出未完成"),
    "batch.sending_started": lazy("开始送出批次"),
    "batch.sent": lazy("送出批次"),
    "batch.signed": lazy("签发批次"),
    "batch.signing_refused": lazy("拒绝签发"),
    "batch_item.fixed": lazy("完成补正"),
    "batch_item.fixing_started": lazy("开始补正"),
    "certificate.edited": lazy("修改林权证"),
    "certificate.id_revealed": lazy("查看完整证件号码"),
    "certificate.keyed": lazy("录入林权证"),
    "certificate.read": lazy("查看林权证"),
    "certificate.linked": lazy("关联林权证"),
    "feedback.amended": lazy("更正反馈登记"),
    "feedback.claimed": lazy("反馈待登记"),
    "feedback.filed": lazy("登记反馈材料"),
    "finding.exported": lazy("导出检查结果"),
    "finding.waived": lazy("批准对检查问题不作处理"),
    "finding.waiver_asked": lazy("申请对检查问题不作处理"),
    "finding.waiver_refused": lazy("不批准对检查问题不作处理"),
    "finding.waivers_lapsed": lazy("不作处理因情况变化失效"),
    "fonds.added": lazy("新增全宗"),
    "intake.confirmed": lazy("确认收件"),
    "intake.dismissed": lazy("忽略收件文件"),
    "intake.duplicate": lazy("收到重复文件"),
    "intake.failed": lazy("收件文件不能读"),
    "intake.opened": lazy("新建收件"),
    "intake.received": lazy("收到文件"),
    "intake.retried": lazy("重试收件文件"),
    "intake.sorting": lazy("送分拣台"),
    "intake.halted": lazy("暂停收件"),
    "intake.resumed": lazy("继续收件"),
    "intake.split": lazy("拆分整盒扫描件"),
    "intake.split_failed": lazy("拆分未成"),
    "intake.split_ordered": lazy("确认拆分"),
    "intake.viewed": lazy("查看分拣文件"),
    "item.added": lazy("登记一件"),
    "item.described": lazy("修改件著录"),
    "item.filed": lazy("扫描件入库"),
    "item.read": lazy("识别文字入库"),
    "item.rebuilt": lazy("按现行设置重建图像"),
    "item.layered": lazy("生成可检索 PDF"),
    "item.marked_copy": lazy("下载标出检索词的 PDF"),
    "job.dismissed": lazy("忽略失败任务"),
    "job.retried": lazy("重试失败任务"),
    "journal.exported": lazy("导出日志"),
    "journal.verified": lazy("核验日志链"),
    "link.issued": lazy("生成一次性链接"),
    "login.failed": lazy("登录失败"),
    "login.locked": lazy("登录锁定"),
    "login.unlocked": lazy("解除登录锁定"),
    "master.downloaded": lazy("下载原始文件"),
    "org.added": lazy("登记单位"),
    "page.accepted": lazy("图像判为合格"),
    "page.added": lazy("补扫一页"),
    "page.reopened": lazy("图像放回重扫清单"),
    "page.replaced": lazy("更换页面图像"),
    "parcel.edited": lazy("修改宗地"),
    "parcel.keyed": lazy("录入宗地"),
    "password.changed": lazy("设定密码"),
    "password.reset": lazy("重置密码"),
    "reference.loaded": lazy("载入基础数据"),
    "register.changes_confirmed": lazy("确认数字化表中的改动"),
    "register.checked": lazy("检查登记册"),
    "register.export_forced": lazy("仍然导出目标会拒收的行"),
    "register.export_held": lazy("预检有拒收的行，没有导出"),
    "register.export_ordered": lazy("要求导出登记册"),
    "register.export_sent": lazy("取走导出的文件"),
    "register.exported": lazy("导出登记册"),
    "register.headings_kept": lazy("指明数字化表列名"),
    "register.import_discarded": lazy("放弃导入数字化表"),
    "register.import_ordered": lazy("写入数字化表"),
    "register.import_read": lazy("试读数字化表"),
    "register.import_taken": lazy("上传数字化表"),
    "register.imported": lazy("数字化表已导入"),
    "register.marked_sent": lazy("下载标注表"),
    "role.grants_changed": lazy("调整角色权限"),
    "role.seeded": lazy("写入默认角色权限"),
    "search.export_ordered": lazy("要求导出检索结果"),
    "search.export_sent": lazy("取走导出的检索结果"),
    "search.exported": lazy("导出检索结果"),
    "search.person_looked_up": lazy("按证件号码查人"),
    "session.ended": lazy("结束登录"),
    "session.opened": lazy("登录"),
    "token.issued": lazy("新建接口密钥"),
    "token.revoked": lazy("撤销接口密钥"),
    "waiver.approved": lazy("批准缺件说明"),
    "waiver.requested": lazy("申请缺件说明"),
    "upload_link.made": lazy("新建上传链接"),
    "upload_link.revoked": lazy("撤销上传链接"),
}
END_REASONS: dict[str, Text] = {
    "logout": lazy("本人退出"),
    "idle": lazy("久未操作"),
    "absolute": lazy("到时退出"),
    "replaced": lazy("登录处数超限"),
    "password": lazy("密码已更改"),
    "disabled": lazy("账号停用"),
    "rights": lazy("权限已更改"),
    "ended": lazy("被结束"),
}
"""Why a login ended."""

_CHANNELS: dict[str, Text] = {
    "api": lazy("接口"),
    "link": lazy("上传链接"),
    "cli": lazy("命令行"),
    "init": lazy("初始化"),
    "setup": lazy("首次启用"),
    "web": lazy("网页"),
    "worker": lazy("后台"),
}
_FACTS: dict[str, Text] = {
    "address": lazy("地址"),
    "expires": lazy("有效期至"),
    "given": lazy("增加"),
    "kind": lazy("种类"),
    "label": lazy("名称"),
    "lines": lazy("条数"),
    "login": lazy("登录名"),
    "period": lazy("月份"),
    "prefixes": lazy("辖区"),
    "purpose": lazy("用途"),
    "reason": lazy("原因"),
    "report_no": lazy("第几版"),
    "roles": lazy("角色"),
    "refused": lazy("目标会拒收的行"),
    "rows": lazy("行数"),
    "session": lazy("登录号"),
    "state": lazy("状态"),
    "taken": lazy("收回"),
    "target": lazy("目标"),
    "token": lazy("密钥号"),
    "until": lazy("截止"),
    "with_id_numbers": lazy("含完整证件号码"),
}


_VALUES: dict[str, dict[str, Text]] = {
    "purpose": {"activate": lazy("开通账号"), "reset": lazy("重设密码"), "first_start": lazy("首次启用")},
    "reason": END_REASONS,
    "roles": {role.key: role.title for role in ROLES},
    "state": {"active": lazy("在用"), "pending": lazy("待审批")},
}
_INSTANTS = frozenset({"expires", "until"})


def action_words(action: str) -> str:
    """Return the action as people read it."""
    return str(_ACTIONS.get(action, action))


def channel_words(channel: str) -> str:
    """Return the way in as people read it."""
    return str(_CHANNELS.get(channel, channel))


def fact_words(key: str) -> str:
    """Return the name of a fact as people read it."""
    return str(_FACTS.get(key, key))


def value_words(key: str, value: object) -> str:
    """Return the value of a fact as people read it: known codes by name, instants in the office's zone."""
    if isinstance(value, list):
        return "、".join(value_words(key, part) for part in value)
    text = "" if value is None else str(value)
    if key in _INSTANTS:
        return format_when(dt.datetime.fromisoformat(text))
    return str(_VALUES.get(key, {}).get(text, text))
