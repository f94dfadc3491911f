"""What the journal's codes are called on its page. A code without an entry is shown as it is."""

from __future__ import annotations

from lindang.i18n import Text, lazy

_ACTIONS: dict[str, Text] = {
    "account.approved": lazy("审批账号"),
    "account.created": lazy("新建账号"),
    "account.disabled": lazy("停用账号"),
    "account.enabled": lazy("启用账号"),
    "account.rights_changed": lazy("更改角色和辖区"),
    "job.dismissed": lazy("忽略失败任务"),
    "job.retried": lazy("重试失败任务"),
    "journal.exported": lazy("导出日志"),
    "journal.verified": lazy("核验日志链"),
    "link.issued": lazy("生成一次性链接"),
    "login.failed": lazy("登录失败"),
    "login.locked": lazy("登录锁定"),
    "login.unlocked": lazy("解除登录锁定"),
    "password.changed": lazy("设定密码"),
    "password.reset": lazy("重置密码"),
    "role.grants_changed": lazy("调整角色权限"),
    "role.seeded": lazy("写入默认角色权限"),
    "session.ended": lazy("结束登录"),
    "session.opened": lazy("登录"),
    "token.issued": lazy("新建接口密钥"),
    "token.revoked": lazy("撤销接口密钥"),
}
_CHANNELS: dict[str, Text] = {
    "api": lazy("接口"),
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
    "prefixes": lazy("辖区"),
    "purpose": lazy("用途"),
    "reason": lazy("原因"),
    "roles": lazy("角色"),
    "session": lazy("登录号"),
    "state": lazy("状态"),
    "taken": lazy("收回"),
    "token": lazy("密钥号"),
    "until": lazy("截止"),
}


def action_words(action: str) -> str:
    """Return the action as people read it."""
    return str(_ACTIONS.get(action, action))


def channel_words(channel: str) -> str:
    """Return the way in as people read it."""
    return str(_CHANNELS.get(channel, channel))


def fact_words(key: str) -> str:
    """Return the name of a fact as people read it."""
    return str(_FACTS.get(key, key))
