"""The section ``[plugins.accounts]``."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from lindang.config import Section


class AccountSettings(Section):
    """Passwords, locks, sessions and links. The two session time-outs are the host's."""

    password_profile: Literal["mlps", "asvs"] = Field(
        "mlps",
        description="密码规则：mlps = 等保（复杂度、90 天更换、不重复前 5 次）；asvs = OWASP（长密码，不强制更换）",
    )
    lock_attempts: int = Field(5, ge=3, le=20, description="连续输错几次后锁定（账号和地址分别计数）")
    lock_minutes: int = Field(15, ge=1, le=24 * 60, description="首次锁定时长（分钟），之后每错一次加倍")
    lock_longest_hours: int = Field(24, ge=1, le=24 * 7, description="单次锁定最长时间（小时）")
    parallel_sessions: int = Field(3, ge=1, le=50, description="同一账号最多同时登录几处，超出时最早的一处退出")
    bind_address: bool = Field(False, description="登录只在原地址有效；办公电脑地址固定时可打开")
    link_hours: int = Field(72, ge=1, le=24 * 14, description="一次性开通链接的有效期（小时）")
    token_days: int = Field(365, ge=1, le=3650, description="接口密钥最长有效期（天）")
    stale_days: int = Field(90, ge=0, le=3650, description="多久未登录的账号自动停用（天），0 = 不停用")

    @property
    def link_lifetime(self) -> dt.timedelta:
        """How long a one-time link may be used."""
        return dt.timedelta(hours=self.link_hours)
