"""``lindang register …``: import, check, findings, for scripts and people."""

from __future__ import annotations

import click

from plugins.register.cli import checks, imports, matching, ready


@click.group("register")
def register() -> None:
    """登记册：导入数字化表、检查。"""


register.add_command(imports.import_file)
register.add_command(checks.check_county)
register.add_command(checks.list_findings)
register.add_command(matching.matching)
register.add_command(ready.ready)
