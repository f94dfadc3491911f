"""``lindang register …``: import, check, findings, export, for scripts and people."""

from __future__ import annotations

import click

from plugins.register.cli import checks, exports, imports, matching, ready


@click.group("register")
def register() -> None:
    """登记册：导入数字化表、检查、导出。"""


register.add_command(imports.import_file)
register.add_command(checks.check_county)
register.add_command(checks.list_findings)
register.add_command(matching.matching)
register.add_command(ready.ready)
register.add_command(exports.export_place)
register.add_command(exports.mapping)
