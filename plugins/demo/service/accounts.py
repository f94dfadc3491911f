"""The accounts of a demonstration, for the person who starts it."""

from __future__ import annotations

from lindang.host import Host
from lindang.i18n import _
from plugins.demo.adapters.marker import read_marker
from plugins.demo.domain.cast import OFFICERS, STAFF


def account_lines(host: Host) -> list[str]:
    """Return the lines that the start prints: every account with its password; empty where nothing is a demonstration."""
    marker = read_marker(host.data_dir)
    if marker is None:
        return []
    lines = [f"  {part.login:<10} {marker.passwords[part.login]:<16} {part.name}" for part in (*STAFF, *OFFICERS)]
    return [_("演示账号（登录名、密码、身份），数据全部是虚构的："), *lines]
